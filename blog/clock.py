"""The one place that asks the machine for the time; everything else is told it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import current_app

Clock = Callable[[], datetime]


def utc_clock() -> datetime:
    """The machine's time, aware and in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The time by the clock this app was made with, aware and in UTC."""
    clock: Clock = current_app.extensions["blog_clock"]
    return clock()
