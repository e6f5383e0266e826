"""A fixed cast and ready-made content; everything is made through the rooms' own operations."""

from __future__ import annotations

import itertools
import re
from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from blog.accounts.models import Role, User
from blog.accounts.operations import add_user
from blog.clock import now as clock_now
from blog.comments.models import Comment, CommentStatus
from blog.comments.operations import Draft, prepare, submit, weigh
from blog.comments.states import change_status
from blog.db import begin_write, db
from blog.markup import render_post
from blog.posts.models import Post, PostStatus
from blog.posts.operations import PostValues, save_post
from blog.screening.models import Does, RuleKind, RuleVersion, StoredRule
from blog.screening.rulebook import as_rule
from blog.screening.rules import Rule
from blog.settings.catalogue import CommentSettings
from blog.settings.operations import change_setting
from blog.versions import site_changed

PASSWORD = "correct horse battery staple 9"
_numbers = itertools.count(1)


def make_post(slug: str | None = None, **given: Any) -> Post:
    """A live post, a week old; any field may be given."""
    slug = slug or f"post-{next(_numbers)}"
    body = given.pop("source", "A first paragraph.\n\nAnd a second one.")
    values: dict[str, Any] = {
        "slug": slug,
        "title": f"The post {slug}",
        "source": body,
        "html": render_post(body),
        "status": PostStatus.PUBLISHED,
        "published_at": clock_now() - timedelta(days=7),
        **given,
    }
    begin_write()
    post, _ = save_post(PostValues(**values), now=clock_now())
    db.session.commit()
    return post


def make_comment(
    post: Post,
    *,
    status: CommentStatus = CommentStatus.APPROVED,
    parent: Comment | None = None,
    text: str | None = None,
    author: str = "Ada Reader",
    address: str = "ada@reader.example",
    at: datetime | None = None,
    **given: Any,
) -> Comment:
    """A comment that was left as a reader leaves it and then brought into ``status``."""
    number = next(_numbers)
    draft = Draft(
        post_id=post.id,
        author=author,
        address=address,
        url=given.pop("url", ""),
        text=text if text is not None else f"A remark, number {number}.",
        parent_id=parent.id if parent else None,
        ip=given.pop("ip", "192.0.2.7"),
        agent=given.pop("agent", "Tests"),
        **given,
    )
    rules = CommentSettings(hold="all", flood_seconds=0, max_depth=0)
    weighed = weigh(prepare(draft), settings=rules, now=at or clock_now())
    begin_write()
    made = submit(weighed, settings=rules, now=at or clock_now()).comment
    change_status(made.id, status, by="test", now=at or clock_now())
    db.session.commit()
    return db.session.get_one(Comment, made.id)


def make_rule(**given: Any) -> Rule:
    """A rule that holds the word "casino", without a word in the log; any field may be given."""
    values: dict[str, Any] = {
        "name": "No casinos",
        "kind": RuleKind.WORDS,
        "value": "casino",
        "does": Does.HOLD,
        "note": "",
        **given,
    }
    begin_write()
    stored = StoredRule(version=1)
    db.session.add(stored)
    db.session.flush()
    row = RuleVersion(rule_id=stored.id, version=1, made_at=clock_now(), **values)
    db.session.add(row)
    db.session.flush()
    site_changed()
    made = as_rule(row)
    db.session.commit()
    return made


def make_staff(role: Role = Role.ADMIN, email: str | None = None, name: str = "Mo Staff") -> User:
    """Somebody who can sign in with PASSWORD."""
    begin_write()
    email = email or f"{role.value}-{next(_numbers)}@staff.example"
    made = add_user(email, name, role, PASSWORD, clock_now())
    db.session.commit()
    return made


def sign_in(client: FlaskClient, role: Role = Role.ADMIN) -> User:
    """Make somebody with this role and sign them in through the page."""
    person = make_staff(role)
    email = person.email
    token = csrf_token(client, "/login")
    answer = client.post("/login", data={"email": email, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code in {302, 303}, answer.get_data(as_text=True)
    return person


def csrf_token(client: FlaskClient, path: str) -> str:
    """The token in a page's form."""
    page = client.get(path).get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None, f"no token in {path}"
    return found[1]


def set_setting(key: str, value: str) -> None:
    """Change a setting as an admin would."""
    begin_write()
    change_setting(key, value, now=clock_now())
    db.session.commit()
