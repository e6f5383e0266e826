"""A browser whose requests share nothing with the test but the database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from blog.accounts.models import Role
from blog.clock import now as clock_now
from blog.comments.models import CommentStatus
from blog.db import begin_write, db
from blog.posts.models import Post
from blog.posts.publishing import publish
from blog.posts.revisions import document_of
from tests.factories import make_comment, make_post, make_rule, sign_in
from tests.moderation.desk import Visit


class Browser(FlaskClient):
    """Each request has a context of its own, as on a server; else who is signed in would leak."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        db.session.rollback()
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.test_client_class = Browser
    return app.test_client()


@pytest.fixture
def visit(app: Flask) -> Visit:
    """Gives the browser of somebody who is signed in with a role."""

    def signed_in(role: Role) -> FlaskClient:
        app.test_client_class = Browser
        browser = app.test_client()
        sign_in(browser, role)
        return browser

    return signed_in


@pytest.fixture
def content(app: Flask) -> None:
    """A post, a held comment and a rule, each with number 1; the post has two revisions and a
    series.
    """
    post = make_post(series="A series", part=1)
    make_post(series="A series", part=2)
    _revise(post.id)
    assert make_comment(db.session.get_one(Post, post.id), status=CommentStatus.PENDING).id == 1
    assert make_rule(value="nothing that anybody says").id == 1


def _revise(post_id: int) -> None:
    begin_write()
    document = document_of(db.session.get_one(Post, post_id))
    publish(replace(document, title=f"{document.title}, revised"), now=clock_now())
    db.session.commit()
