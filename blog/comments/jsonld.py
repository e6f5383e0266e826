"""Structured data for search engines: schema.org BlogPosting with its Comments nested."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Any
from urllib.parse import quote

from blog.comments.threads import Shown
from blog.markup import excerpt
from blog.naming import cut_graphemes
from blog.posts.models import Post
from blog.posts.queries import PostFrame
from blog.settings.catalogue import SiteSettings
from blog.web.filters import iso

# Engines cut long texts themselves; the page carries the whole text once already.
LONGEST_TEXT = 240
READ_AT_MOST = 2_000
# bleach quotes every attribute and writes < and & of a text as references.
TAG = re.compile(r'<(?:[^>"]|"[^"]*")*>')
BREAK = re.compile(r"</(?:p|li|blockquote|pre|h[1-6]|div)>|<br>")
CUT_IN_TWO = re.compile(r"(?:<|&[^;]{0,8}$).*", re.DOTALL)


def blog_posting(
    post: Post, frame: PostFrame, *, site: SiteSettings, base_url: str
) -> dict[str, Any]:
    """The post as plain JSON values, without its comments."""
    address = f"{base_url}/posts/{quote(post.slug)}"
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "@id": address,
        "mainEntityOfPage": address,
        "url": address,
        "headline": cut_graphemes(post.title, 110),
        "description": post.summary or excerpt(post.current_html),
        "datePublished": iso(post.published_at),
        "dateModified": iso(post.updated_at),
        "inLanguage": site.language,
        "publisher": {"@type": "Organization", "name": site.title, "url": base_url + "/"},
        "commentCount": post.comment_count,
    }
    if post.author_name:
        data["author"] = {"@type": "Person", "name": post.author_name}
    if frame.tags:
        data["keywords"] = [tag.name for tag in frame.tags]
    if frame.series is not None:
        data["isPartOf"] = {
            "@type": "CreativeWorkSeries",
            "name": frame.series.name,
            "url": f"{base_url}/series/{quote(frame.series.slug)}",
        }
    return data


def comments_of(tree: Sequence[Shown], base_url: str) -> list[dict[str, Any]]:
    """The public comments of some threads as plain JSON values, replies under what they answer."""
    top: list[dict[str, Any]] = []
    stack = [(shown, top) for shown in reversed(tree)]
    while stack:
        shown, home = stack.pop()
        below: list[dict[str, Any]] = home
        if not shown.is_tombstone and not shown.is_awaiting:
            entry = _comment(shown, base_url)
            home.append(entry)
            if shown.replies:
                below = entry["comment"] = []
        stack.extend((reply, below) for reply in reversed(shown.replies))
    return top


def _comment(shown: Shown, base_url: str) -> dict[str, Any]:
    return {
        "@type": "Comment",
        "url": f"{base_url}/comments/{shown.id}",
        "author": {"@type": "Person", "name": shown.author},
        "datePublished": iso(shown.created_at),
        "text": first_words(shown.html),
    }


def first_words(safe_html: str) -> str:
    """The beginning of a comment's text, out of our own safe HTML, where a tag is easily told."""
    start = safe_html[:READ_AT_MOST]
    text = TAG.sub("", BREAK.sub(" ", start))
    if len(start) < len(safe_html):
        text = CUT_IN_TWO.sub("", text)
    return cut_graphemes(" ".join(unescape(text).split()), LONGEST_TEXT)
