"""The page for a comment that could not be saved: it hands back what was typed and costs little."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import Response, current_app, g, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from blog.web.headers import mark_private

DATABASE_IS_AWAY = "The blog cannot reach its database just now, so nothing was saved."
AWAY_SECONDS = 30


def not_saved(typed: Mapping[str, str]) -> BaseResponse:
    """The database is away: say that nothing was saved, and hand the text back."""
    current_app.logger.error("A comment could not be saved: the database did not answer.")
    g.database_is_away = True  # the page is drawn without it
    return small_page(typed, DATABASE_IS_AWAY, (), 503, AWAY_SECONDS)


def small_page(
    typed: Mapping[str, str], reason: str, complaints: Iterable[str], status: int, wait: int
) -> BaseResponse:
    """Only what was typed and why it was not saved: needs no database and little else."""
    html = render_template(
        "comments/not_saved.html",
        values=typed,
        reason=reason,
        complaints=[sentence for sentence in complaints if sentence],
        wait=wait,
        action=request.path,
        post_id=request.form.get("comment_post_ID", ""),
    )
    response = Response(html, status)
    response.headers["Retry-After"] = str(wait)
    return mark_private(response)
