"""The mail log at the desk."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.accounts.models import Role
from blog.comments.models import CommentStatus
from blog.db import begin_write, db
from blog.notifications.models import Mail, MailState
from tests.factories import make_comment, make_post, make_staff, sign_in
from tests.moderation.conftest import Browser
from tests.moderation.desk import send


def browser(app: Flask, role: Role) -> FlaskClient:
    app.test_client_class = Browser
    made = app.test_client()
    sign_in(made, role)
    return made


def test_only_an_admin_sees_it(app: Flask) -> None:
    for path in ("/admin/mail", "/admin/mail/1"):
        assert app.test_client().get(path).status_code == 302
        assert browser(app, Role.MODERATOR).get(path).status_code == 403
    assert send(browser(app, Role.MODERATOR), "/admin/mail", {"action": "test"}).status_code == 403


def test_without_a_server_mail_is_kept_and_shown(app: Flask) -> None:
    make_staff(Role.MODERATOR, "mo@staff.example")
    make_comment(make_post(title="The news"), status=CommentStatus.PENDING, text="Look at me.")
    admin = browser(app, Role.ADMIN)
    page = admin.get("/admin/mail").text
    assert "BLOG_MAIL_URL" in page
    assert "mo@staff.example" in page
    one = admin.get("/admin/mail/1").text
    assert "Please moderate: The news" in one
    assert "Look at me." in one
    assert one.count("/decide/…") == 3
    assert admin.get("/admin/mail/99").status_code == 404


def test_a_test_is_sent_to_oneself_and_a_dead_mail_again(app: Flask) -> None:
    admin = browser(app, Role.ADMIN)
    assert send(admin, "/admin/mail", {"action": "test"}).status_code == 303
    assert "A test is in the outbox." in admin.get("/admin/mail").text
    db.session.rollback()
    mail_id = db.session.scalars(select(Mail.id)).one()
    again = {"action": "again", "mail": str(mail_id)}
    assert send(admin, "/admin/mail", again).status_code == 422
    begin_write()
    db.session.get_one(Mail, mail_id).state = MailState.DEAD
    db.session.commit()
    assert "Try again" in admin.get("/admin/mail?state=dead").text
    assert send(admin, "/admin/mail", again).status_code == 303
    db.session.rollback()
    assert db.session.get_one(Mail, mail_id).state == MailState.WAITING
    assert send(admin, "/admin/mail", {"action": "burn"}).status_code == 422
