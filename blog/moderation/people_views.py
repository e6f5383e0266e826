"""People who comment, with their records, and the log."""

from __future__ import annotations

from flask import Response, abort, request

from blog.accounts.permission import requires
from blog.moderation.desk import MODERATORS, desk_page, number_or_404, sees_addresses, views
from blog.moderation.filters import LONGEST_SEARCH, QueueFilter
from blog.moderation.queries import log_page, names_of_person, people, person_record
from blog.moderation.queue import queue
from blog.moderation.undo import runs_among, undoable_among
from blog.numbers import row_number


@views.get("/admin/people")
@requires(*MODERATORS)
def all_people() -> Response:
    """Everybody who left a comment, the newest first."""
    address = request.args.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    records, next_before = people(
        before=row_number(request.args.get("before", "")),
        address=address,
        reveal=sees_addresses(),
    )
    return desk_page(
        "people", section="people", records=records, next_before=next_before, q=address
    )


@views.get("/admin/people/<number>")
@requires(*MODERATORS)
def person(number: str) -> Response:
    """One person's record and last comments."""
    reveal = sees_addresses()
    record = person_record(number_or_404(number), reveal=reveal) or abort(404)
    wanted = QueueFilter(status="all", person=record.person_id)
    return desk_page(
        "person",
        section="people",
        record=record,
        names=names_of_person(record.person_id),
        page=queue(wanted, reveal=reveal),
        wanted=wanted,
    )


@views.get("/admin/log")
@requires(*MODERATORS)
def log() -> Response:
    """Every change, the newest first."""
    before = row_number(request.args.get("before", ""))
    entries, next_before = log_page(before)
    return desk_page(
        "log",
        section="log",
        entries=entries,
        next_before=next_before,
        undoable=undoable_among(entries),
        runs=runs_among(entries),
        here=f"/admin/log?before={before}" if before else "/admin/log",
    )
