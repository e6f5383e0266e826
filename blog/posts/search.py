"""Full-text search by the database's own engine: FTS5 on SQLite, tsvector on PostgreSQL.

Whatever a reader types is cut into words here and handed over as parameters, so no character of it
is ever read as query syntax.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import regex
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)

from blog.db import db, is_sqlite
from blog.markup import plain_text
from blog.posts.models import Post

LONGEST_QUERY = 200
MOST_WORDS = 16
# to_tsvector refuses more than a megabyte; a book of this length is found by its beginning.
LONGEST_BODY = 200_000
# Title and tags weigh more than the text; PostgreSQL's array is of D, C, B, A, in the same ratio.
TITLE_WEIGHT, TAG_WEIGHT, BODY_WEIGHT = 8.0, 5.0, 1.0
RANK_WEIGHTS: ColumnElement[Any] = literal_column("'{0.125, 0.125, 0.625, 1.0}'::real[]")
ENGLISH: ColumnElement[Any] = literal_column("'english'::regconfig")

# Two private characters mark the matches in an excerpt; they are taken out of all other text.
MATCH_BEGINS, MATCH_ENDS = "\ue000", "\ue001"
EXCERPT_WORDS = 32
HEADLINE = (
    f"StartSel={MATCH_BEGINS}, StopSel={MATCH_ENDS}, "
    f"MaxWords={EXCERPT_WORDS}, MinWords={EXCERPT_WORDS // 2}"
)
TAG_OR_COMMENT = '<(?:[^>"]|"[^"]*")*>'

Found = Select[str, str, datetime | None, str]

_WORD = regex.compile(r"(?:[\p{L}\p{N}]\p{M}*)+")
_UNFIT = regex.compile(r"[\p{Cc}\p{Cs}\p{Co}]")

INDEX = table(
    "post_search",
    column("rowid", Integer),
    column("post_id", Integer),
    column("document", Text),
)
INDEX_COLUMN: ColumnElement[Any] = literal_column("post_search")


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A post that was found. The excerpt is plain text in parts, each told whether it matched."""

    slug: str
    title: str
    published_at: datetime | None
    excerpt: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of what was found, best first."""

    query: str
    hits: Sequence[SearchHit]
    total: int
    number: int
    per_page: int

    @property
    def pages(self) -> int:
        """How many pages there are; one when nothing was found."""
        return max(1, -(-self.total // self.per_page))


def words_of(text: str) -> list[str]:
    """The words of a text as both engines see them: runs of letters, marks and digits."""
    return [str(word) for word in _WORD.findall(text)]


def index_post(post: Post) -> None:
    """Bring the search index in step with a post that is in the database."""
    db.session.flush()
    values = {
        "post_id": post.id,
        "title": _indexable(post.title),
        "tags": _indexable(", ".join(tag.name for tag in post.tags)),
        "body": _indexable(plain_text(post.html))[:LONGEST_BODY],
    }
    if is_sqlite():
        db.session.execute(text("DELETE FROM post_search WHERE rowid = :post_id"), values)
        insert = "INSERT INTO post_search (rowid, title, tags, body) "
        db.session.execute(text(insert + "VALUES (:post_id, :title, :tags, :body)"), values)
    else:
        db.session.execute(text(_UPSERT_ON_POSTGRESQL), values)


_UPSERT_ON_POSTGRESQL = """
    INSERT INTO post_search (post_id, document) VALUES (
        :post_id,
        setweight(to_tsvector('english', :title), 'A')
        || setweight(to_tsvector('english', :tags), 'B')
        || setweight(to_tsvector('english', :body), 'D')
    )
    ON CONFLICT (post_id) DO UPDATE SET document = excluded.document
"""


def _indexable(value: str) -> str:
    return str(_UNFIT.sub(" ", value))


def search(q: str, *, now: datetime, page: int, per_page: int) -> SearchResult:
    """One page of the live posts that hold all words of ``q``, the last of them as a beginning.

    Any input is fine. What the engines have no words for (scripts without spaces, signs) is looked
    for letter by letter.
    """
    query = tidy_query(q)
    words = words_of(query)[:MOST_WORDS]
    if words:
        found = _page(_by_words(words, now), query, page, per_page)
        if found.total:
            return found
    if not query.isascii():
        return _page(_by_letters(query, now), query, page, per_page)
    return SearchResult(query, (), 0, page, per_page)


def tidy_query(q: str) -> str:
    """The part of a reader's input that is searched for."""
    return " ".join(_indexable(q[: LONGEST_QUERY * 4]).split())[:LONGEST_QUERY]


