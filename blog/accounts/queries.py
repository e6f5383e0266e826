"""Reading people, sessions and links."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import exists, select

from blog.accounts.models import FirstAdminLink, Role, StaffSession, User
from blog.db import db
from blog.web.sitememo import once_for_site

IDLE_HOURS = 12
LONGEST_DAYS = 30


def user_by_id(user_id: int) -> User | None:
    """The person with this id."""
    return db.session.get(User, user_id)


def user_by_email(email: str) -> User | None:
    """The person who signs in with this tidy address."""
    return db.session.scalar(select(User).where(User.email == email))


class Credentials(NamedTuple):
    """What a typed password is compared with."""

    id: int
    password: str


def credentials_of(email: str) -> Credentials | None:
    """The id and password hash for a tidy address.

    Plain columns: making an object of a person who exists would take longer than finding nobody.
    """
    row = db.session.execute(select(User.id, User.password).where(User.email == email)).first()
    return Credentials(*row) if row else None


class StaffMember(NamedTuple):
    """Somebody of the staff, as others need to know them."""

    id: int
    email: str
    name: str
    role: Role
    active: bool


def known_staff() -> Sequence[StaffMember]:
    """All of the staff by number; read once while nothing of the site changes."""
    return once_for_site("staff", _read_staff)


def _read_staff() -> Sequence[StaffMember]:
    columns = (User.id, User.email, User.name, User.role, User.active)
    return [StaffMember(*row) for row in db.session.execute(select(*columns).order_by(User.id))]


def is_staff_address(email: str) -> bool:
    """Whether somebody of the staff, active or not, has this address."""
    tidy = email.strip().lower()
    return any(one.email == tidy for one in known_staff())


def staff() -> list[User]:
    """Everyone who may sign in or once could, by name."""
    return list(db.session.scalars(select(User).order_by(User.name, User.id)))


def staff_names() -> list[str]:
    """The names of those who may sign in, which nobody else may borrow."""
    return [one.name for one in known_staff() if one.active]


def has_admin() -> bool:
    """Whether there is an admin, active or not: a disabled one does not reopen the set-up."""
    return bool(db.session.scalar(select(exists().where(User.role == Role.ADMIN))))


def live_session(token: str, *, now: datetime) -> StaffSession | None:
    """The session this token stands for, unless signed out, idle or too old (ASVS 5.0, 7.3)."""
    return db.session.scalar(
        select(StaffSession).where(
            StaffSession.token_hash == token_hash(token),
            StaffSession.revoked_at.is_(None),
            StaffSession.last_seen_at > now - timedelta(hours=IDLE_HOURS),
            StaffSession.created_at > now - timedelta(days=LONGEST_DAYS),
        )
    )


def sessions_of(user: User, *, now: datetime) -> list[StaffSession]:
    """The person's live sessions, the last seen first."""
    return list(
        db.session.scalars(
            select(StaffSession)
            .where(
                StaffSession.user_id == user.id,
                StaffSession.revoked_at.is_(None),
                StaffSession.last_seen_at > now - timedelta(hours=IDLE_HOURS),
                StaffSession.created_at > now - timedelta(days=LONGEST_DAYS),
            )
            .order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc())
        )
    )


def first_admin_link_is_live(token: str, *, now: datetime) -> bool:
    """Whether the link would make the first admin now."""
    is_live = exists().where(
        FirstAdminLink.token_hash == token_hash(token),
        FirstAdminLink.used_at.is_(None),
        FirstAdminLink.expires_at > now,
    )
    return bool(db.session.scalar(select(is_live))) and not has_admin()


def token_hash(token: str) -> bytes:
    """What the database keeps of a random token; it needs no slow hash, having 256 bits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
