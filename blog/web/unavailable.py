"""Telling a database that is away, full or locked from a mistake of ours."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# Primary result codes (SQLite, "Result and Error Codes"): busy, locked, out of memory, read-only,
# I/O error, corrupt, full, cannot open, locking protocol, not a database.
SQLITE_TROUBLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
# Classes of SQLSTATE (PostgreSQL, appendix A): connection, resources, operator, system.
POSTGRES_CLASSES = ("08", "53", "57", "58")
# A lock that was not free in time, a serialisation failure, a deadlock, a read-only transaction.
POSTGRES_STATES = frozenset({"55P03", "40001", "40P01", "25006"})


def is_unavailable(error: Exception) -> bool:
    """Whether the error means: the database cannot be reached or written now, try later."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in SQLITE_TROUBLE
    state = getattr(cause, "sqlstate", None)
    if error.connection_invalidated or state is None:
        return True
    return state in POSTGRES_STATES or state.startswith(POSTGRES_CLASSES)
