"""The second factor: codes from an app (TOTP), and recovery codes. Nothing commits.

Codes are RFC 6238's: six digits, 30 seconds, SHA-1, one step of tolerance to both sides, and none
is taken twice. The arithmetic is that of the library Flask-Security brings for it.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Literal, NamedTuple

from passlib.exc import TokenError
from passlib.totp import TOTP
from sqlalchemy import delete, exists, func, select, update

from blog.accounts.models import TOTP_KEY, Passkey, RecoveryCode, TotpKey, User
from blog.accounts.queries import token_hash
from blog.accounts.signals import tell_change
from blog.db import db, rows_changed
from blog.errors import Conflict, Refusal
from blog.sealing import sealer

RECOVERY_CODES = 10
TOLERANCE_SECONDS = 30
# 49 bits each: with the attempts counted, nobody guesses one. No letter looks like another.
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
CODE_LENGTH = 10
Kind = Literal["totp", "recovery"]


class TotpSetup(NamedTuple):
    """What an app needs: the key in groups to type, and the address inside the QR code."""

    key: str
    uri: str


def begin_totp(user: User, now: datetime) -> None:
    """Make a key for the person's app; it counts once a code of it was typed. Raises Conflict."""
    if has_totp(user):
        raise Conflict("totp_on", "Codes from an app are on already. Switch them off first.")
    db.session.execute(delete(TotpKey).where(TotpKey.user_id == user.id))
    key = TOTP.new().base32_key
    db.session.add(
        TotpKey(user_id=user.id, key_sealed=sealer().seal(key, TOTP_KEY), created_at=now)
    )
    db.session.flush()


def totp_setup(user: User, issuer: str) -> TotpSetup | None:
    """What to show while a key waits to be confirmed; None when none does."""
    row = db.session.get(TotpKey, user.id)
    if row is None or row.confirmed_at is not None:
        return None
    totp = _totp(row)
    # A colon would end the issuer's name inside the label.
    return TotpSetup(totp.pretty_key(), totp.to_uri(user.email, issuer.replace(":", " ") or "Blog"))


def confirm_totp(user: User, code: str, now: datetime) -> list[str]:
    """Switch codes from the app on; returns fresh recovery codes. Raises Refusal."""
    row = db.session.get(TotpKey, user.id, with_for_update=True)
    if row is None or row.confirmed_at is not None:
        raise Conflict("totp_not_begun", "There is no key to confirm. Begin again.")
    if not _take_code(row, code, now):
        raise Refusal(
            "code_wrong",
            "This is not the code of this moment. Look at the app again; its clock must be right.",
            field="code",
        )
    row.confirmed_at = now
    codes = fresh_recovery_codes(user, now)
    tell_change("switch_totp_on", user, by=user, now=now)
    return codes


def drop_totp(user: User, now: datetime) -> None:
    """Switch codes from the app off; without another second factor recovery codes go too."""
    was_on = has_totp(user)
    db.session.execute(delete(TotpKey).where(TotpKey.user_id == user.id))
    forget_idle_codes(user)
    if was_on:
        tell_change("switch_totp_off", user, by=user, now=now)


def forget_idle_codes(user: User) -> None:
    """Recovery codes without a second factor recover nothing."""
    if not has_second_factor(user):
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def fresh_recovery_codes(user: User, now: datetime) -> list[str]:
    """Ten new codes, to be shown once; all earlier ones stop working."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [
        "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    db.session.add_all(RecoveryCode(user_id=user.id, code_hash=token_hash(code)) for code in codes)
    db.session.flush()
    tell_change("make_recovery_codes", user, by=user, now=now)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def has_totp(user: User) -> bool:
    """Whether codes from an app are asked of the person."""
    return _exists(TotpKey.user_id == user.id, TotpKey.confirmed_at.is_not(None))


def has_passkey(user: User) -> bool:
    """Whether the person has a passkey."""
    return _exists(Passkey.user_id == user.id)


def has_second_factor(user: User) -> bool:
    """Whether a password alone does not sign the person in."""
    return has_totp(user) or has_passkey(user)


def recovery_codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    unused = select(func.count()).where(
        RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
    )
    return db.session.scalar(unused) or 0


def take_code(user: User, typed: str, now: datetime) -> Kind | None:
    """Which kind of code this is, used up from now on; None when it is none of the person's."""
    tidy = "".join(typed.replace("-", "").split()).lower()
    row = db.session.get(TotpKey, user.id, with_for_update=True)
    if row is not None and row.confirmed_at is not None and _take_code(row, tidy, now):
        return "totp"
    used = rows_changed(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == token_hash(tidy),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    if not used:
        return None
    tell_change("use_recovery_code", user, by=user, now=now)
    return "recovery"


def _take_code(row: TotpKey, code: str, now: datetime) -> bool:
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return False
    try:
        match = _totp(row).match(
            code,
            time=int(now.timestamp()),
            window=TOLERANCE_SECONDS,
            last_counter=row.last_counter,
        )
    except TokenError:
        return False
    row.last_counter = match.counter
    return True


def _totp(row: TotpKey) -> TOTP:
    return TOTP(key=sealer().open(row.key_sealed, TOTP_KEY), format="base32")


def _exists(*conditions: object) -> bool:
    return bool(db.session.scalar(select(exists().where(*conditions))))  # type: ignore[arg-type]
