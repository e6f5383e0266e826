"""Making, changing, switching and deleting rules of screening; each is logged. Nothing commits.

A change makes the next version of a rule and keeps the one before, so that it can be undone and so
that what a trace says of a rule stays true.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import aliased

from blog.accounts.models import User
from blog.db import db, rows_changed
from blog.errors import Conflict, NotThere, Refusal
from blog.moderation.log import Change, write_log_entries
from blog.moderation.models import LogEntry
from blog.screening.models import RuleKind, RuleVersion, StoredRule
from blog.screening.patterns import Pattern
from blog.screening.rulebook import as_rule, standing_rules
from blog.screening.rules import Rule
from blog.versions import site_changed

ADD, CHANGE, SWITCH_ON, SWITCH_OFF, DELETE = (
    "add_rule",
    "change_rule",
    "switch_on_rule",
    "switch_off_rule",
    "delete_rule",
)
RULE_ACTIONS = frozenset({ADD, CHANGE, SWITCH_ON, SWITCH_OFF, DELETE})
MOST_RULES = 200
# Of all patterns that are on together, in RE2's instructions: what each letter of a comment costs.
LARGEST_PROGRAMS = 6_000
# As long as former settings; both may name readers.
KEPT_DAYS = 90


def save_rule(rule: Rule, *, staff: User | None, now: datetime) -> LogEntry | None:
    """Keep a rule: a new one (id 0), or the next version of one; None when it says that already.

    ``rule.version`` is the version that was changed. Raises NotThere, Conflict when somebody else
    changed it since, and Refusal when there are too many.
    """
    if not rule.id:
        return _log(_add(rule, now), staff, now)
    stored = _locked(rule.id)
    if stored.version != rule.version:
        raise Conflict(
            "changed_meanwhile",
            "Somebody else changed this rule while the page was open. Nothing was saved. Open it "
            "again to see what it says now.",
        )
    if rule == _version(rule.id, stored.version):
        return None
    return _log(_change(stored, rule, CHANGE, now), staff, now)


def switch_rule(rule_id: int, *, is_on: bool, staff: User | None, now: datetime) -> LogEntry | None:
    """Switch a rule on or off; None when it stands so. Raises NotThere."""
    stored = _locked(rule_id)
    rule = _version(rule_id, stored.version)
    if rule is None or rule.is_on == is_on:
        return None
    action = SWITCH_ON if is_on else SWITCH_OFF
    return _log(_change(stored, replace(rule, is_on=is_on), action, now), staff, now)


def delete_rule(rule_id: int, *, staff: User | None, now: datetime) -> LogEntry:
    """Delete a rule; it can be brought back for 90 days. Raises NotThere."""
    return _log(_delete(_locked(rule_id), now), staff, now)


def take_rule_back(rule_id: int, before: str, after: str, *, now: datetime) -> Change | None:
    """Undo a change from version ``before`` to ``after`` ("" is no rule) while ``after`` stands.

    None when it does not, or when what stood before is not kept any more.
    """
    stored = db.session.scalar(_lock(rule_id))
    if stored is None:
        return None
    standing = "" if stored.deleted_at else _named(stored.version)
    if standing != after:
        return None
    if not before:
        return _delete(stored, now)
    if not after:
        stored.deleted_at = None
        db.session.flush()
        site_changed()
        return Change(action=ADD, subject=f"rule:{rule_id}", after=_named(stored.version))
    former = _version(rule_id, int(before.removeprefix("version ")))
    return _change(stored, former, CHANGE, now) if former is not None else None


def rule_numbered(rule_id: int) -> Rule | None:
    """The rule as it stands; None when there is none of this number, or it was deleted."""
    stored = db.session.get(StoredRule, rule_id)
    if stored is None or stored.deleted_at is not None:
        return None
    return _version(rule_id, stored.version)


def forget_old_rules(now: datetime) -> None:
    """Forget versions that gave way, and rules that were deleted, more than 90 days ago."""
    limit = now - timedelta(days=KEPT_DAYS)
    later = aliased(RuleVersion)
    gave_way = (
        select(later.rule_id)
        .where(
            later.rule_id == RuleVersion.rule_id,
            later.version == RuleVersion.version + 1,
            later.made_at < limit,
        )
        .correlate(RuleVersion)
        .exists()
    )
    rows_changed(delete(RuleVersion).where(gave_way))
    rows_changed(delete(StoredRule).where(StoredRule.deleted_at < limit))


def _add(rule: Rule, now: datetime) -> Change:
    count = db.session.scalar(
        select(func.count()).select_from(StoredRule).where(StoredRule.deleted_at.is_(None))
    )
    if (count or 0) >= MOST_RULES:
        sentence = f"There are {MOST_RULES} rules already, and more would make replies slow."
        raise Refusal("too_many_rules", f"{sentence} Nothing was saved: delete one first.")
    stored = StoredRule(version=1)
    db.session.add(stored)
    db.session.flush()
    _keep(replace(rule, id=stored.id, version=1), now)
    return Change(action=ADD, subject=f"rule:{stored.id}", after=_named(1))


def _change(stored: StoredRule, rule: Rule, action: str, now: datetime) -> Change:
    before = stored.version
    stored.version = before + 1
    _keep(replace(rule, version=before + 1), now)
    return Change(
        action=action,
        subject=f"rule:{stored.id}",
        before=_named(before),
        after=_named(before + 1),
    )


def _delete(stored: StoredRule, now: datetime) -> Change:
    stored.deleted_at = now
    db.session.flush()
    site_changed()
    return Change(action=DELETE, subject=f"rule:{stored.id}", before=_named(stored.version))


def _refuse_costly(rule: Rule) -> None:
    """Raise Refusal when the patterns that are on would together make replies slow."""
    if rule.kind is not RuleKind.PATTERN or not rule.is_on:
        return
    others = (other for other in standing_rules(only_on=True) if other.id != rule.id)
    patterns = [other.value for other in others if other.kind is RuleKind.PATTERN]
    if sum(Pattern(text).cost for text in (rule.value, *patterns)) > LARGEST_PROGRAMS:
        raise Refusal(
            "costly_patterns",
            "Together with the patterns that are on already, this one would make replies slow. "
            "Nothing was saved: use fewer or smaller repetitions, or switch another one off.",
            field="value",
        )


def _keep(rule: Rule, now: datetime) -> None:
    _refuse_costly(rule)
    db.session.add(
        RuleVersion(
            rule_id=rule.id,
            version=rule.version,
            made_at=now,
            name=rule.name,
            kind=rule.kind,
            value=rule.value,
            address_index=rule.address_index,
            does=rule.does,
            note=rule.note,
            is_on=rule.is_on,
        )
    )
    db.session.flush()
    # Every process reads its rules anew.
    site_changed()
    forget_old_rules(now)


def _log(change: Change, staff: User | None, now: datetime) -> LogEntry:
    return write_log_entries([change], staff=staff, now=now)[0]


def _version(rule_id: int, version: int) -> Rule | None:
    row = db.session.get(RuleVersion, (rule_id, version))
    return as_rule(row) if row is not None else None


def _locked(rule_id: int) -> StoredRule:
    stored = db.session.scalar(_lock(rule_id))
    if stored is None or stored.deleted_at is not None:
        raise NotThere("no_rule", "There is no such rule; it may have been deleted.")
    return stored


def _lock(rule_id: int) -> Select[StoredRule]:
    return (
        select(StoredRule)
        .where(StoredRule.id == rule_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _named(version: int) -> str:
    return f"version {version}"
