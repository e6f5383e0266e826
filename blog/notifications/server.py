"""Which mail server BLOG_MAIL_URL names; light to load, unlike the way there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from flask import current_app

from blog.config import Config


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, from BLOG_MAIL_URL."""

    host: str
    port: int
    user: str
    password: str
    is_tls_from_start: bool

    @classmethod
    def from_url(cls, url: str) -> MailServer:
        """Read ``smtp://user:pass@host:port``; the configuration has checked its shape."""
        parts = urlsplit(url)
        from_start = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if from_start else 587 if parts.username else 25),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            is_tls_from_start=from_start,
        )


def mail_server() -> MailServer | None:
    """The configured mail server; None when mail stays in the outbox."""
    config: Config = current_app.extensions["blog_config"]
    return MailServer.from_url(config.mail_url) if config.mail_url else None
