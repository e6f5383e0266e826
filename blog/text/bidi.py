"""Closes text-direction controls at the end of their line, so that none turns what follows."""

import re

_CONTROL_OR_LINE_END = re.compile("[\u202a-\u202e\u2066-\u2069\n\r\u2028\u2029]")
_HAS_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
_EMBEDDINGS = "\u202a\u202b\u202d\u202e"
_ISOLATES = "\u2066\u2067\u2068"
_POP_EMBEDDING = "\u202c"
_POP_ISOLATE = "\u2069"


class DirectionGuard:
    """Follows the open controls of a line that arrives in pieces."""

    def __init__(self) -> None:
        self._closers: list[str] = []
        self._isolates = 0

    def feed(self, text: str) -> str:
        """Give the piece with every line in it closed; closers of nothing are left out."""
        if not self._closers and not _HAS_CONTROL.search(text):
            return text
        return _CONTROL_OR_LINE_END.sub(lambda found: self._balance(found.group()), text)

    def end_line(self) -> str:
        """Give the closers that the line still needs, innermost first."""
        closers = "".join(reversed(self._closers))
        self._closers.clear()
        self._isolates = 0
        return closers

    def _balance(self, mark: str) -> str:
        if mark in _EMBEDDINGS:
            self._closers.append(_POP_EMBEDDING)
        elif mark in _ISOLATES:
            self._closers.append(_POP_ISOLATE)
            self._isolates += 1
        elif mark == _POP_EMBEDDING:
            if not self._closers or self._closers[-1] != mark:
                return ""
            self._closers.pop()
        elif mark == _POP_ISOLATE:
            return self._close_isolate()
        else:
            return self.end_line() + mark
        return mark

    def _close_isolate(self) -> str:
        """An isolate ends with all embeddings opened inside it (UAX 9, rule X6a)."""
        if not self._isolates:
            return ""
        self._isolates -= 1
        closed = ""
        while (closer := self._closers.pop()) != _POP_ISOLATE:
            closed += closer
        return closed + _POP_ISOLATE


def close_directions(text: str) -> str:
    """Give a text of its own with every direction control closed within its line."""
    guard = DirectionGuard()
    return guard.feed(text) + guard.end_line()
