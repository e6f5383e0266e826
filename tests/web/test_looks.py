"""Pages keep to what their policy allows, and the style sheet to what a light page may weigh."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_comment, make_post

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHEET = ROOT / "blog" / "static" / "site.css"
FOR_OTHERS = (
    "bg", "surface", "text", "muted", "line", "accent", "accent-text", "danger", "ok", "radius",
)  # fmt: skip


@pytest.fixture
def sheet() -> str:
    return SHEET.read_text("utf-8")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_template_holds_nothing_that_runs_or_dresses_inline(path: Path) -> None:
    source = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"<style\b", source, re.IGNORECASE)
    assert not re.search(r"\sstyle\s*=", source, re.IGNORECASE)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", source, re.IGNORECASE)
    assert not re.search(
        r"""(?:href|src|action)\s*=\s*["']?\s*javascript:""", source, re.IGNORECASE
    )
    for attributes in re.findall(r"<script\b([^>]*)>", source, re.IGNORECASE):
        assert "src=" in attributes or 'type="application/ld+json"' in attributes


@pytest.mark.parametrize(
    "address",
    [
        "/", "/page/2", "/posts/heading", "/posts/heading?replytocom=1", "/posts/closed",
        "/series", "/series/in-order", "/tags/order", "/archive", "/search", "/search?q=order",
        "/nowhere", "/login",
    ],
)  # fmt: skip
def test_page_has_one_heading_of_the_first_order(client: FlaskClient, address: str) -> None:
    for part in range(12 if address.startswith("/page") else 0):
        make_post(f"older-{part}")
    post = make_post("heading", title="Order", series="In order", part=1, tags=("order",))
    make_comment(post)
    make_post("closed", comments_open=False)
    page = client.get(address).text
    assert len(re.findall(r"<h1\b", page)) == 1
    assert len(re.findall(r"<main\b", page)) == 1
    assert '<a class="skip-link" href="#content">' in page


def test_page_with_errors_has_one_heading_and_nothing_inline(client: FlaskClient) -> None:
    make_post("heading")
    answer = client.post("/posts/heading/comments", data={"comment": "", "email": "x"})
    assert answer.status_code == 422
    assert len(re.findall(r"<h1\b", answer.text)) == 1
    assert not re.search(r"<[^>]*\sstyle\s*=", answer.text)


def test_style_sheet_asks_nothing_of_anyone(sheet: str) -> None:
    for request in ("@import", "url(", "@font-face", "//", "data:"):
        assert request not in sheet


def test_style_sheet_is_light(sheet: str) -> None:
    assert len(sheet.encode()) < 12_000
    assert len(gzip.compress(sheet.encode(), 9)) < 4_096


def test_colours_are_set_for_both_schemes(sheet: str) -> None:
    light, dark = re.findall(r":root\s*\{(.*?)\}", sheet, re.DOTALL)
    assert "color-scheme:light dark" in light.replace(": ", ":")
    for name in FOR_OTHERS:
        assert f"--{name}:" in light
    for name in set(FOR_OTHERS) - {"radius"}:
        assert f"--{name}:" in dark


def test_trap_field_is_hidden_without_being_switched_off(sheet: str) -> None:
    # A program that skips what is display:none would walk past the trap.
    screen = sheet[: sheet.index("@media print")]
    rules = re.findall(r"[^{}]*\.not-for-people[^{}]*\{([^}]*)\}", screen)
    assert len(rules) == 1
    assert "clip-path" in rules[0]
    assert "absolute" in rules[0]
    assert not re.search(r"display|visibility", rules[0])


def test_post_with_fifty_comments_is_light(app: Flask, client: FlaskClient) -> None:
    story, *others = sorted((ROOT / "blog" / "posts" / "sample").glob("*.md"))
    post = make_post("long", source=story.read_text("utf-8").split("---", 2)[2])
    sentences = [
        sentence
        for other in others
        for sentence in re.findall(r"(?m)^[A-Z][^.?!|`]{20,140}[.?!]", other.read_text("utf-8"))
    ]
    for number in range(50):
        text = " ".join(sentences[(number * 7 + step * 11) % len(sentences)] for step in range(5))
        make_comment(post, author=f"Reader {number}", text=text)
    page = client.get("/posts/long").text
    assert page.count('<article id="div-comment-') == 50
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert {Path(address.partition("?")[0]).suffix for address in files} == {".css", ".svg", ".js"}
    loaded = [page.encode(), *(client.get(address).data for address in files)]
    assert sum(len(gzip.compress(each, 9)) for each in loaded) < 30_000
