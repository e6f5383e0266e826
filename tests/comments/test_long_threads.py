"""A thread of any length: so many replies with the post, the rest on pages of its own."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blog.comments.models import Comment, CommentStatus
from blog.comments.states import change_status
from blog.db import begin_write, db
from blog.posts.models import Post
from tests.conftest import START, SettableClock
from tests.factories import make_comment, make_post, set_setting

PER_PAGE = 4


@pytest.fixture
def post(app: Flask) -> Post:
    set_setting("comments.replies_per_thread", str(PER_PAGE))
    return make_post("talk")


def order_of(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="comment-(\d+)"', page)]


def grow(post: Post, first: Comment, count: int) -> list[int]:
    """Replies one minute apart, each second one to the reply before it."""
    made: list[Comment] = []
    for number in range(count):
        parent = made[-1] if number % 2 else first
        at = START + timedelta(minutes=number + 1)
        made.append(make_comment(post, parent=parent, at=at, author=f"Reader {number}"))
    return [reply.id for reply in made]


def path_of(number: int, root_id: int) -> str:
    return f"/posts/talk/thread-{root_id}" + ("" if number == 1 else f"/page-{number}")


def test_a_long_thread_is_cut_and_says_how_many_more_there_are(
    client: FlaskClient, post: Post
) -> None:
    before = make_comment(post, at=START - timedelta(hours=1))
    first = make_comment(post, at=START)
    after = make_comment(post, at=START + timedelta(minutes=2))
    short = make_comment(post, parent=after, at=START + timedelta(days=2))
    expected_before, root, last = before.id, first.id, [after.id, short.id]
    replies = grow(post, first, 10)
    page = client.get("/posts/talk").text
    assert order_of(page) == [expected_before, root, *replies[:PER_PAGE], *last]
    assert f'href="/posts/talk/thread-{root}/page-2#replies">6 more replies in this thread' in page
    assert page.count("more repl") == 1


@pytest.mark.parametrize("count", [1, PER_PAGE - 1, PER_PAGE])
def test_a_thread_that_fits_has_no_more(client: FlaskClient, post: Post, count: int) -> None:
    first = make_comment(post, at=START)
    grow(post, first, count)
    assert "more repl" not in client.get("/posts/talk").text


def test_the_pages_of_a_thread_hold_each_reply_once_and_permalinks_lead_there(
    client: FlaskClient, post: Post
) -> None:
    first = make_comment(post, at=START)
    root = first.id
    replies = grow(post, first, 10)
    seen = []
    for number in (1, 2, 3):
        page = order_of(client.get(path_of(number, root)).text)
        assert page[0] == root
        seen += page[1:]
        for reply in page[1:]:
            place = client.get(f"/comments/{reply}").headers["Location"]
            home = "/posts/talk" if number == 1 else path_of(number, root)
            assert place == f"{home}#comment-{reply}"
    assert seen == replies
    assert client.get(path_of(4, root)).status_code == 404
    assert client.get(f"/posts/talk/thread-{root}/page-1").headers["Location"] == path_of(1, root)
    assert client.get(f"/comments/{root}").headers["Location"] == f"/posts/talk#comment-{root}"


def test_a_reply_whose_parent_stands_on_another_page_says_whom_it_answers(
    client: FlaskClient, post: Post
) -> None:
    first = make_comment(post, at=START)
    root = first.id
    early = make_comment(post, parent=first, author="Early Bird", at=START + timedelta(seconds=1))
    early_id = early.id
    grow(post, first, PER_PAGE)
    late = make_comment(post, parent=early, at=START + timedelta(days=1)).id
    page = client.get(path_of(2, root)).text
    assert order_of(page)[-1] == late
    assert f'<a href="/comments/{early_id}"><bdi>Early Bird</bdi></a>' in page
    assert f'id="comment-{late}" class="comment depth-2"' in page


def test_hidden_replies_are_neither_shown_nor_counted(client: FlaskClient, post: Post) -> None:
    first = make_comment(post, at=START)
    root = first.id
    replies = grow(post, first, 6)
    make_comment(post, parent=first, status=CommentStatus.PENDING, author="Not Yet")
    assert "2 more replies" in client.get("/posts/talk").text
    begin_write()
    for number in (root, replies[-1]):
        change_status(number, CommentStatus.TRASH, by="test", now=START)
    db.session.commit()
    page = client.get("/posts/talk").text
    assert "1 more reply in this thread" in page
    assert "no longer shown" in page
    later = client.get(path_of(2, root)).text
    assert order_of(later) == [root, replies[4]]
    assert "Not Yet" not in later
    assert "A thread" in later


def test_only_threads_of_the_post_that_can_be_seen_have_pages(
    client: FlaskClient, post: Post
) -> None:
    shown = make_comment(post)
    reply = make_comment(post, parent=shown).id
    hidden = make_comment(post, status=CommentStatus.PENDING).id
    shown_id = shown.id
    make_post("other")
    assert client.get(path_of(1, shown_id)).status_code == 200
    for path in (
        path_of(1, reply),
        path_of(1, hidden),
        path_of(2, shown_id),
        path_of(1, 999_999),
        f"/posts/other/thread-{shown_id}",
        f"/posts/none/thread-{shown_id}",
        "/posts/talk/thread-0",
        f"/posts/talk/thread-{'9' * 30}",
    ):
        assert client.get(path).status_code == 404, path


def test_a_thread_can_be_answered_where_it_is_read(
    client: FlaskClient, post: Post, clock: SettableClock
) -> None:
    first = make_comment(post, author="Ada Reader", at=START)
    root = first.id
    grow(post, first, 6)
    page = client.get(path_of(2, root)).text
    assert "Leave a Reply to" in page
    assert f'name="parent" value="{root}"' in page
    set_setting("comments.hold", "none")
    clock.move(days=1)
    typed = {"comment": "Said late", "author": "B", "email": "b@reader.example", "parent": root}
    answer = client.post("/posts/talk/comments", data=typed)
    assert answer.status_code == 303
    place, _, rest = answer.headers["Location"].partition("?receipt=")
    assert place == path_of(2, root)
    assert "#comment-" in rest
    handed = client.get(answer.headers["Location"])
    assert 'href="/receipts/' in handed.text
    assert "private" in handed.headers["Cache-Control"]
    assert "/receipts/" not in client.get(place).text
    assert "Said late" in client.get(path_of(2, root)).text


def test_the_author_of_a_waiting_reply_sees_it_in_the_thread(
    client: FlaskClient, post: Post
) -> None:
    first = make_comment(post, at=START)
    root = first.id
    grow(post, first, 6)
    typed = {
        "comment": "Waits in a long thread",
        "author": "B",
        "email": "b@reader.example",
        "parent": root,
        "remember": "yes",
    }
    preview = client.post("/posts/talk/comments", data=typed).headers["Location"]
    assert "Waits in a long thread" in client.get(preview).text
    own = client.get(path_of(2, root))
    assert "Waits in a long thread" in own.text
    assert own.headers["Cache-Control"] == "private, no-store"


def test_without_the_limit_all_replies_stand_with_the_post(client: FlaskClient, post: Post) -> None:
    set_setting("comments.replies_per_thread", "0")
    first = make_comment(post, at=START)
    root = first.id
    replies = grow(post, first, 10)
    assert order_of(client.get("/posts/talk").text)[0] == root
    assert set(order_of(client.get("/posts/talk").text)) == {root, *replies}
    assert set(order_of(client.get(path_of(1, root)).text)) == {root, *replies}
    assert client.get(path_of(2, root)).status_code == 404
