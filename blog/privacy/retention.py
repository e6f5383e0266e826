"""Forgetting what has been kept long enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update

from blog.comments.models import Comment, CommentStatus
from blog.comments.states import delete_for_good
from blog.db import begin_write, db, rows_changed
from blog.settings.catalogue import PrivacySettings

BATCH = 200
BY = "retention"


def forget_batches(settings: PrivacySettings, now: datetime) -> Iterator[int]:
    """Blank old IPs and agents, delete old spam and trash; a batch per step, which begins a write.

    Yields how many comments each batch changed; the caller commits between the steps.
    """
    if settings.ip_days:
        yield from _blank(now - timedelta(days=settings.ip_days))
    for status, days in (
        (CommentStatus.SPAM, settings.spam_days),
        (CommentStatus.TRASH, settings.trash_days),
    ):
        if days:
            yield from _delete(status, now - timedelta(days=days), now)


def _blank(before: datetime) -> Iterator[int]:
    known = or_(Comment.ip_sealed.is_not(None), Comment.ip_index.is_not(None), Comment.agent != "")
    # An imported comment is as old as its import here: who just moved shall not lose anything.
    for ids in _batches(Comment.created_at < before, Comment.status_at < before, known):
        begin_write()
        yield rows_changed(
            update(Comment)
            .where(Comment.id.in_(ids))
            .values(ip_sealed=None, ip_index=None, agent="")
        )


def _delete(status: CommentStatus, before: datetime, now: datetime) -> Iterator[int]:
    for ids in _batches(
        Comment.status == status, Comment.status_at < before, Comment.erased_at.is_(None)
    ):
        begin_write()
        # A moderator may have brought one back since the look.
        still = _some(Comment.id.in_(ids), Comment.status == status)
        for comment_id in still:
            delete_for_good(comment_id, by=BY, now=now)
        yield len(still)


def _batches(*conditions: ColumnElement[bool]) -> Iterator[list[int]]:
    """All numbers of comments that fulfil the conditions, each batch from where the last ended.

    The newest come first, so replies before parents. To begin anew each time would walk over all
    that was done already.
    """
    ids = _some(*conditions)
    while ids:
        yield ids
        ids = _some(*conditions, Comment.id < ids[-1])


def _some(*conditions: ColumnElement[bool]) -> list[int]:
    query = select(Comment.id).where(*conditions).order_by(Comment.id.desc()).limit(BATCH)
    return list(db.session.scalars(query))
