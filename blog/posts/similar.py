"""Similar posts, found by the words a post shares with others; computed when posts change.

The most telling words of a post (often here, seldom elsewhere: tf-idf) are put to the search
engine as one question, and its best answers are kept. A page only reads what is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import log
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, delete, func, insert, literal, select, text, union_all
from sqlalchemy.orm import load_only, selectinload

from blog.db import db, is_sqlite
from blog.markup import plain_text
from blog.posts.models import Post, PostKind, PostStatus, SimilarPost
from blog.posts.search import (
    BODY_WEIGHT,
    ENGLISH,
    INDEX,
    LONGEST_BODY,
    RANK_WEIGHTS,
    TAG_WEIGHT,
    TITLE_WEIGHT,
    fts5_match,
    fts5_rank,
    words_of,
)
from blog.versions import site_changed

# More are kept than shown: some of them may still be scheduled when the page is read.
KEPT = 8
CANDIDATE_WORDS = 40
TELLING_WORDS = 12
SHORTEST_WORD = 3
# With fewer posts, a word in a third of them says something.
POSTS_TO_JUDGE_COMMON = 10
# A word in more posts than this tells little and costs much, however many posts there are.
COMMON_WORD_POSTS = 250
# On PostgreSQL so many posts that share the most words are ranked by what they say.
RANKED_POSTS = 40
# With few posts frequency cannot tell these apart from words that mean something.
_FUNCTION_WORDS = (
    "about after again all also and any are because been before being between both but "
    "can could did does down each even every few first for from had has have her here "
    "hers him his how into its just last like made make many may more most much must "
    "never new not now off one only other our out over own same said say says see she "
    "should since some still such than that the their them then there these they this "
    "those through too two under until use used very was way well were what when where "
    "which while who why will with without would yes you your"
)
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    weight: float


def refresh_similar(post_ids: Iterable[int], limit: int = KEPT) -> None:
    """Find anew what is similar to these posts, and to those that were or became their neighbours.

    Call it once, after the last of a batch is saved and indexed.
    """
    changed = set(post_ids)
    if not changed:
        return
    db.session.flush()
    neighbours = _listing(changed)
    counts = _PostCounts(db.session.scalar(select(func.count()).select_from(INDEX)) or 0)
    _use_index_only("off")
    for post_id in sorted(changed):
        neighbours.update(_refresh_one(post_id, counts, limit))
    for post_id in sorted(neighbours - changed):
        _refresh_one(post_id, counts, limit)
    _use_index_only("on")
    site_changed()


def _use_index_only(sequential: Literal["on", "off"]) -> None:
    # PostgreSQL holds reading every document for cheap, not counting that each lies outside its
    # row; with the index alone a word takes a fraction of a millisecond at any size.
    if not is_sqlite():
        db.session.execute(text(f"SET LOCAL enable_seqscan = {sequential}"))


def _listing(post_ids: set[int]) -> set[int]:
    """The posts whose lists show one of these."""
    found: set[int] = set()
    ordered = sorted(post_ids)
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        found.update(
            db.session.scalars(
                select(SimilarPost.post_id).where(SimilarPost.similar_id.in_(some)).distinct()
            )
        )
    return found


def _refresh_one(post_id: int, counts: _PostCounts, limit: int) -> list[int]:
    post = db.session.scalar(
        select(Post)
        .where(Post.id == post_id, Post.kind == PostKind.POST, Post.status == PostStatus.PUBLISHED)
        .options(load_only(Post.title, Post.html), selectinload(Post.tags))
    )
    nearest = _nearest(post, counts, limit) if post else []
    kept = list(
        db.session.scalars(
            select(SimilarPost.similar_id)
            .where(SimilarPost.post_id == post_id)
            .order_by(SimilarPost.position)
        )
    )
    if kept != nearest:
        db.session.execute(delete(SimilarPost).where(SimilarPost.post_id == post_id))
        if nearest:
            db.session.execute(
                insert(SimilarPost),
                [
                    {"post_id": post_id, "position": position, "similar_id": similar_id}
                    for position, similar_id in enumerate(nearest, start=1)
                ],
            )
    return nearest


def _nearest(post: Post, counts: _PostCounts, limit: int) -> list[int]:
    words = _telling(_candidates(post), counts)
    if not words:
        return []
    found = _nearest_on_sqlite(words) if is_sqlite() else _nearest_on_postgresql(words, post.id)
    return list(
        db.session.scalars(
            found.where(
                Post.kind == PostKind.POST,
                Post.status == PostStatus.PUBLISHED,
                Post.id != post.id,
            ).limit(limit)
        )
    )


def _candidates(post: Post) -> list[_Word]:
    """The heaviest words of a post; where a word stands matters more than how often."""
    body = Counter(_meaningful(plain_text(post.html)[:LONGEST_BODY]))
    weights = {word: BODY_WEIGHT * (1 + log(count)) for word, count in body.items()}
    tags = " ".join(tag.name for tag in post.tags)
    for words, weight in ((post.title, TITLE_WEIGHT), (tags, TAG_WEIGHT)):
        for word in set(_meaningful(words)):
            weights[word] = weights.get(word, 0.0) + weight
    heaviest = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:CANDIDATE_WORDS]
    return [_Word(word, weight) for word, weight in heaviest]


def _meaningful(words: str) -> list[str]:
    return [
        word
        for word in words_of(words.lower())
        if len(word) >= SHORTEST_WORD and not word.isdecimal() and word not in FUNCTION_WORDS
    ]


class _PostCounts:
    """In how many posts words stand, in any of their forms; asked for each word once in a batch."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.most = min(COMMON_WORD_POSTS, total / 3 if total >= POSTS_TO_JUDGE_COMMON else total)
        self._known: dict[str, int] = {}

    def of(self, words: Sequence[str]) -> dict[str, int]:
        """The counts of these words; counting stops where a word is too common to be of use."""
        asked = [word for word in words if word not in self._known]
        if asked:
            rows = db.session.execute(union_all(*map(self._count, asked)))
            self._known.update({str(word): int(count) for word, count in rows})
        return {word: self._known[word] for word in words}

    def _count(self, word: str) -> Select[str, int]:
        some = select(literal(1)).select_from(INDEX).where(_holds(word))
        enough = some.limit(int(self.most) + 1).subquery()
        count = select(func.count()).select_from(enough).scalar_subquery()
        return select(literal(word), count)


