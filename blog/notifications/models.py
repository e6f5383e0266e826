"""The outbox, and who asked to hear of what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from blog.comments.models import Person
from blog.db import PARTIAL, Keyword, Model, PrimaryKey, enum_by_value, personal, sealed

MAIL_ADDRESS = "mail.address"


class MailState(StrEnum):
    """What became of a mail; only a waiting one is ever sent."""

    WAITING = "waiting"
    SENT = "sent"
    # Given up: the server refused it for good, or it waited too long.
    DEAD = "dead"
    # What it tells of is not there any more, or not public.
    DROPPED = "dropped"
    # Told in another mail of the same digest.
    MERGED = "merged"


class Mail(Model):
    """One mail, written in the transaction of what it tells of and put into words when it is sent.

    It names a comment instead of quoting it, so that a mail never shows what was taken back
    meanwhile. The address is that of a person, or sealed in the row for staff.
    """

    __tablename__ = "mail"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("person_id IS NOT NULL OR to_sealed IS NOT NULL", name="has_recipient"),
        # What is due next.
        Index("ix_mail_due", "state", "is_ready", "due_at", "id"),
        Index("ix_mail_digest", "digest_key", "state", info={PARTIAL: "digest_key IS NOT NULL"}),
        Index("ix_mail_person_id", "person_id", info={PARTIAL: "person_id IS NOT NULL"}),
        Index("ix_mail_merged_into", "merged_into", info={PARTIAL: "merged_into IS NOT NULL"}),
    )

    id: Mapped[PrimaryKey]
    message: Mapped[Keyword]
    state: Mapped[MailState] = mapped_column(
        enum_by_value(MailState, "state"), default=MailState.WAITING
    )
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"),
        info=personal("To whom a mail goes.", until="privacy.mail_days"),
    )
    to_sealed: Mapped[bytes | None] = mapped_column(
        info=personal("To whom a mail for the staff goes.", until="privacy.mail_days")
        | sealed(MAIL_ADDRESS)
    )
    # The person of the staff it goes to, whose name then stands in the log of what its links did.
    staff_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"),
        index=True,
        info=personal("To whom a mail for the staff goes.", until="privacy.mail_days"),
    )
    comment_id: Mapped[int | None] = mapped_column(
        ForeignKey("comment.id", ondelete="CASCADE"), index=True
    )
    comment_version: Mapped[int | None]
    # The local part of the Message-ID: the same in every attempt, so that a mail server that gets
    # it twice can tell.
    message_id: Mapped[str] = mapped_column(String(40), unique=True)
    # Says the same thing to the same person: the unique index keeps it from being said twice.
    once_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    # Mails with one key are gathered into one, at most one per span of time.
    digest_key: Mapped[str | None] = mapped_column(String(120))
    # A mail of a digest is not ready before it was gathered.
    is_ready: Mapped[bool] = mapped_column(default=True)
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("mail.id", ondelete="CASCADE"))
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    # A worker has it until then; one that was killed loses it by the clock.
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    finished_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")


class Subscriber(Model):
    """A person who was asked, by mail, whether mail is welcome."""

    __tablename__ = "subscriber"

    person_id: Mapped[int] = mapped_column(
        ForeignKey(Person.id, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        info=personal(
            "Who asked for mail.", until="until it is stopped; without confirmation some days"
        ),
    )
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class SubscriptionKind(StrEnum):
    """What a subscriber hears of."""

    # Answers to a comment of theirs, and what became of it.
    REPLIES = "replies"
    THREAD = "thread"
    SERIES = "series"


class Subscription(Model):
    """One thing a person asked to hear of: a comment, a post or a series by its number."""

    __tablename__ = "subscription"
    __table_args__ = (
        Index("uq_subscription_target", "kind", "target_id", "person_id", unique=True),
    )

    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(
        ForeignKey("subscriber.person_id", ondelete="CASCADE"),
        index=True,
        info=personal("Who hears of what.", until="until it is stopped"),
    )
    kind: Mapped[SubscriptionKind] = mapped_column(enum_by_value(SubscriptionKind, "kind"))
    target_id: Mapped[int]
    made_at: Mapped[datetime]
