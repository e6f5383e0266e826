"""The queue: which comments a moderator asked for, page by page, with all that a row shows."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Text, cast, false, func, or_, select, tuple_, union_all
from sqlalchemy.orm import joinedload

from blog.comments.models import COMMENT_IP, Comment, CommentStatus, Verdict
from blog.comments.queries import person_by_address
from blog.db import db
from blog.markup import POLICY_VERSION
from blog.moderation.addresses import shown_address, shown_ip
from blog.numbers import LARGEST_NUMBER, row_number
from blog.posts.models import Post
from blog.screening.checks import CHECKS
from blog.sealing import sealer

ROWS_PER_PAGE = 20
LONGEST_SEARCH = 200
LONGEST_SLUG = 200
ALL = "all"
STATUSES = (*(status.value for status in CommentStatus), ALL)
REASONS = tuple(check.__name__ for check in CHECKS)
_CURSOR = re.compile(r"(-?\d{1,17})-(\d{1,10})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What a moderator asked for; "" and None leave a thing open."""

    status: str = CommentStatus.PENDING.value
    post: str = ""
    person: int | None = None
    reason: str = ""
    q: str = ""
    before: tuple[datetime, int] | None = None
    # Set by who asks, never by the address: an author sees what is under the own posts.
    owner: int | None = None

    def address(self, **other: Any) -> str:
        """The address of this view of the queue, or of one that differs in the given fields."""
        wanted = replace(self, **{"before": None, **other})
        parts = {"status": wanted.status, "post": wanted.post, "reason": wanted.reason}
        parts |= {"person": str(wanted.person or ""), "q": wanted.q}
        if wanted.before is not None:
            parts["before"] = cursor_text(*wanted.before)
        return "/admin/comments?" + urlencode(
            {name: value for name, value in parts.items() if value}
        )


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A comment as the queue shows it."""

    comment: Comment
    post: Post
    address: str
    ip: str
    reasons: Sequence[str]
    answered_id: int | None
    answered_name: str

    @property
    def html(self) -> str:
        """The stored safe HTML, unless an older policy made it; then the source is to be shown."""
        return self.comment.html if self.comment.policy_version == POLICY_VERSION else ""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page, newest first, and where the next one begins."""

    rows: Sequence[QueueRow]
    next_before: tuple[datetime, int] | None


def read_filter(args: Mapping[str, str]) -> QueueFilter:
    """The filter in a query string. What is not on a list of known values is as if not asked.

    Without a status it is what waits, or everything when something else was asked for.
    """
    post = args.get("post", "").strip()[:LONGEST_SLUG]
    q = " ".join(args.get("q", "").replace("\0", " ").split())[:LONGEST_SEARCH]
    reason = args.get("reason", "")
    person = args.get("person", "").strip()
    asks_for_more = bool(post or q or reason or person)
    status = args.get("status", "")
    if status not in STATUSES:
        status = ALL if asks_for_more else CommentStatus.PENDING.value
    return QueueFilter(
        status=status,
        post=post.replace("\0", ""),
        # 0 is nobody: a number that cannot be shall find nothing rather than everything.
        person=(row_number(person) or 0) if person else None,
        reason=reason if reason in REASONS else "",
        q=q,
        before=_read_cursor(args.get("before", "")),
    )


def cursor_text(created_at: datetime, comment_id: int) -> str:
    """A place in the queue for an address; it stays right when that comment is deleted."""
    return f"{(created_at - _EPOCH) // timedelta(microseconds=1)}-{comment_id}"


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    found = _CURSOR.fullmatch(text)
    if found is None or int(found[2]) > LARGEST_NUMBER:
        return None
    return _EPOCH + timedelta(microseconds=int(found[1])), int(found[2])


def queue(wanted: QueueFilter, *, reveal: bool) -> QueuePage:
    """A page of the queue. ``reveal`` shows addresses open and the IP, else masked and none."""
    statuses = list(CommentStatus) if wanted.status == ALL else [CommentStatus(wanted.status)]
    conditions = _conditions(wanted)
    key = (Comment.created_at, Comment.id)
    # Each status is read from its end of the index, which one query over all could not do.
    parts = [
        select(Comment.id, Comment.created_at)
        .where(Comment.status == status, Comment.erased_at.is_(None), *conditions)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(ROWS_PER_PAGE + 1)
        for status in statuses
    ]
    if wanted.before is not None:
        parts = [part.where(tuple_(*key) < tuple_(*wanted.before)) for part in parts]
    found = union_all(*(select(part.subquery()) for part in parts)).subquery()
    ids = list(
        db.session.scalars(
            select(found.c.id)
            .order_by(found.c.created_at.desc(), found.c.id.desc())
            .limit(ROWS_PER_PAGE + 1)
        )
    )
    rows = rows_for(ids[:ROWS_PER_PAGE], reveal=reveal)
    has_more = len(ids) > ROWS_PER_PAGE and bool(rows)
    last = rows[-1].comment if has_more else None
    return QueuePage(rows, (last.created_at, last.id) if last else None)


