"""Reading for the desk: counts, what waits, people and their records, the log, the posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import load_only

from blog.comments.editing import revisions_of
from blog.comments.models import Comment, CommentStatus, Person, Revision, Tally, Verdict
from blog.comments.queries import person_by_address
from blog.db import db
from blog.moderation.addresses import shown_address
from blog.moderation.models import LogEntry
from blog.moderation.rows import QueueRow, rows_for
from blog.posts.models import Post

LOG_PER_PAGE = 50
PEOPLE_PER_PAGE = 20
POSTS_PER_PAGE = 50
NEIGHBOURS = 10


def counts_by_status() -> dict[str, int]:
    """How many comments there are in each state, and "all" of them; from the kept tallies."""
    sums = (func.coalesce(func.sum(getattr(Tally, status.value)), 0) for status in CommentStatus)
    row = db.session.execute(select(*sums)).one()
    counts = {status.value: int(count) for status, count in zip(CommentStatus, row, strict=True)}
    return counts | {"all": sum(counts.values())}


def waiting_count() -> int:
    """How many comments wait for a decision."""
    return counts_by_status()[CommentStatus.PENDING]


def oldest_waiting() -> datetime | None:
    """When the comment that waits longest came in."""
    return db.session.scalar(
        select(func.min(Comment.created_at)).where(Comment.status == CommentStatus.PENDING)
    )


def newest_number() -> int:
    """The number of the comment that came in last; 0 when there is none."""
    return db.session.scalar(select(func.max(Comment.id))) or 0


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """What became of a person's comments, and since when the person is known."""

    person_id: int
    address: str
    first_seen_at: datetime
    approved: int
    pending: int
    spam: int
    trash: int
    name: str


def person_record(person_id: int, *, reveal: bool = False) -> PersonRecord | None:
    """The record of one person, or None when there is nobody of this number."""
    person = db.session.get(Person, person_id)
    return _records([person], reveal=reveal)[0] if person else None


def people(
    *, before: int | None, address: str = "", reveal: bool
) -> tuple[list[PersonRecord], int | None]:
    """A page of people, the newest first, and where the next begins; or the one with ``address``.

    The address is looked up whole, by its blind index: there is nothing to guess by pieces.
    """
    if address:
        person = person_by_address(address)
        return _records([person] if person else [], reveal=reveal), None
    query = select(Person).order_by(Person.id.desc()).limit(PEOPLE_PER_PAGE + 1)
    if before is not None:
        query = query.where(Person.id < before)
    found = db.session.scalars(query).all()
    shown = found[:PEOPLE_PER_PAGE]
    has_more = len(found) > PEOPLE_PER_PAGE
    return _records(shown, reveal=reveal), shown[-1].id if has_more else None


def _records(found: Sequence[Person], *, reveal: bool) -> list[PersonRecord]:
    ids = [person.id for person in found]
    rows = db.session.execute(
        select(Comment.person_id, Comment.status, func.count())
        .where(Comment.person_id.in_(ids), Comment.erased_at.is_(None))
        .group_by(Comment.person_id, Comment.status)
    )
    counts = {(person_id, status.value): count for person_id, status, count in rows}
    newest = select(func.max(Comment.id)).where(Comment.person_id.in_(ids))
    last = db.session.execute(
        select(Comment.person_id, Comment.author).where(
            Comment.id.in_(newest.group_by(Comment.person_id))
        )
    )
    names = {row.person_id: row.author for row in last}
    return [
        PersonRecord(
            person_id=person.id,
            address=shown_address(person, reveal=reveal),
            first_seen_at=person.first_seen_at,
            approved=counts.get((person.id, "approved"), 0),
            pending=counts.get((person.id, "pending"), 0),
            spam=counts.get((person.id, "spam"), 0),
            trash=counts.get((person.id, "trash"), 0),
            name=names.get(person.id, ""),
        )
        for person in found
    ]


def names_of_person(person_id: int) -> list[str]:
    """The names under which a person wrote, at most ten."""
    return list(
        db.session.scalars(
            select(Comment.author)
            .where(Comment.person_id == person_id, Comment.erased_at.is_(None))
            .distinct()
            .order_by(Comment.author)
            .limit(NEIGHBOURS)
        )
    )


