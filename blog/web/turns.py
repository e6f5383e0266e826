"""Work done one at a time in a process, though several threads ask for it.

Threads take turns at Python's own lock, and each question to SQLite hands it on. Four replies at
once so wait for one another at every one of their questions; one after the other they take two
thirds of the processor time, and more of them are done in a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A queue of threads; who has waited too long for a turn goes on without one.

    So does whoever finds that a turn has been going on for too long: something is slow then, and
    what is slow keeps nobody else waiting.
    """

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._began_at = time.monotonic()

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Wait for a turn and keep it until the end of the block; tells whether it was had."""
        began_at, now = self._began_at, time.monotonic()
        # Of a turn that is over: then the lock is free, and is had without any wait.
        patience = self._patience_seconds - (now - began_at)
        has_turn = self._lock.acquire(timeout=max(patience, 0))
        try:
            if has_turn:
                self._began_at = time.monotonic()
            yield has_turn
        finally:
            if has_turn:
                self._lock.release()
