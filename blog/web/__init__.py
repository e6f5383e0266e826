"""What every page shares: headers, error pages, refusal of cross-site posts, filters, health."""

from __future__ import annotations

from flask import Flask

from blog.web import (
    crosssite,
    errors,
    filters,
    headers,
    health,
    limits,
    requestlog,
    sitememo,
    timing,
    wellformed,
)


def init_app(app: Flask) -> None:
    """Wire the shared parts into the app. Rooms come after."""
    app.extensions["blog_site_memo"] = sitememo.SiteMemo()
    timing.init_app(app)
    requestlog.init_app(app)
    wellformed.init_app(app)
    crosssite.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    filters.init_app(app)
    limits.init_app(app)
    app.register_blueprint(health.views)
