"""Made-up posts and comments in any number, for trying and measuring; a seed repeats them."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from blog.comments.counting import recount
from blog.comments.models import COMMENT_IP, PERSON_ADDRESS, Comment, CommentStatus, Person
from blog.db import db, upsert
from blog.exchange.identity import Numbers
from blog.markup import POLICY_VERSION, render_comment, render_post
from blog.naming import slugify
from blog.posts.models import PostStatus
from blog.posts.operations import PostValues, free_slug, save_post
from blog.posts.similar import refresh_similar
from blog.sealing import sealer

AT_ONCE = 1_000
TEXTS = 400
PEOPLE = 300
DEEPEST = 5
# Of a hundred comments so many are approved, wait, are spam, lie in the trash.
STATUSES: tuple[tuple[CommentStatus, int], ...] = (
    (CommentStatus.APPROVED, 90),
    (CommentStatus.PENDING, 5),
    (CommentStatus.SPAM, 4),
    (CommentStatus.TRASH, 1),
)
WORDS = [
    "answer",
    "autumn",
    "bridge",
    "careful",
    "chapter",
    "corner",
    "country",
    "draft",
    "early",
    "evening",
    "example",
    "first",
    "garden",
    "harbour",
    "honest",
    "hour",
    "kitchen",
    "ladder",
    "letter",
    "light",
    "market",
    "meeting",
    "morning",
    "neighbour",
    "notebook",
    "number",
    "often",
    "orchard",
    "paper",
    "patient",
    "question",
    "quiet",
    "reason",
    "river",
    "second",
    "simple",
    "slow",
    "story",
    "street",
    "summer",
    "table",
    "teacher",
    "thought",
    "train",
    "usual",
    "village",
    "voice",
    "water",
    "window",
    "winter",
    "work",
]
NAMES = [
    "Ada",
    "Bea",
    "Cyril",
    "Dora",
    "Emil",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "June",
    "Karl",
    "Lena",
    "Milo",
    "Nora",
    "Otto",
    "Pia",
    "Rosa",
    "Sam",
]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reply may stand."""

    id: int
    root_id: int | None
    depth: int


def make_content(
    posts: int, comments: int, *, seed: int, now: datetime, progress: Callable[[int], None]
) -> None:
    """Make so many posts, and comments spread over them; the caller commits.

    ``progress`` is told how many of all were made since it was told last.
    """
    dice = random.Random(seed)  # noqa: S311 - nothing secret hangs on it
    post_ids = _make_posts(posts, dice, now, progress)
    if post_ids and comments:
        people = _make_people(dice, now)
        _make_comments(comments, post_ids, people, dice=dice, now=now, progress=progress)
    recount()


def _make_posts(
    count: int, dice: random.Random, now: datetime, progress: Callable[[int], None]
) -> list[int]:
    made = []
    for number in range(1, count + 1):
        title = " ".join(dice.sample(WORDS, 4)).capitalize()
        source = "\n\n".join(_paragraph(dice) for _ in range(dice.randint(4, 9)))
        post, _ = save_post(
            PostValues(
                slug=free_slug(slugify(title)),
                title=title,
                source=source,
                html=render_post(source),
                status=PostStatus.PUBLISHED,
                published_at=now - timedelta(days=count - number + 1),
                author_name=dice.choice(NAMES),
                tags=tuple(dice.sample(WORDS[:12], 2)),
            ),
            now=now,
        )
        made.append(post.id)
        progress(1)
    refresh_similar(made)
    return made


def _paragraph(dice: random.Random) -> str:
    words = dice.choices(WORDS, k=dice.randint(12, 60))
    words[dice.randrange(len(words))] = f"*{dice.choice(WORDS)}*"
    return " ".join(words).capitalize() + "."


def _make_people(dice: random.Random, now: datetime) -> list[tuple[int, str]]:
    """Numbers and names of made-up people; the addresses are of a domain that cannot exist."""
    seal = sealer()
    people = []
    for number in range(PEOPLE):
        address = f"reader{number}@sample.example"
        index = seal.index(address, PERSON_ADDRESS)
        row = {
            "address_index": index,
            "address_sealed": seal.seal(address, PERSON_ADDRESS),
            "first_seen_at": now,
        }
        db.session.execute(
            upsert(Person)
            .values(**row)
            .on_conflict_do_nothing(index_elements=[Person.address_index])
        )
        found = db.session.scalar(select(Person.id).where(Person.address_index == index))
        people.append((found or 0, f"{dice.choice(NAMES)} {dice.choice(WORDS).capitalize()}"))
    return people


def _make_comments(
    count: int,
    post_ids: Sequence[int],
    people: Sequence[tuple[int, str]],
    *,
    dice: random.Random,
    now: datetime,
    progress: Callable[[int], None],
) -> None:
    """Insert in batches; each comment may answer one of the last few public ones of its post."""
    texts = [_paragraph(dice) for _ in range(TEXTS)]
    rendered = [render_comment(text) for text in texts]
    highest = db.session.scalar(select(func.max(Comment.id))) or 0
    open_places: dict[int, deque[_Place]] = {post_id: deque(maxlen=8) for post_id in post_ids}
    rows: list[dict[str, Any]] = []
    for number in range(1, count + 1):
        post_id = post_ids[dice.randrange(len(post_ids))]
        choice = dice.randrange(TEXTS)
        row = _row(dice, highest + number, post_id, open_places[post_id], people)
        row["created_at"] = row["status_at"] = now - timedelta(seconds=count - number)
        row["text"], row["html"] = texts[choice], rendered[choice]
        rows.append(row)
        if len(rows) == AT_ONCE or number == count:
            db.session.connection().execute(insert(Comment), rows)
            progress(len(rows))
            rows = []
    Numbers(Comment, lambda: 0).settle()


def _row(
    dice: random.Random,
    number: int,
    post_id: int,
    places: deque[_Place],
    people: Sequence[tuple[int, str]],
) -> dict[str, Any]:
    status = dice.choices([s for s, _ in STATUSES], [share for _, share in STATUSES])[0]
    above = dice.choice(places) if places and dice.random() < 0.45 else None
    person_id, name = dice.choice(people)
    ip, seal = f"198.51.100.{dice.randrange(1, 255)}", sealer()
    place = _Place(
        number, (above.root_id or above.id) if above else None, above.depth + 1 if above else 1
    )
    if status == CommentStatus.APPROVED and place.depth < DEEPEST:
        places.append(place)
    return {
        "id": number,
        "post_id": post_id,
        "parent_id": above.id if above else None,
        "root_id": place.root_id,
        "depth": place.depth,
        "status": status,
        "status_by": "sample",
        "author": name,
        "person_id": person_id,
        "ip_sealed": seal.seal(ip, COMMENT_IP),
        "ip_index": seal.index(ip, COMMENT_IP),
        "policy_version": POLICY_VERSION,
    }
