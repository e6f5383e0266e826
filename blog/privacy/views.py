"""The data map, and the pages on which a person sees and erases what is kept of them."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from flask import (
    Blueprint,
    Response,
    current_app,
    json,
    make_response,
    redirect,
    render_template,
    request,
)
from werkzeug.wrappers import Response as BaseResponse

from blog.clock import now as clock_now
from blog.comments.models import Person
from blog.comments.people import PROOF_SECONDS, person_of
from blog.comments.senders import person_by_address
from blog.comments.signals import proof_wanted
from blog.config import Config
from blog.db import begin_write, db
from blog.errors import NotThere, Refusal
from blog.privacy.datamap import data_map
from blog.privacy.operations import erase, everything_about
from blog.screening.outside import asked_judges
from blog.sealing import sealer
from blog.settings.queries import current_settings
from blog.web.headers import mark_secret
from blog.web.limits import hold_back

views = Blueprint("privacy", __name__)

PURPOSE = "privacy"
# Not the index by which people are found: what is kept of an unknown address is worth nothing else.
ASKED_KEY = "privacy.asked"
# A household asks for its data now and then; whoever asks more often tries addresses out.
ASKS_PER_MINUTE = 6
TOO_MANY_ASKS = (
    "Your network has asked for data very often in this minute, so no mail was sent this time. "
    "Nothing was changed. Send the form again in {seconds}."
)
LINK_OVER = (
    "This link is over, or was cut off on its way: it works for a day, and until everything was "
    "deleted. Nothing was changed. Ask for a new one under “Your data” (/privacy/data)."
)


@views.get("/privacy")
def kept_data() -> str:
    """What this blog keeps of people, why, and how long."""
    settings = current_settings()
    config: Config = current_app.extensions["blog_config"]
    return render_template(
        "privacy/map.html",
        tables=data_map(settings),
        judges=[judge.title for judge in asked_judges(settings, config)],
        tells_address=settings.judges.send_address == "on",
    )


@views.get("/privacy/data")
def ask() -> str:
    """The form in which a person enters an address."""
    return render_template("privacy/ask.html", email="", error="")


@views.post("/privacy/data")
def asked() -> BaseResponse:
    """Mail a link, when there is anything to show.

    Neither the answer nor the time it takes tells whether there is.
    """
    hold_back("privacy", ASKS_PER_MINUTE, TOO_MANY_ASKS)
    typed = request.form.get("email", "").strip()
    try:
        address = validate_email(typed, check_deliverability=False).normalized
    except EmailNotValidError:
        error = "Please enter a valid email address, such as name@example.com."
        return make_response(render_template("privacy/ask.html", email=typed, error=error), 422)
    begin_write()
    person = person_by_address(address)
    key = sealer().index(address.casefold(), ASKED_KEY).hex()
    proof_wanted.send(person, message="privacy", key=key, now=clock_now())
    db.session.commit()
    return mark_secret(make_response(render_template("privacy/asked.html")))


@views.get("/privacy/data/<token>")
def own_data(token: str) -> BaseResponse:
    """Everything that is kept, to read; with the ways to take it along and to erase it."""
    data = everything_about(_proved(token), base_url=_base_url())
    return mark_secret(make_response(render_template("privacy/data.html", token=token, data=data)))


@views.get("/privacy/data/<token>/export.json")
def export(token: str) -> BaseResponse:
    """The same as a file."""
    data = everything_about(_proved(token), base_url=_base_url())
    response = Response(json.dumps(data, ensure_ascii=False, indent=2), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return mark_secret(response)


@views.post("/privacy/data/<token>/erase")
def erase_data(token: str) -> BaseResponse:
    """Forget the person; the texts stay or go as chosen."""
    choice = request.form.get("texts", "")
    if choice not in {"keep", "delete"}:
        sentence = "Choose whether the texts stay or go. Nothing was changed."
        raise Refusal("no_choice", sentence, field="texts")
    begin_write()
    erase(_proved(token), keeps_texts=choice == "keep", now=clock_now())
    db.session.commit()
    return mark_secret(redirect("/privacy/erased", 303))


@views.get("/privacy/erased")
def erased() -> BaseResponse:
    """It is done."""
    return mark_secret(make_response(render_template("privacy/erased.html")))


def _proved(token: str) -> Person:
    person = person_of(PURPOSE, token, now=clock_now(), max_age_seconds=PROOF_SECONDS)
    if person is None:
        raise NotThere("link_over", LINK_OVER)
    return person


def _base_url() -> str:
    config: Config = current_app.extensions["blog_config"]
    return config.base_url
