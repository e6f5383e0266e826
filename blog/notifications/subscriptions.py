"""Who asked to hear of what. Nothing is mailed before the address was confirmed, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from blog.comments.models import Comment, CommentStatus, Person
from blog.db import db, rows_changed, upsert
from blog.notifications.models import Subscriber, Subscription, SubscriptionKind
from blog.notifications.outbox import put
from blog.posts.models import Post, Series


@dataclass(frozen=True, slots=True)
class Followed:
    """One thing a person hears of, in words and with the address of its page."""

    id: int
    kind: SubscriptionKind
    title: str
    href: str


def subscribe(comment: Comment, kind: SubscriptionKind, *, now: datetime) -> bool:
    """The author of a comment asks for mail; True when the address is confirmed already.

    Else a mail asks for that, once a day at most. The caller commits.
    """
    if comment.person_id is None:
        return False
    targets = {
        SubscriptionKind.REPLIES: comment.id,
        SubscriptionKind.THREAD: comment.post_id,
        SubscriptionKind.SERIES: comment.post.series_id,
    }
    target_id = targets[kind]
    if target_id is None:
        return False
    _known(comment.person_id, now)
    db.session.execute(
        upsert(Subscription)
        .values(person_id=comment.person_id, kind=kind, target_id=target_id, made_at=now)
        .on_conflict_do_nothing()
    )
    known = db.session.get_one(Subscriber, comment.person_id, populate_existing=True)
    if known.confirmed_at is not None:
        return True
    put(
        "confirm",
        person_id=comment.person_id,
        once_key=f"confirm:{comment.person_id}:{now:%Y-%m-%d}",
        now=now,
    )
    return False


def _known(person_id: int, now: datetime) -> None:
    db.session.execute(
        upsert(Subscriber).values(person_id=person_id, asked_at=now).on_conflict_do_nothing()
    )


def confirm(person: Person, *, now: datetime) -> None:
    """The person says by mail that mail is welcome. The caller commits.

    What the staff decided on their comments since they asked is told now: it could not be before.
    """
    is_new = rows_changed(
        update(Subscriber)
        .where(Subscriber.person_id == person.id, Subscriber.confirmed_at.is_(None))
        .values(confirmed_at=now)
    )
    for comment in _decided_since_asked(person) if is_new else ():
        tell_decision(comment, now=now)


def _decided_since_asked(person: Person) -> Sequence[Comment]:
    return db.session.scalars(
        select(Comment)
        .join(Subscription, _is(SubscriptionKind.REPLIES, Comment.id))
        .where(
            Subscription.person_id == person.id,
            Comment.person_id == person.id,
            Comment.status != CommentStatus.PENDING,
            Comment.status_by.startswith("staff:"),
            Comment.status_at >= Subscription.made_at,
            Comment.erased_at.is_(None),
        )
        .order_by(Comment.id)
    ).all()


def tell_decision(comment: Comment, *, now: datetime) -> None:
    """Put a mail to the author about how the comment stands into this transaction."""
    put(
        "decided",
        person_id=comment.person_id,
        comment_id=comment.id,
        comment_version=comment.version,
        once_key=f"decided:{comment.id}:{comment.version}",
        now=now,
    )


def stop(person: Person, subscription_id: int | None = None) -> None:
    """No more mail about one thing, or about anything. The caller commits."""
    own = Subscription.person_id == person.id
    if subscription_id is not None:
        db.session.execute(
            delete(Subscription).where(own, Subscription.id == subscription_id),
            execution_options={"synchronize_session": False},
        )
        return
    # The confirmation goes too: whoever wants mail again is asked again.
    rows_changed(delete(Subscription).where(own))
    rows_changed(delete(Subscriber).where(Subscriber.person_id == person.id))


def followed_by(person: Person) -> Sequence[Followed]:
    """What the person hears of, in the order in which it was asked for."""
    rows = db.session.scalars(
        select(Subscription).where(Subscription.person_id == person.id).order_by(Subscription.id)
    ).all()
    return [found for row in rows if (found := _in_words(row)) is not None]


def _in_words(row: Subscription) -> Followed | None:
    title = href = ""
    if row.kind == SubscriptionKind.SERIES:
        series = db.session.get(Series, row.target_id)
        if series is not None:
            title, href = series.title, f"/series/{quote(series.slug)}"
    elif row.kind == SubscriptionKind.THREAD:
        post = db.session.get(Post, row.target_id)
        if post is not None:
            title, href = post.title, f"/posts/{quote(post.slug)}"
    else:
        comment = db.session.get(Comment, row.target_id)
        if comment is not None:
            is_shown = comment.status == CommentStatus.APPROVED
            page = f"/comments/{comment.id}" if is_shown else f"/posts/{quote(comment.post.slug)}"
            title, href = comment.post.title, page
    return Followed(row.id, row.kind, title, href) if href else None


def listeners_to(comment: Comment) -> Sequence[int]:
    """The persons who asked to hear of this comment and have confirmed it; never its author."""
    answered = comment.answers_id or comment.parent_id
    wanted = [_is(SubscriptionKind.THREAD, comment.post_id)]
    if answered is not None:
        wanted.append(_is(SubscriptionKind.REPLIES, answered))
    if comment.post.series_id is not None:
        wanted.append(_is(SubscriptionKind.SERIES, comment.post.series_id))
    return db.session.scalars(
        select(Subscription.person_id)
        .join(Subscriber, Subscriber.person_id == Subscription.person_id)
        .where(
            or_(*wanted),
            Subscriber.confirmed_at.is_not(None),
            Subscription.person_id != (comment.person_id or 0),
        )
        .distinct()
    ).all()


def wants_news_of(comment: Comment) -> bool:
    """Whether the author asked to hear what becomes of the comment, and confirmed it."""
    return (
        db.session.scalar(
            select(Subscription.id)
            .join(Subscriber, Subscriber.person_id == Subscription.person_id)
            .where(
                _is(SubscriptionKind.REPLIES, comment.id),
                Subscription.person_id == comment.person_id,
                Subscriber.confirmed_at.is_not(None),
            )
            .limit(1)
        )
        is not None
    )


def _is(kind: SubscriptionKind, target_id: int | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return and_(Subscription.kind == kind, Subscription.target_id == target_id)


def forget_unconfirmed(now: datetime, *, days: int) -> int:
    """Delete the subscriptions that nobody confirmed in time; returns how many people's."""
    old = (Subscriber.confirmed_at.is_(None), Subscriber.asked_at < now - timedelta(days=days))
    return rows_changed(delete(Subscriber).where(*old))
