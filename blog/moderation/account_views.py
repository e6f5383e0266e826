"""The own account: password, second factor, recovery codes, and where one is signed in."""

from __future__ import annotations

import io

from flask import Response, abort, request, session
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.operations import change_password, end_session_of, end_sessions_of
from blog.accounts.passkey_session import this_site
from blog.accounts.passkeys import passkeys_of
from blog.accounts.passwords import password_fits
from blog.accounts.permission import current_staff, requires
from blog.accounts.queries import live_session, sessions_of
from blog.accounts.second_factor import (
    begin_totp,
    confirm_totp,
    drop_totp,
    fresh_recovery_codes,
    has_second_factor,
    has_totp,
    recovery_codes_left,
    totp_setup,
)
from blog.accounts.sessions import SESSION_TOKEN, begin_session
from blog.accounts.signals import tell_change
from blog.accounts.staff import set_language
from blog.accounts.throttle import clear_attempt, count_attempt
from blog.clock import now as clock_now
from blog.db import begin_write, db
from blog.errors import Refusal
from blog.moderation.desk import back, desk_page, views
from blog.moderation.notices import tell
from blog.numbers import row_number
from blog.settings.queries import load_settings
from blog.wording.languages import OWN_NAMES

ACCOUNT = "/admin/account"
WRONG = "This is not your password. Nothing was changed."


@views.get("/admin/account")
@requires()
def account() -> Response:
    """Everything about the own account."""
    return _account_page()


@views.post("/admin/account/password")
@requires()
def renew_password() -> BaseResponse:
    """Another password; whoever else is signed in with this account is signed out."""
    confirm_password("current")
    staff, now = current_staff(), clock_now()
    try:
        change_password(staff, request.form.get("new", ""), now)
    except Refusal as refusal:
        db.session.rollback()
        return _account_page(errors={"new": refusal.sentence}, status=refusal.status)
    tell_change("change_password", staff, by=staff, now=now)
    # A new session here, since every one of before has ended.
    begin_session(staff, now)
    db.session.commit()
    tell("Your password was changed. All other sessions have ended.")
    return back(None, ACCOUNT)


@views.post("/admin/account/language")
@requires()
def choose_language() -> BaseResponse:
    """The language in which the blog writes to this person."""
    begin_write()
    try:
        changed = set_language(current_staff(), request.form.get("language", ""), now=clock_now())
    except Refusal as refusal:
        db.session.rollback()
        return _account_page(errors={"language": refusal.sentence}, status=refusal.status)
    db.session.commit()
    tell("The language of mail to you was changed." if changed else "It was that language already.")
    return back(None, ACCOUNT)


@views.post("/admin/account/sessions")
@requires()
def end_sessions() -> BaseResponse:
    """Sign out elsewhere: on one browser, or on all but this one."""
    staff, now = current_staff(), clock_now()
    wanted = request.form.get("session", "")
    begin_write()
    if wanted == "others":
        end_sessions_of(staff, now)
        begin_session(staff, now)
        ended = True
    else:
        ended = end_session_of(staff, row_number(wanted) or 0, now)
    if ended:
        tell_change("end_sessions", staff, by=staff, now=now)
    db.session.commit()
    tell("Signed out there." if ended else "That session had ended already.")
    return back(None, ACCOUNT)


@views.post("/admin/account/totp")
@requires()
def set_up_codes() -> BaseResponse:
    """Begin, confirm or switch off codes from an app."""
    staff, now, wanted = current_staff(), clock_now(), request.form.get("do", "")
    if wanted == "confirm":
        begin_write()
        try:
            codes = confirm_totp(staff, request.form.get("code", "").strip(), now)
        except Refusal as refusal:
            db.session.rollback()
            return _account_page(errors={"code": refusal.sentence}, status=refusal.status)
        db.session.commit()
        return desk_page("recovery_codes", section="account", codes=codes)
    if wanted not in {"begin", "drop"}:
        raise Refusal("bad_step", "Codes are begun, confirmed or switched off.", field="do")
    confirm_password("password")
    if wanted == "begin":
        begin_totp(staff, now)
    else:
        drop_totp(staff, now)
        tell("Codes from an app are off.")
    db.session.commit()
    return back(None, ACCOUNT)


@views.get("/admin/account/totp.svg")
@requires()
def totp_picture() -> Response:
    """The QR code of a key that waits to be confirmed; drawn here, seen by nobody else."""
    setup = totp_setup(current_staff(), load_settings().site.title) or abort(404)
    # Only this page draws one.
    import segno  # noqa: PLC0415

    picture = io.BytesIO()
    code = segno.make(setup.uri, micro=False, error="m")
    code.save(picture, kind="svg", scale=5, border=4, dark="#000", light="#fff", svgclass=None)
    return Response(picture.getvalue(), mimetype="image/svg+xml")


@views.post("/admin/account/recovery")
@requires()
def renew_recovery_codes() -> BaseResponse:
    """Ten fresh recovery codes, shown once."""
    confirm_password("password")
    staff = current_staff()
    if not has_second_factor(staff):
        db.session.rollback()
        raise Refusal("no_factor", "Recovery codes need a second factor. Nothing was changed.")
    codes = fresh_recovery_codes(staff, clock_now())
    db.session.commit()
    return desk_page("recovery_codes", section="account", codes=codes)


class WrongPassword(Refusal):
    """The own password was typed wrong where it is asked for again."""


@views.errorhandler(WrongPassword)
def _told_beside_the_field(refusal: WrongPassword) -> Response:
    return _account_page(errors={refusal.field or "password": refusal.sentence}, status=422)


def confirm_password(field: str) -> None:
    """Ask again for what only the owner knows, and begin the write of what comes next.

    Counted like a sign-in: a session left open is no place to guess. Raises TooSoon, WrongPassword.
    """
    staff, now = current_staff(), clock_now()
    begin_write()
    attempt = count_attempt(staff.email, request.remote_addr, now=now)
    db.session.commit()
    if not password_fits(staff.password, request.form.get(field, "")):
        raise WrongPassword("password_wrong", WRONG, field=field)
    begin_write()
    clear_attempt(attempt, now=now)


def _account_page(*, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    staff, now = current_staff(), clock_now()
    return desk_page(
        "account",
        status=status,
        section="account",
        errors=errors or {},
        person=staff,
        languages=OWN_NAMES,
        sessions=sessions_of(staff, now=now),
        current_id=_current_session_id(),
        has_totp=has_totp(staff),
        setup=totp_setup(staff, load_settings().site.title),
        has_second=has_second_factor(staff),
        codes_left=recovery_codes_left(staff),
        passkeys=passkeys_of(staff),
        can_have_passkeys=this_site().can_have_passkeys,
    )


def _current_session_id() -> int | None:
    kept = live_session(str(session.get(SESSION_TOKEN, "")), now=clock_now())
    return kept.id if kept else None
