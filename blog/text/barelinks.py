"""Finds addresses that stand bare in a text, as readers type them."""

import re
from collections.abc import Iterator

# A longer run is no address a person typed; the bound keeps a run of "http://" linear.
_BARE = re.compile(
    r"(?<![A-Za-z0-9+.@/-])https?://[^\s<>\"`\[\]{}|\\^\u2026\u00ab\u00bb\u201c-\u201f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\ufeff\x00-\x1f\x7f-\x9f]{1,2000}",
    re.IGNORECASE,
)
_TRAILING = frozenset(".,;:!?'*_~\u2019\u3002\uff0c\u3001")


def match_bare_link(text: str, start: int) -> int:
    """Give the end of the bare address that begins at `start`, or -1 when none does."""
    found = _BARE.match(text, start)
    if found is None:
        return -1
    length = _balanced_length(found.group())
    return start + length if length > len("https://") else -1


def _balanced_length(run: str) -> int:
    """Leave out a bracket nobody opened and the punctuation of the sentence around it."""
    depth = 0
    end = len(run)
    for index, letter in enumerate(run):
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth < 0:
                end = index
                break
    while end and run[end - 1] in _TRAILING:
        end -= 1
    return end


def find_bare_links(text: str) -> Iterator[tuple[int, int]]:
    """Give start and end of each bare http(s) address in the text."""
    position = 0
    while found := _BARE.search(text, position):
        end = match_bare_link(text, found.start())
        if end > 0:
            yield found.start(), end
        position = max(end, found.start() + 4)
