"""Telling HTML that cannot be anything but text and plain tags, by a grammar of its own.

It knows neither attributes nor comments nor any element that does more than set text, so nothing
that fits it can run, load or point anywhere, however a browser reads it; and each element is closed
and stands where a browser leaves it, so nothing of it reaches beyond itself.
"""

from __future__ import annotations

import re

_ELEMENTS = "abbr|acronym|b|blockquote|cite|code|del|em|i|li|ol|p|pre|q|s|strike|strong|ul"
# Text without <, > and &, and without controls (C0 but tab and line feed, C1), halves of pairs and
# what is no character.
_TEXT = r"[^<>&\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]*"
# No part of it begins with what another may hold, so that nothing is tried twice.
_PLAIN = re.compile(rf"{_TEXT}(?:(?:&(?:amp|lt|gt);|<br>|</?(?:{_ELEMENTS})>){_TEXT})*")
_TAG = re.compile(r"<(/?)([a-z]+)>")
_BLOCKS = frozenset({"blockquote", "ol", "p", "pre", "ul"})
# A line end after this tag is left out by whoever reads HTML.
_DROPS_LINE_END = "<pre>\n"


def is_plain_html(written: str) -> bool:
    """Whether it is text and well-nested tags without attributes. Linear in time."""
    if _PLAIN.fullmatch(written) is None or _DROPS_LINE_END in written:
        return False
    stack: list[str] = []
    for slash, name in _TAG.findall(written):
        if not slash:
            if not _may_stand_in(stack[-1] if stack else "", name):
                return False
            if name != "br":
                stack.append(name)
        elif not stack or stack.pop() != name:
            return False
    return not stack


def _may_stand_in(parent: str, name: str) -> bool:
    """Whether a browser leaves an element there; ``parent`` is "" at the top."""
    if name == "li":
        return parent in {"ol", "ul"}
    return name not in _BLOCKS or parent in {"", "blockquote", "li"}
