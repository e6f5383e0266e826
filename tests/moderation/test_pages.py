"""The desk over HTTP: who may come in, what each form does, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from blog.accounts.models import Role
from blog.comments.models import Comment, CommentStatus
from blog.db import db
from blog.moderation.models import LogEntry
from blog.posts.models import Post
from blog.settings.queries import load_settings
from tests.factories import csrf_token, make_comment, make_post, make_staff

Visit = Callable[[Role], FlaskClient]
ADMIN, MODERATOR, AUTHOR = Role.ADMIN, Role.MODERATOR, Role.AUTHOR
P = CommentStatus.PENDING

PAGES: dict[str, set[Role]] = {
    "/admin/": {ADMIN, MODERATOR, AUTHOR},
    "/admin/comments": {ADMIN, MODERATOR},
    "/admin/comments/1": {ADMIN, MODERATOR},
    "/admin/people": {ADMIN, MODERATOR},
    "/admin/people/1": {ADMIN, MODERATOR},
    "/admin/log": {ADMIN, MODERATOR},
    "/admin/posts": {ADMIN},
    "/admin/settings": {ADMIN},
}
WRITES: dict[str, set[Role]] = {
    "/admin/comments": {ADMIN, MODERATOR},
    "/admin/posts": {ADMIN},
    "/admin/settings": {ADMIN},
}
GOOD: dict[str, dict[str, Any]] = {
    "/admin/comments": {"action": "approve", "ids": "1"},
    "/admin/posts": {"post": "1", "comments": "closed"},
    "/admin/settings": {"comments.max_links": "7"},
}


@pytest.fixture(autouse=True)
def content(app: Flask) -> None:
    """A post and a held comment, both with number 1."""
    assert make_comment(make_post(), status=P).id == 1


def send(browser: FlaskClient, path: str, data: dict[str, Any], **given: Any) -> TestResponse:
    token = csrf_token(browser, "/admin/")
    return browser.post(path, data={"csrf_token": token, **data}, **given)


def state() -> tuple[Any, ...]:
    """What the writes would change."""
    db.session.rollback()
    comment = db.session.get(Comment, 1)
    return (
        comment.status if comment else None,
        db.session.get_one(Post, 1).comments_open,
        load_settings().comments.max_links,
        db.session.scalar(select(func.count()).select_from(LogEntry)),
    )


UNTOUCHED = (P, True, 2, 0)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_shown_to_its_roles_alone(visit: Visit, path: str) -> None:
    for role in Role:
        answer = visit(role).get(path)
        assert answer.status_code == (200 if role in PAGES[path] else 403), role
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
        (rule.rule.replace("<number>", "1"), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("moderation.")
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert rules == {(path, "GET") for path in PAGES} | {(path, "POST") for path in WRITES}


@pytest.mark.parametrize("path", WRITES)
def test_a_write_works_for_its_roles_and_is_refused_to_others(visit: Visit, path: str) -> None:
    for role in (AUTHOR, MODERATOR, ADMIN):
        before = state()
        answer = send(visit(role), path, GOOD[path])
        if role not in WRITES[path]:
            assert answer.status_code == 403
            assert state() == before
        else:
            assert answer.status_code == 303
            assert answer.headers["Location"] == path
    assert state()[3] == 1


@pytest.mark.parametrize("path", WRITES)
def test_a_write_by_nobody_changes_nothing(client: FlaskClient, path: str) -> None:
    assert client.post(path, data=GOOD[path]).status_code == 403
    token = csrf_token(client, "/login")
    answer = client.post(path, data={**GOOD[path], "csrf_token": token})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login"
    assert state() == UNTOUCHED


@pytest.mark.parametrize("path", WRITES)
def test_a_write_by_get_changes_nothing(visit: Visit, path: str) -> None:
    browser = visit(ADMIN)
    browser.get(path, query_string=GOOD[path])
    browser.head(path, query_string=GOOD[path])
    assert browser.put(path, data=GOOD[path]).status_code in {403, 405}
    assert state() == UNTOUCHED


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused(
    visit: Visit, path: str, headers: dict[str, str]
) -> None:
    assert send(visit(ADMIN), path, GOOD[path], headers=headers).status_code == 403
    assert state() == UNTOUCHED


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


@pytest.mark.parametrize(
    ("action", "undone_by"), [("approve", "unapprove"), ("spam", "ham"), ("trash", "restore")]
)
def test_a_decision_is_told_once_and_can_be_undone(
    visit: Visit, action: str, undone_by: str
) -> None:
    browser = visit(MODERATOR)
    second = make_comment(db.session.get_one(Post, 1), status=P).id
    send(browser, "/admin/comments", {"action": action, "ids": ["1", str(second)]})
    notice = _notice(browser.get("/admin/comments").text)
    assert "2 comments" in notice
    assert re.findall(r'name="ids" value="(\d+)"', notice) == ["1", str(second)]
    assert re.findall(r'name="action" value="(\w+)"', notice) == [undone_by]
    assert "desk-notice" not in browser.get("/admin/comments").text
    send(browser, "/admin/comments", {"action": undone_by, "ids": ["1", str(second)]})
    assert state() == (P, True, 2, 4)


def test_undo_of_a_mixed_decision_brings_each_back_to_its_own_state(visit: Visit) -> None:
    browser = visit(MODERATOR)
    spam = make_comment(db.session.get_one(Post, 1), status=CommentStatus.SPAM).id
    send(browser, "/admin/comments", {"action": "approve", "ids": ["1", str(spam)]})
    notice = _notice(browser.get("/admin/comments").text)
    assert "Undo: 1 to pending" in notice
    assert "Undo: 1 to spam" in notice


def test_deletion_offers_no_undo_and_asks_first(visit: Visit) -> None:
    browser = visit(MODERATOR)
    page = browser.get("/admin/comments").text
    for start in re.finditer(r'value="delete"', page):
        before = page[: start.start()]
        assert before.rfind("<details") > before.rfind("</details>")
    send(browser, "/admin/comments", {"action": "delete", "ids": "1"})
    notice = _notice(browser.get("/admin/comments").text)
    assert "Comment 1 deleted for good." in notice
    assert "<button" not in notice


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


def test_a_stale_page_does_not_overrule_a_colleague(visit: Visit) -> None:
    one, other = visit(MODERATOR), visit(MODERATOR)
    send(one, "/admin/comments", {"action": "approve", "ids": "1", "seen": "1:1"})
    send(other, "/admin/comments", {"action": "spam", "ids": "1", "seen": "1:1"})
    assert "Somebody else decided on comment 1" in other.get("/admin/comments").text
    assert state()[0] == CommentStatus.APPROVED


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


@pytest.mark.parametrize("data", [{}, {"post": "1"}, {"post": "1", "comments": "ajar"}])
def test_a_thread_is_opened_or_closed_and_nothing_else(visit: Visit, data: dict[str, str]) -> None:
    assert send(visit(ADMIN), "/admin/posts", data).status_code in {404, 422}
    assert state() == UNTOUCHED


@pytest.mark.parametrize("post", ["999", "0", "1x", "99999999999999999999"])
def test_the_thread_of_an_unknown_post_is_404(visit: Visit, post: str) -> None:
    data = {"post": post, "comments": "closed"}
    assert send(visit(ADMIN), "/admin/posts", data).status_code == 404


def test_a_thread_that_was_closed_takes_no_more_comments(visit: Visit) -> None:
    browser = visit(ADMIN)
    send(browser, "/admin/posts", {"post": "1", "comments": "closed"})
    assert "Comments are now closed" in browser.get("/admin/posts").text
    slug = db.session.get_one(Post, 1).slug
    assert "Comments are closed." in browser.get(f"/posts/{slug}").text


def test_the_settings_page_shows_every_setting_with_its_help(visit: Visit) -> None:
    from blog.settings.catalogue import catalogue

    page = visit(ADMIN).get("/admin/settings").text
    for key in catalogue():
        assert f'name="{key}"' in page
        assert f'id="{key.replace(".", "-")}-help"' in page


def test_bad_settings_are_told_beside_their_fields_and_none_is_kept(visit: Visit) -> None:
    data = {"comments.max_links": "many", "comments.flood_seconds": "20", "site.title": "Kept <i>"}
    answer = send(visit(ADMIN), "/admin/settings", data)
    assert answer.status_code == 422
    assert 'id="comments-max_links-error"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'value="many"' in answer.text
    assert 'value="Kept &lt;i&gt;"' in answer.text
    assert state() == UNTOUCHED


def test_a_changed_setting_is_logged_with_both_values(visit: Visit) -> None:
    send(visit(ADMIN), "/admin/settings", {"comments.max_links": "7", "comments.order": "oldest"})
    db.session.rollback()
    (entry,) = db.session.scalars(select(LogEntry)).all()
    assert (entry.subject, entry.before, entry.after) == ("setting:comments.max_links", "2", "7")


def test_words_of_a_list_stay_out_of_the_log(visit: Visit) -> None:
    words = "casino\r\nbad@reader.example\x00\r\n"
    send(visit(ADMIN), "/admin/settings", {"comments.hold_words": words})
    db.session.rollback()
    (entry,) = db.session.scalars(select(LogEntry)).all()
    assert (entry.before, entry.after) == ("0 entries", "2 entries")
    assert load_settings().comments.hold_words == ("casino", "bad@reader.example")


def test_a_settings_page_left_open_undoes_nothing(visit: Visit) -> None:
    browser, colleague = visit(ADMIN), visit(ADMIN)
    page = browser.get("/admin/settings").text
    old = dict(re.findall(r'name="(was\.[^"]+)" value="([^"]*)"', page))
    send(colleague, "/admin/settings", {"comments.max_links": "7"})
    data = {**old, "comments.max_links": "2", "comments.flood_seconds": "20"}
    assert send(browser, "/admin/settings", data).status_code == 303
    assert state()[2] == 7
    assert load_settings().comments.flood_seconds == 20
    data = {**old, "comments.max_links": "9"}
    answer = send(browser, "/admin/settings", data)
    assert answer.status_code == 422
    assert "Somebody else changed this setting" in answer.text
    assert state()[2] == 7


HOSTILE = (
    '"><script>alert(1)</script>',
    "'\"><img src=x onerror=alert(1)>",
    "</title></textarea><svg/onload=alert(1)>",
    "{{7*7}}{% raw %}%s{0.__class__}",
    "javascript:alert(1)",
    "\u202egnp.exe\u2066",
)


@pytest.mark.parametrize("bad", HOSTILE)
def test_hostile_words_stay_words_on_every_page(visit: Visit, bad: str) -> None:
    post = make_post(title=bad)
    for status in CommentStatus:
        made = make_comment(post, status=status, author=bad, text=bad, agent=bad, url="")
    _set_site(made.id, bad)
    make_staff(name="Mo")
    browser = visit(ADMIN)
    send(browser, "/admin/comments", {"action": "spam", "ids": "1", "reason": bad})
    paths = [*PAGES, f"/admin/comments/{made.id}", f"/admin/people/{made.person_id}"]
    answers = [browser.get(path) for path in paths]
    asked = {"status": "all", "q": bad, "post": bad, "reason": bad, "person": bad, "before": bad}
    answers += [browser.get("/admin/comments", query_string=asked)]
    answers += [browser.get("/admin/comments", query_string={"status": "all", "q": bad})]
    answers += [browser.get("/admin/people", query_string={"q": bad})]
    answers += [send(browser, "/admin/settings", {"site.posts_per_page": bad, "site.title": bad})]
    for answer in answers:
        assert answer.status_code in {200, 422}
        _assert_harmless(answer.text)


def _set_site(number: int, bad: str) -> None:
    """A website that no form of ours would take, as an import of long ago might have left it."""
    from blog.db import begin_write

    begin_write()
    db.session.get_one(Comment, number).url = bad
    db.session.commit()


def _assert_harmless(page: str) -> None:
    tree = html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        assert element.tag not in {"img", "svg", "iframe", "object", "style"}
        if element.tag == "script":
            assert str(element.get("src")).startswith("/static/")
            assert not element.text
        for name, value in element.attrib.items():
            assert not str(name).lower().startswith("on")
            if name in {"href", "action", "src"}:
                assert not value.lower().startswith(("javascript", "data"))


def test_html_made_under_an_older_policy_is_not_served(visit: Visit) -> None:
    from blog.db import begin_write

    begin_write()
    old = db.session.get_one(Comment, 1)
    old.html, old.policy_version = "<script>old()</script>", 0
    db.session.commit()
    for path in ("/admin/", "/admin/comments", "/admin/comments/1"):
        assert "<script>old" not in visit(MODERATOR).get(path).text


def test_the_dashboard_tells_what_waits_and_for_how_long(visit: Visit, clock: Any) -> None:
    browser = visit(MODERATOR)
    clock.move(hours=3)
    page = browser.get("/admin/").text
    assert "1 comment waits" in page
    assert "3 hours ago" in page


def test_an_author_learns_nothing_of_the_comments(visit: Visit) -> None:
    page = visit(AUTHOR).get("/admin/").text
    assert "Ada Reader" not in page
    assert "/admin/comments" not in page


def test_sign_out_in_the_frame_is_a_button_that_works(visit: Visit) -> None:
    browser = visit(MODERATOR)
    assert send(browser, "/logout", {}).status_code == 303
    assert browser.get("/admin/").status_code == 302
