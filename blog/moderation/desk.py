"""What the pages of the desk share: the blueprint, who may come in, and the frame of a page."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.models import Role
from blog.accounts.permission import (
    DECIDERS,
    MODERATORS,
    WRITERS,
    comments_limited_to,
    current_staff,
    refuse_unless,
    sees_addresses_open,
    staff_or_none,
)
from blog.accounts.return_address import safe_path
from blog.moderation.notices import pending_notices
from blog.moderation.queries import waiting_count
from blog.numbers import row_number

views = Blueprint("moderation", __name__)

QUEUE = "/admin/comments"
LONG_FORMS = ("/admin/posts/", "/admin/rules", "/admin/settings")
# A million characters of any script, or two lists of words, and the other fields.
LARGEST_FORM = 6 * 1024 * 1024


@views.before_app_request
def _ask_who() -> ResponseReturnValue | None:
    """Nobody learns which pages there are without signing in; so this asks before the route."""
    return refuse_unless() if _is_desk(request.path) else None


@views.before_app_request
def _let_forms_be_long() -> None:
    """A post or a list is longer than a comment; who sends it was asked before this."""
    if request.path.startswith(LONG_FORMS):
        request.max_content_length = request.max_form_memory_size = LARGEST_FORM


@views.after_app_request
def _hide_from_search(response: Response) -> Response:
    if _is_desk(request.path):
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _is_desk(path: str) -> bool:
    return path == "/admin" or path.startswith("/admin/")


def desk_page(template: str, *, status: int = 200, **values: object) -> Response:
    """A page of the desk, with the frame's own values: who is signed in, and what waits."""
    staff = staff_or_none()
    role = staff.role if staff else None
    html = render_template(
        f"moderation/{template}.html",
        staff_name=staff.name if staff else "",
        is_admin=role is Role.ADMIN,
        is_moderator=role in MODERATORS,
        is_writer=role in WRITERS,
        waiting=waiting_count(comments_limited_to(staff)) if staff and role in DECIDERS else 0,
        notices=pending_notices() if staff else [],
        **values,
    )
    return Response(html, status)


def sees_addresses() -> bool:
    """Whether the person signed in sees addresses open and the IP; else masked and none."""
    return sees_addresses_open(current_staff())


def owner_limit() -> int | None:
    """The owner to whose posts the person signed in is limited; None sees all."""
    return comments_limited_to(current_staff())


def number_or_404(text: str) -> int:
    """The number in a path. Aborts with 404 unless it is written as we write numbers."""
    return row_number(text) or abort(404)


def back(wanted: str | None, otherwise: str = QUEUE) -> BaseResponse:
    """303 to a page of the desk: the one the form named, when it is one of ours."""
    path = safe_path(wanted)
    is_ours = path == wanted and path.startswith("/admin/")
    return redirect(path if is_ours else otherwise, 303)
