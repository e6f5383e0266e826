"""What the tests of this room do again and again: people, forms, signing in."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from blog.accounts.models import Role
from blog.accounts.operations import add_user
from blog.db import db

PASSWORD = "plum lantern orbit seven"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def add_person(app: Flask, email: str, name: str, role: Role, now: datetime) -> int:
    """Add somebody with PASSWORD; gives the id."""
    with app.app_context():
        user = add_user(email, name, role, PASSWORD, now)
        db.session.commit()
        return user.id


def token_in(page: TestResponse) -> str:
    """The form token of a page."""
    found = TOKEN.search(page.text)
    assert found, page.text
    return found[1]


def sign_in(
    client: FlaskClient,
    email: str = "mo@example.org",
    password: str = PASSWORD,
    *,
    next_path: str = "",
    address: str = "203.0.113.7",
) -> TestResponse:
    """Open the sign-in page and send its form."""
    page = client.get("/login")
    form = {"email": email, "password": password, "next": next_path, "csrf_token": token_in(page)}
    return client.post("/login", data=form, environ_overrides={"REMOTE_ADDR": address})


def sign_out(client: FlaskClient) -> TestResponse:
    """Open the sign-out page and press its button."""
    return client.post("/logout", data={"csrf_token": token_in(client.get("/logout"))})


def cookie_header(response: TestResponse) -> str:
    """The one cookie that an answer sets."""
    [header] = response.headers.getlist("Set-Cookie")
    return header