@dataclass(frozen=True, slots=True)
class CommentFile:
    """Everything the desk knows about one comment."""

    row: QueueRow
    parent: QueueRow | None
    replies: Sequence[QueueRow]
    record: PersonRecord | None
    others: Sequence[QueueRow]
    verdicts: Sequence[Verdict]
    entries: Sequence[LogEntry]
    revisions: Sequence[Revision]


def comment_file(comment_id: int, *, reveal: bool) -> CommentFile | None:
    """One comment with its neighbours, its author's history, its verdicts and decisions."""
    own = rows_for([comment_id], reveal=reveal)
    if not own:
        return None
    comment = own[0].comment
    replies = db.session.scalars(
        select(Comment.id)
        .where(or_(Comment.parent_id == comment_id, Comment.answers_id == comment_id))
        .order_by(Comment.created_at, Comment.id)
        .limit(NEIGHBOURS)
    ).all()
    others: Sequence[int] = ()
    if comment.person_id is not None:
        others = db.session.scalars(
            select(Comment.id)
            .where(Comment.person_id == comment.person_id, Comment.id != comment_id)
            .order_by(Comment.id.desc())
            .limit(NEIGHBOURS)
        ).all()
    above = rows_for([own[0].answered_id], reveal=reveal) if own[0].answered_id else []
    verdicts = db.session.scalars(
        select(Verdict).where(Verdict.comment_id == comment_id).order_by(Verdict.id.desc())
    ).all()
    return CommentFile(
        row=own[0],
        parent=above[0] if above else None,
        replies=rows_for(replies, reveal=reveal),
        record=person_record(comment.person_id, reveal=reveal) if comment.person_id else None,
        others=rows_for(others, reveal=reveal),
        verdicts=verdicts,
        entries=entries_about(f"comment:{comment_id}"),
        revisions=revisions_of(comment_id),
    )


def newest_waiting(limit: int, *, reveal: bool) -> list[QueueRow]:
    """The comments that came last of those that wait."""
    ids = db.session.scalars(
        select(Comment.id)
        .where(Comment.status == CommentStatus.PENDING)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(limit)
    ).all()
    return rows_for(ids, reveal=reveal)


def entries_about(subject: str) -> Sequence[LogEntry]:
    """What the log says about one thing, the newest first, at most a page."""
    return db.session.scalars(
        select(LogEntry)
        .where(LogEntry.subject == subject)
        .order_by(LogEntry.id.desc())
        .limit(LOG_PER_PAGE)
    ).all()


def log_page(before: int | None, limit: int = LOG_PER_PAGE) -> tuple[list[LogEntry], int | None]:
    """A page of the log, the newest first, and where the next begins."""
    query = select(LogEntry).order_by(LogEntry.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(LogEntry.id < before)
    found = list(db.session.scalars(query))
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def entries_between(first: int, last: int) -> Sequence[LogEntry]:
    """A run of entries, as one decision leaves it."""
    return db.session.scalars(
        select(LogEntry).where(LogEntry.id >= first, LogEntry.id <= last).order_by(LogEntry.id)
    ).all()


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post in the desk's list."""

    post: Post
    pending: int


def posts_page(before: int | None) -> tuple[list[PostRow], int | None]:
    """A page of all posts and pages, the last made first, with what waits under each."""
    query = (
        select(Post)
        .options(
            load_only(
                Post.slug,
                Post.kind,
                Post.title,
                Post.status,
                Post.published_at,
                Post.comments_open,
                Post.comment_count,
            )
        )
        .order_by(Post.id.desc())
        .limit(POSTS_PER_PAGE + 1)
    )
    if before is not None:
        query = query.where(Post.id < before)
    found = list(db.session.scalars(query))
    shown = found[:POSTS_PER_PAGE]
    tallies = db.session.execute(
        select(Tally.post_id, Tally.pending).where(Tally.post_id.in_([post.id for post in shown]))
    )
    pending = {row.post_id: row.pending for row in tallies}
    rows = [PostRow(post, pending.get(post.id, 0)) for post in shown]
    return rows, shown[-1].id if len(found) > POSTS_PER_PAGE else None
