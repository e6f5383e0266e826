"""Teaching the learner what people decided about comments. Nothing here commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, or_, select

from blog.comments.models import Comment, CommentStatus
from blog.db import db
from blog.screening.domains import linked_domains
from blog.screening.learner import Decision, learn
from blog.screening.models import Label

TAUGHT_AT_ONCE = 500
# Older decisions tell little more, and spam of years ago is not what comes today.
NEWEST = 20_000
# Of a kind that is rare among these, so many all the same.
LEAST_OF_EACH = 1_000
DECIDED = (CommentStatus.APPROVED, CommentStatus.SPAM)
# Number, status, text, safe HTML and website.
Told = Row[int, CommentStatus, str, str, str]


def teach(labels: Mapping[int, Label], *, now: datetime) -> int:
    """Teach what was decided about these comments, by number; returns how many lessons it were."""
    if not labels:
        return 0
    comments = _those(Comment.id.in_(labels), Comment.erased_at.is_(None))
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
    """Teach the newest decisions that stand, in packs; the caller commits after each.

    Gives how many lessons each pack was. What is known already says nothing new.
    """
    numbers = _newest_decided()
    for start in range(0, len(numbers), TAUGHT_AT_ONCE):
        pack = numbers[start : start + TAUGHT_AT_ONCE]
        # Asked for again: since the pack before, people may have decided otherwise.
        found = {comment.id: comment for comment in _those(Comment.id.in_(pack), *_decided())}
        comments = [found[number] for number in pack if number in found]
        yield learn([_decision(comment, _standing(comment)) for comment in comments], now=now)


def _newest_decided() -> list[int]:
    """The comments about which was decided last, both kinds among them; the oldest first."""
    newest = {*_decided_last(NEWEST)}
    for status in DECIDED:
        newest.update(_decided_last(LEAST_OF_EACH, Comment.status == status))
    return [number for _, _, number in sorted(newest)]


def _decided_last(
    count: int, *conditions: ColumnElement[bool]
) -> Iterable[tuple[datetime, datetime, int]]:
    """When was decided about so many comments, when each was written, and its number."""
    # All that came with one import was decided at one time, as far as is known.
    statement = (
        select(Comment.status_at, Comment.created_at, Comment.id)
        .where(*_decided(), *conditions)
        .order_by(Comment.status_at.desc(), Comment.created_at.desc(), Comment.id.desc())
        .limit(count)
    )
    rows = db.session.execute(statement)
    return ((row.status_at, row.created_at, row.id) for row in rows)


def _decided() -> tuple[ColumnElement[bool], ...]:
    """What people decided, here or on the blog a comment was brought from."""
    by_people = or_(Comment.status_by.startswith("staff:"), Comment.status_by == "import")
    return Comment.status.in_(DECIDED), Comment.erased_at.is_(None), by_people


def _those(*conditions: ColumnElement[bool]) -> Sequence[Told]:
    """What the learner is told of these comments: no more is read of them."""
    columns = (Comment.id, Comment.status, Comment.text, Comment.html, Comment.url)
    return db.session.execute(select(*columns).where(*conditions)).all()


def _standing(comment: Told) -> Label:
    return Label.SPAM if comment.status == CommentStatus.SPAM else Label.HAM


def _decision(comment: Told, label: Label) -> Decision:
    return Decision(
        subject=comment.id,
        text=comment.text,
        label=label,
        domains=linked_domains(comment.html, comment.url),
    )
