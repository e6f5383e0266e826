"""The second factor and an invitation in Chromium, with and without a script; and axe."""

from __future__ import annotations

import re
import time

from passlib.totp import TOTP
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import ServedBlog, press
from tests.browser.test_accessibility import findings, overflows
from tests.browser.test_the_main_way import PASSWORD, become_admin


def set_codes_up(page: Page, blog: ServedBlog) -> TOTP:
    page.goto(blog.address + "/admin/account")
    page.locator("#begin-password").fill(PASSWORD)
    press(page.get_by_role("button", name="Set up codes"))
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    key = page.locator(".desk-key").inner_text()
    return TOTP(key=key, format="base32")


def confirm(page: Page, app: TOTP) -> list[str]:
    page.get_by_label("Code").fill(str(app.generate(time=int(time.time())).token))
    press(page.get_by_role("button", name="Switch codes on"))
    return page.locator(".desk-codes code").all_inner_texts()


def type_password(page: Page, blog: ServedBlog) -> None:
    page.goto(blog.address + "/login")
    page.get_by_label("Email").fill("owner@staff.example")
    page.get_by_label("Password").fill(PASSWORD)
    press(page.get_by_role("button", name="Sign in"))
    expect(page).to_have_url(re.compile("/login/second$"))


def test_codes_and_an_invitation(
    page: Page, context: BrowserContext, browser: Browser, blog: ServedBlog
) -> None:
    become_admin(page, blog)
    codes = confirm(page, set_codes_up(page, blog))
    assert len(codes) == 10
    page.goto(blog.address + "/admin/staff")
    press(page.get_by_role("button", name="Make a link"))
    link = page.get_by_label("Link", exact=True).input_value()

    context.clear_cookies()
    type_password(page, blog)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()

    context.clear_cookies()
    page.goto(link)
    page.get_by_label("Name").fill("Ann Author")
    page.get_by_label("Email").fill("ann@staff.example")
    page.get_by_label("Password").fill("another quiet harbour 77")
    page.get_by_role("button", name="Join and sign in").click()
    page.get_by_role("link", name="Posts").click()
    page.get_by_role("link", name="Write a post").click()
    page.get_by_label("Title").fill("Of my own")
    page.get_by_label("Text").fill("Some *words*.")
    page.get_by_role("button", name="Preview").first.click()
    expect(page.locator("#preview em")).to_have_text("words")
    page.get_by_label("State").select_option("published")
    press(page.get_by_role("button", name="Save").first)
    page.goto(blog.address + "/posts/of-my-own")
    expect(page.locator(".post-content em")).to_have_text("words")


def test_pages_of_the_second_factor_have_no_finding(browser: Browser, blog: ServedBlog) -> None:
    seen: dict[str, list[str]] = {}
    context = browser.new_context(
        color_scheme="dark", bypass_csp=True, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()

    def look(name: str) -> None:
        seen[name] = findings(page) + (["too wide"] if overflows(page) else [])

    become_admin(page, blog)
    page.goto(blog.address + "/admin/staff")
    press(page.get_by_role("button", name="Make a link"))
    link = page.get_by_label("Link", exact=True).input_value()
    look("staff")
    app = set_codes_up(page, blog)
    look("setup")
    confirm(page, app)
    look("codes")
    page.goto(blog.address + "/admin/account")
    look("account")
    page.goto(blog.address + "/admin/posts/1")
    page.get_by_label("Title").fill("")
    press(page.get_by_role("button", name="Save").first)
    look("refused post")
    context.clear_cookies()
    page.goto(link)
    look("join")
    type_password(page, blog)
    look("second")
    context.close()
    assert {name: found for name, found in seen.items() if found} == {}
