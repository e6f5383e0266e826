"""Similar posts: found by telling words, kept both ways, never worked out on reading."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from blog.clock import now
from blog.db import db
from blog.posts.models import Post, PostKind, PostStatus, SimilarPost
from blog.posts.queries import similar
from blog.posts.similar import refresh_similar
from tests.factories import make_post

BREAD = "Flour, water, salt and yeast; the dough rests, then the oven makes a loaf of bread of it."
TRAINS = "The locomotive pulls its carriages over the viaduct, and the signals of the railway turn."


def slugs_near(post: Post) -> list[str]:
    return [link.slug for link in similar(post, now())]


@pytest.fixture
def posts(app: Flask) -> dict[str, Post]:
    made = {
        "bread": make_post("bread", title="Sourdough bread", source=BREAD),
        "rolls": make_post("rolls", title="Rolls", source=f"Smaller than bread. {BREAD}"),
        "oven": make_post("oven", title="An oven", source="An oven for loaf and dough."),
        "trains": make_post("trains", title="Railways", source=TRAINS),
        "signals": make_post("signals", title="Railway signals", source=TRAINS),
    }
    refresh_similar([post.id for post in made.values()])
    db.session.commit()
    return made


def test_posts_on_one_subject_find_each_other(posts: dict[str, Post]) -> None:
    assert slugs_near(posts["bread"])[:2] == ["rolls", "oven"]
    assert slugs_near(posts["trains"]) == ["signals"]
    assert slugs_near(posts["signals"]) == ["trains"]


def test_no_post_is_similar_to_itself(posts: dict[str, Post]) -> None:
    own = select(func.count()).where(SimilarPost.post_id == SimilarPost.similar_id)
    assert db.session.scalar(own) == 0


def test_a_new_post_enters_the_lists_of_its_neighbours(posts: dict[str, Post]) -> None:
    branch = make_post("branch", title="A branch line", source=f"{TRAINS} {TRAINS}")
    refresh_similar([branch.id])
    assert set(slugs_near(branch)) == {"trains", "signals"}
    assert "branch" in slugs_near(posts["trains"])
    assert "branch" in slugs_near(posts["signals"])


def test_a_post_that_becomes_a_draft_or_changes_subject_leaves_all_lists(
    posts: dict[str, Post],
) -> None:
    make_post("signals", title="Railway signals", source=TRAINS, status=PostStatus.DRAFT)
    refresh_similar([posts["signals"].id])
    assert slugs_near(posts["trains"]) == []
    make_post("rolls", title="Clouds", source="Cumulus and cirrus.")
    refresh_similar([posts["rolls"].id])
    assert slugs_near(posts["bread"]) == ["oven"]
    assert slugs_near(posts["rolls"]) == []


def test_pages_are_never_similar(posts: dict[str, Post]) -> None:
    page = make_post("about", title="About bread", source=BREAD, kind=PostKind.PAGE)
    refresh_similar([page.id])
    assert slugs_near(page) == []
    assert "about" not in slugs_near(posts["bread"])


def test_a_scheduled_neighbour_shows_when_its_time_has_come(posts: dict[str, Post]) -> None:
    later = now() + timedelta(days=1)
    coming = make_post("coming", title="Sourdough bread II", source=BREAD, published_at=later)
    refresh_similar([coming.id])
    assert "coming" not in slugs_near(posts["bread"])
    found = [link.slug for link in similar(posts["bread"], later)]
    assert "coming" in found


def test_a_word_in_most_posts_leads_nowhere(app: Flask) -> None:
    subjects = ["apples", "bridges", "clouds", "drums", "eels", "ferns", "goats", "hats", "ink"]
    posts = [make_post(f"on-{word}", source=f"Everyday remarks on {word}.") for word in subjects]
    last = make_post("more-ink", title="Blots", source="Everyday remarks on ink again.")
    refresh_similar([post.id for post in [*posts, last]])
    assert slugs_near(last) == ["on-ink"]
    assert slugs_near(posts[0]) == []


def test_refreshing_again_writes_nothing(posts: dict[str, Post]) -> None:
    order = select(SimilarPost.post_id, SimilarPost.position, SimilarPost.similar_id).order_by(
        SimilarPost.post_id, SimilarPost.position
    )
    before = db.session.execute(order).all()
    refresh_similar([post.id for post in posts.values()])
    assert db.session.execute(order).all() == before


def test_nothing_to_say_is_similar_to_nothing(app: Flask) -> None:
    empty = make_post("empty", title="!!!", source="…")
    refresh_similar([empty.id])
    refresh_similar([])
    assert slugs_near(empty) == []
