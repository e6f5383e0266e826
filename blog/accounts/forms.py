"""Forms of signing in, signing out and making the first admin; they check shape only."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from blog.accounts.models import LONGEST_EMAIL, LONGEST_NAME
from blog.accounts.passwords import LONGEST_PASSWORD, RECOMMENDED_PASSWORD, SHORTEST_PASSWORD
from blog.errors import Refusal
from blog.wording.languages import OWN_NAMES
from blog.wording.texts import Wording

EMAIL_MISSING = "Please type your email address."
EMAIL_LONG = f"An email address has at most {LONGEST_EMAIL} characters."
PASSWORD_MISSING = "Please type your password."  # noqa: S105 - a sentence


class LoginForm(FlaskForm):  # type: ignore[misc]
    """Email, password, and where to go afterwards."""

    email = EmailField(
        "Email",
        validators=[DataRequired(EMAIL_MISSING), Length(max=LONGEST_EMAIL, message=EMAIL_LONG)],
        render_kw={"autocomplete": "username", "autofocus": True},
    )
    password = PasswordField(
        "Password",
        validators=[InputRequired(PASSWORD_MISSING)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class LogoutForm(FlaskForm):  # type: ignore[misc]
    """Only a token against foreign pages."""


class SecondStepForm(FlaskForm):  # type: ignore[misc]
    """The code from an app, or a recovery code."""

    code = StringField(
        "Code",
        validators=[InputRequired("Please type the code."), Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"},
    )


class JoinForm(FlaskForm):  # type: ignore[misc]
    """Who joins the staff; labels and complaints in the language of the invitation."""

    name = StringField(
        render_kw={
            "autocomplete": "name",
            "autofocus": True,
            "required": True,
            "maxlength": LONGEST_NAME,
        }
    )
    email = EmailField(
        render_kw={"autocomplete": "username", "required": True, "maxlength": LONGEST_EMAIL}
    )
    password = PasswordField(
        render_kw={
            "required": True,
            "autocomplete": "new-password",
            "minlength": SHORTEST_PASSWORD,
            "maxlength": LONGEST_PASSWORD,
        },
    )
    # What is not offered is refused by the operation, with a sentence.
    language = SelectField(
        choices=[SelectChoice(code.value, name) for code, name in OWN_NAMES.items()],
        validate_choice=False,
    )

    def __init__(self, t: Wording) -> None:
        super().__init__(data={"language": t.language.value})
        for name in ("name", "email", "password", "language"):
            if name in self:
                self[name].label.text = t(f"join.{name}")
        self.password.description = t("join.password_help", shortest=SHORTEST_PASSWORD)
        name_long = t("refusal.name_long", longest_name=LONGEST_NAME)
        email_long = t("join.email_long", longest=LONGEST_EMAIL)
        self.name.validators = [
            DataRequired(t("join.name_missing")),
            Length(max=LONGEST_NAME, message=name_long),
        ]
        self.email.validators = [
            DataRequired(t("join.email_missing")),
            Length(max=LONGEST_EMAIL, message=email_long),
        ]
        self.password.validators = [InputRequired(t("join.password_missing"))]


class FirstAdminForm(JoinForm):
    """Who the first admin is; mail to them is in the language of the site at first."""

    language = None


def in_words(refusal: Refusal, t: Wording) -> Refusal:
    """The same refusal in another language; it keeps its code, field and status."""
    if t.has(key := f"refusal.{refusal.code}"):
        refusal.sentence = t(
            key,
            shortest=SHORTEST_PASSWORD,
            recommended=RECOMMENDED_PASSWORD,
            longest=LONGEST_PASSWORD,
            longest_name=LONGEST_NAME,
        )
    return refusal
