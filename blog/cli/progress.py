"""A progress bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Advance = Callable[[int], None]
PLAIN_STEP_PERCENT = 10


@contextmanager
def byte_progress(title: str, total: int | None) -> Iterator[Advance]:
    """Show how far long work is; the caller reports each amount that was done since the last."""
    if sys.stderr.isatty():
        with _bar(title, total) as advance:
            yield advance
        return
    click.echo(f"{title} …", err=True)
    yield _plain_lines(total)


@contextmanager
def _bar(title: str, total: int | None) -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda amount: progress.advance(task, amount)


def _plain_lines(total: int | None) -> Advance:
    done = told = 0

    def advance(amount: int) -> None:
        nonlocal done, told
        done += amount
        percent = min(100, 100 * done // total) if total else 0
        if percent >= told + PLAIN_STEP_PERCENT:
            told = percent - percent % PLAIN_STEP_PERCENT
            click.echo(f"  {told} %", err=True)

    return advance
