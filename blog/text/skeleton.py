"""What a name looks like: names with one skeleton are hard to tell apart (UTS 39, section 4)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import regex

# Spaces, dots and what is drawn as nothing make no other name.
_NOT_DRAWN = regex.compile(r"[^\p{L}\p{M}\p{N}]|\p{Default_Ignorable_Code_Point}", regex.V0)


def skeleton(name: str) -> str:
    """The skeleton of a name, case ignored; "" when it has neither letter nor digit.

    Beyond UTS 39 the small "i" counts as "l": the capital one looks like it, and letters of either
    case shall be one.
    """
    prototypes = _prototypes()
    text = unicodedata.normalize("NFKD", name)
    for _ in range(2):  # the prototype of 0 is a capital O, whose own is found in the next round
        text = "".join(prototypes.get(character, character) for character in text).casefold()
        text = unicodedata.normalize("NFKD", text)
    return str(_NOT_DRAWN.sub("", text)).replace("i", "l")


@lru_cache(maxsize=1)
def _prototypes() -> Mapping[str, str]:
    """What each character looks like, from Unicode's confusables as the package carries them.

    The file is read by the first name that is compared and only this table stays in memory. It
    tells which texts look alike, in stars: a prototype with all that look like it.
    """
    source = files("confusable_homoglyphs").joinpath("confusables.json")
    alike: dict[str, list[dict[str, str]]] = json.loads(source.read_text(encoding="utf-8"))
    return {
        character: prototype
        for character, others in alike.items()
        if len(character) == 1 and len(others) == 1
        for prototype in [others[0]["c"]]
        if _is_prototype(prototype, character, len(alike.get(prototype, ())))
    }


def _is_prototype(candidate: str, other: str, degree: int) -> bool:
    """Whether the first of two that look alike is the middle of the star.

    Only a prototype has several characters, or looks like several others; of a pair that tells
    neither, the plainer one stands for both.
    """
    return len(candidate) > 1 or degree > 1 or candidate < other
