"""The dashboard, the queue, and one comment, as pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl

from flask import Response, abort, request

from blog.accounts.permission import DECIDERS, MODERATORS, current_staff, requires
from blog.clock import now as clock_now
from blog.moderation.attack import HOURS, USUAL_HOURS, AttackDesk, attack_desk
from blog.moderation.claims import claims_of_others
from blog.moderation.desk import (
    QUEUE,
    desk_page,
    number_or_404,
    owner_limit,
    sees_addresses,
    views,
)
from blog.moderation.figures import comments_by_day, decisions, rules, weeks
from blog.moderation.filters import REASONS, STATUSES, QueueFilter, read_filter
from blog.moderation.plots import COLOURS
from blog.moderation.queries import (
    comment_file,
    counts_by_status,
    log_page,
    newest_number,
    newest_waiting,
    oldest_waiting,
    person_record,
)
from blog.moderation.queue import count_matching, queue
from blog.moderation.saved import views_of
from blog.moderation.shortcuts import keys_of, shortcuts_for
from blog.moderation.trace import explain
from blog.moderation.undo import undoable_among
from blog.numbers import row_number
from blog.posts.queries import all_series
from blog.settings.queries import current_settings

NEWEST_ON_DASHBOARD = 5
ENTRIES_ON_DASHBOARD = 10
# Further than this nobody asks how many match; counting them all would cost a look at each.
MATCHES_COUNTED = 1_001


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
        attack=_attack(with_report=True),
        hours=HOURS,
        usual_hours=USUAL_HOURS,
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


@views.get("/admin/comments/<number>")
@requires(*DECIDERS)
def comment(number: str) -> Response:
    """One comment with everything that belongs to a decision about it."""
    return comment_page_again(number_or_404(number), status=200)


def page_again(wanted: str | None, *, status: int, errors: Sequence[str]) -> Response:
    """The page a form came from as it is now, with what went wrong: one comment, or the queue."""
    path, _, query = (wanted or "").partition("?")
    number = row_number(path.removeprefix(f"{QUEUE}/")) if path.startswith(f"{QUEUE}/") else None
    page = _comment_page(number, status=status, errors=errors) if number else None
    asked = read_filter(dict(parse_qsl(query))) if path == QUEUE else QueueFilter()
    return page or _queue_page(asked, status=status, errors=errors)


def comment_page_again(
    number: int,
    *,
    status: int,
    errors: Sequence[str] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:
    """The page of one comment; ``typed`` is what stood in its form. Aborts with 404."""
    return _comment_page(number, status=status, errors=errors, typed=typed) or abort(404)


def _comment_page(
    number: int,
    *,
    status: int,
    errors: Sequence[str] = (),
    typed: Mapping[str, str] | None = None,
) -> Response | None:
    file = comment_file(number, reveal=sees_addresses(), owner=owner_limit())
    if file is None:
        return None
    return desk_page(
        "comment",
        status=status,
        section="comments",
        errors=errors,
        file=file,
        row=file.row,
        typed=typed or {},
        claims=claims_of_others([number], staff=current_staff(), now=clock_now()),
        sentences={
            verdict.id: explain(verdict.outcome, verdict.findings) for verdict in file.verdicts
        },
        undoable=undoable_among(file.entries, current_staff()),
        here=f"{QUEUE}/{number}",
    )


def _queue_page(wanted: QueueFilter, *, status: int = 200, errors: Sequence[str] = ()) -> Response:
    reveal, owner = sees_addresses(), owner_limit()
    wanted = replace(wanted, owner=owner)
    page = queue(wanted, reveal=reveal)
    return desk_page(
        "comments",
        status=status,
        section="comments",
        errors=errors,
        attack=_attack(with_report=False),
        usual_hours=USUAL_HOURS,
        wanted=wanted,
        here=wanted.address(before=wanted.before),
        page=page,
        matching=count_matching(replace(wanted, before=None), MATCHES_COUNTED),
        most_counted=MATCHES_COUNTED,
        newest=newest_number(),
        all_series=all_series(clock_now()),
        claims=claims_of_others(
            [row.comment.id for row in page.rows], staff=current_staff(), now=clock_now()
        ),
        saved=views_of(current_staff()),
        shortcuts=shortcuts_for(current_staff()),
        keys=keys_of(current_staff()),
        counts=counts_by_status(owner),
        statuses=STATUSES,
        reasons=REASONS,
        # The record counts comments everywhere, which is not an author's to know.
        record=person_record(wanted.person, reveal=reveal)
        if wanted.person and owner is None
        else None,
    )


def _attack(*, with_report: bool) -> AttackDesk | None:
    """What moderators see of attack mode; an author has no say in it."""
    if current_staff().role not in MODERATORS:
        return None
    return attack_desk(current_settings().comments, clock_now(), with_report=with_report)


def in_words(wait: timedelta) -> str:
    """A time span in its largest unit: "3 hours"."""
    seconds = max(0, int(wait.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "less than a minute"
