"""Whether a copy still holds: told by SQLite's shared memory, or by asking, alike."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blog.web import freshness
from blog.web.freshness import FreshnessError, freshness_of, wal_index_header

SCOPES = ("conversations", "site")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A database with nothing but versions."""
    path = tmp_path / "ünïcode %41?.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE page_version (scope TEXT PRIMARY KEY, version INTEGER)")
    connection.execute("CREATE TABLE other (number INTEGER)")
    connection.commit()
    yield path
    connection.close()


def write(path: Path, statement: str, *, process: bool = False) -> None:
    """Commit a statement from another connection, or another process."""
    if process:
        code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); "
        subprocess.run([sys.executable, "-c", f"{code}c.commit()", path, statement], check=True)
        return
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.fixture(params=["shared memory", "asked"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With SQLite's shared memory, and as where that cannot be found."""
    if request.param == "asked":
        monkeypatch.setattr(freshness, "wal_index_header", lambda _path: None)
    return str(request.param)


@pytest.mark.parametrize("process", [False, True])
def test_each_commit_of_anybody_is_seen_at_once(file: Path, way: str, process: bool) -> None:
    fresh = freshness_of(f"sqlite:///{str(file).replace('%', '%25').replace('?', '%3F')}")
    assert fresh.versions(SCOPES) == ()
    for number in range(1, 4 if process else 200):
        write(file, f"REPLACE INTO page_version VALUES ('site', {number})", process=process)
        assert fresh.versions(SCOPES) == (("site", number),)
        write(file, f"INSERT INTO other VALUES ({number})", process=process)
        assert fresh.versions(SCOPES) == (("site", number),)
    fresh.close()


def test_it_is_seen_over_checkpoints_and_a_log_begun_anew(file: Path, way: str) -> None:
    fresh = freshness_of(f"sqlite:///{str(file).replace('%', '%25').replace('?', '%3F')}")
    for number in range(1, 50):
        write(file, f"REPLACE INTO page_version VALUES ('site', {number})")
        assert fresh.versions(SCOPES) == (("site", number),)
        kind = ("PASSIVE", "FULL", "RESTART", "TRUNCATE")[number % 4]
        write(file, f"PRAGMA wal_checkpoint({kind})")
        assert fresh.versions(SCOPES) == (("site", number),)
    fresh.close()


def test_nothing_is_asked_while_nobody_writes(file: Path) -> None:
    watch = freshness.SqliteWatch(str(file))
    asked: list[str] = []
    ask = watch._ask

    def note(statement: str, *given: Any) -> sqlite3.Cursor:
        asked.append(statement)
        return ask(statement, *given)

    watch._ask = note
    assert wal_index_header(str(file)) is not None, "this system keeps the index elsewhere"
    for _ in range(5):
        watch.versions(SCOPES)
    assert len(asked) == 1
    watch.close()


def test_every_thread_sees_it(file: Path, way: str) -> None:
    fresh = freshness_of(f"sqlite:///{str(file).replace('%', '%25').replace('?', '%3F')}")
    wrong: list[object] = []

    def look(number: int) -> None:
        found = fresh.versions(SCOPES)
        if found != (("site", number),):
            wrong.append(found)

    for number in range(1, 20):
        write(file, f"REPLACE INTO page_version VALUES ('site', {number})")
        threads = [threading.Thread(target=look, args=(number,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    fresh.close()


def test_no_thread_is_told_less_than_was_committed_before_it_asked(file: Path, way: str) -> None:
    fresh = freshness_of(f"sqlite:///{str(file).replace('%', '%25').replace('?', '%3F')}")
    write(file, "REPLACE INTO page_version VALUES ('site', 0)")
    committed, is_over = [0], threading.Event()
    wrong: list[object] = []

    def look() -> None:
        while not is_over.is_set():
            least = committed[0]
            found = dict(fresh.versions(SCOPES))
            if found["site"] < least:
                wrong.append((found, least))

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 100):
        write(file, f"REPLACE INTO page_version VALUES ('site', {number})")
        committed[0] = number
    is_over.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    fresh.close()


def test_threads_share_one_connection(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = freshness_of(f"sqlite:///{str(file).replace('%', '%25').replace('?', '%3F')}")
    fresh.versions(SCOPES)
    monkeypatch.setattr(sqlite3, "connect", None)
    told: list[object] = []
    thread = threading.Thread(target=lambda: told.append(fresh.versions(("site", "other"))))
    thread.start()
    thread.join()
    assert told == [()]
    fresh.close()


def test_a_connection_that_fails_is_left_for_a_fresh_one(file: Path) -> None:
    fresh = freshness_of(f"sqlite:///{str(file).replace('%', '%25').replace('?', '%3F')}")
    assert fresh.versions(SCOPES) == ()
    fresh._here.watch.close()
    write(file, "REPLACE INTO page_version VALUES ('site', 1)")
    assert fresh.versions(SCOPES) == (("site", 1),)
    fresh.close()


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite3"
    with pytest.raises(FreshnessError):
        freshness_of(f"sqlite:///{path}").versions(SCOPES)
    assert not path.exists()
