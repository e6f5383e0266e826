"""Teaching the learner what people decided about comments. Nothing here commits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from blog.comments.models import Comment, CommentStatus
from blog.db import db
from blog.screening.domains import linked_domains
from blog.screening.learner import Decision, learn
from blog.screening.models import Label

TAUGHT_AT_ONCE = 500


def teach(labels: Mapping[int, Label], *, now: datetime) -> int:
    """Teach what was decided about these comments, by number; returns how many lessons it were."""
    if not labels:
        return 0
    comments = db.session.scalars(
        select(Comment).where(Comment.id.in_(labels), Comment.erased_at.is_(None))
    )
    ordered = sorted(comments, key=lambda comment: comment.id)
    return learn([_decision(comment, labels[comment.id]) for comment in ordered], now=now)


def label_of(before: CommentStatus, after: CommentStatus) -> Label | None:
    """What a person's move of a comment says of it; None when nothing, as with the trash."""
    if after == CommentStatus.APPROVED:
        return Label.HAM
    if after == CommentStatus.SPAM:
        return Label.SPAM
    if after == CommentStatus.PENDING and before != CommentStatus.TRASH:
        return Label.WITHDRAWN
    return None


def teach_all(*, now: datetime) -> Iterator[int]:
    """Teach every decision that stands, in packs; the caller commits after each.

    Gives how many lessons each pack was. What is known already says nothing new.
    """
    last = 0
    while pack := _decided_after(last):
        last = pack[-1].id
        yield learn([_decision(comment, _standing(comment)) for comment in pack], now=now)


def _decided_after(last: int) -> Sequence[Comment]:
    """The next comments that people, or the blog they were brought from, decided about."""
    return db.session.scalars(
        select(Comment)
        .where(
            Comment.id > last,
            Comment.erased_at.is_(None),
            Comment.status.in_([CommentStatus.APPROVED, CommentStatus.SPAM]),
            _decided_by_people(),
        )
        .order_by(Comment.id)
        .limit(TAUGHT_AT_ONCE)
    ).all()


def _decided_by_people() -> ColumnElement[bool]:
    return or_(Comment.status_by.startswith("staff:"), Comment.status_by == "import")


def _standing(comment: Comment) -> Label:
    return Label.SPAM if comment.status == CommentStatus.SPAM else Label.HAM


def _decision(comment: Comment, label: Label) -> Decision:
    return Decision(
        subject=comment.id,
        text=comment.text,
        label=label,
        domains=linked_domains(comment.html, comment.url),
    )
