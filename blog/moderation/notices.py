"""What a decision did, told on the next page, with the way to take it back."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, get_flashed_messages

from blog.accounts.models import User
from blog.moderation.models import LogEntry
from blog.moderation.operations import Action, Decided, inverse_of
from blog.moderation.queries import entries_between, statuses_of
from blog.moderation.setting_operations import undoable

DONE = {
    Action.APPROVE: "approved",
    Action.UNAPPROVE: "set back to pending",
    Action.SPAM: "marked as spam",
    Action.HAM: "marked as not spam",
    Action.TRASH: "moved to the trash",
    Action.RESTORE: "restored from the trash",
    Action.DELETE: "deleted for good",
}
REFUSALS_TOLD = 3


@dataclass(frozen=True, slots=True)
class Undo:
    """An action that takes part of a decision back."""

    action: str
    ids: Sequence[int]
    label: str
    to: str = "/admin/comments"


@dataclass(frozen=True, slots=True)
class Notice:
    """Sentences for the head of a page."""

    sentences: Sequence[str]
    undos: Sequence[Undo] = ()


def tell(sentence: str) -> None:
    """Say this on the next page."""
    _keep([sentence])


def tell_decision(action: str, decided: Decided) -> None:
    """Say on the next page what was decided.

    The comments are not listed in the cookie, which holds 4 KiB: a decision is a run of log
    entries, so the two ends of the run name them all.
    """
    refused = list(decided.refusals[:REFUSALS_TOLD])
    if len(decided.refusals) > REFUSALS_TOLD:
        refused.append(f"{len(decided.refusals) - REFUSALS_TOLD} more were refused likewise.")
    run = (decided.entry_ids[0], decided.entry_ids[-1]) if decided.entry_ids else None
    _keep([*_sentences(Action(action), decided), *refused], run)


def tell_settings(sentence: str, entries: Sequence[LogEntry]) -> None:
    """Say on the next page which settings were changed, with the way to take it back."""
    _keep([sentence], settings=[entry.id for entry in entries])


def pending_notices(staff: User) -> list[Notice]:
    """What is to be said on this page; each is said once."""
    kept = [json.loads(str(text)) for text in get_flashed_messages()]
    return [
        Notice(item["say"], [*_undos(item["run"], staff), *_setting_undos(item["settings"])])
        for item in kept
    ]


def _keep(
    sentences: Sequence[str],
    run: tuple[int, int] | None = None,
    settings: Sequence[int] = (),
) -> None:
    flash(json.dumps({"say": sentences, "run": run, "settings": settings}))


def _setting_undos(entry_ids: Sequence[int]) -> list[Undo]:
    standing = undoable() if entry_ids else set()
    ids = [number for number in entry_ids if number in standing]
    return [Undo("undo", ids, "Undo", "/admin/settings/undo")] if ids else []


def _sentences(action: Action, decided: Decided) -> list[str]:
    sentences = []
    count = len(decided.moves)
    if count:
        what = f"Comment {decided.moves[0].comment_id}" if count == 1 else f"{count} comments"
        sentences.append(f"{what} {DONE[action]}.")
    if decided.unchanged:
        count = len(decided.unchanged)
        what = "1 comment needed" if count == 1 else f"{count} comments needed"
        sentences.append(f"{what} no change.")
    return sentences


def _undos(run: Sequence[int] | None, staff: User) -> list[Undo]:
    """Only what still stands as the decision left it can be taken back."""
    if run is None:
        return []
    groups: dict[tuple[Action, str], list[int]] = defaultdict(list)
    entries = entries_between(run[0], run[1], staff.id)
    numbers = {entry.id: int(entry.subject.partition(":")[2]) for entry in entries}
    now = statuses_of(list(numbers.values()))
    for entry in entries:
        inverse = inverse_of(entry.before, entry.after)
        if inverse is not None and now.get(numbers[entry.id]) == entry.after:
            groups[inverse, entry.before].append(numbers[entry.id])
    return [
        Undo(action.value, ids, "Undo" if len(groups) == 1 else f"Undo: {len(ids)} to {before}")
        for (action, before), ids in groups.items()
    ]
