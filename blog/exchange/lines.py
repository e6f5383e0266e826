"""One-line texts of WordPress made plain: titles, names and addresses of websites.

WordPress keeps these escaped for HTML, and titles may hold a little markup.
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

from blog.linkcheck import normalise_website
from blog.markup import clean_post_html, plain_text
from blog.naming import clean_line, cut_graphemes, forbidden_characters, is_blank, slugify

LONGEST_NAME = 245
LONGEST_TITLE = 500
LONGEST_SUMMARY = 500
LONGEST_SLUG = 200
NO_NAME = "Anonymous"
NO_TITLE = "(no title)"

# What authors put into titles. Any other tag there is more likely something they write about.
_INLINE = re.compile(
    r"</?(?:a|abbr|b|br|cite|code|del|em|i|ins|kbd|mark|q|s|small|span|strike|strong|sub|sup|u|wbr)"
    r"(?:\s[^<>]*+)?/?>",
    re.IGNORECASE,
)
_EMPTY_WEBSITES = frozenset({"", "http://", "https://"})


def plain_title(title: str) -> str:
    """A title as plain text; one that has nothing to see gets WordPress's words for that."""
    line = _fit(html.unescape(_INLINE.sub("", title)))
    return NO_TITLE if is_blank(line) else cut_graphemes(line, LONGEST_TITLE)


def plain_name(name: str) -> str:
    """The name of an author, a commenter or a tag as plain text; "" when there is none to see."""
    line = _fit(html.unescape(name))
    return "" if is_blank(line) else cut_graphemes(line, LONGEST_NAME)


def plain_summary(excerpt: str) -> str:
    """An author's excerpt, which is HTML, as one plain line."""
    if not excerpt.strip():
        return ""
    line = _fit(plain_text(clean_post_html(excerpt)))
    return "" if is_blank(line) else cut_graphemes(line, LONGEST_SUMMARY)


def plain_website(address: str) -> str:
    """A commenter's website; "" for none. Raises ValueError when it may not be a link."""
    plain = address.strip().replace("&amp;", "&").replace("&#038;", "&")
    return "" if plain in _EMPTY_WEBSITES else normalise_website(plain)


def slug_of(*candidates: str) -> str:
    """The slug made of the first of these that has a letter or digit, or ""."""
    for candidate in candidates:
        decoded = unquote(candidate)
        if any(letter.isalnum() for letter in decoded):
            return slugify(decoded, LONGEST_SLUG)
    return ""


def _fit(text: str) -> str:
    line = clean_line(text)
    if forbidden_characters(line, multiline=False) is None:
        return line
    return "".join(
        "\ufffd" if forbidden_characters(letter, multiline=False) else letter for letter in line
    )
