"""The operations that the importer shares with publishing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from blog.clock import now
from blog.db import db
from blog.posts.models import Post, PostKind, PostStatus, Tag
from blog.posts.operations import (
    PostValues,
    check_parts,
    find_or_make_series,
    find_or_make_tag,
    free_slug,
    save_post,
)
from tests.factories import make_post


def values(**given: Any) -> PostValues:
    plain: dict[str, Any] = {
        "slug": "it",
        "title": "It",
        "source": "<p>Text</p>",
        "source_format": "html",
        "html": "<p>Text</p>",
        "status": PostStatus.PUBLISHED,
        "published_at": datetime(2020, 1, 1, tzinfo=UTC),
    }
    return PostValues(**(plain | given))


def test_an_imported_post_keeps_its_times_and_kind(app: Flask) -> None:
    at = datetime(2020, 2, 2, tzinfo=UTC)
    post, outcome = save_post(values(kind=PostKind.PAGE, updated_at=at), now=now())
    assert outcome == "new"
    assert (post.kind, post.updated_at, post.source_format) == (PostKind.PAGE, at, "html")
    assert save_post(values(), now=now()) == (post, "same")
    assert post.kind is PostKind.PAGE


def test_without_a_summary_the_first_words_stand_in(app: Flask) -> None:
    text = " ".join(f"w{number}" for number in range(60))
    post, _ = save_post(values(html=f"<p>{text}</p>"), now=now())
    assert post.summary == " ".join(f"w{number}" for number in range(55)) + "…"


def test_a_post_may_lose_series_tags_and_links(app: Flask) -> None:
    save_post(values(series="S", part=1, tags=("a", "b"), see_also=("x",)), now=now())
    post, outcome = save_post(values(), now=now())
    assert outcome == "changed"
    assert (post.series_id, post.part, list(post.tags)) == (None, None, [])
    assert save_post(values(), now=now())[1] == "same"


def test_tags_are_found_by_name_or_by_slug(app: Flask) -> None:
    news = find_or_make_tag("News", "the-news")
    assert find_or_make_tag("News") is news
    assert find_or_make_tag("Nachrichten", "the-news") is news
    assert find_or_make_tag("job hunt") is find_or_make_tag("Job-Hunt")
    assert [find_or_make_tag(name).slug for name in ("C", "C++", "C#")] == ["c", "c-2", "c-3"]
    assert find_or_make_tag("C#").slug == "c-3"
    assert db.session.scalar(select(func.count()).select_from(Tag)) == 5


def test_series_are_found_by_title(app: Flask) -> None:
    walks = find_or_make_series("Long walks")
    assert find_or_make_series("long-walks") is walks
    assert find_or_make_series("Long walks!") is not walks
    assert find_or_make_series("Long walks!").slug == "long-walks-2"


def test_a_free_slug_counts_up_and_fits(app: Flask) -> None:
    assert free_slug("it") == "it"
    make_post("it")
    assert free_slug("it") == "it-2"
    make_post("it-2")
    assert free_slug("it") == "it-3"
    long = "x" * 300
    make_post(free_slug(long))
    assert free_slug(long) == "x" * 198 + "-2"
    assert free_slug("") == "post"


def test_parts_are_checked_only_where_asked(app: Flask) -> None:
    first = make_post("first", series="S", part=1)
    make_post("second", series="S", part=2)
    make_post("third", series="S")
    make_post("fourth", series="S")
    assert first.series_id is not None
    check_parts([first.series_id], now=now())
    check_parts([], now=now())
    assert db.session.scalar(select(func.count()).select_from(Post)) == 4
