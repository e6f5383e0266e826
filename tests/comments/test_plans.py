"""Every read for a page goes by an index that fits it: no table is walked, nothing is sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, text

from blog.comments.counting import recount
from blog.comments.models import Comment
from blog.comments.queries import (
    newest_public,
    page_in_thread,
    page_of,
    public_comment,
    thread_page,
    threads_page,
)
from blog.db import begin_write, db, is_sqlite
from blog.markup import POLICY_VERSION
from blog.posts.models import Post
from blog.posts.queries import live_post
from tests.conftest import START
from tests.factories import make_post

COUNT = 3_000
Asked = tuple[str, Any]


@pytest.fixture
def post(app: Flask) -> Post:
    """A post with many threads, one of them long, beside another with as many."""
    posts = [make_post("talk"), make_post("other")]
    rows: list[dict[str, Any]] = []
    for number in range(1, COUNT + 1):
        in_long_thread = 10 < number <= 1_000
        rows.append(
            {
                "id": number,
                "post_id": posts[number % 2 if not in_long_thread else 0].id,
                "parent_id": 10 if in_long_thread else None,
                "root_id": 10 if in_long_thread else None,
                "depth": 2 if in_long_thread else 1,
                "status": "pending" if number % 7 == 0 else "approved",
                "status_by": "test",
                "status_at": START,
                "author": f"Reader {number}",
                "text": "Words",
                "html": "<p>Words</p>",
                "policy_version": POLICY_VERSION,
                "created_at": START - timedelta(minutes=COUNT - number),
            }
        )
    begin_write()
    db.session.execute(insert(Comment), rows)
    recount()
    db.session.commit()
    # Also on SQLite, where an operator may do it: the plans must hold with and without.
    db.session.execute(text("ANALYZE comment"))
    db.session.commit()
    return posts[0]


@contextmanager
def listening() -> Iterator[list[Asked]]:
    """The questions asked meanwhile, with their values."""
    seen: list[Asked] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def plan_of(asked: Asked) -> str:
    """How the database goes about a question, as text."""
    statement, values = asked
    raw = db.session.connection().connection.dbapi_connection
    assert raw is not None
    cursor = raw.cursor()
    if is_sqlite():
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        lines = [row[3] for row in cursor.fetchall()]
    else:
        # A table of this size is quickly read as a whole; asked not to, the database shows
        # whether there is an index to go by.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {statement}", values)
        lines = [row[0] for row in cursor.fetchall()]
    return "\n".join(lines)


def walks_a_table(plan: str) -> bool:
    """Whether a row is looked at that is not asked for, or rows are put in order by sorting."""
    if is_sqlite():
        # A scan of an index from its end, with a limit, is a walk of so many rows only.
        scans = [line for line in plan.splitlines() if line.strip().startswith("SCAN comment")]
        by_index = all("USING" in line and "INDEX" in line for line in scans)
        return not by_index or "USE TEMP B-TREE FOR ORDER BY" in plan
    return "Seq Scan on comment" in plan or "Sort Key" in plan


def reply_far_back() -> Comment:
    found = public_comment(996)
    assert found is not None
    return found


READS: dict[str, Callable[[Post], object]] = {
    "the post": lambda post: live_post("talk", START),
    "first page": lambda post: threads_page(
        post.id, page=1, per_page=50, newest_first=False, replies_per_thread=50
    ),
    "first page, newest first": lambda post: threads_page(
        post.id, page=1, per_page=50, newest_first=True, replies_per_thread=50
    ),
    "a later page": lambda post: threads_page(
        post.id, page=9, per_page=50, newest_first=False, replies_per_thread=50
    ),
    "a page of a long thread": lambda post: thread_page(10, post.id, page=9, per_page=50),
    "where a comment stands": lambda post: page_of(
        reply_far_back(), per_page=50, newest_first=False
    ),
    "where a reply stands": lambda post: page_in_thread(reply_far_back(), per_page=50),
    "the feed of a post": lambda post: newest_public(START, limit=10, post_id=post.id),
    "the feed of all": lambda post: newest_public(START, limit=10),
}


@pytest.mark.parametrize("name", READS)
def test_no_read_walks_the_comments(post: Post, name: str) -> None:
    db.session.expire_all()
    with listening() as asked:
        READS[name](post)
    assert asked
    for question in asked:
        plan = plan_of(question)
        assert not walks_a_table(plan), f"{question[0]}\n{plan}"


def test_a_walk_would_be_noticed(post: Post) -> None:
    with listening() as asked:
        db.session.execute(text("SELECT count(*) FROM comment WHERE agent = 'x'"))
        db.session.execute(text("SELECT id FROM comment WHERE id < 900 ORDER BY author"))
    assert all(walks_a_table(plan_of(question)) for question in asked)
