"""The staff: who may sign in with which role, invitations, accounts switched off."""

from __future__ import annotations

from flask import Response, current_app, request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.models import Role
from blog.accounts.permission import current_staff, requires
from blog.accounts.queries import staff as all_staff
from blog.accounts.queries import user_by_id
from blog.accounts.second_factor import has_second_factor
from blog.accounts.staff import (
    invite,
    lock_staff,
    open_invitations,
    set_active,
    set_role,
    withdraw_invitation,
)
from blog.clock import now as clock_now
from blog.config import Config
from blog.db import begin_write, db
from blog.errors import NotThere, Refusal
from blog.moderation.desk import back, desk_page, number_or_404, views
from blog.moderation.notices import tell
from blog.wording.languages import OWN_NAMES

STAFF = "/admin/staff"


@views.get("/admin/staff")
@requires(Role.ADMIN)
def staff() -> Response:
    """Everybody who may sign in, and the links by which others may join."""
    return _staff_page()


@views.post("/admin/staff")
@requires(Role.ADMIN)
def invite_staff() -> Response:
    """Make a link for one new person; it is shown this once."""
    begin_write()
    token = invite(
        request.form.get("role", ""),
        request.form.get("note", ""),
        by=current_staff(),
        now=clock_now(),
        language=request.form.get("language", ""),
    )
    db.session.commit()
    config: Config = current_app.extensions["blog_config"]
    return _staff_page(link=f"{config.base_url}/join/{token}")


@views.post("/admin/staff/invitations/<number>")
@requires(Role.ADMIN)
def take_invitation_back(number: str) -> BaseResponse:
    """Make an unused link worthless."""
    begin_write()
    gone = withdraw_invitation(number_or_404(number), by=current_staff(), now=clock_now())
    db.session.commit()
    tell("The link works no more." if gone else "That link was used or withdrawn already.")
    return back(None, STAFF)


@views.post("/admin/staff/<number>")
@requires(Role.ADMIN)
def change_staff(number: str) -> BaseResponse:
    """Switch an account off or on, or give it another role; it counts from the next request."""
    wanted, by, now = request.form.get("do", ""), current_staff(), clock_now()
    begin_write()
    lock_staff()
    person = user_by_id(number_or_404(number))
    if person is None:
        raise NotThere("no_person", "There is nobody of this number among the staff.")
    if wanted == "role":
        changed = set_role(person, request.form.get("role", ""), by=by, now=now)
    elif wanted in {"enable", "disable"}:
        changed = set_active(person, active=wanted == "enable", by=by, now=now)
    else:
        raise Refusal("bad_change", "An account is enabled, disabled or given a role.", field="do")
    db.session.commit()
    tell("Changed." if changed else "It stood like that already.")
    return back(None, STAFF)


def _staff_page(*, link: str = "") -> Response:
    people = all_staff()
    return desk_page(
        "staff",
        section="staff",
        people=people,
        secured={person.id for person in people if has_second_factor(person)},
        roles=[role.value for role in Role],
        invitations=open_invitations(clock_now()),
        languages=OWN_NAMES,
        language=current_staff().language,
        link=link,
    )
