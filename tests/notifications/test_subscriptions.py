"""Mail to readers: asked for, confirmed once, only about what is public, and stopped at once."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from blog.comments.models import Comment, CommentStatus
from blog.comments.staffreply import reply_as_staff
from blog.comments.states import change_status
from blog.db import begin_write, db
from blog.notifications.models import Subscriber, Subscription
from blog.notifications.subscriptions import forget_unconfirmed
from blog.posts.models import Post as BlogPost
from tests.conftest import START, SettableClock
from tests.databases import written
from tests.factories import make_comment, make_post, set_setting
from tests.notifications.conftest import Post, links_in, text_of

WORDS = {"comment": "My own words.", "author": "Ann", "email": "ann@reader.example"}


@pytest.fixture
def post(app: Flask) -> BlogPost:
    set_setting("comments.flood_seconds", "0")
    set_setting("comments.hold", "none")
    set_setting("mail.staff", "none")
    return make_post("news", title="The news")


def ask(client: FlaskClient, kind: str = "replies", **typed: str) -> str:
    """Leave a reply and ask for mail; returns the receipt's address."""
    receipt = leave(client, **typed)
    asked = client.post(receipt + "/subscribe", data={"kind": kind})
    assert asked.status_code == 200
    return receipt


def leave(client: FlaskClient, **typed: str) -> str:
    """Leave a reply; returns the receipt's address."""
    answer = client.post("/posts/news/comments", data={**WORDS, **typed})
    if "remember" in typed:
        return "/receipts/own-" + answer.headers["Location"].rpartition("#comment-")[2]
    found = re.search(r'href="(/receipts/[^"]+)"', client.get(answer.headers["Location"]).text)
    assert found is not None
    return found[1]


def confirm(client: FlaskClient, mails: Post) -> str:
    """Press the button of the mail; returns the page to manage mail."""
    mails.deliver()
    [path] = [path for path in links_in(mails.mails[-1]) if "/confirm/" in path]
    assert client.get(path).text.count("<button") == 1
    answer = client.post(path)
    assert answer.status_code == 303
    return answer.headers["Location"]


def move(comment: Comment, status: CommentStatus, by: str = "staff:1") -> None:
    begin_write()
    change_status(comment.id, status, by=by, now=START)
    db.session.commit()


