"""Counts that are kept in the transaction that changes them, and the proof that they are right."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    bindparam,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from blog.comments.models import Comment, CommentStatus, Tally
from blog.comments.queries import is_public
from blog.comments.signals import NewComment
from blog.db import db, is_sqlite, rows_changed, upsert
from blog.posts.models import Post
from blog.prepared import PreparedStatement
from blog.versions import conversation_changed, site_changed


def count_visibility(comment: Comment | NewComment, change: int) -> None:
    """A comment became public (+1) or stopped being so (-1): keep the counts of thread and post."""
    root_id = comment.root_id or comment.id
    left = db.session.scalar(
        update(Comment)
        .where(Comment.id == root_id)
        .values(thread_public=Comment.thread_public + change)
        .returning(Comment.thread_public)
        .execution_options(synchronize_session=False)
    )
    threads = 0
    if change > 0 and left == change:
        threads = 1
    elif change < 0 and left == 0:
        threads = -1
    slug = db.session.scalar(
        update(Post)
        .where(Post.id == comment.post_id)
        .values(comment_count=Post.comment_count + change, thread_count=Post.thread_count + threads)
        .returning(Post.slug)
        .execution_options(synchronize_session=False)
    )
    if slug is not None:
        conversation_changed(slug)


def count_state(post_id: int, *, before: CommentStatus | None, after: CommentStatus | None) -> None:
    """A comment changed its state: keep the tally of its post. None: it was not, or is no more."""
    if before == after:
        return
    _step(before, after).rows({"post_id": post_id})


@cache
def _step(before: CommentStatus | None, after: CommentStatus | None) -> PreparedStatement:
    """One comment more in the state ``after`` and one less in ``before``."""
    return PreparedStatement(lambda: _stepping(before, after))


def _stepping(before: CommentStatus | None, after: CommentStatus | None) -> Any:
    steps = {before: -1, after: +1}
    columns = {status.value: step for status, step in steps.items() if status is not None}
    at_first = {name: max(step, 0) for name, step in columns.items()}
    zeros = {status.value: 0 for status in CommentStatus}
    return (
        upsert(Tally)
        .values(post_id=bindparam("post_id"), **zeros | at_first)
        .on_conflict_do_update(
            index_elements=[Tally.post_id],
            set_={name: getattr(Tally, name) + step for name, step in columns.items()},
        )
    )


def recount() -> int:
    """Count everything anew and mend what was wrong; returns how many rows were mended."""
    if not is_sqlite():
        # A decision between counting and mending would be undone by it.
        db.session.execute(text("LOCK TABLE comment, post IN SHARE ROW EXCLUSIVE MODE"))
    reply = aliased(Comment)
    public_replies = (
        select(func.count())
        .select_from(reply)
        .where(reply.root_id == Comment.id, is_public(reply))
        .scalar_subquery()
    )
    in_thread = public_replies + case((is_public(), 1), else_=0)
    roots = rows_changed(
        update(Comment)
        .where(Comment.parent_id.is_(None), Comment.thread_public != in_thread)
        .values(thread_public=in_thread)
    )
    comments = _count_of(Post.id, is_public())
    threads = _count_of(Post.id, Comment.parent_id.is_(None), Comment.thread_public > 0)
    posts = rows_changed(
        update(Post)
        .where((Post.comment_count != comments) | (Post.thread_count != threads))
        .values(comment_count=comments, thread_count=threads)
    )
    if roots or posts:
        site_changed()
    return roots + posts + _recount_tallies()


def _recount_tallies() -> int:
    """Bring the tallies of all posts in step; returns how many were wrong."""
    known = select(Tally.post_id).where(Tally.post_id == Post.id)
    missing = select(Post.id, *(literal(0) for _ in CommentStatus)).where(~known.exists())
    names = [status.value for status in CommentStatus]
    db.session.execute(insert(Tally).from_select(["post_id", *names], missing))
    right = {
        status.value: _count_of(Tally.post_id, Comment.status == status) for status in CommentStatus
    }
    # Of the deleted ones an empty place may be left, which counts nowhere.
    in_trash = (Comment.status == CommentStatus.TRASH, Comment.erased_at.is_(None))
    right[CommentStatus.TRASH.value] = _count_of(Tally.post_id, *in_trash)
    wrong = or_(*(getattr(Tally, name) != count for name, count in right.items()))
    return rows_changed(update(Tally).where(wrong).values(right))


def _count_of(
    post_id: InstrumentedAttribute[int], *conditions: ColumnElement[bool]
) -> ScalarSelect[int]:
    """How many comments of the post in the row at hand fulfil the conditions."""
    return (
        select(func.count())
        .select_from(Comment)
        .where(Comment.post_id == post_id, *conditions)
        .scalar_subquery()
    )
