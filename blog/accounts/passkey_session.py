"""What a browser and the server agree on while a passkey is made or used."""

from __future__ import annotations

import base64
import secrets

from flask import current_app, session

from blog.accounts.passkeys import Site
from blog.config import Config
from blog.settings.queries import current_settings

CHALLENGE = "passkey_challenge"


def this_site() -> Site:
    """The origin that passkeys of this blog are for."""
    config: Config = current_app.extensions["blog_config"]
    return Site(config.base_url, current_settings().site.title or "Blog")


def keep_challenge(challenge: bytes) -> None:
    """Remember in the signed cookie what the next answer has to sign."""
    session[CHALLENGE] = base64.b64encode(challenge).decode("ascii")


def take_challenge() -> bytes:
    """The challenge that was kept, once; random bytes that nobody signed when there is none."""
    return base64.b64decode(session.pop(CHALLENGE, "")) or secrets.token_bytes(32)
