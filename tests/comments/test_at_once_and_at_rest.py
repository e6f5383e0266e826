"""Many requests at once on real databases, and what a stolen database shows."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flask import Flask
from sqlalchemy import func, inspect, select, text

from blog.clock import utc_clock
from blog.comments.counting import recount
from blog.comments.models import Comment, CommentStatus, Person
from blog.comments.states import change_status
from blog.db import begin_write, db
from blog.errors import Conflict
from blog.sealing import sealer
from tests.conftest import START, SettableClock
from tests.factories import make_comment, make_post, set_setting


def all_at_once(app: Flask, count: int, work: Callable[[int], int]) -> list[int]:
    """Run ``work`` in threads that start together, each with a connection of its own."""
    together = threading.Barrier(count)

    def run(number: int) -> int:
        together.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def post_as(app: Flask, address: str, words: str, ip: str = "192.0.2.9") -> int:
    typed = {"comment": words, "author": "Ann", "email": address}
    answer = app.test_client().post(
        "/posts/busy/comments", data=typed, environ_overrides={"REMOTE_ADDR": ip}
    )
    return answer.status_code


def how_many() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Comment)) or 0


def test_the_same_submission_many_times_at_once_makes_one_comment(app: Flask) -> None:
    make_post("busy")
    for round_number in range(4):
        words = f"Sent again and again, round {round_number}."
        address = f"ann{round_number}@reader.example"
        ip = f"192.0.2.{round_number}"
        codes = all_at_once(app, 6, lambda _: post_as(app, address, words, ip))  # noqa: B023
        assert codes == [303] * 6
        assert how_many() == round_number + 1


def test_the_flood_limit_holds_for_parallel_posts(app: Flask) -> None:
    make_post("busy")
    codes = all_at_once(
        app, 8, lambda number: post_as(app, "ann@reader.example", f"Number {number}.")
    )
    assert sorted(codes) == [303] + [429] * 7
    assert how_many() == 1


def test_the_flood_limit_holds_with_a_running_clock_too(app: Flask) -> None:
    make_post("busy", published_at=START)
    app.extensions["blog_clock"] = utc_clock
    codes = all_at_once(
        app, 8, lambda number: post_as(app, "ann@reader.example", f"Number {number}.")
    )
    assert sorted(codes) == [303] + [429] * 7


def test_returning_readers_do_not_wait_for_each_other(app: Flask, clock: SettableClock) -> None:
    make_post("busy")
    for number in range(6):
        post_as(app, f"p{number}@reader.example", "The first.", f"198.51.100.{number}")
    clock.move(days=3)

    def write(number: int) -> int:
        return post_as(app, f"p{number}@reader.example", "The next.", f"198.51.100.{number}")

    assert all_at_once(app, 6, write) == [303] * 6


def test_writers_queue_up_and_none_is_lost(app: Flask) -> None:
    make_post("busy")
    set_setting("comments.hold", "none")

    def write(number: int) -> int:
        return post_as(app, f"p{number}@reader.example", f"By {number}.", f"198.51.100.{number}")

    codes = all_at_once(app, 12, write)
    assert codes == [303] * 12
    assert how_many() == 12
    begin_write()
    assert recount() == 0


def test_approve_and_spam_at_once_end_in_one_state_with_right_counts(app: Flask) -> None:
    post = make_post("busy")
    ids = [make_comment(post, status=CommentStatus.PENDING).id for _ in range(5)]

    def decide(number: int) -> int:
        to = CommentStatus.APPROVED if number % 2 else CommentStatus.SPAM
        with app.app_context():
            for comment_id in ids:
                begin_write()
                try:
                    change_status(comment_id, to, by=f"m{number}", now=START)
                    db.session.commit()
                except Conflict:
                    db.session.rollback()
            db.session.remove()
        return number

    all_at_once(app, 4, decide)
    begin_write()
    assert recount() == 0


def test_a_stolen_database_shows_no_address(app: Flask, tmp_path: Path) -> None:
    post = make_post("busy")
    addresses = [f"reader{number}.of.this@mail{number}.example" for number in range(40)]
    for number, address in enumerate(addresses):
        make_comment(post, address=address, ip=f"203.0.113.{number}")
    db.session.rollback()
    dump = everything_in_the_database()
    for path in tmp_path.glob("blog.sqlite3*"):
        dump += path.read_bytes()
    for number, address in enumerate(addresses):
        for form in (address, hashlib.md5(address.encode()).hexdigest()):
            assert form.encode() not in dump
        assert hashlib.sha256(address.encode()).digest() not in dump
        assert address.split("@", maxsplit=1)[0].encode() not in dump
        assert f"203.0.113.{number}".encode() not in dump
    person = db.session.scalars(select(Person).limit(1)).one()
    assert sealer().open(person.address_sealed, "person.address") == addresses[0]


def everything_in_the_database() -> bytes:
    parts: list[bytes] = []
    with db.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                parts.extend(
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    for value in row
                )
    return b"\n".join(parts)
