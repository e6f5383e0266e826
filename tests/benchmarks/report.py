"""The table on the terminal, bench.json, and the plot."""

from __future__ import annotations

import importlib
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lxml import etree

from tests.benchmarks.figures import TIMES, Measure

NAMED = ("flask", "granian", "sqlalchemy", "werkzeug", "jinja2", "bleach", "markdown-it-py")
WITHIN, BEYOND, INK = "#2b6a8f", "#b5482a", "#222222"
LONGEST_BAR = 4  # a bar that is longer than so many times the bound is cut, and its number is told
ROW_HEIGHT = 34


def row(measure: Measure) -> str:
    """A line of the table: figure, spread, bound, verdict, name."""
    spread = f"±{measure.spread * 100:.0f} %" if len(measure.samples) > 1 else ""
    figure, bound = _figure(measure), _bound(measure)
    return f"{figure:>17} {spread:>7} {bound:>8} {measure.verdict:8} {measure.name}"


def heading(note: str) -> str:
    """What stands above the table."""
    return f"{note}\n{'median':>17} {'spread':>7} {'bound':>8} {'':8} what"


def write(folder: Path, measures: Sequence[Measure], note: str, *, is_quick: bool) -> None:
    """Write bench.json and, of a whole run, the plot."""
    told = {
        "machine": machine(),
        "network": note,
        "quick": is_quick,
        "measures": [measure.as_json() for measure in measures],
    }
    text = json.dumps(told, indent=2, ensure_ascii=False)
    (folder / "bench.json").write_text(text + "\n", "utf-8")
    if not is_quick:
        (folder / "docs" / "pictures" / "bench.svg").write_text(plot(measures), "utf-8")


def markdown(measures: Sequence[Measure]) -> str:
    """The table as a page of documentation shows it."""
    lines = ["| what | median | bound | |", "|---|---|---|---|"]
    lines += [f"| {m.name} | {_figure(m)} | {_bound(m)} | {m.verdict} |" for m in measures]
    return "\n".join(lines) + "\n"


def read(path: Path) -> list[Measure]:
    """The measures of a bench.json."""
    return [Measure.from_json(told) for told in json.loads(path.read_text("utf-8"))["measures"]]


def machine() -> dict[str, Any]:
    """What the figures hang on; nothing that names this machine."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "memory_mib": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "wrk": _first_line("wrk", "-v"),
        "nginx": _first_line("nginx", "-v"),
        **{name: version(name) for name in NAMED},
    }


def plot(measures: Sequence[Measure]) -> str:
    """Bars of how much of its bound each measure uses up; what is right of 1 is beyond it."""
    shown = [measure for measure in measures if measure.share_of_bound is not None]
    shown.reverse()  # the first of the table is to stand at the top
    pygal = _drawing()
    chart = pygal.HorizontalBar(
        style=_style(pygal),
        js=[],
        no_prefix=True,
        disable_xml_declaration=True,
        show_legend=False,
        width=1400,
        height=120 + ROW_HEIGHT * len(shown),
        range=(0, LONGEST_BAR),
        title="Share of its bound that each measure uses up (1 is the bound; shorter is better)",
        truncate_label=-1,
        y_labels=list(range(LONGEST_BAR + 1)),
        spacing=6,
    )
    chart.x_labels = [
        f"{measure.name}: {_figure(measure)} ({_bound(measure)})" for measure in shown
    ]
    chart.add("", [_bar(measure) for measure in shown])
    return _plain(chart.render())


def _style(pygal: Any) -> Any:
    return pygal.style.Style(
        background="#ffffff",
        plot_background="#ffffff",
        foreground=INK,
        foreground_strong=INK,
        foreground_subtle="#888888",
        font_family="system-ui, sans-serif",
        label_font_size=13,
        major_label_font_size=13,
        title_font_size=16,
        colors=(WITHIN,),
        opacity="1",
    )


def _drawing() -> Any:
    """pygal, without the finder that it puts among Python's own, which knows only old Pythons."""
    pygal = importlib.import_module("pygal")
    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, pygal.PluginImportFixer)]
    return pygal


def _plain(drawing: bytes) -> str:
    """The drawing without scripts and without the boxes that only they would show."""
    root: Any = etree.fromstring(drawing)
    useless = "//*[local-name()='script'] | //*[contains(@class, 'tooltip-overlay')]"
    for element in root.xpath(useless):
        element.getparent().remove(element)
    return str(etree.tostring(root, encoding="unicode")) + "\n"


def _bar(measure: Measure) -> dict[str, Any]:
    return {
        "value": min(measure.share_of_bound or 0, LONGEST_BAR),
        "color": WITHIN if measure.is_kept else BEYOND,
    }


def _figure(measure: Measure) -> str:
    unit = "" if measure.unit == TIMES else measure.unit
    return f"{_short(measure.median)} {unit}".rstrip()


def _bound(measure: Measure) -> str:
    if measure.bound is None:
        return ""
    return f"{'≥' if measure.is_least else '≤'} {_short(measure.bound)}"


def _short(value: float) -> str:
    """Three digits that matter."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _first_line(*command: str) -> str:
    program = shutil.which(command[0], path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        return "missing"
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    return lines[0].split("Copyright")[0].strip() if lines else ""
