"""Changing what a comment says; how it stood before is kept as a revision."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from blog.comments.models import Comment, CommentRevision, CommentStatus
from blog.db import db, rows_changed
from blog.errors import Conflict, NotThere
from blog.markup import POLICY_VERSION
from blog.posts.models import Post
from blog.versions import conversation_changed


def edit(
    comment_id: int,
    *,
    author: str,
    url: str,
    text: str,
    html: str,
    by: str,
    now: datetime,
    expected_version: int | None = None,
) -> Comment:
    """Give a comment another author, website and Markdown text; ``html`` is the text rendered.

    Raises NotThere, or Conflict when it was changed since ``expected_version`` (or at this very
    moment): nothing is overwritten then. The caller commits.
    """
    comment = db.session.get(Comment, comment_id, populate_existing=True)
    if comment is None or comment.erased_at is not None:
        raise NotThere("no_comment", "There is no such comment; it may have been deleted.")
    if expected_version is not None and comment.version != expected_version:
        raise _changed_meanwhile()
    before = CommentRevision(
        comment_id=comment_id,
        made_at=now,
        by=by,
        author=comment.author,
        url=comment.url,
        text=comment.text,
        text_format=comment.text_format,
        html=comment.html,
        policy_version=comment.policy_version,
    )
    changed = rows_changed(
        update(Comment)
        .where(Comment.id == comment_id, Comment.version == comment.version)
        .values(
            author=author,
            url=url,
            text=text,
            text_format="markdown",
            html=html,
            policy_version=POLICY_VERSION,
            edited_at=now,
            version=Comment.version + 1,
        )
    )
    if changed != 1:
        raise _changed_meanwhile()
    db.session.add(before)
    db.session.flush()
    db.session.expire(comment)
    if comment.status == CommentStatus.APPROVED:
        conversation_changed(db.session.get_one(Post, comment.post_id).slug)
    return comment


def _changed_meanwhile() -> Conflict:
    return Conflict(
        "changed_meanwhile",
        "This comment was changed meanwhile. Your change was not saved; it is still below. "
        "Look at how the comment stands now, and send it again if you still want to.",
    )
