"""The dashboard, the queue, one comment, and the decisions about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Response, abort, request
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.permission import DECIDERS, current_staff, requires
from blog.clock import now as clock_now
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.moderation.desk import (
    back,
    desk_page,
    number_or_404,
    owner_limit,
    sees_addresses,
    views,
)
from blog.moderation.figures import comments_by_day, decisions, rules, weeks
from blog.moderation.notices import tell_decision
from blog.moderation.operations import Decided, decide
from blog.moderation.plots import COLOURS
from blog.moderation.queries import (
    comment_file,
    counts_by_status,
    log_page,
    newest_waiting,
    oldest_waiting,
    person_record,
)
from blog.moderation.queue import (
    REASONS,
    STATUSES,
    QueueFilter,
    queue,
    read_filter,
)
from blog.numbers import LARGEST_NUMBER, row_number

NEWEST_ON_DASHBOARD = 5
ENTRIES_ON_DASHBOARD = 10
ATTEMPTS = 3
# Serialisation failure and deadlock: the database says "try again" (PostgreSQL, appendix A).
TRY_AGAIN = frozenset({"40001", "40P01"})


@views.get("/admin/")
@requires()
def dashboard() -> Response:
    """What waits, for how long, and what was done last."""
    owner = owner_limit()
    oldest = oldest_waiting(owner)
    # The log tells of everything; who sees only the own posts does not read it.
    entries, _ = log_page(None, ENTRIES_ON_DASHBOARD) if owner is None else ([], None)
    made = decisions(clock_now()) if owner is None else []
    return desk_page(
        "dashboard",
        section="dashboard",
        counts=counts_by_status(owner),
        longest_wait=in_words(clock_now() - oldest) if oldest else "",
        rows=newest_waiting(NEWEST_ON_DASHBOARD, reveal=sees_addresses(), owner=owner),
        entries=entries,
        days=comments_by_day(clock_now()) if owner is None else [],
        outcomes=[status.value for status in COLOURS],
        weeks=weeks(made),
        rules=rules(made),
        decisions=len(made),
        overturned=sum(decision.is_overturned for decision in made),
    )


@views.get("/admin/comments")
@requires(*DECIDERS)
def comments() -> Response:
    """The queue."""
    return _queue_page(read_filter(request.args))


@views.post("/admin/comments")
@requires(*DECIDERS)
def decide_on_comments() -> BaseResponse:
    """Apply an action to the chosen comments, then back to where the moderator was."""
    wanted = request.form.get("next")
    try:
        action = _one(request.form.getlist("action"))
        ids = _ids(request.form.getlist("ids"))
        seen = _seen_versions(request.form.getlist("seen"))
        decided = _decided(action, ids, seen, clock_now())
    except Refusal as refusal:
        db.session.rollback()
        return _queue_page(QueueFilter(), status=refusal.status, error=refusal.sentence)
    tell_decision(action, decided)
    return back(wanted)


@views.get("/admin/comments/<number>")
@requires(*DECIDERS)
def comment(number: str) -> Response:
    """One comment with everything that belongs to a decision about it."""
    file = comment_file(
        number_or_404(number), reveal=sees_addresses(), owner=owner_limit()
    ) or abort(404)
    return desk_page(
        "comment", section="comments", file=file, row=file.row, here=f"/admin/comments/{number}"
    )


def _queue_page(wanted: QueueFilter, *, status: int = 200, error: str = "") -> Response:
    reveal, owner = sees_addresses(), owner_limit()
    page = queue(replace(wanted, owner=owner), reveal=reveal)
    return desk_page(
        "comments",
        status=status,
        section="comments",
        error=error,
        wanted=wanted,
        here=wanted.address(before=wanted.before),
        page=page,
        counts=counts_by_status(owner),
        statuses=STATUSES,
        reasons=REASONS,
        # The record counts comments everywhere, which is not an author's to know.
        record=person_record(wanted.person, reveal=reveal)
        if wanted.person and owner is None
        else None,
    )


def _decided(action: str, ids: list[int], seen: dict[int, int], now: datetime) -> Decided:
    """Decide in a transaction of its own, again when the database asks for it."""
    reason = request.form.get("reason", "")
    attempt = 1
    while True:
        try:
            begin_write()
            decided = decide(
                action,
                ids,
                staff=current_staff(),
                now=now,
                reason=reason,
                seen_versions=seen,
                owner=owner_limit(),
            )
            db.session.commit()
        except OperationalError as error:
            if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", None) not in TRY_AGAIN:
                raise
            attempt += 1
        else:
            return decided


def _one(given: Sequence[str]) -> str:
    """The single value of a field; two that differ are nobody's intention."""
    return given[0] if len(set(given)) == 1 else ""


def _ids(given: Sequence[str]) -> list[int]:
    """The comments' numbers. Raises Refusal when there are none, or one is not a number."""
    given = [text.strip() for joined in given for text in joined.split(",") if text.strip()]
    if not given:
        raise Refusal("no_ids", "Tick at least one comment. Nothing was changed.", field="ids")
    if not all(text.isascii() and text.isdigit() for text in given):
        sentence = "A comment is named by its number. Nothing was changed."
        raise Refusal("bad_ids", sentence, field="ids")
    # A number that no column holds is that of no comment; the operation says so.
    return [int(text) if len(text) <= 10 else LARGEST_NUMBER + 1 for text in given]


def _seen_versions(given: Sequence[str]) -> dict[int, int]:
    """What the moderator saw, as ``number:version``; whatever else stands there is ignored."""
    pairs = (text.split(":") for text in given if text.count(":") == 1)
    numbers = ((row_number(first), row_number(second)) for first, second in pairs)
    return {first: second for first, second in numbers if first and second}


def in_words(wait: timedelta) -> str:
    """A time span in its largest unit: "3 hours"."""
    seconds = max(0, int(wait.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "less than a minute"
