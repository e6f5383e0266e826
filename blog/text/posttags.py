"""What the owner's posts may hold, from Markdown or imported HTML, and what is said of the rest."""

import re
from collections import Counter
from collections.abc import Iterable

import regex

from blog.linkcheck import safe_href
from blog.naming import is_blank, slugify
from blog.text.nesting import Composer
from blog.text.readertags import CODE_CLASS, DATE, LIST_START
from blog.text.tagsoup import Comment, EndTag, StartTag, Text, Token, decode

_WORDS = frozenset({
    "a", "abbr", "acronym", "b", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q",
    "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "u", "var", "audio",
    "video",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "blockquote", "caption", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "summary", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_EMPTY = frozenset({"br", "hr", "img", "source", "wbr"})
POST_ELEMENTS = _WORDS | _BLOCKS | _EMPTY
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})

# Their content is no text for people, so it goes with them.
_DROPPED_WHOLE = frozenset({
    "script", "style", "svg", "math", "noscript", "template", "title", "noembed", "noframes",
    "xmp", "canvas", "applet", "select", "datalist",
})  # fmt: skip
_FRAMES = {"iframe": "src", "object": "data", "embed": "src"}
_EMPTY_DROPPED = frozenset({
    "input", "link", "meta", "base", "param", "area", "track", "col", "frame", "keygen",
    "bgsound",
})  # fmt: skip
_SILENT = frozenset({
    "div", "span", "section", "article", "aside", "header", "footer", "main", "nav", "hgroup",
    "center", "font", "big", "tt", "html", "body", "head", "colgroup", "col", "picture", "bdi",
    "bdo", "label",
})  # fmt: skip

POST_CLASSES = frozenset({
    "alignleft", "alignright", "aligncenter", "alignwide", "alignfull", "wp-caption",
    "wp-caption-text", "has-text-align-left", "has-text-align-center", "has-text-align-right",
})  # fmt: skip
_CLASSED = frozenset({"div", "span", "p", "figure", "figcaption", "img", "td", "th", *_HEADINGS})
_NUMBER = re.compile(r"[0-9]{1,5}")
_LIST_TYPE = re.compile(r"[1aAiI]")
_FLAGS = {"ol": ("reversed",), "details": ("open",), "audio": ("controls",), "video": ("controls",)}
_TITLED = frozenset({"a", "abbr", "acronym", "img", "time", "video", "audio"})
_SIZED = frozenset({"img", "video"})
_VALUES = {
    ("ol", "start"): LIST_START,
    ("ol", "type"): _LIST_TYPE,
    ("li", "value"): LIST_START,
    ("th", "scope"): re.compile(r"row|col|rowgroup|colgroup"),
    ("code", "class"): CODE_CLASS,
    ("pre", "class"): CODE_CLASS,
    **{(name, "datetime"): DATE for name in ("time", "del", "ins")},
    **{(cell, span): _NUMBER for cell in ("td", "th") for span in ("colspan", "rowspan")},
    **{(name, size): _NUMBER for name in _SIZED for size in ("width", "height")},
}
_ADDRESSES = {
    ("a", "href"), ("blockquote", "cite"), ("q", "cite"), ("del", "cite"), ("ins", "cite"),
    ("img", "src"), ("audio", "src"), ("video", "src"), ("video", "poster"), ("source", "src"),
}  # fmt: skip
MAX_POST_ELEMENTS = 200_000
LOADING = {"loading": "lazy", "decoding": "async"}

