"""Turns the body of a WordPress post into plain HTML: no shortcodes, no block comments.

The result is not safe. It holds whatever the author wrote and has to go through the post
cleaner (and before it, for bodies without blocks, through the paragraph maker) to be shown.
All of it works in one walk from left to right, so that a hostile body costs no more time than
an honest one of its size.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from blog.exchange.wordpress_shortcodes import (
    CAPTIONS,
    ENCLOSING,
    HANDLED,
    LANGUAGES,
    Rendering,
    Shortcode,
    caption_text,
    link,
    looks_registered,
    parse_attributes,
    render,
)

# More names than this in one body are noise, and notes are meant to be read.
NAMES_TOLD = 30

_SPECIAL = re.compile(r"<(?=[a-zA-Z/!])|\[(?=\[?/?[a-zA-Z])")
_NAME = re.compile(r"[a-zA-Z][\w-]*+")
_CLOSER = re.compile(r"\[/([a-zA-Z][\w-]*+)\]")
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*+)(?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+>")
_LOOSE_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9-]*+)[^<>]*+>")
_AFTER_NAME = frozenset({"", " ", "\t", "\r", "\n", "=", "/", "\xa0"})
_VERBATIM = frozenset({"pre", "code", "script", "style", "textarea"})
_BLOCK = re.compile(r"\s*+(/?+)wp:([a-z0-9/-]++)\s")
# Blocks that are written without content although they stand for none that is missing.
_SILENT_BLOCKS = frozenset({"more", "nextpage", "separator", "shortcode", "spacer"})
_ADDRESS_LINE = re.compile(
    r"^([ \t]*+)(https?://[^\s<>\"\[\]]++)[ \t]*+$", re.MULTILINE | re.IGNORECASE
)
_ADDRESS_ALONE = re.compile(r"\s*+(https?://[^\s<>\"\[\]]++)\s*+", re.IGNORECASE)

_MEDIA_TAG = re.compile(
    r"<(img|audio|video|source|a)(?=[\s/])((?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>", re.IGNORECASE
)
_MEDIA_ATTRIBUTE = re.compile(
    r"(?<![\w-])(src|href|poster)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]++))",
    re.IGNORECASE,
)
_MEDIA_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?|mp3|m4a|oga|ogg|wav|flac|mp4|m4v|webm|ogv|mov)"
    r"(?:[?#]|$)",
    re.IGNORECASE,
)


def has_blocks(body: str) -> bool:
    """Whether the block editor wrote the body; such a body has its paragraphs already."""
    return "<!-- wp:" in body


def to_plain_html(
    body: str,
    *,
    attachments: Mapping[int, str] | None = None,
    attached: Sequence[int] = (),
) -> tuple[str, list[str]]:
    """`body` without WordPress's own notation, and notes on what could not be carried over.

    `attachments` gives the address of each attachment of the blog by its id, `attached` the ids
    of those that belong to this post, in their order: a gallery without a list shows these. The
    result is NOT safe HTML: clean it before anybody sees it.
    """
    rendering = Rendering(attachments or {}, attached)
    text = _Walk(body, rendering, blocks=has_blocks(body)).run()
    return text, rendering.sentences()


def media_urls(markup: str) -> list[str]:
    """Addresses of pictures, sound and film in `markup`, each once, in their order.

    Links count when they lead to a media file or into WordPress's upload folder.
    """
    found: dict[str, None] = {}
    for tag in _MEDIA_TAG.finditer(markup):
        for attribute in _MEDIA_ATTRIBUTE.finditer(tag.group(2)):
            value = next(part for part in attribute.groups()[1:] if part is not None)
            address = html.unescape(value).strip()
            is_link = attribute.group(1).lower() == "href"
            if not address or address.startswith(("#", "data:")):
                continue
            if is_link and not (_MEDIA_FILE.search(address) or "/wp-content/uploads/" in address):
                continue
            found[address] = None
    return list(found)


class _Finder:
    """Finds the next place of a few fixed texts; asks for each stretch only once.

    Without it, thousands of openers without a closer would each search to the very end.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._lower: str | None = None
        self._next: dict[str, int] = {}

    def find(self, wanted: str, at: int) -> int:
        """Where `wanted` (in lower case) comes next, case ignored, or -1."""
        known = self._next.get(wanted, at - 1)
        if known == -1 and wanted in self._next:
            return -1
        if known < at:
            known = self._folded().find(wanted, at)
            self._next[wanted] = known
        return known

    def _folded(self) -> str:
        if self._lower is None:
            lower = self._text.lower()
            # A few letters grow when folded; places in the two texts have to agree.
            self._lower = lower if len(lower) == len(self._text) else self._text
        return self._lower


