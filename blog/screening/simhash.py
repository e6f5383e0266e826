"""A print of a text that changes little when the text does (Charikar 2002, SimHash)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

BITS = 64
# Bands by which prints that differ in few bits are found: prints of up to five differing bits
# share one for certain, of eight most often.
BAND_BITS = (11, 11, 11, 11, 10, 10)
# Texts whose prints differ in more are not called alike.
MOST_DIFFERING = 8
# A text of fewer words is said by many who mean it: "Thank you for this!"
FEWEST_WORDS = 6
MOST_WORDS = 400
LINK = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+")


def print_of(text: str) -> int | None:
    """The print of a text without links, numbers and signs; None when it has too few words."""
    plain = unicodedata.normalize("NFKC", LINK.sub(" ", text)).casefold()
    words = WORD.findall(plain)[:MOST_WORDS]
    if len(words) < FEWEST_WORDS:
        return None
    # One sum for all bits: a byte of a big number for each, so that adding is one step a word.
    total = sum(map(_spread, set(words)))
    half = len(set(words)) / 2
    found = 0
    for bit in range(BITS):
        if (total >> (bit * LANE)) & LANE_MASK > half:
            found |= 1 << bit
    return found


def bands_of(value: int) -> tuple[int, ...]:
    """The bands of a print, each a small number."""
    bands = []
    for bits in BAND_BITS:
        bands.append(value & ((1 << bits) - 1))
        value >>= bits
    return tuple(bands)


def differing_bits(one: int, other: int) -> int:
    """In how many bits two prints differ."""
    return (one ^ other).bit_count()


LANE = 16
LANE_MASK = (1 << LANE) - 1


@lru_cache(maxsize=2_048)
def _spread(word: str) -> int:
    """The 64 bits of a word's hash, each in a lane of its own of a big number."""
    value = int.from_bytes(blake2b(word.encode(), digest_size=BITS // 8).digest(), "big")
    return sum(((value >> bit) & 1) << (bit * LANE) for bit in range(BITS))
