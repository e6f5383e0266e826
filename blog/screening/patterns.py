"""Regular expressions of the staff, run by RE2: time linear in the text, whatever they say.

No look-around and no back references therefore. The one importer of re2, loaded by the first
pattern there is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from blog.errors import Refusal

LONGEST_PATTERN = 2_000
# In RE2's instructions: what it may cost for each letter, were it made to cost most.
LARGEST_PROGRAM = 3_000
MOST_MEMORY = 1 << 20
LONGEST_FOUND = 100


class Pattern:
    """A compiled pattern; letters match in either case unless it says otherwise."""

    def __init__(self, text: str) -> None:
        self._compiled = _compile(text, is_literal=False)

    @property
    def cost(self) -> int:
        """What it may cost for each letter, in RE2's instructions."""
        return int(self._compiled.programsize)

    def find(self, texts: Iterable[str]) -> str | None:
        """What the pattern found first in one of the texts, or None. It may find nothing at all."""
        return _first(self._compiled, texts)


class Pieces:
    """Pieces of text, found also inside words, in either case."""

    def __init__(self, pieces: tuple[str, ...]) -> None:
        # Longer ones first: of two that begin alike the first would hide the other.
        ordered = sorted(pieces, key=len, reverse=True)
        self._compiled = [_compile(piece, is_literal=True) for piece in ordered]

    def find(self, texts: Iterable[str]) -> str | None:
        """The first piece that stands in one of the texts, or None."""
        given = list(texts)
        found = (_first(compiled, given) for compiled in self._compiled)
        return next((text for text in found if text is not None), None)


def _first(compiled: Any, texts: Iterable[str]) -> str | None:
    for text in texts:
        # What is no text in UTF-8 (half a surrogate pair) is no letter of anybody.
        match = compiled.search(text.encode("utf-8", "replace").decode("utf-8"))
        if match is not None:
            return str(match.group())[:LONGEST_FOUND]
    return None


def _compile(text: str, *, is_literal: bool) -> Any:
    """The compiled expression. Raises Refusal with what RE2 says is wrong with it."""
    import re2  # noqa: PLC0415 - needed only where there are patterns

    options = re2.Options()
    options.case_sensitive = False
    options.literal = is_literal
    options.max_mem = MOST_MEMORY
    options.log_errors = False
    if len(text) > LONGEST_PATTERN:
        raise _bad(f"it is longer than {LONGEST_PATTERN:,} characters")
    try:
        compiled = re2.compile(text.encode("utf-8", "replace").decode("utf-8"), options)
    except re2.error as error:
        said = error.args[0] if error.args else "it is not a pattern"
        raise _bad(said.decode("utf-8", "replace") if isinstance(said, bytes) else said) from None
    if compiled.programsize > LARGEST_PROGRAM:
        raise _bad("it would cost too much; use fewer or smaller repetitions")
    return compiled


def _bad(said: str) -> Refusal:
    return Refusal(
        "bad_pattern",
        f"The pattern cannot be used: {said}. It is read by RE2, which has no look-around and "
        "no back references. Nothing was saved.",
        field="value",
    )
