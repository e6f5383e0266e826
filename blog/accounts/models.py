"""People who sign in, their sessions, the first admin's link, and counted sign-in attempts."""

from __future__ import annotations

import enum
from datetime import datetime

from flask_security import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.db import Model, PrimaryKey, enum_by_value, personal

LONGEST_NAME = 245
LONGEST_EMAIL = 254
DIGEST_BYTES = 32
WITH_ACCOUNT = "until the account is deleted"


class Role(enum.StrEnum):
    """What a person of the staff may do; one per person, so that no sum of rights surprises."""

    ADMIN = "admin"
    MODERATOR = "moderator"
    AUTHOR = "author"


class User(Model, UserMixin):
    """A person who signs in. ``fs_uniquifier`` is what a session refers to: renew it to end all."""

    __tablename__ = "staff_user"
    __table_args__ = (CheckConstraint("length(trim(name)) > 0", name="name_given"),)

    id: Mapped[PrimaryKey]
    email: Mapped[str] = mapped_column(
        String(LONGEST_EMAIL),
        unique=True,
        info=personal("To sign in, and for mail to the staff.", until=WITH_ACCOUNT),
    )
    name: Mapped[str] = mapped_column(
        String(LONGEST_NAME),
        info=personal("Shown at the desk and in its log.", until=WITH_ACCOUNT),
    )
    role: Mapped[Role] = mapped_column(enum_by_value(Role, "role_known"))
    password: Mapped[str] = mapped_column(
        String(255), info=personal("To sign in; a slow hash.", until=WITH_ACCOUNT)
    )
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    last_signed_in_at: Mapped[datetime | None] = mapped_column(
        info=personal("To notice a stolen account.", until=WITH_ACCOUNT)
    )

    sessions: Mapped[list[StaffSession]] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )

    def has_role(self, role: object) -> bool:
        """Whether this is the person's role; Flask-Security asks it by name."""
        return self.role == role


class StaffSession(Model):
    """One sign-in on one browser. The cookie holds the token, the table only its SHA-256."""

    __tablename__ = "staff_session"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"),
        info=personal("Who is signed in.", until="30 days"),
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(DIGEST_BYTES), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime] = mapped_column(
        info=personal("To end a session that is not used.", until="30 days")
    )
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="sessions")

    __table_args__ = (
        Index(None, "user_id"),
        CheckConstraint("last_seen_at >= created_at", name="seen_after_made"),
    )


class FirstAdminLink(Model):
    """A one-time link that makes the first admin; the table holds only the token's SHA-256."""

    __tablename__ = "first_admin_link"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="ends_after_made"),)

    id: Mapped[PrimaryKey]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(DIGEST_BYTES), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginAttempt(Model):
    """Failed sign-ins in a row for an account, a network, or both; the other one is then empty.

    Both are keyed digests, so that the table tells nobody who tried from where.
    """

    __tablename__ = "login_attempt"
    __table_args__ = (
        CheckConstraint("failures >= 0", name="failures_counted"),
        Index(None, "last_tried_at"),
    )

    account: Mapped[bytes] = mapped_column(
        LargeBinary(DIGEST_BYTES),
        primary_key=True,
        info=personal("To stop guessing; a keyed digest.", until="some days"),
    )
    network: Mapped[bytes] = mapped_column(
        LargeBinary(DIGEST_BYTES),
        primary_key=True,
        info=personal("To stop guessing; a keyed digest.", until="some days"),
    )
    failures: Mapped[int] = mapped_column(default=0)
    last_tried_at: Mapped[datetime]
    wait_until: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
