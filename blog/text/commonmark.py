"""Reads Markdown with markdown-it and hands its structure to a writer, tag by tag."""

import functools
import re
from typing import Protocol

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block.state_block import StateBlock
from markdown_it.rules_inline.state_inline import StateInline
from markdown_it.token import Token

from blog.linkcheck import safe_href
from blog.text.barelinks import match_bare_link
from blog.text.nesting import MAX_LEVELS, Composer
from blog.text.posttags import PostWriter
from blog.text.tagsoup import EndTag, StartTag, read_tag, scan

# A list counts two levels, itself and its item.
_MAX_BLOCK_LEVEL = 2 * MAX_LEVELS
_MAX_NESTING = 3 * MAX_LEVELS
_MAX_BRACKETS = 8
_MAX_TAG_LENGTH = 4000
_INLINE_RULES = ["text", "bare_link", "newline", "escape", "backticks", "strikethrough", "emphasis",
                 "link", "image", "autolink", "html_inline", "entity"]  # fmt: skip
# CommonMark 0.31, section 6.6: open tag and closing tag.
_TYPED_TAG = re.compile(
    r"<[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][A-Za-z0-9:._-]*"
    r"(?:\s*=\s*(?:[^\"'=<>`\x00-\x20]+|'[^']*'|\"[^\"]*\"))?)*\s*/?>|</[A-Za-z][A-Za-z0-9-]*\s*>"
)


class MarkdownWriter(Protocol):
    """What a policy makes of the parts of a Markdown text."""

    composer: Composer

    def start_link(self, href: str, typed: dict[str, str], *, ours: bool = False) -> None: ...
    def picture(self, source: str, alternative: str, title: str = "") -> None: ...
    def start_heading(self, level: int) -> None: ...
    def end_heading(self, level: int) -> None: ...
    def rule(self, markup: str) -> None: ...
    def tag(self, token: StartTag | EndTag) -> None: ...
    def words(self, text: str) -> None: ...


class _Blocks(ParserBlock):
    """Shows what is nested too deep as text, where markdown-it would leave it out."""

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803
        if state.level < _MAX_BLOCK_LEVEL:
            super().tokenize(state, startLine, endLine)
            return
        opening = state.push("paragraph_open", "p", 1)
        opening.map = [startLine, endLine]
        words = state.push("inline", "", 0)
        words.content = state.getLines(startLine, endLine, state.blkIndent, False).strip()
        words.map = [startLine, endLine]
        words.children = []
        state.push("paragraph_close", "p", -1)
        state.line = endLine


class _Inlines(ParserInline):
    """Gives up on brackets in brackets early: each level multiplies the work for `![![![`."""

    def skipToken(self, state: StateInline) -> None:  # noqa: N802
        if state.level < _MAX_BRACKETS or state.pos in state.cache:
            super().skipToken(state)
        else:
            state.cache[state.pos] = state.posMax
            state.pos = state.posMax


def _typed_tag(state: StateInline, silent: bool) -> bool:
    """Take a tag as such only when it is whole; all else that begins with < is text."""
    if state.src[state.pos] != "<":
        return False
    found = _TYPED_TAG.match(state.src, state.pos, state.pos + _MAX_TAG_LENGTH)
    read = read_tag(found.group(), 0) if found else None
    if found is None or read is None:
        return False
    if not silent:
        token = state.push("typed_tag", "", 0)
        token.meta = {"tag": read[0]}
        if read[0].name == "a":
            state.linkLevel += 1 if isinstance(read[0], StartTag) else -1
    state.pos = found.end()
    return True


def _bare_link(state: StateInline, silent: bool) -> bool:
    """Make a link of an address before emphasis is looked for in it."""
    if state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    scheme = re.search(r"https?\Z", state.src[max(0, state.pos - 5) : state.pos], re.IGNORECASE)
    if scheme is None:
        return False
    start = state.pos - len(scheme.group())
    end = match_bare_link(state.src, start)
    address = state.src[start:end].replace("&amp;", "&") if end > state.pos else ""
    if safe_href(address) is None:
        return False
    if not silent:
        if not state.pending.endswith(scheme.group()):
            return False
        state.pending = state.pending[: -len(scheme.group())]
        state.push("link_open", "a", 1).attrs = {"href": address}
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1)
    state.pos = end
    return True


@functools.cache
def _parser(kind: str) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING, "html": kind == "post"})
    parser.block = _Blocks()
    parser.inline = _Inlines()
    parser.inline.ruler.after("text", "bare_link", _bare_link)
    parser.inline.ruler.at("html_inline", _typed_tag)
    parser.block.ruler.enableOnly(_block_rules(kind))
    parser.inline.ruler.enableOnly(_INLINE_RULES)
    parser.inline.ruler2.enableOnly(
        ["balance_pairs", "strikethrough", "emphasis", "fragments_join"]
    )
    # Which address may be a link is decided by one function of ours, on the address as written.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def _block_rules(kind: str) -> list[str]:
    rules = ["blockquote", "code", "fence", "heading", "hr", "lheading", "list", "reference"]
    return [*rules, "paragraph", *(["table", "html_block"] if kind == "post" else [])]


def parse_reader_text(source: str) -> list[Token]:
    """Give the tokens of a reader's Markdown: CommonMark without raw blocks of HTML."""
    return _parser("reader").parse(source)


