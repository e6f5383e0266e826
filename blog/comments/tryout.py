"""Trying a list of words on the comments that are here, before it is a rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select

from blog.comments.models import Comment, CommentStatus
from blog.db import db
from blog.screening.words import find_phrase

LATEST = 10_000
MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class TryOut:
    """What a list would have caught of the latest comments.

    ``false_alarms`` are those that are approved; ``worst`` the phrases that caught most of them,
    each with their number, and ``examples`` numbers of such comments, the newest first.
    """

    looked_at: int
    caught: int
    false_alarms: int
    worst: tuple[tuple[str, int], ...]
    examples: tuple[int, ...]


def try_words(phrases: tuple[str, ...]) -> TryOut:
    """Look for phrases in text, name and website of the latest 10,000 comments."""
    rows = db.session.execute(
        select(Comment.id, Comment.text, Comment.author, Comment.url, Comment.status)
        .where(Comment.erased_at.is_(None))
        .order_by(Comment.id.desc())
        .limit(LATEST)
    ).all()
    caught = 0
    alarms: Counter[str] = Counter()
    examples: list[int] = []
    for row in rows:
        found = find_phrase(phrases, (row.text, row.author, row.url))
        caught += found is not None
        if found is not None and row.status == CommentStatus.APPROVED:
            alarms[found] += 1
            examples.append(row.id)
    return TryOut(
        looked_at=len(rows),
        caught=caught,
        false_alarms=alarms.total(),
        worst=tuple(alarms.most_common(MOST_SHOWN)),
        examples=tuple(examples[:MOST_SHOWN]),
    )
