"""Who asked to hear of what. Nothing is mailed before the owner of the address confirmed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, delete, or_, select

from blog.comments.models import Comment, CommentStatus, Person
from blog.comments.signals import NewComment
from blog.db import db, rows_changed, upsert
from blog.notifications.models import Subscriber, Subscription, SubscriptionKind
from blog.notifications.outbox import put
from blog.posts.models import Post, Series

# What was asked for after the last confirmation waits for the next one: perhaps it was not the
# owner of the address who asked.
IS_ACTIVE = Subscription.made_at <= Subscriber.confirmed_at
IS_WAITING = or_(Subscriber.confirmed_at.is_(None), Subscription.made_at > Subscriber.confirmed_at)
A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Followed:
    """One thing a person hears of, in words and with the address of its page."""

    id: int
    kind: SubscriptionKind
    title: str
    href: str


def subscribe(
    comment: Comment, kind: SubscriptionKind, *, now: datetime, is_proved: bool = False
) -> bool:
    """The author of a comment asks for mail; True when it comes without another question.

    That takes a confirmed address and ``is_proved``: who asks has read mail sent to it. Anybody can
    comment under an address, so else a mail asks its owner about this, whatever was confirmed
    before: once a day, and once more after each answer. The caller commits.
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
    # Locked, as in confirm: what is asked for meanwhile must not count as confirmed.
    known = db.session.get_one(
        Subscriber, comment.person_id, populate_existing=True, with_for_update=True
    )
    confirmed_at = known.confirmed_at
    is_active = is_proved and confirmed_at is not None
    _put_subscription(
        person_id=comment.person_id,
        kind=kind,
        target_id=target_id,
        made_at=_made_at(confirmed_at, now, is_active=is_active),
        is_active=is_active,
    )
    if not is_active:
        # Asked for each time, that the answer takes as long for whomever: see compose.
        answered = f"{confirmed_at:%Y%m%d%H%M%S%f}" if confirmed_at is not None else "never"
        put(
            "confirm",
            person_id=comment.person_id,
            once_key=f"confirm:{comment.person_id}:{now:%Y-%m-%d}:{answered}",
            now=now,
        )
    return is_active


def _made_at(confirmed_at: datetime | None, now: datetime, *, is_active: bool) -> datetime:
    """On the right side of the confirmation, whatever the clocks of two hosts say."""
    if confirmed_at is None:
        return now
    return min(now, confirmed_at) if is_active else max(now, confirmed_at + A_MOMENT)


def _put_subscription(*, is_active: bool, **values: object) -> None:
    """A subscription that is there already stays as it is, unless this one is active."""
    made = upsert(Subscription).values(**values)
    target = [Subscription.kind, Subscription.target_id, Subscription.person_id]
    # Written in any case: the time it takes shall not tell whether somebody follows this.
    changed = made.excluded.made_at if is_active else Subscription.made_at
    db.session.execute(
        made.on_conflict_do_update(index_elements=target, set_={"made_at": changed}),
        execution_options={"synchronize_session": False},
    )


def _known(person_id: int, now: datetime) -> None:
    db.session.execute(
        upsert(Subscriber).values(person_id=person_id, asked_at=now).on_conflict_do_nothing()
    )


def confirm(person: Person, *, now: datetime) -> None:
    """The person says by mail that mail is welcome, about all that was asked for up to now.

    What the staff decided on their comments since they asked is told now: it could not be before.
    The caller commits.
    """
    known = db.session.get(Subscriber, person.id, populate_existing=True, with_for_update=True)
    asked = _waiting(person)
    if known is None or (known.confirmed_at is not None and not asked):
        return
    decided = _decided_since_asked(person)
    known.confirmed_at = max([now, *(row.made_at for row in asked)])
    db.session.flush()
    for comment in decided:
        tell_decision(comment, now=now)


def _waiting(person: Person) -> Sequence[Subscription]:
    return db.session.scalars(
        select(Subscription)
        .join(Subscriber, Subscriber.person_id == Subscription.person_id)
        .where(Subscription.person_id == person.id, IS_WAITING)
        .order_by(Subscription.id)
    ).all()


def is_asked(person_id: int) -> bool:
    """Whether anything that was asked for under the person's address waits for their answer."""
    return (
        db.session.scalar(
            select(Subscription.id)
            .join(Subscriber, Subscriber.person_id == Subscription.person_id)
            .where(Subscription.person_id == person_id, IS_WAITING)
            .limit(1)
        )
        is not None
    )


def _decided_since_asked(person: Person) -> Sequence[Comment]:
    return db.session.scalars(
        select(Comment)
        .join(Subscription, _is(SubscriptionKind.REPLIES, Comment.id))
        .join(Subscriber, Subscriber.person_id == Subscription.person_id)
        .where(
            Subscription.person_id == person.id,
            IS_WAITING,
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
        select(Subscription)
        .join(Subscriber, Subscriber.person_id == Subscription.person_id)
        .where(Subscription.person_id == person.id, IS_ACTIVE)
        .order_by(Subscription.id)
    ).all()
    return [found for row in rows if (found := _in_words(row)) is not None]


def asked_of(person: Person) -> Sequence[Followed]:
    """What was asked for under the person's address and waits for their answer, in that order."""
    return [found for row in _waiting(person) if (found := _in_words(row)) is not None]


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


def listeners_to(comment: Comment | NewComment) -> Sequence[int]:
    """The persons who asked to hear of this comment and have confirmed it; never its author."""
    answered = comment.answers_id or comment.parent_id
    series = select(Post.series_id).where(Post.id == comment.post_id).scalar_subquery()
    wanted = [_is(SubscriptionKind.THREAD, comment.post_id), _is(SubscriptionKind.SERIES, series)]
    if answered is not None:
        wanted.append(_is(SubscriptionKind.REPLIES, answered))
    return db.session.scalars(
        select(Subscription.person_id)
        .join(Subscriber, Subscriber.person_id == Subscription.person_id)
        .where(
            or_(*wanted),
            IS_ACTIVE,
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
                IS_ACTIVE,
            )
            .limit(1)
        )
        is not None
    )


def _is(kind: SubscriptionKind, target_id: int | SQLColumnExpression[Any]) -> ColumnElement[bool]:
    return and_(Subscription.kind == kind, Subscription.target_id == target_id)


def forget_unconfirmed(now: datetime, *, days: int) -> int:
    """Delete what nobody confirmed in time; returns how many people and single wishes."""
    before = now - timedelta(days=days)
    old = (Subscriber.confirmed_at.is_(None), Subscriber.asked_at < before)
    confirmed_at = select(Subscriber.confirmed_at).where(
        Subscriber.person_id == Subscription.person_id
    )
    waiting = (Subscription.made_at > confirmed_at.scalar_subquery(), Subscription.made_at < before)
    return rows_changed(delete(Subscription).where(*waiting)) + rows_changed(
        delete(Subscriber).where(*old)
    )
