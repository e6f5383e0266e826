"""The switch of attack mode."""

from __future__ import annotations

from functools import partial

from flask import request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.permission import MODERATORS, current_staff, requires
from blog.clock import now as clock_now
from blog.errors import Refusal
from blog.moderation.attack import begin_attack_mode, end_attack_mode
from blog.moderation.decision_views import written
from blog.moderation.desk import back, views
from blog.moderation.notices import tell
from blog.numbers import row_number


@views.post("/admin/attack")
@requires(*MODERATORS)
def switch_attack_mode() -> BaseResponse:
    """Begin attack mode for some hours (again: from now on), or end it."""
    what, staff, now = request.form.get("do", ""), current_staff(), clock_now()
    if what == "begin":
        hours = row_number(request.form.get("hours")) or 0
        written(partial(begin_attack_mode, hours, staff=staff, now=now))
        told = "1 hour" if hours == 1 else f"{hours} hours"
        tell(f"Attack mode is on for {told}; it ends by itself.")
    elif what == "end":
        ended = written(partial(end_attack_mode, staff=staff, now=now))
        tell("Attack mode has ended." if ended else "Attack mode was off already.")
    else:
        sentence = "Attack mode is begun or ended. Nothing was changed."
        raise Refusal("bad_switch", sentence, field="do")
    return back(request.form.get("next"), "/admin/")
