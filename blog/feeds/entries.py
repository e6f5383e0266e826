"""What a feed says, before it is RSS or Atom: a channel and its entries as plain values."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urljoin, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import defer, selectinload

from blog.comments.models import Comment
from blog.comments.queries import newest_public
from blog.db import db
from blog.markup import POLICY_VERSION, excerpt
from blog.posts.models import Post
from blog.posts.queries import listed
from blog.settings.catalogue import SiteSettings

# What stands for a time in a feed that has no entries; a fixed one keeps its ETag.
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)
NAMELESS = "Anonymous"

# The sanitiser writes attributes in double quotes, and text without a bare "<".
_TAG = re.compile(r'<[a-z][a-z0-9]*(?:\s+[a-z-]+(?:="[^"]*")?)+\s*/?>')
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_ADDRESSES = frozenset({"href", "src", "poster", "cite"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One post or comment in a feed. ``guid`` never changes; it is an address only for posts."""

    guid: str
    guid_is_address: bool
    title: str
    address: str
    author: str
    published_at: datetime
    updated_at: datetime
    summary: str
    html: str
    tags: tuple[str, ...] = ()
    comments_address: str | None = None
    comments_feed: str | None = None
    comment_count: int | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed: what it is of, where it stands, and its entries, newest first."""

    title: str
    description: str
    language: str
    address: str
    own_address: str
    entries: Sequence[Entry]

    @property
    def updated_at(self) -> datetime:
        """When an entry last changed."""
        return max((entry.updated_at for entry in self.entries), default=NOTHING_YET)


def posts_channel(site: SiteSettings, base_url: str, path: str, now: datetime) -> Channel:
    """The newest posts, whole."""
    posts = db.session.scalars(
        select(Post)
        .where(listed(now))
        .order_by(Post.published_at.desc(), Post.id.desc())
        .limit(site.feed_items)
        .options(selectinload(Post.tags), defer(Post.source, raiseload=True))
    )
    return Channel(
        title=site.title,
        description=site.tagline,
        language=site.language,
        address=f"{base_url}/",
        own_address=base_url + quote(path),
        entries=[_post_entry(post, site, base_url) for post in posts],
    )


def comments_channel(
    site: SiteSettings, base_url: str, path: str, now: datetime, post: Post | None = None
) -> Channel:
    """The newest public comments of the blog, or of one live post."""
    pairs = newest_public(now, limit=site.feed_items, post_id=post.id if post else None)
    return Channel(
        title=f"Comments on: {post.title}" if post else f"Comments for {site.title}",
        description=site.tagline,
        language=site.language,
        address=post_address(post, base_url) if post else f"{base_url}/",
        own_address=base_url + quote(path),
        entries=[
            _comment_entry(comment, about, base_url, names_post=post is None)
            for comment, about in pairs
        ],
    )


def post_address(post: Post, base_url: str) -> str:
    """Where a post stands, as a whole address."""
    return f"{base_url}/posts/{quote(post.slug)}"


def _post_entry(post: Post, site: SiteSettings, base_url: str) -> Entry:
    address = post_address(post, base_url)
    return Entry(
        guid=address,
        guid_is_address=True,
        title=post.title,
        address=address,
        author=post.author_name or site.title,
        published_at=post.published_at or NOTHING_YET,
        updated_at=post.updated_at,
        summary=post.summary,
        html=absolute_links(post.current_html, address),
        tags=tuple(tag.name for tag in post.tags),
        comments_address=f"{address}#comments",
        comments_feed=f"{address}/feed",
        comment_count=post.comment_count,
    )


def _comment_entry(comment: Comment, post: Post, base_url: str, *, names_post: bool) -> Entry:
    author = comment.author or NAMELESS
    address = post_address(post, base_url)
    safe_html = _shown_html(comment)
    return Entry(
        guid=f"{address}#comment-{comment.id}",
        guid_is_address=False,
        title=f"Comment on {post.title} by {author}" if names_post else f"By: {author}",
        # This one leads to the comment on whichever page it stands.
        address=f"{base_url}/comments/{comment.id}",
        author=author,
        published_at=comment.created_at,
        updated_at=comment.edited_at or comment.created_at,
        summary=excerpt(safe_html),
        html=absolute_links(safe_html, address),
    )


def _shown_html(comment: Comment) -> str:
    """The stored HTML, or the bare text when it was made by rules that no longer hold."""
    if comment.policy_version == POLICY_VERSION:
        return comment.html
    return f"<p>{html.escape(comment.text)}</p>"


def absolute_links(safe_html: str, address: str) -> str:
    """The HTML with every relative address made whole, since a feed is read anywhere."""

    def whole(found: re.Match[str]) -> str:
        if found[1] not in _ADDRESSES:
            return found.group()
        value = html.unescape(found[2])
        try:
            joined = value if urlsplit(value).scheme else urljoin(address, value)
        except ValueError:
            joined = value
        return f'{found[1]}="{html.escape(joined, quote=True)}"'

    # Attribute by attribute from the left, so that no value is taken for an attribute.
    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(whole, tag.group()), safe_html)
