"""Looking for an admin's words and phrases in what was sent: whole words, case ignored."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

import regex

MOST_INDEXED = 4
Index = tuple[dict[str, str], tuple[int, ...]]
_recent: dict[int, tuple[tuple[str, ...], Index]] = {}
WORD = regex.compile(r"\w+|[^\w\s]")


def find_phrase(phrases: tuple[str, ...], texts: Iterable[str]) -> str | None:
    """The first phrase that stands in one of the texts as whole words, or None.

    Phrases are literal: a pattern such as ``(a+)+$`` matches only itself. Cost is linear in the
    texts and does not grow with the number of phrases, but with their greatest number of words.
    """
    if not phrases:
        return None
    known, lengths = _index_of(phrases)
    for text in texts:
        words = _words(text)
        for start in range(len(words)):
            for length in lengths:
                if start + length > len(words):
                    break
                found = known.get(" ".join(words[start : start + length]))
                if found is not None:
                    return found
    return None


class PhraseBook:
    """The phrases of many owners, looked for in one walk through the texts.

    Ten lists cost no more than one: each text is taken apart once.
    """

    def __init__(self, phrases_of: Mapping[int, Iterable[str]]) -> None:
        self._known: dict[str, list[tuple[int, str]]] = {}
        lengths: set[int] = set()
        for owner, phrases in phrases_of.items():
            known, own_lengths = _index(tuple(phrases))
            lengths.update(own_lengths)
            for words, phrase in known.items():
                self._known.setdefault(words, []).append((owner, phrase))
        self._lengths = tuple(sorted(lengths))

    def find(self, texts: Iterable[str]) -> dict[int, str]:
        """For each owner with a phrase in one of the texts, as whole words, the first of them."""
        found: dict[int, str] = {}
        for text in texts if self._known else ():
            words = _words(text)
            for start in range(len(words)):
                for length in self._lengths:
                    if start + length > len(words):
                        break
                    for owner, phrase in self._known.get(
                        " ".join(words[start : start + length]), ()
                    ):
                        found.setdefault(owner, phrase)
        return found


def _index_of(phrases: tuple[str, ...]) -> Index:
    """The index of these phrases, found by the tuple itself: comparing long lists takes longer
    than looking for their words. Settings that did not change are the same tuples.
    """
    entry = _recent.get(id(phrases))
    if entry is None or entry[0] is not phrases:
        if len(_recent) >= MOST_INDEXED:
            _recent.clear()
        entry = _recent[id(phrases)] = phrases, _index(phrases)
    return entry[1]


@lru_cache(maxsize=MOST_INDEXED)
def _index(phrases: tuple[str, ...]) -> Index:
    known: dict[str, str] = {}
    lengths: set[int] = set()
    for phrase in phrases:
        words = _words(phrase)
        if words:
            known.setdefault(" ".join(words), phrase)
            lengths.add(len(words))
    return known, tuple(sorted(lengths))


def _words(text: str) -> list[str]:
    return WORD.findall(unicodedata.normalize("NFKC", text).casefold())
