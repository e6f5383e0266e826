"""The second step of signing in by a passkey."""

from __future__ import annotations

import logging

from flask import Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from blog.accounts.passkey_session import keep_challenge, take_challenge, this_site
from blog.accounts.passkeys import options_to_use, passkey_fits
from blog.accounts.return_address import safe_path
from blog.accounts.second_step import next_path, waiting_person
from blog.accounts.sessions import begin_session
from blog.accounts.throttle import clear_attempt
from blog.accounts.views import accounts, count_second_attempt
from blog.clock import now
from blog.db import begin_write, db
from blog.errors import Refusal

log = logging.getLogger("blog.accounts")


@accounts.post("/login/second/options")
def offer_passkeys() -> ResponseReturnValue:
    """What the browser needs to sign with a passkey, for somebody whose password was right."""
    user = waiting_person() or abort(403)
    options, challenge = options_to_use(user, this_site())
    keep_challenge(challenge)
    return Response(options, mimetype="application/json")


@accounts.post("/login/second/passkey")
def sign_in_with_passkey() -> ResponseReturnValue:
    """Check what the passkey signed, and begin the session."""
    user = waiting_person()
    if user is None:
        return redirect("/login", 303)
    at, wanted, challenge = now(), next_path(), take_challenge()
    attempt = count_second_attempt(user, at)
    begin_write()
    answer = request.form.get("credential", "")
    if not passkey_fits(user, answer, challenge=challenge, site=this_site(), now=at):
        db.session.rollback()
        log.warning("sign-in: passkey refused (staff %d)", user.id)
        raise Refusal(
            "passkey_wrong",
            "This passkey did not fit, so nobody was signed in. Go back and try again, or type a "
            "code.",
        )
    clear_attempt(attempt, now=at)
    begin_session(user, at)
    db.session.commit()
    log.info("sign-in: staff %d signed in (passkey)", user.id)
    return redirect(safe_path(wanted), 303)
