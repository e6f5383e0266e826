"""Is the process up, does the database answer, and the counters."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy import text

from blog.config import Config
from blog.db import db
from blog.networks import is_loopback

views = Blueprint("health", __name__)


@views.get("/healthz")
def healthz() -> Response:
    """The process is up."""
    return _plain("ok\n")


@views.get("/readyz")
def readyz() -> Response:
    """The database answers; the error handler says 503 when it does not."""
    db.session.execute(text("SELECT 1"))
    return _plain("ok\n")


@views.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for this machine or whoever has the token."""
    from prometheus_client import CONTENT_TYPE_LATEST  # noqa: PLC0415 - rare

    config: Config = current_app.extensions["blog_config"]
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    has_token = config.metrics_token is not None and hmac.compare_digest(
        token.encode(), config.metrics_token.encode()
    )
    # Behind a proxy on this machine everybody would look like this machine.
    came_by_proxy = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if not has_token and (came_by_proxy or not is_loopback(request.remote_addr)):
        abort(403)
    body = current_app.extensions["blog_metrics"].as_text()
    response = Response(body, content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def _plain(body: str) -> Response:
    response = Response(body, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response
