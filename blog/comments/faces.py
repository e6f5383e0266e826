"""The little pictures beside names, drawn into the page: no request, and nothing of an address.

A keyed digest of who it is and of the name is cut to fifteen bits, which fill the left half of a
grid of five by five; the right half mirrors it. The same person under another name has another
picture, and so has somebody else under the same name.
"""

from __future__ import annotations

from functools import lru_cache

from blog.sealing import sealer

FACE = "comment.face"
SIDE = 5
HALF = 3
PICTURES = 1 << (SIDE * HALF)


def face_of(person_id: int | None, name: str) -> str:
    """The picture as the data of an SVG path in a box of five by five."""
    digest = sealer().index(f"{person_id or 0}\0{name.casefold()}", FACE)
    return _path(int.from_bytes(digest[:2], "big") % PICTURES)


@lru_cache(maxsize=4_096)
def _path(bits: int) -> str:
    # None at all would be no picture.
    bits = bits or 1
    parts = []
    for row in range(SIDE):
        left = [bool(bits >> (row * HALF + column) & 1) for column in range(HALF)]
        parts += _runs(row, [*left, left[1], left[0]])
    return "".join(parts)


def _runs(row: int, cells: list[bool]) -> list[str]:
    """The filled cells of a row, neighbours drawn as one."""
    runs, start = [], 0
    while start < SIDE:
        end = start
        while end < SIDE and cells[end]:
            end += 1
        if end > start:
            runs.append(f"M{start} {row}h{end - start}v1H{start}z")
        start = max(end, start + 1)
    return runs
