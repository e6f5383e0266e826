"""The app with a few staff pages to knock at, and somebody who may sign in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask, Response

import blog
from blog.accounts.models import Role
from blog.accounts.permission import current_staff, requires
from blog.config import Config
from tests.accounts.people import add_person
from tests.conftest import SettableClock, closed_after


@pytest.fixture
def app(config: Config, clock: SettableClock) -> Iterator[Flask]:
    """No context stays open here: requests would share it, and who is signed in with it."""
    made = blog.create_app(config, clock=clock)
    made.testing = True

    @made.get("/admin/try/anybody")
    @requires()
    def for_anybody() -> str:
        return f"Hello {current_staff().name}"

    @made.route("/admin/try/moderators", methods=["GET", "POST"])
    @requires(Role.MODERATOR, Role.ADMIN)
    def for_moderators() -> str:
        return f"Hello {current_staff().name}"

    @made.get("/try/public")
    def for_everybody() -> Response:
        return Response("the same for everybody", mimetype="text/plain")

    with closed_after(made):
        yield made


@pytest.fixture
def moderator(app: Flask, clock: SettableClock) -> int:
    """The id of a moderator who signs in as ``mo@example.org``."""
    return add_person(app, "mo@example.org", "Mo Derator", Role.MODERATOR, clock() - timedelta(1))
