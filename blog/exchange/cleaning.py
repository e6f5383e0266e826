"""Cleans many comments at once, on all cores: the costly part of an import."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from blog.errors import Refusal
from blog.markup import clean_comment_html

# Below, starting processes takes longer than they save.
WORTH_PROCESSES = 3_000
MOST_PROCESSES = 8

Item = TypeVar("Item")


def process_count(comments: int) -> int:
    """How many processes to clean this many comments with; 0 means in this one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if comments < WORTH_PROCESSES or not cores or cores == 1:
        return 0
    return min(cores, MOST_PROCESSES)


def clean_texts(texts: Sequence[str]) -> list[str]:
    """The safe HTML of each of these comments."""
    return [clean_comment_html(text) for text in texts]


def with_clean_html(
    batches: Iterable[list[Item]], text_of: Callable[[Item], str], processes: int
) -> Iterator[list[tuple[Item, str]]]:
    """Each batch in its order, every item with the safe HTML of its text.

    Only a few batches are under way at a time, so that memory stays the same however many come.
    Raises Refusal when a process is ended from outside.
    """
    if processes == 0:
        for batch in batches:
            yield list(zip(batch, clean_texts([text_of(item) for item in batch]), strict=True))
        return
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_ignore_interrupts
    )
    under_way: deque[tuple[list[Item], Future[list[str]]]] = deque()
    try:
        for batch in batches:
            under_way.append((batch, pool.submit(clean_texts, [text_of(item) for item in batch])))
            if len(under_way) > processes + 1:
                yield _done(*under_way.popleft())
        while under_way:
            yield _done(*under_way.popleft())
    except BrokenExecutor as error:
        raise Refusal(
            "process_ended",
            "A process that cleaned comments was ended from outside, perhaps for want of memory. "
            "Nothing was imported.",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _done(batch: list[Item], cleaned: Future[list[str]]) -> list[tuple[Item, str]]:
    return list(zip(batch, cleaned.result(), strict=True))


def _ignore_interrupts() -> None:
    # Ctrl+C reaches the whole group; only the importer itself shall answer it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
