"""The second step of signing in: who typed the right password waits here for the second factor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import session

from blog.accounts.models import User
from blog.accounts.queries import token_hash, user_by_id
from blog.accounts.second_factor import has_second_factor
from blog.clock import now as clock_now

WAITING = "second_step"
MINUTES = 10


def wait_for_second_factor(user: User, next_path: str, now: datetime) -> None:
    """Keep in the signed cookie, for ten minutes, that the password was right."""
    session.clear()
    session[WAITING] = {
        "user": user.id,
        "mark": _mark(user),
        "until": int(now.timestamp()) + MINUTES * 60,
        "next": next_path,
    }


def waiting_person() -> User | None:
    """The person whose second factor is awaited on this browser; None when nobody's is."""
    kept: Any = session.get(WAITING)
    if not isinstance(kept, dict) or kept["until"] < clock_now().timestamp():
        return None
    user = user_by_id(kept["user"])
    # Another password, or every session ended: then the password is asked again.
    if user is None or not user.active or _mark(user) != kept["mark"]:
        return None
    return user if has_second_factor(user) else None


def next_path() -> str:
    """Where to go after the second step."""
    kept: Any = session.get(WAITING)
    return str(kept["next"]) if isinstance(kept, dict) else ""


def _mark(user: User) -> str:
    return token_hash(user.fs_uniquifier).hex()[:16]
