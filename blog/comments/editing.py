"""Changing what a comment says. What it said before is kept as a revision; nothing commits here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from blog.comments.models import Comment, CommentStatus, Revision
from blog.db import db
from blog.errors import Conflict, NotThere
from blog.markup import POLICY_VERSION
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
) -> Revision | None:
    """Put other words into a comment; gives the revision of the old ones, None when none differ.

    ``html`` is the safe HTML of ``text`` (:func:`blog.comments.rendering.html_of`, in the format
    the comment has), made by the caller before the database is locked. ``by`` is "author", or
    "staff:" and a number. Raises NotThere, or Conflict when somebody changed the comment since
    ``expected_version``.
    """
    comment = db.session.scalar(
        select(Comment)
        .where(Comment.id == comment_id, Comment.erased_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if comment is None:
        raise NotThere("no_comment", "There is no such comment; it may have been deleted.")
    if expected_version is not None and comment.version != expected_version:
        raise Conflict(
            "changed_meanwhile",
            f"Comment {comment.id} was changed meanwhile; it is now {comment.status}. Your edit "
            "was not applied: your words are below, compare them with the new state.",
        )
    if (comment.author, comment.url, comment.text) == (author, url, text):
        return None
    revision = Revision(
        comment_id=comment.id,
        made_at=now,
        by=by,
        author=comment.author,
        url=comment.url,
        text=comment.text,
        text_format=comment.text_format,
        html=comment.html,
        policy_version=comment.policy_version,
    )
    db.session.add(revision)
    comment.author, comment.url, comment.text, comment.html = author, url, text, html
    comment.policy_version = POLICY_VERSION
    comment.edited_at, comment.edited_by = now, by
    comment.version += 1
    db.session.flush()
    if comment.status == CommentStatus.APPROVED:
        conversation_changed(comment.post.slug)
    return revision


def revisions_of(comment_id: int) -> list[Revision]:
    """What a comment said before, the newest first."""
    return list(
        db.session.scalars(
            select(Revision).where(Revision.comment_id == comment_id).order_by(Revision.id.desc())
        )
    )
