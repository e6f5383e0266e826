"""`blog keys`: the key that seals readers' addresses."""

from __future__ import annotations

import sys

import click


@click.group()
def keys() -> None:
    """Change the key that seals readers' addresses."""


@keys.command()
@click.option("--new-key-stdin", is_flag=True, help="Take the new BLOG_ADDRESS_KEY from stdin.")
def rotate(new_key_stdin: bool) -> None:
    """Seal all addresses with a new key. Stop the server first; make a backup."""
    from blog import create_app
    from blog.cli.progress import byte_progress
    from blog.clock import now
    from blog.config import ADDRESS_KEY_FILE, SMALLEST_SECRET, Config
    from blog.errors import Refusal
    from blog.rotation import rotate_key_file, seal_again
    from blog.schema import newest_revision, stored_revision
    from blog.sealing import Sealer, sealer
    from blog.worker import is_at_work

    config = Config.from_env()
    # Not through prepare(): a rotation that was stopped left a key that does not fit.
    with create_app(config).app_context():
        if is_at_work(config.instance_dir):
            raise Refusal(
                "server_runs",
                "A server works with this database: it would go on sealing with the old key. Stop "
                "it first. Nothing was changed.",
            )
        if stored_revision() != newest_revision():
            raise Refusal("old_schema", "Run `blog db upgrade` first. Nothing was changed.")
        is_file = (config.instance_dir / ADDRESS_KEY_FILE).exists()
        if not new_key_stdin and not is_file:
            raise Refusal(
                "key_is_given",
                "The key is given by the environment; pipe the new one into "
                "`blog keys rotate --new-key-stdin`. Nothing was changed.",
            )
        given = sys.stdin.read().strip() if new_key_stdin else ""
        if new_key_stdin and len(given) < SMALLEST_SECRET:
            sentence = f"The new key needs {SMALLEST_SECRET} characters or more."
            raise Refusal("short_key", sentence + " Nothing was changed.")
        with byte_progress("Sealing again", None) as advance:
            if given:
                count = seal_again(sealer(), Sealer(given), now=now(), progress=advance)
            else:
                folder = config.instance_dir
                count = rotate_key_file(folder, sealer(), now=now(), progress=advance)
        click.echo(f"Sealed {count} values with the new key.")
        if new_key_stdin:
            click.echo("Set BLOG_ADDRESS_KEY to the new key before you start the server again.")
