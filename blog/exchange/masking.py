"""Writes commenters' addresses that stand in the texts of an export so that no page shows them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from itertools import chain, pairwise
from urllib.parse import unquote

# How far around an @ an address is looked for, with all its characters written as entities.
FARTHEST = 2_000
INSTEAD = " [at] "

# The sign itself and its full-width forms, as it stands in an address of the web, and as an entity,
# also when that was escaped once more. Possessive, so that a long run is gone through once.
_AT = re.compile(
    r"[@\uff20\ufe6b]|%(?:25)*+40|"
    r"&(?:amp;)*+(?:#0*+64(?![0-9]);?|#x0*+40(?![0-9a-f]);?|commat;)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*+>")
_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class AddressMask:
    """Knows the addresses of an export's commenters and writes them as ``name [at] host``."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._names: dict[str, set[str]] = {}
        for address in addresses:
            name, _, host = address.lower().rpartition("@")
            name = name.rpartition("@")[2]
            if name and host:
                self._names.setdefault(host, set()).add(name)
        self._host_lengths = sorted({len(host) for host in self._names})
        self._name_lengths = sorted({len(name) for of in self._names.values() for name in of})

    def written_out(self, text: str) -> tuple[str, int]:
        """The text with `` [at] `` in each known address, and how many there were.

        Only the sign is replaced, whatever form it has: in HTML and in the address of a link
        nothing else changes, and what was a link to write mail is one no longer. Takes linear time.
        """
        if not self._names:
            return text, 0
        pieces: list[str] = []
        done = before = 0
        # One after another: a hostile text may be signs and nothing else.
        places = (sign.span() for sign in _AT.finditer(text))
        for (start, end), (after, _) in pairwise(chain(places, [(len(text), len(text))])):
            left = text[max(before, start - FARTHEST) : start]
            right = text[end : min(after, end + FARTHEST)]
            before = end
            if self._is_known(left, right):
                pieces += [text[done:start], INSTEAD]
                done = end
        return "".join([*pieces, text[done:]]), len(pieces) // 2

    def _is_known(self, left: str, right: str) -> bool:
        lefts = _readings(left)
        return any(
            self._ends_with(text, self._names[host])
            for reading in _readings(right)
            for host in self._hosts_at_start(reading)
            for text in lefts
        )

    def _hosts_at_start(self, text: str) -> list[str]:
        return [
            text[:length]
            for length in self._host_lengths
            if text[:length] in self._names and text[length : length + 1] not in _WORD
        ]

    def _ends_with(self, text: str, names: set[str]) -> bool:
        return any(
            text[-length:] in names and text[-length - 1 : -length] not in _WORD
            for length in self._name_lengths
            if length <= len(text)
        )


def _readings(piece: str) -> list[str]:
    """What a reader may take a piece of HTML for: tags part words, or stand inside of one."""
    if "<" not in piece:
        return [_plain(piece)]
    return [_plain(_TAG.sub(between, piece)) for between in ("", " ")]


def _plain(piece: str) -> str:
    return unquote(html.unescape(piece)).lower()