def _holds(word: str) -> ColumnElement[bool]:
    if is_sqlite():
        return fts5_match(f'"{word}"')
    return INDEX.c.document.op("@@", is_comparison=True)(_tsquery(word))


def _tsquery(word: str) -> ColumnElement[Any]:
    return func.plainto_tsquery(ENGLISH, word)


def _telling(candidates: Sequence[_Word], counts: _PostCounts) -> list[_Word]:
    """The few words that tell this post from most, each with its weight against rarity."""
    found = counts.of([word.text for word in candidates])
    scored: dict[tuple[str, int], _Word] = {}
    for word in candidates:
        count = found[word.text]
        # A word of this post alone leads nowhere; one of many posts leads everywhere.
        if not 2 <= count <= counts.most:
            continue
        # "interview" and "interviews" are one lexeme to the engine: the same beginning in the same
        # number of posts. Asked for twice, it would count twice.
        stem = (word.text[:5], count)
        score = word.weight * log(1 + counts.total / count)
        if stem not in scored or scored[stem].weight < score:
            scored[stem] = _Word(word.text, score)
    return sorted(scored.values(), key=lambda word: (-word.weight, word.text))[:TELLING_WORDS]


def _nearest_on_sqlite(words: Sequence[_Word]) -> Select[int]:
    any_word = fts5_match(" OR ".join(f'"{word.text}"' for word in words))
    return (
        select(Post.id)
        .join(INDEX, INDEX.c.rowid == Post.id)
        .where(any_word)
        .order_by(fts5_rank(), Post.id)
    )


def _nearest_on_postgresql(words: Sequence[_Word], own_id: int) -> Select[int]:
    """Posts that share the heaviest words by the index alone, then ranked by where they stand.

    ts_rank reads the whole document and knows nothing of how rare a word is, so it sees few posts
    and each word by itself.
    """
    holders = union_all(
        *(
            select(INDEX.c.post_id, literal(word.weight).label("weight")).where(_holds(word.text))
            for word in words
        )
    ).subquery()
    shared = (
        select(holders.c.post_id)
        .where(holders.c.post_id != own_id)
        .group_by(holders.c.post_id)
        .order_by(func.sum(holders.c.weight).desc(), holders.c.post_id)
        .limit(RANKED_POSTS)
    ).subquery()
    ranks: list[ColumnElement[Any]] = [
        word.weight * func.ts_rank(RANK_WEIGHTS, INDEX.c.document, _tsquery(word.text), 1)
        for word in words
    ]
    rank = reduce(lambda one, two: one + two, ranks)
    return (
        select(Post.id)
        .join(shared, shared.c.post_id == Post.id)
        .join(INDEX, INDEX.c.post_id == Post.id)
        .order_by(rank.desc(), Post.id)
    )
