"""Pages for readers and moderators in a small database and in one with a million comments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.content import MODERATOR, SMALL, Maker, make_crowd
from tests.benchmarks.figures import Measure, ratios
from tests.benchmarks.load import Load, ask_in_turn, sign_in
from tests.benchmarks.pages import MISS, PAGE
from tests.benchmarks.servers import Server, make_blog, serve_blog
from tests.benchmarks.sizes import Sizes
from tests.databases import PostgresServer

QUEUE = "/admin/comments?status=pending"
WAITING = 100  # in all databases that are not about the length of the queue


@dataclass(frozen=True, slots=True)
class Desk:
    """A blog that answers, and what a moderator's requests bear."""

    server: Server
    signed_in: dict[str, str]


def measure_scale(folder: Path, sizes: Sizes) -> Iterator[Measure]:
    """Page and queue with many comments in the database, and the queue with many waiting."""
    with ExitStack() as stack:
        before = _desk(stack, folder / "before", _fill(sizes.crowd_before, WAITING))
        crowd = _desk(stack, folder / "crowd", _fill(sizes.crowd, WAITING))
        waiting = _desk(stack, folder / "waiting", _fill(sizes.crowd_before, sizes.waiting))
        yield from _in_a_crowd(before, crowd, sizes, "")
        yield Measure(
            name=f"queue with {sizes.waiting:,} waiting, against {WAITING}, processor time",
            samples=_compare(waiting, before, QUEUE, sizes, _processor),
            bound=1.5,
        )


def measure_scale_on_postgres(folder: Path, sizes: Sizes) -> Iterator[Measure]:
    """The same on PostgreSQL, by the time that passes: the database is another process there."""
    postgres = PostgresServer()
    try:
        with ExitStack() as stack:
            small, large = (postgres.url(postgres.make_database()) for _ in range(2))
            before = _desk(stack, folder / "p1", _fill(sizes.crowd_before, WAITING), small)
            crowd = _desk(stack, folder / "p2", _fill(sizes.crowd, WAITING), large)
            yield from _in_a_crowd(before, crowd, sizes, " on PostgreSQL")
    finally:
        postgres.stop()


def _in_a_crowd(before: Desk, crowd: Desk, sizes: Sizes, where: str) -> Iterator[Measure]:
    cost, what = (_passed, "time") if where else (_processor, "processor time")
    against = f"with {sizes.crowd:,} comments in the database{where}, against"
    for name, path in (("page", PAGE + MISS), ("queue", QUEUE)):
        yield Measure(
            name=f"{name} {against} {sizes.crowd_before:,}, {what}",
            samples=_compare(crowd, before, path, sizes, cost),
            bound=1.3,
        )


def _fill(crowd: int, waiting: int) -> Callable[[Maker], None]:
    def fill(maker: Maker) -> None:
        make_crowd(maker, crowd)
        small = maker.posts("small")
        maker.conversation(small, SMALL)
        maker.waiting(small, waiting)

    return fill


def _desk(
    stack: ExitStack, folder: Path, fill: Callable[[Maker], None], database_url: str = ""
) -> Desk:
    environment = make_blog(folder, fill, database_url)
    server = stack.enter_context(serve_blog(environment, workers=1))
    return Desk(server, sign_in(server, MODERATOR))


def _compare(
    ours: Desk, reference: Desk, path: str, sizes: Sizes, cost: Callable[[Load], float]
) -> list[float]:
    costs: dict[int, list[float]] = {0: [], 1: []}
    for turn in range(sizes.pairs + 1):
        for side, desk in enumerate((ours, reference)):
            headers = desk.signed_in if path.startswith("/admin") else None
            load = ask_in_turn(desk.server, path, sizes.requests, headers)
            if turn:  # the first turn reads the disk and compiles templates
                costs[side].append(cost(load))
    return ratios(costs[0], costs[1])


def _processor(load: Load) -> float:
    return load.processor_ms


def _passed(load: Load) -> float:
    return load.median_ms
