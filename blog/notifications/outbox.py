"""The outbox: rows written with what they tell of, gathered into digests, claimed and finished.

Nothing here commits. A claim is a lease: a worker that is killed loses it by the clock, and the
mail is sent by another. Only one worker can hold a mail: FOR UPDATE SKIP LOCKED on PostgreSQL; on
SQLite the write has the database to itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update

from blog.db import db, is_sqlite, rows_changed, upsert
from blog.notifications.models import MAIL_ADDRESS, Mail, MailState
from blog.prepared import PreparedStatement
from blog.sealing import sealer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Waits after each failed attempt; after the last one the mail is given up.
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440, 1440, 1440))
# What could not even be tried for so long is no news any more.
OLDEST = timedelta(days=7)
LEASE = timedelta(minutes=3)
MOST_IN_A_DIGEST = 100
PACES = {"answers": HOUR, "hourly": HOUR, "daily": DAY}


def put(
    message: str,
    *,
    now: datetime,
    person_id: int | None = None,
    address: str = "",
    staff_id: int | None = None,
    comment_id: int | None = None,
    comment_version: int | None = None,
    once_key: str | None = None,
    digest_key: str | None = None,
) -> bool:
    """Write a mail into this transaction, to a person or to an address of the staff.

    ``once_key`` names what is said to whom: a second mail of the same key is not written, and
    False is the answer. ``digest_key`` is ``<pace>:<rest>`` with a pace of PACES.
    """
    return _write(
        message=message,
        person_id=person_id,
        to_sealed=sealer().seal(address, MAIL_ADDRESS) if address else None,
        staff_id=staff_id,
        comment_id=comment_id,
        comment_version=comment_version,
        once_key=once_key,
        digest_key=digest_key,
        is_ready=digest_key is None,
        now=now,
    )


def put_nothing(message: str, *, once_key: str, now: datetime) -> bool:
    """Write the row that a mail would be, for nobody; it is done with from the start.

    So an answer takes as long whether there is somebody to write to or not. No address is kept.
    """
    return _write(
        message=message,
        to_sealed=sealer().seal("", MAIL_ADDRESS),
        once_key=once_key,
        state=MailState.DROPPED,
        finished_at=now,
        last_error="Nobody is known by the address that was typed.",
        now=now,
    )


def _write(*, now: datetime, **given: object) -> bool:
    # Always the same columns: the statement is made once, and takes its time alike.
    values = {
        "state": MailState.WAITING,
        "person_id": None,
        "staff_id": None,
        "comment_id": None,
        "comment_version": None,
        "message_id": secrets.token_hex(16),
        "digest_key": None,
        "is_ready": True,
        "made_at": now,
        "due_at": now,
        "attempts": 0,
        "finished_at": None,
        "last_error": "",
        **given,
    }
    return _KEEP.scalar(values) is not None


def _unless_said() -> Any:
    """An INSERT of a mail that gives its number, unless the same was said already."""
    insert_one = upsert(Mail).on_conflict_do_nothing(index_elements=[Mail.once_key])
    return insert_one.returning(Mail.id)


_KEEP = PreparedStatement(_unless_said)


def has_due(now: datetime) -> bool:
    """Whether there is anything to do: one look into an index."""
    due = select(Mail.id).where(Mail.state == MailState.WAITING, Mail.due_at <= now, _is_free(now))
    return db.session.scalar(due.limit(1)) is not None


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(Mail.claimed_until.is_(None), Mail.claimed_until <= now)


def gather(now: datetime) -> bool:
    """Gather the mails of one digest; False when there is none to gather.

    They join the mail of the same digest that is not sent yet; else the first becomes it, unless
    the last one is too young: then they wait.
    """
    waiting = (Mail.state == MailState.WAITING, Mail.is_ready.is_(False))
    key = db.session.scalar(
        select(Mail.digest_key).where(*waiting, Mail.due_at <= now).order_by(Mail.id).limit(1)
    )
    if key is None:
        return False
    if not is_sqlite():
        # Two workers must not begin two digests at once. Held until the commit.
        db.session.execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"mail.digest:{key}"}
        )
    ids = list(
        db.session.scalars(
            select(Mail.id)
            .where(*waiting, Mail.digest_key == key)
            .order_by(Mail.id)
            .limit(MOST_IN_A_DIGEST)
        )
    )
    if not ids:
        # Another worker gathered them while this one waited for the lock.
        return True
    leader_id = _untried_digest(key)
    if leader_id is None:
        free_at = _free_at(key, now)
        if free_at > now:
            _set(ids, due_at=free_at)
            return True
        leader_id, ids = ids[0], ids[1:]
        _set([leader_id], is_ready=True)
    _set(ids, state=MailState.MERGED, merged_into=leader_id, finished_at=now)
    return True


def _untried_digest(key: str) -> int | None:
    return db.session.scalar(
        select(Mail.id)
        .where(
            Mail.digest_key == key,
            Mail.state == MailState.WAITING,
            Mail.is_ready.is_(True),
            # One that a server may have taken already must not say more when it comes again.
            Mail.claimed_by.is_(None),
            Mail.last_error == "",
        )
        .limit(1)
        .with_for_update()
    )


def _free_at(key: str, now: datetime) -> datetime:
    """When the next mail of this digest may go."""
    pace = PACES[key.partition(":")[0]]
    under_way, last = db.session.execute(
        select(
            func.max(Mail.due_at).filter(Mail.state == MailState.WAITING),
            func.max(Mail.finished_at).filter(Mail.state == MailState.SENT),
        ).where(Mail.digest_key == key, Mail.is_ready.is_(True))
    ).one()
    # Behind a digest that is on its way, or is tried again, the next one waits for its end.
    behind = max(under_way, now) + WAITS[0] if under_way else now
    return max(behind, last + pace if last else now)


def _set(ids: Sequence[int], **values: object) -> None:
    if ids:
        rows_changed(
            update(Mail).where(Mail.id.in_(ids), Mail.state == MailState.WAITING).values(**values)
        )


def claim(worker: str, *, now: datetime, lease: timedelta = LEASE) -> int | None:
    """Take the mail that is due longest, for the length of the lease; None when none is due."""
    mail_id = db.session.scalar(
        select(Mail.id)
        .where(
            Mail.state == MailState.WAITING,
            Mail.is_ready.is_(True),
            Mail.due_at <= now,
            _is_free(now),
        )
        .order_by(Mail.due_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if mail_id is not None:
        _set([mail_id], claimed_until=now + lease, claimed_by=worker)
    return mail_id


def finish(mail_id: int, worker: str, state: MailState, *, now: datetime, why: str = "") -> bool:
    """The mail is done with. False when the worker had lost it to another meanwhile."""
    values: dict[str, object] = {"state": state, "finished_at": now, "last_error": why}
    if state == MailState.DROPPED:
        # What was taken back may come again, and shall be told then.
        values["once_key"] = None
        told = Mail.merged_into == mail_id
        rows_changed(update(Mail).where(told).values(state=state, once_key=None))
    return _settle(mail_id, worker, values)


def put_off(
    mail_id: int, worker: str, *, attempts: int, why: str, is_server: bool, now: datetime
) -> bool:
    """It did not work this time: try again later, or give up after the last wait.

    A server that is away counts as no attempt of this mail.
    """
    if not is_server and attempts >= len(WAITS):
        return finish(mail_id, worker, MailState.DEAD, now=now, why=why)
    wait = WAITS[0] if is_server else WAITS[attempts]
    values: dict[str, object] = {"due_at": now + wait, "last_error": why}
    if not is_server:
        values["attempts"] = attempts + 1
    return _settle(mail_id, worker, values)


def _settle(mail_id: int, worker: str, values: dict[str, object]) -> bool:
    held = (Mail.id == mail_id, Mail.claimed_by == worker, Mail.state == MailState.WAITING)
    done = update(Mail).where(*held).values(claimed_until=None, claimed_by=None, **values)
    return rows_changed(done) == 1


def send_again(mail_id: int, *, now: datetime) -> bool:
    """Give a mail that was given up a new start. False when it is not one of those."""
    again = (
        update(Mail)
        .where(Mail.id == mail_id, Mail.state == MailState.DEAD)
        .values(
            state=MailState.WAITING,
            attempts=0,
            made_at=now,
            due_at=now,
            finished_at=None,
            last_error="",
        )
    )
    return rows_changed(again) == 1


def give_up_old(now: datetime) -> int:
    """Mails that could not be sent for a week are given up; returns how many."""
    why = "It could not be sent for a week."
    return rows_changed(
        update(Mail)
        .where(Mail.state == MailState.WAITING, Mail.made_at < now - OLDEST, _is_free(now))
        .values(state=MailState.DEAD, finished_at=now, last_error=why)
    )


def forget_old(now: datetime, *, days: int) -> int:
    """Delete mails that are done with for so many days (0: none); returns how many."""
    if days == 0:
        return 0
    old = (Mail.state != MailState.WAITING, Mail.finished_at < now - timedelta(days=days))
    return rows_changed(delete(Mail).where(*old))
