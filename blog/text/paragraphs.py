"""Turns the double line breaks of WordPress's classic editor into paragraphs."""

import re

from blog.text.tagsoup import EndTag, StartTag, Text, scan

# The elements around which WordPress makes no paragraph, as its handbook lists them.
_BLOCKS = frozenset({
    "table", "thead", "tfoot", "caption", "col", "colgroup", "tbody", "td", "th", "tr", "div",
    "dl", "dd", "dt", "ul", "ol", "li", "pre", "form", "map", "area", "blockquote", "address",
    "style", "p", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "fieldset", "legend", "section",
    "article", "aside", "hgroup", "header", "footer", "nav", "figure", "figcaption", "details",
    "menu", "summary", "script", "main", "iframe", "object", "video", "audio", "svg", "math",
})  # fmt: skip
# Inside these a blank line makes paragraphs; in a cell or list item only if there is one.
_ROOMY = frozenset({"", "div", "blockquote", "section", "article", "aside", "header", "footer",
                    "main", "details", "form", "fieldset", "nav"})  # fmt: skip
_TIGHT = frozenset({"li", "td", "th", "dd", "figcaption"})
_UNTOUCHED = frozenset({"pre", "script", "style", "svg", "math"})
_VOID = frozenset({"hr", "area", "col"})
_BLANK_LINE = re.compile(r"\n[ \t\r\f]*(?:\n[ \t\r\f]*)+")
_NEWLINE = re.compile(r"[ \t]*(\n)[ \t]*")
_BREAK = re.compile(r"<br[\s/>]", re.IGNORECASE)
_MAX_OPEN = 100


class _Paragraphs:
    def __init__(self) -> None:
        self.out: list[str] = []
        self._runs: list[list[str]] = [[]]
        self._open: list[str] = []

    def block_tag(self, name: str, raw: str, *, closes: bool) -> None:
        self.flush()
        self.out.append(raw)
        if closes and name in self._open:
            while self._open.pop() != name:
                pass
        elif not closes and name not in _VOID and len(self._open) < _MAX_OPEN:
            self._open.append(name)

    def untouched(self) -> bool:
        return any(name in _UNTOUCHED for name in self._open)

    def as_it_is(self, raw: str) -> None:
        self.flush()
        self.out.append(raw)

    def raw(self, piece: str) -> None:
        self._runs[-1].append(piece)

    def text(self, raw: str) -> None:
        """Add words: a blank line ends the run, each newline in it is a piece of its own."""
        # A "<" that begins no tag here could begin one with what is written after it.
        safe = raw.replace("<", "&lt;")
        for number, part in enumerate(_BLANK_LINE.split(safe)):
            if number:
                self._runs.append([])
            self._runs[-1].extend(piece for piece in _NEWLINE.split(part) if piece)

    def flush(self) -> None:
        """Write the words since the last block tag as paragraphs, or plain where none belong."""
        filled = [run for run in map(_with_breaks, self._runs) if run]
        self._runs = [[]]
        place = self._open[-1] if self._open else ""
        wrap = place in _ROOMY or (place in _TIGHT and len(filled) > 1)
        for run in filled:
            self.out.append(f"<p>{run}</p>\n" if wrap and not _is_comment(run) else run)


def _with_breaks(pieces: list[str]) -> str:
    """Join a run; its inner newlines become breaks unless a break was typed there."""
    written: list[str] = []
    for piece in pieces:
        if piece != "\n":
            written.append(piece)
        elif written and not _BREAK.match(written[-1]):
            written.append("<br>\n")
    while written and (written[-1] == "<br>\n" or written[-1].isspace()):
        written.pop()
    return "".join(written).strip()


def _is_comment(run: str) -> bool:
    return run.startswith("<!--") and run.find("-->") == len(run) - 3


def autop(html: str) -> str:
    """Give the HTML that WordPress shows for a body of the classic editor.

    A blank line ends a paragraph, a single newline is a `<br>`; the inside of pre, script and style
    and of every tag is left as it is. A body of the block editor (`<!-- wp:`) has its paragraphs
    already and comes back unchanged.
    """
    if "<!-- wp:" in html:
        return html
    paragraphs = _Paragraphs()
    for token in scan(html.replace("\r\n", "\n").replace("\r", "\n")):
        if isinstance(token, StartTag | EndTag) and token.name in _BLOCKS:
            paragraphs.block_tag(token.name, token.raw, closes=isinstance(token, EndTag))
        elif paragraphs.untouched():
            paragraphs.as_it_is(token.raw)
        elif isinstance(token, Text):
            paragraphs.text(token.raw)
        else:
            paragraphs.raw(token.raw)
    paragraphs.flush()
    return "".join(paragraphs.out)
