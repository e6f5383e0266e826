"""Writes all posts and comments as one JSON object, a row at a time."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from blog.clock import now as clock_now
from blog.comments.models import COMMENT_IP, PERSON_ADDRESS, Comment, Person
from blog.comments.rendering import html_of
from blog.config import Config
from blog.db import db, is_sqlite
from blog.errors import Refusal
from blog.posts.models import Post, Series
from blog.posts.publishing import render_again
from blog.sealing import SealBrokenError, sealer
from blog.settings.queries import load_settings

POSTS_AT_ONCE = 50
COMMENTS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Written:
    """How much went into the file."""

    posts: int
    comments: int


def write_json(file: Path, *, with_addresses: bool = False, now: datetime | None = None) -> Written:
    """Write everything to ``file``, which is replaced only when all of it is written.

    Addresses, IPs and agents are in it only when asked for; then nobody but the owner may read the
    file. All of it is as it was at one moment. Raises OSError, and Refusal when an address cannot
    be opened; ends the session's transaction.
    """
    fresh = file.with_name(f".{file.name[:100]}.{secrets.token_hex(8)}")
    mode = 0o600 if with_addresses else 0o666
    try:
        descriptor = _create(fresh, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            written = _write(out, with_addresses, now or clock_now())
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
        db.session.rollback()
    return written


def _create(fresh: Path, mode: int) -> int:
    try:
        return os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        # Nobody asked for a file of this name; it is the folder that cannot be written to.
        raise OSError(error.errno, error.strerror, str(fresh.parent)) from error


def _write(out: IO[str], with_addresses: bool, now: datetime) -> Written:
    _begin_snapshot()
    out.write('{\n"site": ' + _json(_site()) + ',\n"series": [')
    _write_rows(out, _series())
    out.write('],\n"posts": [')
    posts = _write_rows(out, _posts(now))
    out.write('],\n"comments": [')
    comments = _write_rows(out, _comments(with_addresses))
    out.write("]\n}\n")
    return Written(posts, comments)


def _write_rows(out: IO[str], rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    for count, row in enumerate(rows, start=1):
        out.write(("" if count == 1 else ",") + "\n" + _json(row))
    return count


def _begin_snapshot() -> None:
    """All that follows sees the database as it is now; SQLite's transactions always do."""
    db.session.rollback()
    if not is_sqlite():
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _site() -> dict[str, Any]:
    config: Config = current_app.extensions["blog_config"]
    site = asdict(load_settings().site)
    names = ("title", "tagline", "language")
    return {**{name: site[name] for name in names}, "url": config.base_url}


def _series() -> Iterator[dict[str, Any]]:
    for series in db.session.scalars(select(Series).order_by(Series.id)):
        yield {
            "id": series.id,
            "slug": series.slug,
            "title": series.title,
            "description": series.description,
        }


def _posts(now: datetime) -> Iterator[dict[str, Any]]:
    config: Config = current_app.extensions["blog_config"]
    last_id = 0
    while True:
        posts = db.session.scalars(
            select(Post)
            .where(Post.id > last_id)
            .order_by(Post.id)
            .limit(POSTS_AT_ONCE)
            .options(selectinload(Post.tags), selectinload(Post.series))
        ).all()
        if not posts:
            return
        for post in posts:
            yield {
                "id": post.id,
                "slug": post.slug,
                "kind": post.kind.value,
                "title": post.title,
                "status": post.state(now),
                "published_at": _time(post.published_at),
                "author": post.author_name,
                "series": post.series.slug if post.series else None,
                "part": post.part,
                "tags": [tag.name for tag in post.tags],
                "comments_open": post.comments_open,
                "html": post.current_html or render_again(post, media_dir=config.media_dir),
            }
        last_id = posts[-1].id
        db.session.expunge_all()


def _comments(with_addresses: bool) -> Iterator[dict[str, Any]]:
    """All comments by their numbers; of those deleted for good only the empty place is left."""
    last_id = 0
    while True:
        rows = db.session.execute(
            select(Comment, Person.address_sealed)
            .outerjoin(Person, Comment.person_id == Person.id)
            .where(Comment.id > last_id)
            .order_by(Comment.id)
            .limit(COMMENTS_AT_ONCE)
        ).all()
        if not rows:
            return
        for comment, address_sealed in rows:
            row = _comment(comment)
            if with_addresses:
                row |= _private_fields(comment, address_sealed)
            yield row
        last_id = rows[-1][0].id
        db.session.expunge_all()


def _comment(comment: Comment) -> dict[str, Any]:
    html = comment.current_html
    if not html and comment.erased_at is None:
        html = html_of(comment.text, comment.text_format)
    return {
        "id": comment.id,
        "post": comment.post_id,
        "parent": comment.parent_id,
        "depth": comment.depth,
        "status": comment.status.value,
        "type": comment.type.value,
        "author": comment.author,
        "url": comment.url,
        "created_at": _time(comment.created_at),
        "text": comment.text,
        "html": html,
        "edited": comment.edited_at is not None,
    }


def _private_fields(comment: Comment, address_sealed: bytes | None) -> dict[str, str]:
    seal = sealer()
    try:
        return {
            "email": seal.open(address_sealed, PERSON_ADDRESS) if address_sealed else "",
            "ip": seal.open(comment.ip_sealed, COMMENT_IP) if comment.ip_sealed else "",
            "agent": comment.agent,
        }
    except SealBrokenError as error:
        raise Refusal(
            "seal_broken",
            f"The address or IP of comment {comment.id} cannot be opened: it was sealed with "
            "another key than this blog's, or was changed. Nothing was written. Put the right key "
            "in place, or export without addresses.",
        ) from error


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
