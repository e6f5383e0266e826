"""What staff decides about a person who comments; each is logged. Nothing here commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from blog.accounts.models import User
from blog.comments.models import Comment, CommentStatus, Person, Standing
from blog.db import db
from blog.errors import NotThere, Refusal
from blog.moderation.log import Change, write_log_entries
from blog.moderation.models import LogEntry, PersonNote
from blog.moderation.operations import MOST_AT_ONCE

UNTIL = " until "
LONGEST_NOTE = 2_000
LONGEST_REASON = 500
MOST_DAYS = 36_500


def set_standing(
    person_id: int,
    standing: Standing,
    *,
    until: datetime | None,
    reason: str,
    staff: User,
    now: datetime,
) -> LogEntry | None:
    """Trust, hold or block a person, or none of it; None when it stands so already.

    ``until`` ends it by itself. Raises NotThere, and Refusal for an end that is past or a block
    without a reason.
    """
    if until is not None and until <= now:
        raise Refusal("past", "The end date is in the past. Nothing was changed.", field="until")
    if standing is Standing.BLOCKED and not reason.strip():
        sentence = "A block needs a reason, for whoever asks later. Nothing was changed."
        raise Refusal("no_reason", sentence, field="reason")
    change = change_standing(person_id, standing, until=until, reason=reason)
    return write_log_entries([change], staff=staff, now=now)[0] if change else None


def change_standing(
    person_id: int, standing: Standing, *, until: datetime | None, reason: str
) -> Change | None:
    """Set the standing and give what is to be logged; None when it stands so already."""
    person = locked_person(person_id)
    until = None if standing is Standing.NORMAL else until
    reason = "" if standing is Standing.NORMAL else " ".join(reason.split())[:LONGEST_REASON]
    before = standing_text(person.standing, person.standing_until)
    after = standing_text(standing, until)
    if before == after and person.standing_reason == reason:
        return None
    person.standing, person.standing_until, person.standing_reason = standing, until, reason
    db.session.flush()
    return Change(
        action="set_standing",
        subject=f"person:{person_id}",
        before=before,
        after=after,
        reason=reason,
    )


def standing_text(standing: Standing, until: datetime | None) -> str:
    """A standing in words that :func:`read_standing` reads back."""
    return f"{standing.value}{UNTIL}{until.isoformat()}" if until else standing.value


def read_standing(text: str) -> tuple[Standing, datetime | None]:
    """The standing that the log tells."""
    name, _, until = text.partition(UNTIL)
    return Standing(name), datetime.fromisoformat(until) if until else None


def add_note(person_id: int, text: str, *, staff: User, now: datetime) -> LogEntry:
    """Keep a note about a person. Raises NotThere, and Refusal when it is empty or too long."""
    locked_person(person_id)
    text = text.strip()
    if not text or len(text) > LONGEST_NOTE:
        sentence = f"A note has 1 to {LONGEST_NOTE:,} characters; yours has {len(text):,}."
        raise Refusal("bad_note", f"{sentence} Nothing was saved.", field="note")
    note = PersonNote(person_id=person_id, made_at=now, who=staff.name, text=text)
    db.session.add(note)
    db.session.flush()
    change = Change(action="add_note", subject=f"person:{person_id}", after=f"note {note.id}")
    return write_log_entries([change], staff=staff, now=now)[0]


def remove_note(person_id: int, note_id: int) -> Change | None:
    """Take a note away; None when it is gone already."""
    gone = db.session.scalar(
        delete(PersonNote)
        .where(PersonNote.id == note_id, PersonNote.person_id == person_id)
        .returning(PersonNote.id)
    )
    if gone is None:
        return None
    return Change(action="remove_note", subject=f"person:{person_id}", before=f"note {note_id}")


def recent_comments(person_id: int, days: int, now: datetime) -> list[int]:
    """The comments of a person's last ``days`` days that are public or wait, at most as many as
    one decision takes, the newest first."""
    since = now - timedelta(days=min(max(days, 1), MOST_DAYS))
    return list(
        db.session.scalars(
            select(Comment.id)
            .where(
                Comment.person_id == person_id,
                Comment.status.in_([CommentStatus.APPROVED, CommentStatus.PENDING]),
                Comment.created_at >= since,
            )
            .order_by(Comment.id.desc())
            .limit(MOST_AT_ONCE)
        )
    )


def notes_about(person_id: int) -> Sequence[PersonNote]:
    """The notes of the staff about a person, the newest first."""
    return db.session.scalars(
        select(PersonNote).where(PersonNote.person_id == person_id).order_by(PersonNote.id.desc())
    ).all()


def locked_person(person_id: int) -> Person:
    """The person as it stands, kept from others until the commit. Raises NotThere."""
    person = db.session.scalar(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if person is None:
        raise NotThere("no_person", "There is no such person. Nothing was changed.")
    return person
