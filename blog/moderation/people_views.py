"""People who comment, with their records, and the log."""

from __future__ import annotations

from flask import Response, abort, request

from blog.accounts.models import Role
from blog.accounts.permission import MODERATORS, current_staff, requires
from blog.clock import now as clock_now
from blog.db import begin_write, db
from blog.moderation.desk import desk_page, number_or_404, sees_addresses, views
from blog.moderation.log import write_log
from blog.moderation.queries import log_page, names_of_person, people, person_record
from blog.moderation.queue import LONGEST_SEARCH, QueueFilter, queue
from blog.moderation.setting_operations import undoable
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
    return _person_page(number, reveal=sees_addresses())


@views.post("/admin/people/<number>/address")
@requires(*MODERATORS)
def reveal_address(number: str) -> Response:
    """The same page, once, with the address open; the log keeps who looked and when."""
    person_id = number_or_404(number)
    begin_write()
    if person_record(person_id) is None:
        abort(404)
    write_log("reveal_address", f"person:{person_id}", staff=current_staff(), now=clock_now())
    db.session.commit()
    return _person_page(number, reveal=True)


def _person_page(number: str, *, reveal: bool) -> Response:
    record = person_record(number_or_404(number), reveal=reveal) or abort(404)
    wanted = QueueFilter(status="all", person=record.person_id)
    return desk_page(
        "person",
        section="people",
        record=record,
        is_open=reveal,
        names=names_of_person(record.person_id),
        # The IPs beside the comments are an admin's alone to see.
        page=queue(wanted, reveal=sees_addresses()),
        wanted=wanted,
    )


@views.get("/admin/log")
@requires(*MODERATORS)
def log() -> Response:
    """Every change, the newest first."""
    entries, next_before = log_page(row_number(request.args.get("before", "")))
    is_admin = current_staff().role is Role.ADMIN
    return desk_page(
        "log",
        section="log",
        entries=entries,
        next_before=next_before,
        undoable=undoable() if is_admin else set(),
    )
