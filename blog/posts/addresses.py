"""Old addresses of posts: how they are kept, and where a reader who follows one is sent."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from urllib.parse import parse_qs, quote, unquote, urlsplit

from flask import current_app
from sqlalchemy import select

from blog.clock import now as clock_now
from blog.db import db
from blog.posts.models import OldAddress, Post

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
    numbers (``/?p=12``).
    """
    moment = clock_now() if now is None else now
    tidy = _tidy_path(path)
    if tidy in HOME:
        slug = find_old_address(_number_key(query) or "", moment)
        return _new_address(slug) if slug else None
    # Once more decoded: some servers hand on what a reader's program had encoded twice.
    for candidate in dict.fromkeys((tidy, _tidy_path(unquote(tidy)))):
        slug = find_old_address(candidate, moment)
        if slug:
            return _new_address(slug)
        ending = SUFFIXES.fullmatch(candidate)
        slug = find_old_address(ending["post"], moment) if ending else None
        if ending and slug:
            return _new_address(slug) + _new_ending(ending)
    return _without_last_slash(path, tidy, query)


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
