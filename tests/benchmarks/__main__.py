"""`make bench`: measure, print ratios, write bench.json.

Each figure is the processor time (for writes the time that passed) of ours divided by that of a
reference in the same process, taken in turns, so that a busy machine slows both. The median of
the pairs counts.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import insert, text

from blog import create_app
from blog.clock import utc_clock
from blog.comments.counting import recount
from blog.comments.models import Comment
from blog.config import Config
from blog.db import begin_write, db
from blog.markup import POLICY_VERSION, render_comment
from blog.schema import prepare
from tests.factories import make_post, set_setting

PAIRS = 15
SENTENCE = "A remark of ordinary length, with a *stressed* word and `some code` in it. " * 4
BARE_PAGE = "<!doctype html><title>{{ n }}</title><p>{{ n }} comments</p>"


def main() -> None:
    """Build a blog in a scratch folder, measure, print and write the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        app = _blog(Path(folder))
        client = app.test_client()
        results = {
            "page with 100 comments / bare view with one query and one template": _ratio(
                lambda: client.get("/posts/small"), lambda: client.get("/bare")
            ),
            "page of a post with 10,000 comments / with 100": _ratio(
                lambda: client.get("/posts/large"), lambda: client.get("/posts/small")
            ),
            "304 answer / whole page": _ratio(
                _conditional(client), lambda: client.get("/posts/small")
            ),
            "leaving a reply / bare durable insert": _ratio(
                _reply(client), _bare_insert(Path(folder)), clock=time.perf_counter
            ),
        }
        with app.app_context():
            db.engine.dispose()
    for name, ratio in results.items():
        print(f"{ratio:8.2f}  {name}")  # noqa: T201 - this is a command
    Path("bench.json").write_text(json.dumps(results, indent=2) + "\n")


def _blog(folder: Path) -> Flask:
    """A blog with a small and a large post, and a bare view beside it for comparison."""
    app = create_app(Config.from_env({"BLOG_INSTANCE_DIR": str(folder / "instance")}))

    @app.get("/bare")
    def bare() -> str:
        count = db.session.scalar(text("SELECT count(*) FROM post"))
        return render_template_string(BARE_PAGE, n=count)

    with app.app_context():
        prepare()
        set_setting("comments.flood_seconds", "0")
        set_setting("comments.threads_per_page", "100")
        for slug, count in (("small", 100), ("large", 10_000)):
            _fill(make_post(slug).id, count)
    return app


def _fill(post_id: int, count: int) -> None:
    """Put approved first comments under a post, past the form."""
    safe_html, now = render_comment(SENTENCE), utc_clock()
    rows: list[dict[str, Any]] = [
        {
            "post_id": post_id,
            "status": "approved",
            "status_by": "benchmark",
            "status_at": now,
            "author": f"Reader {number}",
            "text": SENTENCE,
            "html": safe_html,
            "policy_version": POLICY_VERSION,
            "created_at": now - timedelta(seconds=count - number),
        }
        for number in range(count)
    ]
    begin_write()
    db.session.execute(insert(Comment), rows)
    recount()
    db.session.commit()


def _ratio(
    ours: Callable[[], object],
    reference: Callable[[], object],
    *,
    clock: Callable[[], float] = time.process_time,
) -> float:
    def cost(act: Callable[[], object]) -> float:
        start = clock()
        for _ in range(10):
            act()
        return clock() - start

    cost(ours), cost(reference)  # caches and compiled templates are warm in both
    return statistics.median(cost(ours) / cost(reference) for _ in range(PAIRS))


def _conditional(client: FlaskClient) -> Callable[[], object]:
    etag = client.get("/posts/small").headers["ETag"]
    return lambda: client.get("/posts/small", headers={"If-None-Match": etag})


def _reply(client: FlaskClient) -> Callable[[], object]:
    sent = iter(range(10**9))

    def leave() -> None:
        number = next(sent)
        typed = {
            "comment": f"{SENTENCE} {number}",
            "author": "Ann",
            "email": f"ann{number}@reader.example",
        }
        answer = client.post("/posts/small/comments", data=typed)
        if answer.status_code != 303:
            raise RuntimeError(f"a reply was answered {answer.status_code}")

    return leave


def _bare_insert(folder: Path) -> Callable[[], object]:
    """One row per transaction into a file of the same durability: WAL, synchronous=FULL."""
    connection = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE remark (id integer PRIMARY KEY, words text)")

    def insert_one() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO remark (words) VALUES (?)", (SENTENCE,))
        connection.execute("COMMIT")

    return insert_one


if __name__ == "__main__":
    main()
