"""The pages for signing in and out."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blog.accounts.models import Role
from blog.accounts.queries import user_by_id
from blog.accounts.staff import set_active
from blog.db import db
from tests.accounts.people import add_person, sign_in, sign_out, token_in
from tests.conftest import SettableClock

WRONG = "The email address or the password is not right."


def test_right_password_opens_the_admin_pages(client: FlaskClient, moderator: int) -> None:
    answer = sign_in(client)
    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert client.get("/admin/try/moderators").text == "Hello Mo Derator"


def test_address_is_taken_in_any_case_and_with_blanks(client: FlaskClient, moderator: int) -> None:
    assert sign_in(client, "  MO@Example.org ").status_code == 303


def test_signed_in_person_is_sent_on_from_the_sign_in_page(
    client: FlaskClient, moderator: int
) -> None:
    sign_in(client)
    answer = client.get("/login?next=/admin/try/anybody")
    assert (answer.status_code, answer.location) == (302, "/admin/try/anybody")


def test_sign_in_returns_to_the_page_that_was_wanted(client: FlaskClient, moderator: int) -> None:
    wanted = client.get("/admin/try/moderators?status=held&q=a%20b")
    assert wanted.status_code == 302
    assert wanted.location.startswith("/login?next=/admin/try/moderators")
    page = client.get(wanted.location)
    kept = page.text.split('name="next"')[1].split('value="')[1].split('"')[0]
    kept = kept.replace("&amp;", "&")
    assert kept == "/admin/try/moderators?status=held&q=a%20b"
    assert sign_in(client, next_path=kept).location == kept


def test_foreign_return_address_leads_to_the_dashboard(client: FlaskClient, moderator: int) -> None:
    for foreign in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:0"):
        assert sign_in(client, next_path=foreign).location == "/admin/"
        sign_out(client)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("mo@example.org", "plum lantern orbit eight"),
        ("nobody@example.org", "plum lantern orbit seven"),
        ("not an address", "plum lantern orbit seven"),
        ("mo@example.org", "\x00"),
        ("a\x00b", "plum lantern orbit seven"),
        ("%@%", "plum lantern orbit seven"),
        ("mo@example.org' OR 1=1 --", "x"),
    ],
)
def test_wrong_pair_is_refused_with_the_same_sentence(
    client: FlaskClient, moderator: int, email: str, password: str
) -> None:
    answer = sign_in(client, email, password)
    assert answer.status_code == 422
    assert WRONG in answer.text
    assert 'role="alert"' in answer.text
    assert client.get("/admin/try/anybody").status_code == 302


def test_unknown_known_and_disabled_accounts_get_equal_bytes(
    app: Flask, moderator: int, clock: SettableClock
) -> None:
    off = add_person(app, "of@example.org", "Off", Role.AUTHOR, clock())
    with app.app_context():
        user = user_by_id(off)
        assert user
        set_active(user, active=False, by=None, now=clock())
        db.session.commit()
    answers = []
    for email in ("mo@example.org", "no@example.org", "of@example.org"):
        client = app.test_client()
        page = client.get("/login")
        form = {"email": email, "password": "wrong one", "csrf_token": token_in(page)}
        answer = client.post("/login", data=form)
        sent = answer.text.replace(token_in(answer), "").replace(email, "")
        answers.append((answer.status_code, sent, sorted(answer.headers.keys())))
    assert answers[0] == answers[1] == answers[2]


def test_disabled_person_cannot_sign_in(
    app: Flask, client: FlaskClient, moderator: int, clock: SettableClock
) -> None:
    with app.app_context():
        user = user_by_id(moderator)
        assert user
        set_active(user, active=False, by=None, now=clock())
        db.session.commit()
    assert sign_in(client).status_code == 422


def test_empty_form_says_each_error_beside_its_field(client: FlaskClient) -> None:
    answer = sign_in(client, "", "")
    assert answer.status_code == 422
    for field in ("email", "password"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text
        assert f'aria-describedby="{field}-error"' in answer.text


def test_typed_address_is_kept_and_the_password_is_not(client: FlaskClient) -> None:
    answer = sign_in(client, '"><script>@example.org', "a password of mine")
    assert answer.status_code == 422
    assert "<script>" not in answer.text
    assert "&lt;script&gt;@example.org" in answer.text
    assert "a password of mine" not in answer.text


def test_form_without_its_token_changes_nothing(client: FlaskClient, moderator: int) -> None:
    form = {"email": "mo@example.org", "password": "plum lantern orbit seven"}
    assert client.post("/login", data=form).status_code in {400, 403}
    assert client.get("/admin/try/anybody").status_code == 302


def test_token_of_another_browser_is_refused(
    app: Flask, client: FlaskClient, moderator: int
) -> None:
    form = {"email": "mo@example.org", "password": "plum lantern orbit seven"}
    form["csrf_token"] = token_in(app.test_client().get("/login"))
    client.get("/login")
    assert client.post("/login", data=form).status_code in {400, 403}


def test_opening_the_sign_out_page_signs_nobody_out(client: FlaskClient, moderator: int) -> None:
    assert client.get("/logout").location == "/login"
    sign_in(client)
    page = client.get("/logout")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert client.get("/admin/try/anybody").status_code == 200


def test_sign_out_without_a_token_is_refused(client: FlaskClient, moderator: int) -> None:
    sign_in(client)
    assert client.post("/logout").status_code in {400, 403}
    assert client.get("/admin/try/anybody").status_code == 200


def test_sign_out_ends_and_clears(client: FlaskClient, moderator: int) -> None:
    sign_in(client)
    answer = sign_out(client)
    assert (answer.status_code, answer.location) == (303, "/login")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get_cookie("session") is None
    assert client.get("/admin/try/anybody").status_code == 302


@pytest.mark.parametrize("path", ["/login", "/logout", "/setup/x"])
def test_other_methods_are_refused(client: FlaskClient, path: str) -> None:
    answer = client.put(path)
    assert answer.status_code in {400, 403, 405}


def test_pages_of_flask_security_are_not_there(client: FlaskClient) -> None:
    for path in (
        "/register",
        "/reset",
        "/change",
        "/verify",
        "/confirm",
        "/tf-setup",
        "/us-signin",
    ):
        assert client.get(path).status_code == 404


def test_sign_in_token_of_flask_security_opens_nothing(
    app: Flask, client: FlaskClient, moderator: int
) -> None:
    with app.app_context():
        user = user_by_id(moderator)
        assert user
        token = str(user.get_auth_token())
    headers = {"Authentication-Token": token}
    assert client.get("/admin/try/anybody", headers=headers).status_code == 302
    assert client.get(f"/admin/try/anybody?auth_token={token}").status_code == 302


def test_log_names_people_by_number_only(
    client: FlaskClient, moderator: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        sign_in(client, "mo@example.org", "wrong one")
        sign_in(client, "nobody@example.org", "wrong one")
        sign_in(client)
        sign_out(client)
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert f"staff {moderator} signed in" in said
    assert f"refused (staff {moderator})" in said
    assert "refused (staff unknown)" in said
    assert f"staff {moderator} signed out" in said
    assert "example.org" not in said
    assert "203.0.113" not in said
