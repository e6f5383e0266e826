"""`blog publish`: posts from Markdown files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from blog.cli.app import in_app

if TYPE_CHECKING:
    from blog.config import Config


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@in_app
def publish(files: Sequence[Path]) -> None:
    """Publish posts from Markdown files with front matter; the same slug updates."""
    from flask import current_app

    for line in _publish(files, current_app.extensions["blog_config"]):
        click.echo(line)


def publish_sample(config: Config) -> None:
    """Publish the bundled series into a blog that has no posts yet; else do nothing."""
    from sqlalchemy import select

    from blog import PACKAGE
    from blog.db import db
    from blog.posts.models import Post

    if db.session.scalar(select(Post.id).limit(1)) is None:
        _publish(sorted((PACKAGE / "posts" / "sample").glob("*.md")), config)


def _publish(files: Sequence[Path], config: Config) -> list[str]:
    """Publish all files in one transaction: all of them, or none."""
    from blog.clock import now
    from blog.db import begin_write, db
    from blog.posts.publishing import publish_files
    from blog.settings.queries import load_settings

    begin_write()
    is_open = load_settings().comments.open == "open"
    done = publish_files(
        files, media_dir=config.media_dir, default_comments_open=is_open, now=now()
    )
    lines = [
        f"{published.outcome}: /posts/{published.post.slug} ({path.name})"
        for path, published in zip(files, done, strict=True)
    ]
    db.session.commit()
    return lines
