"""Pages of posts are drawn one at a time on SQLite, and once for all who wait for the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import pytest
from flask import Flask
from sqlalchemy import select

from blog import create_app
from blog.config import Config
from blog.db import db
from blog.posts.models import Post
from blog.web import pagecache
from blog.web.freshness import FreshnessError, Scopes, Versions
from tests.conftest import SettableClock, closed_after, spare_work
from tests.factories import make_comment, make_post

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
    with closed_after(app):
        with app.app_context():
            make_post("talk")
            db.session.commit()
        yield app


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


class Held:
    """Whoever comes first is kept before the app until the block ends."""

    def __init__(self) -> None:
        self.first, self._is_over = threading.Event(), threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()

    def wait(self) -> None:
        if not self.first.is_set():
            self.first.set()
            assert self._is_over.wait(30)


def test_a_page_is_drawn_once_for_all_who_wait_for_it(patient: Flask, config: Config) -> None:
    slowly = Slowly(patient)
    ((status, page),) = all_ask(patient, "/posts/talk")
    assert status == 200
    assert b"Leave a Reply" in page
    if config.is_sqlite:
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
    assert len(slowly.asked) == 1 or not config.is_sqlite


def test_pages_of_one_reader_are_drawn_one_after_the_other(patient: Flask, config: Config) -> None:
    slowly = Slowly(patient)
    ((status, _),) = all_ask(patient, "/posts/talk?replytocom=0")
    assert status == 200
    assert len(slowly.asked) == READERS
    assert slowly.most == 1 or not config.is_sqlite


def test_a_slow_page_keeps_the_others_waiting_for_a_moment_only(
    config: Config, clock: SettableClock
) -> None:
    with made_app(config, clock) as app, ThreadPoolExecutor(1) as other, Held() as held:
        Slowly(app, held.wait)
        slow = other.submit(lambda: app.test_client().get("/posts/talk").status_code)
        assert held.first.wait(30)
        assert app.test_client().get("/posts/talk").status_code == 200
        assert app.test_client().get("/posts/talk?replytocom=0").status_code == 200
        assert not slow.done()
    assert slow.result() == 200


def test_who_keeps_back_a_body_keeps_nobody_waiting(patient: Flask) -> None:
    def send() -> int:
        return patient.test_client().get("/posts/talk", data=b"x").status_code

    with ThreadPoolExecutor(1) as other, Held() as held:
        Slowly(patient, held.wait)
        slow = other.submit(send)
        assert held.first.wait(30)
        assert patient.test_client().get("/posts/talk").status_code == 200
        assert not slow.done()
    assert slow.result() == 200


def test_who_has_waited_sees_what_was_written_meanwhile(patient: Flask, config: Config) -> None:
    def ask() -> str:
        return patient.test_client().get("/posts/talk").text

    with ThreadPoolExecutor(2) as readers:
        with Held() as held:
            Slowly(patient, held.wait)
            readers.submit(ask)
            assert held.first.wait(30)
            second = readers.submit(ask)
            time.sleep(0.05)  # so that it waits; a test of nothing else if it does not yet
            with patient.app_context():
                make_comment(db.session.scalars(select(Post)).one(), text="Said meanwhile.")
                db.session.commit()
        waited = second.result()
    assert "Said meanwhile." in waited or not config.is_sqlite  # there nobody has waited
    assert "Said meanwhile." in ask()


def test_who_has_waited_is_answered_and_counted_like_any_reader_of_a_kept_page(
    monkeypatch: pytest.MonkeyPatch, config: Config, clock: SettableClock
) -> None:
    monkeypatch.setattr(pagecache, "LONGEST_WAIT_SECONDS", 60)
    with made_app(replace(config, tells_timing=True), clock) as app:
        Slowly(app)

        def ask(number: int) -> tuple[str, bool]:
            method = "GET" if number % 2 else "HEAD"
            answer = app.test_client().open("/posts/talk", method=method)
            assert answer.status_code == 200
            return answer.headers["Server-Timing"].split(",")[0], bool(answer.data)

        with ThreadPoolExecutor(READERS) as readers:
            answers = list(readers.map(ask, range(READERS)))
        count = app.extensions["blog_metrics"].registry.get_sample_value
        hits, misses = (
            count("blog_page_cache_total", {"outcome": outcome}) for outcome in ("hit", "miss")
        )
    assert [has_body for _, has_body in answers] == [False, True] * (READERS // 2)
    assert hits + misses == READERS
    assert sum(told.startswith('cache;desc="hit"') for told, _ in answers) == hits
    assert misses == 1 or not config.is_sqlite


def test_when_it_is_not_known_how_things_stand_the_app_is_asked(
    monkeypatch: pytest.MonkeyPatch, patient: Flask
) -> None:
    cache = patient.extensions["blog_page_cache"]
    known, asked = cache._freshness.versions, 0

    def versions(scopes: Scopes) -> Versions:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise FreshnessError
        found: Versions = known(scopes)
        return found

    monkeypatch.setattr(cache._freshness, "versions", versions)
    slowly = Slowly(patient, lambda: None)
    pages = [patient.test_client().get("/posts/talk") for _ in range(3)]
    assert {page.status_code for page in pages} == {200}
    assert 1 <= len(slowly.asked) <= 2
