"""People who comment, with their records, and the log."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, abort, request

from blog.accounts.models import Role
from blog.accounts.permission import MODERATORS, current_staff, requires
from blog.clock import now as clock_now
from blog.comments.models import Person, Standing
from blog.db import begin_write, db
from blog.moderation.desk import desk_page, number_or_404, sees_addresses, views
from blog.moderation.filters import LONGEST_SEARCH, QueueFilter
from blog.moderation.log import write_log
from blog.moderation.persons import notes_about
from blog.moderation.queries import log_page, names_of_person, people, person_record
from blog.moderation.queue import queue
from blog.moderation.setting_operations import undoable
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
    return person_page(number_or_404(number))


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
    return person_page(person_id, is_open=True)


def person_page(
    person_id: int, *, status: int = 200, errors: Sequence[str] = (), is_open: bool = False
) -> Response:
    """The page of a person; what was typed comes back with the ``errors``. Aborts with 404."""
    reveal = is_open or sees_addresses()
    record = person_record(person_id, reveal=reveal) or abort(404)
    wanted = QueueFilter(status="all", person=person_id)
    return desk_page(
        "person",
        status=status,
        section="people",
        errors=errors,
        typed=request.form if errors else {},
        record=record,
        is_open=reveal,
        person=db.session.get_one(Person, person_id),
        names=names_of_person(person_id),
        notes=notes_about(person_id),
        standings=list(Standing),
        now=clock_now(),
        # The IPs beside the comments are an admin's alone to see.
        page=queue(wanted, reveal=sees_addresses()),
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
        undoable=undoable_among(entries, current_staff()),
        settings_undoable=undoable() if current_staff().role is Role.ADMIN else set(),
        runs=runs_among(entries, current_staff()),
        here=f"/admin/log?before={before}" if before else "/admin/log",
    )
