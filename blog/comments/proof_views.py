"""Where a browser fetches the riddle that it solves before a comment is sent."""

from __future__ import annotations

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response as BaseResponse

from blog.clock import now as clock_now
from blog.screening.proofs import GOOD_FOR, MOST, is_asked, new_challenge
from blog.settings.queries import current_settings
from blog.web.headers import mark_private

proofs = Blueprint("proofs", __name__)


@proofs.get("/comments/challenge")
def challenge() -> BaseResponse:
    """A new riddle and for how many seconds it is good; 204 while none is asked for.

    Nothing is kept of it. The page of a post is the same for everybody, so it cannot hold one.
    """
    now = clock_now()
    if not is_asked(current_settings().comments, now):
        return mark_private(BaseResponse(status=204))
    seconds = int(GOOD_FOR.total_seconds())
    return mark_private(
        jsonify({"challenge": new_challenge(now), "most": MOST, "seconds": seconds})
    )
