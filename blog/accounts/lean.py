"""Loads Flask-Security without the WebAuthn library, which it would load though its pages are off.

That spares each worker seven megabytes; ``passkeys`` loads the library when a passkey is used.
Import this before anything else imports Flask-Security.
"""

from __future__ import annotations

import sys

_WEBAUTHN = "webauthn"

if _WEBAUTHN not in sys.modules:
    # None is Python's own way to say "cannot be imported", which Flask-Security is prepared for.
    sys.modules[_WEBAUTHN] = None  # type: ignore[assignment]
    try:
        import flask_security  # noqa: F401
    finally:
        del sys.modules[_WEBAUTHN]
