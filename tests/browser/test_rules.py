"""Rules, word lists and attack mode in Chromium, with and without a script; a series by drag."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ServedBlog, press
from tests.browser.test_accessibility import findings, overflows
from tests.browser.test_the_main_way import POST, become_admin, fill_in

ABSURD = "w" * 500


def reply(page: Page, blog: ServedBlog, words: str, **typed: str) -> None:
    page.goto(blog.address + POST)
    fill_in(page, words, **typed)
    press(page.get_by_role("button", name="Post Comment"))


def type_rule(page: Page, blog: ServedBlog, **typed: str) -> None:
    page.goto(blog.address + "/admin/rules/new")
    page.get_by_label("Name", exact=True).fill(typed.get("name", ""))
    page.get_by_label("Looks at").select_option(typed["kind"])
    page.get_by_label("For", exact=True).fill(typed["value"])
    press(page.get_by_role("button", name="Try it on the latest comments"))


def test_a_rule_is_looked_at_saved_and_undone(page: Page, blog: ServedBlog) -> None:
    blog.command("settings", "set", "comments.hold", "none")
    blog.command("settings", "set", "comments.flood_seconds", "0")
    reply(page, blog, "My grandmother ran a casino.")
    become_admin(page, blog)
    type_rule(page, blog, name="No casinos", kind="pattern", value="casino(")
    expect(page.get_by_role("alert")).to_contain_text("missing )")
    page.get_by_label("For", exact=True).fill(r"\bcasinos?\b")
    press(page.get_by_role("button", name="Try it on the latest comments"))
    expect(page.get_by_text("1 is approved")).to_be_visible()
    expect(page.get_by_role("cell", name="My grandmother ran a casino.")).to_be_visible()
    press(page.get_by_role("button", name="Save the rule"))
    expect(page.get_by_role("link", name="No casinos")).to_be_visible()
    reply(page, blog, "Another casino.")
    expect(page.get_by_text("awaiting moderation").first).to_be_visible()
    page.goto(blog.address + "/admin/log")
    press(page.get_by_role("button", name="Undo entry 3"))
    page.goto(blog.address + "/admin/rules")
    expect(page.get_by_text("There are no rules of your own yet.")).to_be_visible()


def test_new_words_of_a_list_are_looked_at(page: Page, blog: ServedBlog) -> None:
    become_admin(page, blog)
    page.goto(blog.address + "/admin/settings")
    page.locator("#comments-hold_words").fill("casino\nroulette")
    press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_role("heading", name="What the new words")).to_be_visible()
    page.get_by_role("button", name="Save all the same").click()
    expect(page.get_by_text("Saved: comments.hold_words.")).to_be_visible()


def test_attack_mode_is_switched_on_told_to_readers_and_ended(page: Page, blog: ServedBlog) -> None:
    told = page.get_by_text("At the moment all replies are looked at before they appear.")
    become_admin(page, blog)
    page.get_by_label("Hours").select_option("1")
    page.get_by_role("button", name="Switch attack mode on").click()
    expect(page.get_by_text("Attack mode is on until")).to_be_visible()
    page.goto(blog.address + POST)
    expect(told).to_be_visible()
    page.goto(blog.address + "/admin/comments")
    press(page.get_by_role("button", name="End attack mode"))
    page.goto(blog.address + POST)
    expect(told).to_have_count(0)


def test_a_series_is_ordered_by_drag(browser: Browser, blog: ServedBlog) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    become_admin(page, blog)
    page.goto(blog.address + "/admin/posts?series=1")
    parts = page.locator(".desk-parts li")
    before = parts.evaluate_all("all => all.map(part => part.dataset.post)")
    with page.expect_navigation():
        parts.nth(2).drag_to(parts.nth(0), target_position={"x": 40, "y": 2})
    expect(page.get_by_text("The series is in its new order.")).to_be_visible()
    after = parts.evaluate_all("all => all.map(part => part.dataset.post)")
    assert after == [before[2], before[0], before[1], *before[3:]]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_rules_and_attacks_have_no_finding_and_fit_a_phone(
    browser: Browser, blog: ServedBlog, scheme: str
) -> None:
    blog.command("settings", "set", "comments.hold", "none")
    blog.command("settings", "set", "comments.flood_seconds", "0")
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
        viewport={"width": 360, "height": 740},
    )
    page = context.new_page()
    seen: dict[str, list[str]] = {}

    def look(name: str) -> None:
        seen[name] = findings(page) + (["too wide"] if overflows(page) else [])

    reply(page, blog, f"A casino {ABSURD}", name="N" * 245)
    become_admin(page, blog)
    type_rule(page, blog, kind="pattern", value="(" + ABSURD)
    look("errors")
    type_rule(page, blog, name="n" * 80, kind="words", value=f"casino\n{ABSURD}")
    look("tried")
    press(page.get_by_role("button", name="Save the rule"))
    look("rules")
    link = page.get_by_role("link", name="Make a rule")
    # axe takes words in the colour of their ground for words that nobody shall see.
    assert link.evaluate(
        "it => getComputedStyle(it).color !== getComputedStyle(it).backgroundColor"
    )
    for number in range(5):
        form: dict[str, str | float | bool] = {
            "comment": "The very same words about a casino, said by many people in one minute.",
            "author": f"Bot {number}",
            "email": f"bot{number}@reader.example",
        }
        context.request.post(f"{blog.address}{POST}/comments", form=form, max_redirects=0)
    page.goto(blog.address + "/admin/comments")
    expect(page.get_by_text("5 people sent nearly the same text")).to_be_visible()
    look("burst")
    press(page.get_by_role("button", name="Attack mode for 6 hours"))
    look("attack")
    page.goto(blog.address + "/admin/")
    look("dashboard")
    page.goto(blog.address + POST)
    look("form")
    page.goto(blog.address + "/admin/settings")
    page.locator("#comments-refuse_words").fill(f"casino\n{ABSURD}")
    press(page.get_by_role("button", name="Save", exact=True))
    look("words")
    context.close()
    assert {name: found for name, found in seen.items() if found} == {}
