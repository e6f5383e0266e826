"""Reading comments. One function here says what the public may see; everything asks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import zip_longest
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Select,
    and_,
    bindparam,
    case,
    func,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from blog.comments.models import (
    Comment,
    CommentStatus,
    CommentType,
    PinnedComment,
    ReviewPace,
)
from blog.db import db, run
from blog.markup import POLICY_VERSION
from blog.posts.models import Post
from blog.web.sitememo import once_for_site

Thing = TypeVar("Thing")
IDS_AT_ONCE = 5_000
PARTS_AT_ONCE = 100


def batched(things: Sequence[Thing], size: int) -> Iterable[Sequence[Thing]]:
    """The things in runs of at most ``size``."""
    return (things[start : start + size] for start in range(0, len(things), size))


def is_public(comment: type[Comment] = Comment) -> ColumnElement[bool]:
    """What the public may see of comments: the approved ones. Nothing else decides this.

    ``comment`` may be an alias, for queries that look at comments twice.
    """
    return and_(comment.status == CommentStatus.APPROVED, comment.erased_at.is_(None))


class PageRow(NamedTuple):
    """What a page shows of a comment, as :func:`_shown_comments` gives it."""

    id: int
    parent_id: int | None
    root_id: int | None
    answers_id: int | None
    depth: int
    thread_public: int
    type: CommentType
    author: str
    person_id: int | None
    url: str
    created_at: datetime
    edited_at: datetime | None
    edited_by: str
    is_staff: bool
    is_public: bool
    html: str
    # Only where the HTML was made by other rules than today's.
    old_text: str


@cache
def _shown_comments() -> Select[Any]:
    """Selects the fields of :class:`PageRow`. Made once: building it costs as much as asking it."""
    columns: list[ColumnElement[Any] | InstrumentedAttribute[Any]] = [
        Comment.id,
        Comment.parent_id,
        Comment.root_id,
        Comment.answers_id,
        Comment.depth,
        Comment.thread_public,
        Comment.type,
        Comment.author,
        Comment.person_id,
        Comment.url,
        Comment.created_at,
        Comment.edited_at,
        Comment.edited_by,
        Comment.is_staff,
        is_public().label("is_public"),
        case((Comment.policy_version == POLICY_VERSION, Comment.html), else_="").label("html"),
        case((Comment.policy_version == POLICY_VERSION, ""), else_=Comment.text).label("old_text"),
    ]
    return select(*columns)


@dataclass(frozen=True, slots=True)
class ThreadsPage:
    """The rows of one page of threads: first comments in order, and their public replies."""

    roots: Sequence[PageRow]
    replies: Sequence[PageRow]


def pinned_id(post_id: int) -> int | None:
    """The comment that is pinned under the post, while the public may see it."""
    pin = select(PinnedComment.comment_id).where(PinnedComment.post_id == post_id)
    # Pinning counts as a change of the site, so that a page without a pin is not asked for one.
    pinned = once_for_site(("pinned", post_id), lambda: db.session.scalar(pin))
    if pinned is None:
        return None
    return db.session.scalar(select(Comment.id).where(Comment.id == pinned, is_public()))


def threads_page(
    post_id: int,
    *,
    page: int,
    per_page: int,
    newest_first: bool,
    replies_per_thread: int = 0,
    pinned: int | None = None,
) -> ThreadsPage:
    """One page of the visible threads of a post; ``per_page`` 0 gives all. Four queries at most.

    Of each thread it brings the first ``replies_per_thread`` replies by time (0: all), so that
    the cost is that of what is shown, however long a thread has grown.

    A thread is visible when any comment in it is public, so that replies outlive a removed first
    comment. Page 1 starts at an end of the index; a later page finds its first thread by walking
    the index alone, and reads from there by key. The thread of ``pinned`` takes the first place,
    wherever it would stand, and the others follow as if it were not there.
    """
    query, this_post = _visible_threads(newest_first), {"post_id": post_id}
    first_place = _rows(Comment.id == pinned) if pinned is not None and page == 1 else []
    if pinned is not None:
        query = query.where(Comment.id != pinned)
    if per_page:
        query = query.limit(per_page - len(first_place))
        if page > 1:
            key = (Comment.created_at, Comment.id)
            offset = (page - 1) * per_page - (0 if pinned is None else 1)
            places = query.with_only_columns(*key).offset(offset).limit(1)
            first = db.session.execute(places, this_post).first()
            if first is None:
                return ThreadsPage((), ())
            start = tuple_(*first)
            query = query.where(tuple_(*key) <= start if newest_first else tuple_(*key) >= start)
    roots = [*first_place, *_fetch(query, this_post)]
    return ThreadsPage(roots, _with_hidden_above(_first_replies(roots, replies_per_thread), roots))


@cache
def _visible_threads(newest_first: bool) -> Select[Any]:
    """The first comments of the visible threads of the post ``:post_id``, in order."""
    key = (Comment.created_at, Comment.id)
    return (
        _shown_comments()
        .where(
            Comment.post_id == bindparam("post_id"),
            Comment.parent_id.is_(None),
            Comment.thread_public > 0,
        )
        .order_by(*(column.desc() if newest_first else column.asc() for column in key))
    )


def thread_page(root_id: int, post_id: int, *, page: int, per_page: int) -> ThreadsPage | None:
    """One page of the replies of one visible thread, by time, under its first comment.

    None when there is no such thread on the post, or no such page of it.
    """
    roots = _rows(
        Comment.id == root_id,
        Comment.post_id == post_id,
        Comment.parent_id.is_(None),
        Comment.thread_public > 0,
    )
    if not roots or (page > 1 and not per_page):
        return None
    replies = _replies_in_order(root_id)
    if per_page:
        replies = replies.limit(per_page).offset((page - 1) * per_page)
    rows = _fetch(replies)
    if page > 1 and not rows:
        return None
    return ThreadsPage(roots, _with_hidden_above(rows, roots))


def _first_replies(roots: Sequence[PageRow], most: int) -> Sequence[PageRow]:
    """The public replies in these threads, of each at most so many (0: all), in no order."""
    long = {row.id for row in roots if most and row.thread_public - row.is_public > most}
    short = [row.id for row in roots if row.id not in long]
    parts: list[Select[Any]] = [
        select(_replies_in_order(root_id).limit(most).subquery()) for root_id in sorted(long)
    ]
    whole = _replies_in_threads()
    replies: list[PageRow] = []
    # One statement, as a rule; a database takes only so many values and parts in it.
    runs = zip_longest(batched(short, IDS_AT_ONCE), batched(parts, PARTS_AT_ONCE))
    for root_ids, some_parts in runs:
        query = union_all(whole, *some_parts) if some_parts else whole
        replies.extend(_fetch(query, {"root_ids": list(root_ids or ())}))
    return replies


@cache
def _replies_in_threads() -> Select[Any]:
    """All public replies in the threads ``:root_ids``, in no order."""
    roots: BindParameter[int] = bindparam("root_ids", expanding=True)
    return _shown_comments().where(Comment.root_id.in_(roots), is_public())


def _replies_in_order(root_id: int) -> Select[Any]:
    return (
        _shown_comments()
        .where(Comment.root_id == root_id, is_public())
        .order_by(Comment.created_at, Comment.id)
    )


def _with_hidden_above(replies: Sequence[PageRow], roots: Sequence[PageRow]) -> Sequence[PageRow]:
    """These replies with the hidden comments that hold some of them, in the order of time."""
    replies = list(replies)
    known = {row.id for row in (*replies, *roots)}
    missing = {row.parent_id for row in replies if row.parent_id is not None} - known
    if missing:
        replies.extend(_rows(Comment.id.in_(_hidden_ancestors(missing))))
    # Not by the database: asked for this order, SQLite walks all public comments in it instead
    # of these few threads.
    return sorted(replies, key=_place)


# The place of a comment among its like: by time, then by number.
_place = attrgetter("created_at", "id")


def _hidden_ancestors(ids: Iterable[int]) -> Sequence[int]:
    """The hidden ones of these comments and above them, up to the next public one."""
    columns = (Comment.id, Comment.parent_id)
    hidden = select(*columns).where(Comment.id.in_(list(ids)), ~is_public())
    up = hidden.cte("up", recursive=True)
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
    return _fetch(_shown_comments().where(*conditions))


def _fetch(query: Executable, values: Mapping[str, Any] | None = None) -> list[PageRow]:
    return [PageRow._make(row) for row in run(query, values)]


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
    pinned = None if root is None else pinned_id(root.post_id)
    if root is None or root.id == pinned:
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
            Comment.id != (pinned or 0),
            place > here if newest_first else place < here,
        )
    )
    return ((before or 0) + (1 if pinned else 0)) // per_page + 1


def page_in_thread(reply: Comment, *, per_page: int) -> int:
    """On which page of its thread a public reply stands, from 1."""
    if per_page == 0:
        return 1
    before = db.session.scalar(
        select(func.count())
        .select_from(Comment)
        .where(
            Comment.root_id == reply.root_id,
            is_public(),
            tuple_(Comment.created_at, Comment.id) < tuple_(reply.created_at, reply.id),
        )
    )
    return (before or 0) // per_page + 1


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


def review_pace() -> str:
    """The time within which comments are usually decided, in words; "" when that is not known."""
    return once_for_site("pace", lambda: db.session.scalar(select(ReviewPace.words)) or "")
