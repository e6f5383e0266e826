"""Rejected comments whose authors asked again: others than the one who rejected look first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import Response, request
from sqlalchemy import func, or_, select, update
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.models import User
from blog.accounts.permission import MODERATORS, current_staff, requires
from blog.clock import now as clock_now
from blog.comments.models import Appeal, Comment
from blog.comments.states import REMOVED
from blog.db import begin_write, db, rows_changed
from blog.errors import NotThere, Refusal
from blog.moderation.desk import back, desk_page, views
from blog.moderation.log import write_log
from blog.moderation.notices import tell
from blog.moderation.operations import decide
from blog.numbers import row_number

PAGE = "/admin/appeals"
# So long only others see an appeal than who rejected the comment.
OTHERS_FIRST = timedelta(days=2)
MOST_SHOWN = 100


@views.get(PAGE)
@requires(*MODERATORS)
def appeals() -> Response:
    """What was asked for again and waits."""
    rows = open_appeals(current_staff(), clock_now())
    return desk_page("appeals", section="appeals", rows=rows)


@views.post(PAGE)
@requires(*MODERATORS)
def answer_appeal() -> BaseResponse:
    """Publish the comment after all, or let the rejection stand."""
    comment_id = row_number(request.form.get("comment", ""))
    action = request.form.get("action", "")
    if action not in {"approve", "keep"}:
        raise Refusal("unknown_action", "Choose what to do: approve, keep. Nothing was changed.")
    staff = current_staff()
    begin_write()
    may_see = {row.comment_id for row in open_appeals(staff, clock_now())}
    if comment_id is None or comment_id not in may_see:
        raise NotThere("no_appeal", "There is no such appeal for you. Nothing was changed.")
    answer(comment_id, action == "approve", staff=staff, now=clock_now())
    db.session.commit()
    tell("The comment is published." if action == "approve" else "The rejection stands.")
    return back(None, PAGE)


def open_appeals(staff: User, now: datetime) -> Sequence[Appeal]:
    """The appeals that wait and that this person may see, the oldest first."""
    mine = f"staff:{staff.id}"
    query = (
        select(Appeal)
        .join(Comment, Comment.id == Appeal.comment_id)
        .where(Appeal.answered_at.is_(None), Comment.status.in_(REMOVED))
        .order_by(Appeal.made_at)
        .limit(MOST_SHOWN)
    )
    if _has_others(staff):
        query = query.where(or_(Appeal.rejected_by != mine, Appeal.made_at < now - OTHERS_FIRST))
    return db.session.scalars(query).all()


def answer(comment_id: int, is_right: bool, *, staff: User, now: datetime) -> None:
    """Close an appeal; the author was right, or the rejection stands. The caller commits."""
    if is_right:
        # Publishing closes the appeal, here as everywhere.
        decide("approve", [comment_id], staff=staff, now=now, reason="After an appeal.")
        return
    closed = update(Appeal).where(Appeal.comment_id == comment_id, Appeal.answered_at.is_(None))
    if rows_changed(closed.values(answered_at=now)):
        write_log("keep_rejected", f"comment:{comment_id}", staff=staff, now=now)


def _has_others(staff: User) -> bool:
    others = (
        select(func.count())
        .select_from(User)
        .where(User.id != staff.id, User.active, User.role.in_(MODERATORS))
    )
    return bool(db.session.scalar(others))
