"""An HTML checker of our own: parses as a browser does (html5lib), knows nothing of bleach.

It says what is wrong with a piece of served HTML, in sentences; an empty list means nothing is.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import html5lib

XHTML = "{http://www.w3.org/1999/xhtml}"
FRAME = (
    '<ol class="comment-list"><li id="comment-1"><article><div class="comment-content">{}</div>'
    '</article></li><li id="comment-2"><article><p>next</p></article></li></ol>'
    '<p id="after">after</p>'
)
# In the second frame nothing stops a bare list item from closing ours.
FRAMES = (FRAME, FRAME.replace("<article>", "").replace("</article>", ""))
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_OPENERS = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c",
            "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}  # fmt: skip
_LINE_MAKERS = {"p", "div", "li", "ul", "ol", "blockquote", "pre", "br", "table", "tr", "td", "th",
                "figure", "figcaption", "dl", "dt", "dd", "details", "summary", "hr", "address",
                "caption", "thead", "tbody", "tfoot", "h2", "h3", "h4", "h5", "h6"}  # fmt: skip


_WHOLES = {"li": {"ul", "ol"}, "dt": {"dl"}, "dd": {"dl"}, "figcaption": {"figure"},
           "summary": {"details"}, "tr": {"thead", "tbody", "tfoot"}, "td": {"tr"}, "th": {"tr"},
           "source": {"audio", "video"}}  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """Which elements and attributes may be served, and which addresses."""

    attributes: dict[str, set[str]]
    relative_addresses: bool
    rel: str | None


_READER_PLAIN = "b br cite em i li p pre s strike strong ul"
READER = Policy(
    {
        "a": {"href", "title", "rel"},
        "abbr": {"title"},
        "acronym": {"title"},
        "blockquote": {"cite"},
        "q": {"cite"},
        "code": {"class"},
        "del": {"datetime"},
        "ol": {"start"},
        **{name: set() for name in _READER_PLAIN.split()},
    },
    relative_addresses=False,
    rel="nofollow ugc noopener",
)
_POST_PLAIN = (
    "address b br caption cite dd dl dt em hr i kbd mark s samp small strike strong sub summary "
    "sup tbody tfoot thead tr u ul var wbr"
)
POST = Policy(
    {
        "a": {"href", "title", "id"},
        "abbr": {"title"},
        "acronym": {"title"},
        "blockquote": {"cite"},
        "q": {"cite"},
        "code": {"class"},
        "pre": {"class", "tabindex"},
        "table": {"tabindex"},
        "del": {"datetime", "cite"},
        "ins": {"datetime", "cite"},
        "time": {"datetime", "title"},
        "ol": {"start", "reversed", "type"},
        "li": {"value"},
        "details": {"open"},
        "img": {"src", "alt", "title", "width", "height", "loading", "decoding", "class"},
        "audio": {"src", "controls", "title"},
        "video": {"src", "controls", "poster", "width", "height", "title"},
        "source": {"src"},
        "td": {"colspan", "rowspan", "class"},
        "th": {"colspan", "rowspan", "scope", "class"},
        **{name: {"class", "id"} for name in ("h2", "h3", "h4", "h5", "h6")},
        **{name: {"class"} for name in ("p", "div", "span", "figure", "figcaption")},
        **{name: set() for name in _POST_PLAIN.split()},
    },
    relative_addresses=True,
    rel=None,
)
_POST_CLASSES = re.compile(
    r"(?:align(?:left|right|center|wide|full)|wp-caption(?:-text)?"
    r"|has-text-align-(?:left|center|right)| )+"
)
_OUR_IDS = {"respond", "comments", "commentform", "reply-title", "content", "author", "email",
            "url", "comment", "remember", "submit", "location", "document", "body"}  # fmt: skip


def problems(served: str, policy: Policy) -> list[str]:
    """Give what is wrong with HTML served under a policy, in a page's list of comments."""
    alone = _parse(f'<div class="comment-content">{served}</div>')
    content = alone[0]
    found = _break_outs(served, alone)
    for element in content.iter():
        found += _element_problems(element, policy)
        found += _misplaced(element)
    if _CONTROLS.search(served) or _CONTROLS.search("".join(content.itertext())):
        found.append("a control character is served")
    if not unicodedata.is_normalized("NFC", served):
        found.append("what is served is not in NFC")
    return found + _open_directions(content)


def _parse(markup: str) -> Any:
    return html5lib.parseFragment(markup, container="div", treebuilder="etree")


