"""What an author may see and decide, and how a moderator comes to see an address."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.accounts.models import User
from blog.comments.models import Comment, CommentStatus
from blog.db import begin_write, db
from blog.moderation.models import LogEntry
from blog.posts.models import Post
from tests.factories import make_comment, make_post
from tests.moderation.desk import AUTHOR, MODERATOR, P, Visit, send, state

pytestmark = pytest.mark.usefixtures("content")


@pytest.fixture
def own(visit: Visit) -> tuple[FlaskClient, int]:
    """An author's browser, and the number of a comment that waits under a post of theirs."""
    browser = visit(AUTHOR)
    post_id = make_post("mine", title="My own post").id
    begin_write()
    author_id = db.session.scalar(select(User.id).where(User.role == AUTHOR))
    db.session.get_one(Post, post_id).owner_id = author_id
    db.session.commit()
    made = make_comment(db.session.get_one(Post, post_id), status=P, text="Under my own post.")
    return browser, made.id


def test_an_author_sees_what_is_under_the_own_posts_alone(own: tuple[FlaskClient, int]) -> None:
    browser, mine = own
    for path in (
        "/admin/",
        "/admin/comments",
        "/admin/comments?status=all",
        f"/admin/comments/{mine}",
    ):
        page = browser.get(path).text
        assert "Under my own post." in page, path
        assert '/admin/comments/1"' not in page, path
        assert "ada@reader.example" not in page
        assert "/admin/people/" not in page
    assert '<span class="count">1<' in browser.get("/admin/").text
    assert browser.get("/admin/comments?person=1").status_code == 200
    assert browser.get("/admin/comments/1").status_code == 404


def test_an_author_decides_under_the_own_posts_alone(own: tuple[FlaskClient, int]) -> None:
    browser, mine = own
    send(browser, "/admin/comments", {"action": "approve", "ids": ["1", str(mine)]})
    page = browser.get("/admin/comments").text
    assert f"Comment {mine} approved." in page
    assert "There is no comment 1" in page
    assert state()[0] == P
    assert db.session.get_one(Comment, mine).status == CommentStatus.APPROVED
    send(browser, "/admin/comments", {"action": "delete", "ids": "1"})
    assert state()[0] == P


def test_an_address_is_shown_once_and_the_log_keeps_who_looked(visit: Visit) -> None:
    browser = visit(MODERATOR)
    answer = send(browser, "/admin/people/1/address", {})
    assert "ada@reader.example" in answer.text
    assert "192.0.2.7" not in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert "ada@reader.example" not in browser.get("/admin/people/1").text
    (entry,) = db.session.scalars(select(LogEntry)).all()
    assert (entry.action, entry.subject, entry.who) == ("reveal_address", "person:1", "Mo Staff")
    assert "ada@reader.example" not in f"{entry.before}{entry.after}{entry.reason}"
    assert send(browser, "/admin/people/999/address", {}).status_code == 404