class _Walk:
    def __init__(self, body: str, rendering: Rendering, *, blocks: bool) -> None:
        self._body = body
        self._rendering = rendering
        self._blocks = blocks
        self._finder = _Finder(body)
        self._closed = {match.group(1).lower() for match in _CLOSER.finditer(body)}
        self._out: list[str] = []
        self._tag = ""
        self._in_link = False

    def run(self) -> str:
        at = 0
        while at < len(self._body):
            special = _SPECIAL.search(self._body, at)
            stop = special.start() if special else len(self._body)
            if stop > at:
                self._text(at, stop)
            if special is None:
                break
            at = self._markup(stop) if special.group() == "<" else self._bracket(stop)
        return "".join(self._out)

    def _text(self, at: int, stop: int) -> None:
        piece = self._body[at:stop]
        if self._in_link or "://" not in piece:
            self._out.append(piece)
            return
        alone = _ADDRESS_ALONE.fullmatch(piece)
        opened, closed = at == 0 or self._body[at - 1] == ">", self._body.startswith("<", stop)
        if alone and self._tag in ("p", "div", "figure", "") and opened and closed:
            self._out.append(self._address(alone.group(1)))
            return
        done = at
        for line in _ADDRESS_LINE.finditer(self._body, at, stop):
            # To the pattern the end of the piece is the end of a line; it may not be.
            if line.end() < len(self._body) and self._body[line.end()] not in "\r\n":
                continue
            self._out.append(self._body[done : line.start(2)])
            self._out.append(self._address(line.group(2)))
            done = line.end()
        self._out.append(self._body[done:stop])

    def _address(self, address: str) -> str:
        """What WordPress would have embedded from elsewhere becomes a link to it."""
        made = link(address)
        return f"<p>{made}</p>" if self._blocks and self._tag != "p" else made

    def _markup(self, at: int) -> int:
        if self._body.startswith("<!--", at):
            return self._comment(at)
        tag = _TAG.match(self._body, at) or _LOOSE_TAG.match(self._body, at)
        if tag is None:
            self._out.append("<")
            return at + 1
        name = tag.group(1).lower()
        closing = tag.group().startswith("</")
        end = tag.end()
        if name in _VERBATIM and not closing:
            close = self._finder.find(f"</{name}", end)
            end = close if close != -1 else end
        elif name == "a":
            self._in_link = not closing
        self._tag = "" if closing else name
        self._out.append(self._body[at:end])
        return end

    def _comment(self, at: int) -> int:
        end = self._finder.find("-->", at + 4)
        if end == -1:
            # A browser would hide all the rest of the post.
            self._out.append("&lt;!--")
            return at + 4
        comment = self._body[at + 4 : end]
        block = _BLOCK.match(comment)
        if block is not None and not block.group(1) and comment.endswith("/"):
            name = block.group(2)
            if name not in _SILENT_BLOCKS and len(self._rendering.live_blocks) < NAMES_TOLD:
                self._rendering.live_blocks.add(name[:60])
        if comment.strip().lower() == "nextpage":
            self._out.append("\n\n<hr>\n\n")
        return end + 3

    def _bracket(self, at: int) -> int:
        escaped = self._body.startswith("[[", at)
        start = at + (2 if escaped else 1)
        closing = self._body.startswith("/", start)
        name = _NAME.match(self._body, start + closing)
        if name is None:
            return self._keep(at, at + 1)
        word = name.group().lower()
        end = self._finder.find("]", start)
        another = self._finder.find("[", start)
        if end == -1 or -1 < another < end:
            # A bracket within brackets is prose; reading on to the end for each would take long.
            return self._keep(at, start)
        attributes = self._body[name.end() : end]
        if attributes[:1] not in _AFTER_NAME:
            return self._keep(at, start)
        if closing or escaped:
            return self._escaped(at, word, end) if escaped else self._stray_closer(at, word, end)
        if word in HANDLED:
            return self._shortcode(at, word, attributes, end + 1)
        if looks_registered(word, attributes, word in self._closed):
            self._note_unknown(word)
        return self._keep(at, start)

    def _shortcode(self, at: int, word: str, attributes: str, after: int) -> int:
        named, alone = parse_attributes(attributes.removesuffix("/"))
        content, end = None, after
        if word in ENCLOSING and not attributes.endswith("/"):
            close = self._finder.find(f"[/{word}]", after)
            again = self._finder.find(f"[{word}", after)
            if close != -1 and (word in LANGUAGES or again == -1 or again > close):
                content, end = self._body[after:close], close + len(word) + 3
        if word in CAPTIONS and content is None:
            # Never closed, or another begins inside: the picture follows as ordinary text.
            caption = caption_text(named)
            self._out.append(f"\n\n<p>{caption}</p>\n\n" if caption else "")
            return after
        made = render(Shortcode(word, named, alone, content), self._rendering, self._inner)
        if made is None:
            if looks_registered(word, attributes, closed=False):
                self._note_unknown(word)
            return self._keep(at, at + 1)
        self._out.append(made)
        return end

    def _inner(self, content: str) -> str:
        # A caption holds no further caption, so this goes one level down and no deeper.
        return _Walk(content, self._rendering, blocks=True).run()

    def _escaped(self, at: int, word: str, end: int) -> int:
        """`[[name]]` is how an author shows `[name]` itself; unknown names are wiki links."""
        if word not in HANDLED and not looks_registered(word, "", word in self._closed):
            return self._keep(at, at + 2)
        if self._body.startswith("]]", end):
            return self._keep(at + 1, end + 1, end + 2)
        close = self._finder.find(f"[/{word}]]", end)
        if close == -1:
            return self._keep(at, at + 1)
        last = close + len(word) + 3
        return self._keep(at + 1, last, last + 1)

    def _stray_closer(self, at: int, word: str, end: int) -> int:
        if word in CAPTIONS and end == at + 2 + len(word):
            return end + 1
        return self._keep(at, at + 1)

    def _note_unknown(self, word: str) -> None:
        if len(self._rendering.notes) < NAMES_TOLD:
            self._rendering.note(
                f"The shortcode [{word[:60]}] is not one of WordPress's own; it was left as text."
            )

    def _keep(self, start: int, stop: int, resume: int | None = None) -> int:
        self._out.append(self._body[start:stop])
        return stop if resume is None else resume
