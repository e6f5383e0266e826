"""Template filters and the few values that every template gets."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app

from blog.config import Config
from blog.wording.dates import MONTHS as MONTHS_IN
from blog.wording.languages import Language

# Not by strftime, which would follow the locale.
MONTHS = MONTHS_IN[Language.ENGLISH]


def iso(time: datetime | None) -> str:
    """2026-11-15T09:30:00Z (RFC 3339), for datetime attributes."""
    return f"{time.isoformat()[:19]}Z" if time else ""


def long_date(time: date | None) -> str:
    """November 15, 2026 (WordPress's ``F j, Y``)."""
    return f"{MONTHS[time.month - 1]} {time.day}, {time.year}" if time else ""


def long_time(time: datetime | None) -> str:
    """9:30 am (WordPress's ``g:i a``), in UTC."""
    if time is None:
        return ""
    return f"{time.hour % 12 or 12}:{time.minute:02} {'am' if time.hour < 12 else 'pm'}"


def init_app(app: Flask) -> None:
    """Offer filters and values to the templates."""
    app.jinja_env.filters.update(iso=iso, long_date=long_date, long_time=long_time)
    app.jinja_env.globals.update(asset=asset)
    app.context_processor(_shared_values)


def asset(name: str) -> str:
    """The address of a static file, with its content's digest so that it may be kept for good."""
    return f"/static/{name}?v={_digest(current_app.static_folder or '', name)}"


@lru_cache(maxsize=64)
def _digest(folder: str, name: str) -> str:
    return hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest()[:12]


def _shared_values() -> dict[str, object]:
    config: Config = current_app.extensions["blog_config"]
    return {"base_url": config.base_url}