_ID = regex.compile(r"\p{L}[\p{L}\p{M}\p{N}_-]{0,120}")
# Ids of our own pages, and names a script could meet on `window` or `document` (DOM clobbering).
_RESERVED = frozenset({
    "respond", "comments", "commentform", "reply-title", "content", "author", "email", "url",
    "comment", "remember", "submit", "parent", "main", "nav", "header", "footer", "search",
    "page", "top", "self", "window", "document", "location", "history", "name", "status",
    "origin", "frames", "length", "opener", "closed", "event", "events", "navigator", "screen",
    "performance", "crypto", "caches", "fetch", "alert", "open", "close", "stop", "focus",
    "blur", "print", "find", "scroll", "cookie", "body", "head", "forms", "images", "links",
    "scripts", "title", "domain", "referrer", "anchors", "embeds", "plugins", "all", "children",
    "constructor", "prototype", "write", "writeln", "implementation", "childnodes", "firstchild",
    "lastchild", "attributes", "defaultview", "baseuri", "documentelement", "currentscript",
    "activeelement", "doctype", "documenturi", "characterset",
})  # fmt: skip
_RESERVED_SHAPE = re.compile(
    r"(?:comment|div-comment|reply|respond|wp|form|field)-.*|valueOf|"
    r"(?:get|query|create|add|remove|set|has|is|to)[A-Z].*"
)


def is_free_id(identifier: str) -> bool:
    """Say whether an id is well formed and hides nothing of the page or of a script's world."""
    taken = identifier.lower() in _RESERVED or _RESERVED_SHAPE.fullmatch(identifier) is not None
    return _ID.fullmatch(identifier) is not None and not taken


def is_post_source(address: str) -> bool:
    """Say whether a picture or recording may be loaded from the address: http(s) or this site."""
    return not address.startswith(("#", "?")) and not address.lower().startswith("mailto:")


def post_attribute(name: str, key: str, value: str) -> str | None:
    """Give the value that an attribute of a post's element may have, None to leave it out."""
    if (name, key) in _ADDRESSES:
        address = safe_href(value, relative=True)
        return address if address and (key == "href" or is_post_source(address)) else None
    if key == "class" and name in _CLASSED:
        return " ".join(word for word in value.split() if word in POST_CLASSES) or None
    if key in _FLAGS.get(name, ()):
        return ""
    shape = _VALUES.get((name, key))
    allowed = (
        (shape is not None and shape.fullmatch(value) is not None)
        or (key == "title" and name in _TITLED and not is_blank(value))
        or (key == "alt" and name == "img")
        or (key == "id" and (name in _HEADINGS or name == "a") and is_free_id(value))
        or (name == "img" and LOADING.get(key) == value)
    )
    return value if allowed else None


