"""Appeals at the desk: who sees them when, and what becomes of them."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.accounts.models import Role, User
from blog.comments.models import Appeal, Comment, CommentStatus
from blog.comments.receipts import appeal
from blog.comments.states import change_status
from blog.db import begin_write, db
from blog.moderation.models import LogEntry
from blog.settings.catalogue import CommentSettings
from tests.conftest import START, SettableClock
from tests.factories import make_comment, make_post, sign_in
from tests.moderation.desk import send

PAGE = "/admin/appeals"


@pytest.fixture
def moderator(client: FlaskClient) -> User:
    """Signed in, and the one who rejected the comment that is appealed."""
    person = sign_in(client, Role.MODERATOR)
    comment = make_comment(make_post(), status=CommentStatus.PENDING)
    begin_write()
    change_status(comment.id, CommentStatus.TRASH, by=f"staff:{person.id}", now=START)
    appeal(comment.id, "I <b>meant</b> well.", settings=CommentSettings(), now=START)
    db.session.commit()
    return person


def status() -> tuple[str, bool]:
    db.session.rollback()
    found = db.session.scalars(select(Appeal)).one()
    return db.session.get_one(Comment, 1).status.value, found.answered_at is not None


def test_the_only_moderator_sees_the_appeal(client: FlaskClient, moderator: User) -> None:
    page = client.get(PAGE).text
    assert "I &lt;b&gt;meant&lt;/b&gt; well." in page
    assert send(client, PAGE, {"action": "keep", "comment": "1"}).status_code == 303
    assert status() == ("trash", True)
    assert "Nothing waits here" in client.get(PAGE).text
    entry = db.session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.subject) == ("keep_rejected", "comment:1")


def test_others_see_it_first(
    app: Flask, client: FlaskClient, moderator: User, clock: SettableClock
) -> None:
    other = app.test_client()
    sign_in(other, Role.MODERATOR)
    assert "Nothing waits here" in client.get(PAGE).text
    assert send(client, PAGE, {"action": "approve", "comment": "1"}).status_code == 404
    assert status() == ("trash", False)
    assert "meant" in other.get(PAGE).text
    assert send(other, PAGE, {"action": "approve", "comment": "1"}).status_code == 303
    assert status() == ("approved", True)


def test_bad_answers_change_nothing(app: Flask, client: FlaskClient, moderator: User) -> None:
    assert app.test_client().get(PAGE).status_code == 302
    assert app.test_client().post(PAGE, data={"action": "keep"}).status_code in {302, 403}
    assert send(client, PAGE, {"action": "burn", "comment": "1"}).status_code == 422
    assert send(client, PAGE, {"action": "keep", "comment": "99"}).status_code == 404
    assert status() == ("trash", False)


def test_an_appeal_ends_when_the_comment_is_published_from_the_queue(
    client: FlaskClient, moderator: User
) -> None:
    assert send(client, "/admin/comments", {"action": "approve", "ids": "1"}).status_code == 303
    assert status() == ("approved", True)
    assert send(client, "/admin/comments", {"action": "trash", "ids": "1"}).status_code == 303
    assert status() == ("trash", True)
    assert "Nothing waits here" in client.get(PAGE).text


def test_an_appeal_waits_on_while_the_comment_only_waits(
    client: FlaskClient, moderator: User
) -> None:
    send(client, "/admin/comments", {"action": "unapprove", "ids": "1"})
    assert status() == ("pending", False)
