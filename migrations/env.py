"""Runs the migrations with the app's engine; started by ``blog db``."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, DateTime, text

from blog import keyring, versions
from blog.accounts import models as accounts
from blog.comments import lookalikes
from blog.comments import models as comments
from blog.db import PARTIAL, Base, UtcDateTime, db
from blog.exchange import models as exchange
from blog.judges import models as judges
from blog.moderation import models as moderation
from blog.notifications import models as notifications
from blog.posts import models as posts
from blog.screening import models as screening
from blog.settings import models as settings

# Imported so that every table is known.
ROOMS = (
    keyring,
    versions,
    settings,
    accounts,
    posts,
    screening,
    comments,
    lookalikes,
    moderation,
    exchange,
    judges,
    notifications,
)


def include(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """The search index is the database's own kind of table and has no model."""
    return not (kind == "table" and name is not None and name.startswith("post_search"))


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration must not lean on our own column types, which may change later."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def compare(
    _context: Any, _inspected: Any, _column: Any, reflected: Any, declared: Any
) -> bool | None:
    """Our time type is the database's own; everything else is compared as usual."""
    return False if isinstance(declared, UtcDateTime) and isinstance(reflected, DateTime) else None


def know_partial_indexes(dialect: str) -> None:
    """Tell the models' indexes their conditions, in the words of this kind of database."""
    for table in Base.metadata.tables.values():
        for index in table.indexes:
            if PARTIAL in index.info:
                index.dialect_options[dialect]["where"] = text(index.info[PARTIAL])


def run() -> None:
    """Migrate in one transaction on both databases, so that a killed run leaves nothing half."""
    engine = db.engine
    know_partial_indexes(engine.dialect.name)
    with engine.connect().execution_options(blog_write=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            include_object=include,
            render_item=render,
            compare_type=compare,
            transaction_per_migration=False,
        )
        # SQLite cannot drop a table that others point to while it watches foreign keys.
        _watch_foreign_keys(connection, watch=False)
        try:
            with context.begin_transaction():
                context.run_migrations()
        finally:
            _watch_foreign_keys(connection, watch=True)


def _watch_foreign_keys(connection: Connection, *, watch: bool) -> None:
    """Switch SQLite's foreign keys, which works only between transactions."""
    raw = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and raw is not None:
        connection.rollback()
        raw.cursor().execute(f"PRAGMA foreign_keys={'ON' if watch else 'OFF'}")


run()
