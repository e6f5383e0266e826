"""The one comment that stands first under its post."""

from __future__ import annotations

from sqlalchemy import delete, select

from blog.comments.models import Comment, PinnedComment
from blog.comments.queries import is_public
from blog.db import db
from blog.errors import NotThere, Refusal
from blog.posts.models import Post
from blog.versions import site_changed


def set_pin(comment_id: int, *, is_pinned: bool) -> list[tuple[int, bool]]:
    """Pin a comment or take its pin away; gives each comment whose pin changed, and how.

    Another one that was pinned under the post loses its pin. Raises NotThere, or Refusal for a
    comment that readers do not see or that does not start a thread. The caller commits.
    """
    comment = db.session.get(Comment, comment_id)
    if comment is None or comment.erased_at is not None:
        raise NotThere("no_comment", "There is no such comment; it may have been deleted.")
    # The post's row makes two pins one after another.
    db.session.execute(
        select(Post.id).where(Post.id == comment.post_id).with_for_update(key_share=True)
    )
    old = db.session.scalar(
        select(PinnedComment.comment_id).where(PinnedComment.post_id == comment.post_id)
    )
    if (old == comment_id) == is_pinned:
        return []
    if is_pinned:
        _refuse_unless_first_and_public(comment_id)
    changes = [(old, False)] if old is not None and (is_pinned or old == comment_id) else []
    db.session.execute(delete(PinnedComment).where(PinnedComment.post_id == comment.post_id))
    if is_pinned:
        db.session.add(PinnedComment(post_id=comment.post_id, comment_id=comment_id))
        changes.append((comment_id, True))
    db.session.flush()
    site_changed()  # whether a post has a pin is kept in mind with what stands around it
    return changes


def _refuse_unless_first_and_public(comment_id: int) -> None:
    fits = select(Comment.id).where(
        Comment.id == comment_id, Comment.parent_id.is_(None), is_public()
    )
    if db.session.scalar(fits) is None:
        raise Refusal(
            "cannot_pin",
            "Only an approved comment that starts a thread can be pinned. Nothing was changed.",
        )
