"""Telling HTML that cannot be anything but text and plain tags, by a grammar of its own.

It knows neither attributes nor comments nor any element that does more than set text, so nothing
that fits it can run, load or point anywhere, however a browser reads it; and each tag is closed in
its place, so nothing of it reaches beyond itself.
"""

from __future__ import annotations

import re

_ELEMENTS = "abbr|acronym|b|blockquote|cite|code|del|em|i|li|ol|p|pre|q|s|strike|strong|ul"
# Written without going back: what was read once is never read again, whatever follows.
_PLAIN = re.compile(
    # Text without <, > and &, and without controls (C0 but tab and line feed, C1), halves of pairs
    # and what is no character.
    r"(?:[^<>&\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]++"
    rf"|&(?:amp|lt|gt);|<br>|</?(?:{_ELEMENTS})>)*+"
)
_TAG = re.compile(r"<(/?)([a-z]++)>")
# A line end after this tag is left out by whoever reads HTML.
_DROPS_LINE_END = "<pre>\n"


def is_plain_html(written: str) -> bool:
    """Whether it is text and tags without attributes, each closed in its place. Linear in time."""
    if _PLAIN.fullmatch(written) is None or _DROPS_LINE_END in written:
        return False
    stack: list[str] = []
    for slash, name in _TAG.findall(written):
        if not slash:
            if name != "br":
                stack.append(name)
        elif not stack or stack.pop() != name:
            return False
    return not stack
