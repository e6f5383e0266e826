"""Forms of signing in, signing out and making the first admin; they check shape only."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from blog.accounts.models import LONGEST_EMAIL, LONGEST_NAME
from blog.accounts.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD

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
    """Who joins the staff."""

    name = StringField(
        "Name",
        validators=[
            DataRequired("Please type the name that readers will see."),
            Length(max=LONGEST_NAME, message=f"A name has at most {LONGEST_NAME} characters."),
        ],
        render_kw={"autocomplete": "name", "autofocus": True},
    )
    email = EmailField(
        "Email",
        validators=[DataRequired(EMAIL_MISSING), Length(max=LONGEST_EMAIL, message=EMAIL_LONG)],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        "Password",
        description=f"At least {SHORTEST_PASSWORD} characters; several words are best.",
        validators=[InputRequired("Please choose a password.")],
        render_kw={
            "autocomplete": "new-password",
            "minlength": SHORTEST_PASSWORD,
            "maxlength": LONGEST_PASSWORD,
        },
    )


class FirstAdminForm(JoinForm):
    """Who the first admin is."""
