"""Proof of work in Chromium: done while somebody types, waited for, and no loss without script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import ServedBlog, watch
from tests.browser.test_accessibility import WIDTHS, findings, overflows
from tests.browser.test_the_main_way import POST, fill_in

RIDDLE = "**/comments/challenge"
DONE = "Your browser has done its work against spam."


@pytest.fixture
def asking(blog: ServedBlog) -> ServedBlog:
    """A blog that publishes at once whoever brings a proof."""
    blog.command("settings", "set", "comments.hold", "none")
    blog.command("settings", "set", "comments.flood_seconds", "0")
    blog.command("settings", "set", "comments.proof_of_work", "always")
    return blog


@pytest.fixture
def scripted(browser: Browser) -> Iterator[Page]:
    """A page with script, which complains of everything but the requests a test cuts off."""
    context = browser.new_context()
    context.set_default_timeout(15_000)
    made = context.new_page()
    complaints: list[str] = []
    watch(made, complaints)
    yield made
    assert [line for line in complaints if "net::ERR_FAILED" not in line] == []
    context.close()


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    made = context.new_page()
    yield made
    context.close()


def post_comment(page: Page) -> None:
    page.get_by_role("button", name="Post Comment").click()


def test_the_work_is_done_while_somebody_types(scripted: Page, asking: ServedBlog) -> None:
    asked: list[str] = []
    scripted.on("request", lambda request: asked.append(request.url))
    scripted.goto(asking.address + POST)
    scripted.wait_for_load_state("networkidle")
    assert not [url for url in asked if "challenge" in url]
    fill_in(scripted, "Said with a proof.")
    expect(scripted.locator("#proof-status")).to_have_text(DONE)
    post_comment(scripted)
    expect(scripted.locator("ol.comment-list > li")).to_contain_text("Said with a proof.")
    expect(scripted.locator(".comment-awaiting-moderation")).to_have_count(0)
    # The proof is used; the next comment brings another.
    fill_in(scripted, "And once more.")
    post_comment(scripted)
    expect(scripted.locator("ol.comment-list > li")).to_have_count(2)
    expect(scripted.locator(".comment-awaiting-moderation")).to_have_count(0)


def test_who_is_faster_than_the_browser_is_waited_for(scripted: Page, asking: ServedBlog) -> None:
    def late(route: Route) -> None:
        scripted.wait_for_timeout(1_500)
        route.continue_()

    scripted.route(RIDDLE, late)
    scripted.goto(asking.address + POST)
    fill_in(scripted, "Pasted in a hurry.")
    post_comment(scripted)
    expect(scripted.locator("ol.comment-list > li")).to_contain_text("Pasted in a hurry.")
    expect(scripted.locator(".comment-awaiting-moderation")).to_have_count(0)


def test_when_the_riddle_cannot_be_fetched_the_comment_is_held(
    scripted: Page, asking: ServedBlog
) -> None:
    scripted.route(RIDDLE, lambda route: route.abort())
    scripted.goto(asking.address + POST)
    fill_in(scripted, "Said without a riddle.")
    expect(scripted.locator("#proof-status")).to_contain_text("will wait for a moderator")
    post_comment(scripted)
    expect(scripted.locator(".comment-awaiting-moderation")).to_contain_text("without a riddle")


def test_without_script_the_comment_is_held_and_says_so_before(
    plain: Page, asking: ServedBlog
) -> None:
    plain.goto(asking.address + POST)
    expect(plain.locator("#proof-status")).to_contain_text("without it your comment waits")
    fill_in(plain, "Said without script.")
    post_comment(plain)
    expect(plain.locator(".comment-awaiting-moderation")).to_contain_text("without script")
    plain.get_by_role("link", name="Your comment: change it").click()
    expect(plain.locator(".receipt-state")).to_contain_text("did not do the work against spam")


def test_the_form_with_its_status_has_no_finding_and_fits(
    browser: Browser, asking: ServedBlog
) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(asking.address + POST)
        page.locator("#comment").focus()
        expect(page.locator("#proof-status")).to_have_text(DONE)
        assert findings(page) == []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert not overflows(page)
        context.close()
