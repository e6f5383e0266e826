"""Saved views and soft claims: each person's own, and in nobody's way."""

from __future__ import annotations

import threading
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from blog.accounts.models import User
from blog.clock import now
from blog.db import begin_write, db
from blog.moderation.claims import claim
from blog.moderation.models import Claim, SavedView
from blog.moderation.saved import MOST_VIEWS
from tests.conftest import SettableClock
from tests.factories import make_staff
from tests.moderation.desk import MODERATOR, Visit, send

pytestmark = pytest.mark.usefixtures("content")


def test_a_view_is_kept_under_its_name_for_one_person_and_removed(visit: Visit) -> None:
    one, other = visit(MODERATOR), visit(MODERATOR)
    query = "status=spam&sort=risk&q=shoes&junk=1"
    for name in ("Shoes <again>", "Shoes <again>"):
        answer = send(one, "/admin/views", {"name": name, "filter": query})
        assert answer.status_code == 303
    page = one.get("/admin/comments").text
    assert (
        'href="/admin/comments?status=spam&amp;q=shoes&amp;sort=risk">Shoes &lt;again&gt;' in page
    )
    assert page.count("Remove the view") == 1
    assert "Shoes" not in other.get("/admin/comments").text
    send(other, "/admin/views", {"remove": "1"})
    assert "Remove the view" in one.get("/admin/comments").text
    send(one, "/admin/views", {"remove": "1"})
    assert "Remove the view" not in one.get("/admin/comments").text


def test_a_view_without_a_name_or_one_too_many_is_refused(visit: Visit) -> None:
    browser = visit(MODERATOR)
    for name in ("", "  ", "x" * 61):
        assert send(browser, "/admin/views", {"name": name}).status_code == 422
    for number in range(MOST_VIEWS):
        assert send(browser, "/admin/views", {"name": f"View {number}"}).status_code == 303
    assert send(browser, "/admin/views", {"name": "One more"}).status_code == 422
    assert send(browser, "/admin/views", {"name": "View 0"}).status_code == 303


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Vic", "q=vic@example.org"),
        ("Vic", "status=all&q=from+Vic%40Example.org+again"),
        ("Vic", "q=192.0.2.7"),
        ("Vic", "q=shoes+(192.0.2.7)."),
        ("Vic", "q=2001:db8::1"),
        ("Vic", "q=2001:0DB8:0:0:0:0:0:1"),
        ("Vic", "q=::ffff:192.0.2.7"),
        ("Vic", "post=vic@example.org"),
        ("vic@example.org", "status=spam"),
    ],
)
def test_a_view_that_would_keep_an_address_or_an_ip_is_refused(
    visit: Visit, name: str, query: str
) -> None:
    browser = visit(MODERATOR)
    answer = send(browser, "/admin/views", {"name": name, "filter": query})
    assert answer.status_code == 422
    assert "A view cannot keep an email address or an IP" in answer.text
    db.session.rollback()
    assert db.session.scalar(select(SavedView.id)) is None


@pytest.mark.parametrize(
    "q", ["shoes @ home", "std::chrono", "at 10:30", "version 1.2.3", "site.example/@ada", "a:b"]
)
def test_a_view_of_other_words_is_kept(visit: Visit, q: str) -> None:
    answer = send(
        visit(MODERATOR), "/admin/views", {"name": "Words", "filter": urlencode({"q": q})}
    )
    assert answer.status_code == 303


def test_a_claim_tells_the_others_for_five_minutes_and_blocks_nobody(
    visit: Visit, clock: SettableClock
) -> None:
    one, other = visit(MODERATOR), visit(MODERATOR)
    assert send(one, "/admin/comments/1/claim", {"quiet": "yes"}).status_code == 204
    for path in ("/admin/comments", "/admin/comments/1"):
        assert "is looking at it" in other.get(path).text
        assert "is looking at it" not in one.get(path).text
    send(other, "/admin/comments/1/claim", {})
    assert "Somebody else looks at it already" in other.get("/admin/comments").text
    clock.move(minutes=5)
    assert "is looking at it" not in other.get("/admin/comments").text
    assert send(other, "/admin/comments/1/claim", {"quiet": "yes"}).status_code == 204
    answer = send(one, "/admin/comments", {"action": "approve", "ids": "1", "seen": "1:1"})
    assert answer.status_code == 303
    assert send(one, "/admin/comments/99/claim", {}).status_code == 404


def test_of_two_claims_at_one_moment_one_wins(app: Flask) -> None:
    ids = [make_staff().id for _ in range(4)]
    won: list[bool] = []
    barrier = threading.Barrier(len(ids))

    def run(staff_id: int) -> None:
        with app.app_context():
            barrier.wait()
            begin_write()
            won.append(claim(1, staff=db.session.get_one(User, staff_id), now=now()))
            db.session.commit()

    threads = [threading.Thread(target=run, args=(number,)) for number in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, False, False, True]
    db.session.rollback()
    assert len(db.session.scalars(select(Claim)).all()) == 1
