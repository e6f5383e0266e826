"""Feeds, sitemap and robots.txt. No cookie; the ETag is set where all answers get theirs."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, current_app, request

from blog.clock import now as clock_now
from blog.config import Config
from blog.feeds import atom, rss, sitemap
from blog.feeds.entries import Channel, comments_channel, posts_channel
from blog.posts.queries import live_post
from blog.settings.queries import current_settings

views = Blueprint("feeds", __name__)

HIGHEST_PART = 1_000_000
KEPT_FROM_ROBOTS = ("/admin", "/login", "/search")


@views.get("/feed")
def posts_feed() -> Response:
    """The newest posts, RSS."""
    return _rss(_posts())


@views.get("/feed/atom")
def posts_feed_atom() -> Response:
    """The newest posts, Atom."""
    return _atom(_posts())


@views.get("/comments/feed")
def comments_feed() -> Response:
    """The newest comments of the blog, RSS."""
    return _rss(_comments(None))


@views.get("/comments/feed/atom")
def comments_feed_atom() -> Response:
    """The newest comments of the blog, Atom."""
    return _atom(_comments(None))


@views.get("/posts/<slug>/feed")
def post_feed(slug: str) -> Response:
    """The newest comments of a post, RSS."""
    return _rss(_comments(slug))


@views.get("/posts/<slug>/feed/atom")
def post_feed_atom(slug: str) -> Response:
    """The newest comments of a post, Atom."""
    return _atom(_comments(slug))


@views.get("/sitemap.xml")
def sitemap_xml() -> Response:
    """All public pages."""
    content = sitemap.sitemap(_base_url(), clock_now())
    return Response(content, content_type=sitemap.CONTENT_TYPE)


@views.get(f"/sitemap-<int(max={HIGHEST_PART}):number>.xml")
def sitemap_part(number: int) -> Response:
    """A part of a sitemap that is too long for one file."""
    content = sitemap.sitemap_part(number, _base_url(), clock_now()) or abort(404)
    return Response(content, content_type=sitemap.CONTENT_TYPE)


@views.get("/robots.txt")
def robots() -> Response:
    """What robots may read: all but what is of use to people only."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in KEPT_FROM_ROBOTS)]
    lines += ["", f"Sitemap: {_base_url()}/sitemap.xml", ""]
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


def _posts() -> Channel:
    return posts_channel(current_settings().site, _base_url(), request.path, clock_now())


def _comments(slug: str | None) -> Channel:
    now = clock_now()
    post = None if slug is None else live_post(slug, now) or abort(404)
    return comments_channel(current_settings().site, _base_url(), request.path, now, post)


def _rss(channel: Channel) -> Response:
    return _document(channel, rss.write_rss, rss.CONTENT_TYPE)


def _atom(channel: Channel) -> Response:
    return _document(channel, atom.write_atom, atom.CONTENT_TYPE)


def _document(channel: Channel, write: Callable[[Channel], bytes], content_type: str) -> Response:
    return Response(write(channel), content_type=content_type)


def _base_url() -> str:
    config: Config = current_app.extensions["blog_config"]
    return config.base_url
