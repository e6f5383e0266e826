"""`blog sample`: made-up content for trying and measuring."""

from __future__ import annotations

import click

from blog.cli.app import in_app


@click.command()
@click.option("--posts", default=20, show_default=True, type=click.IntRange(0, 100_000))
@click.option("--comments", default=200, show_default=True, type=click.IntRange(0, 10_000_000))
@click.option("--seed", default=1, show_default=True, type=int, help="Same seed, same content.")
@in_app
def sample(posts: int, comments: int, seed: int) -> None:
    """Fill the blog with made-up posts and comments, for trying and measuring."""
    from blog.cli.progress import byte_progress
    from blog.clock import now
    from blog.db import begin_write, db
    from blog.exchange.synthetic import make_content

    begin_write()
    with byte_progress("Making content", posts + comments) as advance:
        make_content(posts, comments, seed=seed, now=now(), progress=advance)
    db.session.commit()
    click.echo(f"Made {posts} posts and {comments} comments.")
