"""Fifty comments cleared at the desk and brought back: by keyboard, by mouse, without script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ServedBlog, press, watch
from tests.browser.test_the_main_way import POST, become_admin

WAITING = 50
SLOW = 60_000  # fifty requests one after another, on a busy machine
QUEUE = "/admin/comments?status=pending"


@pytest.fixture
def full_blog(blog: ServedBlog, browser: Browser) -> ServedBlog:
    """A blog with fifty comments that wait."""
    blog.command("settings", "set", "comments.flood_seconds", "0")
    request = browser.new_context().request
    for number in range(WAITING):
        form: dict[str, str | float | bool] = {
            "comment": f"A thought, number {number}.",
            "author": f"Reader {number}",
            "email": f"reader{number}@reader.example",
        }
        sent = request.post(f"{blog.address}{POST}/comments", form=form, max_redirects=0)
        assert sent.status == 303
    return blog


@pytest.fixture(params=[True])
def desk(request: pytest.FixtureRequest, browser: Browser, full_blog: ServedBlog) -> Iterator[Page]:
    """The queue of somebody who is signed in; the parameter says whether scripts run."""
    context = browser.new_context(java_script_enabled=request.param)
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []
    watch(page, complaints)
    become_admin(page, full_blog)
    page.goto(full_blog.address + QUEUE)
    yield page
    context.close()
    assert complaints == []


def waiting(page: Page) -> int:
    shown = page.locator("#desk-tabs a", has_text="Pending").locator(".count").inner_text()
    return int(shown)


def log_tells(page: Page, blog: ServedBlog, action: str) -> int:
    """How many entries of this action the log has, over all its pages."""
    page.goto(f"{blog.address}/admin/log")
    count = 0
    while True:
        cells = page.locator("tbody tr td:nth-child(4)").all_inner_texts()
        count += cells.count(action)
        more = page.get_by_role("link", name="Older entries")
        if not more.count():
            return count
        press(more)


def test_fifty_are_cleared_and_brought_back_by_keyboard_alone(
    desk: Page, full_blog: ServedBlog
) -> None:
    live = desk.locator("#desk-live")
    desk.evaluate("window.wasHere = true")
    desk.keyboard.press("j")
    for number in range(WAITING):
        expect(desk.locator(".is-current")).to_have_count(1, timeout=SLOW)
        desk.keyboard.press("as"[number % 2])
    expect(desk.locator("#desk-tabs")).to_contain_text(re.compile(r"Pending\s+0"), timeout=SLOW)
    expect(desk.locator(".desk-comment")).to_have_count(0)
    expect(live).to_have_text(re.compile(r"Comment \d+ (approved|marked as spam)\."))
    for _ in range(WAITING):
        desk.keyboard.press("z")
    expect(desk.locator("#desk-tabs")).to_contain_text(re.compile(r"Pending\s+50"), timeout=SLOW)
    expect(live).to_have_text("Taken back: 1 change.")
    assert desk.evaluate("window.wasHere")
    assert log_tells(desk, full_blog, "approve") == WAITING // 2
    assert log_tells(desk, full_blog, "spam") == WAITING // 2
    assert log_tells(desk, full_blog, "undo") == WAITING


def test_fifty_are_cleared_in_bulk_with_shift_and_nothing_happens_while_typing(
    desk: Page, full_blog: ServedBlog
) -> None:
    desk.locator("#q").press_sequentially("asdzxj")
    expect(desk.locator("#q")).to_have_value("asdzxj")
    assert waiting(desk) == WAITING
    desk.locator("h1").click()
    for left in (30, 10, 0):
        desk.keyboard.press("Shift+X")
        desk.keyboard.press("Shift+D")
        expect(desk.locator("#desk-tabs")).to_contain_text(re.compile(rf"Pending\s+{left}"))
        # The next ones are there at once; a second handful waits for the first one's answer.
        expect(desk.locator(".desk-comment")).to_have_count(min(left, 20))
    for back in (10, 30, 50):
        desk.keyboard.press("z")
        expect(desk.locator("#desk-tabs")).to_contain_text(re.compile(rf"Pending\s+{back}"))
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_contain_text("Mark all that are ticked as spam")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    desk.goto(f"{full_blog.address}/admin/keys")
    desk.get_by_label("Shortcuts are").select_option("off")
    press(desk.get_by_role("button", name="Save"))
    desk.goto(full_blog.address + QUEUE)
    desk.keyboard.press("j")
    desk.keyboard.press("a")
    expect(desk.locator(".is-current")).to_have_count(0)


@pytest.mark.parametrize("desk", [True, False], indirect=True, ids=["script", "no script"])
def test_fifty_are_cleared_and_brought_back_by_mouse(desk: Page, full_blog: ServedBlog) -> None:
    row = desk.locator(".desk-comment").first
    name = row.get_by_role("heading").inner_text()
    row.get_by_role("button", name="Approve").click()
    expect(desk.locator("#desk-queue")).not_to_contain_text(name)
    expect(desk.locator("#desk-notices")).to_contain_text("approved.")
    boxes = desk.locator('.desk-comment input[type="checkbox"]')
    for shown, left in ((20, 29), (20, 9), (9, 0)):
        expect(boxes).to_have_count(shown)
        for box in boxes.all():
            box.check()
        desk.get_by_role("button", name="Trash ticked comments").click()
        expect(desk.locator("#desk-tabs")).to_contain_text(re.compile(rf"Pending\s+{left}"))
    expect(desk.locator("#desk-queue")).to_contain_text("There are no such comments.")
    desk.goto(f"{full_blog.address}/admin/log")
    for entries in ("3 to 22", "23 to 42", "43 to 51"):
        press(desk.get_by_role("button", name=f"Undo entries {entries}"))
        expect(desk.locator("#desk-notices")).to_contain_text("Taken back:")
    desk.goto(full_blog.address + QUEUE)
    assert waiting(desk) == WAITING - 1
