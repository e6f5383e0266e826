"""Counts that are kept in the transaction that changes them, and the proof that they are right."""

from __future__ import annotations

from sqlalchemy import ColumnElement, ScalarSelect, case, func, select, text, update
from sqlalchemy.orm import aliased

from blog.comments.models import Comment
from blog.comments.queries import is_public
from blog.db import db, is_sqlite, rows_changed
from blog.posts.models import Post
from blog.versions import conversation_changed, site_changed


def count_visibility(comment: Comment, change: int) -> None:
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
    comments = _of_post(is_public())
    threads = _of_post(Comment.parent_id.is_(None), Comment.thread_public > 0)
    posts = rows_changed(
        update(Post)
        .where((Post.comment_count != comments) | (Post.thread_count != threads))
        .values(comment_count=comments, thread_count=threads)
    )
    if roots or posts:
        site_changed()
    return roots + posts


def _of_post(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many comments of a post fulfil the conditions."""
    return (
        select(func.count())
        .select_from(Comment)
        .where(Comment.post_id == Post.id, *conditions)
        .scalar_subquery()
    )
