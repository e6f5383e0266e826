"""Reading the settings."""

from __future__ import annotations

from flask import current_app, g, has_request_context
from sqlalchemy import select

from blog.db import db
from blog.settings.catalogue import BlogSettings, build
from blog.settings.models import StoredSetting
from blog.versions import SITE, current_versions
from blog.web.sitememo import once_for_site


def load_settings() -> BlogSettings:
    """All settings as they stand in the database now: one query."""
    rows = db.session.execute(select(StoredSetting.key, StoredSetting.value))
    return build({row.key: row.value for row in rows})


def current_settings() -> BlogSettings:
    """The settings of this request (or app context), read once."""
    if "blog_settings" not in g:
        changed = g.get("blog_settings_changed")
        g.blog_settings = load_settings() if changed else once_for_site("settings", _kept_settings)
    settings: BlogSettings = g.blog_settings
    return settings


def _kept_settings() -> BlogSettings:
    """The settings as this process last read them, as long as nothing of the site changed.

    A list of words may hold many thousands, which no request should read and take apart again.
    """
    version = site_version()
    kept: tuple[int, BlogSettings] | None = current_app.extensions.get("blog_kept_settings")
    if kept is None or kept[0] != version:
        kept = current_app.extensions["blog_kept_settings"] = version, load_settings()
    return kept[1]


def site_version() -> int:
    """The version of the site as this request first saw it: asked for once, outside one each time.

    What a process keeps is good for one version.
    """
    if not has_request_context():
        return current_versions([SITE])[SITE]
    if "blog_site_version" not in g:
        g.blog_site_version = current_versions([SITE])[SITE]
    version: int = g.blog_site_version
    return version
