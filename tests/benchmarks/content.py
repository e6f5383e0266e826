"""Blogs to measure: any number of comments, copied by the database past the form.

One comment is left as a reader leaves it; the rest are copies of its row, made by INSERT … SELECT,
so that a million take seconds and a new column of the table is copied without a word here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import func, insert, select, text

from blog.accounts.models import Role
from blog.clock import now as clock_now
from blog.comments.counting import recount
from blog.comments.models import Comment, CommentStatus, Person
from blog.db import begin_write, db, is_sqlite
from blog.exchange.identity import Numbers
from blog.posts.models import Post
from tests.factories import make_comment, make_post, make_staff, set_setting

TEXT = "A remark of ordinary length, with a *stressed* word and `some code` in it. " * 4
PARAGRAPH = "A post of ordinary length says what it has to say in a few *plain* paragraphs. " * 6
SOURCE = "\n\n".join([PARAGRAPH] * 8)
MODERATOR = "moderator@staff.example"
SMALL = 100  # comments on the post that all else is compared with; one page shows them all
LEVELS_BELOW = 10  # of the long thread, so that it is eleven levels deep
COMMENTS_PER_PERSON = 20
COMMENTS_PER_POST = 5_000
# When the copies were left: one a second, all before the blog was made, and none so long ago that
# retention would forget anything of them while something else is measured.
DAYS_AGO = 13
MOMENTS = {
    True: "strftime('%Y-%m-%d %H:%M:%S.000000', '{start}', {seconds} || ' seconds')",
    False: "timestamptz '{start}+00' + {seconds} * interval '1 second'",
}


class Maker:
    """Fills one blog: use it inside the app's context, and call :meth:`finish` at the end."""

    def __init__(self) -> None:
        set_setting("comments.flood_seconds", "0")
        make_staff(Role.ADMIN, MODERATOR)
        self._start = f"{clock_now() - timedelta(days=DAYS_AGO):%Y-%m-%d %H:%M:%S}"
        self._post_id = make_post("pattern", source=SOURCE).id
        pattern = make_comment(db.session.get_one(Post, self._post_id), text=TEXT)
        self._pattern_id = pattern.id
        self._first_person, self._people = pattern.person_id or 0, 1
        begin_write()
        if not is_sqlite():
            # A million rows take longer than a page may, and are right without being looked up.
            db.session.execute(text("SET LOCAL statement_timeout = 0"))
            db.session.execute(text("SET LOCAL session_replication_role = replica"))

    def people(self, count: int) -> None:
        """Make so many people; the comments made from here on are spread over them."""
        sealed = db.session.get_one(Person, self._first_person).address_sealed
        now, first = clock_now(), _next(Person)
        rows = [
            {
                "id": first + number,
                "address_index": secrets.token_bytes(20),
                "address_sealed": sealed,
                "first_seen_at": now,
            }
            for number in range(count)
        ]
        db.session.connection().execute(insert(Person), rows)
        self._first_person, self._people = first, count

    def posts(self, slug: str, count: int = 1) -> int:
        """So many live posts, named `slug` and then `slug-<n>`; returns the number of the first."""
        first = _next(Post)
        values = {
            "id": f"{first} + n",
            "slug": f"CASE WHEN n = 0 THEN '{slug}' ELSE '{slug}-' || n END",
            "comment_count": "0",
            "thread_count": "0",
        }
        _copy(Post, self._post_id, count, values)
        return first

    def conversation(
        self,
        post_id: int,
        count: int,
        *,
        status: CommentStatus = CommentStatus.APPROVED,
        per_post: int | None = None,
        after: int = 0,
    ) -> None:
        """Comments in groups of four: two threads, and two replies in the first of them.

        With ``per_post`` they go on to the posts that follow, so many on each. The first was left
        so many seconds ``after`` the first of all.
        """
        first = _next(Comment)
        is_public = status == CommentStatus.APPROVED
        self._add(
            count,
            after,
            id=f"{first} + n",
            post_id=f"{post_id} + n / {per_post}" if per_post else f"{post_id}",
            parent_id=f"CASE n % 4 WHEN 2 THEN {first} + n - 2 WHEN 3 THEN {first} + n - 1 END",
            root_id=f"CASE WHEN n % 4 > 1 THEN {first} + n - n % 4 END",
            depth="CASE n % 4 WHEN 2 THEN 2 WHEN 3 THEN 3 ELSE 1 END",
            thread_public="CASE n % 4 WHEN 0 THEN 3 WHEN 1 THEN 1 ELSE 0 END" if is_public else "0",
            status=f"'{status.value}'",
        )

    def waiting(self, post_id: int, count: int) -> None:
        """Held first comments."""
        self._add(
            count,
            0,
            id=f"{_next(Comment)} + n",
            post_id=f"{post_id}",
            thread_public="0",
            status=f"'{CommentStatus.PENDING.value}'",
        )

    def long_thread(self, post_id: int, replies: int, *, after: int = 0) -> None:
        """One thread with so many replies, eleven levels deep."""
        first, level = _next(Comment), f"(n - 1) % {LEVELS_BELOW}"
        self._add(
            replies + 1,
            after,
            id=f"{first} + n",
            post_id=f"{post_id}",
            parent_id=f"CASE WHEN n = 0 THEN NULL WHEN {level} = 0 THEN {first} "
            f"ELSE {first} + n - 1 END",
            root_id=f"CASE WHEN n > 0 THEN {first} END",
            depth=f"CASE WHEN n = 0 THEN 1 ELSE {level} + 2 END",
            thread_public=f"CASE WHEN n = 0 THEN {replies + 1} ELSE 0 END",
            status=f"'{CommentStatus.APPROVED.value}'",
        )

    def finish(self) -> None:
        """Count and commit."""
        Numbers(Comment, lambda: 0).settle()
        Numbers(Post, lambda: 0).settle()
        _settle_people()
        recount()
        db.session.commit()
        if not is_sqlite():
            # What the server does by itself after a while; SQLite has nothing like it.
            with db.engine.begin() as connection:
                connection.execute(text("ANALYZE"))

    def _add(self, count: int, after: int, **values: str) -> None:
        at = MOMENTS[is_sqlite()].format(start=self._start, seconds=f"({after} + n)")
        fixed = {
            "person_id": f"{self._first_person} + n % {self._people}",
            "created_at": at,
            "status_at": at,
            "fingerprint": "NULL",
            "ip_index": "NULL",
            "ip_sealed": "NULL",
        }
        _copy(Comment, self._pattern_id, count, fixed | values)


