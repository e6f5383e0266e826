"""Reading posts: lists for readers, a post's place in its series, and what stands beside it.

Lists never load the text of a post. Every list takes a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    bindparam,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import defer, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from blog.db import UtcDateTime, db
from blog.posts import addresses
from blog.posts.models import Post, PostKind, SeeAlso, Series, SimilarPost, Tag, post_tag
from blog.web.sitememo import once_for_site

SIMILAR_SHOWN = 4

# Found here too, since looking up an old address is a read like the others.
find_old_address = addresses.find_old_address
old_address_redirect = addresses.old_address_redirect


@dataclass(frozen=True, slots=True)
class PostLink:
    """As much of a post as a link to it needs."""

    slug: str
    title: str
    published_at: datetime | None
    part: int | None = None


@dataclass(frozen=True, slots=True)
class NameLink:
    """As much of a tag or series as a link to it needs."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class PostPage:
    """One page of a list of posts, from 1."""

    posts: Sequence[Post]
    total: int
    number: int
    per_page: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """Where a post stands among the live parts of its series; ``position`` counts from 1."""

    series: NameLink
    position: int
    total: int
    previous: PostLink | None
    next: PostLink | None
    parts: Sequence[PostLink]


@dataclass(frozen=True, slots=True)
class PostFrame:
    """What stands around the text of a post."""

    tags: Sequence[NameLink]
    series: NameLink | None
    place: SeriesPlace | None
    see_also: Sequence[PostLink]
    # Without those that its author points to already.
    similar: Sequence[PostLink]


@dataclass(frozen=True, slots=True)
class ArchiveMonth:
    """The posts of a month, newest first."""

    year: int
    month: int
    posts: Sequence[PostLink]


@dataclass(frozen=True, slots=True)
class ArchiveYear:
    """The months of a year that have posts, newest first."""

    year: int
    months: Sequence[ArchiveMonth]

    @property
    def count(self) -> int:
        """How many posts the year has."""
        return sum(len(month.posts) for month in self.months)


@dataclass(frozen=True, slots=True)
class SeriesEntry:
    """A series and how many of its parts readers can see."""

    series: Series
    count: int
    newest_at: datetime | None


def listed(now: datetime) -> ColumnElement[bool]:
    """What stands in lists and feeds: live posts, not pages."""
    return (Post.kind == PostKind.POST) & Post.is_live(now)


def without_text() -> tuple[ORMOption, ...]:
    """Leave the text of posts in the database; a list that asks for it is a bug and fails."""
    return defer(Post.html, raiseload=True), defer(Post.source, raiseload=True)


def _page_of(condition: ColumnElement[bool], number: int, per_page: int) -> PostPage:
    total = db.session.scalar(select(func.count()).select_from(Post).where(condition)) or 0
    if not 0 <= (number - 1) * per_page < total:
        return PostPage((), total, number, per_page)
    posts = db.session.scalars(
        select(Post)
        .where(condition)
        .order_by(Post.published_at.desc(), Post.id.desc())
        .limit(per_page)
        .offset((number - 1) * per_page)
        .options(*without_text(), joinedload(Post.series), selectinload(Post.tags))
    ).all()
    return PostPage(posts, total, number, per_page)


def live_posts(number: int, *, per_page: int, now: datetime) -> PostPage:
    """A page of the newest posts."""
    return _page_of(listed(now), number, per_page)


def posts_of_tag(tag: Tag, number: int, *, per_page: int, now: datetime) -> PostPage:
    """A page of the newest posts under a tag."""
    tagged = Post.id.in_(select(post_tag.c.post_id).where(post_tag.c.tag_id == tag.id))
    return _page_of(listed(now) & tagged, number, per_page)


def posts_of_series(series: Series, *, now: datetime) -> Sequence[Post]:
    """The live parts of a series in their order; parts without a number come last."""
    return db.session.scalars(
        select(Post)
        .where(Post.series_id == series.id, Post.is_live(now))
        .order_by(*_series_order())
        .options(*without_text(), joinedload(Post.series), selectinload(Post.tags))
    ).all()


def seen_by(owner: int | None, now: datetime) -> ColumnElement[bool]:
    """The condition on posts that a writer may know of: the own and the live; None: all."""
    return true() if owner is None else or_(Post.owner_id == owner, Post.is_live(now))


def parts_of_series(series_id: int, *, lock: bool = False) -> Sequence[Post]:
    """All parts of a series in their order, also those that readers do not see yet."""
    query = select(Post).where(Post.series_id == series_id).options(*without_text())
    if lock:
        # Locked in the order of their numbers, so that two who do this never wait crosswise.
        locked = select(Post.id).where(Post.series_id == series_id).order_by(Post.id)
        db.session.execute(locked.with_for_update(key_share=True)).all()
        query = query.execution_options(populate_existing=True)
    return db.session.scalars(query.order_by(*_series_order())).all()


def _series_order() -> tuple[SQLColumnExpression[Any], ...]:
    return (Post.part.is_(None), Post.part, Post.published_at, Post.id)


def tag_by_slug(slug: str) -> Tag | None:
    """The tag at this address."""
    return db.session.scalar(select(Tag).where(Tag.slug == slug))


def series_by_slug(slug: str) -> Series | None:
    """The series at this address."""
    return db.session.scalar(select(Series).where(Series.slug == slug))


