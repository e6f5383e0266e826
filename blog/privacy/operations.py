"""A copy of what is kept about a person, and its erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from blog.comments.models import (
    COMMENT_IP,
    PERSON_ADDRESS,
    Appeal,
    Comment,
    CommentRevision,
    Person,
    Receipt,
)
from blog.comments.signals import data_asked
from blog.comments.states import delete_for_good
from blog.db import db, rows_changed
from blog.posts.models import Post
from blog.sealing import SealBrokenError, sealer
from blog.versions import conversation_changed
from blog.web.filters import iso

ANONYMOUS = "Anonymous"
BY = "erasure"
UNREADABLE = "(sealed with a key that is lost)"


def everything_about(person: Person, *, base_url: str) -> dict[str, Any]:
    """All that is kept about a person, as plain JSON values."""
    rows = db.session.scalars(
        select(Comment).where(Comment.person_id == person.id).order_by(Comment.id)
    ).all()
    data: dict[str, Any] = {
        "address": _opened(person.address_sealed, PERSON_ADDRESS),
        "first_seen_at": iso(person.first_seen_at),
        "comments": [_comment(comment, base_url) for comment in rows],
    }
    for _listener, more in data_asked.send(person):
        data |= more
    return data


def _comment(comment: Comment, base_url: str) -> dict[str, Any]:
    revisions = db.session.scalars(
        select(CommentRevision)
        .where(CommentRevision.comment_id == comment.id)
        .order_by(CommentRevision.id)
    )
    appeal = db.session.get(Appeal, comment.id)
    return {
        "id": comment.id,
        "post": comment.post.title,
        "link": f"{base_url}/comments/{comment.id}",
        "status": comment.status.value,
        "name": comment.author,
        "website": comment.url,
        "ip": _opened(comment.ip_sealed, COMMENT_IP) if comment.ip_sealed else "",
        "browser": comment.agent,
        "created_at": iso(comment.created_at),
        "edited_at": iso(comment.edited_at),
        "text": comment.text,
        "earlier_texts": [row.text for row in revisions],
        "appeal": appeal.text if appeal is not None else "",
    }


def _opened(sealed: bytes, purpose: str) -> str:
    try:
        return sealer().open(sealed, purpose)
    except SealBrokenError:
        return UNREADABLE


def erase(person: Person, *, keeps_texts: bool, now: datetime) -> int:
    """Forget a person: name, website, address, IP, agent, subscriptions, mails, earlier texts.

    What was said stays under "Anonymous", or goes too; replies of others keep their place either
    way. Returns how many comments there were. The caller commits.
    """
    rows = _comment_ids(person.id)
    for comment_id in rows:
        for kept in (CommentRevision, Receipt, Appeal):
            db.session.execute(delete(kept).where(kept.comment_id == comment_id))
        if not keeps_texts:
            _forget_text(comment_id, now)
    slugs = db.session.scalars(
        select(Post.slug)
        .where(Post.id.in_(select(Comment.post_id).where(Comment.person_id == person.id)))
        .distinct()
    ).all()
    rows_changed(
        update(Comment)
        .where(Comment.person_id == person.id)
        .values(
            author=ANONYMOUS,
            url="",
            agent="",
            ip_sealed=None,
            ip_index=None,
            person_id=None,
            fingerprint=None,
            version=Comment.version + 1,
        )
    )
    for slug in slugs:
        conversation_changed(slug)
    # What other rooms keep of the person hangs on this row and goes with it.
    rows_changed(delete(Person).where(Person.id == person.id))
    db.session.expire_all()
    return len(rows)


def _comment_ids(person_id: int) -> list[int]:
    """The person's comments, the newest first, so that replies go before what they answer."""
    query = select(Comment.id).where(Comment.person_id == person_id).order_by(Comment.id.desc())
    return list(db.session.scalars(query.with_for_update()))


def _forget_text(comment_id: int, now: datetime) -> None:
    # One that was emptied before, or went with a reply below it, is gone already.
    comment = db.session.get(Comment, comment_id, populate_existing=True)
    if comment is not None and comment.erased_at is None:
        delete_for_good(comment_id, by=BY, now=now)
