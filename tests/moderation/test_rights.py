"""What an author may see and decide, and how a moderator comes to see an address."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.accounts.models import User
from blog.clock import now
from blog.comments.models import Comment, CommentStatus, Verdict
from blog.db import begin_write, db
from blog.moderation.models import LogEntry
from blog.posts.models import Post
from tests.factories import make_comment, make_post
from tests.moderation.desk import ADMIN, AUTHOR, GOOD, MODERATOR, WRITES, P, Visit, send, state

pytestmark = pytest.mark.usefixtures("content")


@pytest.fixture
def own(visit: Visit) -> tuple[FlaskClient, int]:
    """An author's browser, and the number of a comment that waits under a post of theirs."""
    browser = visit(AUTHOR)
    post_id = make_post("mine", title="My own post").id
    begin_write()
    author_id = db.session.scalar(select(User.id).where(User.role == AUTHOR))
    db.session.get_one(Post, post_id).owner_id = author_id
    db.session.commit()
    made = make_comment(db.session.get_one(Post, post_id), status=P, text="Under my own post.")
    return browser, made.id


def test_an_author_sees_what_is_under_the_own_posts_alone(own: tuple[FlaskClient, int]) -> None:
    browser, mine = own
    for path in (
        "/admin/",
        "/admin/comments",
        "/admin/comments?status=all",
        f"/admin/comments/{mine}",
    ):
        page = browser.get(path).text
        assert "Under my own post." in page, path
        assert '/admin/comments/1"' not in page, path
        assert "ada@reader.example" not in page
        assert "/admin/people/" not in page
    assert '<span class="count">1<' in browser.get("/admin/").text
    assert browser.get("/admin/comments?person=1").status_code == 200
    assert browser.get("/admin/comments/1").status_code == 404


def test_an_author_decides_under_the_own_posts_alone(own: tuple[FlaskClient, int]) -> None:
    browser, mine = own
    send(browser, "/admin/comments", {"action": "approve", "ids": ["1", str(mine)]})
    page = browser.get("/admin/comments").text
    assert f"Comment {mine} approved." in page
    assert "There is no comment 1" in page
    assert state()[0] == P
    assert db.session.get_one(Comment, mine).status == CommentStatus.APPROVED
    send(browser, "/admin/comments", {"action": "delete", "ids": "1"})
    assert state()[0] == P


def test_an_author_cannot_do_what_moderators_do_even_under_the_own_posts(
    own: tuple[FlaskClient, int],
) -> None:
    browser, mine = own
    before = state()
    refused = [path for path in WRITES if AUTHOR not in WRITES[path] and MODERATOR in WRITES[path]]
    refused.remove("/admin/comments")
    refused.remove("/admin/undo")
    assert len(refused) >= 12
    for path in refused:
        path_of_mine = path.replace("/comments/1/", f"/comments/{mine}/")
        assert send(browser, path_of_mine, GOOD[path]).status_code == 403, path
        assert state() == before, path


def test_an_author_is_offered_only_what_an_author_may_do(own: tuple[FlaskClient, int]) -> None:
    browser, mine = own
    for path in ("/admin/comments", f"/admin/comments/{mine}", "/admin/"):
        page = browser.get(path).text
        for what in ("/edit", "/reply", "/pin", "/claim", "/thread"):
            assert f"/admin/comments/{mine}{what}" not in page, path
        for form in ("/admin/views", "/admin/keys", "/admin/people", "#edit", "data-claims"):
            assert form not in page, path
        assert 'value="approve"' in page


def test_an_author_learns_nothing_of_what_a_person_wrote_elsewhere(
    own: tuple[FlaskClient, int],
) -> None:
    browser, mine = own
    for path in ("/admin/comments?status=all", f"/admin/comments/{mine}", "/admin/"):
        page = browser.get(path).text
        assert "1 waiting, since" not in page, path
        assert "2 waiting, since" not in page, path
        assert "known since" not in page, path
    assert "<b>1</b> all" in browser.get("/admin/").text
    assert "1 comment matches" in browser.get("/admin/comments?status=all").text
    assert "Under my own post." in browser.get("/admin/comments?person=1").text


