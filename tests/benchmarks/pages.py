"""Pages: kept ones against constant answers and nginx, others by how much a large thread costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.content import SMALL, Maker
from tests.benchmarks.figures import Measure, ratios
from tests.benchmarks.load import CONNECTIONS, Answer, Load, ask_in_turn, fetch, press
from tests.benchmarks.servers import (
    Server,
    make_blog,
    serve_blog,
    serve_nginx,
    serve_reference,
    write_answers,
)
from tests.benchmarks.sizes import Sizes

PAGE = "/posts/small"
# A query goes past the page cache; this one changes nothing on the page.
MISS = "?replytocom=0"
WORKERS = 2
WARMING_SECONDS = 1
# Set by the server itself for each answer, also for the constant one.
OF_THE_SERVER = {"date", "server", "connection", "transfer-encoding"}
AT_ONCE = "at once"
ENCODINGS = ("identity", "gzip", "br")


def fill(sizes: Sizes) -> Callable[[Maker], None]:
    """A small post, a huge one, and one whose first page holds a thread without end."""

    def fill_pages(maker: Maker) -> None:
        maker.people(sizes.huge // 20)
        maker.conversation(maker.posts("small"), SMALL)
        huge = maker.posts("huge")
        maker.conversation(huge, (sizes.huge - sizes.long_thread) // 2)
        maker.long_thread(huge, sizes.long_thread - 1, after=sizes.huge // 4)
        maker.conversation(huge, (sizes.huge - sizes.long_thread) // 2, after=sizes.huge)
        long = maker.posts("long")
        maker.long_thread(long, sizes.long_thread)
        maker.conversation(long, SMALL)

    return fill_pages


def measure_pages(folder: Path, sizes: Sizes) -> Iterator[Measure]:
    """All measures of public pages, in one blog."""
    environment = make_blog(folder / "instance", fill(sizes))
    with serve_blog(environment, WORKERS) as blog:
        yield from _kept_pages(blog, folder, sizes)
        with serve_reference("bare", folder / "instance", WORKERS, "/bare") as bare:
            yield from _missed_pages(blog, bare, sizes)


def _kept_pages(blog: Server, folder: Path, sizes: Sizes) -> Iterator[Measure]:
    asked = {encoding: {"Accept-Encoding": encoding} for encoding in ENCODINGS}
    whole = {encoding: _warm(blog, headers) for encoding, headers in asked.items()}
    asked["304"] = {"Accept-Encoding": "gzip", "If-None-Match": whole["gzip"].header("ETag")}
    whole["304"] = _warm(blog, asked["304"])
    if whole["304"].status != 304:
        raise RuntimeError(f"a conditional request was answered {whole['304'].status}")
    with ExitStack() as stack:
        constant, nginx = _references(stack, folder, whole)
        for kind in ENCODINGS:
            yield from _kept_page(kind, blog, constant, nginx, asked[kind], sizes)
        yield from _same_page(blog, constant, asked["304"], sizes)


def _kept_page(
    kind: str,
    blog: Server,
    constant: Server,
    nginx: Server,
    headers: Mapping[str, str],
    sizes: Sizes,
) -> Iterator[Measure]:
    ours, others = _in_turns(
        (blog, PAGE), [(constant, f"/{kind}"), (nginx, f"/{kind}.html")], headers, sizes
    )
    what = f"kept page, {kind}"
    yield from _compared(f"{what}, against a constant answer", ours, others[0], bound=0.85)
    yield _rates(f"{what}, against nginx with a static file", ours, others[1], bound=0.6)


def _same_page(
    blog: Server, constant: Server, headers: Mapping[str, str], sizes: Sizes
) -> Iterator[Measure]:
    """A 304 against the constant answer that it saves, and against a constant 304."""
    ours, others = _in_turns(
        (blog, PAGE), [(constant, "/gzip"), (constant, "/304")], headers, sizes
    )
    yield from _compared("304 answer, against the constant answer", ours, others[0], bound=0.9)
    yield from _compared("304 answer, against a constant 304", ours, others[1])


def _in_turns(
    asked: tuple[Server, str],
    references: list[tuple[Server, str]],
    headers: Mapping[str, str],
    sizes: Sizes,
) -> tuple[list[Load], list[list[Load]]]:
    """Ours and each of the references under load, in turns after one to warm them."""
    all_of_them = [asked, *references]
    for server, path in all_of_them:
        press(server, path, WARMING_SECONDS, headers)
    loads: list[list[Load]] = [[] for _ in all_of_them]
    for _ in range(sizes.pairs):
        for kept, (server, path) in zip(loads, all_of_them, strict=True):
            kept.append(press(server, path, sizes.seconds, headers))
    return loads[0], loads[1:]


def _references(
    stack: ExitStack, folder: Path, whole: Mapping[str, Answer]
) -> tuple[Server, Server]:
    """The constant app and nginx, both with the bytes that the blog has just answered."""
    answers, locations = {}, ""
    for kind, answer in whole.items():
        headers = [(n, v) for n, v in answer.headers if n.lower() not in OF_THE_SERVER]
        status = "304 Not Modified" if kind == "304" else "200 OK"
        answers[f"/{kind}"] = (status, headers, answer.body)
        (folder / f"{kind}.html").write_bytes(answer.body)
        if kind not in {"304", "identity"}:
            locations += f"location = /{kind}.html {{ add_header Content-Encoding {kind}; }} "
    write_answers(folder, answers)
    constant = serve_reference("constant", folder, WORKERS, "/identity")
    nginx = serve_nginx(folder, locations, WORKERS, "/identity.html")
    return stack.enter_context(constant), stack.enter_context(nginx)


def _compared(
    what: str, ours: list[Load], reference: list[Load], *, bound: float | None = None
) -> Iterator[Measure]:
    yield _rates(what, ours, reference, bound=bound)
    costs = [[load.processor_ms for load in loads] for loads in (ours, reference)]
    yield Measure(name=f"{what}, processor time", samples=ratios(*costs))


def _rates(
    what: str, ours: list[Load], reference: list[Load], *, bound: float | None = None
) -> Measure:
    return Measure(
        name=f"{what}, answers a second",
        samples=ratios(*([load.per_second for load in loads] for loads in (ours, reference))),
        bound=bound,
        is_least=bound is not None,
        facts=_facts(ours, "ours") | _facts(reference, "reference"),
    )


def _ask_for_misses(blog: Server, bare: Server, sizes: Sizes) -> dict[str, list[Load]]:
    if fetch(blog, PAGE + MISS).body != fetch(blog, PAGE).body:
        raise RuntimeError("the page that goes past the cache is another page")
    asked: dict[str, tuple[Server, str]] = {
        "small": (blog, PAGE + MISS),
        "huge": (blog, f"/posts/huge{MISS}"),
        "long": (blog, f"/posts/long{MISS}"),
        "bare": (bare, "/bare"),
    }
    loads: dict[str, list[Load]] = {name: [] for name in (*asked, AT_ONCE)}
    for turn in range(sizes.pairs + 1):
        for name, (server, path) in asked.items():
            load = ask_in_turn(server, path, sizes.requests)
            if turn:  # the first turn compiles templates and opens connections
                loads[name].append(load)
        crowd = press(blog, PAGE + MISS, sizes.seconds)
        if turn:
            loads[AT_ONCE].append(crowd)
    return loads


def _missed_pages(blog: Server, bare: Server, sizes: Sizes) -> Iterator[Measure]:
    loads = _ask_for_misses(blog, bare, sizes)
    costs = {name: [load.processor_ms for load in runs] for name, runs in loads.items()}
    yield Measure(
        name=f"page not kept, {SMALL} comments, processor time",
        samples=costs["small"],
        unit="ms",
        bound=5,
        facts=_facts(loads["small"], "ours"),
    )
    yield Measure(
        name=f"page not kept, {SMALL} comments, against a bare Flask view, processor time",
        samples=ratios(costs["small"], costs["bare"]),
        facts=_facts(loads["bare"], "bare"),
    )
    yield Measure(
        name=f"page not kept, asked for at {CONNECTIONS} connections, against one, processor time",
        samples=ratios(costs[AT_ONCE], costs["small"]),
        bound=1.3,
        facts=_facts(loads[AT_ONCE], "at once"),
    )
    yield Measure(
        name=f"first page of {sizes.huge:,} comments, against {SMALL}, processor time",
        samples=ratios(costs["huge"], costs["small"]),
        bound=1.3,
        facts=_facts(loads["huge"], "huge"),
    )
    yield Measure(
        name=f"page with a thread of {sizes.long_thread:,} replies on it, against {SMALL} comments",
        samples=ratios(costs["long"], costs["small"]),
        facts=_facts(loads["long"], "long"),
    )


def _warm(blog: Server, headers: Mapping[str, str]) -> Answer:
    """The page as it is after every worker has answered it a few times."""
    for _ in range(8 * WORKERS):
        fetch(blog, PAGE, headers)
    return fetch(blog, PAGE, headers)


def _facts(loads: list[Load], whose: str) -> dict[str, list[float]]:
    """The absolute figures behind a ratio, for the reader."""
    return {
        f"{whose}: answers a second": [round(load.per_second, 1) for load in loads],
        f"{whose}: processor ms each": [round(load.processor_ms, 4) for load in loads],
    }
