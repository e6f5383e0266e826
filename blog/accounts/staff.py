"""Who is on the staff: invitations by link, roles, accounts switched off. Nothing commits."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from blog.accounts.models import LONGEST_NAME, Invitation, Role, User
from blog.accounts.operations import (
    TOKEN_BYTES,
    add_user,
    end_sessions_of,
    known_language,
    known_role,
)
from blog.accounts.queries import token_hash
from blog.accounts.signals import tell_change
from blog.db import db, rows_changed
from blog.errors import Conflict, NotThere
from blog.naming import clean_line, cut_graphemes
from blog.versions import site_changed

INVITATION_DAYS = 7
GONE = NotThere("no_such_link", "This link does not work (any more). Ask for a new one.")


def invite(role: str, note: str, *, by: User, now: datetime, language: str = "") -> str:
    """The token of a link by which one person joins with this role, within seven days.

    The page it opens is in ``language``, by default that of who invites. Raises Refusal when there
    is no such role or language.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    chosen = known_role(role)
    db.session.add(
        Invitation(
            token_hash=token_hash(token),
            role=chosen,
            language=known_language(language or by.language),
            note=cut_graphemes(clean_line(note.replace("\0", "")), LONGEST_NAME)[:LONGEST_NAME],
            invited_by=by.id,
            created_at=now,
            expires_at=now + timedelta(days=INVITATION_DAYS),
        )
    )
    db.session.flush()
    tell_change("invite_staff", by, by=by, now=now, after=chosen.value)
    return token


def open_invitations(now: datetime) -> Sequence[Invitation]:
    """The links that still work, the last made first."""
    return db.session.scalars(
        select(Invitation)
        .where(Invitation.used_at.is_(None), Invitation.expires_at > now)
        .order_by(Invitation.id.desc())
    ).all()


def live_invitation(token: str, *, now: datetime) -> Invitation | None:
    """The invitation behind a token while it works: unused, and its maker still an active admin."""
    return db.session.scalar(
        select(Invitation)
        .join(User, User.id == Invitation.invited_by)
        .where(
            Invitation.token_hash == token_hash(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
            User.active,
            User.role == Role.ADMIN,
        )
        .with_for_update(of=Invitation)
    )


def join(
    token: str, email: str, name: str, password: str, now: datetime, *, language: str = ""
) -> User:
    """Add the invited person with the role that was chosen for them.

    Mail to them is in ``language``, by default that of the invitation.

    Raises NotThere when the link is unknown, used or too old; Refusal when a field does not fit:
    the caller rolls back and the link stays good.
    """
    invitation = live_invitation(token, now=now)
    if invitation is None:
        raise GONE
    invitation.used_at = now
    user = add_user(
        email,
        name,
        invitation.role,
        password,
        now,
        language=language or invitation.language,
    )
    tell_change("join_staff", user, by=user, now=now, after=user.role.value)
    return user


def withdraw_invitation(invitation_id: int, *, by: User, now: datetime) -> bool:
    """Make an unused link worthless; False when there is none of this number."""
    gone = rows_changed(
        delete(Invitation).where(Invitation.id == invitation_id, Invitation.used_at.is_(None))
    )
    if gone:
        tell_change("withdraw_invitation", by, by=by, now=now)
    return bool(gone)


def set_active(user: User, *, active: bool, by: User | None, now: datetime) -> bool:
    """Let a person in, or shut them out at once; False when it stood so already.

    Raises Conflict for the last active admin.
    """
    if not active:
        _keep_an_admin(user)
        end_sessions_of(user, now)
    if user.active == active:
        return False
    user.active = active
    db.session.flush()
    site_changed()
    action = "enable_account" if active else "disable_account"
    tell_change(action, user, by=by, now=now)
    return True


def set_role(user: User, role: str, *, by: User, now: datetime) -> bool:
    """Give a person another role, from their next request on; False when it is theirs already.

    Raises Refusal when there is no such role, and Conflict for the last active admin.
    """
    chosen, before = known_role(role), user.role
    if chosen is before:
        return False
    _keep_an_admin(user)
    user.role = chosen
    db.session.flush()
    site_changed()
    tell_change("change_role", user, by=by, now=now, before=before.value, after=chosen.value)
    return True


def set_language(user: User, language: str, *, now: datetime) -> bool:
    """Write to a person in another language from now on; False when it is theirs already.

    Raises Refusal when there is no such language.
    """
    chosen, before = known_language(language), user.language
    if chosen == before:
        return False
    user.language = chosen
    db.session.flush()
    tell_change("change_language", user, by=user, now=now, before=before, after=chosen)
    return True


def lock_staff() -> None:
    """Let nobody else change roles until the commit: two admins must not remove each other."""
    db.session.execute(select(User.id).order_by(User.id).with_for_update()).all()


def _keep_an_admin(user: User) -> None:
    others = select(func.count()).where(User.role == Role.ADMIN, User.active, User.id != user.id)
    if user.role is Role.ADMIN and user.active and not db.session.scalar(others):
        raise Conflict(
            "last_admin",
            "This is the last active admin, so nothing was changed. Make somebody else an admin "
            "first.",
        )
