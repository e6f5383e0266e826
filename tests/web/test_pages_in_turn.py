"""Pages of posts are drawn one at a time on SQLite, and once for all who wait for the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from blog import create_app
from blog.config import Config
from blog.db import db
from blog.web import pagecache
from tests.conftest import SettableClock, spare_work
from tests.factories import make_post

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

READERS = 6


class Slowly:
    """Stands before the app: takes its time, and notes who is inside."""

    def __init__(self, app: Flask, wait: Callable[[], object] = lambda: time.sleep(0.03)) -> None:
        self.asked: list[str] = []
        self.inside = self.most = 0
        self._wait = wait
        self._guard = threading.Lock()
        app.extensions["blog_page_cache"].put_before_app(self._before)

    def _before(self, inner: WSGIApplication) -> WSGIApplication:
        def outer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            with self._guard:
                self.asked.append(environ["PATH_INFO"])
                self.inside += 1
                self.most = max(self.most, self.inside)
            try:
                self._wait()
                return inner(environ, start_response)
            finally:
                with self._guard:
                    self.inside -= 1

        return outer


@contextmanager
def made_app(config: Config, clock: SettableClock) -> Iterator[Flask]:
    """An app with one post, as a server has it: no context is open."""
    app = create_app(config, clock=clock)
    spare_work(app)
    with app.app_context():
        make_post("talk")
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()
    app.extensions["blog_page_cache"].close()


def all_ask(app: Flask, path: str) -> set[tuple[int, bytes]]:
    """What so many readers get who ask at the same moment."""

    def ask(_number: int) -> tuple[int, bytes]:
        answer = app.test_client().get(path)
        return answer.status_code, answer.data

    with ThreadPoolExecutor(READERS) as readers:
        return set(readers.map(ask, range(READERS)))


@pytest.fixture
def patient(
    monkeypatch: pytest.MonkeyPatch, config: Config, clock: SettableClock
) -> Iterator[Flask]:
    """An app in which nobody goes on without a turn, however busy the machine is."""
    monkeypatch.setattr(pagecache, "LONGEST_WAIT_SECONDS", 60)
    with made_app(config, clock) as app:
        yield app


def is_on_sqlite(config: Config) -> bool:
    return config.database_url.startswith("sqlite")


def test_a_page_is_drawn_once_for_all_who_wait_for_it(patient: Flask, config: Config) -> None:
    slowly = Slowly(patient)
    ((status, page),) = all_ask(patient, "/posts/talk")
    assert status == 200
    assert b"Leave a Reply" in page
    if is_on_sqlite(config):
        assert slowly.asked == ["/posts/talk"]
    else:  # a server of its own answers while others ask
        assert 1 <= len(slowly.asked) <= READERS


def test_a_page_that_was_changed_is_drawn_once_too(patient: Flask, config: Config) -> None:
    patient.test_client().get("/")
    slowly = Slowly(patient)
    with patient.app_context():
        make_post("walk", title="A walk by the harbour")
        db.session.commit()
    ((_, page),) = all_ask(patient, "/")
    assert b"A walk by the harbour" in page
    assert len(slowly.asked) == 1 or not is_on_sqlite(config)


def test_pages_of_one_reader_are_drawn_one_after_the_other(patient: Flask, config: Config) -> None:
    slowly = Slowly(patient)
    ((status, _),) = all_ask(patient, "/posts/talk?replytocom=0")
    assert status == 200
    assert len(slowly.asked) == READERS
    assert slowly.most == 1 or not is_on_sqlite(config)


def test_a_slow_page_keeps_the_others_waiting_for_a_moment_only(
    config: Config, clock: SettableClock
) -> None:
    first, is_over = threading.Event(), threading.Event()

    def wait() -> None:
        if not first.is_set():
            first.set()
            assert is_over.wait(60)

    with made_app(config, clock) as app, ThreadPoolExecutor(1) as other:
        Slowly(app, wait)
        slow = other.submit(lambda: app.test_client().get("/posts/talk").status_code)
        assert first.wait(60)
        assert app.test_client().get("/posts/talk").status_code == 200
        assert app.test_client().get("/posts/talk?replytocom=0").status_code == 200
        assert not slow.done()
        is_over.set()
        assert slow.result(60) == 200
