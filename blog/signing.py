"""Signed, expiring tokens for links that need no account."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import current_app
from itsdangerous import BadData, Serializer, URLSafeSerializer
from itsdangerous.encoding import base64_encode


def sign(purpose: str, payload: Any, *, now: datetime) -> str:
    """A token for ``payload`` (plain JSON values) that only this app can make for this purpose."""
    return str(_serializer(purpose).dumps([int(now.timestamp()), payload]))


def read(purpose: str, token: str, *, now: datetime, max_age_seconds: int) -> Any | None:
    """The payload of a token made by :func:`sign`, or None when forged, foreign or too old."""
    try:
        made_at, payload = _serializer(purpose).loads(token)
    except (BadData, ValueError, TypeError):
        return None
    age = now.timestamp() - made_at
    # A token from the future is as suspect as an old one: the clock may have been set back.
    return payload if -60 <= age <= max_age_seconds else None


def secret_for(purpose: str) -> str:
    """A secret of this purpose alone, the same on every host, for what signs by itself."""
    key = str(current_app.secret_key or "").encode()
    return hmac.new(key, f"blog.secret.{purpose}".encode(), hashlib.sha256).hexdigest()


class _Plain(URLSafeSerializer):
    """Without zlib: it makes a few numbers no shorter, and takes longer than to sign them."""

    def dump_payload(self, obj: Any) -> bytes:
        return base64_encode(Serializer.dump_payload(self, obj))


def _serializer(purpose: str) -> URLSafeSerializer:
    return _serializer_of(str(current_app.secret_key or ""), f"blog.{purpose}")


@lru_cache(maxsize=32)
def _serializer_of(secret: str, salt: str) -> URLSafeSerializer:
    return _Plain(secret, salt=salt)
