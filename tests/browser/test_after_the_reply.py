"""Receipt, edit, withdraw, appeal, mail and data: in Chromium without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ServedBlog, press, watch
from tests.browser.test_the_main_way import POST, become_admin, fill_in


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A reader without JavaScript, whose browser has nothing to complain of."""
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(15_000)
    made = context.new_page()
    complaints: list[str] = []
    watch(made, complaints)
    yield made
    assert complaints == []
    context.close()


@pytest.fixture
def desk(browser: Browser, blog: ServedBlog) -> Iterator[Page]:
    """The desk of the admin, where mail that no server takes can be read."""
    context = browser.new_context()
    context.set_default_timeout(15_000)
    made = context.new_page()
    become_admin(made, blog)
    yield made
    context.close()


def link_in_last_mail(desk: Page, blog: ServedBlog, path: str) -> str:
    """The first link below ``path`` in the newest mail, as an admin hands it on."""
    desk.goto(blog.address + "/admin/mail")
    press(desk.locator("tbody th a").first)
    press(desk.get_by_role("button", name="Show the reader’s links"))
    text = desk.locator(".mail-text").inner_text()
    found = re.search(rf"http://\S+?({re.escape(path)}\S+)", text)
    assert found is not None
    return blog.address + found[1]


def decide(desk: Page, blog: ServedBlog, verb: str) -> None:
    desk.goto(blog.address + "/admin/comments?status=pending")
    # With script the page stays, so that only the answer tells that it is done.
    with desk.expect_response(lambda answer: answer.request.method == "POST"):
        desk.locator(".desk-comment").first.get_by_role("button", name=verb).click()


def test_receipt_edit_appeal_and_withdraw(page: Page, desk: Page, blog: ServedBlog) -> None:
    page.goto(blog.address + POST)
    fill_in(page, "Said in a hurry.")
    page.get_by_role("button", name="Post Comment").click()
    press(page.get_by_role("link", name="Your comment: change it"))
    receipt = page.url
    expect(page.locator(".receipt-state")).to_contain_text("awaiting moderation")
    page.get_by_label("Comment", exact=True).fill("Said with care.")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_role("status")).to_have_text("Your change is saved.")

    decide(desk, blog, "Trash")
    page.goto(receipt)
    expect(page.locator(".receipt-state")).to_contain_text("decided not to publish")
    page.get_by_label("Why should it be looked at again?").fill("I meant well.")
    page.get_by_role("button", name="Ask to look at it again").click()
    expect(page.get_by_role("status")).to_contain_text("on its way")

    desk.goto(blog.address + "/admin/appeals")
    expect(desk.locator(".desk-comment")).to_contain_text("I meant well.")
    press(desk.get_by_role("button", name="Publish it"))
    page.goto(receipt)
    expect(page.locator(".receipt-state")).to_contain_text("published")
    page.get_by_role("link", name="See it in its place").click()
    expect(page.locator("ol.comment-list")).to_contain_text("Said with care.")
    expect(page.locator(".comment-edited")).to_have_text("edited")

    page.goto(receipt)
    page.get_by_role("button", name="Withdraw my comment").click()
    expect(page.locator(".receipt-state")).to_contain_text("You have withdrawn")
    page.goto(blog.address + POST)
    expect(page.locator("#comments")).not_to_contain_text("Said with care.")


def test_subscribe_unsubscribe_export_and_erase(page: Page, desk: Page, blog: ServedBlog) -> None:
    page.goto(blog.address + POST)
    fill_in(page, "Tell me of answers.")
    page.get_by_role("button", name="Post Comment").click()
    press(page.get_by_role("link", name="Your comment: change it"))
    page.get_by_label("every comment on this post").check()
    page.get_by_role("button", name="Write to me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Please look into your mail")

    page.goto(link_in_last_mail(desk, blog, "/subscriptions/confirm/"))
    page.get_by_role("button", name="Yes, write to me").click()
    expect(page.locator(".followed")).to_contain_text("Every comment on “Build a story bank")
    page.get_by_role("button", name="Stop all mail").click()
    expect(page.get_by_role("status")).to_contain_text("No mail is sent to you")

    page.goto(blog.address + "/privacy/data")
    page.get_by_label("Email").fill("hedy@reader.example")
    press(page.get_by_role("button", name="Mail me the link"))
    page.goto(link_in_last_mail(desk, blog, "/privacy/data/"))
    expect(page.locator(".own-comment")).to_contain_text("Tell me of answers.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Take it along").click()
    assert "Tell me of answers." in download.value.path().read_text("utf-8")
    page.get_by_label("stays, without your name").check()
    page.get_by_role("button", name="Delete it for good").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It is done")

    desk.goto(blog.address + "/admin/comments?status=pending")
    expect(desk.locator(".desk-comment")).to_contain_text("Anonymous")
    expect(desk.locator(".desk-comment")).not_to_contain_text("Hedy")
