"""Leaving replies that are held, against a bare durable insert into SQLite."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from tests.benchmarks.content import SMALL, TEXT
from tests.benchmarks.figures import Measure, ratios
from tests.benchmarks.load import press
from tests.benchmarks.servers import make_blog, serve_blog
from tests.benchmarks.sizes import Sizes

WRITERS = 8
WORKERS = 2
BUSY_SECONDS = 30
# Kept a second by the fastest of WordPress, Isso and Remark42 where they were measured.
BEST_OF_OTHERS = 371
# Words and address differ each time: neither a twin of an earlier one nor a known person.
SCRIPT = """
local number = 0
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
request = function()
  number = number + 1
  local mark = "{run}." .. number
  return wrk.format("POST", "/posts/small/comments", nil,
    "comment={text}" .. mark .. "&author=Reader+" .. mark ..
    "&email=reader" .. mark .. "%40sample.example")
end
"""


def measure_replies(folder: Path, sizes: Sizes) -> Iterator[Measure]:
    """Replies at eight connections, everything included, and the processor time of each."""
    environment = make_blog(
        folder / "replies", lambda maker: maker.conversation(maker.posts("small"), SMALL)
    )
    database = folder / "replies" / "blog.sqlite3"
    ours, costs, bare = [], [], []
    with serve_blog(environment, WORKERS) as blog:
        for run in range(sizes.pairs + 1):
            script = folder / "reply.lua"
            text = TEXT.replace(" ", "+").replace("*", "%2A").replace("`", "%60")
            script.write_text(SCRIPT.format(run=run, text=text))
            before = _held(database)
            load = press(blog, "/", sizes.seconds, connections=WRITERS, script=script)
            kept = _held(database) - before
            # wrk stops without waiting for its last answers, so a few more may be kept.
            if not kept or kept < load.per_second * sizes.seconds * 0.9:
                raise RuntimeError(f"only {kept} replies were kept: {load}")
            inserts = _bare_inserts(folder / f"bare-{run}.sqlite3", sizes.seconds)
            if run:  # the first run compiles and opens
                ours.append(load.per_second)
                costs.append(load.processor_ms)
                bare.append(inserts)
    yield Measure(name="reply that is held, processor time", samples=costs, unit="ms", bound=4)
    yield Measure(
        name=f"replies kept at {WRITERS} connections",
        samples=ours,
        unit="a second",
        bound=BEST_OF_OTHERS,
        is_least=True,
        facts={"bare inserts a second": [round(rate, 1) for rate in bare]},
    )
    yield Measure(
        name=f"replies kept, against bare durable inserts of {WRITERS} processes",
        samples=ratios(ours, bare),
    )


def _held(database: Path) -> int:
    connection = sqlite3.connect(database)
    try:
        found = connection.execute("SELECT count(*) FROM comment WHERE status = 'pending'")
        return int(found.fetchone()[0])
    finally:
        connection.close()


def _bare_inserts(path: Path, seconds: int) -> float:
    """Rows a second that processes put into a file of the same durability, one a transaction."""
    connection = _open(path)
    connection.execute("CREATE TABLE remark (id integer PRIMARY KEY, words text)")
    connection.close()  # it must not be carried into other processes
    context = get_context("fork")
    start = context.Barrier(WRITERS)
    counts: SimpleQueue[int] = context.SimpleQueue()
    writers = [
        context.Process(target=_insert_for, args=(path, seconds, start, counts))
        for _ in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    total = sum(counts.get() for _ in writers)
    for writer in writers:
        writer.join()
    return total / seconds


def _insert_for(path: Path, seconds: int, start: Barrier, counts: SimpleQueue[int]) -> None:
    connection, count = _open(path), 0
    start.wait()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO remark (words) VALUES (?)", (TEXT,))
        connection.execute("COMMIT")
        count += 1
    connection.close()
    counts.put(count)


def _open(path: Path) -> sqlite3.Connection:
    """Opened as the blog opens its own."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection
