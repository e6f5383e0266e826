"""People who sign in, their sessions, second factors and links, and counted attempts."""

from __future__ import annotations

import enum
from datetime import datetime

from flask_security import UserMixin
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog.db import Model, PrimaryKey, enum_by_value, personal, sealed
from blog.wording.languages import Language

# What the key of the codes from an app is sealed for.
TOTP_KEY = "staff.totp"
LONGEST_NAME = 245
LONGEST_EMAIL = 254
LONGEST_LANGUAGE = 35
DIGEST_BYTES = 32
WITH_ACCOUNT = "until the account is deleted"
WITH_FACTOR = "until the second factor is removed"
WITH_PASSKEY = "until the passkey is removed"
WITH_INVITER = "until the account of who invited is deleted"


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
    # Not an enum of the database: a language is added by its catalogue alone.
    language: Mapped[str] = mapped_column(
        String(LONGEST_LANGUAGE),
        default=Language.ENGLISH.value,
        info=personal("In which language mail to them is.", until=WITH_ACCOUNT),
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


class Invitation(Model):
    """A link by which somebody joins the staff, once; the table holds only the token's SHA-256."""

    __tablename__ = "staff_invitation"
    __table_args__ = (CheckConstraint("expires_at > created_at", name="ends_after_made"),)

    id: Mapped[PrimaryKey]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(DIGEST_BYTES), unique=True)
    role: Mapped[Role] = mapped_column(enum_by_value(Role, "role_known"))
    # That of the page it opens, and what the new account begins with.
    language: Mapped[str] = mapped_column(
        String(LONGEST_LANGUAGE),
        default=Language.ENGLISH.value,
        info=personal("In which language somebody is invited.", until=WITH_INVITER),
    )
    # For whom it is, in the words of who invites.
    note: Mapped[str] = mapped_column(
        String(LONGEST_NAME), info=personal("For whom an invitation is.", until=WITH_INVITER)
    )
    invited_by: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"),
        info=personal("Who invited somebody.", until=WITH_ACCOUNT),
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class TotpKey(Model):
    """The key of a person's codes from an app (RFC 6238), sealed; it counts once confirmed.

    ``last_counter`` is the time step of the last code that was taken: none is taken twice.
    """

    __tablename__ = "staff_totp_key"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"),
        primary_key=True,
        info=personal("Whose second factor it is.", until=WITH_FACTOR),
    )
    key_sealed: Mapped[bytes] = mapped_column(
        info=personal("To check the codes of an app.", until=WITH_FACTOR) | sealed(TOTP_KEY)
    )
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_counter: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Model):
    """A code that signs in once in place of the second factor; only its SHA-256 is kept."""

    __tablename__ = "staff_recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"),
        info=personal("Whose code it is.", until=WITH_FACTOR),
    )
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(DIGEST_BYTES))
    used_at: Mapped[datetime | None]


class Passkey(Model):
    """A public key (WebAuthn) of a device that signs in as a second factor."""

    __tablename__ = "staff_passkey"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(
        ForeignKey("staff_user.id", ondelete="CASCADE"),
        index=True,
        info=personal("Whose passkey it is.", until=WITH_PASSKEY),
    )
    name: Mapped[str] = mapped_column(
        String(LONGEST_NAME), info=personal("What they call it.", until=WITH_PASSKEY)
    )
    credential_id: Mapped[bytes] = mapped_column(
        LargeBinary(1023),
        unique=True,
        info=personal("Which key of a device it is.", until=WITH_PASSKEY),
    )
    public_key: Mapped[bytes] = mapped_column(
        info=personal("To check that the device holds it.", until=WITH_PASSKEY)
    )
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None] = mapped_column(
        info=personal("To tell passkeys apart.", until=WITH_PASSKEY)
    )


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
