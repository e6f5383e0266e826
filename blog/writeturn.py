"""The turn to write to a file database: one at a time, for all threads and processes of a machine.

SQLite itself lets those who wait for its lock sleep and try again, longer each time, up to a tenth
of a second, so that the database stands idle while several wait. Here threads wake one another, and
processes look every half a millisecond at first. Among processes there is no order
(docs/decisions/0059).
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not a Unix: processes meet at SQLite's own lock
    fcntl = None  # type: ignore[assignment]

# Between two looks: at first, and when it takes longer than writes do.
SOON_SECONDS, LATER_SECONDS = 0.0005, 0.005
SOON_ENDS_AFTER_SECONDS = 0.05


class WriteTurn:
    """The turn at one database; whoever waits too long goes on without it, to SQLite's own queue.

    Among processes it is a lock on a file beside the database (flock), which the system takes back
    from a process that ends in whatever way.
    """

    def __init__(self, path: Path | None) -> None:
        """``path`` of the file, which is made when it is first needed; None: threads only."""
        self._path = path
        self._threads = threading.Lock()
        # The open file, and the process that opened it: a copy of this process must open its own.
        self._file: tuple[int, int] | None = None

    def take(self, patience_seconds: float) -> bool:
        """Wait for the turn of this process's threads, then for that of this process.

        True when the threads' turn was had, and :meth:`give` must follow.
        """
        end = time.monotonic() + patience_seconds
        if not self._threads.acquire(timeout=patience_seconds):
            return False
        try:
            # Where no such file can be made SQLite's own lock holds writers apart.
            with suppress(OSError):
                self._take_among_processes(end)
        except BaseException:
            self._threads.release()
            raise
        return True

    def give(self) -> None:
        """Let the next one write."""
        if self._file is not None and fcntl is not None:
            fcntl.flock(self._file[0], fcntl.LOCK_UN)
        self._threads.release()

    def _take_among_processes(self, end: float) -> None:
        if self._path is None or fcntl is None:
            return
        if self._file is None or self._file[1] != os.getpid():
            # Only to be locked: whoever may read the database may queue up for it.
            flags = os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC
            self._file = (os.open(self._path, flags, 0o644), os.getpid())
        start = time.monotonic()
        while (now := time.monotonic()) < end:
            try:
                fcntl.flock(self._file[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                is_soon = now - start < SOON_ENDS_AFTER_SECONDS
                time.sleep(SOON_SECONDS if is_soon else LATER_SECONDS)
            else:
                return
