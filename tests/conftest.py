"""What every test stands on: real databases, a clock that can be set, and the shared data."""

from __future__ import annotations

import contextvars
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.test import TestResponse

from blog import create_app
from blog.config import Config
from blog.db import db
from tests.databases import PostgresServer, migrated_sqlite

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class SettableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def move(self, **amount: float) -> datetime:
        """Move by ``timedelta(**amount)``; returns the new time."""
        self.time += timedelta(**amount)
        return self.time


class SeparateClient(FlaskClient):
    """A client whose requests share nothing with the test but the database.

    Each runs in an empty context, as in a server; and what the test has read is put away first,
    so that it sees what the request changed.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if has_app_context():
            db.session.rollback()
        kwargs.setdefault("buffered", True)  # so that files that are sent are closed
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of this test process, from its wheel."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    return migrated_sqlite(tmp_path_factory.mktemp("template"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of its own for the test; each test that asks runs on both kinds."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "blog.sqlite3"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.make_database()
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    return Config.from_env(
        {
            "BLOG_INSTANCE_DIR": str(tmp_path / "instance"),
            "BLOG_DATABASE_URL": database_url,
            "BLOG_SECRET_KEY": "a-secret-for-tests-only-0123456789",
        }
    )


class CompiledOnce(BytecodeCache):
    """Each template's code, compiled once in a test process and not in each of its apps."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self.kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self.kept[bucket.key] = bucket.checksum, bucket.code


COMPILED = CompiledOnce()


def spare_work(app: Flask) -> None:
    """Spare what no test looks at: compiling templates again, and slow hashes of passwords.

    What a hash costs is looked at in tests/accounts, on an app with the true costs.
    """
    app.jinja_env.bytecode_cache = COMPILED
    cheap = {"argon2__memory_cost": 64, "argon2__rounds": 1}
    app.extensions["security"].pwd_context.update(**cheap)


@contextmanager
def closed_after(app: Flask) -> Iterator[Flask]:
    """An app that lets go of all its connections at the end of the block."""
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()
        app.extensions["blog_page_cache"].close()
        app.extensions["blog_limits"].close()


@pytest.fixture
def app(config: Config, clock: SettableClock) -> Iterator[Flask]:
    """The app on a database of its own; a context is open so that operations can be called."""
    made = create_app(config, clock=clock)
    made.testing = True
    spare_work(made)
    made.test_client_class = SeparateClient
    with closed_after(made), made.app_context():
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real exports and labelled comments, which are kept beside the repository."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("BLOG_TEST_DATA", str(beside)))
    if not path.is_dir():
        pytest.fail(
            f"The real exports are not at {path}. Set BLOG_TEST_DATA to the folder that holds "
            "wxr, disqus and spam."
        )
    return path
