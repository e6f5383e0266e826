"""Trying a rule or a list of words on the comments that are here, before it counts.

It only reads, a piece at a time in short reads, so that nobody waits for it; and it ends in time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Row, Select, func, select

from blog.comments.models import COMMENT_IP, PERSON_ADDRESS, Comment, CommentStatus, Person
from blog.db import db
from blog.markup import count_links
from blog.screening.checks import unless_private
from blog.screening.domains import linked_domains
from blog.screening.models import RuleKind
from blog.screening.rules import Rule, Sent, Test, compile_rule
from blog.screening.words import find_phrase
from blog.sealing import SealBrokenError, sealer

LATEST = 10_000
MOST_SHOWN = 10
MOST_EXAMPLES = 50
LONGEST_SECONDS = 15.0
# Each may be as long as a comment can be; so much is in memory at once.
PIECE = 200
EXCERPT = 160
STAFF = "staff:"
NEEDS_HTML = frozenset({RuleKind.LINKS, RuleKind.DOMAIN})


@dataclass(frozen=True, slots=True)
class Caught:
    """A comment that would have been caught, and what was found in it."""

    comment_id: int
    status: CommentStatus
    author: str
    excerpt: str
    found: str


@dataclass(slots=True)
class TryOut:
    """What would have been caught of the latest comments.

    ``false_alarms`` are those that are approved, ``approved_by_staff`` those of them that somebody
    of the staff approved; ``worst`` says what was found in most of them, each with its number.
    ``left_out`` of the latest 10,000 were not looked at, because it took too long.
    """

    looked_at: int = 0
    left_out: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    approved_by_staff: int = 0
    seconds: float = 0.0
    # The newest, those that are approved apart.
    alarms: list[Caught] = field(default_factory=list)
    others: list[Caught] = field(default_factory=list)
    found_in_alarms: Counter[str] = field(default_factory=Counter)

    @property
    def caught(self) -> int:
        return self.by_status.total()

    @property
    def false_alarms(self) -> int:
        return self.by_status[CommentStatus.APPROVED.value]

    @property
    def worst(self) -> list[tuple[str, int]]:
        return self.found_in_alarms.most_common(MOST_SHOWN)


class Past:
    """A comment that came before, as rules see what is sent. What is sealed is opened on demand."""

    def __init__(self, row: Row[Any], addresses: dict[int, str]) -> None:
        self._row = row
        self._addresses = addresses
        self.author: str = row.author
        self.url: str = row.url
        self.text: str = row.text
        self.agent: str = row.agent
        self.address_index: bytes = row.address_index or b""

    @cached_property
    def address(self) -> str:
        """The address of its person; "" when there is none or it does not open."""
        number = self._row.person_id
        if number is None or self._row.address_sealed is None:
            return ""
        if number not in self._addresses:
            self._addresses[number] = _opened(self._row.address_sealed, PERSON_ADDRESS)
        return self._addresses[number]

    @cached_property
    def ip(self) -> str:
        """Where it came from; "" when that is forgotten already."""
        sealed = self._row.ip_sealed
        return _opened(sealed, COMMENT_IP) if sealed is not None else ""

    @cached_property
    def link_count(self) -> int:
        """How many links its text has."""
        return count_links(self._row.html)

    @cached_property
    def linked_domains(self) -> tuple[str, ...]:
        """Where its links lead."""
        return linked_domains(self._row.html, self.url)


def try_rule(rule: Rule, *, seconds: float = LONGEST_SECONDS) -> TryOut:
    """What a rule would have caught. Raises Refusal when it cannot be compiled."""
    return _try(compile_rule(rule), needs_html=rule.kind in NEEDS_HTML, seconds=seconds)


def try_words(phrases: tuple[str, ...], *, seconds: float = LONGEST_SECONDS) -> TryOut:
    """What a list of words, as ``comments.hold_words`` is one, would have caught."""

    def test(past: Sent) -> str | None:
        # As the checks look for them.
        agent = past.agent if isinstance(past, Past) else ""
        texts = (past.text, past.author, past.url, past.address, past.ip, agent)
        found = find_phrase(phrases, texts)
        return unless_private(found) if found is not None else None

    return _try(test, needs_html=False, seconds=seconds)


def _try(
    test: Test,
    *,
    needs_html: bool,
    seconds: float,
    timer: Callable[[], float] = time.monotonic,
) -> TryOut:
    made, began = TryOut(), timer()
    addresses: dict[int, str] = {}
    for rows in _pieces(needs_html):
        for row in rows:
            made.looked_at += 1
            found = test(Past(row, addresses))
            if found is not None:
                _count(made, row, found)
            if timer() - began > seconds:
                made.left_out = _count_older_than(row.id, LATEST - made.looked_at)
                made.seconds = timer() - began
                return made
    made.seconds = timer() - began
    return made


def _count(made: TryOut, row: Row[Any], found: str) -> None:
    caught = Caught(row.id, row.status, row.author, _excerpt(row.text), found)
    made.by_status[row.status.value] += 1
    if row.status != CommentStatus.APPROVED:
        if len(made.others) < MOST_EXAMPLES:
            made.others.append(caught)
        return
    made.approved_by_staff += row.status_by.startswith(STAFF)
    made.found_in_alarms[found] += 1
    if len(made.alarms) < MOST_EXAMPLES:
        made.alarms.append(caught)


def _pieces(needs_html: bool) -> Iterator[list[Row[Any]]]:
    """The latest comments, the newest first, in pieces; each is a read of its own."""
    last: int | None = None
    left = LATEST
    while left > 0:
        query = _latest(needs_html).limit(min(PIECE, left))
        rows = list(db.session.execute(query if last is None else query.where(Comment.id < last)))
        # So that no transaction lasts as long as all of this.
        db.session.rollback()
        if not rows:
            return
        yield rows
        left -= len(rows)
        last = rows[-1].id


def _latest(needs_html: bool) -> Select[Any]:
    columns: list[Any] = [
        Comment.id,
        Comment.text,
        Comment.author,
        Comment.url,
        Comment.agent,
        Comment.status,
        Comment.status_by,
        Comment.person_id,
        Comment.ip_sealed,
        Person.address_index,
        Person.address_sealed,
    ]
    if needs_html:
        columns.append(Comment.html)
    return (
        select(*columns)
        .outerjoin(Person, Person.id == Comment.person_id)
        .where(Comment.erased_at.is_(None))
        .order_by(Comment.id.desc())
    )


def _count_older_than(comment_id: int, most: int) -> int:
    older = (
        select(Comment.id)
        .where(Comment.erased_at.is_(None), Comment.id < comment_id)
        .limit(max(most, 0))
    )
    return db.session.scalar(select(func.count()).select_from(older.subquery())) or 0


def _excerpt(text: str) -> str:
    line = " ".join(text[: 4 * EXCERPT].split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"


def _opened(sealed: bytes, purpose: str) -> str:
    try:
        return sealer().open(sealed, purpose)
    except SealBrokenError:
        return ""
