"""Flask-Security cut down to its core: hashing, and who is signed in. Its pages stay off."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from flask import Flask, session
from flask_security import Security, SQLAlchemyUserDatastore

from blog.accounts.models import Role, User
from blog.accounts.queries import LONGEST_DAYS, live_session
from blog.accounts.sessions import SESSION_TOKEN
from blog.clock import now
from blog.db import db


def security_config(secret_key: str, *, is_https: bool) -> dict[str, Any]:
    """The settings of Flask, Flask-Login and Flask-Security that sign-in relies on.

    argon2id with 19 MiB, two rounds, one lane: the first choice of OWASP's password storage sheet,
    and bearable for a small machine with several people signing in at once.
    """
    return {
        "SESSION_COOKIE_NAME": "__Host-session" if is_https else "session",
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_COOKIE_DOMAIN": None,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=LONGEST_DAYS),
        "SESSION_PROTECTION": "basic",
        # A token lives as long as its session, or a page left open over lunch could not be sent.
        "WTF_CSRF_TIME_LIMIT": None,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__type": "ID",
            "argon2__memory_cost": 19_456,
            "argon2__rounds": 2,
            "argon2__parallelism": 1,
        },
        "SECURITY_PASSWORD_SALT": _derived(secret_key, b"password-salt"),
        "SECURITY_PASSWORD_NORMALIZE_FORM": "NFC",
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
        "SECURITY_CSRF_HEADER": None,
        "SECURITY_FLASH_MESSAGES": False,
    }


def init_security(app: Flask) -> None:
    """Attach Flask-Security without its pages, tokens and remember-me."""
    # The store asks its role class nothing: a person's role is a column, see User.
    store = SQLAlchemyUserDatastore(db, User, Role)  # type: ignore[arg-type]
    security = Security()
    security.init_app(app, store, register_blueprint=False)
    # Its own loaders run on every request and would read the session on public pages.
    security.principal.identity_loaders.clear()
    manager = security.login_manager
    # Its other loader takes sign-in tokens from any query string, header or JSON body.
    manager.request_loader(None)
    load_by_uniquifier = manager.user_callback

    def load_from_session(uniquifier: str) -> User | None:
        """The person of a session that is alive on the server, active and not renewed since."""
        token = session.get(SESSION_TOKEN)
        kept = live_session(token, now=now()) if isinstance(token, str) else None
        user: User | None = load_by_uniquifier(uniquifier) if kept else None
        return user if user and kept and user.id == kept.user_id else None

    manager.user_loader(load_from_session)


def _derived(secret_key: str, label: bytes) -> str:
    return hmac.new(secret_key.encode(), b"series-blog/" + label, hashlib.sha256).hexdigest()
