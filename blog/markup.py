"""The only door from what people write to the HTML that a page shows.

Source text is parsed, written anew well nested, and cleaned by bleach as the last step that touches
markup; only what a strict grammar shows to be text and plain tags goes without it. Nothing rewrites
the result afterwards, and no template may mark anything else as safe.
"""

import html
import threading
from collections.abc import Iterator

import bleach
from bleach import html5lib_shim
from bleach._vendor.html5lib.treebuilders import getTreeBuilder

from blog.linkcheck import safe_href
from blog.naming import is_blank, normalise_text, replace_unfit_characters
from blog.text.commonmark import PostWalk, Walk, parse_post, parse_reader_text
from blog.text.nesting import SCROLLED
from blog.text.paragraphs import autop
from blog.text.plainhtml import is_plain_html
from blog.text.posttags import POST_ELEMENTS, PostWriter, post_attribute
from blog.text.readertags import READER_ELEMENTS, READER_REL, ReaderWriter, reader_attributes
from blog.text.tagsoup import scan
from blog.text.visiblewords import count_links, excerpt, plain_text

__all__ = [
    "POLICY_VERSION",
    "autop",
    "clean_comment_html",
    "clean_post_html",
    "clean_post_html_with_notes",
    "count_links",
    "excerpt",
    "plain_text",
    "render_comment",
    "render_post",
]

# Raised whenever the same source would give other HTML; rows of an older version are made anew.
POLICY_VERSION: int = 1


def _joined_texts(tree: object) -> Iterator[dict[str, object]]:
    """Walk a tree and give each run of text whole, as bleach's filter needs to see its entities.

    The reader of tags makes a token of its own of each `&`, and the tree a node of each token.
    """
    run: list[str] = []
    for token in html5lib_shim.getTreeWalker("dom")(tree):
        if token["type"] in ("Characters", "SpaceCharacters"):
            run.append(token["data"])
            continue
        if run:
            yield {"type": "Characters", "data": "".join(run)}
            run = []
        yield token
    if run:
        yield {"type": "Characters", "data": "".join(run)}


def _reader_attribute(name: str, key: str, value: str) -> bool:
    plain = html.unescape(value)
    if name == "a" and key == "href":
        return safe_href(plain) == plain
    if name == "a" and key == "rel":
        return plain == READER_REL
    return reader_attributes(name, {key: plain}).get(key) == plain


def _post_attribute(name: str, key: str, value: str) -> bool:
    plain = html.unescape(value)
    if key == "tabindex":
        return name in SCROLLED and plain == "0"
    return post_attribute(name, key, plain) == plain


def _clean(written: str, *, reader: bool) -> str:
    """Clean with bleach; nothing after this touches markup.

    What is text and plain tags without attributes bleach would give again as it is, for half of the
    cost of a comment (docs/decisions/0055).
    """
    if reader and is_plain_html(written):
        return written
    cleaner: bleach.Cleaner | None = getattr(_cleaners, str(reader), None)
    if cleaner is None:
        cleaner = _make_cleaner(reader=reader)
        setattr(_cleaners, str(reader), cleaner)
    return str(cleaner.clean(written))


# A cleaner takes a while to make and serves one text after the other, so each thread has its own.
_cleaners = threading.local()


def _make_cleaner(*, reader: bool) -> bleach.Cleaner:
    """bleach with a tree that bears large texts.

    bleach's own tree copies a text for each entity in it and searches all brothers of an element,
    which grows with the square of both; html5lib's other tree, the DOM of the standard library,
    does neither (20,000 list items: 0.3 s instead of 10 s).
    """
    tags = READER_ELEMENTS if reader else POST_ELEMENTS
    cleaner = bleach.Cleaner(
        tags=tags,
        attributes=_reader_attribute if reader else _post_attribute,
        protocols={"http", "https", "mailto"},
    )
    cleaner.parser = html5lib_shim.BleachHTMLParser(
        tree=getTreeBuilder("dom"), tags=tags, strip=False, consume_entities=False
    )
    cleaner.walker = _joined_texts
    return cleaner


def render_comment(source: str) -> str:
    """Give the safe HTML of a reader's Markdown text; "" only for a text with nothing to see.

    Every word typed is shown: what is not allowed stands there as text.
    """
    if is_blank(source):
        return ""
    text = replace_unfit_characters(normalise_text(source))
    writer = ReaderWriter()
    Walk(writer, breaks=True).blocks(parse_reader_text(text))
    return _finished(writer, text)


def clean_comment_html(html: str) -> str:
    """Give the safe HTML of a comment that WordPress kept: HTML with newlines, bare addresses.

    The promises are those of `render_comment`.
    """
    if is_blank(html):
        return ""
    text = replace_unfit_characters(normalise_text(html))
    writer = ReaderWriter()
    writer.stored_html(scan(autop(text)))
    return _finished(writer, text)


def _finished(writer: ReaderWriter, text: str) -> str:
    written = writer.composer.finish()
    if not writer.composer.has_visible:
        written = _shown_as_text(text)
    return _clean(written, reader=True)


def _shown_as_text(text: str) -> str:
    """Show markup that would draw nothing, as it was typed."""
    composer = ReaderWriter().composer
    for line in text.splitlines():
        composer.line_break()
        composer.text(line)
    return composer.finish()


def render_post(source: str) -> str:
    """Give the safe HTML of a post's Markdown: tables, headings with ids, figures, raw HTML."""
    writer = PostWriter()
    text = replace_unfit_characters(normalise_text(source))
    PostWalk(writer).blocks(parse_post(text))
    return _clean(writer.composer.finish(), reader=False)


def clean_post_html(html: str) -> str:
    """Give the safe form of the HTML of an imported post."""
    return clean_post_html_with_notes(html)[0]


def clean_post_html_with_notes(html: str) -> tuple[str, list[str]]:
    """Give the safe form of a post's HTML, and a note for each kind of thing left out of it."""
    writer = PostWriter()
    writer.html(scan(replace_unfit_characters(normalise_text(html))))
    return _clean(writer.composer.finish(), reader=False), writer.notes()
