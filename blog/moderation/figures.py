"""The dashboard's figures: what came in, how soon it was decided, how often a rule was overturned.

All of them count the last 30 days. A decision is a person's first change of a comment that
waited or had been taken for spam; a rule is overturned when they publish what it held or refused.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Text, cast, func, select

from blog.comments.models import Comment, CommentStatus, Verdict
from blog.db import db
from blog.moderation.models import LogEntry
from blog.screening.rulebook import standing_rules

DAYS = 30
DECISIONS = ("approve", "spam", "trash", "ham")
PIECE = 500
LATEST_VERDICTS = 10_000


@dataclass(frozen=True, slots=True)
class Day:
    """One day's comments, by what they are now."""

    day: date
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Week:
    """How long comments waited that were decided in the week from ``monday``, in hours."""

    monday: date
    decisions: int
    median: float
    ninetieth: float


@dataclass(frozen=True, slots=True)
class Rule:
    """How often people decided on what a rule held or refused, and how often against it."""

    name: str
    decisions: int
    overturned: int

    @property
    def percent(self) -> int:
        return round(100 * self.overturned / self.decisions)


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's first decision about a comment."""

    comment_id: int
    made_at: datetime
    waited: timedelta
    is_overturned: bool


def comments_by_day(now: datetime) -> list[Day]:
    """The last 30 days, today included, the oldest first; days without a comment too."""
    first = now.date() - timedelta(days=DAYS - 1)
    # Both databases write a time as text from the year to the second, in UTC.
    day = func.substr(cast(Comment.created_at, Text), 1, 10)
    rows = db.session.execute(
        select(day.label("day"), Comment.status, func.count().label("comments"))
        .where(
            Comment.status.in_(list(CommentStatus)),
            Comment.created_at >= datetime(first.year, first.month, first.day, tzinfo=now.tzinfo),
            Comment.erased_at.is_(None),
        )
        .group_by(day, Comment.status)
    )
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row.day][row.status.value] += row.comments
    days = (first + timedelta(days=number) for number in range(DAYS))
    return [Day(each, counts[each.isoformat()]) for each in days]


def decisions(now: datetime) -> list[Decision]:
    """The first human decision about each comment that one was made about in the last 30 days."""
    entries = db.session.execute(
        select(LogEntry.subject, LogEntry.made_at, LogEntry.before, LogEntry.after)
        .where(
            LogEntry.made_at >= now - timedelta(days=DAYS),
            LogEntry.who_id.is_not(None),
            LogEntry.action.in_(DECISIONS),
            LogEntry.before.in_((CommentStatus.PENDING.value, CommentStatus.SPAM.value)),
        )
        .order_by(LogEntry.id)
    )
    first: dict[int, tuple[datetime, str]] = {}
    for entry in entries:
        first.setdefault(int(entry.subject.partition(":")[2]), (entry.made_at, entry.after))
    came = _came_at(first)
    allowed = {CommentStatus.APPROVED.value, CommentStatus.PENDING.value}
    return [
        Decision(number, made_at, made_at - came[number], after in allowed)
        for number, (made_at, after) in first.items()
        if number in came
    ]


def weeks(made: Iterable[Decision]) -> list[Week]:
    """Time to decision by week, the oldest first."""
    waits: dict[date, list[float]] = defaultdict(list)
    for decision in made:
        day = decision.made_at.date()
        hours = decision.waited.total_seconds() / 3600
        waits[day - timedelta(days=day.weekday())].append(hours)
    return [
        Week(monday, len(hours), nearest_rank(hours, 50), nearest_rank(hours, 90))
        for monday, hours in sorted(waits.items())
    ]


def rules(made: Iterable[Decision]) -> list[Rule]:
    """Each rule with a say in a verdict that people decided on, the most often overturned first.

    Rules of the staff are called by their names.
    """
    decided, overturned = decided_by_check(made)
    named = {}
    if any(name.startswith("rule_") for name in decided):
        named = {rule.check_name: f"“{rule.name}”" for rule in standing_rules()}
    found = [
        Rule(named.get(name, name), count, overturned[name]) for name, count in decided.items()
    ]
    return sorted(found, key=lambda rule: (-rule.percent, rule.name))


def decided_by_check(made: Iterable[Decision]) -> tuple[Counter[str], Counter[str]]:
    """How many decisions each check had a say in, and how many of them went against it."""
    outcome = {decision.comment_id: decision.is_overturned for decision in made}
    decided: Counter[str] = Counter()
    overturned: Counter[str] = Counter()
    for numbers in _pieces(list(outcome)):
        newest = (
            select(func.max(Verdict.id))
            .where(Verdict.comment_id.in_(numbers))
            .group_by(Verdict.comment_id)
        )
        rows = db.session.execute(
            select(Verdict.comment_id, Verdict.findings).where(Verdict.id.in_(newest))
        )
        for comment_id, findings in rows:
            # A finding without weight speaks for the comment, or says that nobody spoke.
            spoke = [found for found in findings if found.get("weight", 1)]
            for name in {str(finding.get("check", "")) for finding in spoke}:
                decided[name] += 1
                overturned[name] += outcome[comment_id]
    return decided, overturned


def caught_by_rules() -> Counter[str]:
    """How many of the latest 10,000 verdicts each rule of the staff had a say in."""
    last = db.session.scalar(select(func.max(Verdict.id))) or 0
    rows = db.session.scalars(
        select(Verdict.findings).where(
            Verdict.id > last - LATEST_VERDICTS,
            cast(Verdict.findings, Text).contains('"check": "rule_', autoescape=True),
        )
    )
    return Counter(
        name
        for findings in rows
        for name in {str(finding.get("check", "")) for finding in findings}
        if name.startswith("rule_")
    )


def nearest_rank(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least so many percent of the values do not exceed."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def _came_at(numbers: Iterable[int]) -> dict[int, datetime]:
    came: dict[int, datetime] = {}
    for piece in _pieces(list(numbers)):
        rows = db.session.execute(
            select(Comment.id, Comment.created_at).where(Comment.id.in_(piece))
        )
        came.update({row.id: row.created_at for row in rows})
    return came


def _pieces(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    # A statement takes a limited number of values.
    return (numbers[start : start + PIECE] for start in range(0, len(numbers), PIECE))
