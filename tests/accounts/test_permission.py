"""Who may open what."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient

from blog.accounts.models import Role
from blog.accounts.permission import current_staff, refuse_unless, staff_or_none
from blog.accounts.queries import user_by_id
from blog.db import db
from tests.accounts.people import add_person, sign_in
from tests.conftest import SettableClock


@pytest.mark.parametrize(
    ("role", "status"), [(Role.ADMIN, 200), (Role.MODERATOR, 200), (Role.AUTHOR, 403)]
)
def test_role_opens_what_it_should(
    app: Flask, client: FlaskClient, clock: SettableClock, role: Role, status: int
) -> None:
    add_person(app, "mo@example.org", "Mo", role, clock())
    sign_in(client)
    assert client.get("/admin/try/anybody").status_code == 200
    assert client.get("/admin/try/moderators").status_code == status


def test_anonymous_is_sent_to_sign_in_and_back(client: FlaskClient) -> None:
    answer = client.get("/admin/try/anybody")
    assert (answer.status_code, answer.location) == (302, "/login?next=/admin/try/anybody")


def test_anonymous_post_is_not_asked_to_come_back(app: Flask) -> None:
    with app.test_request_context("/admin/try/moderators", method="POST"):
        refusal = refuse_unless(Role.MODERATOR)
        assert refusal is not None
        assert app.make_response(refusal).location == "/login"


def test_changed_role_counts_on_the_next_request(
    app: Flask, client: FlaskClient, moderator: int
) -> None:
    sign_in(client)
    assert client.get("/admin/try/moderators").status_code == 200
    with app.app_context():
        user = user_by_id(moderator)
        assert user
        user.role = Role.AUTHOR
        db.session.commit()
    assert client.get("/admin/try/moderators").status_code == 403


def test_guard_covers_a_whole_blueprint(app: Flask, client: FlaskClient, moderator: int) -> None:
    pages = Blueprint("try_admins", __name__, url_prefix="/admin/try/admins")
    pages.before_request(lambda: refuse_unless(Role.ADMIN))
    pages.get("/")(lambda: "inside")
    app.register_blueprint(pages)
    assert client.get("/admin/try/admins/").status_code == 302
    sign_in(client)
    assert client.get("/admin/try/admins/").status_code == 403


def test_nobody_is_staff_on_a_public_page(app: Flask) -> None:
    with app.test_request_context("/"):
        assert staff_or_none() is None
        with pytest.raises(RuntimeError):
            current_staff()


def test_person_knows_their_role_by_name(app: Flask, moderator: int) -> None:
    with app.app_context():
        user = user_by_id(moderator)
        assert user
        assert user.has_role("moderator")
        assert user.has_role(Role.MODERATOR)
        assert not user.has_role("admin")
