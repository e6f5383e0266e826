"""The log of every change, and what a person of the staff keeps at the desk.

The log is append-only, each entry bound to the one before. It holds no personal data of readers: no
address, no name of a commenter, no text of a comment.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from blog.accounts.models import WITH_ACCOUNT
from blog.comments.models import WITH_PERSON
from blog.db import Keyword, Model, PrimaryKey, personal

FIRST_DIGEST = "0" * 64


class LogEntry(Model):
    """One change: who, when, what, from, to, why, and the digest that chains it to the last.

    ``who_id`` is the account's number, without a foreign key: the entry outlives the account.
    """

    __tablename__ = "log_entry"
    __table_args__ = (Index("ix_log_entry_subject", "subject", "id"),)

    # Given by the head of the log, not by the database: 1, 2, 3, … without a gap.
    id: Mapped[PrimaryKey] = mapped_column(autoincrement=False)
    made_at: Mapped[datetime] = mapped_column(index=True)
    who_id: Mapped[int | None] = mapped_column(
        info=personal("Who of the staff made a change.", until="for good")
    )
    who: Mapped[str] = mapped_column(
        info=personal("Who of the staff made a change.", until="for good")
    )
    action: Mapped[Keyword]
    subject: Mapped[str] = mapped_column(String(200))
    before: Mapped[str] = mapped_column(default="")
    after: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    previous_digest: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), unique=True)


class FormerSetting(Model):
    """What a setting was before a change, so that it can be undone: lists are not in the log."""

    __tablename__ = "former_setting"

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("log_entry.id"), primary_key=True, autoincrement=False
    )
    key: Mapped[str] = mapped_column(String(80))
    value: Mapped[str] = mapped_column(
        info=personal("What a setting was, such as a list that names a reader.", until="90 days")
    )
    made_at: Mapped[datetime] = mapped_column(index=True)


class FormerName(Model):
    """A verified name that was taken back, so that it can be undone: names are not in the log."""

    __tablename__ = "former_name"

    entry_id: Mapped[int] = mapped_column(
        ForeignKey("log_entry.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"),
        index=True,
        info=personal("Whose verified name was taken back.", until="90 days"),
    )
    name: Mapped[str] = mapped_column(
        String(245), info=personal("A verified name that was taken back.", until="90 days")
    )
    made_at: Mapped[datetime] = mapped_column(index=True)


class AttackPeriod(Model):
    """A time of attack mode: from when, until when, and who began and ended it.

    ``ended_by`` is "" for one that ends by the clock; ``is_told`` once the log tells of its end.
    """

    __tablename__ = "attack_period"

    id: Mapped[PrimaryKey]
    began_at: Mapped[datetime]
    began_by: Mapped[str] = mapped_column(
        info=personal("Who of the staff switched attack mode on.", until="for good")
    )
    ends_at: Mapped[datetime]
    ended_by: Mapped[str] = mapped_column(
        default="", info=personal("Who of the staff switched it off.", until="for good")
    )
    is_told: Mapped[bool] = mapped_column(default=False)


class LogHead(Model):
    """The end of the log, one row: its lock makes appends one after another on both databases."""

    __tablename__ = "log_head"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("length >= 0", name="length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    length: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default=FIRST_DIGEST)


class PersonNote(Model):
    """A note of the staff about a person who comments.

    No page shows it to the person; the copy of what is kept about them does.
    """

    __tablename__ = "person_note"
    # So that undoing one that is gone cannot delete another.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"),
        index=True,
        info=personal("Whom a note of the staff is about.", until=WITH_PERSON),
    )
    made_at: Mapped[datetime]
    # The name as it was, so that the note outlives the account.
    who: Mapped[str] = mapped_column(info=personal("Who wrote the note.", until=WITH_PERSON))
    text: Mapped[str] = mapped_column(
        info=personal("What the staff noted about somebody.", until=WITH_PERSON)
    )


class SavedView(Model):
    """A view of the queue that somebody of the staff wants to come back to."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("staff_id", "name"),)

    id: Mapped[PrimaryKey]
    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"),
        info=personal("Whose view of the queue it is.", until=WITH_ACCOUNT),
    )
    name: Mapped[str] = mapped_column(
        String(60), info=personal("What they call it.", until=WITH_ACCOUNT)
    )
    query: Mapped[str] = mapped_column(
        info=personal("What it searches for.", until="until the view is deleted")
    )


class DeskKeys(Model):
    """The shortcuts of somebody who changed them: on or off, and the keys that differ."""

    __tablename__ = "desk_keys"

    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"),
        primary_key=True,
        info=personal("Whose shortcuts they are.", until=WITH_ACCOUNT),
    )
    is_on: Mapped[bool] = mapped_column(default=True)
    keys: Mapped[dict[str, str]] = mapped_column(JSON)


class Claim(Model):
    """Who is looking at a comment just now. It tells the others and blocks nobody."""

    __tablename__ = "comment_claim"

    comment_id: Mapped[int] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True
    )
    staff_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"),
        info=personal("Who looks at a comment just now.", until="some minutes"),
    )
    until: Mapped[datetime]