class PostWriter:
    """Puts the tags of a post into a composer and keeps count of what it leaves out."""

    def __init__(self) -> None:
        self.composer = Composer(mark_links=False, most_elements=MAX_POST_ELEMENTS, scrolls=True)
        self._dropped: Counter[str] = Counter()
        self._inside_dropped = ""
        self._ids: set[str] = set()
        self._same_words: Counter[str] = Counter()

    def notes(self) -> list[str]:
        """Say what was left out, once for each kind."""
        return [
            what if count == 1 else f"{what} ({count} times)"
            for what, count in self._dropped.items()
        ]

    # ------------------------------------------------------------------ Markdown

    def start_link(self, href: str, typed: dict[str, str], *, ours: bool = False) -> None:
        """Open a link of a Markdown text, or only its words when the address is refused."""
        kept = self._kept("a", {"href": href, **typed})
        if "href" in kept:
            self.composer.start("a", kept, ours=ours)
        else:
            self.composer.ghost("a", ours=ours)

    def picture(self, source: str, alternative: str, title: str = "") -> None:
        """Write a picture of a Markdown text."""
        found = {"src": source, "alt": alternative, "title": title}
        self._picture(found)

    def figure(self, source: str, alternative: str, caption: str) -> None:
        """Write a picture that stands alone with its title as caption."""
        self.composer.start("figure", ours=True)
        self._picture({"src": source, "alt": alternative})
        self.composer.start("figcaption", ours=True)
        self.composer.text(caption)
        self.composer.end("figure", ours=True)

    def start_heading(self, level: int, words: str = "") -> None:
        """Open a heading with an id made of its words; the first level is the post's own title."""
        stem = slugify(words, 60)
        if not is_free_id(stem):
            stem = f"section-{stem}"
        identifier = stem
        while identifier in self._ids:
            self._same_words[stem] += 1
            identifier = f"{stem}-{self._same_words[stem] + 1}"
        self.composer.start(f"h{max(2, level)}", self._kept("h2", {"id": identifier}), ours=True)

    def end_heading(self, level: int) -> None:
        """Close a heading."""
        self.composer.end(f"h{max(2, level)}", ours=True)

    def rule(self, markup: str) -> None:
        """Write a thematic break."""
        del markup
        self.composer.void("hr", {})

    def end_dropped(self) -> None:
        """Let a dropped element that was never closed end with its block."""
        self._inside_dropped = ""

    # ------------------------------------------------------------------ HTML

    def html(self, tokens: Iterable[Token]) -> None:
        """Write the tokens of typed or imported HTML."""
        for token in tokens:
            if isinstance(token, Text):
                self.words(decode(token.raw))
            elif not isinstance(token, Comment):
                self.tag(token)

    def words(self, text: str) -> None:
        """Write text, unless it belongs to an element that is dropped whole."""
        if not self._inside_dropped:
            self.composer.text(text)

    def tag(self, token: StartTag | EndTag) -> None:
        """Write a tag, or leave it out and remember that."""
        name = "h2" if token.name == "h1" else token.name
        if self._inside_dropped:
            if isinstance(token, EndTag) and name == self._inside_dropped:
                self._inside_dropped = ""
        elif isinstance(token, EndTag):
            if name == "br":
                self.composer.line_break()
            else:
                self.composer.end(name)
        elif name in _DROPPED_WHOLE:
            self._drop(name)
            self._inside_dropped = name
        elif name in _FRAMES:
            self._frame(name, token.attributes)
        elif name in POST_ELEMENTS:
            self._element(name, token.attributes)
        else:
            self._unwrap(name)

    def _drop(self, name: str) -> None:
        plain = re.fullmatch(r"[a-z][a-z0-9-]{0,20}", name)
        self._dropped[f"dropped <{name}>" if plain else "dropped an unknown element"] += 1

    def _unwrap(self, name: str) -> None:
        if name not in _SILENT:
            self._drop(name)
        if name not in _EMPTY_DROPPED:
            self.composer.ghost(name)

    def _frame(self, name: str, typed: dict[str, str]) -> None:
        """Put a link in the place of a page inside the page."""
        address = safe_href(typed.get(_FRAMES[name], ""))
        if address is None or address.startswith("mailto:"):
            self._drop(name)
        else:
            self._dropped[f"made a link of <{name}>"] += 1
            linked = self.composer.inside("a")
            if not linked:
                self.composer.start("a", {"href": address})
            self.composer.text(typed.get("title") or address)
            if not linked:
                self.composer.end("a")
        if name != "embed":
            self._inside_dropped = name

    def _element(self, name: str, typed: dict[str, str]) -> None:
        kept = self._kept(name, typed)
        if name == "img":
            self._picture(typed)
        elif name == "br":
            self.composer.line_break()
        elif name in _EMPTY:
            if name != "source" or (kept and self.composer.inside("audio", "video")):
                self.composer.void(name, kept)
        elif (name in ("div", "span") and not kept) or (name == "a" and not kept):
            self.composer.ghost(name)
        elif name in ("audio", "video"):
            self.composer.start(name, {**kept, "controls": ""})
        elif not self.composer.start(name, kept):
            self.composer.ghost(name)

    def _picture(self, typed: dict[str, str]) -> None:
        kept = self._kept("img", typed)
        if "src" in kept:
            self.composer.void("img", {**kept, "alt": typed.get("alt", ""), **LOADING})
        else:
            self.composer.text(typed.get("alt", ""))

    def _kept(self, name: str, typed: dict[str, str]) -> dict[str, str]:
        kept = {}
        for key, value in typed.items():
            fit = post_attribute(name, key, value)
            if key == "id" and fit is not None and fit in self._ids:
                fit = None
            if fit is not None:
                kept[key] = fit
            elif (name, key) in _ADDRESSES:
                self._dropped[f"dropped the {key} of <{name}>"] += 1
            elif key.startswith("on"):
                self._dropped["dropped an event attribute"] += 1
        if "id" in kept:
            self._ids.add(kept["id"])
        return kept
