"""Lists of posts, the search, and the pictures of posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import quote, urlencode

from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_from_directory,
)
from werkzeug.wrappers import Response

from blog.clock import now as clock_now
from blog.config import Config
from blog.posts.addresses import HOME_KEYS, old_address_redirect
from blog.posts.models import Post
from blog.posts.queries import (
    PostPage,
    all_series,
    archive,
    live_posts,
    posts_of_series,
    posts_of_tag,
    series_by_slug,
    tag_by_slug,
)
from blog.posts.search import search as search_posts
from blog.posts.search import tidy_query
from blog.settings.queries import current_settings
from blog.web.limits import hold_back

views = Blueprint("posts", __name__)

HIGHEST_PAGE = 1_000_000_000
ONE_YEAR = 31_536_000
ONE_HOUR = 3_600
TOO_MANY_SEARCHES = (
    "Your network has searched very often in this minute, so this search was not made. Nothing "
    "is lost: the words you typed are in the address of this page. Load it again in {seconds}."
)
# Python's own table depends on the machine; these are the kinds that publishing lets in.
PICTURE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".svg": "image/svg+xml",
}
# An SVG opened by itself is a document: this one runs nothing and loads nothing.
SVG_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@views.get("/")
def home() -> Response | str:
    """The newest posts; what WordPress keeps under numbers and parameters leads on to its place."""
    if not HOME_KEYS.isdisjoint(request.args):
        moved = old_address_redirect("/", request.query_string.decode("utf-8", "replace"))
        if moved is not None:
            return redirect(moved, 301)
    return _home_page(1)


@views.get(f"/page/<int(max={HIGHEST_PAGE}):number>")
def older_posts(number: int) -> Response | str:
    """A further page of posts; the first is the home page."""
    return redirect("/", 301) if number == 1 else _home_page(number)


def _home_page(number: int) -> str:
    now = clock_now()
    page = live_posts(number, per_page=_per_page(), now=now)
    return _list_page("posts/home.html", page, first="/", rest="/page/", now=now)


@views.get("/tags/<slug>")
def tag(slug: str) -> str:
    """The newest posts under a tag."""
    return _tag_page(slug, 1)


@views.get(f"/tags/<slug>/page/<int(max={HIGHEST_PAGE}):number>")
def tag_older_posts(slug: str, number: int) -> Response | str:
    """A further page of posts under a tag."""
    return redirect(f"/tags/{quote(slug)}", 301) if number == 1 else _tag_page(slug, number)


def _tag_page(slug: str, number: int) -> str:
    found = tag_by_slug(slug) or abort(404)
    now = clock_now()
    page = posts_of_tag(found, number, per_page=_per_page(), now=now)
    if not page.total:
        abort(404)
    first = f"/tags/{quote(found.slug)}"
    return _list_page(
        "posts/tag.html", page, first=first, rest=f"{first}/page/", now=now, tag=found
    )


def _list_page(
    template: str, page: PostPage, *, first: str, rest: str, now: datetime, **values: object
) -> str:
    if not 1 <= page.number <= page.pages:
        abort(404)
    return render_template(
        template,
        page=page,
        first=first,
        rest=rest,
        canonical=first if page.number == 1 else f"{rest}{page.number}",
        open_ids=_open_ids(page.posts, now),
        **values,
    )


def _per_page() -> int:
    return current_settings().site.posts_per_page


def _open_ids(posts: Sequence[Post], now: datetime) -> set[int]:
    """Which of these posts take comments now."""
    days = current_settings().comments.close_after_days
    return {post.id for post in posts if post.takes_comments(now, days)}


@views.get("/series")
def series_list() -> str:
    """The series that have something to read."""
    return render_template("posts/series_list.html", entries=all_series(clock_now()))


@views.get("/series/<slug>")
def series(slug: str) -> str:
    """The parts of a series in their order."""
    found = series_by_slug(slug) or abort(404)
    now = clock_now()
    posts = posts_of_series(found, now=now) or abort(404)
    return render_template(
        "posts/series.html", series=found, posts=posts, open_ids=_open_ids(posts, now)
    )


@views.get("/archive")
def archive_page() -> str:
    """Every post, by year and month."""
    return render_template("posts/archive.html", years=archive(clock_now()))


@views.get("/search")
def search() -> str:
    """Posts that hold all the words asked for; not a page for search engines."""
    number = request.args.get("page", 1, type=int)
    if not 1 <= number <= HIGHEST_PAGE:
        abort(404)
    query = tidy_query(request.args.get("q", ""))
    if query:
        hold_back("search", current_settings().site.searches_per_minute, TOO_MANY_SEARCHES)
    result = search_posts(query, now=clock_now(), page=number, per_page=_per_page())
    if number > result.pages:
        abort(404)
    first = "/search?" + urlencode({"q": result.query})
    return render_template("posts/search.html", result=result, first=first, rest=f"{first}&page=")


@views.get("/media/<path:name>")
def media(name: str) -> Response:
    """A picture of a post. Addressed with its digest it never changes and is kept for good."""
    path = PurePosixPath(name)
    kind = PICTURE_TYPES.get(path.suffix.lower())
    if any(part.startswith(".") for part in path.parts):
        # A picture that is being written; it has its own name when it is whole.
        abort(404)
    config: Config = current_app.extensions["blog_config"]
    response = send_from_directory(
        config.media_dir,
        name,
        mimetype=kind or "application/octet-stream",
        as_attachment=kind is None,
        max_age=ONE_YEAR if "v" in request.args else ONE_HOUR,
    )
    # Feed readers show posts with their pictures on pages of their own.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if kind == PICTURE_TYPES[".svg"]:
        response.headers["Content-Security-Policy"] = SVG_POLICY
    return response
