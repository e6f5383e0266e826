"""Reading for the desk: counts, what waits, people and their records, the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from blog.comments.editing import revisions_of
from blog.comments.models import Comment, CommentStatus, Person, Revision, Tally, Verdict
from blog.comments.senders import person_by_address
from blog.db import db
from blog.moderation.addresses import shown_address
from blog.moderation.filters import owned_by
from blog.moderation.models import LogEntry
from blog.moderation.rows import QueueRow, rows_for
from blog.moderation.trace import ShownVerdict, shown_verdict
from blog.posts.models import Post

LOG_PER_PAGE = 50
PEOPLE_PER_PAGE = 20
NEIGHBOURS = 10


def counts_by_status(owner: int | None = None) -> dict[str, int]:
    """How many comments there are in each state, and "all" of them; from the kept tallies.

    With an ``owner`` only those under the posts of that person.
    """
    sums = (func.coalesce(func.sum(getattr(Tally, status.value)), 0) for status in CommentStatus)
    query = select(*sums)
    if owner is not None:
        query = query.join(Post, Post.id == Tally.post_id).where(Post.owner_id == owner)
    row = db.session.execute(query).one()
    counts = {status.value: int(count) for status, count in zip(CommentStatus, row, strict=True)}
    return counts | {"all": sum(counts.values())}


def waiting_count(owner: int | None = None) -> int:
    """How many comments wait for a decision, under the posts of one owner when given."""
    return counts_by_status(owner)[CommentStatus.PENDING]


def oldest_waiting(owner: int | None = None) -> datetime | None:
    """When the comment that waits longest came in, under the posts of one owner when given."""
    return db.session.scalar(
        select(func.min(Comment.created_at)).where(
            Comment.status == CommentStatus.PENDING, *owned_by(owner)
        )
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
    verdicts: Sequence[ShownVerdict]
    entries: Sequence[LogEntry]
    revisions: Sequence[Revision]


def comment_file(comment_id: int, *, reveal: bool, owner: int | None = None) -> CommentFile | None:
    """One comment with its neighbours, its author's history, its verdicts and decisions.

    With an ``owner`` there is nothing but what stands under the posts of that person, no record,
    which counts comments everywhere, and not what the staff wrote about the person.
    """
    own = rows_for([comment_id], reveal=reveal, owner=owner)
    if not own:
        return None
    person_id, answered = own[0].comment.person_id, own[0].answered_id
    above = rows_for([answered], reveal=reveal, owner=owner) if answered else []
    verdicts = db.session.scalars(
        select(Verdict).where(Verdict.comment_id == comment_id).order_by(Verdict.id.desc())
    ).all()
    return CommentFile(
        row=own[0],
        parent=above[0] if above else None,
        replies=rows_for(_answers_to(comment_id), reveal=reveal, owner=owner),
        record=person_record(person_id, reveal=reveal) if person_id and owner is None else None,
        others=rows_for(_others_by(person_id, comment_id, owner), reveal=reveal, owner=owner),
        verdicts=[shown_verdict(each, is_limited=owner is not None) for each in verdicts],
        entries=entries_about(f"comment:{comment_id}"),
        revisions=revisions_of(comment_id),
    )


def _answers_to(comment_id: int) -> Sequence[int]:
    return db.session.scalars(
        select(Comment.id)
        .where(or_(Comment.parent_id == comment_id, Comment.answers_id == comment_id))
        .order_by(Comment.created_at, Comment.id)
        .limit(NEIGHBOURS)
    ).all()


def _others_by(person_id: int | None, comment_id: int, owner: int | None) -> Sequence[int]:
    """The last other comments of a person, under the posts of one owner when given."""
    if person_id is None:
        return ()
    return db.session.scalars(
        select(Comment.id)
        .where(Comment.person_id == person_id, Comment.id != comment_id, *owned_by(owner))
        .order_by(Comment.id.desc())
        .limit(NEIGHBOURS)
    ).all()


def newest_waiting(limit: int, *, reveal: bool, owner: int | None = None) -> list[QueueRow]:
    """The comments that came last of those that wait."""
    ids = db.session.scalars(
        select(Comment.id)
        .where(Comment.status == CommentStatus.PENDING, *owned_by(owner))
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(limit)
    ).all()
    return rows_for(ids, reveal=reveal, owner=owner)


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
