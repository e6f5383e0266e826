"""Passkeys of the own account: making one, and forgetting one."""

from __future__ import annotations

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from blog.accounts.passkey_session import keep_challenge, take_challenge, this_site
from blog.accounts.passkeys import drop_passkey, keep_passkey, options_to_make
from blog.accounts.permission import current_staff, requires
from blog.accounts.second_factor import fresh_recovery_codes, recovery_codes_left
from blog.clock import now as clock_now
from blog.db import begin_write, db
from blog.moderation.account_views import ACCOUNT, confirm_password
from blog.moderation.desk import back, desk_page, number_or_404, views
from blog.moderation.notices import tell


@views.post("/admin/account/passkeys/options")
@requires()
def begin_passkey() -> Response:
    """What the browser needs to make a passkey; the password is asked for again."""
    confirm_password("password")
    options, challenge = options_to_make(current_staff(), this_site())
    db.session.commit()
    keep_challenge(challenge)
    return Response(options, mimetype="application/json")


@views.post("/admin/account/passkeys")
@requires()
def add_passkey() -> BaseResponse:
    """Keep what the browser made; with the first second factor come recovery codes."""
    staff, now, challenge = current_staff(), clock_now(), take_challenge()
    begin_write()
    answer, name = request.form.get("credential", ""), request.form.get("name", "")
    keep_passkey(staff, answer, name, challenge=challenge, site=this_site(), now=now)
    codes = [] if recovery_codes_left(staff) else fresh_recovery_codes(staff, now)
    db.session.commit()
    if codes:
        return desk_page("recovery_codes", section="account", codes=codes)
    tell("The passkey is kept.")
    return back(None, ACCOUNT)


@views.post("/admin/account/passkeys/<number>")
@requires()
def remove_passkey(number: str) -> BaseResponse:
    """Forget a passkey; the password is asked for again."""
    passkey_id = number_or_404(number)
    confirm_password("password")
    drop_passkey(current_staff(), passkey_id, clock_now())
    db.session.commit()
    tell("The passkey is forgotten.")
    return back(None, ACCOUNT)
