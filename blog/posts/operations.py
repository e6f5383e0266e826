"""Changing posts, series and tags: what publishing and the importer both do. Nothing commits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from blog.db import db
from blog.errors import Conflict, Refusal
from blog.markup import POLICY_VERSION, excerpt
from blog.naming import slugify
from blog.posts.addresses import LONGEST_OLD_ADDRESS, tidy_address
from blog.posts.models import OldAddress, Post, PostKind, PostStatus, SeeAlso, Series, Tag
from blog.posts.queries import seen_by
from blog.posts.search import index_post
from blog.versions import site_changed

Outcome = Literal["new", "changed", "same"]

LONGEST_SLUG = 200
# WordPress cuts an automatic excerpt after this many words.
SUMMARY_WORDS = 55


@dataclass(frozen=True, slots=True)
class PostValues:
    """Everything about a post as plain values; ``html`` is safe already.

    Without a summary its first words stand in. ``kind`` and ``updated_at`` are for the importer:
    None keeps the kind a post has, and takes the time of the change.
    """

    slug: str
    title: str
    source: str
    html: str
    status: PostStatus
    published_at: datetime | None
    source_format: str = "markdown"
    policy_version: int = POLICY_VERSION
    author_name: str = ""
    summary: str = ""
    comments_open: bool = True
    part: int | None = None
    series: str | None = None
    tags: tuple[str, ...] = ()
    see_also: tuple[str, ...] = ()
    kind: PostKind | None = None
    updated_at: datetime | None = None


# These are not columns that are copied as they are.
_RESOLVED = frozenset({"slug", "summary", "series", "tags", "see_also", "kind", "updated_at"})


def save_post(values: PostValues, *, now: datetime) -> tuple[Post, Outcome]:
    """Make the post of this slug, or bring it to these values; keeps the search index in step.

    "same" means that nothing was written. Call ``refresh_similar`` and ``check_parts`` when the
    last post is saved; both look at other posts too.
    """
    post = db.session.scalar(
        select(Post).where(Post.slug == values.slug).options(selectinload(Post.tags))
    )
    if post is None:
        return add_post(values, now=now), "new"
    series = find_or_make_series(values.series) if values.series else None
    tags = _tags_named(values.tags)
    wanted = _columns(values, series)
    columns_differ = any(getattr(post, name) != value for name, value in wanted.items())
    tags_differ = {tag.id for tag in post.tags} != {tag.id for tag in tags}
    see_also_differs = see_also_of(post.id) != list(values.see_also)
    if not (columns_differ or tags_differ or see_also_differs):
        return post, "same"
    for name, value in wanted.items():
        setattr(post, name, value)
    if tags_differ:
        post.tags = tags
    if see_also_differs:
        _set_see_also(post.id, values.see_also)
    post.updated_at = values.updated_at or now
    db.session.flush()
    index_post(post)
    site_changed()
    return post, "changed"


def add_post(values: PostValues, *, now: datetime, owner_id: int | None = None) -> Post:
    """Make the post of this slug, and never touch one that is there already.

    Raises Conflict when the slug is taken, also when it was taken at this very moment.
    """
    series = find_or_make_series(values.series) if values.series else None
    tags = _tags_named(values.tags)
    post = Post(
        slug=values.slug,
        updated_at=values.updated_at or now,
        owner_id=owner_id,
        **_columns(values, series),
    )
    try:
        with db.session.begin_nested():
            db.session.add(post)
            post.tags = tags
    except IntegrityError:
        if not is_slug_taken(values.slug):
            raise
        raise slug_taken(values.slug) from None
    _set_see_also(post.id, values.see_also)
    index_post(post)
    site_changed()
    return post


def is_slug_taken(slug: str) -> bool:
    """Whether there is a post of this slug."""
    return db.session.scalar(select(Post.id).where(Post.slug == slug)) is not None


def slug_taken(slug: str) -> Conflict:
    """The refusal of a second post at one address."""
    return Conflict(
        "slug_taken",
        f"There is a post at /posts/{slug} already, and it stays as it is. "
        "Choose another address; nothing was saved yet.",
        field="slug",
    )


def _columns(values: PostValues, series: Series | None) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        item.name: getattr(values, item.name)
        for item in fields(values)
        if item.name not in _RESOLVED
    }
    wanted["summary"] = values.summary or excerpt(values.html, SUMMARY_WORDS)
    wanted["series_id"] = series.id if series else None
    if values.kind is not None:
        wanted["kind"] = values.kind
    return wanted


def _tags_named(names: Sequence[str]) -> list[Tag]:
    return list({tag.id: tag for tag in map(find_or_make_tag, names)}.values())


def see_also_of(post_id: int) -> list[str]:
    """The slugs that a post points to, in their order."""
    return list(
        db.session.scalars(
            select(SeeAlso.slug).where(SeeAlso.post_id == post_id).order_by(SeeAlso.position)
        )
    )


def _set_see_also(post_id: int, slugs: Sequence[str]) -> None:
    db.session.execute(delete(SeeAlso).where(SeeAlso.post_id == post_id))
    db.session.add_all(
        SeeAlso(post_id=post_id, position=position, slug=slug)
        for position, slug in enumerate(dict.fromkeys(slugs), start=1)
    )
    db.session.flush()


def check_parts(series_ids: Iterable[int], *, now: datetime, limited_to: int | None = None) -> None:
    """Raises Refusal when two posts of one of these series bear the same part number.

    It is asked after the last of a batch, so that parts can change places within one call. To a
    writer who is ``limited_to`` the own posts, others' are named only when they are live.
    """
    wanted = set(series_ids)
    if not wanted:
        return
    clash = db.session.execute(
        select(Post.series_id, Post.part)
        .where(Post.series_id.in_(wanted), Post.part.is_not(None))
        .group_by(Post.series_id, Post.part)
        .having(func.count() > 1)
        .order_by(Post.series_id, Post.part)
        .limit(1)
    ).first()
    if clash is None:
        return
    rows = db.session.execute(
        select(Post.slug, seen_by(limited_to, now).label("is_seen"))
        .where(Post.series_id == clash.series_id, Post.part == clash.part)
        .order_by(Post.slug)
    ).all()
    claimants = [row.slug for row in rows if row.is_seen]
    if len(claimants) < len(rows):
        claimants.append("one of somebody else that is not published")
    title = db.session.scalar(select(Series.title).where(Series.id == clash.series_id))
    raise Refusal(
        "part_taken",
        f"Part {clash.part} of the series {title!r} is claimed by several posts: "
        f"{', '.join(claimants)}. Nothing was published; give each its own number "
        "and publish them together.",
        field="part",
    )


def find_or_make_tag(name: str, slug: str | None = None) -> Tag:
    """The tag of this name (or of this slug, when given), made when missing.

    "job hunt" and "Job-Hunt" are one tag; "C" and "C++" are two, though both ask for ``/tags/c``.
    """
    found = db.session.scalar(
        select(Tag).where(Tag.slug == slug if slug else Tag.name == name).order_by(Tag.id).limit(1)
    )
    if found is not None:
        return found
    if slug is None:
        slug = slugify(name)
        number = 1
        while (taken := db.session.scalar(select(Tag).where(Tag.slug == slug))) is not None:
            if _same_words(taken.name, name):
                return taken
            number += 1
            slug = f"{slugify(name)}-{number}"
    tag = Tag(slug=slug, name=name)
    db.session.add(tag)
    db.session.flush()
    site_changed()
    return tag


def find_or_make_series(title: str) -> Series:
    """The series of this title, made when missing; case and hyphens do not make another."""
    found = db.session.scalar(
        select(Series).where(Series.title == title).order_by(Series.id).limit(1)
    )
    if found is not None:
        return found
    slug, number = slugify(title), 1
    while (taken := db.session.scalar(select(Series).where(Series.slug == slug))) is not None:
        if _same_words(taken.title, title):
            return taken
        number += 1
        slug = f"{slugify(title)}-{number}"
    series = Series(slug=slug, title=title)
    db.session.add(series)
    db.session.flush()
    site_changed()
    return series


def _same_words(one: str, other: str) -> bool:
    return _words(one) == _words(other)


def _words(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def free_slug(wanted: str) -> str:
    """``wanted`` when no post has it, else with the first free number behind it: ``wanted-2``."""
    wanted = wanted[:LONGEST_SLUG].strip("-") or "post"
    slug, number = wanted, 1
    while db.session.scalar(select(Post.id).where(Post.slug == slug)) is not None:
        number += 1
        ending = f"-{number}"
        slug = wanted[: LONGEST_SLUG - len(ending)] + ending
    return slug


def add_old_address(path: str, post_id: int) -> bool:
    """Send readers of an old address to this post from now on; a later call wins.

    ``path`` is a whole address, a path, or ``?p=123``. False when it is too long to be kept.
    """
    tidy = tidy_address(path)
    if not tidy or len(tidy) > LONGEST_OLD_ADDRESS:
        return False
    row = db.session.get(OldAddress, tidy)
    if row is None:
        db.session.add(OldAddress(path=tidy, post_id=post_id))
    else:
        row.post_id = post_id
    db.session.flush()
    return True
