"""A print of a text that changes little when the text does (Charikar 2002, SimHash)."""

from __future__ import annotations

import re
import struct
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
MOST_WORDS, LONGEST = 400, 4_000
ADDRESS, PARTS_OF_ADDRESS = re.compile(r"://|^www\.|@"), ("://", "www.", "@")
WORD = re.compile(r"[^\W\d_]+")
LANE, LANE_BYTES = struct.Struct(">H"), 2


def print_of(text: str) -> int | None:
    """The print of a text without links, numbers and signs; None when it has too few words."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    if any(part in plain for part in PARTS_OF_ADDRESS):
        plain = " ".join(part for part in plain.split() if not ADDRESS.search(part))
    words = WORD.findall(plain)[:MOST_WORDS]
    if len(words) < FEWEST_WORDS:
        return None
    # One sum for all bits, each in a lane of its own of a big number.
    distinct = set(words)
    total = sum(map(_spread, distinct)).to_bytes(BITS * LANE_BYTES, "big")
    found = 0
    for (votes,) in LANE.iter_unpack(total):
        found = found << 1 | (2 * votes > len(distinct))
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


@lru_cache(maxsize=2_048)
def _spread(word: str) -> int:
    """The bits of a word's hash, each as four hexadecimal digits of a big number."""
    value = int.from_bytes(blake2b(word.encode(), digest_size=BITS // 8).digest(), "big")
    return int(f"{value:064b}".replace("0", "0000").replace("1", "0001"), 16)
