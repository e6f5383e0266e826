"""Threads as a page draws them, each drawn once and kept while nothing about it changes.

Of a page with a hundred comments mostly one is new. A thread that was drawn is kept beside all that
it was drawn from, and is given again only when that is still the same: then its rows are compared,
and neither its tree is built nor its markup made.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import current_app
from flask.sansio.blueprints import BlueprintSetupState
from markupsafe import Markup

from blog.comments.faces import face_of
from blog.comments.jsonld import comments_of
from blog.comments.queries import PageRow, ThreadsPage, public_names
from blog.comments.threads import Shown, build_tree
from blog.web.shelf import Shelf

MOST_BYTES = 4 * 1024 * 1024
# What a row of a kept thread weighs besides its texts, roughly.
OVERHEAD = 1_000


class Place(NamedTuple):
    """Where threads are drawn: what they are made from besides their comments."""

    post_path: str
    is_open: bool
    max_depth: int
    base_url: str
    # Which of the pages of one thread it is; 0 on the page of a post, where a long thread says how
    # many of its replies stand on its own pages.
    page_of_thread: int = 0


class Source(NamedTuple):
    """All that a thread is drawn from; ``rows`` begin with its first comment."""

    place: Place
    is_pinned: bool
    rows: tuple[PageRow, ...]

    @property
    def key(self) -> tuple[int, int]:
        """The thread, and which of its pages it is."""
        return self.rows[0].id, self.place.page_of_thread


@dataclass(frozen=True, slots=True)
class Drawn:
    """A thread's markup, its public comments as JSON, and what they were made from."""

    source: Source
    markup: Markup
    data: Markup

    @property
    def weight(self) -> int:
        """How many bytes it takes, roughly."""
        texts = sum(sys.getsizeof(row.html) + OVERHEAD for row in self.source.rows)
        return texts + sys.getsizeof(self.markup) + sys.getsizeof(self.data)


def keep_drawn(state: BlueprintSetupState) -> None:
    """Give the app its store of drawn threads."""
    state.app.extensions["blog_drawn_threads"] = Shelf[tuple[int, int], Drawn]()


def draw(
    page: ThreadsPage,
    place: Place,
    *,
    pinned: int | None = None,
    extra: Sequence[PageRow] = (),
    receipts: Mapping[int, str],
) -> list[Drawn]:
    """The threads of a page in their order.

    ``extra`` are held comments shown to their author alone; those whose thread is not on this page
    come last. ``receipts`` are the last parts of the addresses of the reader's own receipts.
    """
    replies, held = _by_thread(page.replies), _by_thread(extra)
    threads: list[Drawn | _Fresh] = []
    for root in page.roots:
        source = Source(place, root.id == pinned, (root, *replies.get(root.id, ())))
        own = held.pop(root.id, [])
        is_own = bool(own) or any(row.id in receipts for row in source.rows)
        again = None if is_own else _as_before(source)
        threads.append(again or _Fresh(source, own, is_own=is_own))
    if held:
        rest = [row for rows_of_one in held.values() for row in rows_of_one]
        threads.append(_Fresh(Source(place, False, ()), rest, is_own=True))
    names = public_names(number for one in threads if isinstance(one, _Fresh) for number in one.far)
    return [one if isinstance(one, Drawn) else _draw(one, names, receipts) for one in threads]


class _Fresh:
    """A thread that is to be drawn."""

    def __init__(self, source: Source, extra: Sequence[PageRow], *, is_own: bool) -> None:
        self.source, self.is_own = source, is_own
        self.tree = _tree(source, extra)
        self.here = {shown.id: shown for shown in walk(self.tree)}
        answered = (shown.answered_id for shown in self.here.values())
        # Those that are answered here and stand elsewhere, so that their names are asked for.
        self.far = {number for number in answered if number is not None and number not in self.here}


def _by_thread(rows: Iterable[PageRow]) -> dict[int, list[PageRow]]:
    threads: dict[int, list[PageRow]] = defaultdict(list)
    for row in rows:
        threads[row.root_id or row.id].append(row)
    return threads


def _as_before(source: Source) -> Drawn | None:
    """What was drawn from the same before."""
    drawn = _kept().get(source.key)
    return drawn if drawn is not None and drawn.source == source else None


def _kept() -> Shelf[tuple[int, int], Drawn]:
    kept: Shelf[tuple[int, int], Drawn] = current_app.extensions["blog_drawn_threads"]
    return kept


def _tree(source: Source, extra: Sequence[PageRow]) -> list[Shown]:
    place, is_pinned, rows = source
    tree = build_tree(ThreadsPage(rows[:1], rows[1:]), max_depth=place.max_depth, extra=extra)
    first = tree[0]
    first.is_pinned = is_pinned
    if place.page_of_thread:
        first.replies_left = 0
    return tree


def _draw(fresh: _Fresh, names: Mapping[int, str], receipts: Mapping[int, str]) -> Drawn:
    place = fresh.source.place
    for shown in fresh.here.values():
        _name_the_answered(shown, fresh.here, names)
        if not shown.is_tombstone:
            shown.face = face_of(shown.person_id, shown.author)
            shown.receipt = receipts.get(shown.id, "")
    macros: Any = current_app.jinja_env.get_template("comments/_comment.html").module
    drawn = Drawn(
        fresh.source,
        macros.comment_list(fresh.tree, place.is_open, place.post_path),
        macros.comment_data(comments_of(fresh.tree, place.base_url)),
    )
    # What shows one reader's own is nobody else's; names from elsewhere may change unseen.
    if not fresh.is_own and not fresh.far:
        _kept().put(fresh.source.key, drawn, MOST_BYTES)
    return drawn


def _name_the_answered(shown: Shown, here: Mapping[int, Shown], names: Mapping[int, str]) -> None:
    """Fill in the name for "in reply to"."""
    number = shown.answered_id
    if number is None:
        return
    shown.answered_href = href_of(number, here)
    near = here.get(number)
    if near is None:
        shown.answered_name = names.get(number)
    elif not near.is_tombstone and not near.is_awaiting:
        shown.answered_name = near.author


def href_of(comment_id: int, here: Container[int]) -> str:
    """To a comment on this page, or to its permalink, which finds it elsewhere."""
    return f"#comment-{comment_id}" if comment_id in here else f"/comments/{comment_id}"


def walk(tree: Sequence[Shown]) -> Iterable[Shown]:
    """Every comment of the tree, parents first."""
    stack = list(reversed(tree))
    while stack:
        shown = stack.pop()
        yield shown
        stack.extend(reversed(shown.replies))
