"""The author's private page: what became of a comment, and what may still be done with it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.accounts.models import Role
from blog.comments.lookalikes import CommentPrint
from blog.comments.models import (
    Appeal,
    Comment,
    CommentStatus,
    Receipt,
    Revision,
    Tally,
    Verdict,
)
from blog.comments.states import change_status
from blog.db import begin_write, db
from blog.posts.models import Post
from tests.conftest import START, SettableClock
from tests.factories import make_comment, make_post, make_staff, set_setting

WORDS = {"comment": "What I said.", "author": "Ann", "email": "ann@reader.example"}


@pytest.fixture
def post(app: Flask) -> Post:
    set_setting("comments.flood_seconds", "0")
    return make_post("answers")


def leave(client: FlaskClient, **typed: str) -> str:
    """Leave a reply; returns the address of its receipt."""
    answer = client.post("/posts/answers/comments", data={**WORDS, **typed})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    found = re.search(r'href="(/receipts/[^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def the_comment() -> Comment:
    db.session.rollback()
    return db.session.scalars(select(Comment).order_by(Comment.id.desc()).limit(1)).one()


def move(status: CommentStatus, by: str) -> None:
    begin_write()
    change_status(the_comment().id, status, by=by, now=START)
    db.session.commit()


def test_a_held_comment_says_why_and_can_be_changed(client: FlaskClient, post: Post) -> None:
    receipt = leave(client)
    page = client.get(receipt)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "awaiting moderation. The first comment by a name" in page.text
    assert "ann@reader.example" not in page.text
    answer = client.post(receipt + "/edit", data={"comment": "What I meant."})
    assert answer.headers["Location"] == receipt + "?done=edited"
    comment = the_comment()
    assert (comment.text, comment.html) == ("What I meant.", "<p>What I meant.</p>")
    assert comment.edited_at == START
    [before] = db.session.scalars(select(Revision))
    assert (before.text, before.by) == ("What I said.", "author")


def test_a_receipt_does_not_tell_whose_address_belongs_to_the_staff(
    client: FlaskClient, post: Post
) -> None:
    make_staff(email="mo@staff.example")
    page = client.get(leave(client, email="mo@staff.example")).text
    assert "A moderator looks at it first." in page or "first comment by a name" in page
    assert "signs in" not in page


def test_an_edit_is_screened_by_its_new_words_and_not_as_a_copy_of_itself(
    client: FlaskClient, post: Post
) -> None:
    said = "The second half of this post says more about the weather than about the sea."
    receipt = leave(client, comment=said)
    answer = client.post(receipt + "/edit", data={"comment": said + "!"})
    assert answer.headers["Location"] == receipt + "?done=edited"
    comment = the_comment()
    assert comment.status == CommentStatus.PENDING
    first, second = db.session.scalars(select(Verdict).order_by(Verdict.id))
    assert [one["check"] for one in first.findings] == [one["check"] for one in second.findings]
    [kept] = db.session.scalars(select(CommentPrint))
    assert kept.comment_id == comment.id
    client.post(receipt + "/edit", data={"comment": "Short."})
    db.session.rollback()
    assert db.session.scalars(select(CommentPrint)).all() == []
    assert db.session.scalars(select(Tally.pending)).one() == 1


def test_only_the_digest_of_the_token_is_kept(client: FlaskClient, post: Post) -> None:
    token = leave(client).rpartition("/")[2]
    assert len(token) == 43
    assert token.encode() not in db.session.scalars(select(Receipt.token_hash)).one()


def test_a_strange_token_is_not_found(client: FlaskClient, post: Post) -> None:
    receipt = leave(client)
    for path in ("/receipts/x", "/receipts/own-1", receipt + "x", "/receipts/own-x"):
        assert client.get(path).status_code == 404
        for action in ("edit", "withdraw", "appeal", "subscribe"):
            assert client.post(f"{path}/{action}", data={"comment": "Mine."}).status_code == 404
    assert the_comment().text == "What I said."


def test_an_edit_window_ends_with_the_typed_text_kept(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    set_setting("comments.hold", "none")
    receipt = leave(client)
    clock.move(minutes=14)
    assert client.post(receipt + "/edit", data={"comment": "Better."}).status_code == 303
    clock.move(minutes=2)
    late = client.post(receipt + "/edit", data={"comment": "Much better."})
    assert late.status_code == 403
    assert "Much better." in late.text
    assert the_comment().text == "Better."


def test_a_bad_edit_keeps_what_was_typed(client: FlaskClient, post: Post) -> None:
    receipt = leave(client)
    bad = client.post(receipt + "/edit", data={"comment": "With a \x07 bell."})
    assert bad.status_code == 422
    assert "control character" in bad.text
    assert client.post(receipt + "/edit", data={"comment": " "}).status_code == 422
    assert the_comment().text == "What I said."


def test_an_edit_goes_through_screening_again(client: FlaskClient, post: Post) -> None:
    set_setting("comments.hold", "none")
    set_setting("comments.refuse_words", "casino")
    receipt = leave(client)
    assert "What I said." in client.get("/posts/answers").text
    many = "https://a.example https://b.example https://c.example"
    client.post(receipt + "/edit", data={"comment": many})
    assert the_comment().status == CommentStatus.PENDING
    client.post(receipt + "/edit", data={"comment": "A casino."})
    assert the_comment().status == CommentStatus.SPAM
    page = client.get("/posts/answers").text
    assert "casino" not in page
    # What was taken for spam looks as if it were held.
    assert "awaiting moderation" in client.get(receipt).text


def test_readers_see_that_it_was_edited_after_replies(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    set_setting("comments.hold", "none")
    receipt = leave(client)
    first = the_comment()
    clock.move(minutes=1)
    client.post(receipt + "/edit", data={"comment": "Changed once."})
    assert '<span class="comment-edited">edited</span>' in client.get("/posts/answers").text
    make_comment(post, parent=first, at=clock())
    clock.move(minutes=1)
    client.post(receipt + "/edit", data={"comment": "Changed twice."})
    page = client.get("/posts/answers").text
    assert '<span class="comment-edited">edited after replies</span>' in page


def test_a_withdrawn_comment_is_gone_and_its_replies_stay(client: FlaskClient, post: Post) -> None:
    set_setting("comments.hold", "none")
    receipt = leave(client)
    make_comment(post, parent=the_comment(), text="An answer that stays.")
    withdrawn = Comment.parent_id.is_(None)
    assert client.get(receipt + "/withdraw").status_code == 405
    assert client.post(receipt + "/withdraw").status_code == 303
    page = client.get("/posts/answers").text
    assert "What I said." not in page
    assert "An answer that stays." in page
    assert "You have withdrawn" in client.get(receipt).text
    assert client.post(receipt + "/withdraw").status_code == 403
    found = db.session.scalars(select(Comment).where(withdrawn)).one()
    assert (found.status, found.status_by) == (CommentStatus.TRASH, "author")


def test_a_rejection_can_be_appealed_once(client: FlaskClient, post: Post) -> None:
    staff = make_staff(Role.MODERATOR)
    receipt = leave(client)
    assert client.post(receipt + "/appeal", data={"appeal": "Too early."}).status_code == 403
    move(CommentStatus.TRASH, f"staff:{staff.id}")
    assert "A moderator decided not to publish" in client.get(receipt).text
    assert client.post(receipt + "/edit", data={"comment": "Other."}).status_code == 403
    assert client.post(receipt + "/appeal", data={"appeal": "I meant well."}).status_code == 303
    assert client.post(receipt + "/appeal", data={"appeal": "Again."}).status_code == 403
    db.session.rollback()
    [appeal] = db.session.scalars(select(Appeal))
    assert (appeal.text, appeal.rejected_by) == ("I meant well.", f"staff:{staff.id}")


def test_the_cookie_leads_to_the_receipt_too(client: FlaskClient, post: Post) -> None:
    leave(client, remember="yes")
    page = client.get("/posts/answers")
    assert 'href="/receipts/own-1"' in page.text
    assert "What I said." in client.get("/receipts/own-1").text
    assert client.post("/receipts/own-1/withdraw").status_code == 303
    assert the_comment().status == CommentStatus.TRASH


def test_the_same_text_again_gives_no_receipt_of_a_public_comment(
    client: FlaskClient, app: Flask, post: Post
) -> None:
    set_setting("comments.hold", "none")
    leave(client)
    stranger = app.test_client()
    again = stranger.post("/posts/answers/comments", data={**WORDS, "remember": "yes"})
    assert again.headers["Location"] == "/posts/answers#comment-1"
    assert stranger.get("/receipts/own-1").status_code == 404
    assert "/receipts/" not in stranger.get("/posts/answers").text


def test_a_handed_over_receipt_ends_after_a_day(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    where = client.post("/posts/answers/comments", data=WORDS).headers["Location"]
    assert "/receipts/" in client.get(where).text
    clock.move(days=1, minutes=1)
    assert "/receipts/" not in client.get(where).text


def test_the_public_page_knows_nothing_of_receipts(client: FlaskClient, post: Post) -> None:
    set_setting("comments.hold", "none")
    leave(client)
    page = client.get("/posts/answers")
    assert "/receipts/" not in page.text
    assert page.headers["Cache-Control"].startswith("public")
