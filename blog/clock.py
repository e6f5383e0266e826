"""The one place that asks the machine for the time; everything else is told it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_clock() -> datetime:
    """The machine's time, aware and in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The time by the clock this app was made with, aware and in UTC."""
    # Not above: a process that only cleans texts does without all of Flask.
    from flask import current_app  # noqa: PLC0415

    clock: Clock = current_app.extensions["blog_clock"]
    return clock()
