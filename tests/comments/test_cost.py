"""What a reply costs the database: so many questions, and one commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from blog.db import db
from tests.factories import make_post, make_staff, set_setting


@contextmanager
def counted(app: Flask) -> Iterator[dict[str, int]]:
    """How often the database was asked, and how often a write was committed."""
    counts = {"statements": 0, "commits": 0}

    def asked(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        # A server besides marks a place to go back to, should what screening asks fail.
        counts["statements"] += not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))

    def committed(_connection: object) -> None:
        counts["commits"] += 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", asked)
    event.listen(engine, "commit", committed)
    try:
        yield counts
    finally:
        event.remove(engine, "before_cursor_execute", asked)
        event.remove(engine, "commit", committed)


def test_a_held_reply_costs_sixteen_statements_and_one_commit(
    app: Flask, client: FlaskClient
) -> None:
    make_post("costs")
    make_staff()

    def reply(number: int) -> None:
        text = " ".join(f"word{number * 100 + n}" for n in range(30))
        who = {"author": f"Reader {number}", "email": f"reader{number}@reader.example"}
        answer = client.post("/posts/costs/comments", data={"comment": text, **who})
        assert answer.status_code == 303

    set_setting("comments.flood_seconds", "0")
    reply(1)  # what the process reads once
    with counted(app) as costs:
        reply(2)
    assert costs == {"statements": 14, "commits": 1}
    set_setting("comments.flood_seconds", "15")
    client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    reply(3)
    client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    with counted(app) as costs:
        reply(4)
    # One more says when they posted last, and one forgets who did not for a day.
    assert costs == {"statements": 16, "commits": 1}
