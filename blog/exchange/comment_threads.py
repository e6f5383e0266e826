"""Puts comments into threads while they stream in, whatever order parents and replies come in.

A reply whose parent has not come yet is written as the start of a thread; when the last comment of
the post is there, such threads are hung where they belong, each with two statements.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from blog.comments.models import Comment
from blog.db import db
from blog.exchange.identity import LOOKED_UP_AT_ONCE, Ledger
from blog.exchange.report import Report
from blog.exchange.wxr import WxrComment

MISSING = "replies to a comment that is not under their post in the file, now first comments"
CIRCLE = "replies that answer each other in a circle, the first of them now a first comment"


class Node(NamedTuple):
    """Where a comment stands here; its root may be itself."""

    number: int
    parent_id: int | None
    root_id: int
    depth: int


@dataclass(slots=True)
class ThreadBuilder:
    """The threads of one post while its comments come."""

    post_id: int
    ledger: Ledger
    report: Report
    _nodes: dict[int, Node] = field(default_factory=dict)
    # Old number of the parent, by the number here of each reply that came before it.
    _early: dict[int, int] = field(default_factory=dict)
    _known: dict[int, int] = field(default_factory=dict)

    def place(self, number: int, comment: WxrComment, is_repeat: bool) -> Node:
        """The place of a new comment; a preliminary one when its parent has not come yet."""
        self._load_known()
        parent = self._nodes.get(comment.parent)
        if parent is not None:
            node = Node(number, parent.number, parent.root_id, parent.depth + 1)
        else:
            node = Node(number, None, number, 1)
            if comment.parent:
                self._early[number] = comment.parent
        if comment.id is not None and not is_repeat:
            self._nodes[comment.id] = node
        return node

    def remember(self, old_id: int, number: int) -> None:
        """A comment of an earlier import, which new ones may answer."""
        self._known[old_id] = number

    def finish(self) -> None:
        """Hang up the threads whose parents came late, or came with an earlier import."""
        if not self._early:
            return
        self._load_known()
        strangers = {old for old in self._early.values() if old not in self._nodes}
        numbers = self.ledger.known("comment", [str(old) for old in strangers])
        self._known.update({int(old): number for old, number in numbers.items()})
        self._load_known()
        links = self._links()
        moves = _Moves(links)
        rows = []
        for number, parent in links.items():
            root, depth = moves.place_of(parent)
            rows.append({"n": number, "parent": parent.number, "root": root, "shift": depth})
        _hang(rows)

    def _links(self) -> dict[int, Node]:
        """The parent of each early reply, without those that would close a circle.

        The last are linked first, so that a circle is cut at the comment that came first.
        """
        links: dict[int, Node] = {}
        heads: dict[int, int] = {}
        for number, old in reversed(self._early.items()):
            parent = self._nodes.get(old)
            if parent is None:
                self.report.change(MISSING, f"comment {number}")
            elif _head(parent.root_id, heads) == number:
                self.report.change(CIRCLE, f"comment {number}")
            else:
                links[number] = parent
                heads[number] = parent.root_id
        return links

    def _load_known(self) -> None:
        """Look up where comments of earlier imports stand; those deleted since stand nowhere."""
        if not self._known:
            return
        by_number = {number: old for old, number in self._known.items()}
        for node in _nodes_here(sorted(by_number), self.post_id):
            self._nodes.setdefault(by_number[node.number], node)
        self._known.clear()


class _Moves:
    """Where preliminary threads end up, each worked out once."""

    def __init__(self, links: dict[int, Node]) -> None:
        self._links = links
        self._settled: dict[int, tuple[int, int]] = {}

    def place_of(self, node: Node) -> tuple[int, int]:
        """The final root and depth of a comment."""
        way = []
        head = node.root_id
        while head in self._links and head not in self._settled:
            way.append(head)
            head = self._links[head].root_id
        for each in reversed(way):
            above = self._links[each]
            root, shift = self._settled.get(above.root_id, (above.root_id, 0))
            self._settled[each] = (root, shift + above.depth)
        root, shift = self._settled.get(node.root_id, (node.root_id, 0))
        return root, shift + node.depth


def _head(root: int, heads: dict[int, int]) -> int:
    """The start of the thread that this preliminary thread hangs in by now."""
    way = []
    while root in heads:
        way.append(root)
        root = heads[root]
    for each in way:
        # Shortens the way of the next one.
        heads[each] = root
    return root


def _nodes_here(numbers: list[int], post_id: int) -> Iterable[Node]:
    columns = (Comment.id, Comment.parent_id, Comment.root_id, Comment.depth)
    for start in range(0, len(numbers), LOOKED_UP_AT_ONCE):
        some = numbers[start : start + LOOKED_UP_AT_ONCE]
        for number, parent_id, root_id, depth in db.session.execute(
            select(*columns).where(Comment.id.in_(some), Comment.post_id == post_id)
        ):
            yield Node(number, parent_id, root_id or number, depth)


def _hang(rows: list[dict[str, int]]) -> None:
    if not rows:
        return
    connection = db.session.connection()
    table = Comment.__table__
    # The replies within it first: they are found by the root that they have until then.
    within = update(Comment).where(Comment.root_id == bindparam("n"))
    connection.execute(
        within.values(root_id=bindparam("root"), depth=table.c.depth + bindparam("shift")), rows
    )
    start = update(Comment).where(Comment.id == bindparam("n"))
    connection.execute(
        start.values(
            parent_id=bindparam("parent"),
            root_id=bindparam("root"),
            depth=table.c.depth + bindparam("shift"),
        ),
        rows,
    )
