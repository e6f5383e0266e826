"""Which pages the desk has, for whom, and how the tests send its forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from blog.accounts.models import Invitation, Passkey, RecoveryCode, Role, StaffSession, TotpKey
from blog.comments.models import Comment, CommentStatus, PinnedComment, Revision
from blog.db import db
from blog.moderation.models import (
    Claim,
    DeskKeys,
    FormerSetting,
    LogEntry,
    PersonNote,
    SavedView,
)
from blog.posts.models import Post, PostRevision
from blog.screening.models import RuleVersion, StoredRule
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
    "/admin/appeals": {ADMIN, MODERATOR},
    "/admin/rules": {ADMIN, MODERATOR},
    "/admin/rules/new": {ADMIN},
    "/admin/rules/1": {ADMIN},
    "/admin/posts": {ADMIN, AUTHOR},
    "/admin/posts/new": {ADMIN, AUTHOR},
    "/admin/posts/1": {ADMIN},
    "/admin/posts/1/revisions/1": {ADMIN},
    "/admin/keys": {ADMIN, MODERATOR},
    "/admin/settings": {ADMIN},
    "/admin/staff": {ADMIN},
    "/admin/figures/days.svg": {ADMIN, MODERATOR},
    "/admin/account": {ADMIN, MODERATOR, AUTHOR},
}
WRITES: dict[str, set[Role]] = {
    "/admin/comments": {ADMIN, MODERATOR},
    "/admin/people/1/address": {ADMIN, MODERATOR},
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
    "/admin/posts/new": {ADMIN, AUTHOR},
    "/admin/posts/1": {ADMIN},
    "/admin/posts/1/revisions/1": {ADMIN},
    "/admin/series/1": {ADMIN},
    "/admin/attack": {ADMIN, MODERATOR},
    "/admin/rules": {ADMIN},
    "/admin/rules/new": {ADMIN},
    "/admin/rules/1": {ADMIN},
    "/admin/settings": {ADMIN},
    "/admin/settings/undo": {ADMIN},
    "/admin/staff": {ADMIN},
    "/admin/staff/1": {ADMIN},
    "/admin/staff/invitations/1": {ADMIN},
    "/admin/account/password": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/sessions": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/language": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/totp": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/recovery": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/passkeys": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/passkeys/options": {ADMIN, MODERATOR, AUTHOR},
    "/admin/account/passkeys/1": {ADMIN, MODERATOR, AUTHOR},
}
# What changes nothing here when it is sent alone: there is nothing to undo, or nothing to renew; a
# rule is tried, or saved without a look at what it catches.
IDLE = {"/admin/rules", "/admin/rules/new", "/admin/settings/undo",
        "/admin/staff/invitations/1", "/admin/account/sessions",
        "/admin/account/totp", "/admin/account/recovery",
        "/admin/account/passkeys", "/admin/account/passkeys/options",
        "/admin/account/passkeys/1"}  # fmt: skip
POST_FORM = {
    "title": "A title",
    "body": "A text.",
    "state": "published",
    "comments": "open",
}
RULE_FORM = {"name": "Casino", "kind": "words", "value": "casino", "does": "hold", "note": ""}
GOOD: dict[str, dict[str, Any]] = {
    "/admin/comments": {"action": "approve", "ids": "1"},
    "/admin/people/1/address": {},
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
    "/admin/posts/new": {**POST_FORM, "title": "Another"},
    "/admin/posts/1": {**POST_FORM, "seen": "2"},
    "/admin/posts/1/revisions/1": {"seen": "2"},
    "/admin/series/1": {"move": "down:1"},
    "/admin/attack": {"do": "begin", "hours": "6"},
    "/admin/rules": RULE_FORM,
    "/admin/rules/new": RULE_FORM,
    "/admin/rules/1": {"do": "off"},
    "/admin/settings": {"comments.max_links": "7"},
    "/admin/settings/undo": {"ids": "1"},
    "/admin/staff": {"role": "author", "note": "Ann"},
    "/admin/staff/1": {"do": "disable"},
    "/admin/staff/invitations/1": {},
    "/admin/account/password": {"current": PASSWORD, "new": "another quiet harbour 77"},
    "/admin/account/sessions": {"session": "1"},
    "/admin/account/language": {"language": "de"},
    "/admin/account/totp": {"do": "begin", "password": PASSWORD},
    "/admin/account/recovery": {"password": PASSWORD},
    "/admin/account/passkeys": {"credential": "{}"},
    "/admin/account/passkeys/options": {"password": PASSWORD},
    "/admin/account/passkeys/1": {"password": PASSWORD},
}
# What has to be done before a write has something to do.
NEEDED: dict[str, tuple[str, dict[str, Any]]] = {
    "/admin/undo": ("/admin/comments", GOOD["/admin/comments"]),
    "/admin/comments/1/pin": ("/admin/comments", GOOD["/admin/comments"]),
    "/admin/people/1/name": ("/admin/comments", GOOD["/admin/comments"]),
}

# The tables that a write of the desk adds to, besides those that each sign-in adds to.
WRITTEN = (
    LogEntry,
    DeskKeys,
    SavedView,
    Claim,
    FormerSetting,
    Invitation,
    TotpKey,
    RecoveryCode,
    Passkey,
    PersonNote,
    PinnedComment,
    Revision,
    Comment,
    Post,
    PostRevision,
    StoredRule,
    RuleVersion,
)
CONTENT = {Comment: 1, Post: 2, PostRevision: 2, StoredRule: 1, RuleVersion: 1}
UNTOUCHED = (P, True, 2, *(CONTENT.get(model, 0) for model in WRITTEN), 0)


def send(browser: FlaskClient, path: str, data: dict[str, Any], **given: Any) -> TestResponse:
    token = csrf_token(browser, "/admin/")
    return browser.post(path, data={"csrf_token": token, **data}, **given)


def keep_words(browser: FlaskClient, data: dict[str, Any]) -> TestResponse:
    """Save settings with new words of the lists: look at what they would have caught first."""
    page = send(browser, "/admin/settings", data).text
    proof = re.findall(r'name="tried" value="([^"]+)"', page)
    return send(browser, "/admin/settings", {**data, "tried": proof[0]})


def state() -> tuple[Any, ...]:
    """What the writes would change."""
    db.session.rollback()
    comment = db.session.get(Comment, 1)
    return (
        comment.status if comment else None,
        db.session.get_one(Post, 1).comments_open,
        load_settings().comments.max_links,
        *(db.session.scalar(select(func.count()).select_from(model)) for model in WRITTEN),
        db.session.scalar(select(func.count()).where(StaffSession.revoked_at.is_not(None))),
    )
