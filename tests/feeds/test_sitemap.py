"""The sitemap and robots.txt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from blog.clock import now
from blog.feeds.sitemap import sitemap, sitemap_part
from blog.posts.models import PostKind, PostStatus
from tests.conftest import SettableClock
from tests.factories import make_post

BASE = "https://blog.example"
LOC, LASTMOD = "{*}loc", "{*}lastmod"


def places(document: bytes | None) -> dict[str, str | None]:
    """Path and time of each page of a sitemap."""
    assert document is not None
    root = etree.fromstring(document)
    return {str(entry.findtext(LOC)).removeprefix(BASE): entry.findtext(LASTMOD) for entry in root}


def test_every_public_page_is_there_with_its_last_change(app: Flask, clock: SettableClock) -> None:
    make_post("old", tags=("Craft",), series="Walks", part=1)
    clock.move(days=1)
    make_post("new", tags=("Craft",))
    make_post("about", kind=PostKind.PAGE)
    make_post("面接")
    first, second = "2026-11-22T12:00:00Z", "2026-11-23T12:00:00Z"
    assert places(sitemap(BASE, now())) == {
        "/": second,
        "/archive": second,
        "/series/walks": first,
        "/tags/craft": second,
        "/posts/old": first,
        "/posts/new": second,
        "/posts/about": second,
        "/posts/%E9%9D%A2%E6%8E%A5": second,
    }


def test_hidden_posts_and_their_lists_are_not_there(app: Flask) -> None:
    make_post("draft", status=PostStatus.DRAFT, tags=("Secret",), series="Secret", part=1)
    make_post("later", published_at=now() + timedelta(hours=1), tags=("Later",))
    assert places(sitemap(BASE, now())) == {"/": None, "/archive": None}


def test_a_long_sitemap_comes_in_parts_that_hold_every_page_once(app: Flask) -> None:
    for number in range(5):
        make_post(f"p{number}", tags=(f"tag {number}",))
    whole = list(places(sitemap(BASE, now())))
    assert len(whole) == 12
    for size in (1, 2, 5, 7, 8, 11):
        index = places(sitemap(BASE, now(), largest_part=size))
        count = -(-12 // size)
        assert list(index) == [f"/sitemap-{number}.xml" for number in range(1, count + 1)]
        parts = [
            list(places(sitemap_part(number, BASE, now(), largest_part=size)))
            for number in range(1, count + 1)
        ]
        assert [path for part in parts for path in part] == whole
        assert sitemap_part(count + 1, BASE, now(), largest_part=size) is None
        assert sitemap_part(0, BASE, now(), largest_part=size) is None
    assert sitemap_part(1, BASE, now(), largest_part=12) is None


def test_the_sitemap_is_served(client: FlaskClient) -> None:
    make_post("it")
    answer = client.get("/sitemap.xml")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    assert b"<loc>http://127.0.0.1:8000/posts/it</loc>" in answer.data
    again = client.get("/sitemap.xml", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("number", ["0", "1", "2", "x", "99999999999999999999999"])
def test_a_part_that_is_not_needed_is_not_there(client: FlaskClient, number: str) -> None:
    assert client.get(f"/sitemap-{number}.xml").status_code == 404


def test_every_page_of_the_sitemap_answers(client: FlaskClient) -> None:
    make_post("it", tags=("Craft",), series="Walks", part=1)
    root = etree.fromstring(client.get("/sitemap.xml").data)
    paths = [str(entry.findtext(LOC)).removeprefix("http://127.0.0.1:8000") for entry in root]
    assert len(paths) == 5
    assert {client.get(path).status_code for path in paths} == {200}


def test_robots_are_told_what_is_for_people_only(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.get_data(as_text=True).splitlines() == [
        "User-agent: *",
        "Disallow: /admin",
        "Disallow: /login",
        "Disallow: /search",
        "",
        "Sitemap: http://127.0.0.1:8000/sitemap.xml",
    ]
