"""From a Markdown file to a post: new, changed or the same, with its series, tags and links."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from blog.db import db
from blog.errors import Refusal
from blog.posts.models import Post, PostStatus, SeeAlso, Series, Tag
from blog.posts.publishing import publish_file, publish_files, render_again
from blog.posts.queries import post_by_slug
from tests.conftest import SettableClock
from tests.factories import make_post

HEAD = "title: The first\ndate: 2026-11-01\nseries: Walks\npart: 1\ntags: [Craft, paper]"


class Desk:
    """A folder of Markdown files, and the act of publishing from it."""

    def __init__(self, folder: Path, clock: SettableClock) -> None:
        self.folder, self.clock = folder, clock
        self.media = folder / "media"

    def write(self, name: str, head: str, body: str = "Some *text*.") -> Path:
        path = self.folder / name
        path.write_text(f"---\n{head}\n---\n{body}\n", encoding="utf-8")
        return path

    def publish(self, *paths: Path) -> list[str]:
        done = publish_files(
            paths, media_dir=self.media, default_comments_open=True, now=self.clock()
        )
        db.session.commit()
        return [each.outcome for each in done]


@pytest.fixture
def desk(app: Flask, tmp_path: Path, clock: SettableClock) -> Desk:
    folder = tmp_path / "desk"
    folder.mkdir()
    return Desk(folder, clock)


def test_a_file_becomes_a_post_with_series_and_tags(desk: Desk) -> None:
    path = desk.write("one.md", HEAD + "\nsee_also: [later]\nauthor: Robin\nslug: first")
    post, outcome = publish_file(
        path, media_dir=desk.media, default_comments_open=False, now=desk.clock()
    )
    db.session.commit()
    assert outcome == "new"
    assert (post.slug, post.title, post.author_name) == ("first", "The first", "Robin")
    assert post.html == "<p>Some <em>text</em>.</p>"
    assert post.summary == "Some text."
    assert post.published_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert post.series is not None
    assert (post.series.slug, post.part) == ("walks", 1)
    assert [tag.name for tag in post.tags] == ["Craft", "paper"]
    assert not post.comments_open
    assert list(db.session.scalars(select(SeeAlso.slug))) == ["later"]


def test_publishing_the_same_file_again_writes_nothing(desk: Desk) -> None:
    path = desk.write("one.md", HEAD)
    assert desk.publish(path) == ["new"]
    published = desk.clock.time
    desk.clock.move(days=1)
    outcome = publish_files(
        [path], media_dir=desk.media, default_comments_open=True, now=desk.clock()
    )[0].outcome
    assert outcome == "same"
    assert not db.session.dirty
    assert not db.session.new
    found = post_by_slug("the-first")
    assert found is not None
    assert found.updated_at == published


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (HEAD.replace("The first", "The first!"), "Some *text*."),
        (HEAD, "Other text."),
        (HEAD.replace("Craft, paper", "Craft"), "Some *text*."),
        (HEAD.replace("part: 1", "part: 7"), "Some *text*."),
        (HEAD + "\nsee_also: [another]", "Some *text*."),
        (HEAD + "\ncomments: closed", "Some *text*."),
        (HEAD + "\ndraft: true", "Some *text*."),
    ],
)
def test_any_difference_is_a_change(desk: Desk, head: str, body: str) -> None:
    desk.publish(desk.write("one.md", HEAD))
    desk.clock.move(hours=1)
    assert desk.publish(desk.write("one.md", head, body)) == ["changed"]
    assert desk.publish(desk.write("one.md", head, body)) == ["same"]
    post = db.session.scalars(select(Post)).one()
    assert post.updated_at == desk.clock.time


def test_a_draft_needs_no_date(desk: Desk) -> None:
    desk.publish(desk.write("one.md", "title: Not yet\ndraft: true"))
    post = post_by_slug("not-yet")
    assert post is not None
    assert (post.status, post.published_at) == (PostStatus.DRAFT, None)


def test_publishing_over_an_imported_post_keeps_its_comment_counts(desk: Desk) -> None:
    post = make_post("the-first")
    post.comment_count = 3
    db.session.commit()
    assert desk.publish(desk.write("one.md", HEAD)) == ["changed"]
    db.session.refresh(post)
    assert post.comment_count == 3


def test_two_parts_with_one_number_are_refused(desk: Desk) -> None:
    desk.publish(desk.write("one.md", HEAD))
    with pytest.raises(Refusal, match=r"Part 1 of the series 'Walks'.*another, the-first"):
        desk.publish(desk.write("two.md", HEAD.replace("The first", "Another")))
    db.session.rollback()
    assert post_by_slug("another") is None


def test_parts_change_places_when_published_together(desk: Desk) -> None:
    second = HEAD.replace("The first", "The second")
    desk.publish(
        desk.write("one.md", HEAD), desk.write("two.md", second.replace("part: 1", "part: 2"))
    )
    outcomes = desk.publish(
        desk.write("one.md", HEAD.replace("part: 1", "part: 2")), desk.write("two.md", second)
    )
    assert outcomes == ["changed", "changed"]
    rows = db.session.execute(select(Post.slug, Post.part).order_by(Post.part)).all()
    assert [tuple(row) for row in rows] == [("the-second", 1), ("the-first", 2)]


def test_two_files_with_one_slug_are_refused(desk: Desk) -> None:
    paths = [desk.write("one.md", HEAD), desk.write("two.md", HEAD)]
    with pytest.raises(Refusal, match=r"one\.md and two\.md both have the slug 'the-first'"):
        desk.publish(*paths)


def test_tags_and_series_are_shared_not_doubled(desk: Desk) -> None:
    desk.publish(
        desk.write("one.md", HEAD),
        desk.write(
            "two.md", "title: B\ndate: 2026-11-02\nseries: walks\npart: 2\ntags: craft, C, C++"
        ),
    )
    assert list(db.session.scalars(select(Series.title))) == ["Walks"]
    rows = db.session.execute(select(Tag.name, Tag.slug).order_by(Tag.slug)).all()
    assert [tuple(row) for row in rows] == [
        ("C", "c"),
        ("C++", "c-2"),
        ("Craft", "craft"),
        ("paper", "paper"),
    ]


def test_one_bad_file_stops_all_before_anything_is_saved(desk: Desk) -> None:
    good, bad = desk.write("good.md", HEAD), desk.write("bad.md", "title: X\ndate: never")
    with pytest.raises(Refusal, match=r"^bad\.md, line 3: date 'never' is not understood"):
        desk.publish(good, bad)
    assert db.session.scalar(select(func.count()).select_from(Post)) == 0


def test_files_that_cannot_be_read_are_refused_in_a_sentence(desk: Desk) -> None:
    latin = desk.folder / "latin.md"
    latin.write_bytes("---\ntitle: Caf\xe9\n---\n".encode("latin-1"))
    with pytest.raises(Refusal, match=r"latin\.md is not UTF-8 text \(byte 14\)"):
        desk.publish(latin)
    with pytest.raises(Refusal, match=r"missing\.md cannot be read \(No such file"):
        desk.publish(desk.folder / "missing.md")
    large = desk.write("large.md", HEAD, "x" * (2 * 1024 * 1024))
    with pytest.raises(Refusal, match=r"large\.md is larger than 2 MiB"):
        desk.publish(large)


def test_rendering_again_gives_the_same_html(desk: Desk) -> None:
    sample = Path(__file__).parents[2] / "blog" / "posts" / "sample"
    desk.publish(*sorted(sample.glob("*.md")))
    posts = db.session.scalars(select(Post)).all()
    assert len(posts) == 7
    assert all(render_again(post, media_dir=desk.media) == post.html for post in posts)
    assert sum('<img src="/media/posts/' in post.html for post in posts) == 5
