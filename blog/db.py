"""The database: the base of all models, column types, and how SQLite is opened.

SQLite runs in WAL with synchronous=FULL, because an answer of 303 promises that the comment is on
disk. Python's driver is told to leave transactions alone and we begin them: a plain BEGIN for
reads, BEGIN IMMEDIATE for writes, since a read transaction that later wants to write fails at
once when another process wrote in between, whatever the busy timeout says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from weakref import WeakKeyDictionary

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Executable,
    MetaData,
    String,
    Text,
    TypeDecorator,
    event,
)
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from blog.writeturn import WriteTurn

BUSY_TIMEOUT_MS = 8_000
TURN_SECONDS = 2.0
CHECKPOINT_PAGES = 4_000  # 16 MiB of what was written last
TURN = "blog_turn"
WRITE = "blog_write"
_CONNECTION, _WRITES = "blog_connection", "blog_writes"
# How long a server may say nothing, in libpq's words: a host that vanished sends no end of the
# connection, and is noticed within 25 seconds.
PATIENCE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
# Nobody waits longer for a lock; and what a request asks for ends in time, also when the host that
# asked is gone: its locks would otherwise stay until the server misses it, which takes hours.
SESSION_OPTIONS = "-c timezone=UTC -c lock_timeout=10000"
REQUEST_OPTIONS = "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=30000"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC on both databases; a naive one is a bug and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("times are kept in UTC: give an aware datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every model; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# Not as a class attribute: Flask-SQLAlchemy makes a subclass, which would define it twice.
Base.registry.update_type_annotation_map({datetime: UtcDateTime, str: Text})

db = SQLAlchemy(model_class=Base, disable_autonaming=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

PrimaryKey = Annotated[int, mapped_column(primary_key=True)]
Slug = Annotated[str, mapped_column(String(200))]
Keyword = Annotated[str, mapped_column(String(40))]


PERSONAL = "personal"


def personal(purpose: str, *, until: str) -> dict[str, tuple[str, str]]:
    """The ``info`` of a column that holds something about a person.

    ``purpose`` is what it is kept for; ``until`` is when it ends, in words or as the key of the
    setting that says so. The page /privacy shows both.
    """
    return {PERSONAL: (purpose, until)}


SEALED, INDEX_OF = "sealed", "index_of"


def sealed(purpose: str) -> dict[str, str]:
    """The ``info`` of a column of sealed values, which get a new seal when the key changes."""
    return {SEALED: purpose}


def index_of(column: str, *, folds_case: bool = False) -> dict[str, tuple[str, bool]]:
    """The ``info`` of a blind index of a sealed column beside it."""
    return {INDEX_OF: (column, folds_case)}


# The ``info`` of an index that holds only some rows: its condition. Migrations make it so; named as
# an option of a database it would load the code for every database into each worker.
PARTIAL = "partial"


def enum_by_value(kind: type[StrEnum], name: str, *, constrained: bool = True) -> Enum:
    """A column type for an enum: stored by value as text, with a named check, on both databases.

    ``constrained`` False leaves out the check, which SQLite cannot add to a table that is there.
    """
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=constrained,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


def begin_write() -> None:
    """End the read so far and begin the transaction of a write.

    On SQLite it takes the write lock at once and waits for it up to the busy timeout.
    """
    session = db.session()
    at_hand: Connection | None = session.info.get(_CONNECTION)
    if at_hand is not None and at_hand.dialect.name == "sqlite" and _has_only_read(session):
        # The same as below on the connection that is at hand, for a tenth of the time.
        session.expire_all()
        if at_hand.connection.in_transaction:
            ask_driver(at_hand, "ROLLBACK")
        try:
            _begin_write_on_sqlite(at_hand)
        except BaseException:
            session.rollback()  # or it would go on without a transaction
            raise
    else:
        session.rollback()
        session.connection(execution_options={WRITE: True})
    session.info[_WRITES] = True


def _has_only_read(session: Session) -> bool:
    """Whether a rollback would undo nothing but the reading of rows."""
    is_clean = not (session.new or session.dirty or session.deleted)
    return is_clean and session.info.keys() == {_CONNECTION} and _is_whole(session)


def _is_whole(session: Session) -> bool:
    """Whether its transaction goes on: no part of it has failed, and none is to be taken back."""
    transaction = session.get_transaction()
    return transaction is not None and transaction.is_active and not transaction.nested


def upsert(model: type[Base]) -> Any:
    """An INSERT that knows ``on_conflict_…``, of the kind this session's database speaks."""
    if is_sqlite():
        return sqlite_insert(model)
    # Only where it is spoken: a blog on SQLite does without its two and a half megabytes.
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # noqa: PLC0415

    return postgresql_insert(model)


