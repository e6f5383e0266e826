"""Writes HTML that is well nested by construction, whatever order its parts come in.

A browser reads the result the same way wherever it stands, so that nothing a reader types can close
an element of the page around it; and what reaches the sanitiser is shallow and balanced, so that
its cost grows with the length of the text alone.
"""

import html
import unicodedata
from dataclasses import dataclass

from blog.linkcheck import misleading_host, shown_host
from blog.naming import is_blank, replace_unfit_characters
from blog.text.bidi import DirectionGuard, close_directions

MAX_LEVELS = 20
_MAX_INLINE = 20
_MAX_OPEN = 128

_ROOT = "#root"
# White space, and ends of directions that no line here has begun.
_NOTHING_BETWEEN_BLOCKS = " \t\n\r\f\u202c\u2069"
# What may be wider than the page and then scrolls in its own box.
SCROLLED = frozenset({"pre", "table"})
_LEVELS = frozenset({"blockquote", "ul", "ol", "dl", "table", "div", "details", "figure"})
# Blocks that hold only words and inline elements, so that any other block ends them.
_WORD_BLOCKS = frozenset({"p", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary",
                          "caption", "address"})  # fmt: skip
_TABLE_PARTS = frozenset({"table", "thead", "tbody", "tfoot", "tr", "td", "th"})
_PARENTS = {
    "li": frozenset({"ul", "ol"}),
    "dt": frozenset({"dl"}),
    "dd": frozenset({"dl"}),
    "caption": frozenset({"table"}),
    "thead": frozenset({"table"}),
    "tbody": frozenset({"table"}),
    "tfoot": frozenset({"table"}),
    "tr": frozenset({"thead", "tbody", "tfoot"}),
    "td": frozenset({"tr"}),
    "th": frozenset({"tr"}),
    "figcaption": frozenset({"figure"}),
    "summary": frozenset({"details"}),
}
# What has to be opened inside an element before words may stand in it.
_IMPLIED = {"ul": "li", "ol": "li", "dl": "dd", "table": "tbody", "thead": "tr", "tbody": "tr",
            "tfoot": "tr", "tr": "td"}  # fmt: skip
_ENDED_BY = {
    "li": frozenset({"li", "p", "pre"}),
    "dt": frozenset({"dt", "dd", "p", "pre"}),
    "dd": frozenset({"dt", "dd", "p", "pre"}),
    "caption": frozenset({"caption", "p", "pre"}) | _TABLE_PARTS - {"table"},
    "figcaption": frozenset({"figcaption", "p", "pre"}),
    "summary": frozenset({"p", "pre"}),
}
_PARAGRAPHED = frozenset({_ROOT, "blockquote", "div", "details"})
_BLOCKS = _LEVELS | _WORD_BLOCKS | frozenset(_PARENTS) | {"hr"}
_UNWRAPPED_BLOCKS = frozenset({"section", "article", "aside", "header", "footer", "nav", "main",
                               "center", "hgroup", "form", "fieldset", "legend"})  # fmt: skip
_ALL_BLOCKS = _BLOCKS | _UNWRAPPED_BLOCKS


def is_block(name: str) -> bool:
    """Say whether the element breaks the line of words it stands in."""
    return name in _ALL_BLOCKS


@dataclass(slots=True)
class _Open:
    name: str
    shown: bool
    ours: bool
    waiting: str = ""  # the tag of a paragraph that has no words yet


def write_tag(name: str, attributes: dict[str, str]) -> str:
    """Give a start tag with its attributes made fit for one line and escaped."""
    if not attributes:
        return f"<{name}>"
    parts = [f"<{name}"]
    for key, value in attributes.items():
        line = " ".join(replace_unfit_characters(value).split())
        fit = close_directions(unicodedata.normalize("NFC", line))
        parts.append(f' {key}="{html.escape(fit, quote=True)}"')
    return "".join(parts) + ">"