def owned_by(owner: int | None) -> list[ColumnElement[bool]]:
    """The condition on comments that an author is limited to; none for who sees all."""
    if owner is None:
        return []
    return [Comment.post_id.in_(select(Post.id).where(Post.owner_id == owner))]


def rows_for(ids: Sequence[int], *, reveal: bool) -> list[QueueRow]:
    """The rows of these comments, newest first, in a fixed number of queries."""
    if not ids:
        return []
    comments = db.session.scalars(
        select(Comment)
        .where(Comment.id.in_(ids), Comment.erased_at.is_(None))
        .options(joinedload(Comment.post), joinedload(Comment.person))
        .order_by(Comment.created_at.desc(), Comment.id.desc())
    ).all()
    names = _names({comment.answers_id or comment.parent_id for comment in comments})
    reasons = latest_reasons(ids)
    return [
        QueueRow(
            comment=comment,
            post=comment.post,
            address=shown_address(comment.person, reveal=reveal),
            ip=shown_ip(comment, reveal=reveal),
            reasons=reasons.get(comment.id, ()),
            answered_id=comment.answers_id or comment.parent_id,
            answered_name=names.get(comment.answers_id or comment.parent_id or 0, ""),
        )
        for comment in comments
    ]


def latest_reasons(ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Why each comment waits or was refused: the sentences of its last verdict."""
    newest = (
        select(func.max(Verdict.id))
        .where(Verdict.comment_id.in_(list(ids)))
        .group_by(Verdict.comment_id)
    )
    verdicts = db.session.scalars(select(Verdict).where(Verdict.id.in_(newest)))
    return {
        verdict.comment_id: tuple(str(finding.get("reason", "")) for finding in verdict.findings)
        for verdict in verdicts
    }


def _names(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = [number for number in ids if number is not None]
    if not wanted:
        return {}
    rows = db.session.execute(select(Comment.id, Comment.author).where(Comment.id.in_(wanted)))
    return {row.id: row.author for row in rows}


def _conditions(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    conditions = owned_by(wanted.owner)
    if wanted.post:
        conditions.append(Comment.post_id == _post_id(wanted.post))
    if wanted.person is not None:
        conditions.append(Comment.person_id == wanted.person)
    if wanted.reason:
        conditions.append(_has_finding(wanted.reason))
    if wanted.q:
        conditions.append(_matches(wanted.q))
    return conditions


def _post_id(text: str) -> int:
    """A post by its number or its slug; 0, which no post has, when there is none."""
    number = row_number(text)
    found = db.session.scalar(select(Post.id).where(Post.id == number)) if number else None
    if found is None:
        found = db.session.scalar(select(Post.id).where(Post.slug == text))
    return found or 0


def _has_finding(check: str) -> ColumnElement[bool]:
    """Whether the last verdict on a comment has a finding of this check.

    Read as text, since the two databases have no JSON path in common. It is exact: a quotation mark
    inside a value is stored with a backslash, so only a key and its value can look like this.
    """
    newest = (
        select(func.max(Verdict.id))
        .where(Verdict.comment_id == Comment.id)
        .correlate(Comment)
        .scalar_subquery()
    )
    return (
        select(Verdict.id)
        .where(
            Verdict.id == newest,
            cast(Verdict.findings, Text).contains(f'"check": "{check}"', autoescape=True),
        )
        .exists()
    )


def _matches(q: str) -> ColumnElement[bool]:
    """A whole email address or IP is looked up by its blind index; else text, name and site.

    Letters match in either case; on SQLite only those of ASCII do.
    """
    if "@" in q and " " not in q:
        person = person_by_address(q)
        return Comment.person_id == person.id if person else false()
    ip = _ip_in(q)
    if ip is not None:
        index = sealer().index
        return Comment.ip_index.in_({index(ip, COMMENT_IP), index(q, COMMENT_IP)})
    fields = (Comment.text, Comment.author, Comment.url)
    return or_(*(field.icontains(q, autoescape=True) for field in fields))


def _ip_in(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
