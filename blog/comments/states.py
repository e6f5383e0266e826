"""Moving a comment from one state to another, and deleting it for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, update

from blog.comments.counting import count_state, count_visibility
from blog.comments.lookalikes import CommentPrint
from blog.comments.models import (
    LEGAL_MOVES,
    Appeal,
    Comment,
    CommentStatus,
    PinnedComment,
    Receipt,
    Revision,
    Verdict,
)
from blog.comments.queries import has_replies
from blog.comments.signals import comment_moved
from blog.db import db, rows_changed
from blog.errors import Conflict, NotThere

REMOVED = frozenset({CommentStatus.SPAM, CommentStatus.TRASH})


@dataclass(frozen=True, slots=True)
class Move:
    """One change of state, as it happened."""

    comment_id: int
    before: CommentStatus
    after: CommentStatus | None  # None: deleted for good


def change_status(
    comment_id: int,
    to: CommentStatus,
    *,
    by: str,
    now: datetime,
    expected_version: int | None = None,
) -> Move | None:
    """Bring a comment into a state; None when it is there already.

    Raises NotThere, or Conflict when somebody changed it since ``expected_version`` (or at this
    very moment): nothing is overwritten then.
    """
    comment = _existing(comment_id)
    before = comment.status
    if expected_version is not None and comment.version != expected_version:
        raise _changed_meanwhile(comment)
    if before == to:
        return None
    if to not in LEGAL_MOVES[before]:
        raise _changed_meanwhile(comment)
    changed = rows_changed(
        update(Comment)
        .where(Comment.id == comment_id, Comment.version == comment.version)
        .values(
            status=to,
            former_status=_remembered(comment, to),
            status_by=by,
            status_at=now,
            version=Comment.version + 1,
            # What lies in the trash does not keep its author from saying it again (WordPress).
            fingerprint=None if to == CommentStatus.TRASH else Comment.fingerprint,
        )
    )
    if changed != 1:
        raise _changed_meanwhile(comment)
    if CommentStatus.APPROVED in {before, to}:
        count_visibility(comment, +1 if to == CommentStatus.APPROVED else -1)
    count_state(comment.post_id, before=before, after=to)
    if to == CommentStatus.APPROVED:
        _close_appeal(comment_id, now)
    db.session.expire(comment)
    move = Move(comment_id, before, to)
    comment_moved.send(comment, move=move, by=by, now=now)
    return move


def _close_appeal(comment_id: int, now: datetime) -> None:
    """What was asked for came true, by whichever way; a later rejection shall not open it again."""
    rows_changed(
        update(Appeal)
        .where(Appeal.comment_id == comment_id, Appeal.answered_at.is_(None))
        .values(answered_at=now)
    )


def restored_status(comment: Comment) -> CommentStatus:
    """Where restore and "not spam" lead: the state before, or pending when none is known."""
    former = comment.former_status
    if former is None or former == comment.status:
        return CommentStatus.PENDING
    return former


def delete_for_good(comment_id: int, *, by: str, now: datetime) -> Move:
    """Forget a comment. With replies under it an empty place stays, so that they keep theirs.

    Raises NotThere.
    """
    comment = _existing(comment_id)
    before = comment.status
    if before == CommentStatus.APPROVED:
        count_visibility(comment, -1)
    count_state(comment.post_id, before=before, after=None)
    for kept in (Verdict, Revision, PinnedComment, CommentPrint, Receipt, Appeal):
        db.session.execute(delete(kept).where(kept.comment_id == comment_id))
    if has_replies(comment_id):
        _empty(comment, by=by, now=now)
    else:
        _delete_with_empty_places_above(comment_id)
    db.session.flush()
    return Move(comment_id, before, None)


def _delete_with_empty_places_above(comment_id: int) -> None:
    """Delete a comment, and the emptied ones above it that now hold nothing any more."""
    gone: int | None = comment_id
    while gone is not None:
        comment = db.session.get_one(Comment, gone, populate_existing=True)
        above_id = comment.parent_id
        db.session.delete(comment)
        db.session.flush()
        above = db.session.get(Comment, above_id) if above_id is not None else None
        is_empty = above is not None and above.erased_at is not None
        gone = above_id if is_empty and not has_replies(above_id or 0) else None


def _empty(comment: Comment, *, by: str, now: datetime) -> None:
    """What deletion forgets: everything that was said, and who said it."""
    db.session.expire(comment)
    comment.author = comment.url = comment.text = comment.html = comment.agent = ""
    comment.person_id = comment.ip_sealed = comment.ip_index = comment.fingerprint = None
    comment.former_status, comment.edited_at = None, None
    comment.status, comment.status_by, comment.status_at = CommentStatus.TRASH, by, now
    comment.erased_at = now
    comment.version += 1


def _remembered(comment: Comment, to: CommentStatus) -> CommentStatus | None:
    """What restore shall bring back: a removed comment remembers its last state of use."""
    if to not in REMOVED:
        return None
    if comment.status in REMOVED:
        return comment.former_status if to == CommentStatus.SPAM else comment.status
    return comment.status


def _existing(comment_id: int) -> Comment:
    comment = db.session.get(Comment, comment_id, populate_existing=True)
    if comment is None or comment.erased_at is not None:
        raise NotThere("no_comment", "There is no such comment; it may have been deleted.")
    return comment


def _changed_meanwhile(comment: Comment) -> Conflict:
    return Conflict(
        "changed_meanwhile",
        f"Somebody else decided on comment {comment.id} meanwhile; it is now {comment.status}. "
        "Your decision was not applied: look again and decide.",
    )
