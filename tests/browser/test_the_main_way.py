"""A reader replies, a moderator approves, everyone sees it: in Chromium, with script or without."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ServedBlog, press, watch

POST = "/posts/build-a-story-bank"
PASSWORD = "a quiet harbour at noon 41"


def fill_in(
    page: Page, text: str, *, name: str = "Hedy Reader", email: str = "hedy@reader.example"
) -> None:
    page.get_by_label("Comment *").fill(text)
    page.get_by_label("Name *").fill(name)
    page.get_by_label("Email *").fill(email)


def become_admin(page: Page, blog: ServedBlog) -> None:
    page.goto(blog.setup_link)
    page.get_by_label("Email").fill("owner@staff.example")
    page.get_by_label("Name").fill("Olga Owner")
    page.get_by_label("Password").first.fill(PASSWORD)
    page.locator("form button[type=submit]").first.click()
    expect(page).to_have_url(f"{blog.address}/admin/")


def test_reply_approve_see_it(page: Page, browser: Browser, blog: ServedBlog) -> None:
    page.goto(blog.address + "/")
    page.get_by_role("link", name="Build a story bank").first.click()
    fill_in(page, "This is **my** story, told from the harbour.")
    page.get_by_role("button", name="Post Comment").click()
    expect(page.locator(".comment-awaiting-moderation")).to_contain_text("told from the harbour")
    expect(page.locator(".comment-awaiting-moderation strong")).to_have_text("my")

    stranger = browser.new_context().new_page()
    complaints: list[str] = []
    watch(stranger, complaints)
    stranger.goto(blog.address + POST)
    expect(stranger.locator("#comments")).not_to_contain_text("harbour")

    become_admin(page, blog)
    page.goto(blog.address + "/admin/comments?status=pending")
    words = page.locator(".comment-content").get_by_text("told from the harbour")
    expect(words).to_be_visible()
    # With the script the row goes at once, before the answer is there.
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator(".desk-comment").get_by_role("button", name="Approve").click()
    expect(words).to_have_count(0)

    stranger.reload()
    expect(stranger.locator("ol.comment-list > li .comment-content")).to_contain_text(
        "told from the harbour"
    )
    expect(stranger.locator("#comments-title")).to_contain_text("One response")
    assert complaints == []
    stranger.context.close()


def test_a_mistake_is_told_beside_its_field_and_nothing_is_lost(
    page: Page, blog: ServedBlog
) -> None:
    page.goto(blog.address + POST)
    fill_in(page, "Words that took an hour.")
    # The browser itself would stop this form; an older one would not.
    page.locator("#email").fill("hedy@reader")
    page.locator("#url").fill("ftp://files.example/")
    page.get_by_role("button", name="Post Comment").click()
    expect(page.get_by_role("alert")).to_contain_text("valid email address")
    expect(page.get_by_role("alert")).to_contain_text("http")
    expect(page.locator("#email-error")).to_be_visible()
    expect(page.get_by_label("Comment *")).to_have_value("Words that took an hour.")
    expect(page.get_by_label("Name *")).to_have_value("Hedy Reader")
    page.get_by_role("alert").get_by_role("link").first.click()
    page.locator("#email").fill("hedy@reader.example")
    page.locator("#url").fill("")
    page.get_by_role("button", name="Post Comment").click()
    expect(page.locator(".comment-awaiting-moderation")).to_contain_text("took an hour")


def test_a_reply_finds_its_parent_and_can_be_cancelled(page: Page, blog: ServedBlog) -> None:
    blog.command("settings", "set", "comments.hold", "none")
    blog.command("settings", "set", "comments.flood_seconds", "0")
    page.goto(blog.address + POST)
    fill_in(page, "The first word.")
    page.get_by_role("button", name="Post Comment").click()
    first = page.locator("ol.comment-list > li").first
    expect(first).to_contain_text("The first word.")
    page.get_by_role("link", name="Reply to Hedy Reader").click()
    expect(page.locator("#reply-title")).to_contain_text("Leave a Reply to Hedy Reader")
    page.get_by_role("link", name="Cancel reply").click()
    expect(page.locator("#reply-title")).to_have_text("Leave a Reply")
    page.get_by_role("link", name="Reply to Hedy Reader").click()
    fill_in(page, "The second word.", name="Ida Answer")
    page.get_by_role("button", name="Post Comment").click()
    expect(first.locator("ol.children > li.depth-2")).to_contain_text("The second word.")


def test_who_asks_to_be_remembered_is_and_nobody_else(page: Page, blog: ServedBlog) -> None:
    page.goto(blog.address + POST)
    assert page.context.cookies() == []
    fill_in(page, "Remember me, please.")
    page.get_by_label("Save my name").check()
    press(page.get_by_role("button", name="Post Comment"))
    page.goto(blog.address + POST)
    expect(page.get_by_label("Name *")).to_have_value("Hedy Reader")
    expect(page.get_by_label("Email *")).to_have_value("hedy@reader.example")
    expect(page.locator("#comments")).to_contain_text("Remember me, please.")
    names = {cookie["name"] for cookie in page.context.cookies()}
    assert names == {"reader"}


def test_a_form_on_another_site_cannot_post_here(browser: Browser, blog: ServedBlog) -> None:
    page = browser.new_context().new_page()
    forged = f"""<form method="post" action="{blog.address}{POST}/comments">
        <input name="comment" value="forged"><input name="author" value="Eve">
        <input name="email" value="eve@reader.example"><button>Win a prize</button></form>"""
    page.route(
        "http://evil.localhost/",
        lambda route: route.fulfill(body=forged, content_type="text/html"),
    )
    page.goto("http://evil.localhost/")
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Forbidden")
    page.goto(blog.address + POST)
    expect(page.locator("#comments-title")).to_have_text("No comments yet")
    page.context.close()


def test_the_keyboard_alone_is_enough(browser: Browser, blog: ServedBlog) -> None:
    page = browser.new_context().new_page()
    page.goto(blog.address + POST)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the text")
    page.locator("#comment").focus()
    page.keyboard.type("Typed without a mouse.")
    page.keyboard.press("Tab")
    page.keyboard.type("Key Board")
    page.keyboard.press("Tab")
    page.keyboard.type("keys@reader.example")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Post Comment")
    page.keyboard.press("Enter")
    expect(page.locator(".comment-awaiting-moderation")).to_contain_text("without a mouse")
    page.context.close()
