"""Refusals: what an operation says no to, with a code for programs and a sentence for people."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - the word says what it is
    """An expected "no". Rooms raise their own kinds; the sentence is fit for a reader."""

    status = 422

    def __init__(self, code: str, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.field = field


class NotThere(Refusal):
    """The thing asked for does not exist, or not for this person."""

    status = 404


class NotAllowed(Refusal):
    """Known, but not permitted."""

    status = 403


class TooSoon(Refusal):
    """A limit was reached; the person may try again after ``retry_after`` seconds."""

    status = 429

    def __init__(self, code: str, sentence: str, *, retry_after: int) -> None:
        super().__init__(code, sentence)
        self.retry_after = retry_after


class Conflict(Refusal):
    """The thing changed since it was looked at; nothing was overwritten."""

    status = 409
