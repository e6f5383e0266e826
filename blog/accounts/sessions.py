"""Sessions of the staff: a signed cookie on staff pages only, and a row that can end it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, NoReturn

from flask import Flask, Request, Response, request, session
from flask.sessions import NullSession, SecureCookieSession, SecureCookieSessionInterface
from flask_security.utils import login_user, logout_user
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from blog.accounts.models import StaffSession, User
from blog.accounts.queries import live_session, token_hash
from blog.clock import now as clock_now
from blog.db import begin_write, db
from blog.web.crosssite import STAFF_PATHS, is_staff_path

SESSION_TOKEN = "staff_session"  # noqa: S105 - the name of a key in the cookie
TOKEN_BYTES = 32
SEEN_EVERY_MINUTES = 10


class NoSession(NullSession):
    """The session of a public page: always empty, and a mistake to write to."""

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "Public pages are the same for everybody and have no session; "
            f"only pages under {', '.join(STAFF_PATHS)} do."
        )

    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _refuse
    del _refuse


class StaffSessions(SecureCookieSessionInterface):
    """Flask's signed cookie on staff pages; elsewhere no cookie is read, set or varied upon."""

    digest_method = staticmethod(hashlib.sha256)
    null_session_class = NoSession

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session in the cookie, or the empty one of public pages."""
        if not is_staff_path(request.path):
            return NoSession()
        return super().open_session(app, request)


def begin_session(user: User, now: datetime) -> None:
    """Sign the person in on this browser, in a session that nobody could have planted there.

    Whatever session the browser had ends. The caller commits.
    """
    _revoke_current(now)
    session.clear()
    login_user(user, remember=False, authn_via=["password"])
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session[SESSION_TOKEN] = token
    db.session.add(
        StaffSession(user=user, token_hash=token_hash(token), created_at=now, last_seen_at=now)
    )
    user.last_signed_in_at = now


def end_session(now: datetime) -> None:
    """Sign out on this browser; a copy of its cookie is worth nothing afterwards.

    The caller commits.
    """
    _revoke_current(now)
    logout_user()
    session.clear()


def note_session_seen() -> None:
    """Keep a session in use from going idle: at most one small write in ten minutes."""
    token = session.get(SESSION_TOKEN) if is_staff_path(request.path) else None
    if not isinstance(token, str):
        return
    now = clock_now()
    kept = live_session(token, now=now)
    if kept is None or now - kept.last_seen_at < timedelta(minutes=SEEN_EVERY_MINUTES):
        return
    session_id = kept.id
    try:
        begin_write()
        db.session.execute(
            update(StaffSession)
            .where(StaffSession.id == session_id, StaffSession.last_seen_at < now)
            .values(last_seen_at=now)
        )
        db.session.commit()
    except OperationalError:
        # A database that is full or busy can still be read; the session ends sooner, no more.
        db.session.rollback()


def forbid_storing(response: Response) -> Response:
    """Staff pages are for one person: no cache keeps them (ASVS 5.0, 14.3.2)."""
    if is_staff_path(request.path):
        response.headers["Cache-Control"] = "no-store"
    return response


def _revoke_current(now: datetime) -> None:
    token = session.get(SESSION_TOKEN)
    if isinstance(token, str):
        db.session.execute(
            update(StaffSession)
            .where(StaffSession.token_hash == token_hash(token), StaffSession.revoked_at.is_(None))
            .values(revoked_at=now)
        )
