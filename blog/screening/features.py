"""What the learner sees of a text: hashed words, pairs of words, parts of words, and its shape.

Every feature is a number below BUCKETS, from CRC-32, which is the same on every machine; Python's
own hash is not. A change here makes older models useless, so it raises FEATURES_VERSION.
"""

from __future__ import annotations

import html
import math
import re
import sys
import unicodedata
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

FEATURES_VERSION = 1
BUCKETS = 1 << 16  # for words, pairs and shape together, and as many for parts of words
# A text is judged by its beginning and end; what stands between costs time and tells little more.
LONGEST_HEAD, LONGEST_TAIL = 1_500, 500
LONGEST_WORD = 40
PART_SIZES = range(3, 6)
PART_WEIGHT = 0.15  # parts of words are many and say less than words
MANY_WORDS_CACHED = 2_048

BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
TOP_LEVELS = "com|net|org|ru|tv|info|co|me|ly|be|gl|us|uk|de|biz|io"
ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>\"]+"
    # Bounded, so that a long run of such letters is not read again from each of them.
    r"|\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6}\.(?:"
    rf"{TOP_LEVELS})\b"
    r"(?:/[^\s<>\"]*)?",
    re.IGNORECASE,
)
# Nothing is an address without one of these, which are found in a fifth of the time.
PART_OF_ADDRESS = re.compile(rf"://|www\.|\.(?:{TOP_LEVELS})\b", re.IGNORECASE)
TOKEN = re.compile(r"\u241f|[^\W_]+(?:['’][^\W_]+)?|[^\w\s]")
LINK = "\u241f"  # stands for each link among the tokens
REPEATED = re.compile(r"([^\d\s])\1{2,}")
BEYOND, LONG_NUMBER = re.compile("[\u2001-\U0010ffff]"), re.compile(r"\d{3}")

# What promotion of any kind is made of: a call to act, on a thing of one's own.
ACT = (
    r"\b(?:check\w*|subscri?b\w*|sub|visit|click|follow|vote|share|join|watch|go|buy|order|"
    r"download|sign|register|add|help|support|spread|listen|earn|make|get|win|look|search|donate|"
    r"enter|contact|call)\b"
)
THING = (
    r"\b(?:channels?|chanels?|videos?|vids?|pages?|sites?|websites?|blogs?|songs?|music|covers?|"
    r"apps?|links?|profiles?|accounts?|facebook|twitter|instagram|store|shop|playlist|remix|album|"
    r"band|mixtape|tracks?|beats?|content|petition|contest|campaign|company|money|dollars|cash|"
    r"job|followers|subscribers|subs)\b"
)
SELF = r"\b(?:my|our|me|us|i|im|i'm|we|we're)\b"
PATTERNS = {
    name: re.compile(pattern)
    for name, pattern in {
        "a call to act": ACT,
        "something to promote": THING,
        "something of one's own": rf"\b(?:my|our)\b(?: \S+){{0,3}} {THING}",
        "a call to a thing": rf"{ACT}(?: \S+){{0,6}} {THING}",
        "a call to oneself": rf"{ACT}(?: \S+){{0,3}} {SELF}",
        "a call to a link": rf"{ACT}(?: \S+){{0,6}} \u241f",
        "please": r"\b(?:please|pls|plz|plzz)\b",
        "a greeting first": r"^(?:hey|hi|hello|guys)\b",
        "an address in disguise": r"\b(?:dot|\.) ?(?:com|net|org|tk|co|info)\b",
    }.items()
}
# Patterns that hold others: where those are not found it need not be looked for.
HOLDS = {
    "something of one's own": {"something to promote"},
    "a call to a thing": {"a call to act", "something to promote"},
    "a call to oneself": {"a call to act"},
    "a call to a link": {"a call to act"},
}
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Features:
    """The buckets of a text: those that are counted, those of parts of words, and their scale.

    ``scale`` gives every text the same length: a counted feature weighs so much, a part of a word
    PART_WEIGHT times as much.
    """

    counted: array[int]
    parts: array[int]
    scale: float

    def to_bytes(self) -> bytes:
        """The same on every machine, two bytes a feature."""
        together = array("H", [len(self.counted), *self.counted, *self.parts])
        if sys.byteorder == "big":
            together.byteswap()
        return together.tobytes()


def features_of(text: str) -> Features:
    """What the learner sees of a text. Pure, and the same everywhere."""
    plain = _plain(text)
    lower = plain.lower()
    tokens = _tokens(lower)
    counted = {bucket_of(name) for name in _names(plain, lower, tokens)}
    parts: set[int] = set()
    for word in set(tokens):
        parts.update(_parts(word))
    return _scaled(array("H", sorted(counted)), array("H", sorted(parts)))


def features_from(stored: bytes) -> Features:
    """The features that :meth:`Features.to_bytes` wrote."""
    together = array("H", stored)
    if sys.byteorder == "big":
        together.byteswap()
    end = 1 + together[0]
    return _scaled(together[1:end], together[end:])


