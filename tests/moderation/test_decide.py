"""Decisions: what each action does in each state, once, in order, and counted right."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from blog.clock import now
from blog.comments.counting import recount
from blog.comments.models import Comment, CommentStatus
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.moderation.log import verify_log
from blog.moderation.models import LogEntry
from blog.moderation.operations import MOST_AT_ONCE, Decided, decide, set_comments_open
from blog.posts.models import Post
from tests.factories import make_comment, make_post, make_staff

pytestmark = pytest.mark.usefixtures("app")

P, A, S, T = (
    CommentStatus.PENDING,
    CommentStatus.APPROVED,
    CommentStatus.SPAM,
    CommentStatus.TRASH,
)


def done(action: str, *ids: int, **given: object) -> Decided:
    begin_write()
    decided = decide(action, ids, staff=None, now=now(), **given)  # type: ignore[arg-type]
    db.session.commit()
    return decided


def status_of(number: int) -> str | None:
    db.session.rollback()
    found = db.session.get(Comment, number)
    return found.status.value if found else None


def entries() -> list[LogEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(LogEntry).order_by(LogEntry.id)))


def counts_are_right() -> bool:
    begin_write()
    mended = recount()
    db.session.rollback()
    return mended == 0


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("approve", P, A),
        ("approve", S, A),
        ("approve", T, A),
        ("unapprove", A, P),
        ("unapprove", S, P),
        ("spam", P, S),
        ("spam", A, S),
        ("spam", T, S),
        ("trash", P, T),
        ("trash", A, T),
        ("trash", S, T),
        ("ham", S, P),
        ("restore", T, P),
    ],
)
def test_an_action_moves_a_comment_and_is_logged_once(
    action: str, before: CommentStatus, after: CommentStatus
) -> None:
    number = make_comment(make_post(), status=before).id
    staff = make_staff(name="Mo Derator")
    begin_write()
    decided = decide(action, [number], staff=staff, now=now(), reason="because")
    db.session.commit()
    assert status_of(number) == after
    assert [(move.before, move.after) for move in decided.moves] == [(before, after)]
    (entry,) = entries()
    assert (entry.action, entry.subject) == (action, f"comment:{number}")
    assert (entry.before, entry.after, entry.reason) == (before, after, "because")
    assert (entry.who, entry.who_id) == ("Mo Derator", staff.id)
    assert decided.entry_ids == (entry.id,)
    assert counts_are_right()


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("approve", A),
        ("unapprove", P),
        ("spam", S),
        ("trash", T),
        ("ham", P),
        ("ham", A),
        ("ham", T),
        ("restore", A),
        ("restore", S),
    ],
)
def test_an_action_that_changes_nothing_is_told_and_not_logged(
    action: str, state: CommentStatus
) -> None:
    number = make_comment(make_post(), status=state).id
    decided = done(action, number)
    assert (decided.moves, decided.unchanged) == ((), (number,))
    assert status_of(number) == state
    assert entries() == []


@pytest.mark.parametrize(("away", "back"), [("spam", "ham"), ("trash", "restore")])
@pytest.mark.parametrize("state", [P, A])
def test_spam_and_trash_bring_back_the_state_before(
    away: str, back: str, state: CommentStatus
) -> None:
    number = make_comment(make_post(), status=state).id
    done(away, number)
    done(back, number)
    assert status_of(number) == state
    assert counts_are_right()


def test_restore_brings_spam_out_of_the_trash_as_spam() -> None:
    number = make_comment(make_post(), status=S).id
    done("trash", number)
    done("restore", number)
    assert status_of(number) == S


@pytest.mark.parametrize("state", list(CommentStatus))
def test_delete_is_for_good_from_any_state(state: CommentStatus) -> None:
    number = make_comment(make_post(), status=state).id
    done("delete", number)
    assert status_of(number) is None
    (entry,) = entries()
    assert (entry.before, entry.after) == (state, "deleted")
    assert counts_are_right()


def test_deleting_a_thread_at_once_leaves_no_empty_place() -> None:
    post = make_post()
    first = make_comment(post)
    reply = make_comment(post, parent=first)
    done("delete", first.id, reply.id)
    db.session.rollback()
    assert db.session.scalars(select(Comment)).all() == []


def test_a_deleted_comment_with_replies_cannot_be_decided_again() -> None:
    post = make_post()
    first = make_comment(post)
    make_comment(post, parent=first)
    number = first.id
    done("delete", number)
    decided = done("approve", number)
    assert decided.moves == ()
    assert str(number) in decided.refusals[0]
    assert counts_are_right()


def test_unknown_comments_are_refused_and_the_others_go_on() -> None:
    number = make_comment(make_post(), status=P).id
    decided = done("approve", number, 987_654, 0, 2**31, 10**30)
    assert [move.comment_id for move in decided.moves] == [number]
    assert len(decided.refusals) == 4
    assert "987654" in " ".join(decided.refusals)
    assert status_of(number) == A


def test_a_comment_named_twice_is_decided_once() -> None:
    number = make_comment(make_post(), status=P).id
    assert len(done("approve", number, number, number).moves) == 1
    assert len(entries()) == 1


def test_too_many_comments_are_refused_whole() -> None:
    number = make_comment(make_post(), status=P).id
    with pytest.raises(Refusal, match=str(MOST_AT_ONCE)):
        done("approve", number, *range(10_000, 10_000 + MOST_AT_ONCE))
    assert status_of(number) == P


@pytest.mark.parametrize("action", ["", "APPROVE", "erase", "approve ", "__class__"])
def test_an_unknown_action_is_refused(action: str) -> None:
    number = make_comment(make_post(), status=P).id
    with pytest.raises(Refusal, match="Choose what to do"):
        done(action, number)
    assert status_of(number) == P


def test_a_decision_on_what_changed_since_it_was_seen_is_refused() -> None:
    number = make_comment(make_post(), status=P).id
    done("approve", number)
    decided = done("spam", number, seen_versions={number: 1})
    assert (decided.moves, decided.refusals) == ((), ())
    assert "it is now approved" in decided.stale[0]
    assert status_of(number) == A


def test_the_same_decision_by_two_people_is_no_conflict() -> None:
    number = make_comment(make_post(), status=P).id
    done("approve", number)
    decided = done("approve", number, seen_versions={number: 1})
    assert (decided.unchanged, decided.stale) == ((number,), ())


def test_deciding_does_not_commit() -> None:
    number = make_comment(make_post(), status=P).id
    begin_write()
    decide("approve", [number], staff=None, now=now())
    db.session.rollback()
    assert status_of(number) == P
    assert entries() == []


def test_opening_and_closing_a_thread_is_logged() -> None:
    post_id = make_post().id
    begin_write()
    assert set_comments_open(post_id, False, staff=None, now=now())
    assert not set_comments_open(post_id, False, staff=None, now=now())
    db.session.commit()
    assert not db.session.get_one(Post, post_id).comments_open
    (entry,) = entries()
    assert (entry.subject, entry.before, entry.after) == (f"post:{post_id}", "open", "closed")
    assert entry.who == "system"


def together(app: Flask, *work: Callable[[], object]) -> list[BaseException]:
    """Run the pieces of work at one moment, each on a connection of its own."""
    barrier = threading.Barrier(len(work))
    failures: list[BaseException] = []

    def run(piece: Callable[[], object]) -> None:
        with app.app_context():
            try:
                barrier.wait()
                piece()
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=run, args=(piece,)) for piece in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_approve_and_spam_at_one_moment_give_one_state_and_one_entry_per_change(
    app: Flask,
) -> None:
    post = make_post()
    numbers = [make_comment(post, status=P).id for _ in range(8)]
    for number in numbers:
        seen = {number: 1}
        failures = together(
            app,
            partial(done, "approve", number, seen_versions=seen),
            partial(done, "spam", number, seen_versions=seen),
        )
        assert failures == []
        (entry,) = [entry for entry in entries() if entry.subject == f"comment:{number}"]
        assert status_of(number) == entry.after
    assert counts_are_right()
    assert verify_log().is_whole


def test_decisions_in_opposite_order_over_two_posts_never_block_each_other(app: Flask) -> None:
    posts = [make_post(), make_post()]
    roots = [make_comment(post) for post in posts]
    replies = [make_comment(posts[n % 2], parent=roots[n % 2], status=P).id for n in range(10)]
    everything = [*replies, *(root.id for root in roots)]
    actions = ("approve", "spam", "unapprove", "trash") * 3
    failures = together(
        app,
        *(
            partial(done, action, *everything[:: 1 if turn % 2 else -1])
            for turn, action in enumerate(actions)
        ),
    )
    assert failures == []
    steps: dict[str, str] = {}
    for entry in entries():
        # Each change begins where the one before it ended: nothing was lost between.
        assert steps.get(entry.subject, entry.before) == entry.before
        steps[entry.subject] = entry.after
    for subject, last in steps.items():
        assert status_of(int(subject.partition(":")[2])) == last
    assert counts_are_right()
    assert verify_log().is_whole


def test_deleting_twice_at_one_moment_deletes_and_logs_once(app: Flask) -> None:
    post = make_post()
    first = make_comment(post)
    make_comment(post, parent=first)
    number = first.id
    failures = together(app, *[partial(done, "delete", number)] * 4)
    assert failures == []
    assert len(entries()) == 1
    assert counts_are_right()
