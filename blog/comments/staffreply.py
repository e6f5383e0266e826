"""A reply by somebody of the staff who is signed in. Nothing screens it; nothing commits here."""

from __future__ import annotations

from datetime import datetime

from blog.comments.counting import count_state, count_visibility
from blog.comments.models import Comment, CommentStatus
from blog.comments.operations import Draft, fingerprint_of, person_with, with_fingerprint
from blog.comments.pages import attach_point
from blog.comments.senders import index_of_address
from blog.comments.signals import comment_left, told_of
from blog.db import db
from blog.markup import POLICY_VERSION


def reply_as_staff(
    answered: Comment,
    *,
    author: str,
    address: str,
    text: str,
    html: str,
    max_depth: int,
    by: str,
    now: datetime,
) -> Comment | None:
    """Publish an answer to a comment that is public; None when the same one stands there already.

    Call it with the rows of the comment, its thread and its post locked. ``html`` is the safe HTML
    of ``text``; ``by`` is "staff:" and a number. Too deep a place is settled as for readers.
    """
    parent_id = attach_point(answered, max_depth)
    draft = Draft(
        post_id=answered.post_id,
        author=author,
        address=address,
        url="",
        text=text,
        parent_id=parent_id,
        answers_id=None if parent_id == answered.id else answered.id,
    )
    fingerprint = fingerprint_of(draft)
    if with_fingerprint(fingerprint) is not None:
        return None
    parent = db.session.get_one(Comment, parent_id) if parent_id else None
    comment = Comment(
        post_id=answered.post_id,
        parent_id=parent_id,
        root_id=(parent.root_id or parent.id) if parent else None,
        depth=parent.depth + 1 if parent else 1,
        answers_id=draft.answers_id,
        thread_public=0,
        status=CommentStatus.APPROVED,
        status_by=by,
        status_at=now,
        author=author,
        person_id=person_with(address, index_of_address(address), now)[0],
        text=text,
        html=html,
        policy_version=POLICY_VERSION,
        created_at=now,
        fingerprint=fingerprint,
        is_staff=True,
    )
    db.session.add(comment)
    db.session.flush()
    count_visibility(comment, +1)
    count_state(comment.post_id, before=None, after=comment.status)
    comment_left.send(told_of(comment), now=now)
    return comment
