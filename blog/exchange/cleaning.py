"""Cleans many comments at once, on all cores: the costly part of an import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TypeVar, cast

from blog.errors import Refusal
from blog.exchange.cleaner import clean_texts

# Below, starting processes takes longer than they save.
WORTH_PROCESSES = 3_000
MOST_PROCESSES = 8
PACKAGE = Path(__file__).parents[1]

Item = TypeVar("Item")


def process_count(comments: int) -> int:
    """How many processes to clean this many comments with; 0 means in this one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    if comments < WORTH_PROCESSES or not cores or cores == 1:
        return 0
    return min(cores, MOST_PROCESSES)


def with_clean_html(
    batches: Iterable[list[Item]], text_of: Callable[[Item], str], processes: int
) -> Iterator[list[tuple[Item, str]]]:
    """Each batch in its order, every item with the safe HTML of its text.

    Only a few batches are under way at a time, so that memory stays the same however many come.
    Raises Refusal when a process ends before its work does.
    """
    if processes == 0:
        for batch in batches:
            yield list(zip(batch, clean_texts([text_of(item) for item in batch]), strict=True))
        return
    pool = _Pool(processes)
    under_way: deque[tuple[list[Item], Future[list[str]]]] = deque()
    try:
        for batch in batches:
            under_way.append((batch, pool.clean([text_of(item) for item in batch])))
            if len(under_way) > processes + 1:
                yield _done(*under_way.popleft())
        while under_way:
            yield _done(*under_way.popleft())
    finally:
        pool.end()


def _done(batch: list[Item], cleaned: Future[list[str]]) -> list[tuple[Item, str]]:
    return list(zip(batch, cleaned.result(), strict=True))


class _Pool:
    """Processes that clean, each served by a thread that waits for its answers.

    Those of the standard library hold twice the memory: each imports what the command imports, and
    one more keeps watch over locks that nobody uses here.
    """

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count)
        self._processes: list[subprocess.Popen[str]] = []
        self._idle: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        try:
            for _ in range(count):
                self._processes.append(_started())
                self._idle.put(self._processes[-1])
        except OSError as error:
            self.end()
            raise Refusal(
                "no_process",
                f"No process to clean comments could be started ({error.strerror or error}). "
                "Nothing was imported.",
            ) from error

    def clean(self, texts: Sequence[str]) -> Future[list[str]]:
        """The safe HTML of these texts, when it is ready; Refusal when the process ended."""
        return self._threads.submit(self._ask, texts)

    def end(self) -> None:
        """End all processes; what they still do is thrown away."""
        for process in self._processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            # What it was still to be told is of no use to it any more.
            with suppress(BrokenPipeError), process:
                pass

    def _ask(self, texts: Sequence[str]) -> list[str]:
        process = self._idle.get()
        try:
            return _asked(process, texts)
        finally:
            self._idle.put(process)


def _started() -> subprocess.Popen[str]:
    # It finds this very package, and nothing that happens to stand in the folder at hand.
    path = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "blog.exchange.cleaner"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="ascii",
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "ascii"},
    )


def _asked(process: subprocess.Popen[str], texts: Sequence[str]) -> list[str]:
    into, out = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
    try:
        into.write(json.dumps(texts) + "\n")
        into.flush()
        answer = out.readline()
    except OSError:
        answer = ""
    if not answer.endswith("\n"):
        raise Refusal(
            "process_ended",
            "A process that cleaned comments ended too early; if it said nothing above, it was "
            "ended from outside, perhaps for want of memory. Nothing was imported.",
        )
    cleaned: list[str] = json.loads(answer)
    return cleaned
