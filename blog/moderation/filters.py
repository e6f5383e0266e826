"""What a moderator asked of the queue: read from a query string, and as conditions."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Text, cast, false, func, or_, select

from blog.comments.models import COMMENT_IP, Comment, CommentStatus, Verdict
from blog.comments.senders import person_by_address
from blog.db import db
from blog.numbers import LARGEST_NUMBER, row_number
from blog.posts.models import Post, Series
from blog.screening.checks import CHECKS
from blog.screening.outside import NAMES as JUDGES
from blog.sealing import sealer

LONGEST_SEARCH = 200
LONGEST_SLUG = 200
ALL = "all"
STATUSES = (*(status.value for status in CommentStatus), ALL)
REASONS = (*(check.__name__ for check in CHECKS), *JUDGES)
# What a rule of the staff said, by its number.
_RULE = re.compile(r"rule_[1-9]\d{0,9}", re.ASCII)
_LIKE_AN_ADDRESS = re.compile(r"[^\s@/]@[^\s@]")
# Four numbers with dots, or what has colons; whether it is one is asked of ``ipaddress``.
_LIKE_AN_IP = re.compile(
    r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)|(?<![\w:])[0-9a-f:]*:[0-9a-f:.]*(?![\w:])",
    re.ASCII | re.IGNORECASE,
)
_CURSOR = re.compile(r"(-?\d{1,17})-(\d{1,10})(?:-(\d{1,3}))?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)


class Sort(StrEnum):
    """In which order the queue stands."""

    NEWEST = "newest"
    OLDEST = "oldest"
    RISK = "risk"


class Cursor(NamedTuple):
    """A place in the queue; it stays right when the comment there is deleted."""

    created_at: datetime
    comment_id: int
    risk: int = 0

    def __str__(self) -> str:
        """As it stands in an address."""
        microseconds = (self.created_at - _EPOCH) // timedelta(microseconds=1)
        return f"{microseconds}-{self.comment_id}-{self.risk}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What a moderator asked for; "" and None leave a thing open."""

    status: str = CommentStatus.PENDING.value
    post: str = ""
    series: str = ""
    person: int | None = None
    reason: str = ""
    # Days in UTC, both included.
    since: date | None = None
    until: date | None = None
    q: str = ""
    sort: Sort = Sort.NEWEST
    before: Cursor | None = None
    # Set by who asks, never by the address: an author sees what is under the own posts.
    owner: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the status was asked for."""
        return replace(self, status=ALL, sort=Sort.NEWEST, before=None, owner=None) != QueueFilter(
            status=ALL
        )

    def query(self, **other: Any) -> str:
        """The query string of this view of the queue, or of one that differs in fields."""
        wanted = replace(self, **{"before": None, **other})
        given = {item.name: getattr(wanted, item.name) for item in fields(wanted)}
        del given["owner"]
        if wanted.sort is Sort.NEWEST:
            del given["sort"]
        return urlencode({name: str(value) for name, value in given.items() if value})

    def address(self, **other: Any) -> str:
        """The address of this view of the queue, or of one that differs in the given fields."""
        return f"/admin/comments?{self.query(**other)}"


def read_filter(args: Mapping[str, str]) -> QueueFilter:
    """The filter in a query string. What is not on a list of known values is as if not asked.

    Without a status it is what waits, or everything when something else was asked for.
    """
    person = args.get("person", "").strip()
    reason, sort = args.get("reason", ""), args.get("sort", "")
    wanted = QueueFilter(
        status=ALL,
        post=_slug(args.get("post", "")),
        series=_slug(args.get("series", "")),
        # 0 is nobody: a number that cannot be shall find nothing rather than everything.
        person=(row_number(person) or 0) if person else None,
        reason=reason if reason in REASONS or _RULE.fullmatch(reason) else "",
        since=_day(args.get("since", "")),
        until=_day(args.get("until", "")),
        q=" ".join(args.get("q", "").replace("\0", " ").split())[:LONGEST_SEARCH],
        sort=Sort(sort) if sort in set(Sort) else Sort.NEWEST,
        before=_read_cursor(args.get("before", "")),
    )
    status = args.get("status", "")
    if status not in STATUSES:
        status = ALL if wanted.is_narrowed or args.get("reason") else CommentStatus.PENDING.value
    return replace(wanted, status=status)


def _slug(text: str) -> str:
    return text.strip()[:LONGEST_SLUG].replace("\0", "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if len(text) <= 12 else None
    except ValueError:
        return None


def _read_cursor(text: str) -> Cursor | None:
    found = _CURSOR.fullmatch(text)
    if found is None or int(found[2]) > LARGEST_NUMBER:
        return None
    try:
        created_at = _EPOCH + timedelta(microseconds=int(found[1]))
    except OverflowError:  # before the year 1
        return None
    return Cursor(created_at, int(found[2]), int(found[3] or 0))


def owned_by(owner: int | None) -> list[ColumnElement[bool]]:
    """The condition on comments that an author is limited to; none for who sees all."""
    if owner is None:
        return []
    return [Comment.post_id.in_(select(Post.id).where(Post.owner_id == owner))]


def conditions_of(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    """What a comment must fulfil besides its status."""
    conditions = owned_by(wanted.owner)
    if wanted.post:
        conditions.append(Comment.post_id == _post_id(wanted.post))
    if wanted.series:
        posts = select(Post.id).join(Series).where(Series.slug == wanted.series)
        conditions.append(Comment.post_id.in_(posts))
    if wanted.person is not None:
        conditions.append(Comment.person_id == wanted.person)
    if wanted.reason:
        conditions.append(_has_finding(wanted.reason))
    if wanted.since is not None:
        conditions.append(Comment.created_at >= _midnight(wanted.since))
    # The last day there is has no day after it; everything is before its end.
    if wanted.until is not None and wanted.until < date.max:
        conditions.append(Comment.created_at < _midnight(wanted.until) + A_DAY)
    if wanted.q:
        find = _matches if wanted.owner is None else _matches_text
        conditions.append(find(wanted.q))
    return conditions


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


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
    return _matches_text(q)


def _matches_text(q: str) -> ColumnElement[bool]:
    """Text, name and site alone: an author is not to try out whose address or IP a comment has."""
    fields = (Comment.text, Comment.author, Comment.url)
    return or_(*(field.icontains(q, autoescape=True) for field in fields))


def holds_address(text: str) -> bool:
    """Whether an email address or an IP stands anywhere in a text."""
    candidates = (found[0].strip(".") for found in _LIKE_AN_IP.finditer(text))
    return _LIKE_AN_ADDRESS.search(text) is not None or any(map(_ip_in, candidates))


def _ip_in(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
