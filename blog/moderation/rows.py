"""The rows of the queue: each comment with all that a decision needs beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import aliased, joinedload

from blog.comments.models import Comment, CommentStatus, Person, PinnedComment, Verdict
from blog.db import db
from blog.moderation.addresses import shown_address, shown_ip
from blog.moderation.filters import owned_by
from blog.posts.models import Post

ABOVE_SHOWN = 5
# Of one person no more are counted: "100 or more" decides as well as the number.
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What became of a person's comments, each counted up to MOST_COUNTED, and since when."""

    approved: int
    rejected: int
    pending: int
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Above:
    """A comment above another in the conversation; ``html_now`` as in :class:`QueueRow`."""

    id: int
    author: str
    created_at: datetime
    status: CommentStatus
    text: str
    html_now: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A comment as the queue shows it."""

    comment: Comment
    post: Post
    address: str
    ip: str
    reasons: Sequence[str]
    # What it answers, the first of the thread first; deleted ones are left out.
    above: Sequence[Above]
    # None also for an author, who is not to know what the person sent elsewhere.
    person: TrackRecord | None
    is_pinned: bool

    @property
    def answered_id(self) -> int | None:
        """The comment it answers."""
        return self.comment.answers_id or self.comment.parent_id

    @property
    def answered_name(self) -> str:
        """Who wrote the comment that it answers; "" when it is gone."""
        is_there = bool(self.above) and self.above[-1].id == self.answered_id
        return self.above[-1].author if is_there else ""

    @property
    def html(self) -> str:
        """The stored safe HTML, unless an older policy made it; then the source is to be shown."""
        return self.comment.current_html


def rows_for(ids: Sequence[int], *, reveal: bool, owner: int | None = None) -> list[QueueRow]:
    """The rows of these comments, in the order given, in a fixed number of queries.

    With an ``owner`` only those under the posts of that person, and without the records of people,
    which count comments everywhere.
    """
    if not ids:
        return []
    found = db.session.scalars(
        select(Comment)
        .where(Comment.id.in_(ids), Comment.erased_at.is_(None), *owned_by(owner))
        .options(joinedload(Comment.post), joinedload(Comment.person))
    ).all()
    by_id = {comment.id: comment for comment in found}
    comments = [by_id[number] for number in ids if number in by_id]
    reasons = latest_reasons(ids)
    above = _above(comments)
    known = {c.person_id for c in comments if c.person_id is not None and owner is None}
    people = _track_records(known)
    pins = set(
        db.session.scalars(
            select(PinnedComment.comment_id).where(PinnedComment.comment_id.in_(ids))
        )
    )
    return [
        QueueRow(
            comment=comment,
            post=comment.post,
            address=shown_address(comment.person, reveal=reveal),
            ip=shown_ip(comment, reveal=reveal),
            reasons=reasons.get(comment.id, ()),
            above=above.get(comment.id, ()),
            person=people.get(comment.person_id or 0),
            is_pinned=comment.id in pins,
        )
        for comment in comments
    ]


def latest_reasons(ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Why each comment waits or was refused: the sentences of its last verdict."""
    newest = (
        select(func.max(Verdict.id))
        .where(Verdict.comment_id.in_(list(ids)))
        .group_by(Verdict.comment_id)
    )
    verdicts = db.session.scalars(select(Verdict).where(Verdict.id.in_(newest)))
    return {
        verdict.comment_id: tuple(str(finding.get("reason", "")) for finding in verdict.findings)
        for verdict in verdicts
    }


def _above(comments: Sequence[Comment]) -> Mapping[int, Sequence[Above]]:
    """What each comment answers and what that answers, up to ABOVE_SHOWN steps."""
    starts = [comment.id for comment in comments if comment.parent_id or comment.answers_id]
    if not starts:
        return {}
    answered = func.coalesce(Comment.answers_id, Comment.parent_id)
    up = (
        select(Comment.id.label("start"), answered.label("id"), literal(1).label("steps"))
        .where(Comment.id.in_(starts))
        .cte("up", recursive=True)
    )
    up = up.union_all(
        select(up.c.start, answered, up.c.steps + 1)
        .join(Comment, Comment.id == up.c.id)
        .where(up.c.steps < ABOVE_SHOWN, answered.is_not(None))
    )
    shown = aliased(Comment)
    rows = db.session.execute(
        select(up.c.start, shown)
        .join(shown, shown.id == up.c.id)
        .where(shown.erased_at.is_(None))
        .order_by(up.c.start, up.c.steps.desc())
    )
    above: dict[int, list[Above]] = defaultdict(list)
    for start, comment in rows:
        above[start].append(
            Above(
                id=comment.id,
                author=comment.author,
                created_at=comment.created_at,
                status=comment.status,
                text=comment.text,
                html_now=comment.current_html,
            )
        )
    return above


def _track_records(person_ids: set[int]) -> dict[int, TrackRecord]:
    """The records of these people, read from the index alone and no further than need be."""
    if not person_ids:
        return {}

    def counted(*statuses: CommentStatus) -> Any:
        some: Select[Any] = (
            select(literal(1))
            .where(Comment.person_id == Person.id, Comment.status.in_(statuses))
            .limit(MOST_COUNTED)
            .correlate(Person)
        )
        return select(func.count()).select_from(some.subquery()).scalar_subquery()

    rows = db.session.execute(
        select(
            Person.id,
            Person.first_seen_at,
            counted(CommentStatus.APPROVED).label("approved"),
            counted(CommentStatus.SPAM, CommentStatus.TRASH).label("rejected"),
            counted(CommentStatus.PENDING).label("pending"),
        ).where(Person.id.in_(person_ids))
    )
    return {
        row.id: TrackRecord(row.approved, row.rejected, row.pending, row.first_seen_at)
        for row in rows
    }
