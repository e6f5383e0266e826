"""Where the time of a request went, for whoever asked to be told (``Server-Timing``)."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import event

from blog.config import Config
from blog.db import db
from blog.web.pagecache import ASKED


def init_app(app: Flask) -> None:
    """Measure the database's part of each request, when the operator has switched it on."""
    config: Config = app.extensions["blog_config"]
    if not config.tells_timing:
        return
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _begin)
        event.listen(db.engine, "after_cursor_execute", _end)
    app.after_request(_tell)


def _begin(_connection: Any, _cursor: Any, _statement: Any, *rest: Any) -> None:
    rest[1].blog_began_at = time.perf_counter()


def _end(_connection: Any, _cursor: Any, _statement: Any, *rest: Any) -> None:
    if has_request_context():
        g.database_took = g.get("database_took", 0.0) + time.perf_counter() - rest[1].blog_began_at


def _tell(response: Response) -> Response:
    took = time.perf_counter() - g.get("started_at", time.perf_counter())
    cached = "miss" if ASKED in request.environ else "none"
    response.headers["Server-Timing"] = (
        f'cache;desc="{cached}", db;dur={g.get("database_took", 0.0) * 1000:.1f}, '
        f"app;dur={took * 1000:.1f}"
    )
    return response
