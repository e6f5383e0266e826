"""One line per request, without a person in it: no address, no agent, no query string."""

from __future__ import annotations

import itertools
import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter

log = logging.getLogger("blog.requests")
LONGEST_PATH = 200
# So many are counted as they come, so that small numbers are right to the last one.
ONE_BY_ONE = 1_024
BUNDLE = 64
# The folder in which the workers of one server count; prometheus_client's own name for it.
MULTIPLE = "PROMETHEUS_MULTIPROC_DIR"
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
        self.pages = Counter(
            "blog_page_cache",
            "Public pages: sent from the cache (hit), known by the reader already (same), made.",
            ["outcome"],
            registry=self.registry,
        )
        self.page_outcomes = {
            name: _in_bundles(self.pages.labels(name)) for name in ("hit", "same", "miss")
        }
        self.comments = Counter(
            "blog_comments_received", "Comments kept.", ["status"], registry=self.registry
        )
        self.broken_checks = Counter(
            "blog_screening_failures",
            "Checks that failed and held a comment.",
            ["check"],
            registry=self.registry,
        )

    def as_text(self) -> bytes:
        """Every counter for Prometheus; those of all workers where a server runs several."""
        from prometheus_client import generate_latest, multiprocess  # noqa: PLC0415 - rare

        if MULTIPLE not in os.environ:
            return generate_latest(self.registry)
        everybody = CollectorRegistry()
        multiprocess.MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)


def _in_bundles(counter: Counter) -> Callable[[], None]:
    """Counts one more each time it is called; when there are many already, some at once.

    A page from the cache takes a few microseconds in all, and a counter that workers share one.
    """
    numbers = itertools.count(1)

    def count() -> None:
        number = next(numbers)  # of two threads each gets its own
        if number <= ONE_BY_ONE:
            counter.inc()
        elif number % BUNDLE == 0:
            counter.inc(BUNDLE)

    return count


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
    if text.isprintable():
        return text
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
