"""Old addresses of posts: how they are kept, and where a reader who follows one is sent."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from flask import current_app
from sqlalchemy import and_, select

from blog.clock import now as clock_now
from blog.db import db
from blog.naming import slugify
from blog.posts.models import OldAddress, Post, PostKind, Tag

LONGEST_OLD_ADDRESS = 700
# What WordPress puts behind the address of a post, and what it is called here.
SUFFIXES = re.compile(
    r"(?P<post>.+?)/(?:"
    r"(?P<atom>feed/atom)|(?P<feed>feed(?:/(?:rss2?|rdf))?)|"
    r"comment-page-(?P<page>[1-9][0-9]{0,8})|amp|embed|trackback)"
)
HOME = frozenset({"/", "/index.php"})
# The parameters under which WordPress finds a post by number.
NUMBER_KEYS = ("p", "page_id")
# All that WordPress answers at its first page and this blog has elsewhere.
HOME_KEYS = frozenset({*NUMBER_KEYS, "s", "feed"})
# WordPress's names of feeds, as parameters and, of those of posts, as the end of a path.
FEEDS = {
    "feed": "/feed",
    "rss2": "/feed",
    "rss": "/feed",
    "rdf": "/feed",
    "atom": "/feed/atom",
    "comments-rss2": "/comments/feed",
    "comments-atom": "/comments/feed/atom",
}
# Its lists. A category's address names those above it too; the last is the one that is meant.
LISTS = re.compile(
    r"(?P<tag>/(?:category|tag)/.+?)(?:/page/[0-9]{1,9})?|"
    r"(?P<feed>/feed|/comments/feed)/(?:rss2?|rdf)|"
    r"(?P<archive>/author/[^/]+|/[12][0-9]{3}(?:/(?:0?[1-9]|1[0-2])(?:/[0-3]?[0-9])?)?)"
    r"(?:/page/[0-9]{1,9})?"
)
LONGEST_SEARCH = 200
LONGEST_SLUG = 200


def tidy_address(address: str) -> str:
    """One spelling for each address: the decoded path without its last slash, or ``?p=12``."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    path = _tidy_path(unquote(parts.path))
    if path in HOME:
        return _number_key(parts.query) or ""
    return path


def _tidy_path(path: str) -> str:
    clean = unicodedata.normalize("NFC", path).replace("\x00", "")
    return "/" + clean.strip("/")


def _number_key(query: str) -> str | None:
    try:
        values = parse_qs(query, max_num_fields=50)
    except ValueError:
        return None
    for key in NUMBER_KEYS:
        number = values.get(key, [""])[0]
        if number.isascii() and number.isdigit() and len(number) <= 18:
            return f"?{key}={int(number)}"
    return None


def find_old_address(path: str, now: datetime) -> str | None:
    """The slug of the live post that stood at a tidy old address."""
    if not path or len(path) > LONGEST_OLD_ADDRESS:
        return None
    return db.session.scalar(
        select(Post.slug)
        .join(OldAddress, OldAddress.post_id == Post.id)
        .where(OldAddress.path == path, Post.is_live(now))
    )


def old_address_redirect(path: str, query: str, now: datetime | None = None) -> str | None:
    """Where to send a reader of an address that is not ours, as a path; None when unknown.

    Understands WordPress's endings (``/feed``, ``/feed/atom``, ``/comment-page-2``, ``/amp``) and
    numbers (``/?p=12``), and its lists: categories, tags, authors, dates, the search and feeds.
    """
    moment = clock_now() if now is None else now
    tidy = _tidy_path(path)
    if tidy in HOME:
        slug = find_old_address(_number_key(query) or "", moment)
        return _new_address(slug) if slug else _asked_of_home(query)
    # Once more decoded: some servers hand on what a reader's program had encoded twice.
    for candidate in dict.fromkeys((tidy, _tidy_path(unquote(tidy)))):
        slug = find_old_address(candidate, moment)
        if slug:
            return _new_address(slug)
        ending = SUFFIXES.fullmatch(candidate)
        slug = find_old_address(ending["post"], moment) if ending else None
        if ending and slug:
            return _new_address(slug) + _new_ending(ending)
        found = _new_list(candidate, moment)
        if found:
            return found
    return _without_last_slash(path, tidy, query)


def _asked_of_home(query: str) -> str | None:
    """The search or the feed that WordPress gives for parameters of its first page."""
    try:
        values = parse_qs(query, max_num_fields=50)
    except ValueError:
        return None
    words = values.get("s", [""])[0].strip()
    if words:
        return "/search?" + urlencode({"q": words[:LONGEST_SEARCH]})
    return FEEDS.get(values.get("feed", [""])[0])


def _new_list(path: str, now: datetime) -> str | None:
    """The list here that holds what one of WordPress's held, by its tidy path."""
    if len(path) > LONGEST_OLD_ADDRESS:
        return None
    found = LISTS.fullmatch(path)
    if found is None:
        return None
    if found["tag"]:
        slug = _tag_slug(found["tag"].rpartition("/")[2], now)
        return f"/tags/{quote(slug)}" if slug else None
    return found["feed"] or "/archive"


def _tag_slug(name: str, now: datetime) -> str | None:
    """The slug of the tag of this name in an address, if there is a post to read under it."""
    # Slugs are spelled anew when they are imported.
    spelled = slugify(name, LONGEST_SLUG) if any(map(str.isalnum, name)) else name
    readable = and_(Post.kind == PostKind.POST, Post.is_live(now))
    slugs = set(
        db.session.scalars(
            select(Tag.slug).where(Tag.slug.in_({name, spelled}), Tag.posts.any(readable))
        )
    )
    return name if name in slugs else next(iter(slugs), None)


def _without_last_slash(path: str, tidy: str, query: str) -> str | None:
    """Our own address when only a slash at its end is too many, as WordPress writes them all."""
    if not path.endswith("/") or not current_app.url_map.bind("").test(tidy, "GET"):
        return None
    return quote(tidy) + (f"?{query}" if query else "")


def _new_address(slug: str) -> str:
    return f"/posts/{quote(slug)}"


def _new_ending(ending: re.Match[str]) -> str:
    if ending["atom"]:
        return "/feed/atom"
    if ending["feed"]:
        return "/feed"
    return f"/comment-page-{ending['page']}" if ending["page"] else ""
