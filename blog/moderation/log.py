"""The log of changes: writing to its end, and proving that nothing in it was altered.

Each entry's digest covers its fields and the digest of the entry before, so that a changed, removed
or inserted entry breaks the chain from there on; the head tells when the end was cut off. Appends
take the row lock of the head, in the transaction of the change itself. Take it last: whoever holds
it must not wait for another row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update

from blog.accounts.models import User
from blog.db import db
from blog.moderation.models import FIRST_DIGEST, LogEntry, LogHead

SYSTEM = "system"
# Who wrote a comment, by the receipt or a proved address; which person it was is not told.
THE_AUTHOR = "the author"
LONGEST_REASON = 500
LONGEST_VALUE = 2_000
CHECKED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed, from what to what, and why; ``subject`` is such as ``comment:12``."""

    action: str
    subject: str
    before: str = ""
    after: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LogCheck:
    """The proof of the log: whole or not, and the number of the first entry that does not fit."""

    is_whole: bool
    length: int
    broken_at: int | None
    sentence: str


def write_log(
    action: str,
    subject: str,
    *,
    staff: User | None,
    now: datetime,
    before: str = "",
    after: str = "",
    reason: str = "",
    who: str = SYSTEM,
) -> LogEntry:
    """Write one entry; without ``staff`` it was ``who``, else a command. The caller commits."""
    change = Change(action=action, subject=subject, before=before, after=after, reason=reason)
    return write_log_entries([change], staff=staff, who=who, now=now)[0]


def write_log_entries(
    changes: Sequence[Change], *, staff: User | None, now: datetime, who: str = SYSTEM
) -> list[LogEntry]:
    """Write entries one after another, without another's entry between. The caller commits."""
    if not changes:
        return []
    head = db.session.execute(
        update(LogHead)
        .where(LogHead.id == 1)
        .values(length=LogHead.length + len(changes))
        .returning(LogHead.length, LogHead.digest)
        .execution_options(synchronize_session=False)
    ).one()
    digest: str = head.digest
    entries = []
    for number, change in enumerate(changes, start=head.length - len(changes) + 1):
        entry = LogEntry(
            id=number,
            made_at=now.astimezone(UTC),
            who_id=staff.id if staff else None,
            who=_fit(staff.name if staff else who, LONGEST_VALUE),
            action=change.action,
            subject=change.subject,
            before=_fit(change.before, LONGEST_VALUE),
            after=_fit(change.after, LONGEST_VALUE),
            reason=_fit(change.reason, LONGEST_REASON),
            previous_digest=digest,
        )
        digest = entry.digest = digest_of(entry)
        entries.append(entry)
    db.session.add_all(entries)
    db.session.flush()
    db.session.execute(
        update(LogHead)
        .where(LogHead.id == 1)
        .values(digest=digest)
        .execution_options(synchronize_session=False)
    )
    return entries


def lock_log() -> None:
    """Let nobody else write to the log until this transaction ends."""
    db.session.execute(select(LogHead.id).where(LogHead.id == 1).with_for_update())


def digest_of(entry: LogEntry) -> str:
    """SHA-256 over the entry's fields and the digest before it, as JSON with sorted keys."""
    fields = {
        "id": entry.id,
        "made_at": entry.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "who_id": entry.who_id,
        "who": entry.who,
        "action": entry.action,
        "subject": entry.subject,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
        "previous_digest": entry.previous_digest,
    }
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def verify_log() -> LogCheck:
    """Walk the whole chain in order of the numbers, holding a fixed number of entries at a time."""
    head = db.session.execute(select(LogHead.length, LogHead.digest)).one_or_none()
    if head is None:
        return _broken(0, 1, "The head of the log is missing, so its end cannot be proved.")
    number, digest = 0, FIRST_DIGEST
    while entries := _entries_after(number, head.length):
        for entry in entries:
            number += 1
            fault = _fault(entry, number, digest)
            if fault is not None:
                return _broken(number - 1, number, fault)
            digest = entry.digest
        # What was checked need not stay in memory.
        db.session.expunge_all()
    if number < head.length:
        fault = f"Entry {number + 1} is missing; the log should have {head.length} entries."
        return _broken(number, number + 1, fault)
    if digest != head.digest:
        return _broken(number, number or 1, "The last entry is not the one that the head names.")
    if _has_entries_past_the_head():
        return _broken(number, number + 1, f"Entry {number + 1} lies behind the end of the log.")
    return LogCheck(
        True, number, None, f"The log is whole: {number} entries, each bound to the one before."
    )


def _entries_after(number: int, last: int) -> list[LogEntry]:
    return list(
        db.session.scalars(
            select(LogEntry)
            .where(LogEntry.id > number, LogEntry.id <= last)
            .order_by(LogEntry.id)
            .limit(CHECKED_AT_ONCE)
            .execution_options(populate_existing=True)
        )
    )


def _fault(entry: LogEntry, number: int, digest_before: str) -> str | None:
    if entry.id != number:
        return f"Entry {number} is missing."
    if entry.previous_digest != digest_before:
        return f"Entry {number} does not follow the entry before it."
    if entry.digest != digest_of(entry):
        return f"Entry {number} was changed after it was written."
    return None


def _has_entries_past_the_head() -> bool:
    # One statement, so that an append at this moment is seen in both tables or in neither.
    length = select(LogHead.length).scalar_subquery()
    outside = select(func.count()).where((LogEntry.id > length) | (LogEntry.id < 1))
    return bool(db.session.scalar(outside))


def _broken(length: int, broken_at: int, sentence: str) -> LogCheck:
    return LogCheck(False, length, broken_at, f"The log is broken at entry {broken_at}: {sentence}")


def _fit(text: str, limit: int) -> str:
    """One line of printable characters, so that an entry can neither forge nor hide another."""
    line = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(line.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
