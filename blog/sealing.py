"""Readers' addresses at rest: sealed with a key the database does not hold, found by a blind index.

AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D); the index is HMAC-SHA-256 under a second
key. Both keys come from one secret by HKDF (RFC 5869). A stolen database shows no address.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

NONCE_BYTES = 12
FORMAT = b"\x01"


class SealBrokenError(Exception):
    """A sealed value was made with another key, or was changed."""


class Sealer:
    """Seals and opens short texts, and makes their blind index."""

    def __init__(self, secret: str) -> None:
        self._aead = AESGCM(_derive(secret, b"seal"))
        self._index_key = _derive(secret, b"index")
        self.fingerprint = hmac.new(
            _derive(secret, b"name"), b"series-blog", hashlib.sha256
        ).hexdigest()[:16]

    def seal(self, text: str, purpose: str) -> bytes:
        """Encrypt a text; ``purpose`` (such as ``person.address``) must be given again to open."""
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + nonce + self._aead.encrypt(nonce, text.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """Decrypt what :meth:`seal` made. Raises SealBrokenError."""
        if sealed[:1] != FORMAT:
            raise SealBrokenError("The sealed value has an unknown format.")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, body, purpose.encode()).decode()
        except InvalidTag as error:
            raise SealBrokenError("The sealed value does not fit this key.") from error

    def index(self, text: str, purpose: str) -> bytes:
        """A keyed digest by which equal texts are found without opening them."""
        message = purpose.encode() + b"\0" + text.encode()
        return hmac.digest(self._index_key, message, "sha256")[:20]


def sealer() -> Sealer:
    """The sealer of the running app."""
    made: Sealer = current_app.extensions["blog_sealer"]
    return made


def _derive(secret: str, label: bytes) -> bytes:
    """HKDF-SHA-256 (RFC 5869), one block."""
    extracted = hmac.new(b"series-blog/addresses/1", secret.encode(), hashlib.sha256).digest()
    return hmac.new(extracted, label + b"\x01", hashlib.sha256).digest()
