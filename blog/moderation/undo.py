"""Taking decisions back, by the entries of the log that tell them. Nothing here commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from blog.accounts.models import Role, User
from blog.comments.editing import edit, revisions_of
from blog.comments.models import Comment, CommentStatus, Person
from blog.comments.pinning import set_pin
from blog.comments.rendering import html_of
from blog.comments.states import change_status
from blog.db import db
from blog.errors import NotThere, Refusal
from blog.moderation.log import SYSTEM, Change, write_log_entries
from blog.moderation.models import LogEntry
from blog.moderation.operations import DELETED, MOST_AT_ONCE, Action, lock_comments, switch_thread
from blog.moderation.persons import (
    change_standing,
    read_standing,
    remove_note,
    standing_text,
)
from blog.moderation.queries import entries_between
from blog.moderation.rules import RULE_ACTIONS, take_rule_back
from blog.moderation.verified_names import NAME_ACTIONS, keep_former_name, take_name_back
from blog.moderation.words import PINNED, edit_change, pin_change

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
    # Verified names that gave way, by whose they were: the log does not tell them.
    former_names: dict[str, str] = field(default_factory=dict)


def can_be_undone(entry: LogEntry, staff: User | None) -> bool:
    """Whether an entry tells of something that can be taken back at all, and by this person.

    What the author did or screening said is not the staff's to take back: words that somebody
    removed must not return by a button. Deciding on the comment as it stands remains.
    """
    if entry.action in RULE_ACTIONS and staff is not None and staff.role is not Role.ADMIN:
        return False
    is_by_staff = entry.who_id is not None or entry.who == SYSTEM
    return is_by_staff and entry.action in UNDOERS and entry.after != DELETED


def undoable_among(entries: Sequence[LogEntry], staff: User) -> set[int]:
    """The numbers of those entries that this person can take back."""
    return {entry.id for entry in entries if can_be_undone(entry, staff)}


def runs_among(entries: Sequence[LogEntry], staff: User) -> dict[int, tuple[int, int]]:
    """Which entries were one decision, by the number of its last one; the newest entry first."""
    runs: dict[int, tuple[int, int]] = {}
    for _, group in groupby(entries, key=lambda entry: (entry.made_at, entry.who_id, entry.action)):
        numbers = [entry.id for entry in group if can_be_undone(entry, staff)]
        if len(numbers) > 1:
            runs[numbers[0]] = (numbers[-1], numbers[0])
    return runs


def undo(
    first: int, last: int, *, staff: User | None, now: datetime, owner: int | None = None
) -> Undone:
    """Take back a run of log entries, the last first, as far as it still stands.

    What was changed again since is left alone and told. Raises Refusal for a run that is too long
    or holds nothing to take back. With an ``owner`` there are only the decisions about comments
    under the posts of that person. The caller begins the write and commits.
    """
    if last - first >= MOST_AT_ONCE:
        sentence = f"At most {MOST_AT_ONCE} changes can be taken back at once."
        raise Refusal("too_many", f"{sentence} Nothing was changed.")
    entries = [entry for entry in entries_between(first, last) if can_be_undone(entry, staff)]
    comments = lock_comments(_numbers(entries, "comment"), owner=owner)
    if owner is not None:
        entries = [entry for entry in entries if _is_decision_on(entry, comments)]
    if not entries:
        sentence = "There is nothing here that could be taken back. Nothing was changed."
        raise Refusal("nothing_to_undo", sentence)
    taking = _Taking(
        by=f"staff:{staff.id}" if staff else SYSTEM,
        now=now,
        comments=comments,
    )
    changes: list[Change] = []
    refusals: list[str] = []
    for entry in reversed(entries):
        change = UNDOERS[entry.action](entry, taking)
        if change is not None:
            changes.append(replace(change, reason=_reason(entry)))
        else:
            refusals.append(
                f"{entry.subject.replace(':', ' ').capitalize()} was changed again since; "
                "that was left as it is."
            )
    written = write_log_entries(changes, staff=staff, now=now)
    for entry in written:
        if entry.action in NAME_ACTIONS:
            keep_former_name(entry, taking.former_names.get(entry.subject, ""), now=now)
    return Undone(tuple(changes), tuple(refusals), tuple(entry.id for entry in written))


def _numbers(entries: Sequence[LogEntry], kind: str) -> list[int]:
    """The numbers of the things of this kind that the entries are about."""
    subjects = (entry.subject.partition(":") for entry in entries)
    return sorted({int(number) for name, _, number in subjects if name == kind})


def _is_decision_on(entry: LogEntry, comments: Mapping[int, Comment]) -> bool:
    return UNDOERS[entry.action] is _status and _number(entry) in comments


def _number(entry: LogEntry) -> int:
    return int(entry.subject.partition(":")[2])


def _reason(entry: LogEntry) -> str:
    return f"takes back {entry.action.replace('_', ' ')} of entry {entry.id}"


def _status(entry: LogEntry, taking: _Taking) -> Change | None:
    """Back to the state before, while the comment still is in the state after."""
    comment = taking.comments.get(_number(entry))
    # A reply has no state before; it goes where it can be fetched back from.
    before = CommentStatus(entry.before or CommentStatus.TRASH)
    if comment is None or comment.status != entry.after:
        return None
    change_status(comment.id, before, by=taking.by, now=taking.now)
    return Change(action=UNDO, subject=entry.subject, before=entry.after, after=before.value)


def _edit(entry: LogEntry, taking: _Taking) -> Change | None:
    """The words before the edit, while nothing was edited after it."""
    comment = taking.comments.get(_number(entry))
    newest = next(iter(revisions_of(_number(entry))), None)
    if comment is None or newest is None or entry.before != f"revision {newest.id}":
        return None
    made = edit(
        comment.id,
        author=newest.author,
        url=newest.url,
        text=newest.text,
        html=html_of(newest.text, newest.text_format),
        by=taking.by,
        now=taking.now,
    )
    return edit_change(comment.id, made.id) if made is not None else None


def _pin(entry: LogEntry, taking: _Taking) -> Change | None:
    """The pin as it was, where it can be."""
    if _number(entry) not in taking.comments:
        return None
    is_pinned = entry.before == PINNED
    try:
        changes = set_pin(_number(entry), is_pinned=is_pinned)
    except Refusal:
        return None
    return pin_change(_number(entry), is_pinned) if changes else None


def _thread(entry: LogEntry, _taking: _Taking) -> Change | None:
    """The thread open or closed as it was."""
    try:
        return switch_thread(_number(entry), entry.before == "open")
    except NotThere:
        return None


def _standing(entry: LogEntry, _taking: _Taking) -> Change | None:
    """The standing before, while the person has the one after."""
    person = db.session.get(Person, _number(entry))
    if person is None or standing_text(person.standing, person.standing_until) != entry.after:
        return None
    standing, until = read_standing(entry.before)
    return change_standing(person.id, standing, until=until, reason="taken back")


def _note(entry: LogEntry, _taking: _Taking) -> Change | None:
    """Away with the note."""
    return remove_note(_number(entry), int(entry.after.removeprefix("note ")))


def _name(entry: LogEntry, taking: _Taking) -> Change | None:
    """The verified name as it was before, while nothing was changed about it since."""
    taken = take_name_back(entry)
    if taken is None:
        return None
    change, taking.former_names[entry.subject] = taken
    return change


def _rule(entry: LogEntry, taking: _Taking) -> Change | None:
    """The rule as it was before, while it is as it was after."""
    return take_rule_back(_number(entry), entry.before, entry.after, now=taking.now)


# How each kind of change is taken back: what was done, or None when it does not stand any more.
UNDOERS: Mapping[str, Callable[[LogEntry, _Taking], Change | None]] = {
    **{action.value: _status for action in Action},
    UNDO: _status,
    "reply": _status,
    "edit": _edit,
    "pin": _pin,
    "unpin": _pin,
    "open_comments": _thread,
    "close_comments": _thread,
    "set_standing": _standing,
    "add_note": _note,
    **dict.fromkeys(RULE_ACTIONS, _rule),
    **dict.fromkeys(NAME_ACTIONS, _name),
}
