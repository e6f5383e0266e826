"""Reads the visible words, the opening and the number of links out of HTML."""

import re

from blog.naming import cut_graphemes
from blog.text.nesting import is_block
from blog.text.tagsoup import EndTag, StartTag, Text, decode, scan

_UNSEEN = frozenset({"script", "style", "template", "title", "noscript"})
_LINE_SPACE = re.compile(r"[ \t\r\f]+")
_BLANK_LINES = re.compile(r" ?\n[ \n]*")
_ANCHOR = re.compile("<a", re.IGNORECASE)
# A writing system without spaces makes one "word" of a whole paragraph.
_LETTERS_PER_WORD = 12


def plain_text(html: str) -> str:
    """Give the words of HTML that a reader sees, blocks and breaks on lines of their own."""
    words: list[str] = []
    unseen = ""
    for token in scan(html):
        if isinstance(token, StartTag) and not unseen and token.name in _UNSEEN:
            unseen = token.name
        elif isinstance(token, EndTag) and token.name == unseen:
            unseen = ""
        elif unseen:
            continue
        elif isinstance(token, Text):
            words.append(decode(token.raw))
        elif isinstance(token, StartTag | EndTag) and (token.name == "br" or is_block(token.name)):
            words.append("\n")
    text = _LINE_SPACE.sub(" ", "".join(words))
    return _BLANK_LINES.sub("\n", text).strip()


def excerpt(html: str, words: int = 40) -> str:
    """Give the first words of HTML on one line, with an ellipsis when some are left out."""
    text = " ".join(plain_text(html).split())
    found = text.split(" ", words)
    kept = " ".join(found[:words])
    short = cut_graphemes(kept, words * _LETTERS_PER_WORD)
    if len(short) < len(kept):
        space = short.rfind(" ")
        short = short[:space] if space > len(short) // 2 else short
    return text if short == text else short.rstrip(" ,;:.…") + "…"


def count_links(html: str) -> int:
    """Count the links in HTML: anchors that lead somewhere."""
    if _ANCHOR.search(html) is None:
        return 0  # as in most comments, which are not read any further
    return sum(
        isinstance(token, StartTag) and token.name == "a" and bool(token.attributes.get("href"))
        for token in scan(html)
    )
