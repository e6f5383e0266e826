"""The errands: written with their cause, claimed, done or put off. Nothing here commits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Executable, and_, delete, func, or_, select, update

from blog.db import db, rows_changed, upsert
from blog.judges.models import Errand, JudgeErrand

# Waits after each failed attempt; after the last one it is given up.
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360))
# A vote that comes later is of no use to anybody: people have decided.
OLDEST = timedelta(days=2)
LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An errand that this worker has for the length of the lease."""

    comment_id: int
    judge: str
    errand: Errand
    attempts: int
    worker: str


def put(comment_id: int, judge: str, errand: Errand, *, now: datetime) -> None:
    """Write an errand; it takes the place of what this judge was still to hear of the comment."""
    values = {
        "comment_id": comment_id,
        "judge": judge,
        "errand": errand,
        "made_at": now,
        "due_at": now,
        "attempts": 0,
        "claimed_until": None,
        "claimed_by": None,
        "last_error": "",
    }
    db.session.execute(_in_place_of_the_last(db.engine.dialect.name), values)


@cache
def _in_place_of_the_last(_dialect: str) -> Executable:
    """An INSERT of an errand that overwrites the former one to the same judge. Made once."""
    insert_one = upsert(JudgeErrand)
    keys = [JudgeErrand.comment_id, JudgeErrand.judge]
    names = {column.name for column in JudgeErrand.__table__.columns} - {key.key for key in keys}
    statement: Executable = insert_one.on_conflict_do_update(
        index_elements=keys, set_={name: insert_one.excluded[name] for name in sorted(names)}
    )
    return statement


def _is_due(judges: Collection[str], now: datetime) -> ColumnElement[bool]:
    is_free = or_(JudgeErrand.claimed_until.is_(None), JudgeErrand.claimed_until <= now)
    return and_(JudgeErrand.judge.in_(judges), JudgeErrand.due_at <= now, is_free)


def has_due(judges: Collection[str], now: datetime) -> bool:
    """Whether any of these judges is to be asked now: one look into an index."""
    return db.session.scalar(select(1).where(_is_due(judges, now)).limit(1)) is not None


def claim(
    judges: Collection[str], worker: str, *, now: datetime, lease: timedelta = LEASE
) -> Claimed | None:
    """Take the errand to one of these judges that is due longest; None when none is."""
    row = db.session.scalar(
        select(JudgeErrand)
        .where(_is_due(judges, now))
        .order_by(JudgeErrand.due_at, JudgeErrand.comment_id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    row.claimed_until, row.claimed_by = now + lease, worker
    db.session.flush()
    return Claimed(row.comment_id, row.judge, row.errand, row.attempts, worker)


def _held(claimed: Claimed) -> ColumnElement[bool]:
    return and_(
        JudgeErrand.comment_id == claimed.comment_id,
        JudgeErrand.judge == claimed.judge,
        JudgeErrand.claimed_by == claimed.worker,
    )


def finish(claimed: Claimed) -> bool:
    """It is done. False when it was lost meanwhile: to another worker, or to a newer errand."""
    return rows_changed(delete(JudgeErrand).where(_held(claimed))) == 1


def put_off(claimed: Claimed, why: str, *, counts: bool, now: datetime) -> None:
    """It did not work this time; ``counts`` is False when the judge did not answer at all."""
    wait = WAITS[min(claimed.attempts, len(WAITS) - 1)] if counts else WAITS[0]
    rows_changed(
        update(JudgeErrand)
        .where(_held(claimed))
        .values(
            claimed_until=None,
            claimed_by=None,
            due_at=now + wait,
            attempts=claimed.attempts + counts,
            last_error=why,
        )
    )


def is_last(claimed: Claimed) -> bool:
    """Whether it is given up when it fails once more."""
    return claimed.attempts >= len(WAITS)


def forget_old(now: datetime) -> int:
    """Give up what no judge could be asked for two days; returns how many."""
    return rows_changed(delete(JudgeErrand).where(JudgeErrand.made_at < now - OLDEST))


def waiting() -> dict[str, tuple[int, str]]:
    """How many errands wait for each judge, and why the last of them did not work."""
    rows = db.session.execute(
        select(JudgeErrand.judge, func.count(), func.max(JudgeErrand.last_error)).group_by(
            JudgeErrand.judge
        )
    )
    return {judge: (count, why) for judge, count, why in rows}