def test_answers_come_after_the_address_is_confirmed(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    ask(client)
    mine = db.session.get_one(Comment, 1)
    make_comment(post, parent=mine, text="Too early to be told.", address="bo@reader.example")
    assert post_office.deliver().sent == 1
    assert post_office.subjects() == ["Please confirm that A blog in series may write to you"]
    confirm(client, post_office)
    assert post_office.deliver().sent == 0
    make_comment(post, parent=mine, text="An answer.", author="Bo", address="bo@reader.example")
    make_comment(post, text="Beside the point.", author="Cy", address="cy@reader.example")
    assert post_office.deliver().sent == 1
    mail = post_office.mails[-1]
    assert mail["To"] == "ann@reader.example"
    assert mail["Subject"] == "Bo on The news"
    assert "An answer." in text_of(mail)
    assert "An answer." in text_of(mail, "html")
    assert "bo@reader.example" not in post_office.sink.raw[-1].decode()
    assert mail["In-Reply-To"] == mail["References"]
    assert str(mail["Message-ID"]).startswith("<")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_an_answer_by_the_staff_is_told_too(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    ask(client)
    confirm(client, post_office)
    set_setting("mail.staff", "both")
    begin_write()
    reply_as_staff(
        db.session.get_one(Comment, 1),
        author="Mo",
        address="mo@desk.example",
        text="From the desk.",
        html="<p>From the desk.</p>",
        max_depth=5,
        by="staff:1",
        now=START,
    )
    db.session.commit()
    assert post_office.deliver().sent == 1
    assert post_office.mails[-1]["To"] == "ann@reader.example"
    assert "From the desk." in text_of(post_office.mails[-1])


def test_nobody_hears_of_a_held_reply_before_it_is_approved(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    ask(client, "thread")
    confirm(client, post_office)
    held = make_comment(post, status=CommentStatus.PENDING, address="bo@reader.example")
    assert post_office.deliver().sent == 0
    move(held, CommentStatus.APPROVED)
    assert post_office.deliver().sent == 1


def test_what_was_taken_back_in_time_is_not_told_and_told_when_it_returns(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    ask(client, "thread")
    confirm(client, post_office)
    other = make_comment(post, address="bo@reader.example")
    move(other, CommentStatus.SPAM)
    assert post_office.deliver().sent == 0
    move(other, CommentStatus.APPROVED)
    assert post_office.deliver().sent == 1
    # Once told, it is not told again.
    move(other, CommentStatus.TRASH)
    move(other, CommentStatus.APPROVED)
    assert post_office.deliver().sent == 0


def test_nobody_is_told_of_their_own_comment(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    ask(client, "thread")
    confirm(client, post_office)
    make_comment(post, author="Ann", address="ANN@reader.example")
    assert post_office.deliver().sent == 0


def test_a_busy_thread_is_one_mail_an_hour(
    client: FlaskClient, post: BlogPost, post_office: Post, clock: SettableClock
) -> None:
    ask(client, "thread")
    confirm(client, post_office)
    before = len(post_office.mails)
    for number in range(1, 13):
        make_comment(post, text=f"Number {number}.", address=f"r{number}@reader.example")
        post_office.deliver()
        clock.move(minutes=10)
    sent = post_office.mails[before:]
    assert len(sent) <= 3
    clock.move(hours=1)
    post_office.deliver()
    told = "".join(text_of(mail) for mail in post_office.mails[before:])
    assert all(told.count(f"Number {number}.") == 1 for number in range(1, 13))


def test_the_confirmation_is_asked_for_once_a_day(
    client: FlaskClient, post: BlogPost, post_office: Post, clock: SettableClock
) -> None:
    for number in range(5):
        ask(client, comment=f"Number {number}.")
    assert post_office.deliver().sent == 1
    clock.move(days=1)
    ask(client, comment="On another day.")
    assert post_office.deliver().sent == 1
    confirm(client, post_office)
    # Whoever asks now may be another: once after each answer, then no more that day.
    for number in range(3):
        ask(client, comment=f"Confirmed already, {number}.")
    assert post_office.deliver().sent == 1
    assert db.session.scalar(select(func.count()).select_from(Subscription)) == 9


def test_who_merely_knows_an_address_learns_nothing_and_subscribes_nobody(
    app: Flask, client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    ask(client)
    manage = confirm(client, post_office)
    pages = []
    for address in ("ann@reader.example", "nobody@reader.example"):
        stranger = app.test_client()
        receipt = leave(stranger, comment="By a stranger.", email=address)
        with written() as said:
            asked = stranger.post(receipt + "/subscribe", data={"kind": "thread"})
        pages.append((asked.text.replace(receipt, ""), said))
    assert pages[0] == pages[1]
    assert "Please look into your mail" in pages[0][0]
    make_comment(post, text="News for whoever follows.", address="cy@reader.example")
    assert post_office.deliver().sent == 2
    assert all("/confirm/" in text_of(mail) for mail in post_office.mails[-2:])
    assert "Every comment on" not in client.get(manage).text
    # Its owner is shown what was asked for, and then it counts.
    [mail] = [mail for mail in post_office.mails[-2:] if mail["To"] == "ann@reader.example"]
    [path] = [path for path in links_in(mail) if "/confirm/" in path]
    assert "Every comment on" in client.get(path).text
    assert client.post(path).status_code == 303
    assert "Every comment on" in client.get(manage).text


def test_a_browser_that_remembers_a_proof_is_asked_once_and_for_its_address_only(
    app: Flask, client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    ask(client, remember="yes")
    confirm(client, post_office)
    receipt = ask(client, comment="Once more.", remember="yes")
    asked = client.post(receipt + "/subscribe", data={"kind": "thread"})
    assert "You will hear of it" in asked.text
    assert post_office.deliver().sent == 0
    make_comment(post, text="News.", address="cy@reader.example")
    assert post_office.deliver().sent == 1
    ask(client, comment="As another.", email="bo@reader.example", remember="yes")
    ask(client, comment="As before.", remember="yes")
    assert post_office.deliver().sent == 2
    assert all("/confirm/" in text_of(mail) for mail in post_office.mails[-2:])


def test_what_nobody_confirmed_is_forgotten_and_the_rest_stays(
    client: FlaskClient, post: BlogPost, post_office: Post, clock: SettableClock
) -> None:
    ask(client)
    confirm(client, post_office)
    ask(client, comment="By a stranger.")
    for days, kept in ((6, 2), (2, 1)):
        now = clock.move(days=days)
        begin_write()
        forget_unconfirmed(now, days=7)
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(Subscription)) == kept


def test_the_author_is_told_what_became_of_a_held_comment(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    set_setting("comments.hold", "all")
    ask(client, remember="yes")
    confirm(client, post_office)
    mine = db.session.get_one(Comment, 1)
    move(mine, CommentStatus.APPROVED)
    post_office.deliver()
    assert post_office.subjects()[-1] == "Your comment is published: The news"
    ask(client, comment="Another one.", remember="yes")
    other = db.session.get_one(Comment, 2)
    move(other, CommentStatus.TRASH)
    post_office.deliver()
    assert post_office.subjects()[-1] == "Your comment was not published: The news"


@pytest.mark.parametrize(
    ("status", "subject"),
    [
        (CommentStatus.APPROVED, "Your comment is published: The news"),
        (CommentStatus.TRASH, "Your comment was not published: The news"),
    ],
)
def test_a_decision_before_the_address_is_confirmed_is_told_after_it(
    client: FlaskClient, post: BlogPost, post_office: Post, status: CommentStatus, subject: str
) -> None:
    set_setting("comments.hold", "all")
    receipt = ask(client)
    assert "you confirm your address first" in client.get(receipt).text
    move(db.session.get_one(Comment, 1), status)
    manage = confirm(client, post_office)
    assert post_office.deliver().sent == 1
    assert post_office.subjects()[-1] == subject
    # Confirming once more, or for somebody who asked for the thread alone, tells nothing again.
    [path] = [path for path in links_in(post_office.mails[0]) if "/confirm/" in path]
    assert client.post(path).status_code == 303
    assert client.post(manage + "/stop").status_code == 303
    ask(client, "thread", comment="Another one.")
    assert post_office.deliver().sent == 0


def test_a_comment_published_at_once_is_no_news_to_its_author(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    ask(client)
    confirm(client, post_office)
    assert post_office.deliver().sent == 0


def test_one_click_stops_all_mail_and_a_get_none(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    ask(client, "thread")
    manage = confirm(client, post_office)
    make_comment(post, address="bo@reader.example")
    post_office.deliver()
    mail = post_office.mails[-1]
    for path in links_in(mail):
        assert client.get(path).status_code < 400
        assert client.head(path).status_code < 400
    assert db.session.scalar(select(func.count()).select_from(Subscription)) == 1
    [stop] = [path for path in links_in(mail) if path.endswith("/stop")]
    done = client.post(stop, data={"List-Unsubscribe": "One-Click"})
    # A mail program does not follow to another page (RFC 8058, 3.1).
    assert done.status_code == 200
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Subscriber)) == 0
    make_comment(post, address="cy@reader.example")
    assert post_office.deliver().sent == 0
    assert "No mail is sent to you" in client.get(manage).text


def test_one_thing_of_several_can_be_stopped(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    receipt = ask(client, "replies")
    client.post(receipt + "/subscribe", data={"kind": "thread"})
    manage = confirm(client, post_office)
    ids = db.session.scalars(select(Subscription.id).order_by(Subscription.id)).all()
    assert client.post(manage + "/stop", data={"subscription": "no"}).status_code == 422
    client.post(manage + "/stop", data={"subscription": str(ids[0])})
    db.session.rollback()
    assert db.session.scalars(select(Subscription.kind)).all() == ["thread"]


@pytest.mark.parametrize("kind", ["replies", "thread"])
def test_nobody_hears_of_answers_to_what_is_not_shown(
    client: FlaskClient, post: BlogPost, post_office: Post, kind: str
) -> None:
    answer = client.post("/posts/news/comments", data=WORDS)
    found = re.search(r'href="(/receipts/[^"]+)"', client.get(answer.headers["Location"]).text)
    assert found is not None
    client.post(found[1] + "/withdraw")
    refused = client.post(found[1] + "/subscribe", data={"kind": kind})
    assert refused.status_code == 403
    assert "Nothing was changed" in refused.text
    assert post_office.deliver().sent == 0
    assert db.session.scalar(select(func.count()).select_from(Subscription)) == 0


def test_what_is_followed_leads_to_a_page_that_is_there(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    set_setting("comments.hold", "all")
    ask(client)
    manage = confirm(client, post_office)
    for shown, path in ((False, "/posts/news"), (True, "/comments/1")):
        if shown:
            move(db.session.get_one(Comment, 1), CommentStatus.APPROVED)
        assert f'<a href="{path}">The news</a>' in client.get(manage).text
        assert client.get(path).status_code < 400


def test_a_confirmation_that_is_over_says_what_to_do(
    client: FlaskClient, post: BlogPost, post_office: Post, clock: SettableClock
) -> None:
    ask(client)
    post_office.deliver()
    [path] = [path for path in links_in(post_office.mails[0]) if "/confirm/" in path]
    clock.move(days=8)
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 404
        assert "Ask for mail again" in answer.text
        assert "no-store" in answer.headers["Cache-Control"]
    assert db.session.scalars(select(Subscriber.confirmed_at)).one() is None


def test_a_token_acts_for_its_own_person_and_purpose_only(
    client: FlaskClient, post: BlogPost, post_office: Post
) -> None:
    ask(client)
    manage = confirm(client, post_office)
    token = manage.rpartition("/")[2]
    for path in (f"/subscriptions/confirm/{token}", f"/privacy/data/{token}", f"/decide/{token}"):
        assert client.get(path).status_code == 404
    assert client.get(manage + "x").status_code == 404
    bo = make_comment(post, address="bo@reader.example")
    ask(client, email="bo@reader.example", comment="Mine is another.")
    own = db.session.scalars(select(Subscription).where(Subscription.person_id == bo.person_id))
    client.post(manage + "/stop", data={"subscription": str(own.one().id)})
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Subscription)) == 2


def test_a_digest_that_was_tried_says_no_more_when_it_comes_again(
    client: FlaskClient, post: BlogPost, post_office: Post, clock: SettableClock
) -> None:
    ask(client, "thread")
    confirm(client, post_office)
    make_comment(post, text="The first.", address="r1@reader.example")
    post_office.sink.to_data = ["451 later"]
    post_office.deliver()
    make_comment(post, text="The second.", address="r2@reader.example")
    clock.move(minutes=2)
    post_office.deliver()
    assert "The second." not in text_of(post_office.mails[-1])
    clock.move(minutes=30)
    assert post_office.deliver().sent == 0
    clock.move(minutes=40)
    assert post_office.deliver().sent == 1
    assert "The second." in text_of(post_office.mails[-1])
