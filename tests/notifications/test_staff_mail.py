"""Mail to the staff, and the links in it that work without signing in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from blog import signing
from blog.accounts.models import Role, User
from blog.comments.models import Appeal, Comment, CommentStatus
from blog.comments.receipts import appeal
from blog.comments.states import change_status
from blog.db import begin_write, db
from blog.moderation.models import LogEntry
from blog.notifications.links import STAFF
from blog.notifications.models import Mail, MailState
from blog.posts.models import Post as BlogPost
from blog.settings.catalogue import CommentSettings
from tests.conftest import START, SettableClock
from tests.factories import make_comment, make_post, make_staff, set_setting
from tests.notifications.conftest import Post, links_in, text_of

WORDS = {"comment": "A remark for the staff.", "author": "Ann", "email": "ann@reader.example"}


@pytest.fixture
def post(app: Flask) -> BlogPost:
    set_setting("comments.flood_seconds", "0")
    return make_post("news", title="The news")


@pytest.fixture
def moderator(app: Flask) -> User:
    return make_staff(Role.MODERATOR, "mo@staff.example", "Mo")


def leave(client: FlaskClient, **typed: str) -> None:
    answer = client.post("/posts/news/comments", data={**WORDS, **typed})
    assert answer.status_code == 303


def status_of(number: int = 1) -> CommentStatus:
    db.session.rollback()
    return db.session.get_one(Comment, number).status


def link_to(mails: Post, label: str) -> str:
    line = next(
        line for line in text_of(mails.mails[-1]).splitlines() if line.startswith(label + ":")
    )
    return line.partition("http://127.0.0.1:8000")[2]


def test_a_held_comment_is_mailed_and_approved_from_the_mail(
    client: FlaskClient, post: BlogPost, moderator: User, post_office: Post
) -> None:
    leave(client)
    assert post_office.deliver().sent == 1
    [mail] = post_office.mails
    assert mail["Subject"] == "[A blog in series] Please moderate: The news"
    assert mail["To"] == "mo@staff.example"
    assert "A remark for the staff." in text_of(mail)
    assert "ann@reader.example" not in post_office.sink.raw[0].decode()
    # A held comment has no page of readers, so its title leads to the desk.
    assert 'href="http://127.0.0.1:8000/admin/comments/1">The news</a>' in text_of(mail, "html")
    approve, spam = link_to(post_office, "Approve it"), link_to(post_office, "Spam it")
    page = client.get(approve)
    assert page.text.count("<button") == 1
    assert page.headers["Cache-Control"] == "private, no-store"
    assert status_of() == CommentStatus.PENDING
    assert client.post(approve).status_code == 200
    assert status_of() == CommentStatus.APPROVED
    entry = db.session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.who, entry.reason) == ("approve", "Mo", "By the link in a mail.")
    # Each link was for the comment as it stood.
    for over in (approve, spam):
        assert client.get(over).status_code == 410
        assert client.post(over).status_code == 410
    assert status_of() == CommentStatus.APPROVED


def test_a_link_ends_with_an_edit_a_week_or_the_right(
    client: FlaskClient,
    post: BlogPost,
    moderator: User,
    post_office: Post,
    clock: SettableClock,
) -> None:
    leave(client)
    post_office.deliver()
    spam = link_to(post_office, "Spam it")
    assert client.get(spam[:-1]).status_code == 404
    begin_write()
    db.session.get_one(User, moderator.id).role = Role.AUTHOR
    db.session.commit()
    assert client.post(spam).status_code == 410
    begin_write()
    db.session.get_one(User, moderator.id).role = Role.MODERATOR
    db.session.commit()
    clock.move(days=8)
    assert "a week has passed" in client.get(spam).text
    assert client.post(spam).status_code == 410
    assert status_of() == CommentStatus.PENDING


def test_a_scanner_that_follows_every_link_changes_nothing(
    client: FlaskClient, post: BlogPost, moderator: User, post_office: Post
) -> None:
    leave(client)
    post_office.deliver()
    for path in links_in(post_office.mails[0]):
        assert client.head(path).status_code < 500
        assert client.get(path).status_code < 500
    assert status_of() == CommentStatus.PENDING
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 1


@pytest.mark.parametrize(
    ("wanted", "held", "published"),
    [("held", 1, 0), ("published", 0, 1), ("both", 1, 1), ("none", 0, 0)],
)
def test_the_admin_chooses_what_is_mailed(
    client: FlaskClient,
    post: BlogPost,
    moderator: User,
    post_office: Post,
    wanted: str,
    held: int,
    published: int,
) -> None:
    set_setting("mail.staff", wanted)
    leave(client)
    assert post_office.deliver().sent == held
    set_setting("comments.hold", "none")
    leave(client, comment="Published at once.")
    assert post_office.deliver().sent == published


def test_addresses_chosen_by_the_admin_get_it_instead(
    client: FlaskClient, post: BlogPost, moderator: User, post_office: Post
) -> None:
    set_setting("mail.staff_to", "desk@staff.example\nnight@staff.example")
    leave(client)
    assert post_office.deliver().sent == 2
    assert sorted(post_office.sink.to) == [["desk@staff.example"], ["night@staff.example"]]
    approve = link_to(post_office, "Approve it")
    set_setting("mail.staff_to", "")
    assert client.post(approve).status_code == 410
    set_setting("mail.staff_to", "Night@staff.example\nDesk@staff.example")
    assert client.post(approve).status_code == 200
    assert status_of() == CommentStatus.APPROVED
    entry = db.session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.who, entry.who_id) == ("approve", "by mail", None)


def test_an_address_taken_from_the_list_decides_no_more(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    set_setting("mail.staff_to", "gone@staff.example")
    leave(client)
    post_office.deliver()
    approve = link_to(post_office, "Approve it")
    assert "gone" not in approve
    set_setting("mail.staff_to", "desk@staff.example")
    for over in (client.get(approve), client.post(approve)):
        assert over.status_code == 410
        assert "Nothing was changed" in over.text
    # A link from before addresses were marked names nobody on the list.
    old = signing.sign(STAFF, [1, 1, "approve", 0], now=START)
    assert client.post(f"/decide/{old}").status_code == 410
    assert status_of() == CommentStatus.PENDING


def test_a_digest_gathers_what_came_within_the_hour(
    client: FlaskClient,
    post: BlogPost,
    moderator: User,
    post_office: Post,
    clock: SettableClock,
) -> None:
    set_setting("mail.staff_pace", "hourly")
    leave(client)
    assert post_office.deliver().sent == 1
    for number in range(5):
        clock.move(minutes=5)
        leave(client, comment=f"Number {number}.")
        assert post_office.deliver().sent == 0
    clock.move(minutes=40)
    assert post_office.deliver().sent == 1
    assert post_office.subjects()[-1] == "[A blog in series] 5 new comments"
    text = text_of(post_office.mails[-1])
    assert all(f"Number {number}." in text for number in range(5))


def test_what_was_decided_meanwhile_is_not_mailed(
    client: FlaskClient, post: BlogPost, moderator: User, post_office: Post
) -> None:
    leave(client)
    begin_write()
    change_status(1, CommentStatus.SPAM, by="staff:1", now=START)
    db.session.commit()
    tally = post_office.deliver()
    assert (tally.sent, tally.dropped) == (0, 1)
    assert db.session.scalars(select(Mail.state)).one() == MailState.DROPPED


def rejected(comment: Comment, by: User) -> None:
    begin_write()
    change_status(comment.id, CommentStatus.TRASH, by=f"staff:{by.id}", now=START)
    appeal(comment.id, "I meant well.", settings=CommentSettings(), now=START)
    db.session.commit()


def test_an_appeal_goes_to_the_others_first(
    app: Flask, post: BlogPost, moderator: User, post_office: Post
) -> None:
    other = make_staff(Role.ADMIN, "other@staff.example")
    comment = make_comment(post, status=CommentStatus.PENDING)
    post_office.deliver()
    sent = len(post_office.mails)
    rejected(comment, moderator)
    post_office.deliver()
    assert post_office.sink.to[sent:] == [[other.email]]
    assert "I meant well." in text_of(post_office.mails[-1])


def test_an_appeal_goes_back_to_the_only_one_there_is(
    app: Flask, post: BlogPost, moderator: User, post_office: Post
) -> None:
    comment = make_comment(post, status=CommentStatus.PENDING)
    post_office.deliver()
    rejected(comment, moderator)
    assert post_office.deliver().sent == 1
    assert db.session.scalar(select(func.count()).select_from(Appeal)) == 1


HOSTILE: list[Callable[[], str]] = [
    lambda: "=?utf-8?q?x=0D=0ABcc:_victim=40example.org?=",
    lambda: "=?utf-8?b?eA0KQmNjOiB2aWN0aW1AZXhhbXBsZS5vcmc=?=",
    lambda: "Title \u2028Bcc: victim@example.org",
    lambda: "x" * 400,
    lambda: "\u202eesrever\u202c שלום 👩‍👩‍👧‍👦",
    lambda: '"quoted" <bcc@example.org>, other@example.org',
]


@pytest.mark.parametrize("make", HOSTILE)
def test_no_name_or_title_breaks_out_of_a_header(
    client: FlaskClient, app: Flask, moderator: User, post_office: Post, make: Callable[[], str]
) -> None:
    title = make()
    make_post("news", title=title)
    set_setting("site.title", "".join(c for c in title if c.isprintable())[:200])
    leave(client)
    assert post_office.deliver().sent == 1
    [mail] = post_office.mails
    assert mail["Bcc"] is None
    assert len(mail.get_all("To") or []) == 1
    assert post_office.sink.to == [["mo@staff.example"]]
    head = post_office.sink.raw[0].partition(b"\r\n\r\n")[0]
    assert b"\r\nBcc" not in head
    assert "\u202e" not in str(mail["Subject"])
