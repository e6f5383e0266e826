"""What a moderator says in a thread: an edit, a reply, a pin; each is logged. Nothing commits."""

from __future__ import annotations

from datetime import datetime

from blog.accounts.models import User
from blog.comments.editing import edit
from blog.comments.models import Comment, CommentStatus
from blog.comments.pinning import set_pin
from blog.comments.staffreply import reply_as_staff
from blog.comments.states import change_status
from blog.db import db
from blog.errors import NotThere
from blog.moderation.log import Change, write_log_entries
from blog.moderation.models import LogEntry
from blog.moderation.operations import lock_comments

PINNED = "pinned"


def edit_comment(
    comment_id: int,
    *,
    author: str,
    url: str,
    text: str,
    html: str,
    staff: User,
    now: datetime,
    seen_version: int | None = None,
) -> LogEntry | None:
    """Edit as staff; None when nothing differs. Raises NotThere and Conflict as :func:`edit`."""
    revision = edit(
        comment_id,
        author=author,
        url=url,
        text=text,
        html=html,
        by=f"staff:{staff.id}",
        now=now,
        expected_version=seen_version,
    )
    if revision is None:
        return None
    return write_log_entries([edit_change(comment_id, revision.id)], staff=staff, now=now)[0]


def edit_change(comment_id: int, revision_id: int) -> Change:
    """What the log says of an edit: where the words before it are kept, and none of them."""
    return Change(
        action="edit",
        subject=f"comment:{comment_id}",
        before=f"revision {revision_id}",
        after="edited",
    )


def reply(
    comment_id: int, *, text: str, html: str, max_depth: int, staff: User, now: datetime
) -> list[LogEntry]:
    """Publish an answer, and first the comment that is answered, as WordPress does.

    The same answer again gives no entry. Raises NotThere.
    """
    comment = lock_comments([comment_id]).get(comment_id)
    if comment is None:
        raise NotThere("no_comment", "There is no such comment; it may have been deleted.")
    by, changes = f"staff:{staff.id}", []
    move = change_status(comment_id, CommentStatus.APPROVED, by=by, now=now)
    if move is not None:
        changes.append(
            Change(
                action="approve",
                subject=f"comment:{comment_id}",
                before=move.before.value,
                after=CommentStatus.APPROVED.value,
                reason="answered",
            )
        )
    made = reply_as_staff(
        db.session.get_one(Comment, comment_id),
        author=staff.name,
        address=staff.email,
        text=text,
        html=html,
        max_depth=max_depth,
        by=by,
        now=now,
    )
    if made is not None:
        changes.append(
            Change(action="reply", subject=f"comment:{made.id}", after=made.status.value)
        )
    return write_log_entries(changes, staff=staff, now=now)


def pin(comment_id: int, *, is_pinned: bool, staff: User, now: datetime) -> list[LogEntry]:
    """Pin a comment under its post, or take the pin away. Raises NotThere and Refusal."""
    changes = set_pin(comment_id, is_pinned=is_pinned)
    return write_log_entries([pin_change(*change) for change in changes], staff=staff, now=now)


def pin_change(comment_id: int, is_pinned: bool) -> Change:
    """What the log says of a pin."""
    before, after = ("", PINNED) if is_pinned else (PINNED, "")
    action = "pin" if is_pinned else "unpin"
    return Change(action=action, subject=f"comment:{comment_id}", before=before, after=after)
