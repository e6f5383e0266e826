"""One line per request, without a person in it: no address, no agent, no query string."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter

log = logging.getLogger("blog.requests")
LONGEST_PATH = 200
# Paths with a secret in them are logged by their first part only.
SECRET_PATHS = ("/setup/", "/receipts/", "/subscriptions/", "/decide/", "/privacy/data/")


class Metrics:
    """The counters of one app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "blog_requests",
            "Requests answered.",
            ["method", "endpoint", "status"],
            registry=self.registry,
        )
        self.comments = Counter(
            "blog_comments_received", "Comments kept.", ["status"], registry=self.registry
        )


def init_app(app: Flask) -> None:
    """Log and count every request."""
    app.extensions["blog_metrics"] = Metrics()
    app.before_request(_start)
    app.after_request(_finish)


def configure_logging() -> None:
    """Plain lines on standard error, for the commands that serve."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("blog")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False


class _OneLine(logging.Formatter):
    """Nothing that a client sends can begin a line of its own (CWE-117)."""

    converter = staticmethod(time.gmtime)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return printable(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        lines = super().formatException(ei).splitlines()
        return "\n".join("  | " + printable(line) for line in lines)


def printable(text: str) -> str:
    """The text with everything that is not printable written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _start() -> None:
    g.started_at = time.perf_counter()


def _finish(response: Response) -> Response:
    took = (time.perf_counter() - g.get("started_at", time.perf_counter())) * 1000
    path = request.path[:LONGEST_PATH]
    for secret in SECRET_PATHS:
        if path.startswith(secret):
            path = secret + "…"
    log.info("%s %s %d %.1f ms", request.method, path, response.status_code, took)
    metrics: Metrics = current_app.extensions["blog_metrics"]
    method = request.method if request.method in {"GET", "HEAD", "POST"} else "other"
    metrics.requests.labels(method, request.endpoint or "none", response.status_code).inc()
    return response
