"""Ready pages: sent without asking the app, and never stale, whoever writes what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, text, update

from blog import create_app
from blog.comments.counting import recount
from blog.comments.models import Comment, CommentStatus
from blog.comments.states import change_status, delete_for_good
from blog.config import Config
from blog.db import begin_write, db
from blog.markup import render_post
from blog.moderation.post_operations import set_comments_open
from blog.posts.models import Post, PostStatus
from blog.posts.operations import PostValues, save_post
from blog.versions import site_changed
from tests.conftest import START, SettableClock, closed_after
from tests.factories import make_comment, make_post, set_setting

PAGES = (
    "/",
    "/posts/talk",
    "/posts/talk/feed",
    "/comments/feed",
    "/archive",
    "/tags/work",
    "/feed",
)


@pytest.fixture
def post(app: Flask) -> Post:
    set_setting("comments.flood_seconds", "0")
    return make_post("talk", tags=("work",))


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the app asks its database meanwhile."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def outcomes(app: Flask) -> dict[str, float]:
    """How often a page was sent from the cache, known already, and made."""
    registry = app.extensions["blog_metrics"].registry
    return {
        name: registry.get_sample_value("blog_page_cache_total", {"outcome": name})
        for name in ("hit", "same", "miss")
    }


def same_as_made_anew(client: FlaskClient) -> None:
    """Every page from the cache equals the one that is made for this request alone."""
    for path in PAGES:
        kept, fresh = client.get(path), client.get(f"{path}?made-anew")
        assert kept.status_code == fresh.status_code, path
        assert kept.data == fresh.data, path


def test_the_second_reader_gets_the_page_without_a_question_to_the_app(
    app: Flask, client: FlaskClient, post: Post
) -> None:
    make_comment(post)
    first = client.get("/posts/talk")
    with statements() as asked:
        again = client.get("/posts/talk")
    assert asked == []
    assert again.data == first.data
    assert dict(again.headers) == dict(first.headers)
    assert outcomes(app) == {"hit": 1.0, "same": 0.0, "miss": 1.0}


Write = Callable[[Post, Comment], object]


def edit_post(post: Post, **other: Any) -> None:
    """Publish the post again with something changed."""
    body = other.pop("source", post.source)
    save_post(
        PostValues(
            slug=post.slug,
            title=other.pop("title", post.title),
            source=body,
            html=render_post(body),
            status=other.pop("status", PostStatus.PUBLISHED),
            published_at=post.published_at,
            **other,
        ),
        now=START,
    )


def damage_counts(post: Post) -> None:
    db.session.execute(update(Post).where(Post.id == post.id).values(comment_count=7))
    recount()


WRITES: dict[str, Write] = {
    "approve": lambda _, held: change_status(held.id, CommentStatus.APPROVED, by="test", now=START),
    "take back": lambda post, _: change_status(
        first_of(post).id, CommentStatus.PENDING, by="test", now=START
    ),
    "spam": lambda post, _: change_status(
        first_of(post).id, CommentStatus.SPAM, by="test", now=START
    ),
    "trash": lambda post, _: change_status(
        first_of(post).id, CommentStatus.TRASH, by="test", now=START
    ),
    "delete": lambda post, _: delete_for_good(first_of(post).id, by="test", now=START),
    "close the thread": lambda post, _: set_comments_open(post.id, False, staff=None, now=START),
    "write another title": lambda post, _: edit_post(post, title="Another title"),
    "write another text": lambda post, _: edit_post(post, source="Other words."),
    "make it a draft": lambda post, _: edit_post(post, status=PostStatus.DRAFT),
    "put it into a series": lambda post, _: edit_post(post, series="A series", part=1),
    "give it another tag": lambda post, _: edit_post(post, tags=("play",)),
    "mend the counts": lambda post, _: damage_counts(post),
}


def first_of(post: Post) -> Comment:
    """The approved comment under the post."""
    found = db.session.scalar(
        select(Comment).where(Comment.post_id == post.id, Comment.status == "approved")
    )
    assert found is not None
    return found


@pytest.mark.parametrize("name", WRITES)
def test_what_a_reader_can_see_is_in_the_next_page(
    client: FlaskClient, post: Post, name: str
) -> None:
    make_comment(post)
    held = make_comment(post, status=CommentStatus.PENDING)
    for path in PAGES:
        client.get(path)
    before = client.get("/posts/talk").data
    begin_write()
    WRITES[name](post, held)
    db.session.commit()
    same_as_made_anew(client)
    assert client.get("/posts/talk").data != before or name == "mend the counts"


def test_a_setting_is_in_the_next_page(client: FlaskClient, post: Post) -> None:
    for path in PAGES:
        client.get(path)
    set_setting("site.title", "Quite another name")
    same_as_made_anew(client)
    assert b"Quite another name" in client.get("/posts/talk").data


def test_a_published_reply_is_in_the_next_page_and_a_held_one_leaves_the_copy_good(
    app: Flask, client: FlaskClient, post: Post
) -> None:
    typed = {"comment": "Hello there", "author": "Ann", "email": "ann@reader.example"}
    client.get("/posts/talk")
    assert client.post("/posts/talk/comments", data=typed).status_code == 303  # held: the first
    assert b"Hello there" not in client.get("/posts/talk").data
    assert outcomes(app)["miss"] == 1
    set_setting("comments.hold", "none")
    client.get("/posts/talk")
    typed["comment"] = "Hello again"
    assert client.post("/posts/talk/comments", data=typed).status_code == 303
    assert b"Hello again" in client.get("/posts/talk").data
    same_as_made_anew(client)


def test_a_reply_under_one_post_leaves_the_copies_of_others_good(
    app: Flask, client: FlaskClient, post: Post
) -> None:
    other = make_post("other")
    client.get("/posts/talk")
    make_comment(other)
    client.get("/posts/talk")
    assert outcomes(app) == {"hit": 1.0, "same": 0.0, "miss": 1.0}


def test_what_another_process_writes_is_in_the_next_page(
    client: FlaskClient, config: Config, post: Post, clock: SettableClock
) -> None:
    held = make_comment(post, status=CommentStatus.PENDING, text="From elsewhere")
    number = held.id
    assert b"From elsewhere" not in client.get("/posts/talk").data
    elsewhere = create_app(config, clock=clock)
    with elsewhere.app_context():
        begin_write()
        change_status(number, CommentStatus.APPROVED, by="test", now=START)
        db.session.commit()
        db.engine.dispose()
    assert b"From elsewhere" in client.get("/posts/talk").data


def test_a_write_that_is_rolled_back_changes_nothing(
    app: Flask, client: FlaskClient, post: Post
) -> None:
    client.get("/posts/talk")
    begin_write()
    site_changed()
    db.session.rollback()
    begin_write()
    db.session.execute(text("UPDATE post SET part = NULL"))
    db.session.commit()
    client.get("/posts/talk")
    assert outcomes(app)["miss"] == 1


def test_a_scheduled_post_comes_out_at_its_time(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    make_post("later", published_at=clock.time + timedelta(hours=1))
    for _ in range(2):
        assert b"/posts/later" not in client.get("/").data
    clock.move(minutes=59, seconds=59)
    assert b"/posts/later" not in client.get("/").data
    clock.move(seconds=1)
    assert b"/posts/later" in client.get("/").data
    assert client.get("/posts/later").status_code == 200
    same_as_made_anew(client)


def test_comments_close_at_their_time(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    set_setting("comments.close_after_days", "14")  # the post is a week old
    for days in (6, 6):
        clock.move(days=days / 2)
        assert b'id="respond"' in client.get("/posts/talk").data
    clock.move(days=1)
    assert b"Comments are closed." in client.get("/posts/talk").data
    same_as_made_anew(client)


def test_a_reader_with_a_cookie_gets_a_page_of_his_own(
    app: Flask, client: FlaskClient, post: Post
) -> None:
    typed = {"comment": "x", "author": "Ann", "email": "ann@reader.example", "remember": "yes"}
    client.post("/posts/talk/comments", data=typed)
    own = client.get("/posts/talk")
    assert "ann@reader.example" in own.text
    assert own.headers["Cache-Control"] == "private, no-store"
    stranger = app.test_client().get("/posts/talk")
    assert "ann@reader.example" not in stranger.text
    assert client.get("/posts/talk").data == own.data
    assert outcomes(app)["hit"] == 0


def test_cookies_of_others_and_headers_of_readers_change_nothing(
    app: Flask, client: FlaskClient, post: Post
) -> None:
    first = client.get("/posts/talk").data
    for headers in ({"Cookie": "theme=dark"}, {"Accept-Language": "de"}, {"User-Agent": "x"}):
        assert client.get("/posts/talk", headers=headers).data == first
    assert outcomes(app)["hit"] == 3


def test_head_says_the_same_without_a_body(client: FlaskClient, post: Post) -> None:
    for _ in range(2):  # from the app, then from the cache
        head = client.head("/posts/talk")
        got = client.get("/posts/talk")
        assert head.data == b""
        assert head.headers["Content-Length"] == str(len(got.data))
        assert head.headers["ETag"] == got.headers["ETag"]


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
def test_who_has_the_page_is_told_so(
    app: Flask, client: FlaskClient, post: Post, encoding: str
) -> None:
    headers = {"Accept-Encoding": encoding}
    page = client.get("/posts/talk", headers=headers)
    tag = page.headers["ETag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get("/posts/talk", headers={**headers, "If-None-Match": sent})
        assert (again.status_code, again.data) == (304, b""), sent
        assert again.headers["ETag"] == tag
        assert "Content-Type" not in again.headers
        assert again.headers["Cache-Control"] == page.headers["Cache-Control"]
        assert again.headers["Vary"] == page.headers["Vary"]
    since = {**headers, "If-Modified-Since": page.headers["Last-Modified"]}
    assert client.get("/posts/talk", headers=since).status_code == 304
    # The tag is the better witness (RFC 9110, 13.1.3).
    assert client.get("/posts/talk", headers={**since, "If-None-Match": '"x"'}).status_code == 200
    assert outcomes(app)["same"] == 5
    make_comment(post)
    assert client.get("/posts/talk", headers={"If-None-Match": tag}).status_code == 200


def test_last_modified_follows_the_newest_change(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    first = client.get("/posts/talk").headers["Last-Modified"]
    moved = clock.move(hours=2)
    assert client.get("/posts/talk").headers["Last-Modified"] == first
    make_comment(post)
    assert client.get("/posts/talk").headers["Last-Modified"] == moved.strftime(
        "%a, %d %b %Y %H:%M:%S GMT"
    )
    since = {"If-Modified-Since": first}
    assert client.get("/posts/talk", headers=since).status_code == 200


def test_the_room_for_kept_pages_is_bounded_and_the_oldest_go(
    app: Flask, client: FlaskClient
) -> None:
    set_setting("site.page_cache_mib", "1")
    body = "word " * 30_000
    for number in range(12):
        make_post(f"long-{number}", source=body)
    for number in range(12):
        client.get(f"/posts/long-{number}")
    assert outcomes(app)["miss"] == 12
    client.get("/posts/long-11")
    assert outcomes(app)["hit"] == 1
    client.get("/posts/long-0")
    assert outcomes(app)["miss"] == 13


def test_without_room_every_page_is_made(app: Flask, client: FlaskClient, post: Post) -> None:
    set_setting("site.page_cache_mib", "0")
    for _ in range(3):
        assert client.get("/posts/talk").status_code == 200
    assert outcomes(app) == {"hit": 0.0, "same": 0.0, "miss": 3.0}


def test_what_is_not_a_page_for_all_is_never_kept(
    app: Flask, client: FlaskClient, post: Post
) -> None:
    for _ in range(2):
        for path in ("/posts/none", "/login", "/admin/", "/healthz", "/readyz", "/static/site.css"):
            client.get(path)
        client.get("/search?q=word")
        client.get("/posts/talk?replytocom=1")
        client.post("/posts/talk")
    assert outcomes(app) == {"hit": 0.0, "same": 0.0, "miss": 0.0}


def test_a_page_without_its_table_is_not_shown_from_memory(client: FlaskClient, post: Post) -> None:
    client.get("/posts/talk")
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE page_version RENAME TO gone"))
        connection.execute(text("ALTER TABLE post RENAME TO gone_too"))
    assert client.get("/posts/talk").status_code >= 500


def test_strange_hosts_are_refused_also_for_kept_pages(
    config: Config, post: Post, clock: SettableClock
) -> None:
    own = replace(config, base_url="https://blog.example", base_url_is_set=True)
    with closed_after(create_app(own, clock=clock)) as named:
        reader = named.test_client()
        for _ in range(2):
            assert reader.get("/posts/talk", base_url="https://blog.example").status_code == 200
            assert reader.get("/posts/talk", base_url="https://evil.example").status_code == 400


def test_timing_is_told_when_asked_for(config: Config, post: Post, clock: SettableClock) -> None:
    with closed_after(create_app(replace(config, tells_timing=True), clock=clock)) as telling:
        reader = telling.test_client()
        first, second = (reader.get("/posts/talk").headers["Server-Timing"] for _ in range(2))
    assert 'cache;desc="miss"' in first
    assert "db;dur=" in first
    assert "app;dur=" in first
    assert 'cache;desc="hit"' in second