def run(
    statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
) -> CursorResult[Any]:
    """Run a statement past the session's objects, for rows or for nothing: a third of the cost.

    It is part of the session's transaction, but changes of objects that were not flushed yet are
    not seen by it.
    """
    return current_connection().execute(statement, values)


def current_connection() -> Connection:
    """The connection of the session's transaction, which begins where there is none."""
    session = db.session()
    found: Connection | None = session.info.get(_CONNECTION)
    if found is None or not _is_whole(session):
        found = session.info[_CONNECTION] = session.connection()
    return found


@event.listens_for(Session, "after_flush")
def _has_written(session: Session, _context: object) -> None:
    session.info[_WRITES] = True


@event.listens_for(Session, "after_transaction_end")
def _let_connection_go(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_CONNECTION, None)
        session.info.pop(_WRITES, None)


def ask_driver(
    connection: Connection, statement: str, values: Sequence[Any] = ()
) -> Sequence[Sequence[Any]]:
    """Tell a file database a statement as it stands, for the rows it gives.

    Raises StatementError, and DBAPIError where the database refuses, as SQLAlchemy does, which
    would take some five times as long. Whoever listens to statements hears of them all the same.
    """
    if connection.engine.dispatch.before_cursor_execute:
        result = connection.exec_driver_sql(statement, tuple(values))
        return result.fetchall() if result.returns_rows else ()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, values)
        return cursor.fetchall()
    except Exception as error:
        dialect = connection.dialect
        kind = dialect.loaded_dbapi.Error
        raise DBAPIError.instance(
            statement, values, error, kind, hide_parameters=True, dialect=dialect
        ) from error
    finally:
        cursor.close()


def rows_changed(statement: Executable) -> int:
    """Run an UPDATE or DELETE past the identity map; returns how many rows it changed."""
    options = {"synchronize_session": False}
    result = db.session.execute(statement, execution_options=options)
    return int(result.rowcount)  # type: ignore[attr-defined]  # it is a CursorResult here


def is_sqlite() -> bool:
    """Whether the session talks to SQLite."""
    return db.engine.dialect.name == "sqlite"


def engine_options(database_url: str) -> dict[str, Any]:
    """Options for the engine of this kind of database."""
    if database_url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000}}
    return {
        "hide_parameters": True,  # they hold what readers wrote, and errors are logged
        # Some 40 microseconds of ours and a round trip for each request; without it the first
        # requests after a restart of the server would fail on connections that are gone.
        "pool_pre_ping": True,
        # One for each thread of a worker, and a little room: more would never be used.
        "pool_size": 8,
        "max_overflow": 2,
        "pool_timeout": 10,
        "connect_args": {
            **PATIENCE,
            "options": f"{SESSION_OPTIONS} {REQUEST_OPTIONS}",
        },
    }


def let_go(_error: BaseException | None) -> None:
    """End what a request has left open, before the session is closed; never raises.

    When the server went away meanwhile there is nothing to roll back, and no reason to take back an
    answer that stands: the comment it tells of is on disk.
    """
    if not db.session.registry.has():
        return
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()


def lift_time_limits() -> None:
    """Let statements take as long as they need: for commands over everything there is."""
    if is_sqlite():
        return

    @event.listens_for(db.engine, "do_connect")
    def _without_limits(_dialect: Any, _record: Any, _given: Any, named: dict[str, Any]) -> None:
        named["options"] = SESSION_OPTIONS

    db.engine.dispose()


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-2000",
        # Pages that every reply writes anew are copied into the file for a hundred replies at once.
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_on_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        if connection.get_execution_options().get(WRITE, False):
            _begin_write_on_sqlite(connection)
        else:
            ask_driver(connection, "BEGIN")


def _begin_write_on_sqlite(connection: Connection) -> None:
    _wait_for_turn(connection)
    ask_driver(connection, "BEGIN IMMEDIATE")


_turns: WeakKeyDictionary[Engine, WriteTurn] = WeakKeyDictionary()


def _wait_for_turn(connection: Connection) -> None:
    """Queue up behind the writes of this machine, until the connection goes back to the pool."""
    if TURN in (connection.connection.record_info or {}):
        # Another transaction on the same connection, as in a migration: the turn is its own.
        return
    engine = connection.engine.engine
    turn = _turns.get(engine) or _turns.setdefault(engine, WriteTurn(_turn_file(engine)))
    if turn.take(TURN_SECONDS):
        connection.connection.record_info[TURN] = turn  # type: ignore[index]  # it is pooled


def _turn_file(engine: Engine) -> Path | None:
    """Beside the database and its other files."""
    database = engine.url.database
    return Path(f"{database}-turn") if database and database != ":memory:" else None


@event.listens_for(Pool, "checkin")
def _end_turn(_connection: Any, record: ConnectionPoolEntry) -> None:
    # After the commit, when the connection goes back to the pool.
    turn: WriteTurn | None = (record.record_info or {}).pop(TURN, None)
    if turn is not None:
        turn.give()
