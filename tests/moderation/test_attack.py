"""Attack mode: who is held, that it ends by the clock, what is told, and when it is offered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from blog.accounts.models import Role
from blog.comments.models import Comment, CommentStatus
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.moderation.attack import begin_attack_mode, burst_at, end_attack_mode
from blog.moderation.attack_periods import attack_report
from blog.moderation.log import verify_log
from blog.moderation.models import AttackPeriod, LogEntry
from blog.moderation.setting_operations import change_settings
from blog.posts.models import Post
from blog.settings.queries import load_settings
from blog.worker import forget_what_is_old
from tests.conftest import START, SettableClock
from tests.factories import make_comment, make_staff, set_setting
from tests.moderation.desk import ADMIN, AUTHOR, MODERATOR, UNTOUCHED, Visit, send, state

pytestmark = pytest.mark.usefixtures("content")
TOLD = "At the moment all replies are looked at before they appear."
ON_OFFER = "Attack mode for 6 hours"


def slug() -> str:
    return db.session.get_one(Post, 1).slug


def reply(client: FlaskClient, words: str, name: str = "Ann", **typed: str) -> TestResponse:
    form = {"comment": words, "author": name, "email": f"{name.lower()}@reader.example", **typed}
    return client.post(f"/posts/{slug()}/comments", data=form)


def status_of(words: str) -> CommentStatus:
    db.session.rollback()
    return db.session.scalars(select(Comment.status).where(Comment.text == words)).one()


def begin(hours: int = 6, now: datetime = START) -> None:
    begin_write()
    begin_attack_mode(hours, staff=None, now=now)
    db.session.commit()


@pytest.fixture
def open_blog(app: object) -> None:
    set_setting("comments.hold", "none")
    set_setting("comments.flood_seconds", "0")


@pytest.mark.usefixtures("open_blog")
def test_newcomers_are_held_and_those_with_an_approved_comment_are_not(
    client: FlaskClient, clock: SettableClock
) -> None:
    assert reply(client, "Before.").status_code == 303
    assert status_of("Before.") == CommentStatus.APPROVED
    begin()
    clock.move(minutes=2)
    reply(client, "By somebody known.")
    clock.move(minutes=2)
    reply(client, "By a newcomer.", "Bea")
    assert status_of("By somebody known.") == CommentStatus.APPROVED
    assert status_of("By a newcomer.") == CommentStatus.PENDING


@pytest.mark.usefixtures("open_blog")
def test_limits_are_tighter_and_never_laxer(client: FlaskClient, clock: SettableClock) -> None:
    reply(client, "Before.")
    begin()
    clock.move(minutes=2)
    reply(client, "A [link](https://a.example).")
    assert status_of("A [link](https://a.example).") == CommentStatus.PENDING
    clock.move(seconds=50)
    answer = reply(client, "Too soon.")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "10"
    set_setting("comments.flood_seconds", "600")
    clock.move(minutes=5)
    assert reply(client, "Too soon still.").status_code == 429


@pytest.mark.usefixtures("open_blog")
def test_it_ends_by_the_clock_in_every_page_and_for_every_reply(
    client: FlaskClient, clock: SettableClock
) -> None:
    path = f"/posts/{slug()}"
    assert TOLD not in client.get(path).text
    begin(1)
    assert TOLD in client.get(path).text
    assert TOLD in client.get(path).text
    clock.move(minutes=59)
    assert TOLD in client.get(path).text
    clock.move(minutes=1)
    # Nobody wrote anything: the kept page knows that its time is over.
    assert TOLD not in client.get(path).text
    reply(client, "By a newcomer.", "Bea")
    assert status_of("By a newcomer.") == CommentStatus.APPROVED


def test_the_author_is_told_on_the_receipt(visit: Visit, client: FlaskClient) -> None:
    set_setting("comments.hold", "none")
    begin()
    page = client.get(reply(client, "By a newcomer.").headers["Location"]).text
    assert "Your comment is awaiting moderation" in page
    made = db.session.scalars(select(Comment.id).where(Comment.author == "Ann")).one()
    trace = visit(ADMIN).get(f"/admin/comments/{made}").text
    assert "Attack mode is on, in which comments of newcomers wait" in trace
    assert "would have been published without attack mode" in trace


def test_the_switch_is_logged_told_and_taken_back(visit: Visit, clock: SettableClock) -> None:
    browser = visit(MODERATOR)
    assert "Switch attack mode on" in browser.get("/admin/").text
    answer = send(browser, "/admin/attack", {"do": "begin", "hours": "3"})
    assert answer.headers["Location"] == "/admin/"
    page = browser.get("/admin/").text
    assert "Attack mode is on for 3 hours; it ends by itself." in page
    assert "Attack mode is on until" in page
    assert "begun by <bdi>Mo Staff</bdi>" in page
    assert "Attack mode is on until" in browser.get("/admin/comments").text
    clock.move(hours=1)
    send(browser, "/admin/attack", {"do": "end", "next": "/admin/comments"})
    page = browser.get("/admin/").text
    assert "The last one lasted from" in page
    assert "ended by <bdi>Mo Staff</bdi>" in page
    assert "Switch attack mode on" in page
    assert [(entry.action, entry.subject) for entry in entries()] == [
        ("change_setting", "setting:comments.attack_until"),
        ("begin_attack_mode", "attack:1"),
        ("change_setting", "setting:comments.attack_until"),
        ("end_attack_mode", "attack:1"),
    ]
    assert entries()[1].after == "until 2026-11-22 15:00 UTC"
    assert entries()[3].reason == "ended by hand"
    assert verify_log().is_whole


def entries() -> list[LogEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(LogEntry).order_by(LogEntry.id)))


def test_an_admin_undoes_it_like_any_setting(visit: Visit) -> None:
    begin()
    browser = visit(ADMIN)
    send(browser, "/admin/settings/undo", {"ids": "1"})
    db.session.rollback()
    assert load_settings().comments.attack_until is None
    assert [entry.action for entry in entries()][-1] == "end_attack_mode"


@pytest.mark.usefixtures("open_blog")
def test_the_report_counts_what_came_and_the_log_tells_the_end(
    client: FlaskClient, clock: SettableClock, visit: Visit
) -> None:
    reply(client, "Before.")
    clock.move(minutes=1)
    begin(1, clock())
    clock.move(minutes=5)
    reply(client, "Known.")
    clock.move(minutes=5)
    reply(client, "New.", "Bea")
    clock.move(minutes=5)
    reply(client, "A program.", "Bot", subject="x")
    clock.move(minutes=5)
    make_comment(db.session.get_one(Post, 1), status=CommentStatus.APPROVED)
    said = "4 comments came: 1 published, 2 held, 1 to spam."
    assert said in visit(ADMIN).get("/admin/").text
    clock.move(hours=1)
    reply(client, "After.", "Cleo")
    page = visit(ADMIN).get("/admin/").text
    assert said in page
    assert "ended by itself" in page
    assert [entry.action for entry in entries()][-1] == "begin_attack_mode"
    forget_what_is_old()
    forget_what_is_old()
    told = [entry for entry in entries() if entry.action == "end_attack_mode"]
    assert [(entry.after, entry.reason, entry.who) for entry in told] == [
        (said, "its time was over", "system")
    ]
    clock.move(days=8)
    assert attack_report(clock()) is None


def test_a_second_attack_tells_the_end_of_the_first(clock: SettableClock) -> None:
    admin = make_staff(Role.ADMIN)
    begin(1)
    clock.move(hours=2)
    begin_write()
    begin_attack_mode(1, staff=admin, now=clock())
    db.session.commit()
    assert [entry.subject for entry in entries() if entry.action == "end_attack_mode"] == [
        "attack:1"
    ]
    assert len(db.session.scalars(select(AttackPeriod)).all()) == 2


def test_more_hours_are_the_same_attack(clock: SettableClock) -> None:
    begin(1)
    begin(6)
    period = db.session.scalars(select(AttackPeriod)).one()
    assert period.ends_at == START + timedelta(hours=6)
    begin_write()
    change_settings({"comments.attack_until": "2020-01-01"}, staff=None, now=clock())
    db.session.commit()
    assert (period.ends_at, period.ended_by) == (START, "system")
    begin_write()
    assert len(end_attack_mode(staff=None, now=clock())) == 1  # the old time goes
    assert end_attack_mode(staff=None, now=clock()) == []
    db.session.rollback()


@pytest.mark.parametrize("data", [{}, {"do": "explode"}, {"do": "begin", "hours": "x"}])
def test_a_switch_that_makes_no_sense_changes_nothing(visit: Visit, data: dict[str, str]) -> None:
    answer = send(visit(MODERATOR), "/admin/attack", data)
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text
    assert state() == UNTOUCHED


@pytest.mark.parametrize("hours", [0, -1, 169])
def test_it_lasts_from_an_hour_to_a_week(hours: int) -> None:
    with pytest.raises(Refusal, match="from 1 to 168 hours"):
        begin_attack_mode(hours, staff=None, now=START)


# Held at different times by different people, in words that have nothing in common.
def flood(count: int, clock: SettableClock, **given: Any) -> None:
    post = db.session.get_one(Post, 1)
    for number in range(count):
        given_text = given.get("text")
        make_comment(
            post,
            status=CommentStatus.PENDING,
            address=f"flood{number}@reader.example",
            text=given_text or f"{number}",
            at=clock() - given.get("ago", timedelta(minutes=1)),
        )


def test_a_burst_is_offered_attack_mode_with_one_button(visit: Visit, clock: SettableClock) -> None:
    clock.move(hours=1)
    assert burst_at(clock()) == ""
    flood(9, clock)
    assert burst_at(clock()) == ""
    flood(1, clock, text="One more.")
    said = "In the last ten minutes 10 comments were held or taken for spam; usually it is none"
    browser = visit(MODERATOR)
    for path in ("/admin/", "/admin/comments"):
        page = browser.get(path).text
        assert said in page
        assert page.count(ON_OFFER) == 1
    assert ON_OFFER not in visit(AUTHOR).get("/admin/").text
    send(browser, "/admin/attack", {"do": "begin", "hours": "6"})
    page = browser.get("/admin/comments").text
    assert said not in page
    assert "Attack mode is on until" in page
    clock.move(minutes=11)
    send(browser, "/admin/attack", {"do": "end"})
    assert ON_OFFER not in browser.get("/admin/").text


def test_what_is_usual_here_is_no_burst(clock: SettableClock) -> None:
    clock.move(days=1)
    flood(10, clock)
    post = db.session.get_one(Post, 1)
    # 10 in a window are five times the usual with 288 the day before.
    db.session.execute(
        Comment.__table__.insert(),  # type: ignore[attr-defined]  # it is a table
        [
            {
                "post_id": post.id, "status": CommentStatus.SPAM, "status_by": "test",
                "status_at": clock(), "author": "Bot", "text": "x", "html": "x", "depth": 1,
                "thread_public": 0, "type": "comment", "version": 1, "url": "", "agent": "",
                "text_format": "markdown", "policy_version": 1, "edited_by": "",
                "is_staff": False, "risk": 0, "created_at": clock() - timedelta(hours=3),
            }
            for _ in range(287)  # and the one there is
        ],
    )  # fmt: skip
    db.session.commit()
    assert "10 comments" in burst_at(clock())
    flood(1, clock, ago=timedelta(hours=3), text="That one too much.")
    assert burst_at(clock()) == ""


def test_the_same_text_by_many_is_a_burst(clock: SettableClock) -> None:
    clock.move(hours=1)
    words = "Make money fast from your own home, ask me how it is done in only three days."
    flood(4, clock, text=words)
    assert burst_at(clock()) == ""
    flood(5, clock, text=words + " Really.")
    assert burst_at(clock()) == "In the last ten minutes 5 people sent nearly the same text."


def test_a_quiet_queue_pays_one_question_for_it(clock: SettableClock) -> None:
    clock.move(hours=1)
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    assert burst_at(clock()) == ""
    assert sum(statement.startswith("SELECT") for statement in asked) == 1