class Composer:
    """Takes elements and text in any order and gives well-nested HTML.

    Elements marked `ours` come from the structure of a Markdown text; tags that a person typed
    neither close them nor reach across them. With `mark_links` (for readers' texts) a link whose
    words name another host is followed by the host it leads to. After `most_elements` only words
    are written, since each element costs the sanitiser as much as a hundred letters. With
    `scrolls` (for posts) what scrolls in its own box can be reached by keyboard.
    """

    def __init__(self, *, mark_links: bool, most_elements: int, scrolls: bool = False) -> None:
        self.has_visible = False
        self._mark_links = mark_links
        self._scrolls = scrolls
        self._elements_left = most_elements
        self._stack = [_Open(_ROOT, shown=True, ours=True)]
        self._out: list[str] = []
        self._text: list[str] = []
        self._directions = DirectionGuard()
        self._link = ""
        self._link_words: list[str] = []

    # ------------------------------------------------------------------ what callers say

    def start(
        self, name: str, attributes: dict[str, str] | None = None, *, ours: bool = False
    ) -> bool:
        """Open an element; False when it has no place here (a list item outside a list)."""
        if self._elements_left <= 0:
            self._separate(name)
            return True
        if name in _PARENTS:
            return self._start_part(name, attributes or {}, ours)
        if is_block(name):
            self._leave_words()
            self._imply()
            self._push(name, attributes or {}, ours, shown=self._levels_left(name))
        else:
            self._start_inline(name, attributes or {}, ours)
        return True

    def ghost(self, name: str, *, ours: bool = False) -> None:
        """Open an element that is not written, so that its end tag finds its start."""
        if self._elements_left <= 0:
            self._separate(name)
            return
        if is_block(name):
            self._leave_words()
        self._push(name, {}, ours, shown=False)

    def end(self, name: str, *, ours: bool = False) -> bool:
        """Close the innermost element of this name that may be closed from here, if any."""
        if self._elements_left <= 0 and name == "p":
            self._separate(name)
            return True
        for depth in range(len(self._stack) - 1, 0, -1):
            entry = self._stack[depth]
            if entry.name == name and (entry.ours == ours or name == "p"):
                self._pop_to(depth)
                return True
            if self._bars(entry, name, ours):
                return False
        return False

    def text(self, words: str) -> None:
        """Write words; white space between blocks is left out."""
        if not words:
            return
        top = self._top()
        between = top.name in _PARAGRAPHED or top.name in _IMPLIED or top.waiting
        if between and not words.strip(_NOTHING_BETWEEN_BLOCKS):
            return
        self._before_words()
        if self._top().name == "pre" and not self._text and self._out[-1].startswith("<pre"):
            words = words.lstrip("\n")  # a browser leaves out the first newline of a pre
        self._text.append(words)

    def line_break(self) -> None:
        """Write a br where there are words to break."""
        if self._top().name in _PARAGRAPHED or self._top().waiting:
            return
        if self._elements_left <= 0:
            self._separate("br")
            return
        self._before_words()
        self._end_line()
        self._elements_left -= 1
        self._out.append("<br>")

    def void(self, name: str, attributes: dict[str, str]) -> None:
        """Write an element without content: a picture, a rule, a place to break a word."""
        self._elements_left -= 1
        if name == "hr":
            self._leave_words()
            self._imply()
        elif self._top().name != "figure":
            self._before_words()
        self._flush()
        if name == "img":
            self.has_visible = True
            self._link_words.append(attributes.get("alt", "") or "\ufffc")
        self._out.append(write_tag(name, attributes))

    def inside(self, *names: str) -> bool:
        """Say whether one of the named elements is open and written."""
        return any(entry.shown and entry.name in names for entry in self._stack)

    def finish(self) -> str:
        """Close what is open and give the HTML."""
        self._pop_to(1)
        return "".join(self._out).strip("\n")

    # ------------------------------------------------------------------ places

    def _separate(self, name: str) -> None:
        """Keep words apart where, past the most elements, no block or break is made any more."""
        if is_block(name) or name == "br":
            self._text.append("\n")

    def _top(self) -> _Open:
        last = self._stack[-1]
        return last if last.shown else next(entry for entry in reversed(self._stack) if entry.shown)

    def _levels_left(self, name: str) -> bool:
        if name not in _LEVELS:
            return True
        levels = sum(entry.shown and entry.name in _LEVELS for entry in self._stack)
        return levels < MAX_LEVELS

    @staticmethod
    def _bars(entry: _Open, name: str, ours: bool) -> bool:
        """Say whether an end tag may not reach past this open element."""
        if entry.ours and not ours and entry.name != "p":
            return True
        if name in _TABLE_PARTS:
            return entry.name == "table"
        if is_block(name) and name not in _WORD_BLOCKS:
            return entry.name in _TABLE_PARTS
        return is_block(entry.name) and not (name == "p" and entry.name in _UNWRAPPED_BLOCKS)

    def _start_part(self, name: str, attributes: dict[str, str], ours: bool) -> bool:
        parent = self._parent_depth(name)
        if parent < 0:
            return False
        self._pop_to(parent + 1)
        while self._stack[-1].name not in _PARENTS[name]:
            shown = self._stack[-1].shown
            self._push(_IMPLIED[self._stack[-1].name], {}, ours, shown=shown, implied=True)
        self._push(name, attributes, ours, shown=self._stack[-1].shown)
        return True

    def _parent_depth(self, name: str) -> int:
        """Find the open element that can hold this part; -1 when another one is in between."""
        for depth in range(len(self._stack) - 1, -1, -1):
            entry = self._stack[depth].name
            if entry in _PARENTS[name]:
                return depth
            if name in _TABLE_PARTS:
                if entry == "table" or (name in ("td", "th") and entry in _PARENTS["tr"]):
                    return depth
            elif self._stack[depth].shown and is_block(entry) and entry not in _ENDED_BY[name]:
                return -1
        return -1

    def _leave_words(self) -> None:
        """Close inline elements and the block of words they stand in."""
        while len(self._stack) > 1:
            name = self._stack[-1].name
            if is_block(name) and name not in _WORD_BLOCKS:
                return
            self._pop_to(len(self._stack) - 1)

    def _imply(self) -> None:
        while (child := _IMPLIED.get(self._top().name)) is not None:
            self._push(child, {}, ours=self._top().ours, shown=True, implied=True)

    def _start_inline(self, name: str, attributes: dict[str, str], ours: bool) -> None:
        inline = sum(entry.shown and not is_block(entry.name) for entry in self._stack) - 1
        if inline >= _MAX_INLINE or (name == "a" and self.inside("a")):
            self._push(name, {}, ours, shown=False)
            return
        self._before_words()
        if name == "a":
            self._flush()
            self._link = attributes.get("href", "")
            self._link_words = []
        self._push(name, attributes, ours, shown=True)

    def _before_words(self) -> None:
        self._imply()
        top = self._top()
        if top.name in _PARAGRAPHED:
            self._push("p", {}, ours=False, shown=True)
            top = self._top()
        if top.waiting:
            self._out.append(top.waiting)
            top.waiting = ""

    # ------------------------------------------------------------------ writing

    def _push(
        self,
        name: str,
        attributes: dict[str, str],
        ours: bool,
        *,
        shown: bool,
        implied: bool = False,
    ) -> None:
        # What an open element needs inside it always fits, or whoever asks would ask for ever.
        if len(self._stack) >= _MAX_OPEN and not implied:
            return
        entry = _Open(name, shown, ours)
        if is_block(name):
            self._end_line()
            if not shown and self._top().name not in _PARAGRAPHED | _IMPLIED.keys():
                self._text.append("\n")
        if shown:
            if self._scrolls and name in SCROLLED:
                attributes = {**attributes, "tabindex": "0"}
            tag = write_tag(name, attributes)
            # A long tag costs as its letters do: a reference may be used a thousand times.
            self._elements_left -= 1 + len(tag) // 100
            if name == "p":
                entry.waiting = tag
            else:
                self._flush()
                self._out.append(tag)
        self._stack.append(entry)

    def _pop_to(self, depth: int) -> None:
        while len(self._stack) > depth:
            entry = self._stack[-1]
            if is_block(entry.name):
                self._end_line()
            written = entry.shown and not entry.waiting
            if written:
                self._close(entry.name)
            self._stack.pop()
            if written and self._top().name == _ROOT:
                self._out.append("\n")

    def _close(self, name: str) -> None:
        self._flush()
        marked = name == "a" and self._mark_links
        words = "".join(self._link_words)
        if marked and is_blank(words):
            self._text.append(shown_host(self._link) or self._link)
            self._flush()
        self._out.append(f"</{name}>")
        host = misleading_host(words, self._link) if marked else ""
        if host:
            self._text.append(f" ({host})")
        if name == "a":
            self._link = ""

    def _end_line(self) -> None:
        self._flush()
        closers = self._directions.end_line()
        if closers:
            self._out.append(closers)

    def _flush(self) -> None:
        """Write the collected words: NFC and direction controls are settled over whole runs."""
        if not self._text:
            return
        words = unicodedata.normalize("NFC", replace_unfit_characters("".join(self._text)))
        self._text.clear()
        if self._link:
            self._link_words.append(words)
        self.has_visible = self.has_visible or not is_blank(words)
        escaped = html.escape(self._directions.feed(words), quote=False)
        # NFC of the page would melt a leading U+0338 and the ">" before it into one character.
        if escaped.startswith("\u0338"):
            escaped = "&#824;" + escaped[1:]
        self._out.append(escaped)
