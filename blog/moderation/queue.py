"""The queue: which comments a moderator asked for, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_, union_all

from blog.comments.models import Comment, CommentStatus
from blog.db import db
from blog.moderation.filters import ALL, Cursor, QueueFilter, Sort, conditions_of
from blog.moderation.rows import QueueRow, rows_for

ROWS_PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page in the order asked for, and where the next one begins."""

    rows: Sequence[QueueRow]
    next_before: Cursor | None


def queue(wanted: QueueFilter, *, reveal: bool) -> QueuePage:
    """A page of the queue. ``reveal`` shows addresses open and the IP, else masked and none."""
    places = places_in_queue(wanted, ROWS_PER_PAGE + 1)
    rows = rows_for([place.comment_id for place in places[:ROWS_PER_PAGE]], reveal=reveal)
    has_more = len(places) > ROWS_PER_PAGE and bool(rows)
    return QueuePage(rows, places[ROWS_PER_PAGE - 1] if has_more else None)


def places_in_queue(wanted: QueueFilter, limit: int, *, newest: int | None = None) -> list[Cursor]:
    """The first comments that match, from ``before`` on, each with its place.

    ``newest`` leaves out what came in with a higher number.
    """
    statement = places_statement(wanted, limit, newest=newest)
    return [Cursor(row.created_at, row.id, row.risk) for row in db.session.execute(statement)]


def places_statement(wanted: QueueFilter, limit: int, *, newest: int | None = None) -> Select[Any]:
    """The query behind :func:`places_in_queue`; a test asks the databases how they run it."""
    statuses = list(CommentStatus) if wanted.status == ALL else [CommentStatus(wanted.status)]
    conditions = [Comment.erased_at.is_(None), *conditions_of(wanted), *_after(wanted)]
    if newest is not None:
        conditions.append(Comment.id <= newest)
    # Each status is read from its end of the index, which one query over all could not do.
    parts = [
        select(Comment.id, Comment.risk, Comment.created_at)
        .where(Comment.status == status, *conditions)
        .order_by(*_order(wanted.sort, Comment))
        .limit(limit)
        for status in statuses
    ]
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    statement: Select[tuple[int, int, object]] = select(
        found.c.id, found.c.risk, found.c.created_at
    )
    return statement.order_by(*_order(wanted.sort, found.c)).limit(limit)


def count_matching(wanted: QueueFilter, limit: int) -> int:
    """How many comments match, counted no further than ``limit``."""
    some = places_statement(wanted, limit).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def _order(sort: Sort, columns: object) -> list[ColumnElement[object]]:
    key = [getattr(columns, name) for name in _key(sort)]
    return [column.asc() if sort is Sort.OLDEST else column.desc() for column in key]


def _key(sort: Sort) -> list[str]:
    return [*(["risk"] if sort is Sort.RISK else []), "created_at", "id"]


def _after(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    place = wanted.before
    if place is None:
        return []
    key = tuple_(*(getattr(Comment, name) for name in _key(wanted.sort)))
    values = [place.risk] if wanted.sort is Sort.RISK else []
    here = tuple_(*values, place.created_at, place.comment_id)
    return [key > here if wanted.sort is Sort.OLDEST else key < here]
