"""Reading the settings."""

from __future__ import annotations

from flask import g
from sqlalchemy import select

from blog.db import db
from blog.settings.catalogue import BlogSettings, build
from blog.settings.models import StoredSetting
from blog.web.sitememo import once_for_site


def load_settings() -> BlogSettings:
    """All settings as they stand in the database now: one query."""
    rows = db.session.execute(select(StoredSetting.key, StoredSetting.value))
    return build({row.key: row.value for row in rows})


def current_settings() -> BlogSettings:
    """The settings of this request (or app context), read once."""
    if "blog_settings" not in g:
        g.blog_settings = once_for_site("settings", load_settings)
    settings: BlogSettings = g.blog_settings
    return settings
