"""Staff edit, answer and pin comments: what readers see of it, and how it is taken back."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from blog.comments.counting import recount
from blog.comments.models import Comment, CommentStatus, Revision
from blog.db import begin_write, db
from blog.moderation.log import verify_log
from blog.moderation.models import LogEntry
from blog.posts.models import Post
from tests.factories import make_comment, make_post, set_setting
from tests.moderation.desk import ADMIN, MODERATOR, P, Visit, send


def entries() -> list[LogEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(LogEntry).order_by(LogEntry.id)))


def undo_last(browser: FlaskClient, count: int = 1) -> None:
    last = entries()[-1].id
    run = {"first": str(last - count + 1), "last": str(last)}
    assert send(browser, "/admin/undo", run).status_code == 303


def public(browser: FlaskClient, slug: str) -> str:
    return browser.get(f"/posts/{slug}").text


def test_an_edit_is_marked_for_readers_kept_as_a_revision_and_taken_back(visit: Visit) -> None:
    browser = visit(MODERATOR)
    number = make_comment(make_post("one"), text="Rude words.").id
    data = {"comment": "*Kind* words.", "author": "Ada Reader", "url": "", "version": "2"}
    assert send(browser, f"/admin/comments/{number}/edit", data).status_code == 303
    page = public(browser, "one")
    assert "<em>Kind</em> words." in page
    assert "edited by staff" in page
    assert "Rude words." in browser.get(f"/admin/comments/{number}").text
    assert "Rude" not in " ".join(entry.before + entry.after for entry in entries())
    undo_last(browser)
    assert "Rude words." in public(browser, "one")
    undo_last(browser)
    assert "<em>Kind</em> words." in public(browser, "one")
    assert len(db.session.scalars(select(Revision)).all()) == 3
    assert verify_log().is_whole


def test_an_edit_of_what_changed_meanwhile_is_409_and_keeps_what_was_typed(visit: Visit) -> None:
    browser = visit(MODERATOR)
    number = make_comment(make_post(), status=P, text="First.").id
    send(browser, "/admin/comments", {"action": "approve", "ids": str(number)})
    data = {"comment": "An hour of <work>.", "author": "Ada", "url": "", "version": "1"}
    answer = send(browser, f"/admin/comments/{number}/edit", data)
    assert answer.status_code == 409
    assert "it is now approved" in answer.text
    assert "An hour of &lt;work&gt;." in answer.text
    assert db.session.get_one(Comment, number).text == "First."


@pytest.mark.parametrize(
    "typed",
    [{"comment": " "}, {"author": ""}, {"url": "javascript:alert(1)"}, {"author": "\u202e"}],
)
def test_an_edit_that_does_not_fit_comes_back(visit: Visit, typed: dict[str, str]) -> None:
    number = make_comment(make_post(), text="First.").id
    data = {"comment": "Kept words.", "author": "Ada", "url": "", **typed}
    answer = send(visit(MODERATOR), f"/admin/comments/{number}/edit", data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "comment" in typed or "Kept words." in answer.text
    assert entries() == []


def test_a_reply_is_published_marked_and_approves_what_it_answers(visit: Visit) -> None:
    browser = visit(ADMIN)
    number = make_comment(make_post("one"), status=P, text="May I ask?").id
    for _ in range(2):  # a double click
        answer = send(browser, f"/admin/comments/{number}/reply", {"comment": "You **may**."})
        assert answer.status_code == 303
    page = public(browser, "one")
    assert "May I ask?" in page
    assert page.count("You <strong>may</strong>.") == 1
    assert re.search(r'class="comment depth-2 by-staff"', page)
    assert re.search(r'Mo Staff</bdi> .*<span class="comment-mark">Staff', page)
    assert "staff.example" not in page
    assert [entry.action for entry in entries()] == ["approve", "reply"]
    undo_last(browser, 2)
    page = public(browser, "one")
    assert "May I ask?" not in page
    assert "<strong>may" not in page
    begin_write()
    assert recount() == 0
    db.session.rollback()


def test_a_reply_too_deep_stands_beside_and_says_whom_it_answers(visit: Visit) -> None:
    set_setting("comments.max_depth", "2")
    post = make_post("one")
    deep = make_comment(post, parent=make_comment(post), author="Deep Thought")
    send(visit(ADMIN), f"/admin/comments/{deep.id}/reply", {"comment": "Forty-two."})
    made = db.session.scalars(select(Comment).order_by(Comment.id.desc())).first()
    assert made is not None
    assert (made.depth, made.answers_id, made.is_staff) == (2, deep.id, True)


def test_a_guest_cannot_borrow_the_mark_of_the_staff(client: FlaskClient, visit: Visit) -> None:
    make_post("one")
    set_setting("comments.hold", "none")
    data = {"comment": "Trust me.", "author": "Eve", "email": "eve@reader.example"}
    client.post("/posts/one/comments", data={**data, "is_staff": "1", "edited_by": "staff:1"})
    page = public(client, "one")
    assert "Trust me." in page
    assert "comment-mark" not in page


def test_a_pinned_thread_comes_first_and_pages_and_permalinks_stay_right(visit: Visit) -> None:
    browser = visit(MODERATOR)
    set_setting("comments.threads_per_page", "3")
    post = make_post("one")
    numbers = [make_comment(post, text=f"Thread {n}.").id for n in range(8)]
    pinned = numbers[5]
    make_comment(post, parent=db.session.get_one(Comment, pinned), text="Under the pin.")
    assert send(browser, f"/admin/comments/{pinned}/pin", {"pin": "on"}).status_code == 303
    order = []
    for page in (1, 2, 3):
        path = "/posts/one" if page == 1 else f"/posts/one/comment-page-{page}"
        text = browser.get(path).text
        here = [int(n) for n in re.findall(r'<li id="comment-(\d+)" class="comment depth-1', text)]
        for number in here:
            answer = browser.get(f"/comments/{number}").headers["Location"]
            assert answer.partition("#")[0] == path
        assert ("Pinned" in text) == (page == 1)
        order += here
    assert order == [pinned, *(number for number in numbers if number != pinned)]
    assert browser.get("/posts/one/comment-page-4").status_code == 404
    other = numbers[2]
    send(browser, f"/admin/comments/{other}/pin", {"pin": "on"})
    assert [entry.action for entry in entries()] == ["pin", "unpin", "pin"]
    undo_last(browser, 2)
    assert public(browser, "one").index("Thread 5.") < public(browser, "one").index("Thread 0.")
    send(browser, "/admin/comments", {"action": "trash", "ids": str(pinned)})
    assert "Pinned" not in public(browser, "one")
    send(browser, "/admin/comments", {"action": "delete", "ids": str(pinned)})
    assert public(browser, "one").count("comment-pinned") == 0


def test_only_an_approved_first_comment_can_be_pinned(visit: Visit) -> None:
    post = make_post()
    held = make_comment(post, status=P).id
    reply = make_comment(post, parent=make_comment(post)).id
    for number in (held, reply):
        answer = send(visit(MODERATOR), f"/admin/comments/{number}/pin", {"pin": "on"})
        assert answer.status_code == 422
        assert "Only an approved comment" in answer.text
    assert send(visit(MODERATOR), "/admin/comments/999/pin", {"pin": "on"}).status_code == 404


def test_a_thread_is_closed_from_a_comment_and_opened_again_by_undo(visit: Visit) -> None:
    browser = visit(MODERATOR)
    number = make_comment(make_post("one")).id
    send(browser, f"/admin/comments/{number}/thread", {"comments": "closed"})
    assert "Comments are closed." in public(browser, "one")
    undo_last(browser)
    assert "Comments are closed." not in public(browser, "one")
    assert db.session.scalar(select(Post.comments_open))


def test_deleting_for_good_forgets_earlier_words_too(visit: Visit) -> None:
    browser = visit(MODERATOR)
    post = make_post()
    number = make_comment(post).id
    make_comment(post, parent=db.session.get_one(Comment, number))
    data = {"comment": "Other.", "author": "Ada", "url": ""}
    send(browser, f"/admin/comments/{number}/edit", data)
    send(browser, "/admin/comments", {"action": "delete", "ids": str(number)})
    assert db.session.scalars(select(Revision)).all() == []
    assert db.session.get_one(Comment, number).status == CommentStatus.TRASH
