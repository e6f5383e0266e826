"""What this room tells others, in the transaction of the change; who listens may write, not commit.

Rooms above connect to these names when the app is made. A listener that raises undoes the change.
"""

from __future__ import annotations

from typing import NamedTuple

from blinker import Namespace

from blog.comments.models import Comment, CommentStatus, CommentType

_signals = Namespace()


class NewComment(NamedTuple):
    """What there is to tell of a comment that was just left: columns of its row."""

    id: int
    post_id: int
    parent_id: int | None
    root_id: int | None
    answers_id: int | None
    person_id: int | None
    type: CommentType
    status: CommentStatus
    version: int
    is_staff: bool


def told_of(comment: Comment) -> NewComment:
    """The same of a comment that was read."""
    return NewComment._make(getattr(comment, name) for name in NewComment._fields)


# A reader, or somebody of the staff, left a comment. Sender: a NewComment. Carries ``now``.
comment_left = _signals.signal("comment-left")
# A comment went from one state into another. Sender: the Comment. Carries ``move`` (a Move),
# ``by`` (such as "staff:3", "screening", "author") and ``now``.
comment_moved = _signals.signal("comment-moved")
# The author changed a comment, which was screened again. Sender: the Comment. Carries ``now``.
comment_edited = _signals.signal("comment-edited")
# The author asks a second time. Sender: the Appeal. Carries ``now``.
appeal_made = _signals.signal("appeal-made")
# Somebody asks what is kept about a person. Sender: the Person. A listener answers with a dict of
# plain JSON values to be added to the export.
data_asked = _signals.signal("data-asked")
# A link by which a person proves an address is to be mailed. Sender: the Person, or None for an
# address that is nobody's: as much is written then, so that nobody learns it by the time. Carries
# ``message`` (the name of the mail), ``key`` (a keyed digest of the address) and ``now``.
proof_wanted = _signals.signal("proof-wanted")
# The author did something by the receipt. Sender: the Comment. Carries ``action`` ("edit",
# "withdraw" or "appeal"), ``before`` and ``after`` in words that quote nothing, ``held`` (the Move
# that screening made after an edit, or None) and ``now``. Sent last: the log is locked from then.
author_acted = _signals.signal("author-acted")
