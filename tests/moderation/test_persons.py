"""Standings, verified names, notes, taking comments back, and impostors."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from blog.clock import now
from blog.comments.models import Comment, CommentStatus, Person, Verdict
from blog.db import db
from blog.moderation.models import FormerName, LogEntry, PersonNote
from blog.worker import forget_what_is_old
from tests.conftest import SettableClock
from tests.factories import make_comment, make_post, set_setting
from tests.moderation.desk import MODERATOR, P, Visit, send

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def moderator(visit: Visit) -> FlaskClient:
    """A moderator; a post "one" with an approved comment by Ada, person 1; nobody else is held."""
    browser = visit(MODERATOR)
    post = make_post("one", published_at=now() - timedelta(days=20))
    make_comment(post, at=now() - timedelta(days=10))
    set_setting("comments.hold", "none")
    set_setting("comments.flood_seconds", "0")
    return browser


def left(browser: FlaskClient, text: str, *, author: str = "Ada Reader", email: str) -> Comment:
    """A comment as it stands after a reader has sent it."""
    data = {"comment": text, "author": author, "email": email}
    assert browser.post("/posts/one/comments", data=data).status_code == 303
    return db.session.scalars(select(Comment).where(Comment.text == text)).one()


def reasons(comment: Comment) -> list[str]:
    verdict = db.session.scalars(select(Verdict).where(Verdict.comment_id == comment.id)).one()
    return [finding["check"] for finding in verdict.findings]


def standing(browser: FlaskClient, wanted: str, **more: str) -> int:
    data = {"standing": wanted, "reason": "as agreed", **more}
    return send(browser, "/admin/people/1/standing", data).status_code


def undo_last(browser: FlaskClient) -> None:
    last = str(db.session.scalars(select(LogEntry.id).order_by(LogEntry.id.desc())).first())
    assert send(browser, "/admin/undo", {"first": last, "last": last}).status_code == 303


ADA = "ada@reader.example"


def test_a_block_ends_by_itself(moderator: FlaskClient, clock: SettableClock) -> None:
    day = (now() + timedelta(days=2)).date().isoformat()
    assert standing(moderator, "blocked", until=day) == 303
    blocked = left(moderator, "Buy shoes.", email=ADA)
    assert (blocked.status, reasons(blocked)) == (CommentStatus.SPAM, ["blocked_person"])
    assert "blocked until" in moderator.get("/admin/people/1").text
    clock.move(days=3)
    assert left(moderator, "Back again.", email=ADA).status == CommentStatus.APPROVED


def test_who_is_held_waits_and_undo_ends_it(moderator: FlaskClient) -> None:
    assert standing(moderator, "held") == 303
    held = left(moderator, "Me again.", email=ADA)
    assert (held.status, reasons(held)) == (P, ["held_person"])
    undo_last(moderator)
    assert left(moderator, "And again.", email=ADA).status == CommentStatus.APPROVED
    undo_last(moderator)
    assert left(moderator, "Once more.", email=ADA).status == P


def test_who_is_trusted_need_not_wait_under_another_name(moderator: FlaskClient) -> None:
    set_setting("comments.hold", "first")
    assert left(moderator, "By Addie.", author="Addie", email=ADA).status == P
    assert standing(moderator, "trusted") == 303
    assert left(moderator, "Addie again.", author="Addie", email=ADA).status == "approved"


@pytest.mark.parametrize(
    "data",
    [
        {"standing": "king"},
        {"standing": "blocked", "reason": " "},
        {"standing": "held", "until": "2020-01-01"},
        {"standing": "held", "until": "tomorrow"},
        {"standing": "held", "until": "9999-12-31"},
    ],
)
def test_a_standing_that_makes_no_sense_is_refused(
    moderator: FlaskClient, data: dict[str, str]
) -> None:
    answer = send(moderator, "/admin/people/1/standing", {"reason": "why", **data})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert db.session.get_one(Person, 1).standing == "normal"


@pytest.mark.parametrize("name", ["Mo Staff", "MO  STAFF", "Мо Stаff", "M0 Staff", "Mo.Staff"])
def test_who_uses_a_name_of_the_staff_waits_and_is_marked(
    moderator: FlaskClient, name: str
) -> None:
    comment = left(moderator, "I work here.", author=name, email="eve@reader.example")
    assert (comment.status, reasons(comment)[0]) == (P, "impostor")
    page = moderator.get("/admin/comments").text
    assert "The name looks like “Mo Staff”, which belongs to somebody else." in page


def test_a_verified_name_is_its_persons_alone(moderator: FlaskClient) -> None:
    answer = send(moderator, "/admin/people/1/name", {"name": "Somebody"})
    assert answer.status_code == 422
    assert send(moderator, "/admin/people/1/name", {"name": "Ada Reader"}).status_code == 303
    assert left(moderator, "It is I.", email=ADA).status == CommentStatus.APPROVED
    other = left(moderator, "No, I.", author="Аda Rеader", email="eve@reader.example")
    assert (other.status, reasons(other)) == (P, ["impostor", "mixed_scripts"])
    third = left(moderator, "Hello.", author="Ida Writer", email="ida@reader.example")
    assert third.status == CommentStatus.APPROVED
    log = moderator.get("/admin/log").text
    assert "Ada" not in log.partition("<tbody>")[2]


def test_a_verified_name_that_was_taken_back_can_be_verified_again_by_an_undo(
    moderator: FlaskClient, clock: SettableClock
) -> None:
    def name(number: int = 1) -> str:
        db.session.rollback()
        return db.session.get_one(Person, number).verified_name

    def newest() -> int:
        return db.session.scalar(select(func.max(LogEntry.id))) or 0

    def undo(entry: int) -> str:
        data = {"first": str(entry), "last": str(entry), "next": "/admin/log"}
        send(moderator, "/admin/undo", data)
        return moderator.get("/admin/log").text

    path = "/admin/people/1/name"
    send(moderator, path, {"name": "Ada Reader"})
    verified = newest()
    send(moderator, path, {"name": ""})
    taken_back = newest()
    assert name() == ""
    assert f'aria-label="Undo entry {taken_back}"' in moderator.get("/admin/log").text
    assert "was changed again since" in undo(verified)
    undo(taken_back)
    assert name() == "Ada Reader"
    other = left(moderator, "No, I.", author="Ada Reader", email="eve@reader.example")
    assert reasons(other) == ["impostor"]
    undo(newest())
    assert name() == ""
    undo(newest())
    assert name() == "Ada Reader"
    log = moderator.get("/admin/log").text
    assert "Ada" not in log.partition("<tbody>")[2]
    send(moderator, path, {"name": ""})
    clock.move(days=91)
    forget_what_is_old()
    assert db.session.scalars(select(FormerName)).all() == []


def test_an_approval_of_the_same_name_with_another_address_gives_no_trust(
    moderator: FlaskClient,
) -> None:
    set_setting("comments.hold", "first")
    assert left(moderator, "As before.", email=ADA).status == CommentStatus.APPROVED
    assert left(moderator, "Not me.", email="eve@reader.example").status == P


def test_the_comments_of_the_last_days_are_taken_back_with_one_undo(
    moderator: FlaskClient,
) -> None:
    recent = [left(moderator, f"Number {n}.", email=ADA).id for n in range(4)]
    other = left(moderator, "Not hers.", email="ida@reader.example", author="Ida").id
    answer = send(moderator, "/admin/people/1/take-back", {"days": "7"})
    assert answer.status_code == 303
    states = {c.id: c.status.value for c in db.session.scalars(select(Comment))}
    assert {states[n] for n in recent} == {"trash"}
    assert states[1] == states[other] == "approved"
    page = moderator.get("/admin/people/1").text
    assert "4 comments moved to the trash." in page
    assert page.count('class="desk-undo"') == 1
    run = dict(
        re.findall(r'name="(first|last)" value="(\d+)"', page.partition("desk-undo")[2][:600])
    )
    send(moderator, "/admin/undo", run)
    assert {c.status for c in db.session.scalars(select(Comment))} == {CommentStatus.APPROVED}
    assert send(moderator, "/admin/people/1/take-back", {"days": "x"}).status_code == 422


def test_a_note_is_kept_shown_to_staff_alone_and_taken_back(
    app: Flask, moderator: FlaskClient
) -> None:
    send(moderator, "/admin/people/1/notes", {"note": "Polite <b>so far</b>."})
    assert "Polite &lt;b&gt;so far" in moderator.get("/admin/people/1").text
    assert "Polite" not in moderator.get("/posts/one").text
    assert "Polite" not in moderator.get("/admin/log").text
    undo_last(moderator)
    assert db.session.scalars(select(PersonNote)).all() == []
    answer = send(moderator, "/admin/people/1/notes", {"note": "x" * 2_001})
    assert answer.status_code == 422
    assert "x" * 2_001 in answer.text
