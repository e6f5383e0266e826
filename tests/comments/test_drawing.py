"""Threads drawn once and kept: what is kept is given again only while nothing about it changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blog.comments.drawing import Drawn
from blog.comments.models import Comment
from blog.comments.states import delete_for_good
from blog.db import begin_write, db
from blog.posts.models import Post
from blog.web.shelf import Shelf
from tests.conftest import START
from tests.factories import make_comment, make_post, set_setting


def kept_of(app: Flask) -> Shelf[tuple[int, int], Drawn]:
    kept: Shelf[tuple[int, int], Drawn] = app.extensions["blog_drawn_threads"]
    return kept


def change(comment_id: int, **values: object) -> None:
    begin_write()
    comment = db.session.get_one(Comment, comment_id)
    for name, value in values.items():
        setattr(comment, name, value)
    db.session.commit()


def test_a_thread_that_did_not_change_is_not_drawn_again(app: Flask, client: FlaskClient) -> None:
    number = make_comment(make_post("drawn")).id
    # A query goes past the kept pages, so that each page is made anew.
    first = client.get("/posts/drawn?replytocom=0").text
    drawn = kept_of(app).get((number, 0))
    assert drawn is not None
    assert drawn.markup in first
    assert client.get("/posts/drawn?replytocom=0").text == first
    assert kept_of(app).get((number, 0)) is drawn


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"author": "Another Name"}, '<bdi class="fn">Another Name</bdi>'),
        ({"html": "<p>Other words.</p>"}, "<p>Other words.</p>"),
        ({"url": "https://elsewhere.example/"}, 'href="https://elsewhere.example/"'),
        ({"edited_at": START + timedelta(days=1), "edited_by": "staff:1"}, "edited by staff"),
        ({"is_staff": True}, '<span class="comment-mark">Staff</span>'),
        ({"policy_version": 0, "text": "Typed <b>so</b>"}, "Typed &lt;b&gt;so&lt;/b&gt;"),
    ],
)
def test_whatever_changes_in_a_comment_is_drawn_anew(
    client: FlaskClient, changed: dict[str, object], shown: str
) -> None:
    number = make_comment(make_post("changes")).id
    assert shown not in client.get("/posts/changes?replytocom=0").text
    change(number, **changed)
    assert shown in client.get("/posts/changes?replytocom=0").text


def test_a_comment_whose_surroundings_change_is_drawn_anew(client: FlaskClient) -> None:
    post = make_post("around")
    first = make_comment(post, at=START)
    make_comment(post, parent=first, at=START + timedelta(hours=1))
    first_id, post_id = first.id, post.id
    assert client.get("/posts/around?replytocom=0").text.count("comment-reply-link") == 2
    change(first_id, edited_at=START + timedelta(hours=2))
    assert "edited after replies" in client.get("/posts/around?replytocom=0").text
    begin_write()
    delete_for_good(first_id, by="staff:1", now=START + timedelta(hours=3))
    db.session.commit()
    page = client.get("/posts/around?replytocom=0").text
    assert "This comment is no longer shown." in page
    begin_write()
    db.session.get_one(Post, post_id).comments_open = False
    db.session.commit()
    assert "comment-reply-link" not in client.get("/posts/around?replytocom=0").text


def test_what_only_its_author_sees_is_not_kept(app: Flask, client: FlaskClient) -> None:
    make_post("own")
    fields = {"comment": "A first remark.", "author": "New", "email": "new@reader.example"}
    answer = client.post("/posts/own/comments", data=fields)
    page = client.get(answer.location).text
    assert "awaiting moderation" in page
    assert len(kept_of(app)) == 0


def test_a_new_reply_lets_only_its_own_thread_be_drawn_anew(
    app: Flask, client: FlaskClient
) -> None:
    post = make_post("threads")
    busy, quiet = make_comment(post), make_comment(post)
    busy_id, quiet_id = busy.id, quiet.id
    client.get("/posts/threads?replytocom=0")
    before = kept_of(app).get((busy_id, 0)), kept_of(app).get((quiet_id, 0))
    make_comment(post, parent=busy, text="Something new.")
    page = client.get("/posts/threads?replytocom=0").text
    assert "Something new." in page
    assert kept_of(app).get((busy_id, 0)) is not before[0]
    assert kept_of(app).get((quiet_id, 0)) is before[1]


def test_a_name_from_another_page_of_the_thread_is_asked_for_each_time(
    app: Flask, client: FlaskClient
) -> None:
    set_setting("comments.replies_per_thread", "10")
    post = make_post("far")
    root = make_comment(post, at=START)
    hour = timedelta(hours=1)
    early = make_comment(post, parent=root, author="Early Bird", at=START + hour)
    for number in range(10):
        make_comment(post, parent=root, at=START + (number + 2) * hour)
    make_comment(post, parent=early, at=START + 20 * hour)
    root_id, early_id = root.id, early.id
    path = f"/posts/far/thread-{root_id}/page-2?fresh"
    assert "Early Bird</bdi></a>" in client.get(path).text
    assert kept_of(app).get((root_id, 2)) is None
    change(early_id, author="Renamed")
    assert "Renamed</bdi></a>" in client.get(path).text


def test_the_pages_of_a_thread_are_kept_apart_from_its_part_of_the_posts_page(
    client: FlaskClient,
) -> None:
    set_setting("comments.replies_per_thread", "10")
    post = make_post("apart")
    root = make_comment(post, at=START)
    for number in range(11):
        make_comment(post, parent=root, at=START + timedelta(hours=number + 1))
    own_page = f"/posts/apart/thread-{root.id}?fresh"
    for _ in range(2):
        assert "1 more reply in this thread" in client.get("/posts/apart?replytocom=0").text
        assert "more reply in this thread" not in client.get(own_page).text
