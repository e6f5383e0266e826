"""The desk over HTTP: who may come in, what a decision does, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blog.accounts.models import Role
from blog.comments.models import Comment, CommentStatus
from blog.db import db
from blog.posts.models import Post
from tests.factories import csrf_token, make_comment
from tests.moderation.desk import (
    ADMIN,
    AUTHOR,
    GOOD,
    IDLE,
    MODERATOR,
    NEEDED,
    PAGES,
    UNTOUCHED,
    WRITES,
    P,
    Visit,
    send,
    state,
)

pytestmark = pytest.mark.usefixtures("content")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_shown_to_its_roles_alone(visit: Visit, path: str) -> None:
    for role in Role:
        answer = visit(role).get(path)
        expected = {200} if role in PAGES[path] else {403, 404}
        assert answer.status_code in expected, role
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("path", [*PAGES, "/admin/nothing", "/admin/comments/none", "/admin/x/y"])
def test_nobody_signed_in_is_sent_to_sign_in_and_back(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/login?next={path}"
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/admin/nothing",
        "/admin/comments/0",
        "/admin/comments/01",
        "/admin/comments/1x",
        "/admin/comments/-1",
        "/admin/comments/999",
        "/admin/comments/99999999999999999999999",
        "/admin/comments/%D9%A1",
        "/admin/comments/1%00",
        "/admin/people/999",
        "/admin/people/x",
    ],
)
def test_what_is_not_there_is_404_for_somebody_signed_in(visit: Visit, path: str) -> None:
    assert visit(ADMIN).get(path).status_code == 404


def test_every_page_of_the_desk_has_a_row_in_the_table_of_rights(app: Flask) -> None:
    rules = {
        (re.sub("<[^>]*>", "1", rule.rule.replace("<name>", "days.svg")), method)
        for rule in app.url_map.iter_rules()
        # Mail is a room of its own: tests/notifications/test_mail_log.py.
        if rule.rule.startswith("/admin") and not rule.rule.startswith("/admin/mail")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    # There is a picture only while a key waits to be confirmed; test_second_factor.py looks at it.
    rules.remove(("/admin/account/totp.svg", "GET"))
    # Answering an appeal needs one: tests/moderation/test_appeals.py.
    writes = {*WRITES, "/admin/appeals"}
    assert rules == {(path, "GET") for path in PAGES} | {(path, "POST") for path in writes}


@pytest.mark.parametrize("path", WRITES)
def test_a_write_works_for_its_roles_and_is_refused_to_others(visit: Visit, path: str) -> None:
    for role in (AUTHOR, MODERATOR, ADMIN):
        if path in NEEDED:
            send(visit(ADMIN), *NEEDED[path])
        browser = visit(role)
        before = state()
        answer = send(browser, path, GOOD[path])
        if role not in WRITES[path]:
            # Told with the next page where one of many may be refused, else at once.
            assert answer.status_code in {303, 403, 404, 422}
            assert state() == before
        else:
            # 409: the same post cannot be made twice. The idle ones find nothing to do.
            assert answer.status_code in {200, 303, 409} or path in IDLE, answer.text
            assert answer.headers.get("Location", "/admin/").startswith("/admin/")
    assert state() != UNTOUCHED or path in IDLE


@pytest.mark.parametrize("path", WRITES)
def test_a_write_by_nobody_changes_nothing(client: FlaskClient, path: str) -> None:
    assert client.post(path, data=GOOD[path]).status_code == 302
    token = csrf_token(client, "/login")
    answer = client.post(path, data={**GOOD[path], "csrf_token": token})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login"
    assert state() == UNTOUCHED


@pytest.mark.parametrize("path", WRITES)
def test_a_write_by_get_changes_nothing(visit: Visit, path: str) -> None:
    browser = visit(ADMIN)
    expected = 200 if path in PAGES else 405
    assert browser.get(path, query_string=GOOD[path]).status_code == expected
    assert browser.head(path, query_string=GOOD[path]).status_code == expected
    assert browser.put(path, data=GOOD[path]).status_code in {403, 405}
    assert state() == UNTOUCHED


@pytest.mark.parametrize("path", WRITES)
def test_a_form_of_another_site_is_refused(visit: Visit, path: str) -> None:
    browser = visit(ADMIN)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert send(browser, path, GOOD[path], headers=headers).status_code == 403, headers
        assert state() == UNTOUCHED, headers


@pytest.mark.parametrize("path", WRITES)
def test_a_form_without_its_token_or_with_anothers_is_refused(visit: Visit, path: str) -> None:
    browser, other = visit(ADMIN), visit(ADMIN)
    assert browser.post(path, data=GOOD[path]).status_code == 403
    assert browser.post(path, json=GOOD[path]).status_code == 403
    foreign = csrf_token(other, "/admin/")
    assert browser.post(path, data={**GOOD[path], "csrf_token": foreign}).status_code == 403
    assert state() == UNTOUCHED


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"action": "approve"},
        {"ids": "1"},
        {"action": "erase", "ids": "1"},
        {"action": ["approve", "spam"], "ids": "1"},
        {"action": "approve", "ids": "1x"},
        {"action": "approve", "ids": ["1", "-1"]},
        {"action": "approve", "ids": "1 2"},
        {"action": "approve", "ids": "\u0661"},
        {"action": "approve", "ids": ""},
        {"action": "approve", "ids": [str(n) for n in range(1, 502)]},
    ],
)
def test_a_decision_that_makes_no_sense_shows_the_queue_with_the_reason(
    visit: Visit, data: dict[str, Any]
) -> None:
    answer = send(visit(ADMIN), "/admin/comments", data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "Nothing was changed" in answer.text
    assert state() == UNTOUCHED


@pytest.mark.parametrize("number", ["999", "0", "99999999999999999999999999"])
def test_a_decision_about_an_unknown_comment_is_told(visit: Visit, number: str) -> None:
    browser = visit(MODERATOR)
    answer = send(browser, "/admin/comments", {"action": "delete", "ids": number})
    assert answer.status_code == 303
    assert "There is no comment" in browser.get("/admin/comments").text
    assert state() == UNTOUCHED


@pytest.mark.parametrize("action", ["approve", "spam", "trash"])
def test_a_decision_is_told_once_and_can_be_undone(visit: Visit, action: str) -> None:
    browser = visit(MODERATOR)
    second = make_comment(db.session.get_one(Post, 1), status=P).id
    send(browser, "/admin/comments", {"action": action, "ids": ["1", str(second)]})
    notice = _notice(browser.get("/admin/comments").text)
    assert "2 comments" in notice
    run = dict(re.findall(r'name="(first|last)" value="(\d+)"', notice))
    assert run == {"first": "1", "last": "2"}
    assert 'class="desk-notice"' not in browser.get("/admin/comments").text
    send(browser, "/admin/undo", run)
    assert "Taken back: 2 changes." in _notice(browser.get("/admin/comments").text)
    assert state()[:4] == (P, True, 2, 4)


def test_the_log_offers_to_take_back_each_decision(visit: Visit) -> None:
    browser = visit(MODERATOR)
    send(browser, "/admin/comments", {"action": "spam", "ids": "1"})
    assert 'aria-label="Undo entry 1"' in browser.get("/admin/log").text
    assert 'aria-label="Undo entry 1"' in browser.get("/admin/comments/1").text
    answer = send(browser, "/admin/undo", {"first": "1", "last": "1", "next": "/admin/log"})
    assert answer.headers["Location"] == "/admin/log"
    assert state()[0] == P


@pytest.mark.parametrize(
    "run", [{}, {"first": "1"}, {"first": "7", "last": "9"}, {"first": "x", "last": "1"}]
)
def test_an_undo_of_nothing_says_so(visit: Visit, run: dict[str, str]) -> None:
    answer = send(visit(MODERATOR), "/admin/undo", run)
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text


def test_deletion_stands_in_spam_and_trash_offers_no_undo_and_asks_first(visit: Visit) -> None:
    browser = visit(MODERATOR)
    assert 'value="delete"' not in browser.get("/admin/comments").text
    send(browser, "/admin/comments", {"action": "spam", "ids": "1"})
    page = browser.get("/admin/comments?status=spam").text
    places = list(re.finditer(r'value="delete"', page))
    # For one comment, for the ticked ones, and for all that match, which is folded away too.
    assert len(places) >= 3
    for start in places:
        before = page[: start.start()]
        assert before.rfind("<details") > before.rfind("</details>")
    send(browser, "/admin/comments", {"action": "delete", "ids": "1"})
    notice = _notice(browser.get("/admin/comments").text)
    assert "Comment 1 deleted for good." in notice
    assert "<button" not in notice
    answer = send(browser, "/admin/undo", {"first": "2", "last": "2"})
    assert answer.status_code == 422


def test_a_full_bulk_decision_keeps_its_cookie_small(visit: Visit) -> None:
    browser = visit(MODERATOR)
    post = db.session.get_one(Post, 1)
    numbers = [str(make_comment(post, status=P).id) for _ in range(30)]
    ids = [*numbers, *(str(n) for n in range(100_000, 100_400))]
    answer = send(browser, "/admin/comments", {"action": "spam", "ids": ids})
    assert all(len(cookie) < 4_096 for cookie in answer.headers.getlist("Set-Cookie"))
    page = browser.get("/admin/comments").text
    assert "30 comments marked as spam" in page
    assert "397 more were refused likewise" in page


def _notice(page: str) -> str:
    found = re.search(r'<div class="desk-notice".*?</div>', page, re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/admin/comments/1", "/admin/comments/1"),
        ("/admin/comments?status=spam&q=a%20b", "/admin/comments?status=spam&q=a%20b"),
        ("https://evil.example/admin/", "/admin/comments"),
        ("//evil.example/admin/", "/admin/comments"),
        ("/posts/one", "/admin/comments"),
        ("/admin/../posts/one", "/admin/comments"),
        ("/admin/\r\nSet-Cookie: a=b", "/admin/comments"),
        ("/administrator", "/admin/comments"),
    ],
)
def test_a_decision_returns_to_pages_of_the_desk_alone(
    visit: Visit, wanted: str, goes_to: str
) -> None:
    data = {"action": "approve", "ids": "1", "next": wanted}
    assert send(visit(MODERATOR), "/admin/comments", data).headers["Location"] == goes_to


@pytest.mark.parametrize("shown", ["/admin/comments?status=pending", "/admin/comments/1"])
def test_a_stale_page_does_not_overrule_a_colleague(visit: Visit, shown: str) -> None:
    one, other = visit(MODERATOR), visit(MODERATOR)
    send(one, "/admin/comments", {"action": "approve", "ids": "1", "seen": "1:1"})
    stale = {"action": "spam", "ids": "1", "seen": "1:1", "next": shown}
    answer = send(other, "/admin/comments", stale)
    assert answer.status_code == 409
    alert = answer.text.partition('role="alert"')[2].partition("</div>")[0]
    assert "Somebody else decided on comment 1" in alert
    assert "it is now approved" in alert
    assert state()[0] == CommentStatus.APPROVED


def test_what_a_colleague_left_alone_is_decided_though_the_rest_is_stale(visit: Visit) -> None:
    browser = visit(MODERATOR)
    second = make_comment(db.session.get_one(Post, 1), status=P).id
    send(browser, "/admin/comments", {"action": "spam", "ids": "1"})
    seen = ["1:1", f"{second}:1"]
    answer = send(
        browser,
        "/admin/comments",
        {"action": "approve", "ids": ["1", str(second)], "seen": seen},
    )
    assert answer.status_code == 409
    assert f"Comment {second} approved." in _notice(answer.text)
    assert state()[0] == CommentStatus.SPAM


def test_a_reason_typed_with_a_decision_is_in_the_log(visit: Visit) -> None:
    browser = visit(MODERATOR)
    data = {"action": "spam", "ids": "1", "reason": "advertises <b>shoes</b>"}
    send(browser, "/admin/comments", data)
    assert "advertises &lt;b&gt;shoes&lt;/b&gt;" in browser.get("/admin/log").text


def test_moderators_see_addresses_masked_and_no_ip(visit: Visit) -> None:
    for path in (
        "/admin/",
        "/admin/comments",
        "/admin/comments/1",
        "/admin/people",
        "/admin/people/1",
    ):
        page = visit(MODERATOR).get(path).text
        assert "a•••@r•••" in page or path == "/admin/"
        assert "ada@reader.example" not in page
        assert "192.0.2.7" not in page
        assert "ada@reader.example" in visit(ADMIN).get(path).text


def test_shortcuts_are_kept_per_person_and_shown_to_the_script(visit: Visit) -> None:
    one, other = visit(MODERATOR), visit(MODERATOR)
    send(one, "/admin/keys", {"shortcuts": "on", "approve": "P", "spam": ""})
    assert "approve&#34;: &#34;p&#34;" in one.get("/admin/comments").text
    assert "approve&#34;: &#34;a&#34;" in other.get("/admin/comments").text
    send(one, "/admin/keys", {"shortcuts": "off"})
    assert "data-keys" not in one.get("/admin/comments").text


@pytest.mark.parametrize("typed", [{"approve": "s"}, {"approve": "ab"}, {"approve": "?"}])
def test_shortcuts_that_cannot_work_are_refused_and_shown_again(
    visit: Visit, typed: dict[str, str]
) -> None:
    answer = send(visit(MODERATOR), "/admin/keys", typed)
    assert answer.status_code == 422
    assert "Nothing was saved" in answer.text
    assert f'name="approve" value="{typed["approve"]}"' in answer.text
    assert state() == UNTOUCHED


def test_all_that_match_are_decided_in_batches_and_later_ones_left_alone(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("blog.moderation.decision_views.MOST_AT_ONCE", 3)
    browser = visit(MODERATOR)
    post = db.session.get_one(Post, 1)
    numbers = [make_comment(post, status=P, text=f"shoes {n}").id for n in range(7)]
    late = make_comment(post, status=P, text="shoes again").id
    data = {"scope": "match", "action": "spam", "filter": "status=pending&q=shoes"}
    answer = send(browser, "/admin/comments", {**data, "newest": str(numbers[-1])})
    assert answer.status_code == 303
    page = browser.get("/admin/comments").text
    assert page.count('class="desk-undo"') == 3
    assert state()[3] == 7
    assert {db.session.get_one(Comment, n).status for n in numbers} == {CommentStatus.SPAM}
    assert db.session.get_one(Comment, late).status == P
    assert "all that match a filter" in browser.get("/admin/log").text
    assert send(browser, "/admin/comments", {**data, "newest": "1"}).status_code == 303
    assert "No comment matches any more" in browser.get("/admin/comments").text
