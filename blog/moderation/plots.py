"""The dashboard's plots as SVG files: no script, and colours for light and dark pages.

A plot is shown as a picture, so that its own style sheet is none of the page's: the page's policy
refuses styles inside of it. Each has a table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from blog.comments.models import CommentStatus
from blog.moderation.figures import Day, Rule, Week

# Okabe and Ito's palette, which people tell apart who do not see all colours.
COLOURS = {
    CommentStatus.APPROVED: "#009e73",
    CommentStatus.PENDING: "#e69f00",
    CommentStatus.SPAM: "#d55e00",
    CommentStatus.TRASH: "#888888",
}
FEW = 10
DARK = (
    "inline:@media (prefers-color-scheme: dark) {"
    "text, .title, .legend text, .axis text, .no_data {fill: #e8e8e6 !important}"
    ".axis .line, .axis .guides.line, .axis .guide.line {stroke: #6b6e76 !important}}"
)


def plot_of_days(days: Sequence[Day]) -> bytes:
    """Comments by day and by what became of them, stacked."""
    chart = _chart("StackedBar", colours=list(COLOURS.values()), x_label_rotation=45)
    chart.x_labels = [f"{day.day.day} {day.day:%b}" for day in days]
    chart.x_labels_major_every, chart.show_minor_x_labels = 5, False
    most = max((sum(day.counts.values()) for day in days), default=0)
    if 0 < most <= FEW:  # else pygal would cut comments into tenths
        chart.y_labels = range(most + 1)
    for status in COLOURS:
        chart.add(status.value, [day.counts.get(status.value, 0) for day in days])
    return _svg(chart)


def plot_of_times(weeks: Sequence[Week]) -> bytes:
    """Hours to a decision, by week."""
    chart = _chart("Bar", colours=["#0072b2", "#cc79a7"])
    chart.x_labels = [f"{week.monday.day} {week.monday:%b}" for week in weeks]
    chart.add("median, hours", [round(week.median, 1) for week in weeks])
    chart.add("90th percentile, hours", [round(week.ninetieth, 1) for week in weeks])
    return _svg(chart)


def plot_of_rules(rules: Sequence[Rule]) -> bytes:
    """Share of decisions against each rule."""
    chart = _chart("HorizontalBar", colours=["#0072b2"], range=(0, 100))
    chart.x_labels = [rule.name.replace("_", " ") for rule in reversed(rules)]
    chart.add("overturned, percent", [rule.percent for rule in reversed(rules)])
    return _svg(chart)


def _chart(kind: str, *, colours: Sequence[str], **given: Any) -> Any:
    # Only the dashboard draws; a worker that serves readers need not load this.
    import pygal  # noqa: PLC0415
    from pygal.style import Style  # noqa: PLC0415

    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="#1c1c1a",
        foreground_strong="#1c1c1a",
        foreground_subtle="#777777",
        colors=tuple(colours),
        font_family="system-ui, sans-serif",
        label_font_size=16,
        major_label_font_size=16,
        legend_font_size=16,
        no_data_font_size=24,
        opacity="1",
    )
    make = getattr(pygal, kind)
    return make(
        style=style,
        css=["file://style.css", "file://graph.css", DARK],
        js=[],
        no_prefix=True,
        width=720,
        height=320,
        legend_at_bottom=True,
        no_data_text="Nothing yet",
        **given,
    )


def _svg(chart: Any) -> bytes:
    """The drawing without the script that would show values under a pointer."""
    from lxml import etree  # noqa: PLC0415

    tree = chart.render_tree()
    for script in list(tree.iter("{*}script", "script")):
        script.getparent().remove(script)
    return bytes(etree.tostring(tree, encoding="utf-8", xml_declaration=True))
