"""The other pages of the desk: posts, settings, the dashboard; and hostile words on all of them."""

from __future__ import annotations

import re
from typing import Any

import html5lib
import pytest
from sqlalchemy import select

from blog.comments.models import Comment, CommentStatus
from blog.db import begin_write, db
from blog.moderation.models import LogEntry
from blog.posts.models import Post
from blog.settings.catalogue import catalogue
from blog.settings.queries import load_settings
from tests.factories import make_comment, make_post, make_staff
from tests.moderation.desk import (
    ADMIN,
    AUTHOR,
    MODERATOR,
    PAGES,
    UNTOUCHED,
    Visit,
    keep_words,
    send,
    state,
)

FIGURE = "/admin/figures/days.svg"

pytestmark = pytest.mark.usefixtures("content")


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
    keep_words(visit(ADMIN), {"comments.hold_words": words})
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
    pages = [path for path in PAGES if path != FIGURE]
    paths = [*pages, f"/admin/comments/{made.id}", f"/admin/people/{made.person_id}"]
    answers = [browser.get(path) for path in paths]
    asked = {"status": "all", "q": bad, "post": bad, "reason": bad, "person": bad, "before": bad}
    answers += [browser.get("/admin/comments", query_string=asked)]
    answers += [browser.get("/admin/comments", query_string={"status": "all", "q": bad})]
    answers += [browser.get("/admin/people", query_string={"q": bad})]
    answers += [send(browser, "/admin/settings", {"site.posts_per_page": bad, "site.title": bad})]
    for answer in answers:
        assert answer.status_code in {200, 422}
        _assert_harmless(answer.text)
    figure = browser.get(FIGURE)
    assert figure.mimetype == "image/svg+xml"
    assert bad not in figure.text


def _set_site(number: int, bad: str) -> None:
    """A website that no form of ours would take, as an import of long ago might have left it."""
    begin_write()
    db.session.get_one(Comment, number).url = bad
    db.session.commit()


def _assert_harmless(page: str) -> None:
    tree = html5lib.parse(page, treebuilder="etree", namespaceHTMLElements=False)
    for element in tree.iter():
        assert element.tag not in {"svg", "iframe", "object", "style"}
        if element.tag == "img":
            assert str(element.get("src")).startswith("/admin/figures/")
        if element.tag == "script":
            assert str(element.get("src")).startswith("/static/")
            assert not element.text
        for name, value in element.attrib.items():
            assert not str(name).lower().startswith("on")
            if name in {"href", "action", "src"}:
                assert not value.lower().startswith(("javascript", "data"))


def test_html_made_under_an_older_policy_is_not_served(visit: Visit) -> None:
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
    assert "Nothing waits for a decision." in page
    assert "Last changes" not in page


def test_sign_out_in_the_frame_is_a_button_that_works(visit: Visit) -> None:
    browser = visit(MODERATOR)
    assert send(browser, "/logout", {}).status_code == 303
    assert browser.get("/admin/").status_code == 302
