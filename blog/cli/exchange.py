"""`blog import` and `blog export`."""

from __future__ import annotations

from pathlib import Path

import click

from blog.cli.app import in_app

A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
A_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("import")
def import_() -> None:
    """Bring posts and comments from another blog."""


@import_.command()
@click.argument("file", type=A_FILE)
@click.option("--dry-run", is_flag=True, help="Report what would come; write nothing.")
@click.option("--media", type=A_FOLDER, help="A copy of the old uploads folder, served from here.")
@in_app
def wordpress(file: Path, dry_run: bool, media: Path | None) -> None:
    """Import a WordPress export (WXR 1.0 to 1.2)."""
    from blog.cli.progress import byte_progress
    from blog.cli.teaching import teach_standing_decisions
    from blog.db import db
    from blog.errors import Refusal
    from blog.exchange.wordpress import READINGS, import_wordpress
    from blog.exchange.wxr import WxrError

    with byte_progress(f"Importing {file.name}", READINGS * file.stat().st_size) as advance:
        try:
            report = import_wordpress(file, media_dir=media, dry_run=dry_run, progress=advance)
        except WxrError as error:
            raise Refusal("bad_export", f"{file.name}: {error}") from error
        if dry_run:
            db.session.rollback()
        else:
            db.session.commit()
    for line in report.lines():
        click.echo(line)
    if not dry_run:
        click.echo(f"The spam learner learnt {teach_standing_decisions()} of its decisions.")


@click.group()
def export() -> None:
    """Write everything to a file."""


@export.command("json")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-addresses", is_flag=True, help="With addresses, IPs and agents.")
@in_app
def export_json(file: Path, with_addresses: bool) -> None:
    """Write all posts and comments as JSON."""
    from blog.cli.progress import byte_progress
    from blog.exchange.json_export import write_json

    with byte_progress(f"Exporting to {file.name}", None):
        counts = write_json(file, with_addresses=with_addresses)
    click.echo(f"Wrote {counts.posts} posts and {counts.comments} comments.")
