"""Changing settings, and taking a change back; each is logged. Nothing commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from blog.accounts.models import User
from blog.db import db
from blog.errors import Conflict, NotThere
from blog.moderation.attack_periods import follow_setting
from blog.moderation.log import Change, lock_log, write_log_entries
from blog.moderation.models import FormerSetting, LogEntry
from blog.settings.attack import ATTACK_UNTIL
from blog.settings.catalogue import BlogSettings, as_text, catalogue, parse
from blog.settings.operations import change_setting
from blog.settings.queries import load_settings

# Former lists may name readers; they are not kept for longer than somebody would want them back.
KEPT_DAYS = 90


def change_settings(
    typed: Mapping[str, str], *, staff: User | None, now: datetime, reason: str = ""
) -> list[LogEntry]:
    """Keep the settings that differ from what stands, log each; returns the log's entries.

    Raises Refusal for the first that does not fit; the caller then rolls back.
    """
    changes: list[Change] = []
    former: list[tuple[str, str]] = []
    told: list[Change] = []
    # Settings are changed one after another: what the log calls "before" must be what stood there.
    lock_log()
    standing = setting_texts(load_settings())
    for key, text in typed.items():
        after = as_text(parse(key, text))
        before = standing[key]
        if before == after:
            continue
        change_setting(key, text, now=now)
        former.append((key, before))
        if key == ATTACK_UNTIL:
            told = follow_setting(before, after, staff=staff, now=now)
        changes.append(
            Change(
                action="change_setting",
                subject=f"setting:{key}",
                before=_loggable(key, before),
                after=_loggable(key, after),
                reason=reason,
            )
        )
    db.session.flush()
    written = write_log_entries([*changes, *told], staff=staff, now=now)
    entries = written[: len(changes)]
    db.session.add_all(
        FormerSetting(entry_id=entry.id, key=key, value=value, made_at=now)
        for entry, (key, value) in zip(entries, former, strict=True)
    )
    _forget_old(now)
    return entries


def undo_settings(entry_ids: Iterable[int], *, staff: User, now: datetime) -> list[LogEntry]:
    """Bring settings back to what they were before these log entries; returns the new entries.

    Raises NotThere when a former value is not kept (any more), and Conflict when the setting was
    changed again since: then nothing is changed.
    """
    lock_log()
    wanted: dict[str, str] = {}
    for entry_id in sorted(set(entry_ids)):
        former = db.session.get(FormerSetting, entry_id)
        if former is None or former.key not in catalogue():
            raise NotThere(
                "not_kept",
                f"What stood before entry {entry_id} of the log is not kept (any more). "
                "Nothing was changed; type the value under Settings.",
            )
        if entry_id not in undoable([former.key]):
            raise Conflict(
                "changed_again",
                f"{former.key} was changed again after entry {entry_id} of the log. "
                "Nothing was changed: undo the later change first, or type the value.",
            )
        wanted[former.key] = former.value
    numbers = ", ".join(str(number) for number in sorted(set(entry_ids)))
    return change_settings(wanted, staff=staff, now=now, reason=f"undo of {numbers}")


def undoable(keys: Iterable[str] | None = None) -> set[int]:
    """The log entries whose change of a setting still stands and can be taken back."""
    subjects = [f"setting:{key}" for key in (catalogue() if keys is None else keys)]
    newest = (
        select(func.max(LogEntry.id))
        .where(LogEntry.subject.in_(subjects))
        .group_by(LogEntry.subject)
    )
    return set(
        db.session.scalars(select(FormerSetting.entry_id).where(FormerSetting.entry_id.in_(newest)))
    )


def setting_texts(settings: BlogSettings) -> dict[str, str]:
    """Every setting by its key, as an admin would type it."""
    return {
        key: as_text(getattr(getattr(settings, key.partition(".")[0]), item.name))
        for key, item in catalogue().items()
    }


def _loggable(key: str, value: str) -> str:
    """A list may name readers, their addresses and IPs, which the log must not; so its size."""
    if catalogue()[key].metadata["kind"] not in {"list", "addresses"}:
        return value
    count = len(value.splitlines())
    return "1 entry" if count == 1 else f"{count} entries"


def _forget_old(now: datetime) -> None:
    db.session.execute(
        delete(FormerSetting).where(FormerSetting.made_at < now - timedelta(days=KEPT_DAYS))
    )
