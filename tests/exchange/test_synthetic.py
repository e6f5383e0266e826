"""Made-up content: so much as was asked for, the same for the same seed, and sound."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from blog.comments.counting import recount
from blog.comments.models import Comment, CommentStatus
from blog.db import begin_write, db
from blog.exchange.synthetic import make_content
from blog.naming import slugify
from blog.posts.models import Post
from tests.conftest import START


def make(posts: int, comments: int, seed: int) -> int:
    told: list[int] = []
    begin_write()
    make_content(posts, comments, seed=seed, now=START, progress=told.append)
    db.session.commit()
    return sum(told)


def test_content_is_made_in_full_and_reads_like_any_other(app: Flask, client: FlaskClient) -> None:
    assert make(5, 1_200, seed=3) == 1_205
    statuses = dict(
        db.session.execute(select(Comment.status, func.count()).group_by(Comment.status)).all()
    )
    assert sum(statuses.values()) == 1_200
    assert set(statuses) == set(CommentStatus)
    assert db.session.scalar(select(func.max(Comment.depth))) == 5
    begin_write()
    assert recount() == 0
    slugs = db.session.scalars(select(Post.slug)).all()
    assert len(set(slugs)) == 5
    assert all(slug == slugify(slug) for slug in slugs)
    for slug in slugs:
        page = client.get(f"/posts/{slug}")
        assert page.status_code == 200
        assert "responses to" in page.text
        assert "sample.example" not in page.text
    # New comments get numbers of their own on both databases.
    typed = {"comment": "A real one.", "author": "Ann", "email": "ann@reader.example"}
    assert client.post(f"/posts/{slugs[0]}/comments", data=typed).status_code == 303


def test_the_same_seed_gives_the_same_content(app: Flask) -> None:
    make(2, 60, seed=5)
    first = db.session.execute(
        select(Comment.author, Comment.text, Comment.depth).order_by(Comment.id)
    ).all()
    titles = db.session.scalars(select(Post.title).order_by(Post.id)).all()
    make(2, 60, seed=5)
    again = db.session.execute(
        select(Comment.author, Comment.text, Comment.depth).order_by(Comment.id).offset(60)
    ).all()
    assert again == first
    assert db.session.scalars(select(Post.title).order_by(Post.id).offset(2)).all() == titles
