"""A write begins with nothing left of the read before it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, PendingRollbackError

from blog.db import begin_write, db, run
from blog.prepared import PreparedStatement
from blog.versions import PageVersion
from tests.databases import written

KEEP = PreparedStatement(lambda: insert(PageVersion))


@pytest.fixture(autouse=True)
def _here(app: Flask) -> None:
    begin_write()
    db.session.add(PageVersion(scope="here", version=1))
    db.session.commit()


def _version() -> int | None:
    return run(select(PageVersion.version).where(PageVersion.scope == "here")).scalar()


def test_what_was_read_is_read_anew() -> None:
    kept = db.session.get_one(PageVersion, "here")
    assert (_version(), kept.version) == (1, 1)
    with db.engine.connect().execution_options(blog_write=True) as other:
        db.session.rollback()  # SQLite has one writer, and a server waits for nobody here
        assert _version() == 1
        other.execute(text("UPDATE page_version SET version = 2"))
        other.commit()
    begin_write()
    assert (_version(), kept.version) == (2, 2)
    db.session.rollback()


def _only_read() -> None:
    assert _version() == 1


@pytest.mark.parametrize("begin", [begin_write, _only_read])
def test_what_was_written_and_not_committed_is_gone(begin: Callable[[], None]) -> None:
    begin()
    fresh = PageVersion(scope="there", version=3)
    db.session.add(fresh)
    db.session.flush()
    begin_write()
    assert fresh not in db.session
    db.session.commit()
    assert db.session.get(PageVersion, "there") is None


def test_what_was_changed_and_not_flushed_is_gone() -> None:
    db.session.get_one(PageVersion, "here").version = 7
    assert _version() == 1
    begin_write()
    db.session.commit()
    assert _version() == 1


def test_a_write_after_a_read_stays_on_its_connection_and_is_kept() -> None:
    assert _version() == 1
    begin_write()
    db.session.get_one(PageVersion, "here").version = 5
    db.session.commit()
    assert _version() == 5


def test_after_a_flush_that_failed_nothing_is_told_the_database() -> None:
    begin_write()
    assert _version() == 1
    db.session.add(PageVersion(scope="here", version=8))
    with pytest.raises(IntegrityError):
        db.session.flush()
    with pytest.raises(PendingRollbackError):
        KEEP.rows({"scope": "there", "version": 9})
    begin_write()
    KEEP.rows({"scope": "there", "version": 9})
    db.session.commit()
    assert db.session.get_one(PageVersion, "there").version == 9


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_sqlite_a_write_that_cannot_begin_leaves_no_transaction_half(app: Flask) -> None:
    run(text("PRAGMA busy_timeout=1"))
    assert _version() == 1
    with closing(sqlite3.connect(db.engine.url.database or "", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            begin_write()
    db.session.execute(insert(PageVersion), {"scope": "there", "version": 2})
    db.session.rollback()
    assert db.session.get(PageVersion, "there") is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_sqlite_the_write_takes_the_lock_at_once() -> None:
    assert _version() == 1
    with written() as said:
        begin_write()
    assert said == ["ROLLBACK", "BEGIN IMMEDIATE"]
    db.session.rollback()
