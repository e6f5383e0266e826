"""Switching attack mode on and off, and noticing when it is wanted. Nothing commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select

from blog.accounts.models import User
from blog.comments.lookalikes import CommentPrint
from blog.comments.models import Comment, CommentStatus
from blog.db import db
from blog.errors import Refusal
from blog.moderation.attack_periods import AttackReport, attack_report
from blog.moderation.models import LogEntry
from blog.moderation.setting_operations import change_settings
from blog.settings.attack import ATTACK_UNTIL, is_under_attack
from blog.settings.catalogue import CommentSettings, as_text

USUAL_HOURS = 6
HOURS = (1, 3, USUAL_HOURS, 24, 72)
MOST_HOURS = 168
WINDOW = timedelta(minutes=10)
WINDOWS_A_DAY = 144
# What is held or taken for spam in a window is a burst from so many on, and so many times what is
# usual; or when so many people say nearly the same in it.
FEWEST_IN_A_BURST = 10
TIMES_THE_USUAL = 5
FEWEST_ALIKE = 5
# More than so many need not be counted to see a burst.
MOST_COUNTED = 500


@dataclass(frozen=True, slots=True)
class AttackDesk:
    """What the desk shows: until when it is on, the report, or that a burst is seen."""

    until: datetime | None
    report: AttackReport | None
    # A sentence; "" when there is no burst, or attack mode is on already.
    burst: str


def begin_attack_mode(hours: int, *, staff: User | None, now: datetime) -> list[LogEntry]:
    """Hold newcomers and tighten limits for so many hours from now on.

    Raises Refusal unless it is from an hour to a week.
    """
    if not 1 <= hours <= MOST_HOURS:
        sentence = f"Attack mode lasts from 1 to {MOST_HOURS} hours. Nothing was changed."
        raise Refusal("bad_hours", sentence, field="hours")
    until = as_text((now + timedelta(hours=hours)).replace(microsecond=0))
    return change_settings({ATTACK_UNTIL: until}, staff=staff, now=now)


def end_attack_mode(*, staff: User | None, now: datetime) -> list[LogEntry]:
    """End attack mode now; no entries when it was off."""
    return change_settings({ATTACK_UNTIL: ""}, staff=staff, now=now)


def attack_desk(settings: CommentSettings, now: datetime, *, with_report: bool) -> AttackDesk:
    """What the desk shows of attack mode; with the report on the dashboard."""
    report = attack_report(now) if with_report else None
    if is_under_attack(settings, now):
        return AttackDesk(settings.attack_until, report, "")
    return AttackDesk(None, report, burst_at(now))


def burst_at(now: datetime) -> str:
    """What is out of the ordinary in the last ten minutes, in a sentence; "" for nothing.

    On a quiet blog one look at an index.
    """
    recent = _unwanted(now - WINDOW, now, MOST_COUNTED)
    count = _count(recent)
    if count < FEWEST_ALIKE:
        return ""
    alike = _most_alike(recent)
    if alike >= FEWEST_ALIKE:
        return f"In the last ten minutes {alike} people sent nearly the same text."
    if count < FEWEST_IN_A_BURST:
        return ""
    # With more than this the day before, so many in a window are not far above the usual.
    enough = count * WINDOWS_A_DAY // TIMES_THE_USUAL
    before = _count(_unwanted(now - WINDOW - timedelta(days=1), now - WINDOW, enough + 1))
    if before > enough:
        return ""
    usual = round(before / WINDOWS_A_DAY)
    usually = f"usually it is {usual}" if usual else "usually it is none or one"
    many = f"{count}" if count < MOST_COUNTED else f"{MOST_COUNTED} or more"
    return f"In the last ten minutes {many} comments were held or taken for spam; {usually}."


def _unwanted(since: datetime, until: datetime, most: int) -> Select[int]:
    return (
        select(Comment.id)
        .where(
            Comment.status.in_((CommentStatus.PENDING, CommentStatus.SPAM)),
            Comment.created_at > since,
            Comment.created_at <= until,
        )
        .limit(most)
    )


def _count(found: Select[int]) -> int:
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def _most_alike(found: Select[int]) -> int:
    """How many people are in the largest cluster of look-alikes among these comments."""
    recent = found.subquery()
    people = func.count(Comment.person_id.distinct())
    largest = (
        select(people)
        .join(CommentPrint, CommentPrint.comment_id == Comment.id)
        .where(Comment.id.in_(select(recent.c.id)))
        .group_by(CommentPrint.cluster_id)
        .order_by(people.desc())
        .limit(1)
    )
    return db.session.scalar(largest) or 0
