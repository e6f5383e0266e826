"""Names that staff has verified as somebody's, and taking that back. Nothing here commits.

The log holds no name of a reader: what was verified before a change is kept beside it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from blog.accounts.models import User
from blog.comments.models import Comment, CommentStatus, Person
from blog.db import db, rows_changed
from blog.errors import Refusal
from blog.moderation.log import Change, write_log_entries
from blog.moderation.models import FormerName, LogEntry
from blog.moderation.persons import locked_person
from blog.text.skeleton import skeleton
from blog.versions import site_changed

VERIFY, UNVERIFY = "verify_name", "unverify_name"
NAME_ACTIONS = frozenset({VERIFY, UNVERIFY})
# As long as former settings.
KEPT_DAYS = 90


def verify_name(person_id: int, name: str, *, staff: User, now: datetime) -> LogEntry | None:
    """Say that a name is this person's, so that nobody else can pass for them; "" takes it back.

    Raises NotThere, and Refusal for a name under which nothing of the person was approved.
    """
    person = locked_person(person_id)
    former = person.verified_name
    if former == name:
        return None
    if name and name not in _approved_names(person_id):
        sentence = "Only a name under which a comment of theirs was approved can be verified."
        raise Refusal("unknown_name", f"{sentence} Nothing was changed.", field="name")
    entry = write_log_entries([_give_name(person, name)], staff=staff, now=now)[0]
    keep_former_name(entry, former, now=now)
    return entry


def take_name_back(entry: LogEntry) -> tuple[Change, str] | None:
    """Undo a change of a verified name: what is to be logged, and the name that gave way.

    None when it was changed again since, or the name before is not kept any more.
    """
    person_id = int(entry.subject.partition(":")[2])
    person = db.session.scalar(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    newest = db.session.scalar(
        select(func.max(LogEntry.id)).where(
            LogEntry.subject == entry.subject, LogEntry.action.in_(NAME_ACTIONS)
        )
    )
    if person is None or newest != entry.id:
        return None
    before = ""
    if entry.before:
        kept = db.session.get(FormerName, entry.id)
        if kept is None:
            return None
        before = kept.name
    former = person.verified_name
    return _give_name(person, before), former


def keep_former_name(entry: LogEntry, name: str, *, now: datetime) -> None:
    """Keep the name that gave way in the change that an entry tells of; "" needs no keeping."""
    if name:
        person_id = int(entry.subject.partition(":")[2])
        db.session.add(FormerName(entry_id=entry.id, person_id=person_id, name=name, made_at=now))
    forget_old_names(now)


def forget_old_names(now: datetime) -> None:
    """Forget names that were taken back more than 90 days ago."""
    limit = now - timedelta(days=KEPT_DAYS)
    rows_changed(delete(FormerName).where(FormerName.made_at < limit))


def _give_name(person: Person, name: str) -> Change:
    was_verified = bool(person.verified_name)
    person.verified_name, person.verified_skeleton = name, skeleton(name)
    db.session.flush()
    site_changed()  # who may bear which name is remembered with the site
    return Change(
        action=VERIFY if name else UNVERIFY,
        subject=f"person:{person.id}",
        before="verified" if was_verified else "",
        after="verified" if name else "",
    )


def _approved_names(person_id: int) -> set[str]:
    return set(
        db.session.scalars(
            select(Comment.author).where(
                Comment.person_id == person_id, Comment.status == CommentStatus.APPROVED
            )
        )
    )
