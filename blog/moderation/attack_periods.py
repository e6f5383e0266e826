"""Times of attack mode: when one began and ended, by whom, and what came in it. Nothing commits.

They follow the setting ``comments.attack_until``, however it is changed: by the button of the
dashboard, in the settings, by a command or an undo.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from blog.accounts.models import User
from blog.comments.models import Comment, CommentStatus, Verdict
from blog.db import db
from blog.moderation.log import SYSTEM, Change, write_log_entries
from blog.moderation.models import AttackPeriod, LogEntry
from blog.settings.attack import ATTACK_UNTIL
from blog.settings.catalogue import parse

BEGIN, END = "begin_attack_mode", "end_attack_mode"
TOLD_DAYS = 7


@dataclass(frozen=True, slots=True)
class AttackReport:
    """What came in while attack mode was on, by what screening said of it first."""

    period: AttackPeriod
    is_over: bool
    published: int
    held: int
    spam: int

    @property
    def came(self) -> int:
        return self.published + self.held + self.spam

    @property
    def sentence(self) -> str:
        """All four in words."""
        comments = "1 comment" if self.came == 1 else f"{self.came} comments"
        return (
            f"{comments} came: {self.published} published, {self.held} held, {self.spam} to spam."
        )


def follow_setting(before: str, after: str, *, staff: User | None, now: datetime) -> list[Change]:
    """Begin, move or end a period as the setting was changed; gives what is to be logged."""
    changes = _ended_by_the_clock(now)
    was_until, until = parse(ATTACK_UNTIL, before), parse(ATTACK_UNTIL, after)
    was_on = was_until is not None and was_until > now
    period = _newest() if was_on else None
    who = staff.name if staff else SYSTEM
    if until is not None and until > now:
        if period is not None:
            period.ends_at = until
        else:
            changes.append(_begin(until, who, now))
    elif period is not None:
        period.ends_at, period.ended_by, period.is_told = now, who, True
        changes.append(_ended(period, now, "ended by hand"))
    db.session.flush()
    return changes


def tell_ended_attacks(now: datetime) -> list[LogEntry]:
    """Write into the log what ended by the clock and was not told yet.

    The caller has locked the log, as who changes a setting does.
    """
    return write_log_entries(_ended_by_the_clock(now), staff=None, now=now)


def attack_report(now: datetime) -> AttackReport | None:
    """The report of the present attack, or of one that ended in the last week."""
    period = _newest()
    if period is None or period.ends_at < now - timedelta(days=TOLD_DAYS):
        return None
    return _report(period, now)


def _begin(until: datetime, who: str, now: datetime) -> Change:
    period = AttackPeriod(began_at=now, began_by=who, ends_at=until)
    db.session.add(period)
    db.session.flush()
    return Change(action=BEGIN, subject=f"attack:{period.id}", after=f"until {_in_words(until)}")


def _ended_by_the_clock(now: datetime) -> list[Change]:
    over = db.session.scalars(
        select(AttackPeriod)
        .where(AttackPeriod.is_told.is_(False), AttackPeriod.ends_at <= now)
        .order_by(AttackPeriod.id)
        .with_for_update()
    ).all()
    for period in over:
        period.is_told = True
    return [_ended(period, now, "its time was over") for period in over]


def _ended(period: AttackPeriod, now: datetime, why: str) -> Change:
    return Change(
        action=END,
        subject=f"attack:{period.id}",
        before=f"until {_in_words(period.ends_at)}",
        after=_report(period, now).sentence,
        reason=why,
    )


def _newest() -> AttackPeriod | None:
    return db.session.scalar(select(AttackPeriod).order_by(AttackPeriod.id.desc()).limit(1))


def _report(period: AttackPeriod, now: datetime) -> AttackReport:
    counts = _outcomes(period.began_at, period.ends_at)
    return AttackReport(
        period=period,
        is_over=period.ends_at <= now,
        published=counts["publish"],
        held=counts["hold"],
        spam=counts["spam"],
    )


def _outcomes(since: datetime, until: datetime) -> Counter[str]:
    came = (
        select(Comment.id)
        # All there are: so that the index of states and times is used.
        .where(Comment.status.in_(list(CommentStatus)))
        .where(Comment.created_at >= since, Comment.created_at < until)
    )
    first = (
        select(func.min(Verdict.id))
        .where(Verdict.comment_id.in_(came))
        .group_by(Verdict.comment_id)
    )
    rows: Sequence[tuple[str, int]] = [
        (row.outcome, row.comments)
        for row in db.session.execute(
            select(Verdict.outcome, func.count().label("comments"))
            .where(Verdict.id.in_(first))
            .group_by(Verdict.outcome)
        )
    ]
    return Counter(dict(rows))


def _in_words(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
