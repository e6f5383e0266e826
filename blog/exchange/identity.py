"""Which thing of another blog is which here: what came before, and what number each thing gets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from sqlalchemy import func, insert, select, text

from blog.comments.models import Comment
from blog.db import db, is_sqlite, run
from blog.exchange.models import ImportedItem
from blog.exchange.wxr import WxrSite
from blog.posts.models import Post

LONGEST_SOURCE = 300
# Numbers are 32 bits wide on PostgreSQL; what is left above is for what is written here later.
HIGHEST_KEPT = 2_000_000_000
LOOKED_UP_AT_ONCE = 500


def source_of(site: WxrSite) -> str:
    """A name for the blog that a file comes from, the same for each of its exports."""
    for address in (site.base_blog_url, site.link, site.base_site_url):
        try:
            parts = urlsplit(address.strip())
        except ValueError:
            continue
        if parts.netloc:
            # Without the scheme: a blog that moved to https is still the same.
            return (parts.netloc.lower() + parts.path.rstrip("/"))[:LONGEST_SOURCE]
    return f"title:{site.title.strip()}"[:LONGEST_SOURCE]


def digest_of(*parts: str) -> str:
    """What identifies a thing that has no number of its own: its content."""
    return "digest:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()


class Ledger:
    """The record of what came from one blog."""

    def __init__(self, source: str) -> None:
        self._source = source

    def known(self, kind: str, old_ids: Iterable[str]) -> dict[str, int]:
        """The numbers here of those that came before, also of those deleted since."""
        wanted = sorted(set(old_ids))
        found: dict[str, int] = {}
        for start in range(0, len(wanted), LOOKED_UP_AT_ONCE):
            rows = db.session.execute(
                select(ImportedItem.old_id, ImportedItem.new_id).where(
                    ImportedItem.source == self._source,
                    ImportedItem.kind == kind,
                    ImportedItem.old_id.in_(wanted[start : start + LOOKED_UP_AT_ONCE]),
                )
            )
            found.update((old_id, new_id) for old_id, new_id in rows)
        return found

    def record(self, kind: str, numbers: Mapping[str, int]) -> None:
        """Remember that these came, each with its number here."""
        if numbers:
            rows = [
                {"source": self._source, "kind": kind, "old_id": old_id, "new_id": new_id}
                for old_id, new_id in numbers.items()
            ]
            run(insert(ImportedItem), rows)


class Numbers:
    """Numbers for new rows of a table: the old blog's where they are free.

    ``highest_in_file`` is asked only when a number is not free: new numbers begin above all those
    that may still come, so that one collision does not push all later things off their numbers.
    """

    def __init__(
        self, table: type[Post] | type[Comment], highest_in_file: Callable[[], int]
    ) -> None:
        self._table = table
        self._highest_in_file = highest_in_file
        self._next = 0

    def taken(self, wanted: Sequence[int]) -> set[int]:
        """Those of these numbers that stand in the table."""
        possible = [number for number in wanted if number <= HIGHEST_KEPT]
        return set(db.session.scalars(select(self._table.id).where(self._table.id.in_(possible))))

    def number_for(self, wanted: int | None, taken: set[int]) -> int:
        """``wanted`` if it may be kept, else a new number; either is added to ``taken``."""
        if wanted is not None and 0 < wanted <= HIGHEST_KEPT and wanted not in taken:
            number = wanted
        else:
            self._next = self._next or max(self._highest_given(), self._highest_in_file()) + 1
            number = self._next
            self._next += 1
        taken.add(number)
        return number

    def _highest_given(self) -> int:
        """The highest number ever given in the table, also to what is deleted by now."""
        name = self._table.__tablename__
        highest = db.session.scalar(select(func.max(self._table.id))) or 0
        if is_sqlite():
            query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        else:
            query = text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:name, 'id'))")
        return max(highest, db.session.scalar(query, {"name": name}) or 0)

    def settle(self) -> None:
        """Let the database give numbers above these from now on; SQLite does so by itself."""
        if not is_sqlite():
            move = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :highest)")
            highest = self._highest_given()
            if highest:
                db.session.execute(move, {"name": self._table.__tablename__, "highest": highest})
