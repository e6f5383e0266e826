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
    except OSError as error:
        fail(f"{error.filename or 'A file'}: {error.strerror or error}. Nothing was changed.")
    except Exception as error:
        trouble = _trouble_of_the_database(error)
        if trouble is None:
            raise
        fail(f"{trouble}. Nothing was changed.")


def fail(sentence: str, code: int = 1) -> None:
    """Say what went wrong and end."""
    click.echo(f"blog: {sentence}", err=True)
    sys.exit(code)


def _trouble_of_the_database(error: Exception) -> str | None:
    """What went wrong there; None when it is something else."""
    # Only here: a command that does without the database does without its library.
    from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

    if isinstance(error, DBAPIError):
        # Not reached, not opened, or busy for too long: then its address is the first thing to see.
        is_away = isinstance(error, OperationalError)
        hint = "; BLOG_DATABASE_URL must name one that answers" if is_away else ""
        return f"The database did not do it ({_plain(error)}){hint}"
    if isinstance(error, SQLAlchemyError):
        return f"The database cannot be used ({type(error).__name__})"
    return None


def _plain(error: object) -> str:
    """The driver's own words in one line, without the statement and its values."""
    cause = getattr(error, "orig", error)
    words = str(cause).strip().splitlines()
    return words[0] if words else type(cause).__name__
