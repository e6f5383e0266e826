"""The decisions about comments as they come in from forms, and taking them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar
from urllib.parse import parse_qsl

from flask import request
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.permission import current_staff, requires
from blog.clock import now as clock_now
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.moderation.comment_views import page_again
from blog.moderation.desk import MODERATORS, back, views
from blog.moderation.filters import read_filter
from blog.moderation.notices import tell, tell_decision, tell_undone
from blog.moderation.operations import MOST_AT_ONCE, decide
from blog.moderation.queue import places_in_queue
from blog.moderation.undo import undo
from blog.numbers import LARGEST_NUMBER, row_number

ATTEMPTS = 3
BATCHES = 10
# Serialisation failure and deadlock: the database says "try again" (PostgreSQL, appendix A).
TRY_AGAIN = frozenset({"40001", "40P01"})
Done = TypeVar("Done")


@views.post("/admin/comments")
@requires(*MODERATORS)
def decide_on_comments() -> BaseResponse:
    """Apply an action to the chosen comments, then back to where the moderator was.

    Where somebody else was faster the answer is 409 with the state as it is now.
    """
    if request.form.get("scope") == "match":
        return _decide_on_all_that_match()
    wanted = request.form.get("next")
    try:
        action = _one(request.form.getlist("action"))
        ids = _ids(request.form.getlist("ids"))
        seen = _seen_versions(request.form.getlist("seen"))
        staff, now = current_staff(), clock_now()
        reason = request.form.get("reason", "")
        decided = written(
            lambda: decide(action, ids, staff=staff, now=now, reason=reason, seen_versions=seen)
        )
    except Refusal as refusal:
        db.session.rollback()
        return page_again(wanted, status=refusal.status, errors=[refusal.sentence])
    tell_decision(action, decided)
    if decided.stale:
        return page_again(wanted, status=409, errors=decided.stale)
    return back(wanted)


def _decide_on_all_that_match() -> BaseResponse:
    """Apply an action to all that the filter finds, in transactions of MOST_AT_ONCE comments.

    One request does BATCHES of them, so that it ends in time; the next one goes on.
    """
    wanted = request.form.get("next")
    action = _one(request.form.getlist("action"))
    newest = row_number(request.form.get("newest")) or 0
    asked = read_filter(dict(parse_qsl(request.form.get("filter", ""))))
    staff, now, count = current_staff(), clock_now(), 0
    # Not the filter itself: what was searched for may be somebody's address.
    reason = "all that match a filter" if asked.is_narrowed else f"all in {asked.status}"
    for _ in range(BATCHES):
        places = places_in_queue(asked, MOST_AT_ONCE, newest=newest)
        ids = [place.comment_id for place in places]
        try:
            decided = written(partial(decide, action, ids, staff=staff, now=now, reason=reason))
        except Refusal as refusal:
            db.session.rollback()
            return page_again(wanted, status=refusal.status, errors=[refusal.sentence])
        if decided.moves:
            tell_decision(action, decided)
        count += len(ids)
        if len(ids) < MOST_AT_ONCE:
            break
        asked = replace(asked, before=places[-1])
    else:
        tell(f"{count} comments were looked at. If more are left, do it again to go on.")
    if not count:
        tell("No comment matches any more.")
    return back(wanted)


@views.post("/admin/undo")
@requires(*MODERATORS)
def take_back() -> BaseResponse:
    """Take back a run of changes of the log, then back to where the moderator was."""
    wanted = request.form.get("next")
    first = row_number(request.form.get("first"))
    last = row_number(request.form.get("last"))
    staff, now = current_staff(), clock_now()
    try:
        undone = written(lambda: undo(first or 1, last or 0, staff=staff, now=now))
    except Refusal as refusal:
        db.session.rollback()
        return page_again(wanted, status=refusal.status, errors=[refusal.sentence])
    tell_undone(undone)
    return back(wanted)


def written(work: Callable[[], Done]) -> Done:
    """Do the work in a transaction of its own, again when the database asks for it."""
    attempt = 1
    while True:
        try:
            begin_write()
            done = work()
            db.session.commit()
        except OperationalError as error:
            if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", None) not in TRY_AGAIN:
                raise
            attempt += 1
        else:
            return done


def _one(given: Sequence[str]) -> str:
    """The single value of a field; two that differ are nobody's intention."""
    return given[0] if len(set(given)) == 1 else ""


def _ids(given: Sequence[str]) -> list[int]:
    """The comments' numbers. Raises Refusal when there are none, or one is not a number."""
    given = [text.strip() for joined in given for text in joined.split(",") if text.strip()]
    if not given:
        raise Refusal("no_ids", "Tick at least one comment. Nothing was changed.", field="ids")
    if not all(text.isascii() and text.isdigit() for text in given):
        sentence = "A comment is named by its number. Nothing was changed."
        raise Refusal("bad_ids", sentence, field="ids")
    # A number that no column holds is that of no comment; the operation says so.
    return [int(text) if len(text) <= 10 else LARGEST_NUMBER + 1 for text in given]


def _seen_versions(given: Sequence[str]) -> dict[int, int]:
    """What the moderator saw, as ``number:version``; whatever else stands there is ignored."""
    pairs = (text.split(":") for text in given if text.count(":") == 1)
    numbers = ((row_number(first), row_number(second)) for first, second in pairs)
    return {first: second for first, second in numbers if first and second}