def _scaled(counted: array[int], parts: array[int]) -> Features:
    length = math.sqrt(len(counted) + PART_WEIGHT**2 * len(parts))
    return Features(counted, parts, 1 / (length or 1.0))


def named_features(text: str) -> list[tuple[str, str]]:
    """The features that a person can read, each with the words that say it: (name, words)."""
    plain = _plain(text)
    lower = plain.lower()
    names = _names(plain, lower, _tokens(lower))
    return [(name, name[2:].replace(LINK, "a link").strip("^$ ")) for name in names]


def _names(plain: str, lower: str, tokens: list[str]) -> list[str]:
    """The names of all counted features: a letter for their kind, a colon, and what is seen."""
    names = [f"w:{token}" for token in tokens]
    names += [f"b:{first} {second}" for first, second in pairwise(["^", *tokens, "$"])]
    joined = " ".join(tokens)
    said: dict[str, None] = {}
    for name, pattern in PATTERNS.items():
        if HOLDS.get(name, NOTHING) <= said.keys() and pattern.search(joined):
            said[name] = None
    names += [f"l:{name}" for name in said]
    names += _shape(plain, tokens)
    names += _links(ADDRESS.findall(lower) if PART_OF_ADDRESS.search(lower) else ())
    return names


def bucket_of(name: str) -> int:
    """The bucket of a feature that :func:`named_features` gave."""
    return crc32(name.encode("utf-8", "replace")) & (BUCKETS - 1)


def _plain(text: str) -> str:
    """A text as it was meant: without byte order marks, entities and tags; cut to what counts."""
    text = text.replace("\ufeff", "")
    if len(text) > 2 * (LONGEST_HEAD + LONGEST_TAIL):
        text = f"{text[: 2 * LONGEST_HEAD]} {text[-2 * LONGEST_TAIL :]}"
    text = BREAK.sub("\n", html.unescape(html.unescape(text)))
    text = unicodedata.normalize("NFKC", TAG.sub(" ", text)).strip()
    if len(text) > LONGEST_HEAD + LONGEST_TAIL:
        text = f"{text[:LONGEST_HEAD]} {text[-LONGEST_TAIL:]}"
    return text


def _tokens(lower: str) -> list[str]:
    """Words and signs in order; a link is one sign, a number its length, a run of a sign two."""
    tokens: list[str] = []
    last = ""
    if PART_OF_ADDRESS.search(lower):
        lower = ADDRESS.sub(f" {LINK} ", lower)
    for found in TOKEN.findall(REPEATED.sub(r"\1\1", lower)):
        token = f"<{min(len(found), 5)} digits>" if found.isdigit() else found[:LONGEST_WORD]
        if token != last or token[0].isalnum():
            tokens.append(token)
        last = token
    return tokens


@lru_cache(maxsize=MANY_WORDS_CACHED)
def _parts(word: str) -> tuple[int, ...]:
    """The buckets of the parts of a word."""
    if word[0] in "<\u241f":
        return ()
    fenced = f"<{word}>"
    return tuple(
        bucket_of(fenced[start : start + size])
        for size in PART_SIZES
        for start in range(len(fenced) - size + 1)
    )


def _shape(plain: str, tokens: list[str]) -> list[str]:
    """Length, capitals, signs, lines and repetition, each in a few steps."""
    words = [token for token in tokens if token[0].isalnum()]
    names = [
        f"m:length {min(8, int(math.log2(len(words) + 1)))} of 8",
        f"m:exclamation marks: {min(3, plain.count('!'))}",
    ]
    letters = sum(map(str.isalpha, plain))
    if letters > 5:
        share = sum(map(str.isupper, plain)) / letters
        names.append(f"m:capitals {_step(share, (0.02, 0.1, 0.3, 0.7))} of 4")
    if len(words) > 6:
        names.append(f"m:different words {int(4 * len(set(words)) / len(words))} of 4")
    return names + [f"m:{name}" for name, says in _SIGNS.items() if says(plain)]


def _links(addresses: Sequence[str]) -> list[str]:
    names = [f"m:a link, {min(3, len(addresses))} of 3", "m:a link"] if addresses else []
    for address in addresses:
        host, _, path = address.removeprefix("https://").removeprefix("http://").partition("/")
        names.append(f"d:{host.removeprefix('www.')[:200]}")
        names.append("d:a link into a site" if path else "d:a link to a site")
        if "?" in path:
            names.append("d:a link with a query")
    return names


def _step(share: float, steps: tuple[float, ...]) -> int:
    return sum(share >= step for step in steps)


_SIGNS: dict[str, Callable[[str], bool]] = {
    "signs beyond letters": lambda plain: not plain.isascii() and bool(BEYOND.search(plain)),
    "a sign of money": lambda plain: "$" in plain or "€" in plain,
    "a long number": lambda plain: bool(LONG_NUMBER.search(plain)),
    "several lines": lambda plain: "\n" in plain,
}
