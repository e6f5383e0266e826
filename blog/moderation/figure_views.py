"""The dashboard's plots, each at an address of its own."""

from __future__ import annotations

from flask import Response, abort

from blog.accounts.permission import MODERATORS, requires
from blog.clock import now as clock_now
from blog.moderation.desk import views
from blog.moderation.figures import comments_by_day, decisions, rules, weeks
from blog.moderation.plots import plot_of_days, plot_of_rules, plot_of_times

# Opened by itself the drawing may use its own styles, and nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


@views.get("/admin/figures/<name>")
@requires(*MODERATORS)
def figure(name: str) -> Response:
    """One plot of the last 30 days."""
    now = clock_now()
    if name == "days.svg":
        drawing = plot_of_days(comments_by_day(now))
    elif name == "times.svg":
        drawing = plot_of_times(weeks(decisions(now)))
    elif name == "rules.svg":
        drawing = plot_of_rules(rules(decisions(now)))
    else:
        abort(404)
    response = Response(drawing, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = POLICY
    return response
