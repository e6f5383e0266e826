"""Pages for signing in, signing out and making the first admin."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from blog.accounts.forms import (
    FirstAdminForm,
    JoinForm,
    LoginForm,
    LogoutForm,
    SecondStepForm,
    in_words,
)
from blog.accounts.models import User
from blog.accounts.operations import tidy_email, use_first_admin_link
from blog.accounts.passwords import hash_of, is_outdated, password_fits
from blog.accounts.permission import staff_or_none
from blog.accounts.queries import credentials_of, first_admin_link_is_live, user_by_id
from blog.accounts.return_address import HOME, safe_path
from blog.accounts.second_factor import has_passkey, has_second_factor, has_totp, take_code
from blog.accounts.second_step import next_path, wait_for_second_factor, waiting_person
from blog.accounts.sessions import begin_session, end_session
from blog.accounts.staff import join, live_invitation
from blog.accounts.throttle import Attempt, clear_attempt, count_attempt
from blog.clock import now
from blog.db import begin_write, db
from blog.errors import NotThere, Refusal, TooSoon
from blog.settings.queries import current_settings
from blog.wording.languages import Language, language_for
from blog.wording.texts import wording

log = logging.getLogger("blog.accounts")
accounts = Blueprint("accounts", __name__)

WRONG_CODE = "This code is not right, or was used already."
WRONG = "The email address or the password is not right."


@accounts.get("/login")
def login() -> ResponseReturnValue:
    """The sign-in page; somebody signed in is sent on."""
    if staff_or_none() is not None:
        return redirect(safe_path(request.args.get("next")))
    return _page("login", LoginForm(next=request.args.get("next")))


@accounts.post("/login")
def sign_in() -> ResponseReturnValue:
    """Check the password and begin a session."""
    form = LoginForm()
    if not _has_shape(form):
        return _page("login", form, status=422)
    at = now()
    try:
        begin_write()
        attempt = count_attempt(_as_kept(form.email.data), request.remote_addr, now=at)
        db.session.commit()
    except TooSoon as refusal:
        db.session.rollback()
        log.warning("sign-in: too many attempts")
        return _too_soon(form, refusal)
    user = _person_with(form.email.data, form.password.data, attempt, at)
    if user is None:
        return _page("login", form, status=422, sentence=WRONG)
    if has_second_factor(user):
        wait_for_second_factor(user, safe_path(form.next.data), at)
        db.session.commit()
        return redirect("/login/second", 303)
    begin_session(user, at)
    db.session.commit()
    log.info("sign-in: staff %d signed in", user.id)
    return redirect(safe_path(form.next.data), 303)


@accounts.get("/login/second")
def ask_for_code() -> ResponseReturnValue:
    """The second step, for somebody whose password was right a moment ago."""
    user = waiting_person()
    return redirect("/login") if user is None else _second_page(user, SecondStepForm())


@accounts.post("/login/second")
def take_second_step() -> ResponseReturnValue:
    """Check the code, from the app or a recovery code, and begin the session."""
    user = waiting_person()
    if user is None:
        return redirect("/login", 303)
    form = SecondStepForm()
    if not _has_shape(form):
        return _second_page(user, form, status=422)
    at, wanted = now(), next_path()
    try:
        attempt = count_second_attempt(user, at)
    except TooSoon as refusal:
        response = _second_page(user, form, status=429, sentence=refusal.sentence)
        response.headers["Retry-After"] = str(refusal.retry_after)
        return response
    begin_write()
    kind = take_code(user, form.code.data, at)
    if kind is None:
        db.session.rollback()
        log.warning("sign-in: second factor refused (staff %d)", user.id)
        return _second_page(user, form, status=422, sentence=WRONG_CODE)
    clear_attempt(attempt, now=at)
    begin_session(user, at)
    db.session.commit()
    log.info("sign-in: staff %d signed in (%s)", user.id, kind)
    return redirect(safe_path(wanted), 303)


def count_second_attempt(user: User, at: datetime) -> Attempt:
    """Count a try of the second step apart from those of the password. Raises TooSoon."""
    begin_write()
    try:
        attempt = count_attempt(f"second step of {user.id}", request.remote_addr, now=at)
        db.session.commit()
    except TooSoon:
        db.session.rollback()
        log.warning("sign-in: too many attempts at the second step (staff %d)", user.id)
        raise
    return attempt


def _second_page(
    user: User, form: FlaskForm, *, status: int = 200, sentence: str | None = None
) -> Response:
    factors = {"has_app": has_totp(user), "has_passkey": has_passkey(user)}
    return _page("second", form, status=status, sentence=sentence, **factors)


@accounts.get("/join/<token>")
def ask_to_join(token: str) -> ResponseReturnValue:
    """The form behind an invitation."""
    invitation = live_invitation(token, now=now()) or abort(404)
    t = wording(language_for(invitation.language))
    return _page("join", JoinForm(t), role=invitation.role.value, t=t)


@accounts.post("/join/<token>")
def join_staff(token: str) -> ResponseReturnValue:
    """Add the invited person and sign them in."""
    at = now()
    invitation = live_invitation(token, now=at) or abort(404)
    t = wording(language_for(invitation.language))
    values: dict[str, Any] = {"role": invitation.role.value, "t": t}
    form = JoinForm(t)
    if not _has_shape(form):
        return _page("join", form, status=422, **values)
    begin_write()
    try:
        user = join(
            token,
            form.email.data,
            form.name.data,
            form.password.data,
            at,
            language=form.language.data,
        )
    except NotThere:
        db.session.rollback()
        abort(404)
    except Refusal as refusal:
        db.session.rollback()
        return _refused("join", form, in_words(refusal, t), **values)
    begin_session(user, at)
    db.session.commit()
    log.info("joined: staff %d", user.id)
    return redirect(HOME, 303)


@accounts.get("/logout")
def ask_to_sign_out() -> ResponseReturnValue:
    """A button: a link that is merely followed must not sign anybody out."""
    if staff_or_none() is None:
        return redirect("/login")
    return _page("logout", LogoutForm())


@accounts.post("/logout")
def sign_out() -> ResponseReturnValue:
    """End the session, here and on the server."""
    if not LogoutForm().validate():
        abort(403)
    user = staff_or_none()
    user_id = user.id if user else None
    begin_write()
    end_session(now())
    db.session.commit()
    if user_id is not None:
        log.info("sign-out: staff %d signed out", user_id)
    response = make_response(redirect("/login", 303))
    # Not "cookies": that reaches every host under the same registrable domain.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@accounts.get("/setup/<token>")
def ask_for_first_admin(token: str) -> ResponseReturnValue:
    """The form behind the one-time link."""
    if not first_admin_link_is_live(token, now=now()):
        abort(404)
    return _page("setup", FirstAdminForm(wording(Language.ENGLISH)))


@accounts.post("/setup/<token>")
def make_first_admin(token: str) -> ResponseReturnValue:
    """Make the first admin and sign them in."""
    at = now()
    if not first_admin_link_is_live(token, now=at):
        abort(404)
    form = FirstAdminForm(wording(Language.ENGLISH))
    if not _has_shape(form):
        return _page("setup", form, status=422)
    begin_write()
    try:
        user = use_first_admin_link(
            token,
            form.email.data,
            form.name.data,
            form.password.data,
            at,
            language=language_for(current_settings().site.language),
        )
    except NotThere:
        db.session.rollback()
        abort(404)
    except Refusal as refusal:
        db.session.rollback()
        return _refused("setup", form, refusal)
    begin_session(user, at)
    db.session.commit()
    log.info("set-up: staff %d is the first admin", user.id)
    return redirect(HOME, 303)


def _person_with(email: str, password: str, attempt: Attempt, at: datetime) -> User | None:
    """The active person with this address and password, in a write that has begun, or None."""
    known = credentials_of(_as_kept(email))
    if not password_fits(known.password if known else None, password) or known is None:
        log.warning("sign-in: refused (staff %s)", known.id if known else "unknown")
        return None
    begin_write()
    # Nothing was locked during the slow part, so what was compared must still be so.
    user = user_by_id(known.id)
    if user is None or not user.active or user.password != known.password:
        db.session.rollback()
        log.warning("sign-in: refused (staff %s)", known.id)
        return None
    clear_attempt(attempt, now=at)
    if is_outdated(user.password):
        user.password = hash_of(password)
    return user


def _as_kept(email: str) -> str:
    """The typed address in the form that is compared; what is no address is nobody's."""
    try:
        return tidy_email(email)
    except Refusal:
        return "not an address: " + "".join(filter(str.isprintable, email.strip().lower()))


def _has_shape(form: FlaskForm) -> bool:
    fits = bool(form.validate())
    if "csrf_token" in form.errors:
        abort(403)
    return fits


def _page(
    name: str, form: FlaskForm, *, status: int = 200, sentence: str | None = None, **values: Any
) -> Response:
    context: dict[str, Any] = {"form": form, "sentence": sentence, **values}
    return make_response(render_template(f"accounts/{name}.html", **context), status)


def _too_soon(form: FlaskForm, refusal: TooSoon) -> Response:
    response = _page("login", form, status=429, sentence=refusal.sentence)
    response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _refused(name: str, form: FlaskForm, refusal: Refusal, **values: Any) -> Response:
    for field in form:
        if field.name == refusal.field:
            field.errors = [*field.errors, refusal.sentence]
            return _page(name, form, status=refusal.status, **values)
    return _page(name, form, status=refusal.status, sentence=refusal.sentence, **values)
