"""Telling a database that is away, full or locked from a mistake of ours."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

SQLITE_FILE_TROUBLE = ("malformed", "not a database", "disk image", "readonly", "disk i/o")


def is_unavailable(error: Exception) -> bool:
    """Whether the error means: the database cannot be reached or written now, try later."""
    if isinstance(error, PoolTimeout | OperationalError | InterfaceError | InternalError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    sentence = str(error.orig).lower()
    return error.connection_invalidated or any(word in sentence for word in SQLITE_FILE_TROUBLE)
