"""Reading posts for the desk: the list with its filter, and who may own one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import joinedload, load_only

from blog.accounts.models import User
from blog.accounts.permission import may_edit_post
from blog.comments.models import Tally
from blog.db import db
from blog.numbers import row_number
from blog.posts.models import Post, PostStatus, Series
from blog.posts.queries import parts_of_series, seen_by

POSTS_PER_PAGE = 50
LONGEST_SEARCH = 200
STATES = ("all", "published", "scheduled", "draft")


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post in the desk's list."""

    post: Post
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFilter:
    """Which posts were asked for; ``owner`` is set by who asks, never by the address."""

    state: str = "all"
    series: int | None = None
    q: str = ""
    before: int | None = None
    owner: int | None = None

    def address(self, **other: Any) -> str:
        """The address of this list, or of one that differs in the given fields."""
        wanted = replace(self, **{"before": None, **other})
        parts = {"state": wanted.state if wanted.state != "all" else "", "q": wanted.q}
        parts |= {"series": str(wanted.series or ""), "before": str(wanted.before or "")}
        query = urlencode({name: value for name, value in parts.items() if value})
        return "/admin/posts" + (f"?{query}" if query else "")


def read_post_filter(args: Mapping[str, str], *, owner: int | None) -> PostFilter:
    """The filter in a query string; what is not known is as if not asked."""
    state = args.get("state", "all")
    return PostFilter(
        state=state if state in STATES else "all",
        series=row_number(args.get("series", "")),
        q=" ".join(args.get("q", "").replace("\0", " ").split())[:LONGEST_SEARCH],
        before=row_number(args.get("before", "")),
        owner=owner,
    )


def posts_page(wanted: PostFilter, *, now: datetime) -> tuple[list[PostRow], int | None]:
    """A page of posts and pages, the last made first, with what waits under each."""
    query = (
        select(Post)
        .options(
            load_only(
                Post.slug,
                Post.kind,
                Post.title,
                Post.status,
                Post.published_at,
                Post.comments_open,
                Post.comment_count,
                Post.series_id,
                Post.part,
            ),
            joinedload(Post.series),
        )
        .where(*_conditions(wanted, now))
        .order_by(Post.id.desc())
        .limit(POSTS_PER_PAGE + 1)
    )
    found = list(db.session.scalars(query))
    shown = found[:POSTS_PER_PAGE]
    tallies = db.session.execute(
        select(Tally.post_id, Tally.pending).where(Tally.post_id.in_([post.id for post in shown]))
    )
    pending = {row.post_id: row.pending for row in tallies}
    rows = [PostRow(post, pending.get(post.id, 0)) for post in shown]
    return rows, shown[-1].id if len(found) > POSTS_PER_PAGE else None


def series_titles(owner: int | None, *, now: datetime) -> Sequence[Series]:
    """Every series by its title; with an ``owner`` those with a part that is theirs or live."""
    query = select(Series).order_by(Series.title, Series.id)
    if owner is not None:
        query = query.where(
            Series.id.in_(
                select(Post.series_id).where(Post.series_id.is_not(None), seen_by(owner, now))
            )
        )
    return db.session.scalars(query).all()


def shown_parts(wanted: PostFilter, *, staff: User, now: datetime) -> tuple[Sequence[Post], bool]:
    """The parts of the series asked for that this person may know of, and whether they may be
    ordered, which takes the right to change all there are.
    """
    parts = parts_of_series(wanted.series) if wanted.series else ()
    may_order = all(may_edit_post(staff, post.owner_id) for post in parts)
    if wanted.owner is None:
        return parts, may_order
    return [p for p in parts if p.owner_id == wanted.owner or p.is_live(now)], may_order


def _conditions(wanted: PostFilter, now: datetime) -> list[ColumnElement[bool]]:
    states: dict[str, ColumnElement[bool]] = {
        "draft": Post.status == PostStatus.DRAFT,
        "published": and_(Post.is_live(now)),
        "scheduled": (Post.status == PostStatus.PUBLISHED) & (Post.published_at > now),
    }
    conditions: list[ColumnElement[bool]] = []
    if wanted.state in states:
        conditions.append(states[wanted.state])
    if wanted.series is not None:
        conditions.append(Post.series_id == wanted.series)
    if wanted.owner is not None:
        conditions.append(Post.owner_id == wanted.owner)
    if wanted.q:
        conditions.append(Post.title.icontains(wanted.q, autoescape=True))
    if wanted.before is not None:
        conditions.append(Post.id < wanted.before)
    return conditions
