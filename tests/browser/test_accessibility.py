"""Every kind of page, light and dark: no finding of axe-core, no layout shift, no odd request."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ServedBlog, press, watch
from tests.browser.test_the_main_way import POST, become_admin, fill_in

PUBLIC = (
    "/",
    POST,
    "/posts/how-to-read-a-job-advertisement",
    "/series/preparing-for-the-interview",
    "/tags/interviews",
    "/archive",
    "/search?q=story",
    "/search?q=nothingofthekind",
    "/privacy",
    "/privacy/data",
    "/login",
    "/nowhere",
)
STAFF = (
    "/admin/",
    "/admin/comments",
    "/admin/comments/1",
    "/admin/appeals",
    "/admin/comments?status=all&sort=risk&since=2020-01-01",
    "/admin/keys",
    "/admin/log",
    "/admin/mail",
    "/admin/people",
    "/admin/people/1",
    "/admin/rules",
    "/admin/rules/new",
    "/admin/posts",
    "/admin/posts?series=1",
    "/admin/posts/new",
    "/admin/posts/1",
    "/admin/posts/1/revisions/1",
    "/admin/settings",
    "/admin/staff",
    "/admin/account",
    "/logout",
)
WIDTHS = (360, 768, 1440)


def findings(page: Page) -> list[str]:
    """What axe-core objects to, each with the elements it means."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {found['help']} {[node['target'] for node in found['nodes']]}"
        for found in violations
    ]


def overflows(page: Page) -> bool:
    """Whether the page must be moved sideways to be read."""
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_finding(browser: Browser, blog: ServedBlog, scheme: str) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True
    )
    page = context.new_page()
    seen: dict[str, list[str]] = {}
    page.goto(blog.setup_link)
    seen["setup"] = findings(page)
    page.goto(blog.address + POST)
    fill_in(page, "Something for the queue, with a [link](https://a.example) in it.")
    press(page.get_by_role("button", name="Post Comment"))
    seen["preview"] = findings(page)
    preview = page.url
    press(page.get_by_role("link", name="Your comment: change it"))
    seen["receipt"] = findings(page)
    page.goto(preview)
    fill_in(page, "Too soon.")
    press(page.get_by_role("button", name="Post Comment"))
    expect(page.get_by_role("alert")).to_be_visible()
    seen["refused"] = findings(page)
    for path in PUBLIC:
        page.goto(blog.address + path)
        seen[path] = findings(page)
    become_admin(page, blog)
    for path in STAFF:
        page.goto(blog.address + path)
        seen[path] = findings(page)
    for path in (german_decision(page, blog), german_invitation(page, blog)):
        page.goto(path)
        assert page.evaluate("document.documentElement.lang") == "de"
        seen[path] = findings(page)
    context.close()
    assert {path: found for path, found in seen.items() if found} == {}


def german_decision(page: Page, blog: ServedBlog) -> str:
    """The page of a link in a mail about a comment, to an admin who reads German."""
    page.goto(blog.address + "/admin/account")
    page.get_by_label("Language of mail to you").select_option("de")
    press(page.get_by_role("button", name="Save the language"))
    blog.command("settings", "set", "comments.flood_seconds", "0")
    page.goto(blog.address + POST)
    fill_in(page, "https://long.example/" + "x" * 400, name="N" * 245, email="n@reader.example")
    press(page.get_by_role("button", name="Post Comment"))
    page.goto(blog.address + "/admin/mail")
    press(page.locator("tbody th a").first)
    text = page.locator(".mail-text").inner_text()
    found = re.search(r"Freigeben: (http\S+)", text)
    assert found is not None, text
    return found[1]


def german_invitation(page: Page, blog: ServedBlog) -> str:
    page.goto(blog.address + "/admin/staff")
    page.get_by_label("Language").select_option("de")
    press(page.get_by_role("button", name="Make a link"))
    return page.get_by_label("Link", exact=True).input_value()


def test_every_page_fits_every_width(browser: Browser, blog: ServedBlog) -> None:
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    watch(page, complaints)
    page.goto(blog.address + POST)
    fill_in(page, "https://long.example/" + "x" * 400, name="N" * 245)
    press(page.get_by_role("button", name="Post Comment"))
    preview = page.url
    become_admin(page, blog)
    letters = {
        "preview": preview,
        "decision": german_decision(page, blog),
        "invitation": german_invitation(page, blog),
    }
    too_wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for path in (*PUBLIC, *STAFF):
            page.goto(blog.address + path)
            if overflows(page):
                too_wide.append((width, path))
        for name, path in letters.items():
            page.goto(path)
            if overflows(page):
                too_wide.append((width, name))
    context.close()
    assert too_wide == []
    assert complaints == []


def test_a_deep_thread_of_absurd_names_fits_a_phone(browser: Browser, blog: ServedBlog) -> None:
    blog.command("settings", "set", "comments.hold", "none")
    blog.command("settings", "set", "comments.flood_seconds", "0")
    context = browser.new_context()
    places = [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (4, 5), (4, 6)]
    for number, (parent, answers) in enumerate(places, start=1):
        name = ("שלום " * 20) if number % 2 else "N" * 245
        letter = "abcdefgh"[number]  # else screening would hold them as one text by many
        typed: dict[str, str | float | bool] = {
            "comment": f"Level {number}. {letter * 300}\n\n    " + f"{letter}ode " * 60,
            "author": name,
            "email": f"deep{number}@reader.example",
            "parent": str(parent),
            "answers": str(answers),
        }
        address = f"{blog.address}{POST}/comments"
        sent = context.request.post(address, form=typed, max_redirects=0)
        assert sent.status == 303
    page = context.new_page()
    page.goto(blog.address + POST)
    assert page.locator(".comment-answers").count() == 2
    too_wide = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if overflows(page):
            too_wide.append(width)
    context.close()
    assert too_wide == []


def test_nothing_moves_while_a_post_loads(browser: Browser, blog: ServedBlog) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.add_init_script(
        """window.shifted = 0;
        new PerformanceObserver(list => {
            for (const entry of list.getEntries()) window.shifted += entry.value;
        }).observe({type: "layout-shift", buffered: true});"""
    )
    page.goto(blog.address + POST)
    page.wait_for_load_state("networkidle")
    page.mouse.wheel(0, 4000)
    page.wait_for_timeout(300)
    assert page.evaluate("window.shifted") == 0
    context.close()