def _page(found: Found, query: str, page: int, per_page: int) -> SearchResult:
    total = db.session.scalar(
        select(func.count()).select_from(found.order_by(None).with_only_columns(Post.id).subquery())
    )
    hits: list[SearchHit] = []
    if total and 0 <= (page - 1) * per_page < total:
        rows = db.session.execute(found.limit(per_page).offset((page - 1) * per_page))
        hits = [
            SearchHit(slug, title, published_at, _parts(excerpt))
            for slug, title, published_at, excerpt in rows
        ]
    return SearchResult(query, hits, total or 0, page, per_page)


def _by_words(words: Sequence[str], now: datetime) -> Found:
    if is_sqlite():
        excerpt = func.snippet(INDEX_COLUMN, 2, MATCH_BEGINS, MATCH_ENDS, " … ", EXCERPT_WORDS)
        join, matches, rank = (
            INDEX.c.rowid == Post.id,
            fts5_match(" ".join(f'"{word}"' for word in words) + _begins(words[-1], "*")),
            fts5_rank(),
        )
    else:
        wanted = _tsquery_for_all(words)
        unmarked = func.translate(Post.html, MATCH_BEGINS + MATCH_ENDS, "")
        plain = func.regexp_replace(unmarked, TAG_OR_COMMENT, " ", "g")
        excerpt = func.ts_headline(ENGLISH, plain, wanted, HEADLINE)
        join, matches, rank = (
            INDEX.c.post_id == Post.id,
            INDEX.c.document.op("@@")(wanted),
            -func.ts_rank(RANK_WEIGHTS, INDEX.c.document, wanted, 1),
        )
    return (
        select(Post.slug, Post.title, Post.published_at, excerpt)
        .join(INDEX, join)
        .where(matches, Post.is_live(now))
        .order_by(rank, Post.published_at.desc(), Post.id.desc())
    )


def _begins(word: str, mark: str) -> str:
    """The mark of a beginning, but not behind a single Latin letter: half of all words match it."""
    return "" if word.isascii() and len(word) == 1 else mark


def fts5_match(expression: str) -> ColumnElement[bool]:
    """The condition that a row of SQLite's index matches an FTS5 expression."""
    return INDEX_COLUMN.op("MATCH", is_comparison=True)(expression)


def fts5_rank() -> ColumnElement[float]:
    """How well a row of SQLite's index matches; the smallest is the best."""
    return func.bm25(INDEX_COLUMN, TITLE_WEIGHT, TAG_WEIGHT, BODY_WEIGHT)


def _tsquery_for_all(words: Sequence[str]) -> ColumnElement[Any]:
    # Only letters, marks and digits are in a word, so quotes suffice to keep it one lexeme.
    wanted: ColumnElement[Any] = func.to_tsquery(
        ENGLISH, f"'{words[-1]}'" + _begins(words[-1], ":*")
    )
    for word in words[:-1]:
        wanted = wanted.op("&&")(func.plainto_tsquery(ENGLISH, word))
    return wanted


def _by_letters(query: str, now: datetime) -> Found:
    pieces = [
        or_(
            Post.title.contains(piece, autoescape=True),
            Post.html.contains(html.escape(piece, quote=False), autoescape=True),
        )
        for piece in query.split()[:MOST_WORDS]
    ]
    return (
        select(Post.slug, Post.title, Post.published_at, Post.summary)
        .where(and_(*pieces), Post.is_live(now))
        .order_by(Post.published_at.desc(), Post.id.desc())
    )


def _parts(excerpt: str) -> tuple[tuple[str, bool], ...]:
    """An engine's excerpt cut at its marks; HTML entities become the letters they stand for."""
    parts: list[tuple[str, bool]] = []
    for piece in " ".join(excerpt.split()).split(MATCH_BEGINS):
        matched, mark, rest = piece.partition(MATCH_ENDS)
        # Before the first mark there is no end mark, and all of the piece is ordinary text.
        parts += [(matched, True), (rest, False)] if mark else [(matched, False)]
    # PostgreSQL's excerpt is cut out of HTML, SQLite's out of the plain text of its index.
    read = str if is_sqlite() else html.unescape
    return tuple((read(part), is_match) for part, is_match in parts if part)
