"""The languages that mail and the pages behind its links are written in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    """A language with a complete catalogue, by its code of ISO 639-1."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"


# As each is called by those who speak it.
OWN_NAMES: Mapping[Language, str] = {
    Language.ENGLISH: "English",
    Language.GERMAN: "Deutsch",
    Language.FRENCH: "Français",
    Language.SPANISH: "Español",
}


def language_for(tag: str) -> Language:
    """The language of a tag such as ``de-AT`` (RFC 5646); English for one that is not here."""
    primary = tag.replace("_", "-").partition("-")[0].strip().lower()
    return Language(primary) if primary in set(Language) else Language.ENGLISH
