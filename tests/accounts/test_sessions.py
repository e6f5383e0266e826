"""Sessions of the staff, and public pages that know none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from sqlalchemy import select

import blog
from blog.accounts.models import Role, StaffSession
from blog.accounts.operations import change_password, forget_stale_sign_ins
from blog.accounts.queries import sessions_of, user_by_id
from blog.accounts.staff import set_active
from blog.config import Config
from blog.db import db
from blog.web.crosssite import is_staff_path
from tests.accounts.people import (
    add_person,
    cookie_header,
    sign_in,
    sign_out,
    token_in,
)
from tests.conftest import SettableClock

INSIDE = "/admin/try/anybody"


def status(client: FlaskClient) -> int:
    return client.get(INSIDE).status_code


class Seen(NamedTuple):
    """When a session was made, and last in use."""

    created_at: datetime
    last_seen_at: datetime


def last_seen(app: Flask) -> list[Seen]:
    with app.app_context():
        rows = db.session.execute(select(StaffSession.created_at, StaffSession.last_seen_at))
        return [Seen(*row) for row in rows]


def test_public_page_ignores_a_session_cookie(app: Flask, moderator: int) -> None:
    client = app.test_client()
    sign_in(client)
    plain, with_cookie = app.test_client().get("/try/public"), client.get("/try/public")
    for answer in (plain, with_cookie):
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
    assert with_cookie.text == plain.text


def test_public_page_that_writes_to_the_session_is_a_mistake(app: Flask) -> None:
    with (
        app.test_request_context("/try/public"),
        pytest.raises(RuntimeError, match="the same for everybody"),
    ):
        session["seen"] = 1


@pytest.mark.parametrize(
    ("path", "is_staff"),
    [
        ("/admin", True),
        ("/admin/", True),
        ("/admin/comments/3", True),
        ("/login", True),
        ("/logout", True),
        ("/setup/x", True),
        ("/", False),
        ("/administrator", False),
        ("/posts/admin", False),
        ("/login.html", False),
        ("//admin/", False),
    ],
)
def test_staff_paths_are_whole_segments(path: str, is_staff: bool) -> None:
    assert is_staff_path(path) is is_staff


def test_cookie_over_http_is_closed_to_scripts_and_other_sites(
    client: FlaskClient, moderator: int
) -> None:
    header = cookie_header(sign_in(client))
    assert header.startswith("session=")
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/" in header
    assert "Domain" not in header
    assert len(header) < 4096


def test_cookie_over_https_has_the_host_prefix(config: Config, clock: SettableClock) -> None:
    secure = replace(config, base_url="https://blog.example")
    app = blog.create_app(secure, clock=clock)
    answer = app.test_client().get("/login", base_url="https://blog.example")
    header = cookie_header(answer)
    assert header.startswith("__Host-session=")
    assert "Secure" in header
    assert "Path=/" in header
    assert "Domain" not in header
    with app.app_context():
        db.engine.dispose()


def test_staff_answers_are_not_stored(client: FlaskClient, moderator: int) -> None:
    assert client.get("/login").headers["Cache-Control"] == "no-store"
    assert client.get(INSIDE).headers["Cache-Control"] == "no-store"
    assert client.get("/admin/no-such-page").headers["Cache-Control"] == "no-store"
    assert sign_in(client).headers["Cache-Control"] == "no-store"
    assert client.get(INSIDE).headers["Cache-Control"] == "no-store"


def test_planted_session_is_not_taken_over(app: Flask, moderator: int) -> None:
    victim, attacker = app.test_client(), app.test_client()
    attacker.get("/login")
    planted = attacker.get_cookie("session")
    assert planted
    victim.set_cookie("session", planted.value)
    sign_in(victim)
    assert status(victim) == 200
    assert status(attacker) == 302
    fresh = victim.get_cookie("session")
    assert fresh
    assert fresh.value != planted.value


def test_token_from_before_signing_in_is_worth_nothing_after_it(
    client: FlaskClient, moderator: int
) -> None:
    before = token_in(client.get("/login"))
    sign_in(client)
    assert client.post("/logout", data={"csrf_token": before}).status_code in {400, 403}


def test_copied_cookie_is_dead_after_sign_out(app: Flask, moderator: int) -> None:
    client, thief = app.test_client(), app.test_client()
    sign_in(client)
    cookie = client.get_cookie("session")
    assert cookie
    thief.set_cookie("session", cookie.value)
    assert status(thief) == 200
    sign_out(client)
    assert status(thief) == 302


def test_signing_in_again_ends_the_session_before(app: Flask, moderator: int) -> None:
    client, thief = app.test_client(), app.test_client()
    page = client.get("/login")
    sign_in(client)
    cookie = client.get_cookie("session")
    assert cookie
    thief.set_cookie("session", cookie.value)
    assert page.status_code == 200
    form = {
        "email": "mo@example.org",
        "password": "plum lantern orbit seven",
        "csrf_token": token_in(client.get("/logout")),
    }
    assert client.post("/login", data=form).status_code == 303
    assert status(client) == 200
    assert status(thief) == 302


def test_sign_out_on_one_browser_leaves_the_other(app: Flask, moderator: int) -> None:
    one, other = app.test_client(), app.test_client()
    sign_in(one)
    sign_in(other)
    sign_out(one)
    assert (status(one), status(other)) == (302, 200)


def test_session_ends_after_twelve_idle_hours(
    client: FlaskClient, moderator: int, clock: SettableClock
) -> None:
    sign_in(client)
    clock.move(hours=11, minutes=59)
    assert status(client) == 200
    clock.move(hours=11, minutes=59)
    assert status(client) == 200
    clock.move(hours=12)
    assert status(client) == 302


def test_session_ends_after_thirty_days_however_busy(
    client: FlaskClient, moderator: int, clock: SettableClock
) -> None:
    sign_in(client)
    for _ in range(59):
        clock.move(hours=11.9)
        assert status(client) == 200
    clock.move(hours=11.9)
    assert status(client) == 200
    clock.move(hours=11.9)
    assert status(client) == 302


def test_looking_around_writes_at_most_once_in_ten_minutes(
    app: Flask, client: FlaskClient, moderator: int, clock: SettableClock
) -> None:
    sign_in(client)
    [made] = last_seen(app)
    clock.move(minutes=9)
    client.get(INSIDE)
    [same] = last_seen(app)
    assert same.last_seen_at == made.last_seen_at
    clock.move(minutes=1)
    client.get(INSIDE)
    [later] = last_seen(app)
    assert later.last_seen_at == made.created_at + timedelta(minutes=10)


def test_disabled_person_is_out_at_once(
    app: Flask, client: FlaskClient, moderator: int, clock: SettableClock
) -> None:
    sign_in(client)
    with app.app_context():
        user = user_by_id(moderator)
        assert user
        user.active = False
        db.session.commit()
    assert status(client) == 302
    with app.app_context():
        user = user_by_id(moderator)
        assert user
        set_active(user, active=False, by=None, now=clock())
        set_active(user, active=True, by=None, now=clock())
        db.session.commit()
    assert status(client) == 302


def test_new_password_ends_every_session(
    app: Flask, client: FlaskClient, moderator: int, clock: SettableClock
) -> None:
    other = app.test_client()
    sign_in(client)
    sign_in(other)
    with app.app_context():
        user = user_by_id(moderator)
        assert user
        assert len(sessions_of(user, now=clock())) == 2
        change_password(user, "another plum lantern", clock())
        db.session.commit()
        assert sessions_of(user, now=clock()) == []
    assert (status(client), status(other)) == (302, 302)


def test_deleted_person_is_out_at_once(app: Flask, client: FlaskClient, moderator: int) -> None:
    sign_in(client)
    with app.app_context():
        db.session.delete(user_by_id(moderator))
        db.session.commit()
    assert status(client) == 302
    assert last_seen(app) == []


def test_session_of_one_person_never_opens_for_another(
    app: Flask, client: FlaskClient, moderator: int, clock: SettableClock
) -> None:
    add_person(app, "root@example.org", "Root", Role.ADMIN, clock())
    sign_in(client)
    with app.app_context():
        root = user_by_id(moderator + 1)
        assert root
        uniquifier = root.fs_uniquifier
    with client.session_transaction("/admin/") as kept:
        kept["_user_id"] = uniquifier
    assert status(client) == 302


def test_forged_cookie_is_nobody(client: FlaskClient, moderator: int) -> None:
    sign_in(client)
    cookie = client.get_cookie("session")
    assert cookie
    client.set_cookie("session", cookie.value[:-2] + "AA")
    assert status(client) == 302


def test_retention_forgets_ended_sessions_only(
    app: Flask, moderator: int, clock: SettableClock
) -> None:
    idle, ended = app.test_client(), app.test_client()
    sign_in(idle)
    clock.move(hours=13)
    sign_in(ended)
    sign_out(ended)
    live = app.test_client()
    sign_in(live)
    with app.app_context():
        assert forget_stale_sign_ins(clock()) == 2
        db.session.commit()
    assert status(live) == 200
    clock.move(days=91)
    with app.app_context():
        forget_stale_sign_ins(clock())
        db.session.commit()
        assert last_seen(app) == []
