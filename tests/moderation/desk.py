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
from blog.moderation.models import Claim, DeskKeys, LogEntry, SavedView
from blog.posts.models import Post
from blog.settings.queries import load_settings
from tests.factories import csrf_token

Visit = Callable[[Role], FlaskClient]
ADMIN, MODERATOR, AUTHOR = Role.ADMIN, Role.MODERATOR, Role.AUTHOR
P = CommentStatus.PENDING

PAGES: dict[str, set[Role]] = {
    "/admin/": {ADMIN, MODERATOR, AUTHOR},
    "/admin/comments": {ADMIN, MODERATOR},
    "/admin/comments/1": {ADMIN, MODERATOR},
    "/admin/people": {ADMIN, MODERATOR},
    "/admin/people/1": {ADMIN, MODERATOR},
    "/admin/log": {ADMIN, MODERATOR},
    "/admin/appeals": {ADMIN, MODERATOR},
    "/admin/keys": {ADMIN, MODERATOR},
    "/admin/posts": {ADMIN},
    "/admin/settings": {ADMIN},
}
WRITES: dict[str, set[Role]] = {
    "/admin/comments": {ADMIN, MODERATOR},
    "/admin/undo": {ADMIN, MODERATOR},
    "/admin/keys": {ADMIN, MODERATOR},
    "/admin/comments/1/edit": {ADMIN, MODERATOR},
    "/admin/comments/1/reply": {ADMIN, MODERATOR},
    "/admin/comments/1/pin": {ADMIN, MODERATOR},
    "/admin/comments/1/thread": {ADMIN, MODERATOR},
    "/admin/comments/1/claim": {ADMIN, MODERATOR},
    "/admin/views": {ADMIN, MODERATOR},
    "/admin/people/1/standing": {ADMIN, MODERATOR},
    "/admin/people/1/name": {ADMIN, MODERATOR},
    "/admin/people/1/notes": {ADMIN, MODERATOR},
    "/admin/people/1/take-back": {ADMIN, MODERATOR},
    "/admin/posts": {ADMIN},
    "/admin/settings": {ADMIN},
}
GOOD: dict[str, dict[str, Any]] = {
    "/admin/comments": {"action": "approve", "ids": "1"},
    "/admin/undo": {"first": "1", "last": "1"},
    "/admin/keys": {"shortcuts": "off"},
    "/admin/comments/1/edit": {"comment": "Other words.", "author": "Ada", "url": ""},
    "/admin/comments/1/reply": {"comment": "An answer."},
    "/admin/comments/1/pin": {"pin": "on"},
    "/admin/comments/1/thread": {"comments": "closed"},
    "/admin/comments/1/claim": {"next": "/admin/comments"},
    "/admin/views": {"name": "Mine", "filter": "status=spam"},
    "/admin/people/1/standing": {"standing": "held"},
    "/admin/people/1/name": {"name": "Ada Reader"},
    "/admin/people/1/notes": {"note": "Kind."},
    "/admin/people/1/take-back": {"days": "7"},
    "/admin/posts": {"post": "1", "comments": "closed"},
    "/admin/settings": {"comments.max_links": "7"},
}
# What has to be done before a write has something to do.
NEEDED: dict[str, tuple[str, dict[str, Any]]] = {
    "/admin/undo": ("/admin/comments", GOOD["/admin/comments"]),
    "/admin/comments/1/pin": ("/admin/comments", GOOD["/admin/comments"]),
    "/admin/people/1/name": ("/admin/comments", GOOD["/admin/comments"]),
}

UNTOUCHED = (P, True, 2, 0, 0, 0, 0)


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
        *(
            db.session.scalar(select(func.count()).select_from(model))
            for model in (LogEntry, DeskKeys, SavedView, Claim)
        ),
    )