def shape(node: Any) -> list[Any]:
    """Give an element's tree as plain lists, to compare two readings of the same HTML."""
    inside = [[shape(child), child.tail or ""] for child in node]
    return [str(node.tag), sorted(node.attrib.items()), node.text or "", inside]


def _break_outs(served: str, alone: Any) -> list[str]:
    """Compare the page with the same page around an empty comment: only the comment may differ."""
    if len(alone) != 1 or alone.text or alone[0].tail:
        return ["the element around the comment was closed"]
    for frame in FRAMES:
        page = _parse(frame.format(served))
        place = page.find(f".//{XHTML}div[@class='comment-content']")
        if place is None or shape(place) != shape(alone[0]):
            return ["the same HTML reads differently by itself and in the list"]
        place.clear()
        place.set("class", "comment-content")
        if shape(page) != _empty_page(frame):
            return ["what stands around the comment was changed"]
    return []


@functools.cache
def _empty_page(frame: str) -> list[Any]:
    return shape(_parse(frame.format("")))


def _element_problems(element: Any, policy: Policy) -> list[str]:
    if not isinstance(element.tag, str):
        return ["a comment is served"]
    if not element.tag.startswith(XHTML):
        return [f"a foreign element {element.tag} is served"]
    name = element.tag.removeprefix(XHTML)
    if element.get("class") == "comment-content":
        return []
    if name not in policy.attributes:
        return [f"<{name}> is served"]
    wrong = [
        f"{key}={value!r} on <{name}>"
        for key, value in element.attrib.items()
        if key not in policy.attributes[name] or not _fit(name, key, value, policy)
    ]
    if name == "a" and policy.rel is not None and element.get("rel") != policy.rel:
        wrong.append("a link without rel")
    if name == "a" and policy.rel is not None and not "".join(element.itertext()).strip():
        wrong.append("a link without words")
    return wrong


def _misplaced(element: Any) -> list[str]:
    """Say which parts of lists, tables and figures stand outside of them."""
    name = str(element.tag).removeprefix(XHTML)
    children = {str(child.tag).removeprefix(XHTML) for child in element}
    return [
        f"<{child}> stands in <{name}>"
        for child in sorted(children & set(_WHOLES))
        if name not in _WHOLES[child]
    ]


def _fit(name: str, key: str, value: str, policy: Policy) -> bool:
    if key in ("href", "src", "cite", "poster"):
        return _fit_address(key, value, policy)
    if key == "tabindex":
        return value == "0"
    if key == "class" and name in ("code", "pre"):
        return re.fullmatch(r"language-[\w+#.-]{1,40}", value) is not None
    if key == "class":
        return _POST_CLASSES.fullmatch(value) is not None
    if key == "id":
        return value not in _OUR_IDS and not value.startswith("comment-")
    if key in ("start", "value", "width", "height", "colspan", "rowspan"):
        return re.fullmatch(r"-?\d{1,9}", value) is not None
    return True


def _fit_address(key: str, value: str, policy: Policy) -> bool:
    if re.search(r"[\x00-\x20\\\x7f-\x9f]", value):
        return False
    parts = urlsplit(value)
    if parts.scheme in ("http", "https"):
        return bool(parts.hostname) and "@" not in parts.netloc and "//" in value
    if parts.scheme == "mailto":
        headers = ("?", "&", "%0", ",") if policy.rel else ("bcc", "cc=", "to=", "%0")
        return key == "href" and not any(sign in value.lower() for sign in headers)
    return policy.relative_addresses and not parts.scheme and not value.startswith("//")


def _open_directions(content: Any) -> list[str]:
    """Follow the words in their order and say when a line ends with a direction still open."""
    for line in "".join(_lines(content)).split("\n"):
        waiting: list[str] = []
        for letter in line:
            if letter in _OPENERS:
                waiting.append(_OPENERS[letter])
            elif waiting and letter == waiting[-1]:
                waiting.pop()
            elif letter in "\u202c\u2069":
                return ["a direction is closed that nobody opened"]
        if waiting:
            return ["a direction is still open at the end of its line"]
    return []


def _lines(element: Any) -> list[str]:
    ends = str(element.tag).removeprefix(XHTML) in _LINE_MAKERS
    words = ["\n" if ends else "", element.text or ""]
    for child in element:
        words += [*_lines(child), child.tail or ""]
    return [*words, "\n" if ends else ""]
