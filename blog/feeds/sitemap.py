"""The sitemap (sitemaps.org protocol 0.9): every public page with the time it last changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from xml.etree import ElementTree

from sqlalchemy import func, select

from blog.db import db
from blog.feeds.atom import rfc3339
from blog.feeds.xml import written
from blog.posts.models import Post, Series, Tag, post_tag
from blog.posts.queries import listed

CONTENT_TYPE = "application/xml; charset=utf-8"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
# The protocol's limit for one file; above it there is an index of several.
LARGEST_PART = 50_000


@dataclass(frozen=True, slots=True)
class Place:
    """A page, and when it last changed where that is known."""

    path: str
    changed_at: datetime | None


def sitemap(base_url: str, now: datetime, *, largest_part: int = LARGEST_PART) -> bytes:
    """All pages in one document, or the index of the parts when they are too many for one."""
    lists = _lists(now)
    total = len(lists) + _post_count(now)
    if total <= largest_part:
        return _write_pages(base_url, [*lists, *_posts(now, 0, total)])
    parts = -(-total // largest_part)
    addresses = [f"{base_url}/sitemap-{number}.xml" for number in range(1, parts + 1)]
    return _write("sitemapindex", "sitemap", [(address, None) for address in addresses])


def sitemap_part(
    number: int, base_url: str, now: datetime, *, largest_part: int = LARGEST_PART
) -> bytes | None:
    """Part ``number`` (from 1) of a sitemap of several; None when there is no such part."""
    lists = _lists(now)
    total = len(lists) + _post_count(now)
    first = (number - 1) * largest_part
    if total <= largest_part or not 0 <= first < total:
        return None
    places = lists[first : first + largest_part]
    missing = largest_part - len(places)
    if missing:
        places = [*places, *_posts(now, max(0, first - len(lists)), missing)]
    return _write_pages(base_url, places)


def _post_count(now: datetime) -> int:
    return db.session.scalar(select(func.count()).select_from(Post).where(Post.is_live(now))) or 0


def _posts(now: datetime, offset: int, limit: int) -> list[Place]:
    rows = db.session.execute(
        select(Post.slug, Post.updated_at)
        .where(Post.is_live(now))
        .order_by(Post.id)
        .offset(offset)
        .limit(limit)
    )
    return [Place(f"/posts/{quote(slug)}", updated_at) for slug, updated_at in rows]


def _lists(now: datetime) -> list[Place]:
    """The lists of posts; one that would be empty is no page at all."""
    changed = func.max(Post.updated_at)
    newest = db.session.scalar(select(changed).where(listed(now)))
    series = db.session.execute(
        select(Series.slug, changed)
        .join(Post, Post.series_id == Series.id)
        .where(Post.is_live(now))
        .group_by(Series.id)
        .order_by(Series.id)
    )
    tags = db.session.execute(
        select(Tag.slug, changed)
        .join(post_tag, post_tag.c.tag_id == Tag.id)
        .join(Post, Post.id == post_tag.c.post_id)
        .where(listed(now))
        .group_by(Tag.id)
        .order_by(Tag.id)
    )
    return [
        Place("/", newest),
        Place("/archive", newest),
        *(Place(f"/series/{quote(slug)}", changed_at) for slug, changed_at in series),
        *(Place(f"/tags/{quote(slug)}", changed_at) for slug, changed_at in tags),
    ]


def _write_pages(base_url: str, places: Iterable[Place]) -> bytes:
    return _write("urlset", "url", [(base_url + place.path, place.changed_at) for place in places])


def _write(
    root_name: str, entry_name: str, entries: Sequence[tuple[str, datetime | None]]
) -> bytes:
    root = ElementTree.Element(root_name, {"xmlns": SITEMAP})
    for address, changed_at in entries:
        entry = ElementTree.SubElement(root, entry_name)
        ElementTree.SubElement(entry, "loc").text = address
        if changed_at is not None:
            ElementTree.SubElement(entry, "lastmod").text = rfc3339(changed_at)
    return written(root)
