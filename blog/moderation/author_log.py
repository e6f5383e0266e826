"""What authors do by their receipts goes into the log, in the same transaction."""

from __future__ import annotations

from datetime import datetime

from blog.comments.models import Comment, CommentStatus
from blog.comments.signals import author_acted
from blog.comments.states import Move
from blog.moderation.log import THE_AUTHOR, Change, write_log_entries

SCREENING = "screening"


@author_acted.connect
def log_author(
    comment: Comment, *, action: str, before: str, after: str, held: Move | None, now: datetime
) -> None:
    """Write what the author did, and what screening said to it, to the end of the log."""
    subject = f"comment:{comment.id}"
    done = Change(action=action, subject=subject, before=before, after=after)
    write_log_entries([done], staff=None, who=THE_AUTHOR, now=now)
    if held is not None and held.after is not None:
        answer = Change(
            action="hold" if held.after == CommentStatus.PENDING else "spam",
            subject=subject,
            before=held.before.value,
            after=held.after.value,
            reason="the edited text",
        )
        write_log_entries([answer], staff=None, who=SCREENING, now=now)
