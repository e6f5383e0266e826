"""The `blog` command: each command is a few lines over the rooms' operations."""

from __future__ import annotations

import sys

import click

from blog.cli import (
    attack,
    comments,
    database,
    exchange,
    keys,
    log,
    publish,
    sample,
    screening,
    serve,
    settings,
    users,
    worker,
)
from blog.config import ConfigError
from blog.errors import Refusal


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def blog() -> None:
    """A blog that serves series of posts, and the conversation under them."""


for command in (
    serve.serve,
    database.db_commands,
    users.user,
    settings.settings,
    publish.publish,
    exchange.import_,
    exchange.export,
    comments.comments,
    screening.screening,
    attack.attack,
    sample.sample,
    log.log,
    worker.worker,
    keys.keys,
):
    blog.add_command(command)


def main() -> None:
    """Run the command; every expected failure is one sentence on standard error and exit 1."""
    from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

    try:
        blog.main(standalone_mode=False)
    except click.exceptions.Abort:
        fail("Stopped. What was not finished was not saved.", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.ClickException as error:
        fail(error.format_message(), error.exit_code)
    except (ConfigError, Refusal) as error:
        fail(str(error))
    except DBAPIError as error:
        # Not reached, not opened, or busy for too long: then its address is the first thing to see.
        is_away = isinstance(error, OperationalError)
        hint = "; BLOG_DATABASE_URL must name one that answers" if is_away else ""
        fail(f"The database did not do it ({_plain(error)}){hint}. Nothing was changed.")
    except SQLAlchemyError as error:
        fail(f"The database cannot be used ({type(error).__name__}). Nothing was changed.")
    except OSError as error:
        fail(f"{error.filename or 'A file'}: {error.strerror or error}. Nothing was changed.")


def fail(sentence: str, code: int = 1) -> None:
    """Say what went wrong and end."""
    click.echo(f"blog: {sentence}", err=True)
    sys.exit(code)


def _plain(error: object) -> str:
    """The driver's own words in one line, without the statement and its values."""
    cause = getattr(error, "orig", error)
    words = str(cause).strip().splitlines()
    return words[0] if words else type(cause).__name__
