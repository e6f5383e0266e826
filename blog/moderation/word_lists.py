"""The lists of words in the settings: which words are new, and the proof that they were tried."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from blog.moderation.setting_operations import setting_texts
from blog.settings.catalogue import as_text, parse
from blog.settings.queries import load_settings
from blog.signing import read, sign

WORD_LISTS = ("comments.hold_words", "comments.refuse_words")
TRIED = "words-tried"
LOOK_SECONDS = 3_600


def new_words(wanted: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The words that each list would get besides those it has, by the list's key.

    ``wanted`` are settings as they were typed. A list that only loses words is not among them:
    it catches nothing new.
    """
    standing = setting_texts(load_settings())
    added: dict[str, tuple[str, ...]] = {}
    for key in WORD_LISTS:
        if key in wanted:
            known = set(standing[key].splitlines())
            words = tuple(word for word in parse(key, wanted[key]) if word not in known)
            if words:
                added[key] = words
    return added


def proof_of_words(wanted: Mapping[str, str], now: datetime) -> str:
    """A token for the page that shows what these lists would have caught."""
    return sign(TRIED, _digest(wanted), now=now)


def were_looked_at(wanted: Mapping[str, str], token: str, now: datetime) -> bool:
    """Whether what these lists catch was shown within the last hour."""
    return bool(read(TRIED, token, now=now, max_age_seconds=LOOK_SECONDS) == _digest(wanted))


def _digest(wanted: Mapping[str, str]) -> str:
    parts = [f"{key}\n{as_text(parse(key, wanted[key]))}" for key in WORD_LISTS if key in wanted]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
