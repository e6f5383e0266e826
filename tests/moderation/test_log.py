"""The log of changes: chained, serial, and free of readers' personal data."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, update

from blog.clock import now
from blog.comments.models import CommentStatus
from blog.db import begin_write, db
from blog.moderation.log import CHECKED_AT_ONCE, Change, verify_log, write_log, write_log_entries
from blog.moderation.models import FIRST_DIGEST, LogEntry, LogHead
from blog.moderation.operations import decide
from tests.factories import make_comment, make_post, make_staff

pytestmark = pytest.mark.usefixtures("app")


def write(count: int) -> None:
    begin_write()
    changes = [Change(action="spam", subject=f"comment:{n}") for n in range(1, count + 1)]
    write_log_entries(changes, staff=None, now=now())
    db.session.commit()


def test_an_empty_log_is_whole() -> None:
    assert verify_log().is_whole
    assert verify_log().length == 0


def test_entries_are_numbered_and_each_names_the_digest_before() -> None:
    write(3)
    entries = db.session.scalars(select(LogEntry).order_by(LogEntry.id)).all()
    assert [entry.id for entry in entries] == [1, 2, 3]
    assert [entry.previous_digest for entry in entries] == [
        FIRST_DIGEST,
        entries[0].digest,
        entries[1].digest,
    ]
    assert verify_log().is_whole


def test_a_log_longer_than_one_read_is_verified_to_its_end() -> None:
    write(CHECKED_AT_ONCE + 7)
    check = verify_log()
    assert (check.is_whole, check.length) == (True, CHECKED_AT_ONCE + 7)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("who", "somebody else"),
        ("who_id", 7),
        ("action", "approve"),
        ("subject", "comment:99"),
        ("before", "approved"),
        ("after", "trash"),
        ("reason", "another reason"),
        ("digest", "f" * 64),
        ("previous_digest", "f" * 64),
    ],
)
def test_a_changed_field_is_found_at_its_entry(field: str, value: str | int) -> None:
    write(4)
    db.session.execute(update(LogEntry).where(LogEntry.id == 2).values({field: value}))
    check = verify_log()
    assert (check.is_whole, check.broken_at) == (False, 2)


def test_a_removed_entry_is_found() -> None:
    write(4)
    db.session.execute(delete(LogEntry).where(LogEntry.id == 3))
    assert verify_log().broken_at == 3


def test_a_cut_off_end_is_found() -> None:
    write(4)
    db.session.execute(delete(LogEntry).where(LogEntry.id > 2))
    assert verify_log().broken_at == 3


def test_a_cut_off_end_is_found_though_the_head_was_shortened_too() -> None:
    write(4)
    db.session.execute(delete(LogEntry).where(LogEntry.id > 2))
    db.session.execute(update(LogHead).values(length=2))
    assert not verify_log().is_whole


def test_an_entry_behind_the_end_is_found() -> None:
    write(2)
    stranger = {
        "id": 3,
        "made_at": now(),
        "who": "nobody",
        "action": "approve",
        "subject": "comment:1",
        "before": "",
        "after": "",
        "reason": "",
        "previous_digest": "0" * 64,
        "digest": "1" * 64,
    }
    db.session.execute(insert(LogEntry).values(**stranger))
    assert verify_log().broken_at == 3


def test_a_missing_head_is_told() -> None:
    db.session.execute(delete(LogHead))
    assert "head" in verify_log().sentence


def test_an_entry_that_is_rolled_back_leaves_no_gap() -> None:
    write(1)
    begin_write()
    write_log("spam", "comment:1", staff=None, now=now())
    db.session.rollback()
    write(1)
    assert db.session.scalar(select(func.max(LogEntry.id))) == 2
    assert verify_log().is_whole


def test_a_reason_is_kept_as_one_printable_line_of_bounded_length() -> None:
    begin_write()
    reason = "first\r\nsecond\x00\x1b[31m\u2028third\u202e" + "x" * 5000
    entry = write_log("spam", "comment:1", staff=None, now=now(), reason=reason)
    db.session.commit()
    assert entry.reason.startswith("first second [31m third x")
    assert len(entry.reason) == 500
    assert verify_log().is_whole


def test_parallel_writers_make_one_chain(app: Flask) -> None:
    barrier = threading.Barrier(6)

    def writer() -> None:
        with app.app_context():
            barrier.wait()
            for _ in range(5):
                write(2)

    threads = [threading.Thread(target=writer) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    check = verify_log()
    assert (check.is_whole, check.length) == (True, 60)


def test_a_decision_leaves_no_word_of_the_reader_in_the_log() -> None:
    comment = make_comment(
        make_post(),
        status=CommentStatus.PENDING,
        author="Zacharias",
        address="zach@reader.example",
        text="Quinquereme",
        url="https://zach.example/",
        ip="198.51.100.23",
    )
    number = comment.id
    staff = make_staff()
    begin_write()
    decide("approve", [number], staff=staff, now=now())
    decide("delete", [number], staff=staff, now=now())
    db.session.commit()
    everything = " ".join(
        " ".join(map(str, row)) for row in db.session.execute(select(*LogEntry.__table__.columns))
    ).casefold()
    for word in ("zach", "quinquereme", "198.51", "reader.example", "staff.example"):
        assert word not in everything
