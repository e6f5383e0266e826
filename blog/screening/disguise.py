"""Disguises in Unicode: words of several scripts, and characters that nobody sees."""

from __future__ import annotations

import regex

_WORD = regex.compile(r"[\p{L}\p{M}]+")
_LETTERS = {
    script: regex.compile(rf"[\p{{{script}}}]")
    for script in ("Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic", "Georgian")
}
# Zero-width and other invisible signs between letters or digits. Joiners mean something in other
# scripts and in emoji, so they count only between letters of the scripts above.
_HIDDEN = regex.compile(
    r"(?<=[\p{Latin}\p{Cyrillic}\p{Greek}\p{Nd}])"
    r"[\u200b-\u200d\u2060-\u2064\u034f\u180e\ufeff\u115f\u1160\u17b4\u17b5\u3164\uffa0\u00ad]+"
    r"(?=[\p{Latin}\p{Cyrillic}\p{Greek}\p{Nd}])"
)
# A hyphen that shows only at a line's end is honest in long words, as some editors put it in.
_SOFT_HYPHEN = "\u00ad"


def has_mixed_word(name: str) -> bool:
    """Whether one word holds letters of two of the scripts that look alike."""
    if name.isascii():
        return False
    return any(
        sum(bool(letter.search(word)) for letter in _LETTERS.values()) > 1
        for word in _WORD.findall(name)
    )


def hidden_count(text: str) -> int:
    """How many places inside words hold characters that nobody sees, soft hyphens aside."""
    if text.isascii():
        return 0
    return sum(found != _SOFT_HYPHEN for found in _HIDDEN.findall(text))
