"""Reads WordPress exports (WXR 1.0 to 1.3) of any size in little memory.

`check_wxr` goes through the whole file and says what is in it or why it cannot be imported;
`read_wxr` then streams it. A file that is broken anywhere gives no record at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

from lxml import etree

from blog.exchange.wxr_parse import NO_OFFSET, WxrTarget
from blog.exchange.wxr_records import (
    WxrAuthor,
    WxrComment,
    WxrError,
    WxrEvent,
    WxrItem,
    WxrRepair,
    WxrSite,
    WxrSummary,
    WxrTerm,
)
from blog.exchange.wxr_repair import Progress, RepairedXml

__all__ = [
    "WxrAuthor",
    "WxrComment",
    "WxrError",
    "WxrEvent",
    "WxrItem",
    "WxrRepair",
    "WxrSite",
    "WxrSummary",
    "WxrTerm",
    "check_wxr",
    "read_wxr",
    "thread_order",
]

KNOWN_VERSIONS = frozenset({"1.0", "1.1", "1.2", "1.3"})
# RFC 3696 (erratum 1690) allows 254; a hostile file shall not fill the memory with longer ones.
LONGEST_ADDRESS = 320


class _Reading:
    """One pass over the file: pairs the repair, the parser and the target."""

    def __init__(
        self,
        path: Path,
        on_event: Callable[[WxrEvent], None],
        *,
        utc_offset: timedelta = NO_OFFSET,
        mend_cdata: bool = False,
        skip_comments: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._path = path
        self._mend_cdata = mend_cdata
        self._progress = progress
        self.target = WxrTarget(on_event, utc_offset, skip_comments=skip_comments)
        self.repairs: tuple[WxrRepair, ...] = ()

    def steps(self) -> Iterator[None]:
        """Parse the file, pausing after each chunk; raises WxrError."""
        # huge_tree lifts limits on text length; the limits on entities are not needed, since
        # nothing declares any: a DOCTYPE is refused before the parser sees it.
        parser = etree.XMLParser(
            # The published types know targets only without namespaces.
            target=cast("etree.ParserTarget", self.target),
            encoding="utf-8",
            huge_tree=True,
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
        )
        ended = False
        try:
            with self._path.open("rb") as raw:
                source = RepairedXml(raw, mend_cdata=self._mend_cdata, progress=self._progress)
                for chunk in source.chunks():
                    parser.feed(chunk)
                    self.repairs = source.repairs
                    yield
                self.repairs = source.repairs
            ended = True
            parser.close()
        except etree.XMLSyntaxError as error:
            raise _not_well_formed(error, ended) from error
        except OSError as error:
            raise WxrError(f"The file cannot be read: {error.strerror}.") from error
        yield


class _Tally:
    """Counts what passes by in the validating pass."""

    def __init__(self) -> None:
        self.authors = 0
        self.terms = 0
        self.items: Counter[tuple[str, str]] = Counter()
        self.comments: Counter[tuple[str, str]] = Counter()
        self.items_without_id = 0
        self.items_without_date = 0
        self.comments_without_id = 0
        self.guessed_dates = 0
        self.addresses: set[str] = set()
        self.most = 0
        self._on_item = 0
        self._item = -1

    def add(self, event: WxrEvent) -> None:
        match event:
            case WxrComment():
                self._add_comment(event)
            case WxrItem():
                self.items[event.type, event.status] += 1
                self.items_without_id += event.id is None
                self.items_without_date += event.created_at is None
            case WxrAuthor():
                self.authors += 1
            case WxrTerm():
                self.terms += 1

    def _add_comment(self, comment: WxrComment) -> None:
        self.comments[comment.type, comment.approved] += 1
        self.comments_without_id += comment.id is None
        self.guessed_dates += comment.date_guessed
        address = comment.email.strip().lower()
        if address and len(address) <= LONGEST_ADDRESS:
            self.addresses.add(address)
        self._on_item = self._on_item + 1 if comment.item == self._item else 1
        self._item = comment.item
        self.most = max(self.most, self._on_item)


def check_wxr(path: Path, *, progress: Progress | None = None) -> WxrSummary:
    """Read the whole file and count what is in it.

    `progress` is called with the number of bytes read since its last call; they add up to
    the file's size. Raises WxrError for everything that makes the file unusable: unreadable,
    packed, not well-formed, with a DOCTYPE, no WordPress export, an unknown version.
    """
    try:
        return _check(path, mend_cdata=False, progress=progress)
    except WxrError as error:
        if not isinstance(error.__cause__, etree.XMLSyntaxError):
            raise
        # A plugin that wrote "]]>" into a text makes the file break off there. Nothing else is
        # mended by this second try, so the first error is the one to tell.
        try:
            return _check(path, mend_cdata=True, progress=None)
        except WxrError:
            raise error from None


def read_wxr(
    path: Path, *, summary: WxrSummary | None = None, progress: Progress | None = None
) -> Iterator[WxrEvent]:
    """Stream the file: WxrSite, then authors, terms and items, then all comments.

    The file is gone through twice, so that every item is known, with all its fields, before
    the first comment comes; a comment names its item by `item`, the item's `ordinal`. Memory
    does not grow with the number of comments. `summary` is what `check_wxr` gave for the same
    file; without it the check is made first. `progress` gets byte counts that add up to twice
    the file's size. Raises WxrError before anything is given out.
    """
    checked = summary or check_wxr(path)
    yield checked.site
    for comments_wanted in (False, True):
        events: list[WxrEvent] = []
        reading = _Reading(
            path,
            _collector(events, comments_wanted),
            utc_offset=checked.utc_offset,
            mend_cdata=checked.mended_cdata,
            skip_comments=not comments_wanted,
            progress=progress,
        )
        for _ in reading.steps():
            yield from events
            events.clear()


def _collector(events: list[WxrEvent], comments_wanted: bool) -> Callable[[WxrEvent], None]:
    def collect(event: WxrEvent) -> None:
        if isinstance(event, WxrComment) == comments_wanted:
            events.append(event)

    return collect


def _check(path: Path, *, mend_cdata: bool, progress: Progress | None) -> WxrSummary:
    tally = _Tally()
    reading = _Reading(path, tally.add, mend_cdata=mend_cdata, progress=progress)
    for _ in reading.steps():
        pass
    target = reading.target
    _refuse_strangers(target)
    offsets = sorted(target.offsets.items(), key=lambda found: (-found[1], abs(found[0])))
    return WxrSummary(
        site=target.site(),
        size=path.stat().st_size,
        authors=tally.authors,
        terms=tally.terms,
        items=dict(tally.items),
        comments=dict(tally.comments),
        items_without_id=tally.items_without_id,
        items_without_date=tally.items_without_date,
        comments_without_id=tally.comments_without_id,
        comments_with_guessed_date=tally.guessed_dates,
        most_comments_on_one_item=tally.most,
        utc_offset=offsets[0][0] if offsets else NO_OFFSET,
        repairs=reading.repairs,
        mended_cdata=mend_cdata,
        addresses=frozenset(tally.addresses),
    )


def _refuse_strangers(target: WxrTarget) -> None:
    if not target.has_channel:
        raise WxrError(
            "This is not a WordPress export: there is no <channel> in its <rss>. "
            "Nothing was imported."
        )
    version = target.site().version
    if version and version not in KNOWN_VERSIONS:
        raise WxrError(
            f"The file says its format is WXR {version[:20]!r}; versions 1.0 to 1.3 can be read. "
            "Nothing was imported."
        )
    if not version and not target.has_namespace:
        raise WxrError(
            "This is an RSS feed, not a WordPress export. Make the export under "
            "Tools, Export in WordPress. Nothing was imported."
        )


def _not_well_formed(error: etree.XMLSyntaxError, ended: bool) -> WxrError:
    line, column = error.position
    if line < 1:
        return WxrError("The file is empty. Nothing was imported.")
    reason = re.sub(r"\s+", " ", error.msg or "no reason given")
    # The parser puts the place at the end of its own message too.
    reason = re.sub(r", line \d+, column \d+( \(.*\))?$", "", reason)[:160]
    if ended:
        # The parser only missed something when there was nothing more to read.
        reason = f"it breaks off there; {reason}"
    return WxrError(
        f"The file is not well-formed XML at line {line}, column {column} ({reason}). "
        "Nothing was imported. Export it again from WordPress, or mend that line.",
        line,
        column,
    )


def thread_order(ids_and_parents: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(id, parent) pairs with every parent before its children, in linear time.

    Pairs keep their order otherwise, top-level threads one after the other. A parent that is
    missing, or that would close a circle, becomes 0. A repeated id counts once, with its
    first parent. Ids are positive; a pair without one is left out.
    """
    parents: dict[int, int] = {}
    for identity, parent in ids_and_parents:
        if identity > 0:
            parents.setdefault(identity, parent)
    _cut_circles(parents)
    children: dict[int, list[int]] = {}
    for identity, parent in parents.items():
        children.setdefault(parent, []).append(identity)
    ordered: list[tuple[int, int]] = []
    waiting = children.get(0, [])[::-1]
    while waiting:
        identity = waiting.pop()
        ordered.append((identity, parents[identity]))
        waiting.extend(reversed(children.get(identity, ())))
    return ordered


def _cut_circles(parents: dict[int, int]) -> None:
    """Set to 0 each parent that is unknown, or leads back to the comment itself."""
    settled: set[int] = set()
    for start in parents:
        way: dict[int, None] = {}
        at = start
        while at not in settled and at not in way:
            way[at] = None
            if parents[at] not in parents:
                parents[at] = 0
                break
            at = parents[at]
        else:
            # Inside a circle the first comment met is the one that becomes a thread's start.
            if at not in settled:
                parents[at] = 0
        settled.update(way)
