"""Reading comments. One function here says what the public may see; everything asks it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from blog.comments.models import PERSON_ADDRESS, Comment, CommentStatus, Person
from blog.db import db
from blog.markup import POLICY_VERSION
from blog.posts.models import Post
from blog.sealing import sealer

PageRow = Row[Any]
IDS_AT_ONCE = 5_000


def batched(ids: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    """The numbers in runs of at most ``size``."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


def is_public(comment: type[Comment] = Comment) -> ColumnElement[bool]:
    """What the public may see of comments: the approved ones. Nothing else decides this.

    ``comment`` may be an alias, for queries that look at comments twice.
    """
    return and_(comment.status == CommentStatus.APPROVED, comment.erased_at.is_(None))


def _page_columns() -> list[InstrumentedAttribute[Any] | ColumnElement[Any]]:
    """What a page shows of a comment. Text comes along only where its HTML is of an old policy."""
    return [
        Comment.id,
        Comment.parent_id,
        Comment.root_id,
        Comment.answers_id,
        Comment.depth,
        Comment.type,
        Comment.author,
        Comment.person_id,
        Comment.url,
        Comment.created_at,
        Comment.edited_at,
        is_public().label("is_public"),
        case((Comment.policy_version == POLICY_VERSION, Comment.html), else_="").label("html"),
        case((Comment.policy_version == POLICY_VERSION, ""), else_=Comment.text).label("old_text"),
    ]


@dataclass(frozen=True, slots=True)
class ThreadsPage:
    """The rows of one page of threads: first comments in order, and their public replies."""

    roots: Sequence[PageRow]
    replies: Sequence[PageRow]


def threads_page(post_id: int, *, page: int, per_page: int, newest_first: bool) -> ThreadsPage:
    """One page of the visible threads of a post; ``per_page`` 0 gives all. Three queries at most.

    A thread is visible when any comment in it is public, so that replies outlive a removed first
    comment. Page 1 starts at an end of the index; a later page finds its first thread by walking
    the index alone, and reads from there by key.
    """
    key = (Comment.created_at, Comment.id)
    order = [column.desc() if newest_first else column.asc() for column in key]
    visible = (
        Comment.post_id == post_id,
        Comment.parent_id.is_(None),
        Comment.thread_public > 0,
    )
    query = select(*_page_columns()).where(*visible).order_by(*order)
    if per_page:
        query = query.limit(per_page)
        if page > 1:
            first = db.session.execute(
                select(*key).where(*visible).order_by(*order).offset((page - 1) * per_page).limit(1)
            ).first()
            if first is None:
                return ThreadsPage((), ())
            start = tuple_(*first)
            query = query.where(tuple_(*key) <= start if newest_first else tuple_(*key) >= start)
    roots = db.session.execute(query).all()
    return ThreadsPage(roots, _replies_of([row.id for row in roots]))


def _replies_of(root_ids: Sequence[int]) -> Sequence[PageRow]:
    """The public replies in these threads, with the hidden comments that still hold some."""
    if not root_ids:
        return ()
    replies: list[PageRow] = []
    # A database takes only so many values in one statement.
    for some in batched(root_ids, IDS_AT_ONCE):
        replies.extend(_rows(Comment.root_id.in_(some), is_public()))
    known = {row.id for row in replies} | set(root_ids)
    missing = {row.parent_id for row in replies} - known
    if missing:
        replies.extend(_rows(Comment.id.in_(_hidden_ancestors(missing))))
    # Not by the database: asked for this order, SQLite walks all public comments in it instead
    # of these few threads.
    return sorted(replies, key=_place)


def _place(row: PageRow) -> tuple[datetime, int]:
    """The place of a comment among its like: by time, then by number."""
    return row.created_at, row.id