def make_crowd(maker: Maker, comments: int) -> None:
    """So many comments by others, spread over posts of their own; one of a hundred is spam."""
    maker.people(max(50, comments // COMMENTS_PER_PERSON))
    spam = comments // 100
    first = maker.posts("crowd", comments // COMMENTS_PER_POST + 1)
    maker.conversation(first, comments - spam, per_post=COMMENTS_PER_POST)
    maker.conversation(first, spam, status=CommentStatus.SPAM)


def _next(table: type[Comment | Post | Person]) -> int:
    return (db.session.scalar(select(func.max(table.id))) or 0) + 1


def _settle_people() -> None:
    """On PostgreSQL numbers come from a sequence, which rows with numbers of their own pass by."""
    if not is_sqlite():
        db.session.execute(
            text("SELECT setval(pg_get_serial_sequence('person', 'id'), max(id)) FROM person")
        )


def _copy(
    table: type[Comment | Post], pattern_id: int, count: int, values: Mapping[str, str]
) -> None:
    """Insert copies of one row; ``values`` are SQL in which n counts the copies from 0."""
    names = [column.name for column in table.__table__.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    copied = ", ".join(values.get(name, f'pattern."{name}"') for name in names)
    db.session.execute(
        text(
            "WITH RECURSIVE counted(n) AS "
            "(SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < :count) "
            f"INSERT INTO {table.__tablename__} ({columns}) SELECT {copied} "
            f"FROM counted CROSS JOIN {table.__tablename__} AS pattern WHERE pattern.id = :pattern"
        ),
        {"count": count, "pattern": pattern_id},
    )