@pytest.mark.parametrize("check", ["blocked_person", "held_person"])
def test_an_author_does_not_read_what_the_staff_wrote_about_a_person(
    visit: Visit, own: tuple[FlaskClient, int], check: str
) -> None:
    browser, mine = own
    finding = {
        "check": check,
        "rule_version": 1,
        "wants": "hold",
        "reason": "About the person.",
        "evidence": "Threatened Ann by mail.",
    }
    begin_write()
    verdict = Verdict(comment_id=mine, made_at=now(), outcome="hold", findings=[finding])
    db.session.add(verdict)
    db.session.commit()
    page = browser.get(f"/admin/comments/{mine}").text
    assert "About the person." in page
    assert check.replace("_", " ") in page
    assert "Threatened Ann by mail." not in page
    assert "Threatened Ann by mail." in visit(MODERATOR).get(f"/admin/comments/{mine}").text


def test_an_author_cannot_try_out_addresses_and_ips_by_searching(
    visit: Visit, own: tuple[FlaskClient, int]
) -> None:
    browser, mine = own
    for q in ("ada@reader.example", "192.0.2.7"):
        path = f"/admin/comments?status=all&q={q}"
        assert "Under my own post." not in browser.get(path).text
        assert "Under my own post." in visit(MODERATOR).get(path).text
    # Deciding on all that match tells no more.
    match = {"scope": "match", "action": "spam", "newest": "99"}
    send(browser, "/admin/comments", {**match, "filter": "status=pending&q=192.0.2.7"})
    db.session.rollback()
    assert db.session.get_one(Comment, mine).status == P
    assert "Under my own post." in browser.get("/admin/comments?status=all&q=my+own").text


def test_an_author_finds_an_address_that_stands_in_the_text(own: tuple[FlaskClient, int]) -> None:
    browser, mine = own
    post = db.session.get_one(Comment, mine).post
    make_comment(post, status=P, text="Write to shop@example.org at 198.51.100.4, please.")
    for q in ("shop@example.org", "198.51.100.4"):
        page = browser.get(f"/admin/comments?status=all&q={q}").text
        assert "please." in page
        assert "Under my own post." not in page


def test_an_author_decides_on_all_that_match_and_undoes_under_the_own_posts_alone(
    visit: Visit, own: tuple[FlaskClient, int]
) -> None:
    browser, mine = own
    match = {"scope": "match", "action": "spam", "filter": "status=pending", "newest": "99"}
    assert send(browser, "/admin/comments", match).status_code == 303
    assert state()[0] == P
    assert db.session.get_one(Comment, mine).status == CommentStatus.SPAM
    assert send(browser, "/admin/undo", {"first": "1", "last": "1"}).status_code == 303
    db.session.rollback()
    assert db.session.get_one(Comment, mine).status == P
    # What a moderator decided elsewhere is not the author's to take back.
    send(visit(ADMIN), "/admin/comments", {"action": "spam", "ids": "1"})
    send(visit(ADMIN), f"/admin/comments/{mine}/thread", {"comments": "closed"})
    before = state()
    answer = send(browser, "/admin/undo", {"first": "3", "last": "4"})
    assert answer.status_code == 422
    assert state() == before


def test_an_address_is_shown_once_and_the_log_keeps_who_looked(visit: Visit) -> None:
    browser = visit(MODERATOR)
    answer = send(browser, "/admin/people/1/address", {})
    assert "ada@reader.example" in answer.text
    assert "192.0.2.7" not in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert "ada@reader.example" not in browser.get("/admin/people/1").text
    (entry,) = db.session.scalars(select(LogEntry)).all()
    assert (entry.action, entry.subject, entry.who) == ("reveal_address", "person:1", "Mo Staff")
    assert "ada@reader.example" not in f"{entry.before}{entry.after}{entry.reason}"
    assert send(browser, "/admin/people/999/address", {}).status_code == 404
