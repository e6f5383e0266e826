"""Imports a WordPress export: posts, pages and comments, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path

from flask import current_app
from sqlalchemy import text

from blog.clock import now as clock_now
from blog.comments.counting import recount
from blog.comments.models import Comment
from blog.config import Config
from blog.db import begin_write, db, is_sqlite
from blog.exchange.identity import HIGHEST_KEPT, Ledger, Numbers, source_of
from blog.exchange.masking import AddressMask
from blog.exchange.media import Uploads, host_of
from blog.exchange.report import Report
from blog.exchange.wordpress_comments import CommentImport
from blog.exchange.wordpress_posts import Attachments, PostImport
from blog.exchange.wxr import (
    WxrAuthor,
    WxrComment,
    WxrEvent,
    WxrItem,
    WxrSite,
    WxrSummary,
    check_wxr,
    read_wxr,
)
from blog.posts.models import Post
from blog.versions import site_changed

# The file is read once to check it and twice to import it.
READINGS = 3

Progress = Callable[[int], None]


def import_wordpress(
    file: Path,
    *,
    media_dir: Path | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    now: datetime | None = None,
) -> Report:
    """Bring what a WordPress export holds into this blog; what came before is left as it is.

    It begins the transaction of a write and does not commit: the caller does, or rolls back. With
    ``dry_run`` all the work is done and rolled back here. ``media_dir`` is a copy of the old
    uploads folder; the files that posts use are copied when everything else has succeeded.
    ``progress`` gets byte counts that add up to READINGS times the size of the file. Raises
    WxrError when the file cannot be used, OSError when a file cannot be copied.
    """
    summary = check_wxr(file, progress=progress)
    begin_write()
    _keep_others_out()
    report = Report(is_dry_run=dry_run)
    for repair in summary.repairs:
        report.change(f"{repair.kind} ({repair.count:,} times)", f"line {repair.first_line}")
    moment = now or clock_now()
    events = read_wxr(file, summary=summary, progress=progress)
    attachments = _attachments(file, summary)
    config: Config = current_app.extensions["blog_config"]
    hosts = _hosts(summary.site)
    uploads = Uploads(media_dir, config.media_dir, hosts | attachments.hosts)
    ledger, highest = Ledger(source_of(summary.site)), _HighestNumbers(file, summary)
    post_numbers, mask = Numbers(Post, highest.of_posts), AddressMask(summary.addresses)
    posts = PostImport(
        ledger, post_numbers, report, uploads, attachments, mask, hosts=hosts, now=moment
    )
    first = _write_posts(posts, events)
    comment_numbers = Numbers(Comment, highest.of_comments)
    comments = CommentImport(ledger, comment_numbers, report, posts.placed, mask, moment)
    comments.write_all(_only_comments(chain(first, events)), summary.comment_total)
    if dry_run:
        db.session.rollback()
        return report
    _count_anew()
    site_changed()
    post_numbers.settle()
    comment_numbers.settle()
    uploads.copy()
    return report


def _write_posts(posts: PostImport, events: Iterator[WxrEvent]) -> list[WxrEvent]:
    """Take everything that comes before the comments; gives back the first of these."""
    first: list[WxrEvent] = []
    for event in events:
        match event:
            case WxrItem():
                posts.add(event)
            case WxrAuthor():
                posts.add_author(event)
            case WxrComment():
                first.append(event)
                break
    posts.finish()
    db.session.expunge_all()
    return first


def _only_comments(events: Iterator[WxrEvent]) -> Iterator[WxrComment]:
    return (event for event in events if isinstance(event, WxrComment))


class _HighestNumbers:
    """The highest numbers in a file, looked up only when somebody asks."""

    def __init__(self, file: Path, summary: WxrSummary) -> None:
        self._file = file
        self._summary = summary
        self._found: tuple[int, int] | None = None

    def of_posts(self) -> int:
        return self._both()[0]

    def of_comments(self) -> int:
        return self._both()[1]

    def _both(self) -> tuple[int, int]:
        if self._found is None:
            posts = comments = 0
            for event in read_wxr(self._file, summary=self._summary):
                number = event.id or 0 if isinstance(event, WxrItem | WxrComment) else 0
                if number > HIGHEST_KEPT:
                    continue
                if isinstance(event, WxrItem):
                    posts = max(posts, number)
                else:
                    comments = max(comments, number)
            self._found = (posts, comments)
        return self._found


def _attachments(file: Path, summary: WxrSummary) -> Attachments:
    """All attachments of the blog: any post may show any of them, also one that comes later."""
    addresses: dict[int, str] = {}
    places: dict[int, list[tuple[int, int]]] = {}
    if any(kind == "attachment" for kind, _ in summary.items):
        for event in read_wxr(file, summary=summary):
            if isinstance(event, WxrComment):
                break
            if isinstance(event, WxrItem) and event.attachment_url and event.id is not None:
                addresses[event.id] = event.attachment_url
                places.setdefault(event.parent, []).append((event.menu_order, event.id))
    by_post = {post: [number for _, number in sorted(found)] for post, found in places.items()}
    return Attachments(addresses, by_post, frozenset(map(host_of, addresses.values())))


def _hosts(site: WxrSite) -> frozenset[str]:
    """The hosts under which the blog itself stood; none when the file does not say."""
    return frozenset({host_of(site.link), host_of(site.base_blog_url)}) - {""}


def _keep_others_out() -> None:
    """On a server, let nobody else give out numbers or count comments until the end."""
    if not is_sqlite():
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        db.session.execute(
            text("LOCK TABLE post, comment, imported_item IN SHARE ROW EXCLUSIVE MODE")
        )


def _count_anew() -> None:
    """Bring the counts of threads and posts in step, all at once."""
    if not is_sqlite():
        # The planner knows nothing yet of the rows that have just come.
        db.session.execute(text("ANALYZE comment"))
    recount()
