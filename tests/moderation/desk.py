"""Which pages the desk has, for whom, and how the tests send its forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from blog.accounts.models import Role
from blog.comments.models import Comment, CommentStatus
from blog.db import db
from blog.moderation.models import LogEntry
from blog.posts.models import Post
from blog.settings.queries import load_settings
from tests.factories import PASSWORD, csrf_token

Visit = Callable[[Role], FlaskClient]
ADMIN, MODERATOR, AUTHOR = Role.ADMIN, Role.MODERATOR, Role.AUTHOR
P = CommentStatus.PENDING

PAGES: dict[str, set[Role]] = {
    "/admin/": {ADMIN, MODERATOR, AUTHOR},
    "/admin/comments": {ADMIN, MODERATOR, AUTHOR},
    # To an author a comment under somebody else's post is not there.
    "/admin/comments/1": {ADMIN, MODERATOR},
    "/admin/people": {ADMIN, MODERATOR},
    "/admin/people/1": {ADMIN, MODERATOR},
    "/admin/log": {ADMIN, MODERATOR},
    "/admin/posts": {ADMIN, AUTHOR},
    "/admin/posts/new": {ADMIN, AUTHOR},
    "/admin/posts/1": {ADMIN},
    "/admin/posts/1/revisions/1": {ADMIN},
    "/admin/settings": {ADMIN},
    "/admin/staff": {ADMIN},
    "/admin/figures/days.svg": {ADMIN, MODERATOR},
    "/admin/account": {ADMIN, MODERATOR, AUTHOR},
}
WRITES: dict[str, set[Role]] = {
    "/admin/comments": {ADMIN, MODERATOR},
    "/admin/people/1/address": {ADMIN, MODERATOR},
    "/admin/posts": {ADMIN},
    "/admin/posts/new": {ADMIN, AUTHOR},
    "/admin/posts/1": {ADMIN},
    "/admin/posts/1/revisions/1": {ADMIN},
    "/admin/series/1": {ADMIN},
    "/admin/settings": {ADMIN},
    "/admin/settings/undo": {ADMIN},
    "/admin/staff": {ADMIN},
    "/admin/staff/1": {ADMIN},
    "/admin/staff/invitations/1": {ADMIN},
    "/admin/account/password": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/sessions": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/totp": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/recovery": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/passkeys": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/passkeys/options": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/passkeys/1": {ADMIN, MODERATOR, AUTHOR},
}
# What changes nothing here when it is sent alone: there is nothing to undo, or nothing to renew.
IDLE = {"/admin/settings/undo", "/admin/staff/invitations/1", "/admin/account/sessions",
        "/admin/account/totp", "/admin/account/recovery",
        "/admin/account/passkeys", "/admin/account/passkeys/options",
        "/admin/account/passkeys/1"}  # fmt: skip
POST_FORM = {
    "title": "A title",
    "body": "A text.",
    "state": "published",
    "comments": "open",
}
GOOD: dict[str, dict[str, Any]] = {
    "/admin/comments": {"action": "approve", "ids": "1"},
    "/admin/people/1/address": {},
    "/admin/posts": {"post": "1", "comments": "closed"},
    "/admin/posts/new": {**POST_FORM, "title": "Another"},
    "/admin/posts/1": {**POST_FORM, "seen": "2"},
    "/admin/posts/1/revisions/1": {"seen": "2"},
    "/admin/series/1": {"move": "down:1"},
    "/admin/settings": {"comments.max_links": "7"},
    "/admin/settings/undo": {"ids": "1"},
    "/admin/staff": {"role": "author", "note": "Ann"},
    "/admin/staff/1": {"do": "disable"},
    "/admin/staff/invitations/1": {},
    "/admin/account/password": {"current": PASSWORD, "new": "another quiet harbour 77"},
    "/admin/account/sessions": {"session": "1"},
    "/admin/account/totp": {"do": "begin", "password": PASSWORD},
    "/admin/account/recovery": {"password": PASSWORD},
    "/admin/account/passkeys": {"credential": "{}"},
    "/admin/account/passkeys/options": {"password": PASSWORD},
    "/admin/account/passkeys/1": {"password": PASSWORD},
}


UNTOUCHED = (P, True, 2, 0)


def send(browser: FlaskClient, path: str, data: dict[str, Any], **given: Any) -> TestResponse:
    token = csrf_token(browser, "/admin/")
    return browser.post(path, data={"csrf_token": token, **data}, **given)


def state() -> tuple[Any, ...]:
    """What the writes would change."""
    db.session.rollback()
    comment = db.session.get(Comment, 1)
    return (
        comment.status if comment else None,
        db.session.get_one(Post, 1).comments_open,
        load_settings().comments.max_links,
        db.session.scalar(select(func.count()).select_from(LogEntry)),
    )
