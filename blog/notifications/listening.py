"""What becomes mail: listens to the comments' signals and writes rows of the outbox with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from blog.accounts.queries import known_staff
from blog.comments.models import Appeal, Comment, CommentStatus, Person
from blog.comments.signals import (
    NewComment,
    appeal_made,
    comment_left,
    comment_moved,
    data_asked,
    proof_wanted,
)
from blog.comments.states import REMOVED, Move
from blog.notifications.compose import MODERATORS
from blog.notifications.outbox import put, put_nothing
from blog.notifications.subscriptions import (
    asked_of,
    followed_by,
    listeners_to,
    tell_decision,
    wants_news_of,
)
from blog.settings.catalogue import MailSettings
from blog.settings.queries import current_settings

Recipient = dict[str, Any]


def listen() -> None:
    """Connect to the signals; doing it again changes nothing."""
    comment_left.connect(_left)
    comment_moved.connect(_moved)
    appeal_made.connect(_appealed)
    proof_wanted.connect(_prove)
    data_asked.connect(_data_of)


def _left(comment: NewComment, *, now: datetime) -> None:
    if comment.status == CommentStatus.APPROVED:
        _tell_listeners(comment, now)
        if not comment.is_staff:
            _tell_staff(comment, "published", now)
    elif comment.status == CommentStatus.PENDING:
        _tell_staff(comment, "held", now)


def _moved(comment: Comment, *, move: Move, by: str, now: datetime) -> None:
    if move.after == CommentStatus.APPROVED:
        _tell_listeners(comment, now)
        _tell_author(comment, now)
    elif move.after in REMOVED and move.before == CommentStatus.PENDING and _is_staff(by):
        _tell_author(comment, now)
    elif move.after == CommentStatus.PENDING and not _is_staff(by):
        _tell_staff(comment, "held", now)


def _appealed(appeal: Appeal, *, now: datetime) -> None:
    """To the others first; to the one who rejected the comment only when there is nobody else."""
    everyone = _staff(current_settings().mail)
    others = [to for to in everyone if f"staff:{to.get('staff_id')}" != appeal.rejected_by]
    for number, to in enumerate(others or everyone):
        put(
            "appeal",
            comment_id=appeal.comment_id,
            once_key=f"appeal:{appeal.comment_id}:{_name(to, number)}",
            now=now,
            **to,
        )


def _prove(person: Person | None, *, message: str, key: str, now: datetime) -> None:
    """Once a day per address; the same is written, as a mail to nobody, for one that is unknown."""
    once_key = f"{message}:{key}:{now:%Y-%m-%d}"
    if person is None:
        put_nothing(message, once_key=once_key, now=now)
    else:
        put(message, person_id=person.id, once_key=once_key, now=now)


def _data_of(person: Person) -> dict[str, Any]:
    active = [f"{one.kind}: {one.title}" for one in followed_by(person)]
    waiting = [f"{one.kind}: {one.title} (not confirmed)" for one in asked_of(person)]
    return {"subscriptions": active + waiting}


def _tell_listeners(comment: Comment | NewComment, now: datetime) -> None:
    for person_id in listeners_to(comment):
        put(
            "answers",
            person_id=person_id,
            comment_id=comment.id,
            once_key=f"answers:{person_id}:{comment.id}",
            digest_key=f"answers:{person_id}:{comment.post_id}",
            now=now,
        )


def _tell_author(comment: Comment, now: datetime) -> None:
    if comment.person_id is not None and wants_news_of(comment):
        tell_decision(comment, now=now)


def _tell_staff(comment: Comment | NewComment, what: str, now: datetime) -> None:
    settings = current_settings().mail
    if settings.staff not in {what, "both"}:
        return
    for number, to in enumerate(_staff(settings)):
        name = _name(to, number)
        is_digest = settings.staff_pace != "at_once"
        put(
            "staff",
            comment_id=comment.id,
            comment_version=comment.version,
            once_key=f"staff:{comment.id}:{comment.version}:{name}",
            digest_key=f"{settings.staff_pace}:staff:{name}" if is_digest else None,
            now=now,
            **to,
        )


def _staff(settings: MailSettings) -> Sequence[Recipient]:
    """Who gets the mail for the staff: the addresses an admin chose, or all who may decide."""
    deciding = [one for one in known_staff() if one.active and one.role in MODERATORS]
    if not settings.staff_to:
        return [{"staff_id": row.id, "address": row.email} for row in deciding]
    known = {row.email.casefold(): row.id for row in deciding}
    return [
        {"staff_id": known.get(address.casefold()), "address": address}
        for address in settings.staff_to
    ]


def _name(to: Recipient, number: int) -> str:
    return str(to["staff_id"]) if to["staff_id"] else f"address-{number}"


def _is_staff(by: str) -> bool:
    return by.startswith("staff:") or by == "system"
