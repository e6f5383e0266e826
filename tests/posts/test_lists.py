"""The lists a reader walks through: home, tags, series, archive; and what they keep from view."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from blog.clock import now
from blog.db import db
from blog.posts.models import PostKind, PostStatus
from blog.posts.queries import (
    all_series,
    archive,
    live_place_by_id,
    live_post,
    live_posts,
    post_by_slug,
    see_also,
    series_place,
)
from tests.factories import make_comment, make_post, set_setting

LISTS = ("/", "/archive", "/tags/craft", "/series", "/series/walks")


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert "Set-Cookie" not in answer.headers
    return answer.get_data(as_text=True)


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The statements that were sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def hidden(app: Flask) -> None:
    """A draft, a scheduled post and a page, all with series and tag."""
    shared = {"series": "Walks", "tags": ("Craft",)}
    make_post("a-draft", status=PostStatus.DRAFT, part=8, **shared)
    make_post("a-scheduled", published_at=now() + timedelta(minutes=1), part=9, **shared)
    make_post("a-page", kind=PostKind.PAGE, tags=("Craft",))


def test_an_empty_blog_has_a_friendly_first_page(client: FlaskClient) -> None:
    assert "Nothing has been published yet." in text_of(client, "/")
    assert "Nothing has been published yet." in text_of(client, "/archive")
    assert "There is no series yet." in text_of(client, "/series")


def test_home_shows_the_newest_posts_first(client: FlaskClient) -> None:
    make_post("older", published_at=datetime(2026, 11, 1, 9, tzinfo=UTC), title="An <older> one")
    make_post("newer", published_at=datetime(2026, 11, 15, 9, tzinfo=UTC), author_name="Robin")
    page = text_of(client, "/")
    assert page.index("/posts/newer") < page.index("/posts/older")
    assert '<time datetime="2026-11-15T09:00:00Z">November 15, 2026</time>' in page
    assert "by <bdi>Robin</bdi>" in page
    assert "An &lt;older&gt; one" in page
    assert '<link rel="canonical" href="http://127.0.0.1:8000/">' in page


def test_pages_of_posts_link_to_each_other(client: FlaskClient) -> None:
    set_setting("site.posts_per_page", "2")
    for number in range(1, 6):
        make_post(f"p{number}", published_at=datetime(2026, 11, number, tzinfo=UTC))
    first, middle, last = (text_of(client, path) for path in ("/", "/page/2", "/page/3"))
    assert 'rel="next" href="/page/2"' in first
    assert 'rel="prev"' not in first
    assert 'rel="prev" href="/"' in middle
    assert 'rel="next" href="/page/3"' in middle
    assert 'href="http://127.0.0.1:8000/page/2"' in middle
    assert "/posts/p3" in middle
    assert "/posts/p2" in middle
    assert 'rel="prev" href="/page/2"' in last
    assert 'rel="next"' not in last


@pytest.mark.parametrize("number", ["0", "2", "1000000000", "99999999999999999999999", "-1", "x"])
def test_a_page_beyond_the_end_is_not_there(client: FlaskClient, number: str) -> None:
    make_post("only", tags=("Craft",))
    assert client.get(f"/page/{number}").status_code == 404
    assert client.get(f"/tags/craft/page/{number}").status_code == 404


def test_page_one_redirects_to_the_list(client: FlaskClient) -> None:
    make_post("only", tags=("Craft",))
    assert client.get("/page/1").headers["Location"] == "/"
    assert client.get("/tags/craft/page/1").headers["Location"] == "/tags/craft"


@pytest.mark.usefixtures("hidden")
def test_lists_hide_drafts_scheduled_posts_and_pages(client: FlaskClient) -> None:
    make_post("a-post", series="Walks", part=1, tags=("Craft",))
    for path in LISTS:
        page = text_of(client, path)
        assert not any(slug in page for slug in ("a-draft", "a-scheduled", "a-page")), path
        assert "a-post" in page or path == "/series"
    assert "1 part," in text_of(client, "/series")


@pytest.mark.usefixtures("hidden")
def test_a_tag_or_series_with_nothing_to_read_is_not_there(client: FlaskClient) -> None:
    for path in ("/tags/craft", "/series/walks", "/tags/none", "/series/none"):
        assert client.get(path).status_code == 404


def test_a_scheduled_post_appears_when_its_time_has_come(client: FlaskClient) -> None:
    at = datetime(2026, 12, 24, 18, tzinfo=UTC)
    make_post("later", published_at=at)
    assert live_post("later", at - timedelta(seconds=1)) is None
    found = live_post("later", at)
    assert found is not None
    assert live_place_by_id(found.id, at) == (found.id, found.slug)
    assert live_posts(1, per_page=5, now=at).total == 1
    assert live_posts(1, per_page=5, now=now()).total == 0


def test_cards_say_how_many_comments_there_are(client: FlaskClient) -> None:
    make_post("none")
    make_post("closed", comments_open=False)
    one, two = make_post("one"), make_post("two")
    for post in (one, two, two):
        make_comment(post)
    page = text_of(client, "/")
    assert 'href="/posts/none#respond">Leave a reply' in page
    assert 'href="/posts/one#comments">1 comment <' in page
    assert 'href="/posts/two#comments">2 comments <' in page
    assert "/posts/closed#" not in page


def test_a_series_lists_its_parts_in_order(client: FlaskClient) -> None:
    for part in (3, 1, 2, None):
        make_post(f"part-{part}", series="Long Walks", part=part)
    page = text_of(client, "/series/long-walks")
    places = [page.index(f'href="/posts/part-{part}"') for part in (1, 2, 3, None)]
    assert places == sorted(places)
    assert "A series of 4 parts" in page
    assert "4 parts, the newest of" in text_of(client, "/series")


def test_a_post_knows_its_place_among_the_live_parts(app: Flask) -> None:
    for part in (1, 2, 3, 4):
        make_post(
            f"part-{part}",
            series="Walks",
            part=part,
            status=PostStatus.DRAFT if part == 2 else PostStatus.PUBLISHED,
        )
    third, first, draft = (post_by_slug(f"part-{part}") for part in (3, 1, 2))
    assert third is not None
    place = series_place(third, now())
    assert place is not None
    assert place.series.name == "Walks"
    assert (place.position, place.total) == (2, 3)
    assert place.previous is not None
    assert place.next is not None
    assert (place.previous.slug, place.next.slug) == ("part-1", "part-4")
    assert [part.part for part in place.parts] == [1, 3, 4]
    assert first is not None
    at_start = series_place(first, now())
    assert at_start is not None
    assert at_start.previous is None
    assert draft is not None
    assert series_place(draft, now()) is None
    assert series_place(make_post("alone"), now()) is None


def test_see_also_keeps_the_authors_order_and_skips_what_is_hidden(app: Flask) -> None:
    make_post("b")
    make_post("a")
    make_post("hidden-one", status=PostStatus.DRAFT)
    post = make_post("it", see_also=("b", "not-written-yet", "hidden-one", "a"))
    assert [link.slug for link in see_also(post, now())] == ["b", "a"]


def test_the_archive_groups_by_year_and_month(client: FlaskClient) -> None:
    for day in ("2025-12-31", "2026-01-01", "2026-01-20", "2026-11-02"):
        make_post(f"on-{day}", published_at=datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    years = archive(now())
    shape = [(y.year, y.count, [(m.month, len(m.posts)) for m in y.months]) for y in years]
    assert shape == [(2026, 3, [(11, 1), (1, 2)]), (2025, 1, [(12, 1)])]
    page = text_of(client, "/archive")
    assert page.index("on-2026-01-20") < page.index("on-2026-01-01") < page.index("on-2025-12-31")
    assert "<h3>January</h3>" in page


def test_series_with_the_newest_part_comes_first(app: Flask) -> None:
    make_post("x", series="Old", part=1, published_at=datetime(2026, 1, 1, tzinfo=UTC))
    make_post("y", series="New", part=1, published_at=datetime(2026, 5, 1, tzinfo=UTC))
    assert [entry.series.title for entry in all_series(now())] == ["New", "Old"]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_takes_as_many_queries_for_many_posts_as_for_few(
    client: FlaskClient, path: str
) -> None:
    counts = []
    for batch in range(2):
        for number in range(1, 5):
            place = batch * 4 + number
            make_post(series="Walks", part=place, tags=("Craft", f"tag {place}"))
        text_of(client, path)
        db.session.expunge_all()
        with counted_queries() as sent:
            text_of(client, path)
        counts.append(len([line for line in sent if line.lstrip().upper().startswith("SELECT")]))
    assert counts[0] == counts[1]
    assert counts[0] <= 6


@pytest.mark.parametrize("path", [*LISTS, "/search?q=first"])
def test_a_list_never_loads_the_text_of_posts(client: FlaskClient, path: str) -> None:
    make_post("it", series="Walks", part=1, tags=("Craft",))
    db.session.expunge_all()
    with counted_queries() as sent:
        text_of(client, path)
    columns = [re.split(r"\sFROM\s", line)[0] for line in sent]
    assert any("post.title" in line for line in columns) or path == "/series"
    assert not any(re.search(r"post\.source\b", line) for line in columns)
    # PostgreSQL cuts the excerpts of a search out of the text, and sends only those.
    assert not any(re.search(r"post\.html\b(?! ?,)", line) for line in columns)


def test_slugs_of_any_script_have_working_links(client: FlaskClient) -> None:
    make_post("面接", title="面接", tags=("仕事",), series="連載", part=1)
    page = text_of(client, "/")
    for path in (
        "/posts/%E9%9D%A2%E6%8E%A5",
        "/tags/%E4%BB%95%E4%BA%8B",
        "/series/%E9%80%A3%E8%BC%89",
    ):
        assert f'href="{path}"' in page
        assert client.get(path).status_code == 200
