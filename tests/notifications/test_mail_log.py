"""The mail log at the desk."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.accounts.models import Role
from blog.comments.models import CommentStatus
from blog.comments.signals import proof_wanted
from blog.db import begin_write, db
from blog.moderation.models import LogEntry
from blog.notifications.models import Mail, MailState, SubscriptionKind
from blog.notifications.subscriptions import subscribe
from tests.conftest import START
from tests.factories import make_comment, make_post, make_staff, set_setting, sign_in
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


TO_A_READER = re.compile(
    r"http://127\.0\.0\.1:8000(/(?:privacy/data|subscriptions(?:/confirm)?)/[\w.-]{20,})"
)


def mails_to_a_reader() -> list[str]:
    """Mails by which a reader acts: to confirm, and to see what is kept. Gives their pages."""
    set_setting("mail.staff", "none")
    mine = make_comment(make_post())
    begin_write()
    subscribe(mine, SubscriptionKind.THREAD, now=START)
    proof_wanted.send(mine.person, message="privacy", key="of-ada", now=START)
    db.session.commit()
    numbers = db.session.scalars(select(Mail.id).order_by(Mail.id)).all()
    assert len(numbers) == 2
    return [f"/admin/mail/{number}" for number in numbers]


def revealed() -> list[tuple[str, str]]:
    db.session.rollback()
    found = db.session.scalars(select(LogEntry).where(LogEntry.action == "reveal_mail"))
    return [(entry.subject, entry.who) for entry in found]


def test_what_a_reader_may_do_by_a_mail_is_shown_where_no_mail_is_sent_and_logged(
    app: Flask, client: FlaskClient
) -> None:
    pages, admin = mails_to_a_reader(), browser(app, Role.ADMIN)
    for page in pages:
        closed = admin.get(page).text
        assert "Show the reader’s links" in closed
        assert "…" in closed
        assert TO_A_READER.search(closed) is None
    assert revealed() == []
    for number, page in enumerate(pages, start=1):
        found = TO_A_READER.search(send(admin, page, {}).text)
        assert found is not None
        assert client.get(found[1]).status_code == 200
        assert len(revealed()) == number
    assert [f"/admin/{subject.replace(':', '/')}" for subject, _ in revealed()] == pages
    assert send(admin, "/admin/mail/99", {}).status_code == 404
    assert send(browser(app, Role.MODERATOR), pages[0], {}).status_code == 403
    assert app.test_client().post(pages[0]).status_code in {302, 400}
    assert len(revealed()) == 2


def test_where_mail_is_sent_nobody_else_gets_to_see_a_readers_links(app: Flask) -> None:
    pages, admin = mails_to_a_reader(), browser(app, Role.ADMIN)
    config = app.extensions["blog_config"]
    app.extensions["blog_config"] = replace(config, mail_url="smtp://127.0.0.1:2525")
    for page in pages:
        shown = admin.get(page).text
        assert "Show the reader’s links" not in shown
        refused = send(admin, page, {})
        assert refused.status_code == 403
        assert "Nothing was shown" in refused.text
        for text in (shown, refused.text):
            assert TO_A_READER.search(text) is None
    assert revealed() == []