def parse_post(source: str) -> list[Token]:
    """Give the tokens of a post's Markdown: CommonMark with tables and raw HTML."""
    return _parser("post").parse(source)


class Walk:
    """Carries the tokens of one text to a writer. With `breaks` each newline is a line break."""

    def __init__(self, writer: MarkdownWriter, *, breaks: bool) -> None:
        self.writer = writer
        self.composer = writer.composer
        self._breaks = breaks

    def blocks(self, tokens: list[Token]) -> None:
        """Write block tokens in order."""
        for token in tokens:
            if token.type == "inline":
                self.inlines(token.children or [])
            elif token.type in ("fence", "code_block"):
                self.code_block(token.content, token.info)
            elif token.type == "hr":
                self.writer.rule(token.markup[:3])
            elif token.tag == "p" and token.hidden:
                continue  # the items of a tight list have no paragraphs
            elif token.type.startswith("heading"):
                level = int(token.tag[1:])
                heading = (
                    self.writer.start_heading if token.nesting > 0 else self.writer.end_heading
                )
                heading(level)
            else:
                self.block_tag(token)

    def block_tag(self, token: Token) -> None:
        """Open or close a block that Markdown names by its element."""
        if token.nesting < 0:
            self.composer.end(token.tag, ours=True)
        else:
            start = str(token.attrs.get("start", ""))
            self.composer.start(token.tag, {"start": start} if start else {}, ours=True)

    def code_block(self, content: str, info: str) -> None:
        """Write a block of code with the language that its fence names."""
        language = re.match(r"[A-Za-z0-9_+#.-]{1,40}(?=\s|$)", info.strip())
        self.composer.start("pre", ours=True)
        named = {"class": f"language-{language.group()}"} if language else {}
        self.composer.start("code", named, ours=True)
        self.composer.text(content)
        self.composer.end("pre", ours=True)

    def inlines(self, tokens: list[Token]) -> None:
        """Write the tokens of one run of words."""
        for token in tokens:
            if token.type in ("text", "text_special"):
                self.writer.words(token.content)
            elif token.type in ("softbreak", "hardbreak"):
                if self._breaks or token.type == "hardbreak":
                    self.composer.line_break()
                self.composer.text("\n")
            elif token.type == "code_inline":
                self.composer.start("code", ours=True)
                self.composer.text(token.content)
                self.composer.end("code", ours=True)
            elif token.type == "image":
                source, title = str(token.attrs["src"]), str(token.attrs.get("title", ""))
                self.writer.picture(source, _words_of(token.children or []), title)
            elif token.type == "typed_tag":
                self.writer.tag(token.meta["tag"])
            elif token.type == "link_open":
                typed = {"title": str(token.attrs.get("title", ""))}
                self.writer.start_link(str(token.attrs["href"]), typed, ours=True)
            elif token.nesting > 0:
                self.composer.start(token.tag, ours=True)
            else:
                self.composer.end(token.tag, ours=True)


def _words_of(tokens: list[Token]) -> str:
    """Give the words of an image's description, without their markup."""
    words = []
    for token in tokens:
        if token.type == "image":
            words.append(_words_of(token.children or []))
        elif token.type in ("softbreak", "hardbreak"):
            words.append(" ")
        elif token.type == "typed_tag":
            words.append(token.meta["tag"].raw)
        else:
            words.append(token.content)
    return "".join(words)


class PostWalk(Walk):
    """Carries a post's tokens: its headings get ids, lone pictures captions, raw HTML is read."""

    def __init__(self, writer: PostWriter) -> None:
        super().__init__(writer, breaks=False)
        self._post = writer

    def blocks(self, tokens: list[Token]) -> None:
        """Write block tokens; three of them that hold one titled picture make a figure."""
        position = 0
        while position < len(tokens):
            token = tokens[position]
            picture = _lone_picture(tokens[position : position + 3])
            if picture is not None:
                source, title = str(picture.attrs["src"]), str(picture.attrs["title"])
                self._post.figure(source, _words_of(picture.children or []), title)
                position += 3
                continue
            if token.type == "heading_open":
                words = _words_of(tokens[position + 1].children or [])
                self._post.start_heading(int(token.tag[1:]), words)
            elif token.type == "html_block":
                self._post.html(scan(token.content))
            else:
                super().blocks([token])
            if token.nesting < 0:
                self._post.end_dropped()
            position += 1

    def block_tag(self, token: Token) -> None:
        """Open or close a block; the alignment of a column becomes a class."""
        aligned = re.fullmatch(r"text-align:(left|center|right)", str(token.attrs.get("style", "")))
        if aligned and token.nesting > 0:
            name = {"class": f"has-text-align-{aligned.group(1)}"}
            self.composer.start(token.tag, name, ours=True)
        else:
            super().block_tag(token)


def _lone_picture(tokens: list[Token]) -> Token | None:
    """Give the picture of a paragraph that holds nothing else, if it has a title."""
    kinds = [token.type for token in tokens]
    if kinds != ["paragraph_open", "inline", "paragraph_close"] or tokens[0].hidden:
        return None
    children = tokens[1].children or []
    if len(children) != 1 or children[0].type != "image" or not children[0].attrs.get("title"):
        return None
    return children[0]
