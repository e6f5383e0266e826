"""What readers may do to their words: WordPress's list of tags, links, and pictures as links."""

import re
from collections.abc import Iterable

from blog.linkcheck import safe_href, shown_host
from blog.naming import is_blank
from blog.text.barelinks import find_bare_links
from blog.text.nesting import Composer
from blog.text.tagsoup import Comment, EndTag, StartTag, Text, Token, decode

READER_REL = "nofollow ugc noopener"
# An honest text at the limit of 65,525 characters has some 2,000 at most.
MAX_READER_ELEMENTS = 5000
READER_ELEMENTS = frozenset({
    "a", "abbr", "acronym", "b", "blockquote", "br", "cite", "code", "del", "em", "i", "li", "ol",
    "p", "pre", "q", "s", "strike", "strong", "ul",
})  # fmt: skip
CODE_CLASS = re.compile(r"language-[A-Za-z0-9_+#.-]{1,40}")
DATE = re.compile(r"[0-9TtZz:+. -]{4,40}")
LIST_START = re.compile(r"-?[0-9]{1,9}")

# Tags that older editors put into stored comments; they only ever dressed the words inside.
_UNDRESSED = frozenset({"span", "font", "u", "center", "tt", "big", "small", "div", "section",
                        "article", "ins", "sub", "sup", "bdi", "label"})  # fmt: skip
_HEADING = re.compile(r"h[1-6]")


def reader_attributes(name: str, typed: dict[str, str]) -> dict[str, str]:
    """Give the attributes that a reader's tag keeps, each in the only form it may have."""
    kept = {}
    if name in ("abbr", "acronym", "a") and not is_blank(typed.get("title", "")):
        kept["title"] = typed["title"]
    if name in ("blockquote", "q") and typed.get("cite", "").lower().startswith("http"):
        cite = safe_href(typed["cite"])
        if cite:
            kept["cite"] = cite
    if name == "del" and DATE.fullmatch(typed.get("datetime", "")):
        kept["datetime"] = typed["datetime"]
    if name == "code" and CODE_CLASS.fullmatch(typed.get("class", "")):
        kept["class"] = typed["class"]
    if name == "ol" and LIST_START.fullmatch(typed.get("start", "")):
        kept["start"] = typed["start"]
    return kept


class ReaderWriter:
    """Puts a reader's tags, links and pictures into a composer; what is not allowed stays text."""

    # An unknown tag in a reader's text may be code (`List<String>`), so it is shown.
    def __init__(self) -> None:
        self.composer = Composer(mark_links=True, most_elements=MAX_READER_ELEMENTS)

    def start_link(self, href: str, typed: dict[str, str], *, ours: bool = False) -> None:
        """Open a link, or nothing but its words when the address is refused."""
        address = safe_href(href)
        if address is None:
            self.composer.ghost("a", ours=ours)
            return
        kept = {"href": address, **reader_attributes("a", typed), "rel": READER_REL}
        self.composer.start("a", kept, ours=ours)

    def picture(self, source: str, alternative: str, title: str = "") -> None:
        """Write a link to a picture: nothing that a reader names is ever fetched by the page."""
        address = safe_href(source)
        words = alternative if not is_blank(alternative) else title
        if is_blank(words):
            words = source if address is None else shown_host(address)
        if address is None or self.composer.inside("a"):
            self.composer.text(words)
            return
        self.start_link(address, {"title": title})
        self.composer.text(words)
        self.composer.end("a")

    def start_heading(self, level: int) -> None:
        """Write a heading as a strong line, so that no comment forges the outline of the page."""
        del level
        self.composer.start("p", ours=True)
        self.composer.start("strong", ours=True)

    def end_heading(self, level: int) -> None:
        """Close what `start_heading` opened."""
        del level
        self.composer.end("p", ours=True)

    def rule(self, markup: str) -> None:
        """Write a thematic break as the signs it was typed with."""
        self.composer.start("p", ours=True)
        self.composer.text(markup)
        self.composer.end("p", ours=True)

    def tag(self, token: StartTag | EndTag) -> None:
        """Write a tag that a reader typed, or its text."""
        known = token.name in READER_ELEMENTS
        if isinstance(token, EndTag):
            if not known:
                self.composer.text(token.raw)
            elif token.name == "br":
                self.composer.line_break()
            elif not self.composer.end(token.name) and token.name in ("li", "ul", "ol"):
                self.composer.text(token.raw)
        elif not known:
            self.composer.text(token.raw)
        elif token.name == "br":
            self.composer.line_break()
        elif token.name == "a":
            self.start_link(token.attributes.get("href", ""), token.attributes)
        elif not self.composer.start(token.name, reader_attributes(token.name, token.attributes)):
            self.composer.text(token.raw)

    def words(self, text: str) -> None:
        """Write text of which nothing else is to be made."""
        self.composer.text(text)

    def linked_words(self, text: str) -> None:
        """Write text and make links of the bare addresses in it."""
        if "://" not in text or self.composer.inside("a", "pre", "code"):
            self.composer.text(text)
            return
        position = 0
        for start, end in find_bare_links(text):
            self.composer.text(text[position:start])
            self.start_link(text[start:end], {})
            self.composer.text(text[start:end])
            self.composer.end("a")
            position = end
        self.composer.text(text[position:])

    def stored_html(self, tokens: Iterable[Token]) -> None:
        """Write a comment that another system kept as HTML."""
        for token in tokens:
            if isinstance(token, Text):
                self.linked_words(decode(token.raw))
            elif isinstance(token, Comment):
                self.composer.text(token.raw)
            else:
                self._stored_tag(token)

    def _stored_tag(self, token: StartTag | EndTag) -> None:
        opens = isinstance(token, StartTag)
        if _HEADING.fullmatch(token.name):
            (self.start_heading if opens else self.end_heading)(2)
        elif token.name in _UNDRESSED:
            if opens:
                self.composer.ghost(token.name)
            else:
                self.composer.end(token.name)
        elif isinstance(token, StartTag) and token.name == "img":
            found = token.attributes
            self.picture(found.get("src", ""), found.get("alt", ""), found.get("title", ""))
        else:
            self.tag(token)
