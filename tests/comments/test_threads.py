"""Threads: order, nesting, pages, permalinks and tombstones, through the pages."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from blog.comments.counting import recount
from blog.comments.models import Comment, CommentStatus
from blog.comments.states import change_status, delete_for_good
from blog.db import begin_write, db
from blog.posts.models import Post
from tests.conftest import START
from tests.factories import make_comment, make_post, set_setting


@pytest.fixture
def post(app: Flask) -> Post:
    return make_post("talk")


def order_of(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'<li id="comment-(\d+)"', page)]


def ids(*comments: Comment) -> list[int]:
    return [comment.id for comment in comments]


def many(post: Post, count: int) -> list[int]:
    return [make_comment(post, at=START + timedelta(minutes=number)).id for number in range(count)]


def test_replies_stand_under_their_parents_oldest_first(client: FlaskClient, post: Post) -> None:
    one = make_comment(post, at=START)
    two = make_comment(post, at=START + timedelta(hours=1))
    late = make_comment(post, parent=one, at=START + timedelta(hours=3))
    early = make_comment(post, parent=one, at=START + timedelta(hours=2))
    deep = make_comment(post, parent=early, at=START + timedelta(hours=4))
    expected = ids(one, early, deep, late, two)
    page = client.get("/posts/talk").text
    assert order_of(page) == expected
    assert f'id="comment-{expected[2]}" class="comment depth-3"' in page


def test_newest_first_turns_the_threads_but_not_the_replies(
    client: FlaskClient, post: Post
) -> None:
    set_setting("comments.order", "newest")
    one = make_comment(post, at=START)
    two = make_comment(post, at=START + timedelta(hours=1))
    first = make_comment(post, parent=one, at=START + timedelta(hours=2))
    second = make_comment(post, parent=one, at=START + timedelta(hours=3))
    expected = ids(two, one, first, second)
    assert order_of(client.get("/posts/talk").text) == expected


def test_deeper_threads_than_the_setting_lie_flat_and_say_whom_they_answer(
    client: FlaskClient, post: Post
) -> None:
    set_setting("comments.max_depth", "3")
    chain = [make_comment(post, author="Level 1")]
    for level in range(2, 12):
        chain.append(make_comment(post, parent=chain[-1], author=f"Level {level}"))
    expected = ids(*chain)
    page = client.get("/posts/talk").text
    assert order_of(page) == expected
    assert page.count('depth-3"') == 9
    assert "depth-4" not in page
    assert "In reply to" in page
    assert "<bdi>Level 10</bdi>" in page


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_pages_hold_every_thread_once_and_permalinks_lead_there(
    client: FlaskClient, post: Post, order: str
) -> None:
    set_setting("comments.threads_per_page", "3")
    set_setting("comments.order", order)
    made = many(post, 8)
    expected = made if order == "oldest" else made[::-1]
    pages = [
        order_of(
            client.get(f"/posts/talk/comment-page-{number}" if number > 1 else "/posts/talk").text
        )
        for number in (1, 2, 3)
    ]
    assert pages == [expected[0:3], expected[3:6], expected[6:8]]
    assert client.get("/posts/talk/comment-page-4").status_code == 404
    assert client.get("/posts/talk/comment-page-0").status_code == 404
    moved = client.get("/posts/talk/comment-page-1")
    assert moved.status_code == 301
    assert moved.headers["Location"].startswith("/posts/talk")
    for number, page in enumerate(pages, start=1):
        for comment_id in page:
            answer = client.get(f"/comments/{comment_id}")
            place = "" if number == 1 else f"/comment-page-{number}"
            assert answer.status_code == 302
            assert answer.headers["Location"] == f"/posts/talk{place}#comment-{comment_id}"


def test_a_removed_comment_with_replies_leaves_an_empty_place(
    client: FlaskClient, post: Post
) -> None:
    top = make_comment(post, text="Soon to be removed.", author="Gone Person")
    reply = make_comment(post, parent=top, text="The reply stays.")
    for to in (CommentStatus.TRASH, CommentStatus.SPAM, CommentStatus.PENDING):
        begin_write()
        change_status(top.id, to, by="test", now=START)
        db.session.commit()
        page = client.get("/posts/talk").text
        assert "Soon to be removed." not in page
        assert "Gone Person" not in page
        assert "The reply stays." in page
        assert "no longer shown" in page
        assert "One response" in page
        assert client.get(f"/comments/{top.id}").status_code == 404
        assert client.get(f"/comments/{reply.id}").status_code == 302


def test_deleting_for_good_keeps_the_place_of_a_parent_and_no_word_of_it(
    client: FlaskClient, post: Post
) -> None:
    top = make_comment(post, text="Forget this.", author="Gone Person")
    reply = make_comment(post, parent=top)
    top_id, reply_id = top.id, reply.id
    begin_write()
    delete_for_good(top_id, by="test", now=START)
    db.session.commit()
    page = client.get("/posts/talk").text
    assert order_of(page) == [top_id, reply_id]
    left = db.session.get_one(Comment, top_id)
    assert (left.text, left.html, left.author, left.person_id, left.ip_sealed) == (
        "",
        "",
        "",
        None,
        None,
    )
    begin_write()
    delete_for_good(reply_id, by="test", now=START)
    db.session.commit()
    assert db.session.get(Comment, reply_id) is None
    assert db.session.get(Comment, top_id) is None
    assert order_of(client.get("/posts/talk").text) == []
    begin_write()
    assert recount() == 0


def test_a_number_is_never_given_twice(client: FlaskClient, post: Post) -> None:
    gone = make_comment(post).id
    begin_write()
    delete_for_good(gone, by="test", now=START)
    db.session.commit()
    assert make_comment(post).id > gone


def test_replytocom_sets_the_form_and_ignores_what_is_hidden_or_foreign(
    client: FlaskClient, post: Post
) -> None:
    shown = make_comment(post, author="Shown Person").id
    hidden = make_comment(post, status=CommentStatus.PENDING).id
    foreign = make_comment(make_post("other")).id
    page = client.get(f"/posts/talk?replytocom={shown}")
    assert "Leave a Reply to" in page.text
    assert f'name="parent" value="{shown}"' in page.text
    assert "noindex" in page.text
    for other in (hidden, foreign, "x", "-1", "9" * 30, ""):
        page = client.get(f"/posts/talk?replytocom={other}")
        assert page.status_code == 200
        assert "Leave a Reply to" not in page.text


def test_the_cost_of_a_page_does_not_grow_with_its_comments(
    app: Flask, client: FlaskClient, post: Post
) -> None:
    def statements() -> int:
        seen: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        # With a query string the page is made anew, not taken from the cache.
        assert client.get("/posts/talk?fresh").status_code == 200
        event.remove(db.engine, "before_cursor_execute", note)
        return len([one for one in seen if not one.startswith(("BEGIN", "PRAGMA"))])

    first = make_comment(post)
    client.get("/posts/talk?fresh")  # what stands around a post is asked for once
    for _ in range(20):
        make_comment(post, parent=first)
        make_comment(post)
    assert statements() == 3  # the post, its threads, their replies


def test_structured_data_nests_the_comments_and_cannot_end_its_script(
    client: FlaskClient, post: Post
) -> None:
    top = make_comment(post, author="</script><b>x", text="A </script> in the text.")
    make_comment(post, parent=top, text="Under it.")
    make_comment(post, status=CommentStatus.PENDING, text="Not yet.")
    page = client.get("/posts/talk").text
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    data = json.loads(blocks[0])
    assert data["@type"] == "BlogPosting"
    assert data["commentCount"] == 2
    (comment,) = data["comment"]
    assert comment["author"]["name"] == "</script><b>x"
    assert comment["comment"][0]["text"] == "Under it."
    assert "Not yet." not in page


def test_a_page_is_the_same_for_all_and_answers_304(client: FlaskClient, post: Post) -> None:
    make_comment(post)
    first = client.get("/posts/talk")
    second = client.get("/posts/talk", headers={"User-Agent": "Other", "Accept-Language": "de"})
    assert first.data == second.data
    assert "Set-Cookie" not in first.headers
    etag = first.headers["ETag"]
    assert not etag.startswith("W/")
    again = client.get("/posts/talk", headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert again.data == b""
    make_comment(post)
    assert client.get("/posts/talk", headers={"If-None-Match": etag}).status_code == 200


def test_a_comment_of_an_older_policy_is_shown_as_text_until_rendered_again(
    client: FlaskClient, post: Post
) -> None:
    from blog.comments.rendering import other_rules_made_some, render_batches

    comment = make_comment(post, text="Some *words*.")
    comment.html = "<img src=x onerror=alert(1)>"
    assert not other_rules_made_some()
    comment.policy_version = 0
    db.session.commit()
    assert other_rules_made_some()
    page = client.get("/posts/talk").text
    assert "onerror" not in page
    assert "Some *words*." in page
    for _ in render_batches(everything=False):
        db.session.commit()
    assert "Some <em>words</em>." in client.get("/posts/talk").text


def test_the_hooks_of_wordpress_are_in_the_page(client: FlaskClient, post: Post) -> None:
    comment = make_comment(post, url="https://ada.example/")
    page = client.get("/posts/talk").text
    wanted = [
        '<ol class="comment-list">',
        f'<li id="comment-{comment.id}" class="comment depth-1',
        'class="comment-author vcard"',
        "<time datetime=",
        'class="comment-content"',
        f"replytocom={comment.id}#respond",
        '<div id="respond"',
        '<h3 id="reply-title"',
        '<form id="commentform"',
        "Your email address will not be published.",
        "Required fields are marked",
        'name="comment"',
        'name="author"',
        'name="email"',
        'name="url"',
        'name="remember"',
        "Post Comment",
    ]
    page = page[page.index('<section id="comments"') :]
    places = [page.find(hook) for hook in wanted]
    assert -1 not in places, dict(zip(wanted, places, strict=True))
    assert places == sorted(places)


def test_the_feeds_of_comments_hold_what_is_public_and_nothing_else(
    client: FlaskClient, post: Post
) -> None:
    make_comment(post, text="For everyone.", author="A & B <c>")
    make_comment(post, text="For nobody.", status=CommentStatus.SPAM)
    for path in ("/comments/feed", "/posts/talk/feed", "/comments/feed/atom"):
        answer = client.get(path)
        assert answer.status_code == 200
        ElementTree.fromstring(answer.data)
        assert b"For everyone." in answer.data
        assert b"For nobody." not in answer.data
        assert b"ada@reader.example" not in answer.data


def test_without_a_limit_a_thread_is_drawn_only_so_deep(client: FlaskClient, post: Post) -> None:
    set_setting("comments.max_depth", "0")
    set_setting("comments.replies_per_thread", "0")
    above = make_comment(post)
    for _ in range(130):
        above = make_comment(post, parent=above)
    page = client.get("/posts/talk")
    assert page.status_code == 200
    assert 'depth-100"' in page.text
    assert "depth-101" not in page.text
    assert len(order_of(page.text)) == 131


def test_hidden_comments_above_a_public_one_are_found_at_once(
    client: FlaskClient, post: Post
) -> None:
    chain = [make_comment(post)]
    for _ in range(6):
        chain.append(make_comment(post, parent=chain[-1]))
    numbers = [comment.id for comment in chain]
    for comment_id in numbers[:6]:
        begin_write()
        change_status(comment_id, CommentStatus.SPAM, by="test", now=START)
        db.session.commit()
    page = client.get("/posts/talk").text
    assert order_of(page) == numbers
    assert page.count("no longer shown") == 6


def test_a_post_of_an_older_policy_is_not_served_as_it_stands(
    client: FlaskClient, post: Post
) -> None:
    from blog.comments.rendering import render_batches

    row = db.session.get_one(Post, post.id)
    row.html, row.policy_version = "<script>alert(1)</script>", 0
    db.session.commit()
    for path in ("/posts/talk", "/feed"):
        assert "alert(1)" not in client.get(path).text
    for _ in render_batches(everything=False):
        db.session.commit()
    assert "A first paragraph." in client.get("/posts/talk").text


def test_a_reply_link_of_another_page_leads_to_the_comment(client: FlaskClient, post: Post) -> None:
    set_setting("comments.threads_per_page", "1")
    first, second = make_comment(post, at=START).id, make_comment(post).id
    assert f'href="/comments/{second}"><bdi>' in client.get(f"/posts/talk?replytocom={second}").text
    assert f'href="#comment-{first}"><bdi>' in client.get(f"/posts/talk?replytocom={first}").text
