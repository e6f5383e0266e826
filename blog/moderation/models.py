"""The log of every change by staff or a command: append-only, each entry bound to the one before.

It holds no personal data of readers: no address, no name of a commenter, no text of a comment.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

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
    made_at: Mapped[datetime]
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
