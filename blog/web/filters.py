"""Template filters and the few values that every template gets."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app

from blog.config import Config


def iso(time: datetime | None) -> str:
    """2026-11-15T09:30:00Z (RFC 3339), for datetime attributes."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else ""


def long_date(time: date | None) -> str:
    """November 15, 2026 (WordPress's ``F j, Y``)."""
    return f"{time:%B} {time.day}, {time:%Y}" if time else ""


def long_time(time: datetime | None) -> str:
    """9:30 am (WordPress's ``g:i a``), in UTC."""
    if time is None:
        return ""
    return f"{time.hour % 12 or 12}:{time:%M} {'am' if time.hour < 12 else 'pm'}"


def init_app(app: Flask) -> None:
    """Offer filters and values to the templates."""
    app.jinja_env.filters.update(iso=iso, long_date=long_date, long_time=long_time)
    app.jinja_env.globals.update(asset=asset)
    app.context_processor(_shared_values)


def asset(name: str) -> str:
    """The address of a static file, with its content's digest so that it may be kept for good."""
    folder = Path(current_app.static_folder or "")
    return f"/static/{name}?v={_digest(folder / name)}"


@lru_cache(maxsize=64)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _shared_values() -> dict[str, object]:
    config: Config = current_app.extensions["blog_config"]
    return {"base_url": config.base_url}
