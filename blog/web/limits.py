"""Limits per network on what costs much: in this process, and over all of them through Valkey.

The rule. What a network asks for is counted per minute of the clock, in this process and, where
BLOG_VALKEY_URL is set, in Valkey, where all processes and hosts count together. Beyond the limit
the answer is 429 with the seconds to the next minute. The minute is part of the key, so a clock
that is set back or forth begins a new count and locks nobody out.

When Valkey is away, hangs or answers rubbish, each process goes by its own count, which it has
kept all the while, and asks again every few seconds. A key in Valkey holds a keyed digest of the
network and no address. This machine itself is not counted: a proxy in front that was not declared
(BLOG_TRUSTED_PROXIES) makes everybody look like it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, current_app, request

from blog.clock import now as clock_now
from blog.config import Config
from blog.errors import TooSoon
from blog.networks import is_loopback, network_of
from blog.sealing import sealer

if TYPE_CHECKING:
    from valkey import Valkey

WINDOW_SECONDS = 60
VALKEY_TIMEOUT_SECONDS = 0.25
ASK_AGAIN_SECONDS = 3.0
# Networks counted at once in a process (some megabytes); whoever comes after them goes uncounted
# here until the minute is over, which Valkey does not share.
MOST_NETWORKS = 20_000
KEY = "series-blog:limit"

log = logging.getLogger("blog.limits")


def init_app(app: Flask) -> None:
    """Give the app its counts. Nothing connects before something is counted."""
    config: Config = app.extensions["blog_config"]
    app.extensions["blog_limits"] = Limits(config.valkey_url)


def hold_back(what: str, most_per_minute: int, sentence: str) -> None:
    """Count this request's network for ``what``. Raises TooSoon with ``sentence`` over the limit.

    ``{seconds}`` in the sentence becomes the seconds to wait. 0 as the limit switches it off.
    """
    network = network_of(request.remote_addr)
    if not most_per_minute or not network or is_loopback(request.remote_addr):
        return
    limits: Limits = current_app.extensions["blog_limits"]
    now = clock_now()
    digest = sealer().index(network, f"limit.{what}").hex()
    if limits.count(f"{what}:{digest}", now) > most_per_minute:
        wait = WINDOW_SECONDS - int(now.timestamp()) % WINDOW_SECONDS
        seconds = "1 second" if wait == 1 else f"{wait} seconds"
        raise TooSoon("too_many", sentence.format(seconds=seconds), retry_after=wait)


class Limits:
    """The counts of one process, joined with those of the others where there is a Valkey."""

    def __init__(self, valkey_url: str | None) -> None:
        self._local = _LocalCounts()
        self._shared = _SharedCounts(valkey_url) if valkey_url else None

    def count(self, key: str, now: datetime) -> int:
        """Count one more for ``key`` in the minute of ``now``; how many that makes."""
        window = int(now.timestamp()) // WINDOW_SECONDS
        here = self._local.count(key, window)
        everywhere = self._shared.count(key, window) if self._shared else None
        return max(here, everywhere or 0)

    def close(self) -> None:
        """Let go of the connections."""
        if self._shared is not None:
            self._shared.close()


class _LocalCounts:
    """One minute's counts in memory; the next minute begins with none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: Counter[str] = Counter()

    def count(self, key: str, window: int) -> int:
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, Counter()
            if key not in self._counts and len(self._counts) >= MOST_NETWORKS:
                return 0
            self._counts[key] += 1
            return self._counts[key]


class _SharedCounts:
    """The counts in Valkey, with short waits, and a pause after each failure."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._client: Valkey | None = None
        self._is_away = False
        self._ask_again_at = 0.0

    def count(self, key: str, window: int) -> int | None:
        """How many there are on all hosts; None when Valkey does not tell."""
        if not self._may_ask():
            return None
        try:
            counted = self._ask(f"{KEY}:{key}:{window}")
        # Whatever a broken server makes of the client, the reader's request goes on.
        except Exception as error:
            self._went_away(error)
            return None
        self._is_back()
        return counted

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()  # type: ignore[no-untyped-call]

    def _ask(self, key: str) -> int:
        pipeline = self._connected().pipeline(transaction=False)
        pipeline.incr(key)
        pipeline.expire(key, 2 * WINDOW_SECONDS)
        counted = pipeline.execute()[0]  # type: ignore[no-untyped-call]
        if not isinstance(counted, int) or counted < 1:
            raise ValueError("the answer is no count")
        return counted

    def _connected(self) -> Valkey:
        import valkey  # noqa: PLC0415 - only a process that shares its counts loads it

        with self._lock:
            if self._client is None:
                self._client = valkey.Valkey.from_url(
                    self._url,
                    socket_timeout=VALKEY_TIMEOUT_SECONDS,
                    socket_connect_timeout=VALKEY_TIMEOUT_SECONDS,
                )
            return self._client

    def _may_ask(self) -> bool:
        """While it is away, one thread in a while asks; the others do not wait with it."""
        if not self._is_away:
            return True
        with self._lock:
            if time.monotonic() < self._ask_again_at:
                return False
            self._ask_again_at = time.monotonic() + ASK_AGAIN_SECONDS
            return True

    def _went_away(self, error: Exception) -> None:
        with self._lock:
            was_away, self._is_away = self._is_away, True
            self._ask_again_at = time.monotonic() + ASK_AGAIN_SECONDS
        if not was_away:
            # The class says enough: the error's own words may hold the password of the address.
            log.warning(
                "Valkey does not answer (%s): limits are counted in each process by itself until "
                "it is back.",
                type(error).__name__,
            )

    def _is_back(self) -> None:
        if not self._is_away:
            return
        with self._lock:
            self._is_away = False
        log.warning("Valkey answers again: limits are counted over all processes.")
