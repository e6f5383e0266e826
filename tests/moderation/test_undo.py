"""Undo takes back what the log tells, as far as it still stands."""

from __future__ import annotations

import pytest

from blog.clock import now
from blog.comments.models import Comment, CommentStatus
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.moderation.log import verify_log
from blog.moderation.operations import decide
from blog.moderation.undo import Undone, undo
from tests.factories import make_comment, make_post

pytestmark = pytest.mark.usefixtures("app")


def decided(action: str, *ids: int) -> tuple[int, ...]:
    begin_write()
    made = decide(action, ids, staff=None, now=now())
    db.session.commit()
    return made.entry_ids


def undone(first: int, last: int) -> Undone:
    begin_write()
    made = undo(first, last, staff=None, now=now())
    db.session.commit()
    return made


def status_of(number: int) -> CommentStatus:
    db.session.rollback()
    return db.session.get_one(Comment, number).status


@pytest.mark.parametrize("before", list(CommentStatus))
@pytest.mark.parametrize("action", ["approve", "unapprove", "spam", "trash", "ham", "restore"])
def test_every_change_of_state_is_taken_back_and_done_again(
    action: str, before: CommentStatus
) -> None:
    number = make_comment(make_post(), status=before).id
    run = decided(action, number)
    if not run:
        return
    after = status_of(number)
    again = undone(run[0], run[-1]).entry_ids
    assert status_of(number) == before
    undone(again[0], again[-1])
    assert status_of(number) == after
    assert verify_log().is_whole


def test_a_mixed_decision_is_taken_back_to_each_own_state() -> None:
    post = make_post()
    states = [CommentStatus.PENDING, CommentStatus.SPAM, CommentStatus.TRASH]
    numbers = [make_comment(post, status=state).id for state in states]
    run = decided("approve", *numbers)
    assert len(undone(run[0], run[-1]).changes) == 3
    assert [status_of(number) for number in numbers] == states


def test_what_was_changed_again_since_is_left_alone_and_told() -> None:
    number = make_comment(make_post(), status=CommentStatus.PENDING).id
    run = decided("approve", number)
    decided("spam", number)
    made = undone(run[0], run[-1])
    assert made.changes == ()
    assert made.refusals == (f"Comment {number} was changed again since; that was left as it is.",)
    assert status_of(number) == CommentStatus.SPAM


def test_what_was_deleted_for_good_does_not_come_back() -> None:
    number = make_comment(make_post()).id
    run = decided("trash", number)
    deleted = decided("delete", number)
    assert undone(run[0], run[-1]).changes == ()
    with pytest.raises(Refusal, match="nothing here"):
        undone(deleted[0], deleted[-1])


def test_an_endless_run_is_refused() -> None:
    with pytest.raises(Refusal, match="500"):
        undone(1, 2_000_000_000)
