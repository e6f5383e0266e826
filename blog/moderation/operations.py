"""Decisions about comments; each change is logged. Nothing commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from blog.accounts.models import User
from blog.comments.models import Comment, CommentStatus
from blog.comments.states import Move, change_status, delete_for_good, restored_status
from blog.comments.teaching import label_of, teach
from blog.db import db
from blog.errors import Conflict, NotThere, Refusal
from blog.moderation.log import SYSTEM, Change, write_log_entries
from blog.moderation.pace import refresh_pace
from blog.numbers import LARGEST_NUMBER
from blog.posts.models import Post
from blog.versions import site_changed

MOST_AT_ONCE = 500
DELETED = "deleted"


class Action(StrEnum):
    """What a moderator does to comments; the words are WordPress's."""

    APPROVE = "approve"
    UNAPPROVE = "unapprove"
    SPAM = "spam"
    HAM = "ham"
    TRASH = "trash"
    RESTORE = "restore"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did: changes, comments that stood so already, and refusals in sentences.

    ``stale`` are the sentences about comments that somebody else changed since they were seen.
    ``entry_ids`` are the numbers of the log entries, in the order of ``moves``.
    """

    moves: tuple[Move, ...]
    unchanged: tuple[int, ...]
    refusals: tuple[str, ...]
    stale: tuple[str, ...] = ()
    entry_ids: tuple[int, ...] = ()


def _given(status: CommentStatus) -> Callable[[Comment], CommentStatus | None]:
    return lambda _comment: status


def _out_of(state: CommentStatus) -> Callable[[Comment], CommentStatus | None]:
    """Back to where it was, for a comment in ``state``; others stay where they are."""
    return lambda comment: restored_status(comment) if comment.status == state else None


# Where an action leads; None means that it does not concern a comment in this state.
TARGETS: Mapping[Action, Callable[[Comment], CommentStatus | None]] = {
    Action.APPROVE: _given(CommentStatus.APPROVED),
    Action.UNAPPROVE: _given(CommentStatus.PENDING),
    Action.SPAM: _given(CommentStatus.SPAM),
    Action.TRASH: _given(CommentStatus.TRASH),
    Action.HAM: _out_of(CommentStatus.SPAM),
    Action.RESTORE: _out_of(CommentStatus.TRASH),
}


def decide(
    action: str,
    comment_ids: Iterable[int],
    *,
    staff: User | None,
    now: datetime,
    reason: str = "",
    seen_versions: Mapping[int, int] | None = None,
    owner: int | None = None,
    who: str = SYSTEM,
) -> Decided:
    """Apply one action to comments, in order of their numbers, and log each change.

    Without ``staff`` the log names ``who``.
    A comment that is unknown, or was changed since the version that the moderator saw, is refused
    with a sentence and the others go on. With an ``owner`` there are only the comments under the
    posts of that person. Raises Refusal for an unknown action and for too many
    comments; nothing is changed then. The caller begins the write and commits.
    """
    wanted = _action(action)
    ids = sorted(set(comment_ids))
    if len(ids) > MOST_AT_ONCE:
        sentence = f"At most {MOST_AT_ONCE} comments can be decided at once. Nothing was changed."
        raise Refusal("too_many", sentence, field="ids")
    comments = lock_comments(ids, for_deletion=wanted is Action.DELETE, owner=owner)
    refusals = [_no_such_comment(number) for number in ids if number not in comments]
    stale: list[str] = []
    moves: list[Move] = []
    unchanged: list[int] = []
    by = f"staff:{staff.id}" if staff else SYSTEM
    # Replies stand behind what they answer: deleted first, they leave no empty place above.
    for comment_id in sorted(comments, reverse=wanted is Action.DELETE):
        seen = (seen_versions or {}).get(comment_id)
        try:
            move = _apply(wanted, comments[comment_id], by=by, now=now, seen=seen)
        except Refusal as refusal:
            (stale if isinstance(refusal, Conflict) else refusals).append(refusal.sentence)
            continue
        if move is None:
            unchanged.append(comment_id)
        else:
            moves.append(move)
    moves.sort(key=lambda move: move.comment_id)
    if staff is not None:
        _teach(moves, now)
    entries = write_log_entries(
        [_change(wanted, move, reason) for move in moves], staff=staff, who=who, now=now
    )
    if staff is not None and moves:
        refresh_pace(now)
    return Decided(
        tuple(moves),
        tuple(unchanged),
        tuple(refusals),
        tuple(stale),
        tuple(entry.id for entry in entries),
    )


def _teach(moves: Iterable[Move], now: datetime) -> None:
    """Let the learner learn what a person decided; before the log, whose lock is the last."""
    labels = {
        move.comment_id: label
        for move in moves
        if move.after is not None and (label := label_of(move.before, move.after)) is not None
    }
    teach(labels, now=now)


def switch_thread(post_id: int, is_open: bool) -> Change | None:
    """Open or close a thread and give what is to be logged; None when it stood so already."""
    post = db.session.scalar(
        select(Post)
        .where(Post.id == post_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if post is None:
        raise NotThere("no_post", "There is no such post. Nothing was changed.")
    if post.comments_open == is_open:
        return None
    before, after = ("closed", "open") if is_open else ("open", "closed")
    post.comments_open = is_open
    # A form that was opened before shall not switch it back unseen.
    post.revision += 1
    db.session.flush()
    site_changed()
    return Change(
        action="open_comments" if is_open else "close_comments",
        subject=f"post:{post.id}",
        before=before,
        after=after,
    )


def _action(text: str) -> Action:
    try:
        return Action(text)
    except ValueError:
        known = ", ".join(Action)
        raise Refusal(
            "unknown_action", f"Choose what to do: {known}. Nothing was changed.", field="action"
        ) from None


def lock_comments(
    ids: list[int], *, for_deletion: bool = False, owner: int | None = None
) -> dict[int, Comment]:
    """The comments that exist, with every row locked that the decision will change.

    All decisions lock in one order, so that two of them never wait for each other: comments from
    the highest number down (as a new reply does: what it answers, then the first of the thread),
    then posts. On SQLite the write has the database to itself.
    """
    possible = [number for number in ids if 0 < number <= LARGEST_NUMBER]
    if not possible:
        return {}
    # The first comment of a thread carries the thread's count; which one it is never changes.
    roots = db.session.scalars(
        select(Comment.root_id).where(Comment.id.in_(possible), Comment.root_id.is_not(None))
    )
    locked = db.session.scalars(
        select(Comment)
        .where(Comment.id.in_({*possible, *roots}))
        .order_by(Comment.id.desc())
        .with_for_update(key_share=not for_deletion)
        .execution_options(populate_existing=True)
    ).all()
    owners = db.session.execute(
        select(Post.id, Post.owner_id)
        .where(Post.id.in_({comment.post_id for comment in locked}))
        .order_by(Post.id)
        .with_for_update(key_share=True)
    ).all()
    allowed = {row.id for row in owners if owner is None or row.owner_id == owner}
    chosen = set(possible)
    return {
        comment.id: comment
        for comment in locked
        if comment.id in chosen and comment.erased_at is None and comment.post_id in allowed
    }


def _apply(
    action: Action, comment: Comment, *, by: str, now: datetime, seen: int | None
) -> Move | None:
    if action is Action.DELETE:
        if seen is not None and comment.version != seen:
            raise _stale(comment)
        return delete_for_good(comment.id, by=by, now=now)
    target = TARGETS[action](comment)
    # Somebody else decided the same: that is no conflict.
    if target is None or target == comment.status:
        return None
    if seen is not None and comment.version != seen:
        raise _stale(comment)
    return change_status(comment.id, target, by=by, now=now, expected_version=comment.version)


def _stale(comment: Comment) -> Conflict:
    return Conflict(
        "changed_meanwhile",
        f"Somebody else decided on comment {comment.id} meanwhile; it is now {comment.status}. "
        "Your decision was not applied: look again and decide.",
    )


def _change(action: Action, move: Move, reason: str) -> Change:
    return Change(
        action=action.value,
        subject=f"comment:{move.comment_id}",
        before=move.before.value,
        after=move.after.value if move.after else DELETED,
        reason=reason,
    )


def _no_such_comment(number: int) -> str:
    # A number that no column holds is still somebody's typing error; do not echo a page of digits.
    shown = str(number) if number <= LARGEST_NUMBER else "of that number"
    return f"There is no comment {shown}; it may have been deleted."
