"""The own account: second factor, recovery codes, sessions, password; and joining by a link."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import select
from werkzeug.test import TestResponse

from blog.accounts.models import Invitation, Role, TotpKey, User
from blog.db import db
from blog.moderation.log import verify_log
from blog.moderation.models import LogEntry
from tests.factories import PASSWORD, csrf_token
from tests.moderation.desk import ADMIN, AUTHOR, MODERATOR, Visit, send

NEW_PASSWORD = "another quiet harbour 77"


def actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(LogEntry.action).order_by(LogEntry.id)))


def email_of(role: Role) -> str:
    db.session.rollback()
    return db.session.scalars(select(User.email).where(User.role == role)).one()


def switch_on(browser: FlaskClient, clock: Any) -> tuple[TOTP, list[str]]:
    """Set codes up as the page says; gives the app and the recovery codes."""
    send(browser, "/admin/account/totp", {"do": "begin", "password": PASSWORD})
    page = browser.get("/admin/account").text
    found = re.search(r'class="desk-key">([A-Z2-7-]+)<', page)
    assert found is not None, page
    picture = browser.get("/admin/account/totp.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "no-store" in picture.headers["Cache-Control"]
    assert b"style" not in picture.data
    app = TOTP(key=found[1], format="base32")
    answer = send(browser, "/admin/account/totp", {"do": "confirm", "code": code_now(app, clock)})
    codes = re.findall(r"<li><code>([a-z0-9-]+)</code>", answer.text)
    assert len(codes) == 10
    return app, codes


def code_now(app: TOTP, clock: Any) -> str:
    return str(app.generate(time=int(clock().timestamp())).token)


def type_password(browser: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    data = {"email": email, "password": password, "csrf_token": csrf_token(browser, "/login")}
    return browser.post("/login", data={**data, "next": "/admin/log"})


def type_code(browser: FlaskClient, code: str) -> TestResponse:
    token = csrf_token(browser, "/login/second")
    return browser.post("/login/second", data={"code": code, "csrf_token": token})


def test_a_code_of_the_app_is_asked_once_the_password_was_right(
    visit: Visit, app: Flask, clock: Any
) -> None:
    totp, _ = switch_on(visit(MODERATOR), clock)
    clock.move(minutes=1)
    browser = app.test_client()
    answer = type_password(browser, email_of(MODERATOR))
    assert answer.headers["Location"] == "/login/second"
    # The password alone opens nothing.
    assert browser.get("/admin/").status_code == 302
    assert type_code(browser, "000000").status_code == 422
    assert browser.get("/admin/").status_code == 302
    code = code_now(totp, clock)
    done = type_code(browser, f"{code[:3]} {code[3:]}")
    assert (done.status_code, done.headers["Location"]) == (303, "/admin/log")
    assert browser.get("/admin/").status_code == 200
    # The same code again, seen over a shoulder, signs nobody in.
    other = app.test_client()
    type_password(other, email_of(MODERATOR))
    assert type_code(other, code).status_code == 422
    assert actions() == ["make_recovery_codes", "switch_totp_on"]


def test_a_recovery_code_works_once(visit: Visit, app: Flask, clock: Any) -> None:
    _, codes = switch_on(visit(MODERATOR), clock)
    browser = app.test_client()
    type_password(browser, email_of(MODERATOR))
    assert type_code(browser, codes[0].upper()).status_code == 303
    assert "9 of 10 are left" in browser.get("/admin/account").text
    other = app.test_client()
    type_password(other, email_of(MODERATOR))
    assert type_code(other, codes[0]).status_code == 422
    assert type_code(other, codes[1].replace("-", "")).status_code == 303
    fresh = send(browser, "/admin/account/recovery", {"password": PASSWORD})
    assert codes[2] not in fresh.text
    third = app.test_client()
    type_password(third, email_of(MODERATOR))
    assert type_code(third, codes[2]).status_code == 422
    assert actions().count("use_recovery_code") == 2


def test_the_second_step_is_lost_after_ten_minutes_or_a_new_password(
    visit: Visit, app: Flask, clock: Any
) -> None:
    owner = visit(MODERATOR)
    totp, _ = switch_on(owner, clock)
    late, robbed = app.test_client(), app.test_client()
    type_password(late, email_of(MODERATOR))
    clock.move(minutes=11)
    assert late.get("/login/second").headers["Location"] == "/login"
    type_password(robbed, email_of(MODERATOR))
    token = csrf_token(robbed, "/login/second")
    send(owner, "/admin/account/password", {"current": PASSWORD, "new": NEW_PASSWORD})
    data = {"code": code_now(totp, clock), "csrf_token": token}
    assert robbed.post("/login/second", data=data).headers["Location"] == "/login"
    assert robbed.get("/admin/").status_code == 302


def test_guessing_codes_is_slowed_down_and_the_owner_is_not_locked_out(
    visit: Visit, app: Flask, clock: Any
) -> None:
    totp, _ = switch_on(visit(MODERATOR), clock)
    clock.move(minutes=1)
    home = {"REMOTE_ADDR": "198.51.100.9"}
    owner = app.test_client()
    type_password(owner, email_of(MODERATOR))
    data = {"code": code_now(totp, clock), "csrf_token": csrf_token(owner, "/login/second")}
    assert owner.post("/login/second", data=data, environ_overrides=home).status_code == 303
    thief = app.test_client()
    type_password(thief, email_of(MODERATOR))
    answers = [type_code(thief, f"{number:06}").status_code for number in range(8)]
    assert answers[:4] == [422] * 4
    assert answers[-1] == 429
    clock.move(minutes=1)
    again = app.test_client()
    type_password(again, email_of(MODERATOR))
    data = {"code": code_now(totp, clock), "csrf_token": csrf_token(again, "/login/second")}
    assert again.post("/login/second", data=data, environ_overrides=home).status_code == 303


def test_switching_codes_off_needs_the_password(visit: Visit, app: Flask, clock: Any) -> None:
    browser = visit(MODERATOR)
    switch_on(browser, clock)
    wrong = send(browser, "/admin/account/totp", {"do": "drop", "password": "wrong"})
    assert wrong.status_code == 422
    assert "This is not your password" in wrong.text
    assert (
        send(browser, "/admin/account/totp", {"do": "begin", "password": PASSWORD}).status_code
        == 409
    )
    send(browser, "/admin/account/totp", {"do": "drop", "password": PASSWORD})
    other = app.test_client()
    assert type_password(other, email_of(MODERATOR)).headers["Location"] == "/admin/log"
    assert db.session.scalar(select(TotpKey.user_id)) is None
    assert actions()[-1] == "switch_totp_off"


def test_an_unconfirmed_key_asks_nothing_of_anybody(visit: Visit, app: Flask) -> None:
    browser = visit(MODERATOR)
    send(browser, "/admin/account/totp", {"do": "begin", "password": PASSWORD})
    assert send(browser, "/admin/account/totp", {"do": "confirm", "code": "x"}).status_code == 422
    other = app.test_client()
    assert type_password(other, email_of(MODERATOR)).headers["Location"] == "/admin/log"


def test_sessions_are_listed_and_ended(visit: Visit, app: Flask, clock: Any) -> None:
    browser = visit(MODERATOR)
    others = [app.test_client() for _ in range(2)]
    for other in others:
        clock.move(minutes=1)
        type_password(other, email_of(MODERATOR))
    page = browser.get("/admin/account").text
    ids = re.findall(r'name="session" value="(\d+)"', page)
    assert len(ids) == 2
    assert page.count("this browser") == 1
    send(browser, "/admin/account/sessions", {"session": ids[0]})
    assert [other.get("/admin/").status_code for other in others].count(302) == 1
    send(browser, "/admin/account/sessions", {"session": "others"})
    assert [other.get("/admin/").status_code for other in others] == [302, 302]
    assert browser.get("/admin/").status_code == 200
    # Nobody ends the session of somebody else.
    stranger = visit(AUTHOR)
    own = re.findall(r'name="session" value="(\d+)"', stranger.get("/admin/account").text)
    assert own == []
    for number in range(1, 6):
        send(stranger, "/admin/account/sessions", {"session": str(number)})
    assert browser.get("/admin/").status_code == 200


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(
    visit: Visit, app: Flask
) -> None:
    browser = visit(MODERATOR)
    other = app.test_client()
    type_password(other, email_of(MODERATOR))
    path = "/admin/account/password"
    assert send(browser, path, {"current": "wrong", "new": NEW_PASSWORD}).status_code == 422
    assert send(browser, path, {"current": PASSWORD, "new": "short"}).status_code == 422
    assert other.get("/admin/").status_code == 200
    assert send(browser, path, {"current": PASSWORD, "new": NEW_PASSWORD}).status_code == 303
    assert other.get("/admin/").status_code == 302
    assert browser.get("/admin/").status_code == 200
    assert type_password(other, email_of(MODERATOR)).status_code == 422
    assert type_password(other, email_of(MODERATOR), NEW_PASSWORD).status_code == 303
    assert actions() == ["change_password"]


def join(browser: FlaskClient, path: str, **typed: str) -> TestResponse:
    data = {"name": "Ann New", "email": "ann@staff.example", "password": NEW_PASSWORD, **typed}
    return browser.post(path, data={**data, "csrf_token": csrf_token(browser, path)})


def test_an_invited_person_joins_once_with_the_chosen_role(visit: Visit, app: Flask) -> None:
    admin = visit(ADMIN)
    page = send(admin, "/admin/staff", {"role": "author", "note": "Ann"}).text
    link = re.search(r'value="https?://[^/]+(/join/[\w-]+)"', page)
    assert link is not None
    assert link[1] not in admin.get("/admin/staff").text
    browser = app.test_client()
    assert "an author" in browser.get(link[1]).text
    refused = join(browser, link[1], password="short")
    assert refused.status_code == 422
    assert 'value="Ann New"' in refused.text
    assert join(browser, link[1]).status_code == 303
    assert browser.get("/admin/posts").status_code == 200
    assert browser.get("/admin/staff").status_code == 403
    assert app.test_client().get(link[1]).status_code == 404
    assert actions() == ["invite_staff", "join_staff"]
    kept = db.session.scalars(select(Invitation)).one()
    assert link[1].rpartition("/")[2].encode() not in kept.token_hash
    assert verify_log().is_whole


def test_a_link_ends_with_its_time_its_maker_and_its_withdrawal(
    visit: Visit, app: Flask, clock: Any
) -> None:
    admin = visit(ADMIN)

    def link() -> str:
        page = send(admin, "/admin/staff", {"role": "admin"}).text
        found = re.search(r'value="https?://[^/]+(/join/[\w-]+)"', page)
        assert found is not None
        return found[1]

    withdrawn, of_the_fired, old = link(), link(), link()
    number = db.session.scalars(select(Invitation.id).order_by(Invitation.id)).first()
    send(admin, f"/admin/staff/invitations/{number}", {})
    browser = app.test_client()
    assert browser.get(withdrawn).status_code == 404
    assert browser.get(old).status_code == 200
    other = visit(ADMIN)
    admin_id = db.session.scalar(select(User.id).order_by(User.id))
    send(other, f"/admin/staff/{admin_id}", {"do": "disable"})
    assert browser.get(of_the_fired).status_code == 404
    send(other, f"/admin/staff/{admin_id}", {"do": "enable"})
    clock.move(days=8)
    assert browser.get(old).status_code == 404
    assert browser.get("/join/nothing").status_code == 404


def test_a_disabled_account_is_out_at_once_and_the_last_admin_stays(
    visit: Visit, app: Flask
) -> None:
    admin, author = visit(ADMIN), visit(AUTHOR)
    ids = dict(db.session.execute(select(User.role, User.id)).all())
    send(admin, f"/admin/staff/{ids[AUTHOR]}", {"do": "disable"})
    assert author.get("/admin/").status_code == 302
    assert type_password(app.test_client(), email_of(AUTHOR)).status_code == 422
    for change in ({"do": "disable"}, {"do": "role", "role": "author"}):
        refused = send(admin, f"/admin/staff/{ids[ADMIN]}", change)
        assert refused.status_code == 409
        assert "last active admin" in refused.text
    send(admin, f"/admin/staff/{ids[AUTHOR]}", {"do": "enable"})
    send(admin, f"/admin/staff/{ids[AUTHOR]}", {"do": "role", "role": "admin"})
    assert (
        send(admin, f"/admin/staff/{ids[ADMIN]}", {"do": "role", "role": "author"}).status_code
        == 303
    )
    assert admin.get("/admin/staff").status_code == 403
    assert actions() == ["disable_account", "enable_account", "change_role", "change_role"]


@pytest.mark.parametrize("data", [{}, {"do": "fire"}, {"do": "role", "role": "king"}])
def test_a_change_that_makes_no_sense_changes_nothing(visit: Visit, data: dict[str, str]) -> None:
    assert send(visit(ADMIN), "/admin/staff/1", data).status_code == 422
    assert send(visit(ADMIN), "/admin/staff/999", data).status_code == 404
    assert actions() == []


def test_a_passkey_that_was_not_asked_for_is_refused(visit: Visit, app: Flask, clock: Any) -> None:
    browser = visit(MODERATOR)
    path = "/admin/account/passkeys"
    assert send(browser, f"{path}/options", {"password": "wrong"}).status_code == 422
    options = send(browser, f"{path}/options", {"password": PASSWORD}).json
    assert options is not None
    assert len(options["challenge"]) > 30
    for credential in ("", "{}", "[]", '{"id": "AA", "rawId": "AA"}', "x" * 30_000):
        assert send(browser, path, {"credential": credential}).status_code == 422
    switch_on(browser, clock)
    stranger = app.test_client()
    assert stranger.post("/login/second/options").status_code == 403
    type_password(stranger, email_of(MODERATOR))
    token = csrf_token(stranger, "/login/second")
    assert stranger.post("/login/second/options", data={"csrf_token": token}).status_code == 200
    for credential in ("", "{}", "[]", '{"id": "AA", "rawId": "AA"}'):
        data = {"csrf_token": token, "credential": credential}
        assert stranger.post("/login/second/passkey", data=data).status_code == 422
    assert stranger.get("/admin/").status_code == 302
    assert "add_passkey" not in actions()
