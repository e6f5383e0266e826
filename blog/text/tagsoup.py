"""Reads HTML as people write it into tags, comments and text, in one pass and without judging."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StartTag:
    """An opening tag: lower-case name, decoded attributes (the first of a name wins), as typed."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    raw: str = ""


@dataclass(frozen=True, slots=True)
class EndTag:
    """A closing tag."""

    name: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, doctype, CDATA section or processing instruction, as typed."""

    raw: str


@dataclass(frozen=True, slots=True)
class Text:
    """A run of text, entities not yet decoded."""

    raw: str


Token = StartTag | EndTag | Comment | Text

_TAG_NAME = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
# A quote without a partner is read as part of a name, which a browser would not do; since our own
# writing of the tag is what is served, the reading only has to be linear and complete.
_ATTRIBUTE = re.compile(
    r"[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|(?![\"'])([^\s>]*)))?"
)
_TAG_END = re.compile(r"[\s/]*>")
_COMMENT_END = re.compile(r"--!?>")
_ENTITY_IN_ATTRIBUTE = re.compile(
    r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});"
)


def decode(raw: str) -> str:
    """Give text with its character references resolved, once."""
    return html.unescape(raw)


def read_tag(source: str, start: int) -> tuple[StartTag | EndTag, int] | None:
    """Read the tag that begins at `start`; None when no tag stands there or it never ends."""
    opening = _TAG_NAME.match(source, start)
    if opening is None:
        return None
    position = opening.end()
    attributes: dict[str, str] = {}
    while (end := _TAG_END.match(source, position)) is None:
        found = _ATTRIBUTE.match(source, position)
        if found is None:
            return None
        position = found.end()
        name, *quoted = found.groups()
        value = next((part for part in quoted if part is not None), "")
        attributes.setdefault(name.lower(), _ENTITY_IN_ATTRIBUTE.sub(_decode_one, value))
    raw = source[start : end.end()]
    tag_name = opening.group(2).lower()
    tag = EndTag(tag_name, raw) if opening.group(1) else StartTag(tag_name, attributes, raw)
    return tag, end.end()


def _decode_one(found: re.Match[str]) -> str:
    return html.unescape(found.group())


def _read_comment(source: str, start: int) -> int:
    """Give the end of the comment that begins at `start`, or -1 when it never ends."""
    if source.startswith("<!--", start):
        # `<!-->` and `<!--->` are whole comments, so the search begins inside the opening dashes.
        found = _COMMENT_END.search(source, start + 2)
        return found.end() if found else -1
    return source.find(">", start) + 1 or -1


def scan(source: str) -> Iterator[Token]:
    """Give the tokens of `source`; joined, their raw forms are the source again.

    What begins like a tag or comment and never ends is text, as is all that follows an unended tag:
    nothing is swallowed, and no part is looked at twice.
    """
    position = text_start = 0
    unended_comment = False
    while (start := source.find("<", position)) >= 0:
        position = start + 1
        following = source[start + 1 : start + 3]
        token: Token | None = None
        if following[:1] in ("!", "?") or (following[:1] == "/" and not following[1:].isalpha()):
            if unended_comment and source.startswith("<!--", start):
                continue
            end = _read_comment(source, start)
            if end < 0:
                unended_comment = True
                continue
            token = Comment(source[start:end])
        elif _TAG_NAME.match(source, start):
            read = read_tag(source, start)
            if read is None:
                break
            token, end = read
        if token is not None:
            if start > text_start:
                yield Text(source[text_start:start])
            yield token
            position = text_start = end
    if text_start < len(source):
        yield Text(source[text_start:])
