"""From rows to a tree: grouped by parent first, drawn no deeper than the setting says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from blog.comments.queries import PageRow, ThreadsPage


@dataclass(slots=True)
class Shown:
    """A comment as a page draws it."""

    id: int
    author: str
    url: str
    created_at: datetime
    edited_at: datetime | None
    type: str
    html: str
    old_text: str
    depth: int
    person_id: int | None = None
    # The picture beside the name, as the data of an SVG path.
    face: str = ""
    is_tombstone: bool = False
    is_awaiting: bool = False
    # Written by somebody of the staff; changed by one; kept in the first place by one.
    is_staff: bool = False
    is_edited_by_staff: bool = False
    is_pinned: bool = False
    # Where a reply to this one goes: itself, or the comment above it at the deepest level.
    reply_parent_id: int | None = None
    can_be_answered: bool = True
    # Whom it answers, where its place does not tell.
    answered_id: int | None = None
    answered_name: str | None = None
    answered_href: str = ""
    # The reader's own: the last part of its receipt's address.
    receipt: str = ""
    # On the first comment of a thread: how many replies stand on its own pages only.
    replies_left: int = 0
    replies: list[Shown] = field(default_factory=list)

    @property
    def was_edited_after_replies(self) -> bool:
        """Whether some replies under it answer an earlier wording."""
        edited_at = self.edited_at
        return edited_at is not None and any(r.created_at < edited_at for r in self.replies)


def build_tree(page: ThreadsPage, *, max_depth: int, extra: Sequence[PageRow] = ()) -> list[Shown]:
    """The threads of a page, each with its replies nested.

    ``extra`` are held comments shown to their author alone; one whose thread is not on this page
    comes last. A reply whose parent is on another page of the thread hangs under the first comment;
    below ``max_depth`` (0: no limit) replies stand side by side; both say whom they answer. Not
    recursive: a thread may be thousands deep.
    """
    rows = {row.id: row for row in (*page.roots, *page.replies)}
    waiting = {row.id: row for row in extra if row.id not in rows}
    children: dict[int | None, list[PageRow]] = defaultdict(list)
    for row in (*page.replies, *waiting.values()):
        homes_of_row = (row.parent_id, row.root_id)
        children[next((n for n in homes_of_row if n in rows or n in waiting), None)].append(row)
    left = _replies_left(page)
    tree: list[Shown] = []
    homes: dict[int, list[Shown]] = {}
    stack: list[tuple[PageRow, Shown | None]] = [
        (row, None) for row in reversed([*page.roots, *children[None]])
    ]
    while stack:
        row, above = stack.pop()
        shown = _shown(row, above, max_depth, awaiting=row.id in waiting)
        if above is None:
            home = tree
        elif above.depth < shown.depth:
            home = above.replies
        else:
            home = homes[above.id]  # at the deepest level replies stand side by side
        home.append(shown)
        homes[shown.id] = home
        shown.replies_left = left.get(row.id, 0)
        stack.extend((child, shown) for child in reversed(children[row.id]))
    return tree


def _shown(row: PageRow, above: Shown | None, max_depth: int, *, awaiting: bool) -> Shown:
    depth = 1 if above is None else above.depth + 1
    flattened = bool(max_depth) and depth > max_depth
    depth = max_depth if flattened else depth
    public = bool(row.is_public)
    shown = Shown(
        id=row.id,
        author=row.author,
        url=row.url,
        created_at=row.created_at,
        edited_at=row.edited_at,
        type=str(row.type),
        html=row.html if public or awaiting else "",
        old_text=row.old_text if public or awaiting else "",
        depth=depth,
        person_id=row.person_id,
        is_tombstone=not public and not awaiting,
        is_awaiting=awaiting,
        is_staff=bool(row.is_staff),
        is_edited_by_staff=row.edited_by.startswith("staff:"),
        can_be_answered=public,
    )
    at_limit = bool(max_depth) and depth >= max_depth
    if public and not at_limit:
        shown.reply_parent_id = row.id
    elif above is not None:
        is_home = above.can_be_answered and above.depth < depth
        shown.reply_parent_id = above.id if is_home else above.reply_parent_id
    if row.answers_id is not None:
        shown.answered_id = row.answers_id
    elif above is not None and (flattened or row.parent_id != above.id):
        shown.answered_id = row.parent_id
    return shown


def _replies_left(page: ThreadsPage) -> dict[int, int]:
    """Of the threads that are not here as a whole, how many of their public replies are missing."""
    here = Counter(row.root_id for row in page.replies if row.is_public)
    counts = ((row.id, row.thread_public - row.is_public - here[row.id]) for row in page.roots)
    return {root_id: count for root_id, count in counts if count > 0}