def _hidden_ancestors(ids: Iterable[int]) -> Sequence[int]:
    """These hidden comments and the hidden ones above them, up to the next public one."""
    columns = (Comment.id, Comment.parent_id)
    up = select(*columns).where(Comment.id.in_(list(ids))).cte("up", recursive=True)
    above = select(*columns).where(
        Comment.id == up.c.parent_id, ~is_public(), Comment.root_id.is_not(None)
    )
    return db.session.scalars(select(up.union(above).c.id)).all()


def nearest_public_above(comment_id: int, *, max_depth: int) -> int | None:
    """The deepest public comment above this one that may still be answered directly."""
    columns = (Comment.id, Comment.parent_id)
    up = select(*columns).where(Comment.id == comment_id).cte("up", recursive=True)
    up = up.union_all(select(*columns).where(Comment.id == up.c.parent_id))
    return db.session.scalar(
        select(Comment.id)
        .join(up, up.c.id == Comment.id)
        .where(Comment.depth < max_depth, is_public())
        .order_by(Comment.depth.desc())
        .limit(1)
    )


def waiting_rows(post_id: int, ids: Iterable[int]) -> Sequence[PageRow]:
    """Those of these comments on the post that wait or were taken for spam, for their author."""
    found = _rows(
        Comment.id.in_(list(ids)),
        Comment.post_id == post_id,
        Comment.status.in_([CommentStatus.PENDING, CommentStatus.SPAM]),
    )
    return sorted(found, key=_place)


def _rows(*conditions: ColumnElement[bool]) -> Sequence[PageRow]:
    """What a page shows of the comments that fulfil the conditions, in no order."""
    return db.session.execute(select(*_page_columns()).where(*conditions)).all()


def public_names(ids: Iterable[int]) -> dict[int, str]:
    """Names of the public comments among ``ids``, for "in reply to"."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = db.session.execute(
        select(Comment.id, Comment.author).where(Comment.id.in_(wanted), is_public())
    )
    return {row.id: row.author for row in rows}


def public_comment(comment_id: int) -> Comment | None:
    """A comment the public may see, on any post (ask the post too)."""
    return db.session.scalar(select(Comment).where(Comment.id == comment_id, is_public()))


def page_of(comment: Comment, *, per_page: int, newest_first: bool) -> int:
    """On which page of its post the thread of a public comment stands, from 1."""
    if per_page == 0:
        return 1
    root = comment if comment.root_id is None else db.session.get(Comment, comment.root_id)
    if root is None:
        return 1
    place = tuple_(Comment.created_at, Comment.id)
    here = tuple_(root.created_at, root.id)
    before = db.session.scalar(
        select(func.count())
        .select_from(Comment)
        .where(
            Comment.post_id == root.post_id,
            Comment.parent_id.is_(None),
            Comment.thread_public > 0,
            place > here if newest_first else place < here,
        )
    )
    return (before or 0) // per_page + 1


def person_by_address(address: str) -> Person | None:
    """The person who uses this address, found by its blind index."""
    index = sealer().index(address.casefold(), PERSON_ADDRESS)
    return db.session.scalar(select(Person).where(Person.address_index == index))


def approved_names(person_id: int) -> set[str]:
    """The names under which comments of this person were approved, casefolded."""
    names = db.session.scalars(
        select(Comment.author).where(Comment.person_id == person_id, is_public()).distinct()
    )
    return {name.casefold() for name in names}


def newest_public(
    now: datetime, *, limit: int, post_id: int | None = None
) -> Sequence[tuple[Comment, Post]]:
    """The newest public comments of live posts with their posts, for feeds."""
    query = (
        select(Comment, Post)
        .join(Post, Comment.post_id == Post.id)
        .where(is_public(), Post.is_live(now))
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(limit)
    )
    if post_id is not None:
        query = query.where(Comment.post_id == post_id)
    return [(comment, post) for comment, post in db.session.execute(query)]


def has_replies(comment_id: int) -> bool:
    """Whether other comments stand under this one."""
    return bool(
        db.session.scalar(select(Comment.id).where(Comment.parent_id == comment_id).limit(1))
    )
