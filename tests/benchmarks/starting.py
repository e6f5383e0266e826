"""How long a start takes, and how much memory a worker holds after load."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.content import SMALL
from tests.benchmarks.figures import Measure
from tests.benchmarks.load import press
from tests.benchmarks.pages import MISS, PAGE
from tests.benchmarks.processes import proportional_mib, tree
from tests.benchmarks.servers import ROOT, make_blog, serve_blog, wait_for_answer
from tests.benchmarks.sizes import Sizes

LEAST_OF_A_WORKER_KIB = 25 * 1024  # what is smaller below `blog serve` watches, and serves nothing
PORT = 8611


def measure_start(folder: Path, sizes: Sizes) -> Iterator[Measure]:
    """From the command to the first page, and memory, with one worker and with two."""
    environment = make_blog(
        folder / "start", lambda maker: maker.conversation(maker.posts("small"), SMALL)
    )
    for workers in (1, 2):
        name = "1 worker" if workers == 1 else f"{workers} workers"
        took = [_start(environment, workers) for _ in range(sizes.starts + 1)][1:]
        yield Measure(name=f"start, {name}, to the first page", samples=took, unit="s", bound=1)
        yield from _memory(environment, workers, name, sizes)


def _start(environment: dict[str, str], workers: int) -> float:
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "blog", "serve", "--port", str(PORT), "--workers", str(workers)],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for_answer(process, PORT, PAGE)
        return time.perf_counter() - start
    finally:
        process.terminate()
        process.wait()


def _memory(
    environment: dict[str, str], workers: int, name: str, sizes: Sizes
) -> Iterator[Measure]:
    """Each worker after pages kept and not kept were asked for as fast as they came."""
    with serve_blog(environment, workers) as blog:
        for path in (PAGE, PAGE + MISS, "/", "/feed"):
            press(blog, path, sizes.seconds, {"Accept-Encoding": "gzip"})
        members = [stat for stat in tree(blog.pid)[1:] if stat.resident_kib > LEAST_OF_A_WORKER_KIB]
        if len(members) != workers:
            raise RuntimeError(f"{len(members)} processes look like the {workers} workers")
        yield Measure(
            name=f"memory of a worker after load, {name}, resident",
            samples=[stat.resident_kib / 1024 for stat in members],
            unit="MiB",
            bound=90,
        )
        yield Measure(
            name=f"memory of a worker after load, {name}, its share (PSS)",
            samples=[proportional_mib(stat.pid) for stat in members],
            unit="MiB",
        )
