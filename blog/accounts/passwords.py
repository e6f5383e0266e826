"""Passwords: which are good enough, how they are kept, and how they are compared."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from typing import Any

from flask import current_app
from flask_security.utils import hash_password, verify_password

from blog.errors import Refusal

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
RECOMMENDED_PASSWORD = 15


def hash_of(password: str) -> str:
    """The argon2id hash to keep."""
    return str(hash_password(_same_form(password)))


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return bool(_security().pwd_context.needs_update(password_hash))


def password_fits(kept: str | None, password: str) -> bool:
    """Whether the password is the one whose hash is kept.

    Without a hash, because there is no such account, the same work is done on one that fits
    nothing: the time of an answer must not tell which accounts exist (ASVS 5.0, 6.3.8).
    """
    # Asked for in both cases: the first call in a process makes it, and that takes as long again.
    fallback = _hash_that_fits_nothing()
    fits = bool(verify_password(_same_form(password), kept or fallback))
    return fits and kept is not None


def check_password(password: str, *, email: str, name: str) -> None:
    """Refuse a new password that is too short, too long, common, or the person's own name.

    No rule about kinds of characters (NIST SP 800-63B, 3.1.1.2). Raises Refusal.
    """
    password = _same_form(password)
    if not is_text(password):
        raise _refusal("password_characters", "The password holds characters that cannot be kept.")
    if len(password) < SHORTEST_PASSWORD:
        raise _refusal(
            "password_short",
            f"The password is too short: use at least {SHORTEST_PASSWORD} characters, "
            f"better {RECOMMENDED_PASSWORD} or more.",
        )
    if len(password) > LONGEST_PASSWORD:
        raise _refusal(
            "password_long", f"The password is too long: use at most {LONGEST_PASSWORD} characters."
        )
    folded = password.casefold().strip()
    own = (email, email.partition("@")[0], name)
    if "".join(folded.split()) in {"".join(word.casefold().split()) for word in own}:
        raise _refusal("password_own", "The password must not be your own name or address.")
    if len(set(folded)) == 1 or folded in _common_passwords():
        raise _refusal(
            "password_common",
            "This password is one of the first that are tried: choose another one.",
        )


def is_text(value: str) -> bool:
    """Whether the value can be written as UTF-8; a lone surrogate from a terminal cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refusal(code: str, sentence: str) -> Refusal:
    return Refusal(code, sentence, field="password")


def _same_form(password: str) -> str:
    # An accented letter arrives composed or not, as the keyboard pleases; NFC changes nothing else.
    return unicodedata.normalize("NFC", password)


def _security() -> Any:
    return current_app.extensions["security"]


def _hash_that_fits_nothing() -> str:
    kept = current_app.extensions
    if "blog_unfit_hash" not in kept:
        kept["blog_unfit_hash"] = hash_of(secrets.token_urlsafe(32))
    return str(kept["blog_unfit_hash"])


@cache
def _common_passwords() -> frozenset[str]:
    # The list that Flask-Security's own strength check ships with: 30,000 passwords by frequency.
    # Imported here because it takes a while and only a new password needs it.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(
        password.casefold()
        for password in FREQUENCY_LISTS["passwords"]
        if len(password) >= SHORTEST_PASSWORD
    )
