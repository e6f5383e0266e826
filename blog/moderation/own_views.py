"""What a moderator keeps for themselves at the desk: shortcuts, views, and what they look at."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.permission import current_staff, requires
from blog.clock import now as clock_now
from blog.comments.models import Comment
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.moderation.claims import claim
from blog.moderation.comment_views import page_again
from blog.moderation.desk import MODERATORS, QUEUE, back, desk_page, number_or_404, views
from blog.moderation.notices import tell
from blog.moderation.saved import remove_view, save_view
from blog.moderation.shortcuts import SHORTCUTS, Keys, keys_of, save_keys
from blog.numbers import row_number


@views.get("/admin/keys")
@requires(*MODERATORS)
def shortcuts() -> Response:
    """The shortcuts, to read and to change."""
    return _keys_page(keys_of(current_staff()))


@views.post("/admin/keys")
@requires(*MODERATORS)
def keep_shortcuts() -> BaseResponse:
    """Keep the shortcuts of the person signed in."""
    is_on = request.form.get("shortcuts", "on") == "on"
    try:
        begin_write()
        save_keys(current_staff(), is_on=is_on, typed=request.form)
        db.session.commit()
    except Refusal as refusal:
        db.session.rollback()
        typed: Mapping[str, str] = {s.name: request.form.get(s.name, "") for s in SHORTCUTS}
        return _keys_page(Keys(is_on, typed), status=refusal.status, errors=[refusal.sentence])
    tell("Your shortcuts were saved.")
    return back(request.form.get("next"), "/admin/keys")


def _keys_page(keys: Keys, *, status: int = 200, errors: list[str] | None = None) -> Response:
    return desk_page(
        "keys", status=status, section="", shortcuts=SHORTCUTS, keys=keys, errors=errors or ()
    )


@views.post("/admin/views")
@requires(*MODERATORS)
def keep_view() -> BaseResponse:
    """Keep a view of the queue under a name, or forget one."""
    wanted, gone = request.form.get("next"), row_number(request.form.get("remove"))
    try:
        begin_write()
        if gone is not None:
            remove_view(current_staff(), gone)
        else:
            save_view(current_staff(), request.form.get("name", ""), request.form.get("filter", ""))
        db.session.commit()
    except Refusal as refusal:
        db.session.rollback()
        return page_again(wanted, status=refusal.status, errors=[refusal.sentence])
    tell("The view was removed." if gone is not None else "The view was saved.")
    return back(wanted)


@views.post("/admin/comments/<number>/claim")
@requires(*MODERATORS)
def look_at(number: str) -> BaseResponse:
    """Tell the others that this person looks at the comment; with ``quiet`` nothing is shown."""
    comment_id = number_or_404(number)
    begin_write()
    if db.session.get(Comment, comment_id) is None:
        abort(404)
    is_mine = claim(comment_id, staff=current_staff(), now=clock_now())
    db.session.commit()
    if request.form.get("quiet"):
        return Response(status=204)
    tell("The others see that you look at it." if is_mine else "Somebody else looks at it already.")
    return back(request.form.get("next"), f"{QUEUE}/{comment_id}")
