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
    "/admin/posts": {ADMIN},
    "/admin/settings": {ADMIN},
}
WRITES: dict[str, set[Role]] = {
    "/admin/comments": {ADMIN, MODERATOR},
    "/admin/posts": {ADMIN},
    "/admin/settings": {ADMIN},
}
GOOD: dict[str, dict[str, Any]] = {
    "/admin/comments": {"action": "approve", "ids": "1"},
    "/admin/posts": {"post": "1", "comments": "closed"},
    "/admin/settings": {"comments.max_links": "7"},
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
