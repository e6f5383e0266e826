"""Making the safe HTML of stored texts again, when the rules have changed."""

from __future__ import annotations

from collections.abc import Iterator

from flask import current_app
from sqlalchemy import ColumnElement, select

from blog.comments.models import Comment
from blog.db import begin_write, db
from blog.markup import POLICY_VERSION, clean_comment_html, render_comment
from blog.posts.models import Post
from blog.posts.publishing import render_again
from blog.versions import site_changed

BATCH = 200


def html_of(text: str, text_format: str) -> str:
    """The safe HTML of a comment's source by today's rules."""
    return clean_comment_html(text) if text_format == "html" else render_comment(text)


def other_rules_made_some() -> bool:
    """Whether a text is there that other rules than today's made: a look into an index, no more."""
    return any(
        db.session.scalar(select(model.id).where(_by_other_rules(model)).limit(1)) is not None
        for model in (Comment, Post)
    )


def _by_other_rules(model: type[Comment | Post]) -> ColumnElement[bool]:
    # Two ranges instead of "not equal", which no index answers.
    version = model.policy_version
    return (version < POLICY_VERSION) | (version > POLICY_VERSION)


def render_batches(*, everything: bool) -> Iterator[int]:
    """Render old texts again, a batch per step; the caller commits between steps.

    Yields how many texts each batch mended. A stopped run goes on where it was.
    """
    yield from _comments(everything=everything)
    yield from _posts(everything=everything)


def _comments(*, everything: bool) -> Iterator[int]:
    last_id = 0
    while True:
        begin_write()
        query = select(Comment).where(Comment.id > last_id, Comment.erased_at.is_(None))
        if not everything:
            query = query.where(_by_other_rules(Comment))
        batch = db.session.scalars(query.order_by(Comment.id).limit(BATCH)).all()
        if not batch:
            db.session.rollback()
            return
        last_id = batch[-1].id
        for comment in batch:
            comment.html = html_of(comment.text, comment.text_format)
            comment.policy_version = POLICY_VERSION
        site_changed()
        yield len(batch)


def _posts(*, everything: bool) -> Iterator[int]:
    begin_write()
    query = select(Post.id).order_by(Post.id)
    if not everything:
        query = query.where(_by_other_rules(Post))
    for post_id in db.session.scalars(query).all():
        begin_write()
        post = db.session.get(Post, post_id)
        if post is None:
            continue
        media_dir = current_app.extensions["blog_config"].media_dir
        post.html = render_again(post, media_dir=media_dir)
        post.policy_version = POLICY_VERSION
        site_changed()
        yield 1
