"""The "Leave a Reply" form: shape only; whether a comment may stand is for the operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from wtforms import (
    EmailField,
    Form,
    HiddenField,
    StringField,
    TextAreaField,
    URLField,
    ValidationError,
)

from blog.linkcheck import normalise_website
from blog.naming import clean_line, forbidden_characters, is_blank, normalise_text
from blog.numbers import row_number

# Limits in characters, as readers count them, not bytes. Text and name are WordPress's.
LONGEST_NAME = 245
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
LONGEST_WEBSITE = 200
LONGEST_TEXT = 65_525

FIELD_NAMES = (
    "comment",
    "author",
    "email",
    "url",
    "parent",
    "answers",
    "remember",
    "subject",
    "proof",
)

# Fields of WordPress's form, for pages and programs made for it.
WORDPRESS_NAMES = {"parent": "comment_parent", "remember": "wp-comment-cookies-consent"}


class ReplyForm(Form):  # type: ignore[misc]  # WTForms ships no types
    """The fields in which something can be wrong, with the labels that readers know from WordPress.

    The others are read as they were typed: whether the box was ticked, whether the field that no
    person sees was filled in, whom a comment too deep to be answered directly answers.
    """

    comment = TextAreaField("Comment")
    author = StringField("Name")
    email = EmailField("Email")
    url = URLField("Website")
    parent = HiddenField()

    def validate_comment(self, field: Any) -> None:
        field.data = normalise_text(field.data or "")
        if is_blank(field.data):
            raise ValidationError("Please type your comment.")
        _refuse_long(field, LONGEST_TEXT, "Your comment")
        _refuse_characters(field, "Your comment", multiline=True)

    def validate_author(self, field: Any) -> None:
        raw = field.data or ""
        if is_blank(raw):
            raise ValidationError("Please enter your name.")
        _refuse_characters(field, "Your name", multiline=False)
        field.data = clean_line(raw)
        _refuse_long(field, LONGEST_NAME, "Your name")

    def validate_email(self, field: Any) -> None:
        field.data = (field.data or "").strip()
        if not field.data:
            raise ValidationError("Please enter your email address. It will not be published.")
        _refuse_long(field, LONGEST_ADDRESS, "Your email address")
        try:
            found = validate_email(field.data, check_deliverability=False)
        except EmailNotValidError:
            raise ValidationError(
                "Please enter a valid email address, such as name@example.com."
            ) from None
        field.data = found.normalized

    def validate_url(self, field: Any) -> None:
        field.data = (field.data or "").strip()
        _refuse_long(field, LONGEST_WEBSITE, "Your website address")
        try:
            field.data = normalise_website(field.data)
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def validate_parent(self, field: Any) -> None:
        field.data = _comment_id(field.data)


def typed_values(form: Mapping[str, str]) -> dict[str, str]:
    """What a reader typed, field by field, exactly as sent, so that nothing is ever lost."""
    sent = dict(form.items())  # of a field sent twice the first
    return {
        name: sent.get(name) or sent.get(WORDPRESS_NAMES.get(name, name)) or ""
        for name in FIELD_NAMES
    }


def _refuse_long(field: Any, limit: int, what: str) -> None:
    if len(field.data) > limit:
        raise ValidationError(
            f"{what} is too long: it has {len(field.data):,} characters, and at most "
            f"{limit:,} fit. Please shorten it."
        )


def _refuse_characters(field: Any, what: str, *, multiline: bool) -> None:
    found = forbidden_characters(field.data, multiline=multiline)
    if found is not None:
        raise ValidationError(f"{what} contains {found}. Please remove it.")


def _comment_id(text: str | None) -> int | None:
    """A comment's number from a hidden field; nothing and 0 mean none."""
    if (text or "").strip() in {"", "0"}:
        return None
    number = row_number(text)
    if number is None:
        raise ValidationError(
            "The comment you answer is not known here. Your text is kept below: answer another "
            "comment, or start a new thread."
        )
    return number
