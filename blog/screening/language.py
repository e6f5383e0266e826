"""A light guess at the language of a text: its script, and its most common small words."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain

import regex

FEWEST_LETTERS = 40
LONGEST = 600
# A guess counts when so many small words speak for it, and twice as many as for the next.
FEWEST_SMALL_WORDS = 4
SCRIPTS = (
    "Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Han", "Hiragana", "Katakana", "Hangul",
    "Thai", "Devanagari",
)  # fmt: skip
_SCRIPT = {name: regex.compile(rf"\p{{{name}}}") for name in SCRIPTS}
_EAST_ASIAN = frozenset({"Han", "Hiragana", "Katakana"})
_WORD = re.compile(r"[^\W\d_]+")
_SMALL_WORDS = {
    "English": "the and of to in is that it you for was with are this have not but what can",
    "German": "der die das und ist nicht ich sie mit den auf ein eine für von auch wie aber wird",
    "French": "le la les des et est une que pour dans pas vous avec sur qui nous mais ce sont",
    "Spanish": "el los las que es una por con para del como pero muy más esto está su todo hay",
    "Italian": "il che di per una sono con non gli della anche più questo come nel ma ho alla",
    "Portuguese": "o os que uma para com não mais como dos mas por muito isso você são foi tem",
    "Dutch": "de het een van en dat niet zijn met voor ook maar heeft wat deze naar er wordt",
    "Polish": "i w na że się nie jest to z do jak ale są przez tak czy dla już tym był",
    "Swedish": "och att det som en är inte på jag med för har till av om men ett den kan",
    "Turkish": "bir ve bu için çok daha ile ne gibi ama olarak var ben değil kadar sonra",
    "Indonesian": "yang dan di ini itu dengan untuk tidak dari dalam akan pada juga saya ke ada",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _small in _words.split():
        _LANGUAGES_OF.setdefault(_small, []).append(_language)


def language_of(text: str) -> str | None:
    """The language or script of a text in a word, or None when it cannot be told."""
    text = text[:LONGEST]
    letters = _letters_by_script(text)
    if letters.total() < FEWEST_LETTERS:
        return None
    script, count = letters.most_common(1)[0]
    if count < 0.6 * letters.total() and script not in _EAST_ASIAN:
        return None
    return _by_small_words(text) if script == "Latin" else script


def _letters_by_script(text: str) -> Counter[str]:
    if text.isascii():  # most texts are, and eleven searches take longer than all the rest
        return Counter(Latin=sum(map(str.isalpha, text)))
    return Counter({name: len(find.findall(text)) for name, find in _SCRIPT.items()})


def are_far_apart(one: str | None, other: str | None) -> bool:
    """Whether two guesses surely differ; Chinese and Japanese share a script."""
    if one is None or other is None or {one, other} <= _EAST_ASIAN:
        return False
    return one != other


def _by_small_words(text: str) -> str | None:
    words = _WORD.findall(text.casefold())
    votes = Counter(chain.from_iterable(_LANGUAGES_OF.get(word, ()) for word in words))
    best = [*votes.most_common(2), ("", 0), ("", 0)]
    if best[0][1] < FEWEST_SMALL_WORDS or best[0][1] < 2 * best[1][1]:
        return None
    return best[0][0]
