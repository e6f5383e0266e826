"""What the forms on a person's page do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.permission import MODERATORS, current_staff, requires
from blog.clock import now as clock_now
from blog.comments.models import Standing
from blog.db import db
from blog.errors import Refusal
from blog.moderation.decision_views import written
from blog.moderation.desk import back, number_or_404, views
from blog.moderation.models import LogEntry
from blog.moderation.notices import tell, tell_decision
from blog.moderation.operations import decide
from blog.moderation.people_views import person_page
from blog.moderation.persons import add_note, recent_comments, set_standing
from blog.moderation.verified_names import verify_name
from blog.numbers import row_number

SAID = {
    Standing.NORMAL: "This person has no special standing any more.",
    Standing.TRUSTED: "Comments by this person are trusted from now on.",
    Standing.HELD: "Every comment by this person waits for a moderator from now on.",
    Standing.BLOCKED: "Comments by this person go to spam from now on.",
}


@views.post("/admin/people/<number>/standing")
@requires(*MODERATORS)
def keep_standing(number: str) -> BaseResponse:
    """Trust, hold or block the person, or none of it."""
    person_id = number_or_404(number)
    typed = request.form.get("standing", "")
    if typed not in set(Standing):
        return person_page(person_id, status=422, errors=["Choose one of the standings."])
    try:
        until = _end_of_day(request.form.get("until", ""))
    except ValueError:
        sentence = "The end date is written as 2027-01-31. Nothing was changed."
        return person_page(person_id, status=422, errors=[sentence])
    work = partial(
        set_standing,
        person_id,
        Standing(typed),
        until=until,
        reason=request.form.get("reason", ""),
        staff=current_staff(),
        now=clock_now(),
    )
    return _done(person_id, work, SAID[Standing(typed)])


@views.post("/admin/people/<number>/name")
@requires(*MODERATORS)
def keep_verified_name(number: str) -> BaseResponse:
    """Say that a name is this person's, or take that back."""
    person_id = number_or_404(number)
    name = request.form.get("name", "")
    work = partial(verify_name, person_id, name, staff=current_staff(), now=clock_now())
    return _done(person_id, work, "The name is verified now." if name else "No name is verified.")


@views.post("/admin/people/<number>/notes")
@requires(*MODERATORS)
def keep_note(number: str) -> BaseResponse:
    """Keep a note about the person."""
    person_id = number_or_404(number)
    text = request.form.get("note", "").replace("\0", "")
    work = partial(add_note, person_id, text, staff=current_staff(), now=clock_now())
    return _done(person_id, work, "The note was kept.")


@views.post("/admin/people/<number>/take-back")
@requires(*MODERATORS)
def take_back_comments(number: str) -> BaseResponse:
    """Move the person's comments of the last days to the trash, with one undo."""
    person_id = number_or_404(number)
    days, staff, now = row_number(request.form.get("days")), current_staff(), clock_now()
    if days is None:
        sentence = "Say for how many days, as a whole number from 1. Nothing was changed."
        return person_page(person_id, status=422, errors=[sentence])
    ids = recent_comments(person_id, days, now)
    reason = f"all of the last {days} days"
    decided = written(partial(decide, "trash", ids, staff=staff, now=now, reason=reason))
    if decided.moves:
        tell_decision("trash", decided)
    else:
        tell("There is nothing of these days to take back.")
    return back(None, f"/admin/people/{person_id}")


def _done(person_id: int, work: Callable[[], LogEntry | None], sentence: str) -> BaseResponse:
    try:
        entry = written(work)
    except Refusal as refusal:
        db.session.rollback()
        return person_page(person_id, status=refusal.status, errors=[refusal.sentence])
    tell(sentence if entry else "It stood so already.", [entry.id] if entry else ())
    return back(None, f"/admin/people/{person_id}")


def _end_of_day(text: str) -> datetime | None:
    """The end of the day that was typed, in UTC; None for none. Raises ValueError."""
    if not text.strip():
        return None
    day = date.fromisoformat(text.strip())
    if day == date.max:
        raise ValueError("there is no day after it")
    return datetime.combine(day + timedelta(days=1), time.min, UTC)
