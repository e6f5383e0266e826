"""Taking decisions back, by the entries of the log that tell them. Nothing here commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from blog.accounts.models import User
from blog.comments.models import Comment, CommentStatus
from blog.comments.states import change_status
from blog.errors import Refusal
from blog.moderation.log import SYSTEM, Change, write_log_entries
from blog.moderation.models import LogEntry
from blog.moderation.operations import DELETED, MOST_AT_ONCE, Action, lock_comments
from blog.moderation.queries import entries_between

UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, what stands otherwise by now, and the log entries that tell it."""

    changes: tuple[Change, ...]
    refusals: tuple[str, ...]
    entry_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Taking:
    """Who takes back, when, and the comments of the run, locked."""

    by: str
    now: datetime
    comments: Mapping[int, Comment]


def can_be_undone(entry: LogEntry) -> bool:
    """Whether an entry tells of something that can be taken back at all."""
    return entry.action in UNDOERS and entry.after != DELETED


def undoable_among(entries: Sequence[LogEntry]) -> set[int]:
    """The numbers of those entries that can be taken back."""
    return {entry.id for entry in entries if can_be_undone(entry)}


def runs_among(entries: Sequence[LogEntry]) -> dict[int, tuple[int, int]]:
    """Which entries were one decision, by the number of its last one; the newest entry first."""
    runs: dict[int, tuple[int, int]] = {}
    for _, group in groupby(entries, key=lambda entry: (entry.made_at, entry.who_id, entry.action)):
        numbers = [entry.id for entry in group if can_be_undone(entry)]
        if len(numbers) > 1:
            runs[numbers[0]] = (numbers[-1], numbers[0])
    return runs


def undo(first: int, last: int, *, staff: User | None, now: datetime) -> Undone:
    """Take back a run of log entries, the last first, as far as it still stands.

    What was changed again since is left alone and told. Raises Refusal for a run that is too long
    or holds nothing to take back. The caller begins the write and commits.
    """
    if last - first >= MOST_AT_ONCE:
        sentence = f"At most {MOST_AT_ONCE} changes can be taken back at once."
        raise Refusal("too_many", f"{sentence} Nothing was changed.")
    entries = [entry for entry in entries_between(first, last) if can_be_undone(entry)]
    if not entries:
        sentence = "There is nothing here that could be taken back. Nothing was changed."
        raise Refusal("nothing_to_undo", sentence)
    taking = _Taking(
        by=f"staff:{staff.id}" if staff else SYSTEM,
        now=now,
        comments=lock_comments(_numbers(entries, "comment")),
    )
    changes: list[Change] = []
    refusals: list[str] = []
    for entry in reversed(entries):
        if UNDOERS[entry.action](entry, taking):
            changes.append(_told(entry))
        else:
            refusals.append(
                f"{entry.subject.replace(':', ' ').capitalize()} was changed again since; "
                "that was left as it is."
            )
    written = write_log_entries(changes, staff=staff, now=now)
    return Undone(tuple(changes), tuple(refusals), tuple(entry.id for entry in written))


def _numbers(entries: Sequence[LogEntry], kind: str) -> list[int]:
    """The numbers of the things of this kind that the entries are about."""
    subjects = (entry.subject.partition(":") for entry in entries)
    return sorted({int(number) for name, _, number in subjects if name == kind})


def _number(entry: LogEntry) -> int:
    return int(entry.subject.partition(":")[2])


def _told(entry: LogEntry) -> Change:
    return Change(
        action=UNDO,
        subject=entry.subject,
        before=entry.after,
        after=entry.before,
        reason=f"takes back {entry.action.replace('_', ' ')} of entry {entry.id}",
    )


def _status(entry: LogEntry, taking: _Taking) -> bool:
    """Back to the state before, while the comment still is in the state after."""
    comment = taking.comments.get(_number(entry))
    if comment is None or comment.status != entry.after:
        return False
    before = CommentStatus(entry.before)
    return change_status(comment.id, before, by=taking.by, now=taking.now) is not None


# How each kind of change is taken back; False when it does not stand any more.
UNDOERS: Mapping[str, Callable[[LogEntry, _Taking], bool]] = {
    **{action.value: _status for action in Action},
    UNDO: _status,
}
