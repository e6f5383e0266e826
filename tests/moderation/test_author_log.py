"""What authors do by their receipts, and erasure, stand in the log that proves itself."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.comments.models import Comment, CommentStatus, Person
from blog.comments.receipts import appeal, edit_own, withdraw
from blog.comments.rendering import html_of
from blog.comments.states import change_status
from blog.db import begin_write, db
from blog.moderation.figures import decisions
from blog.moderation.log import verify_log
from blog.moderation.models import LogEntry
from blog.posts.models import Post
from blog.privacy.operations import erase
from blog.settings.catalogue import CommentSettings
from tests.conftest import START, SettableClock
from tests.factories import make_comment, make_post, set_setting
from tests.moderation.desk import MODERATOR, Visit, send

RULES = CommentSettings(hold="none", flood_seconds=0)
Entry = tuple[str, str, str, str, str, str]


@pytest.fixture
def post(app: Flask) -> Post:
    return make_post("news")


def entries() -> list[Entry]:
    """Who, what, about, from, to and why of each entry, in order; the log is whole."""
    db.session.rollback()
    assert verify_log().is_whole
    columns = (
        LogEntry.who, LogEntry.action, LogEntry.subject,
        LogEntry.before, LogEntry.after, LogEntry.reason,
    )  # fmt: skip
    assert not db.session.scalars(select(LogEntry.who_id).where(LogEntry.who_id.is_not(None))).all()
    rows = db.session.execute(select(*columns).order_by(LogEntry.id))
    return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows]


def act(work: object, *given: object, **named: object) -> None:
    assert callable(work)
    begin_write()
    work(*given, settings=RULES, now=START, **named)
    db.session.commit()


def change(number: int, text: str) -> None:
    act(edit_own, number, text, html_of(text, db.session.get_one(Comment, number).text_format))


def test_an_edit_a_withdrawal_and_an_appeal_are_logged_without_a_name(post: Post) -> None:
    one = make_comment(post, text="My own words.").id
    other = make_comment(post, status=CommentStatus.PENDING).id
    change(one, "Other words.")
    change(one, "Other words.")
    act(withdraw, one)
    begin_write()
    change_status(other, CommentStatus.TRASH, by="staff:1", now=START)
    db.session.commit()
    act(appeal, other, "I meant well.")
    found = entries()
    assert found == [
        ("the author", "edit", f"comment:{one}", "revision 1", "edited", ""),
        ("the author", "withdraw", f"comment:{one}", "approved", "trash", ""),
        ("the author", "appeal", f"comment:{other}", "trash", "asked again", ""),
    ]
    kept = str(found)
    assert not any(word in kept for word in ("Ada", "reader.example", "words", "meant"))


def test_what_screening_says_to_an_edit_is_an_entry_of_its_own(post: Post) -> None:
    comment = make_comment(post).id
    change(comment, "See https://a.example https://b.example https://c.example")
    number = f"comment:{comment}"
    assert entries() == [
        ("the author", "edit", number, "revision 1", "edited", ""),
        ("screening", "hold", number, "approved", "pending", "the edited text"),
    ]
    assert decisions(START) == []


def test_what_is_refused_leaves_no_entry(post: Post) -> None:
    comment = make_comment(post, status=CommentStatus.TRASH)
    for work, given in ((withdraw, ()), (edit_own, ("New.", "<p>New.</p>"))):
        begin_write()
        with pytest.raises(Exception, match=r"not shown|cannot be changed"):
            work(comment.id, *given, settings=RULES, now=START)
        db.session.rollback()
    assert entries() == []


@pytest.mark.parametrize(("keeps_texts", "told"), [(True, "texts kept"), (False, "texts deleted")])
def test_erasure_is_one_entry_that_does_not_tell_which_comments(
    post: Post, keeps_texts: bool, told: str
) -> None:
    first, _ = make_comment(post), make_comment(post)
    person = db.session.get_one(Person, first.person_id)
    number = person.id
    begin_write()
    erase(person, keeps_texts=keeps_texts, now=START)
    db.session.commit()
    assert entries() == [("the author", "erase", f"person:{number}", "2 comments", told, "")]


@pytest.mark.usefixtures("content")
def test_the_log_shows_them_and_offers_no_way_to_take_them_back(
    visit: Visit, clock: SettableClock
) -> None:
    set_setting("comments.hold", "none")
    browser = visit(MODERATOR)
    comment = db.session.get_one(Comment, 1)
    person_id = comment.person_id
    change(1, "Without my phone number.")
    act(withdraw, 1)
    begin_write()
    erase(db.session.get_one(Person, person_id), keeps_texts=True, now=START)
    db.session.commit()
    page = browser.get("/admin/log").text
    assert page.count("<bdi>the author</bdi>") == 3
    assert f"person {person_id}" in page
    assert f'href="/admin/people/{person_id}"' not in page
    assert "Undo entry" not in page
    for number in ("1", "2", "3"):
        refused = send(browser, "/admin/undo", {"first": number, "last": number})
        assert refused.status_code in {303, 422}
    db.session.rollback()
    assert db.session.get_one(Comment, 1).status == CommentStatus.TRASH
    assert len(entries()) == 3


@pytest.mark.usefixtures("content")
def test_an_undo_of_the_staff_stands_beside_entries_of_the_author(
    visit: Visit, clock: SettableClock
) -> None:
    browser = visit(MODERATOR)
    send(browser, "/admin/comments", {"action": "approve", "ids": "1"})
    change(1, "Other words.")
    page = browser.get("/admin/log").text
    assert re.findall(r"Undo entry (\d+)", page) == ["1"]
    assert send(browser, "/admin/undo", {"first": "1", "last": "2"}).status_code == 303
    db.session.rollback()
    comment = db.session.get_one(Comment, 1)
    assert (comment.status, comment.text) == (CommentStatus.PENDING, "Other words.")
    assert verify_log().is_whole


@pytest.mark.usefixtures("content")
def test_a_withdrawal_by_the_page_is_in_the_history_of_the_comment(
    visit: Visit, client: FlaskClient
) -> None:
    set_setting("comments.flood_seconds", "0")
    slug = db.session.get_one(Comment, 1).post.slug
    typed = {"comment": "Mine.", "author": "Ann", "email": "ann@reader.example"}
    answer = client.post(f"/posts/{slug}/comments", data=typed)
    found = re.search(r'href="(/receipts/[^"]+)"', client.get(answer.headers["Location"]).text)
    assert found is not None
    assert client.post(found[1] + "/withdraw").status_code == 303
    number = db.session.scalars(select(Comment.id).order_by(Comment.id.desc())).first()
    page = visit(MODERATOR).get(f"/admin/comments/{number}").text
    assert "<td>withdraw</td>" in page
    assert "<bdi>the author</bdi>" in page
