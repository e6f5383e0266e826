"""The one-time link that makes the first admin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.accounts.models import FirstAdminLink, Role
from blog.accounts.operations import make_first_admin_link, use_first_admin_link
from blog.accounts.queries import first_admin_link_is_live, has_admin, staff
from blog.db import begin_write, db
from blog.errors import Conflict, NotThere
from tests.accounts.people import PASSWORD, add_person, token_in
from tests.conftest import SettableClock


@pytest.fixture
def link(app: Flask, clock: SettableClock) -> str:
    with app.app_context():
        token = make_first_admin_link(clock())
        db.session.commit()
        return token


def send(client: FlaskClient, link: str, **changes: str) -> int:
    """Fill in the form behind the link; gives the status."""
    page = client.get(f"/setup/{link}")
    form = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD} | changes
    return client.post(f"/setup/{link}", data=form | {"csrf_token": token_in(page)}).status_code


def test_link_makes_the_admin_and_signs_them_in(
    app: Flask, client: FlaskClient, link: str, clock: SettableClock
) -> None:
    page = client.get(f"/setup/{link}")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    form = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD}
    answer = client.post(f"/setup/{link}", data=form | {"csrf_token": token_in(page)})
    assert (answer.status_code, answer.location) == (303, "/admin/")
    assert client.get("/admin/try/moderators").text == "Hello Ada"
    with app.app_context():
        [ada] = staff()
        assert (ada.role, ada.last_signed_in_at) == (Role.ADMIN, clock())


def test_link_works_once(app: Flask, client: FlaskClient, link: str) -> None:
    assert send(client, link) == 303
    stranger = app.test_client()
    assert stranger.get(f"/setup/{link}").status_code == 404
    assert client.get(f"/setup/{link}").status_code == 404
    token = token_in(stranger.get("/login"))
    assert stranger.post(f"/setup/{link}", data={"csrf_token": token}).status_code == 404
    with app.app_context():
        assert len(staff()) == 1


def test_unknown_link_is_not_there(client: FlaskClient, link: str) -> None:
    for token in ("x" * 43, link[:-1], link + "A", "é", "%00"):
        assert client.get(f"/setup/{token}").status_code == 404


def test_link_expires_after_a_day(
    app: Flask, client: FlaskClient, link: str, clock: SettableClock
) -> None:
    clock.move(hours=23, minutes=59)
    page = client.get(f"/setup/{link}")
    assert page.status_code == 200
    clock.move(minutes=1)
    form = {"name": "Ada", "email": "ada@example.org", "password": PASSWORD}
    sent = client.post(f"/setup/{link}", data=form | {"csrf_token": token_in(page)})
    assert sent.status_code == 404
    with app.app_context():
        assert not has_admin()


def test_newer_link_replaces_the_older(
    app: Flask, client: FlaskClient, link: str, clock: SettableClock
) -> None:
    with app.app_context():
        newer = make_first_admin_link(clock())
        db.session.commit()
    assert client.get(f"/setup/{link}").status_code == 404
    assert client.get(f"/setup/{newer}").status_code == 200


def test_no_link_once_there_is_an_admin(
    app: Flask, client: FlaskClient, link: str, clock: SettableClock
) -> None:
    add_person(app, "root@example.org", "Root", Role.ADMIN, clock())
    assert client.get(f"/setup/{link}").status_code == 404
    with app.app_context():
        with pytest.raises(Conflict):
            make_first_admin_link(clock())
        with pytest.raises(NotThere):
            use_first_admin_link(link, "ada@example.org", "Ada", PASSWORD, clock())


def test_bad_field_keeps_the_link_and_what_was_typed(
    app: Flask, client: FlaskClient, link: str
) -> None:
    page = client.get(f"/setup/{link}")
    form = {"name": "Ada", "email": "ada@example.org", "password": "password"}
    answer = client.post(f"/setup/{link}", data=form | {"csrf_token": token_in(page)})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'href="#password"' in answer.text
    assert 'aria-describedby="password-help password-error"' in answer.text
    assert 'value="ada@example.org"' in answer.text
    assert 'value="password"' not in answer.text
    assert send(client, link, name=" ") == 422
    assert send(client, link, email="nowhere") == 422
    assert send(client, link) == 303
    with app.app_context():
        assert len(staff()) == 1


def test_only_the_hash_of_the_token_is_kept(app: Flask, link: str) -> None:
    with app.app_context():
        row = db.session.scalars(select(FirstAdminLink)).one()
        assert len(row.token_hash) == 32
        assert link.encode() not in row.token_hash
        assert len(link) == 43


def test_eight_at_once_make_one_admin(app: Flask, link: str, clock: SettableClock) -> None:
    def use(number: int) -> str:
        with app.app_context():
            begin_write()
            try:
                use_first_admin_link(link, f"a{number}@example.org", "Ada", PASSWORD, clock())
            except NotThere:
                db.session.rollback()
                return "too late"
            db.session.commit()
            return "admin"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(use, range(8)))
    assert outcomes == ["admin"] + ["too late"] * 7
    with app.app_context():
        assert len(staff()) == 1
        assert not first_admin_link_is_live(link, now=clock())
