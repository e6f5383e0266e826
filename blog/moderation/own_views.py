"""What a moderator keeps for themselves at the desk: the keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.permission import current_staff, requires
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.moderation.desk import MODERATORS, back, desk_page, views
from blog.moderation.notices import tell
from blog.moderation.shortcuts import SHORTCUTS, Keys, keys_of, save_keys


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
