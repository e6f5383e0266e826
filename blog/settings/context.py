"""The settings that every template may show."""

from __future__ import annotations

from flask import Flask, g
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from blog.settings.catalogue import SiteSettings, build
from blog.settings.queries import current_settings


def init_app(app: Flask) -> None:
    """Give ``site`` to every template."""
    app.context_processor(lambda: {"site": _site()})


def _site() -> SiteSettings:
    """The blog's own name and language; factory values when the database is away."""
    if g.get("database_is_away"):
        return build({}).site
    try:
        return current_settings().site
    except (DBAPIError, PoolTimeout):
        g.database_is_away = True
        return build({}).site
