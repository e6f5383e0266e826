"""Learning, for next to nothing, whether what a kept page shows has changed since.

It has connections of its own, on which nothing is ever written: on a server one for each thread, on
SQLite one for all, since each would hold the whole schema and its own pages in memory.

On SQLite the header of the WAL index (or ``PRAGMA data_version`` on such a connection) changes when
anybody, of whichever process, has committed; while it stands, the versions read before stand too,
and no query is needed.
On a server one indexed query is asked each time: a notification (LISTEN) may reach another host a
moment after the answer that the comment is kept (docs/decisions/0009).
"""

from __future__ import annotations

import ctypes
import sqlite3
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol
from urllib.parse import quote

from sqlalchemy import make_url

from blog.db import PATIENCE

Scopes = tuple[str, str]
Versions = tuple[tuple[str, int], ...]
MOST_REMEMBERED = 10_000
BUSY_SECONDS = 2
WAL_INDEX_HEADER_BYTES = 48
ON_SQLITE = "SELECT scope, version FROM page_version WHERE scope IN (?, ?) ORDER BY scope"
ON_A_SERVER = "SELECT scope, version FROM page_version WHERE scope IN (%s, %s) ORDER BY scope"


class FreshnessError(Exception):
    """The database does not say how things stand, so nothing that was kept may be shown."""


class Watch(Protocol):
    """What is asked; it lets go of its connection when nobody holds it any more."""

    def versions(self, scopes: Scopes) -> Versions:
        """The versions of the scopes as they stand at this moment."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Freshness:
    """Tells how scopes stand, to any number of threads."""

    def __init__(
        self,
        open_watch: Callable[[], Watch],
        trouble: type[Exception],
        *,
        place: Callable[[], threading.local | SimpleNamespace],
    ) -> None:
        """``place`` makes what holds the watch: for each thread its own, or one for all."""
        self._open = open_watch
        self._trouble = trouble
        self._place = place
        self._here = place()
        self._opened: weakref.WeakSet[Watch] = weakref.WeakSet()

    def versions(self, scopes: Scopes) -> Versions:
        """The versions of the scopes at this moment. Raises FreshnessError."""
        try:
            watch: Watch = self._here.watch
        except AttributeError:
            return self._ask_anew(scopes)
        try:
            return watch.versions(scopes)
        except self._trouble:
            # The server may have been started anew since; a fresh connection will tell. The old
            # one is not closed: another thread may be looking at it just now.
            pass
        return self._ask_anew(scopes)

    def close(self) -> None:
        """Close the connections of all threads, when nobody asks any more."""
        for watch in list(self._opened):
            watch.close()
        self._here = self._place()

    def _ask_anew(self, scopes: Scopes) -> Versions:
        self._here.__dict__.pop("watch", None)
        try:
            watch = self._open()
            self._opened.add(watch)
            found = watch.versions(scopes)
        except self._trouble as error:
            raise FreshnessError from error
        self._here.watch = watch
        return found


class SqliteWatch:
    """A connection to the file, and what was read on it since anybody's last commit.

    Any number of threads ask it; those that must read wait for each other, so that no row is read
    in a transaction that another thread has begun before the last commit.
    """

    def __init__(self, path: str) -> None:
        # Not made by this: a database that is not there yet is nobody's business here.
        connection = sqlite3.connect(
            f"file:{quote(path)}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA query_only=ON")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        self._ask = connection.execute
        self._header = wal_index_header(path)
        self._turn = threading.Lock()
        # Replaced together: what is known is true only of what was seen before it was read.
        self._state: tuple[bytes | int | None, dict[Scopes, Versions]] = (None, {})
        # Called too when nobody holds the watch any more.
        self._end = weakref.finalize(self, connection.close)

    def versions(self, scopes: Scopes) -> Versions:
        """The versions, from memory unless somebody has written since."""
        header, (seen, known) = self._header, self._state
        found = known.get(scopes) if header is not None and header.raw == seen else None
        return self._read(scopes) if found is None else found

    def close(self) -> None:
        """Let go of the connection, and with it of the memory that it shares."""
        self._header = None
        self._end()

    def _read(self, scopes: Scopes) -> Versions:
        with self._turn:
            header = self._header
            # Before the rows are read: they are then at least as new as what stands for them here.
            now: bytes | int = (
                header.raw if header is not None else self._ask("PRAGMA data_version").fetchone()[0]
            )
            seen, known = self._state
            if now != seen or len(known) > MOST_REMEMBERED:
                known = {}
                self._state = (now, known)
            found = known.get(scopes)
            if found is None:
                found = known[scopes] = tuple(self._ask(ON_SQLITE, scopes))
            return found


def wal_index_header(path: str) -> ctypes.Array[ctypes.c_char] | None:
    """The header of the WAL index of an open database, where it lies in this process's memory.

    Its 48 bytes change with each commit of anybody: they hold a count of changes, the last frame
    and a checksum ("WAL-mode File Format", 2.1 The WAL-Index Header). SQLite shares the memory
    among all processes and keeps it in place while a connection of this process is open. Looking
    at it takes a fraction of what ``PRAGMA data_version`` takes, which besides lets another thread
    run in between, and it opens no file, since closing one again would drop SQLite's own locks.
    None where it cannot be found, as on systems without ``/proc``.
    """
    try:
        inode = Path(f"{path}-shm").stat().st_ino
        with Path("/proc/self/maps").open(encoding="utf-8", errors="replace") as maps:
            for line in maps:
                place, _, offset, _, number, *name = line.split(maxsplit=5)
                is_it = int(number) == inode and name and name[0].rstrip("\n").endswith("-shm")
                if is_it and int(offset, 16) == 0:
                    start = int(place.partition("-")[0], 16)
                    return (ctypes.c_char * WAL_INDEX_HEADER_BYTES).from_address(start)
    except OSError:
        pass
    return None


class PostgresWatch:
    """A connection to the server; each question is one query."""

    def __init__(self, url: str) -> None:
        import psycopg  # noqa: PLC0415 - a blog on SQLite does without it

        connection = psycopg.connect(
            url,
            autocommit=True,
            options=f"-c statement_timeout={BUSY_SECONDS * 1000}",
            **PATIENCE,
        )
        self._ask = connection.execute
        self._end = weakref.finalize(self, connection.close)

    def versions(self, scopes: Scopes) -> Versions:
        """The versions as they are committed."""
        return tuple(self._ask(ON_A_SERVER, scopes, prepare=True).fetchall())

    def close(self) -> None:
        """Let go of the connection."""
        self._end()


def freshness_of(database_url: str) -> Freshness:
    """The way to ask the database at this address (SQLAlchemy's kind of URL)."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        path = url.database or ""
        return Freshness(lambda: SqliteWatch(path), sqlite3.Error, place=SimpleNamespace)
    from psycopg import Error  # noqa: PLC0415 - as above

    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return Freshness(lambda: PostgresWatch(address), Error, place=threading.local)