def all_series(now: datetime) -> Sequence[SeriesEntry]:
    """The series that have something to read, the one with the newest part first."""
    newest = func.max(Post.published_at).label("newest")
    rows = db.session.execute(
        select(Series, func.count(Post.id), newest)
        .join(Post, Post.series_id == Series.id)
        .where(Post.is_live(now))
        .group_by(Series.id)
        .order_by(newest.desc(), Series.id)
    )
    return [SeriesEntry(series, count, newest_at) for series, count, newest_at in rows]


def archive(now: datetime) -> Sequence[ArchiveYear]:
    """Every live post by year and month, newest first: one query over titles alone."""
    rows = db.session.execute(
        select(Post.slug, Post.title, Post.published_at)
        .where(listed(now))
        .order_by(Post.published_at.desc(), Post.id.desc())
    )
    links = [(row.published_at, PostLink(row.slug, row.title, row.published_at)) for row in rows]
    months = [
        ArchiveMonth(year, month, [link for _, link in group])
        for (year, month), group in groupby(links, key=lambda pair: (pair[0].year, pair[0].month))
    ]
    return [ArchiveYear(year, list(group)) for year, group in groupby(months, key=lambda m: m.year)]


def post_by_slug(slug: str) -> Post | None:
    """The post at this address, whatever its state."""
    return db.session.scalar(_one_post().where(Post.slug == slug))


def live_post(slug: str, now: datetime) -> Post | None:
    """The post at this address if readers may see it."""
    return db.session.scalar(_one_live_post(), {"slug": slug, "now": now})


@cache
def _one_live_post() -> Select[Post]:
    """The post ``:slug`` if readers may see it at ``:now``."""
    return _one_post().where(Post.slug == bindparam("slug"), live_at_now())


def live_at_now() -> ColumnElement[bool]:
    """Whether readers may see a post at ``:now``, for statements that are made once."""
    now = bindparam("now", type_=UtcDateTime)
    return Post.is_live(now)  # type: ignore[arg-type, return-value]  # it becomes a condition


def beginning_of_post(post_id: int, length: int) -> str:
    """The first characters of a post's source; read once while nothing of the site changes."""

    def read() -> str:
        query = select(func.substr(Post.source, 1, length)).where(Post.id == post_id)
        return db.session.scalar(query) or ""

    return once_for_site(("beginning", post_id), read)


class PostPlace(NamedTuple):
    """Which post it is, without anything of it."""

    id: int
    slug: str


def live_place(slug: str, now: datetime) -> PostPlace | None:
    """The place of the post at this address if readers may see it."""
    return once_for_site(("place", slug), lambda: _place_where(Post.slug == slug, now))


def live_place_by_id(post_id: int, now: datetime) -> PostPlace | None:
    """The place of the post of this number if readers may see it."""
    return _place_where(Post.id == post_id, now)


def _place_where(condition: ColumnElement[bool], now: datetime) -> PostPlace | None:
    row = db.session.execute(select(Post.id, Post.slug).where(condition, Post.is_live(now))).first()
    return PostPlace(*row) if row else None


@cache
def _one_post() -> Select[Post]:
    return select(Post).options(defer(Post.source))


def frame_of(post: Post, now: datetime) -> PostFrame:
    """What stands around the text of a post for readers at this moment."""
    return once_for_site(("post frame", post.id), lambda: _frame(post, now))


def _frame(post: Post, now: datetime) -> PostFrame:
    chosen = see_also(post, now)
    chosen_slugs = {link.slug for link in chosen}
    return PostFrame(
        tags=[NameLink(tag.slug, tag.name) for tag in post.tags],
        series=NameLink(post.series.slug, post.series.title) if post.series else None,
        place=series_place(post, now),
        see_also=chosen,
        similar=[link for link in similar(post, now) if link.slug not in chosen_slugs],
    )


def series_place(post: Post, now: datetime) -> SeriesPlace | None:
    """Where a post stands in its series; None when it has none, or readers cannot see it there."""
    if post.series_id is None or post.series is None:
        return None
    rows = db.session.execute(
        select(Post.id, Post.slug, Post.title, Post.published_at, Post.part)
        .where(Post.series_id == post.series_id, Post.is_live(now))
        .order_by(*_series_order())
    ).all()
    ids = [row.id for row in rows]
    if post.id not in ids:
        return None
    parts = [PostLink(row.slug, row.title, row.published_at, row.part) for row in rows]
    index = ids.index(post.id)
    return SeriesPlace(
        series=NameLink(post.series.slug, post.series.title),
        position=index + 1,
        total=len(parts),
        previous=parts[index - 1] if index else None,
        next=parts[index + 1] if index + 1 < len(parts) else None,
        parts=parts,
    )


def see_also(post: Post, now: datetime) -> Sequence[PostLink]:
    """The live posts its author points to, in the author's order."""
    rows = db.session.execute(
        select(Post.slug, Post.title, Post.published_at)
        .join(SeeAlso, SeeAlso.slug == Post.slug)
        .where(SeeAlso.post_id == post.id, Post.is_live(now))
        .order_by(SeeAlso.position)
    )
    return [PostLink(row.slug, row.title, row.published_at) for row in rows]


def similar(post: Post, now: datetime, limit: int = SIMILAR_SHOWN) -> Sequence[PostLink]:
    """The live posts most like this one, as found when posts last changed; the nearest first."""
    rows = db.session.execute(
        select(Post.slug, Post.title, Post.published_at)
        .join(SimilarPost, SimilarPost.similar_id == Post.id)
        .where(SimilarPost.post_id == post.id, listed(now))
        .order_by(SimilarPost.position)
        .limit(limit)
    )
    return [PostLink(row.slug, row.title, row.published_at) for row in rows]
