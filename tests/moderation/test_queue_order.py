"""The queue's filters by series and day, its orders, its rows, and how the databases read it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from flask import Flask
from sqlalchemy import insert, text, update

from blog.clock import now
from blog.comments.models import Comment, CommentStatus
from blog.db import begin_write, db, is_sqlite
from blog.moderation.filters import QueueFilter, Sort, read_filter
from blog.moderation.queue import ROWS_PER_PAGE, count_matching, places_statement, queue
from blog.moderation.rows import MOST_COUNTED
from tests.factories import make_comment, make_post
from tests.moderation.desk import P

pytestmark = pytest.mark.usefixtures("app")


def found(**asked: str) -> list[int]:
    return [row.comment.id for row in queue(read_filter(asked), reveal=True).rows]


def test_a_series_and_days_narrow_the_queue() -> None:
    part, other = make_post(series="Owls"), make_post()
    inside = make_comment(part, status=P, at=now() - timedelta(days=3)).id
    late = make_comment(part, status=P, at=now() - timedelta(days=1)).id
    make_comment(other, status=P)
    assert found(series="owls") == [late, inside]
    day = (now() - timedelta(days=3)).date().isoformat()
    assert found(since=day, until=day) == [inside]
    assert found(series="owls", since="2026-02-31", until="9999-12-31") == [late, inside]
    assert found(series="none-like-it") == []


@pytest.mark.parametrize("sort", list(Sort))
def test_every_order_goes_over_its_pages_without_gap_or_repeat(sort: Sort) -> None:
    post = make_post()
    made = [
        make_comment(post, status=P, at=now() + timedelta(seconds=n // 2))
        for n in range(ROWS_PER_PAGE + 4)
    ]
    places = []
    for number, comment in enumerate(made):
        begin_write()
        risk = number % 3 * 10
        db.session.execute(update(Comment).where(Comment.id == comment.id).values(risk=risk))
        db.session.commit()
        places.append((risk if sort is Sort.RISK else 0, comment.created_at, comment.id))
    wanted, seen = QueueFilter(sort=sort), []
    while True:
        page = queue(wanted, reveal=False)
        seen += [row.comment.id for row in page.rows]
        if page.next_before is None:
            break
        address = wanted.address(before=page.next_before)
        wanted = read_filter(dict(parse_qsl(address.partition("?")[2])))
    expected = sorted(places, reverse=sort is not Sort.OLDEST)
    assert seen == [place[-1] for place in expected]


def test_what_the_checks_have_against_a_comment_makes_its_risk() -> None:
    post = make_post()
    plain = make_comment(post, status=P).id
    trapped = make_comment(post, status=P, trap_was_filled=True).id
    linked = make_comment(post, status=P, text="https://a.example https://b.example").id
    assert found(sort="risk") == [trapped, linked, plain]


def test_a_row_unfolds_the_conversation_above_and_the_persons_record() -> None:
    post = make_post()
    above = [make_comment(post, author="Reader 0", text="Start.")]
    for level in range(1, 8):
        above.append(make_comment(post, parent=above[-1], author=f"Reader {level}"))
    waits = make_comment(post, parent=above[-1], status=P)
    make_comment(post, status=CommentStatus.SPAM)
    (row,) = queue(QueueFilter(), reveal=True).rows
    assert [one.author for one in row.above] == [f"Reader {n}" for n in range(3, 8)]
    assert row.answered_name == "Reader 7"
    assert row.person is not None
    assert (row.person.approved, row.person.rejected, row.person.pending) == (8, 1, 1)
    assert row.comment.id == waits.id


def test_a_persons_record_is_counted_no_further_than_need_be() -> None:
    first = make_comment(make_post(), status=P)
    copies = {c.name: getattr(first, c.name) for c in Comment.__table__.columns}
    rows = [{**copies, "id": 1000 + n, "fingerprint": None} for n in range(MOST_COUNTED + 5)]
    begin_write()
    db.session.execute(insert(Comment), rows)
    db.session.commit()
    row = queue(QueueFilter(), reveal=True).rows[0]
    assert row.person is not None
    assert row.person.pending == MOST_COUNTED
    assert count_matching(QueueFilter(), 50) == 50
    assert count_matching(QueueFilter(), 1_000) == MOST_COUNTED + 6


@pytest.mark.parametrize("status", ["pending", "all"])
@pytest.mark.parametrize("sort", list(Sort))
def test_a_page_is_read_from_an_index_without_sorting_what_waits(
    app: Flask, sort: Sort, status: str
) -> None:
    first = make_comment(make_post(), status=P)
    copies = {c.name: getattr(first, c.name) for c in Comment.__table__.columns}
    rows = [
        {
            **copies,
            "id": 1000 + n,
            "fingerprint": None,
            "created_at": first.created_at + timedelta(seconds=n),
            "risk": n % 7,
        }
        for n in range(3_000)
    ]
    begin_write()
    db.session.execute(insert(Comment), rows)
    db.session.commit()
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    wanted = QueueFilter(sort=sort, status=status)
    middle = queue(wanted, reveal=False).next_before
    statement = places_statement(QueueFilter(sort=sort, status=status, before=middle), 21)
    plan = _plan(str(statement.compile(db.engine, compile_kwargs={"literal_binds": True})))
    index = "ix_comment_risk" if sort is Sort.RISK else "ix_comment_queue"
    assert index in plan
    if is_sqlite():
        # Only the few rows that were found are put in order.
        inner = [line for line in plan.splitlines() if "comment" in line]
        assert all("SEARCH comment USING" in line for line in inner), plan
    else:
        assert "Seq Scan" not in plan


def _plan(statement: str) -> str:
    explain = "EXPLAIN QUERY PLAN" if is_sqlite() else "EXPLAIN"
    rows = db.session.execute(text(f"{explain} {statement.replace(':', chr(92) + ':')}"))
    return "\n".join(str(row[-1]) for row in rows)


def test_a_place_before_all_time_is_as_if_not_asked() -> None:
    number = make_comment(make_post(), status=P).id
    for sort in Sort:
        assert found(before=f"-{'9' * 17}-1", sort=sort, status="pending") == [number]
