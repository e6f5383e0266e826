"""Changing who may sign in: people, passwords and the link that makes the first admin."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, or_, update
from sqlalchemy.exc import IntegrityError

from blog.accounts.models import (
    LONGEST_NAME,
    FirstAdminLink,
    LoginAttempt,
    Role,
    StaffSession,
    User,
)
from blog.accounts.passwords import check_password, hash_of, is_text
from blog.accounts.queries import (
    IDLE_HOURS,
    LONGEST_DAYS,
    first_admin_link_is_live,
    has_admin,
    token_hash,
    user_by_email,
)
from blog.accounts.throttle import GOOD_RECORD_DAYS
from blog.db import db, rows_changed
from blog.errors import Conflict, NotThere, Refusal
from blog.versions import site_changed
from blog.wording.languages import Language

LINK_HOURS = 24
TOKEN_BYTES = 32


def add_user(
    email: str,
    name: str,
    role: Role | str,
    password: str,
    now: datetime,
    *,
    language: str = Language.ENGLISH,
) -> User:
    """Let a person sign in from now on; mail to them is in ``language``.

    Raises Refusal with the field (email, name, role, language or password) that does not fit; an
    address that is taken is refused as Conflict.
    """
    email, name = tidy_email(email), _tidy_name(name)
    role, language = known_role(role), known_language(language)
    check_password(password, email=email, name=name)
    taken = Conflict("email_taken", "Somebody signs in with this address already.", field="email")
    if user_by_email(email) is not None:
        raise taken
    user = User(
        email=email,
        name=name,
        role=role,
        language=language,
        password=hash_of(password),
        active=True,
        fs_uniquifier=secrets.token_hex(TOKEN_BYTES),
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(user)
    except IntegrityError:
        # Somebody else was faster between the question and the row.
        raise taken from None
    site_changed()  # whose names and addresses others may not use is read once for it
    return user


def change_password(user: User, password: str, now: datetime) -> None:
    """Give the person a new password; every session of theirs ends. Raises Refusal."""
    check_password(password, email=user.email, name=user.name)
    user.password = hash_of(password)
    end_sessions_of(user, now)


def end_session_of(user: User, session_id: int, now: datetime) -> bool:
    """Sign the person out on one browser; False when there is no such session of theirs."""
    return bool(
        rows_changed(
            update(StaffSession)
            .where(
                StaffSession.id == session_id,
                StaffSession.user_id == user.id,
                StaffSession.revoked_at.is_(None),
            )
            .values(revoked_at=now)
        )
    )


def end_sessions_of(user: User, now: datetime) -> None:
    """Sign the person out on every browser."""
    user.fs_uniquifier = secrets.token_hex(TOKEN_BYTES)
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.user_id == user.id, StaffSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def make_first_admin_link(now: datetime) -> str:
    """The token of a fresh link that makes the first admin once, within 24 hours.

    Earlier unused links stop working. Raises Conflict when there is an admin already.
    """
    if has_admin():
        raise Conflict("admin_exists", "There is an admin already; sign in, or add people there.")
    db.session.execute(delete(FirstAdminLink).where(FirstAdminLink.used_at.is_(None)))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    db.session.add(
        FirstAdminLink(
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now + timedelta(hours=LINK_HOURS),
        )
    )
    return token


def use_first_admin_link(
    token: str,
    email: str,
    name: str,
    password: str,
    now: datetime,
    *,
    language: str = Language.ENGLISH,
) -> User:
    """Make the first admin.

    Raises NotThere when the link is unknown, expired or used, or an admin exists; Refusal when a
    field does not fit: the caller rolls back and the link stays good.
    """
    gone = NotThere("no_such_link", "This link does not work (any more).")
    if not first_admin_link_is_live(token, now=now):
        raise gone
    # Every open link is used up at once, so that of two people with a link each only one gets in:
    # the other waits for these rows and then finds none of them open.
    used = db.session.scalars(
        update(FirstAdminLink)
        .where(FirstAdminLink.used_at.is_(None), FirstAdminLink.expires_at > now)
        .values(used_at=now)
        .returning(FirstAdminLink.token_hash)
    ).all()
    if token_hash(token) not in used:
        raise gone
    return add_user(email, name, Role.ADMIN, password, now, language=language)


def forget_stale_sign_ins(now: datetime) -> int:
    """Delete ended sessions and attempts that no longer count; gives the number of rows."""
    ended = delete(StaffSession).where(
        or_(
            StaffSession.revoked_at.is_not(None),
            StaffSession.last_seen_at <= now - timedelta(hours=IDLE_HOURS),
            StaffSession.created_at <= now - timedelta(days=LONGEST_DAYS),
        )
    )
    old = delete(LoginAttempt).where(
        LoginAttempt.last_tried_at < now - timedelta(days=GOOD_RECORD_DAYS)
    )
    return sum(
        len(db.session.execute(statement).all())
        for statement in (ended.returning(StaffSession.id), old.returning(LoginAttempt.failures))
    )


def tidy_email(email: str) -> str:
    """The address in the one form that is kept and compared. Raises Refusal.

    The part before the @ is lower-cased too: no provider of today tells them apart, and people
    who sign in do not either.
    """
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except (EmailNotValidError, UnicodeError):
        raise Refusal(
            "email_bad", "This is not an address that mail can be sent to.", field="email"
        ) from None


def _tidy_name(name: str) -> str:
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not name or not any(c.isalnum() for c in name):
        raise Refusal("name_missing", "A name is needed.", field="name")
    if len(name) > LONGEST_NAME:
        raise Refusal(
            "name_long",
            f"The name is too long: use at most {LONGEST_NAME} characters.",
            field="name",
        )
    if not is_text(name) or not name.isprintable():
        raise Refusal(
            "name_characters", "The name holds characters that nobody sees.", field="name"
        )
    return name


def known_role(role: Role | str) -> Role:
    """The role of this name. Raises Refusal."""
    try:
        return Role(role)
    except ValueError:
        known = ", ".join(Role)
        raise Refusal("role_unknown", f"The role must be one of: {known}.", field="role") from None


def known_language(language: str) -> str:
    """The code of a language that mail can be written in. Raises Refusal."""
    try:
        return Language(language).value
    except ValueError:
        known = ", ".join(Language)
        raise Refusal(
            "language_unknown", f"The language must be one of: {known}.", field="language"
        ) from None
