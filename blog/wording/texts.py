"""Finding a sentence in the language of whom it is for, and putting values into it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache

from markupsafe import escape

from blog.wording import de, en, es, fr
from blog.wording.dates import is_one, written_date, written_number, written_time
from blog.wording.languages import Language

# A text, or two: for one, and for another number.
Text = str | tuple[str, str]
CATALOGUES: Mapping[Language, Mapping[str, Text]] = {
    Language.ENGLISH: en.TEXTS,
    Language.GERMAN: de.TEXTS,
    Language.FRENCH: fr.TEXTS,
    Language.SPANISH: es.TEXTS,
}


class Wording:
    """One language's catalogue; templates call it as ``t``."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._texts = CATALOGUES[language]

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of ``key`` with its values; numbers are written as the language does.

        Of a text with two forms, the value ``n`` chooses. Where a value is HTML already the rest
        is escaped, and the text is HTML too. Raises KeyError for an unknown key or a value that
        is missing.
        """
        text = self._texts[key]
        if not isinstance(text, str):
            text = text[0 if is_one(self.language, int(str(values["n"]))) else 1]
        written = {name: self._written(value) for name, value in values.items()}
        if any(hasattr(value, "__html__") for value in values.values()):
            return escape(text).format(**written)
        return text.format(**written)

    def has(self, key: str) -> bool:
        """Whether there is a text of this key."""
        return key in self._texts

    def date(self, day: date) -> str:
        """A date in full."""
        return written_date(self.language, day)

    def time(self, time: datetime) -> str:
        """A time of day, to the minute."""
        return written_time(self.language, time)

    def _written(self, value: object) -> object:
        return written_number(self.language, value) if isinstance(value, int) else value


@cache
def wording(language: Language) -> Wording:
    """The wording of a language, made once."""
    return Wording(language)
