"""What a decision did, told on the next page, with the way to take it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, get_flashed_messages

from blog.moderation.models import LogEntry
from blog.moderation.operations import Action, Decided
from blog.moderation.undo import Undone

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
class Notice:
    """Sentences for the head of a page, and the run of log entries that can be taken back."""

    sentences: Sequence[str]
    run: tuple[int, int] | None = None


def tell(sentence: str, entry_ids: Sequence[int] = ()) -> None:
    """Say this on the next page, with the way to take back what these log entries tell."""
    _keep([sentence], entry_ids)


def tell_decision(action: str, decided: Decided) -> None:
    """Say on the next page what was decided.

    The comments are not listed in the cookie, which holds 4 KiB: a decision is a run of log
    entries, so the two ends of the run name them all.
    """
    sentences = [*_sentences(Action(action), decided), *_shortened(decided.refusals)]
    # What was deleted for good has no way back.
    entry_ids = () if action == Action.DELETE else decided.entry_ids
    if sentences:
        _keep(sentences, entry_ids)


def tell_switched(wanted: str, entry: LogEntry | None) -> None:
    """Say on the next page that a thread is open or closed now."""
    if entry is None:
        tell(f"Comments were {wanted} already.")
    else:
        tell(f"Comments are now {wanted}.", [entry.id])


def tell_undone(undone: Undone) -> None:
    """Say on the next page what was taken back, with the way to do it again."""
    count = len(undone.changes)
    sentences = [f"Taken back: {_changes(count)}."] if count else []
    _keep([*sentences, *_shortened(undone.refusals)], undone.entry_ids)


def pending_notices() -> list[Notice]:
    """What is to be said on this page; each is said once."""
    kept = [json.loads(str(text)) for text in get_flashed_messages()]
    return [Notice(item["say"], item["run"]) for item in kept]


def _keep(sentences: Sequence[str], entry_ids: Sequence[int]) -> None:
    run = (min(entry_ids), max(entry_ids)) if entry_ids else None
    flash(json.dumps({"say": sentences, "run": run}))


def _shortened(sentences: Sequence[str]) -> list[str]:
    told = list(sentences[:REFUSALS_TOLD])
    if len(sentences) > REFUSALS_TOLD:
        told.append(f"{len(sentences) - REFUSALS_TOLD} more were refused likewise.")
    return told


def _changes(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"


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
