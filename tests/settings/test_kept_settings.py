"""Settings are read once while nothing changes, and anew as soon as something does."""

from __future__ import annotations

import time
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from blog.db import begin_write, db
from blog.screening.words import find_phrase
from blog.settings.operations import change_setting
from blog.settings.queries import current_settings
from tests.conftest import SettableClock
from tests.factories import make_post, set_setting


def test_a_change_is_seen_by_the_next_request_and_a_second_look_is_free(
    client: FlaskClient, app: Flask
) -> None:
    set_setting("site.title", "The first name")
    assert "The first name" in client.get("/").text
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    client.get("/")
    assert not any("FROM setting" in statement for statement in asked)
    set_setting("site.title", "Another name")
    assert "Another name" in client.get("/").text


def test_a_change_that_is_not_committed_is_seen_only_by_its_maker(
    app: Flask, clock: SettableClock
) -> None:
    assert current_settings().comments.max_links == 2
    begin_write()
    change_setting("comments.max_links", "7", now=clock())
    assert current_settings().comments.max_links == 7
    db.session.rollback()
    with app.app_context():
        assert current_settings().comments.max_links == 2


def test_62204_refuse_words_cost_a_reply_little(client: FlaskClient, shared_data: Path) -> None:
    phrases = (shared_data / "spam" / "comment-blocklist.txt").read_text(encoding="utf-8")
    make_post("listed")
    set_setting("comments.refuse_words", phrases)
    set_setting("comments.flood_seconds", "0")

    def send(number: int) -> float:
        typed = {
            "comment": f"An honest remark on the subject, the {number}th of many, and plain.",
            "author": "Ann",
            "email": f"ann{number}@reader.example",
        }
        start = time.process_time()
        assert client.post("/posts/listed/comments", data=typed).status_code == 303
        return time.process_time() - start

    with_list = min(send(number) for number in range(8))
    set_setting("comments.refuse_words", "")
    without = min(send(number) for number in range(10, 18))
    assert with_list < without + 0.005
    words = tuple(phrases.splitlines())
    find_phrase(words, ("once",))
    start = time.process_time()
    for _ in range(50):
        find_phrase(words, ("An honest remark of ordinary length, in two sentences. " * 4,))
    assert (time.process_time() - start) / 50 < 0.001
