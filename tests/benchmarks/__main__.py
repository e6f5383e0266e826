"""`make bench`, and `python -m tests.benchmarks profile page|kept|same|post|start`."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.figures import Measure
from tests.benchmarks.importing import measure_import
from tests.benchmarks.network import isolate
from tests.benchmarks.pages import measure_pages
from tests.benchmarks.profiling import SUBJECTS, profile
from tests.benchmarks.report import heading, markdown, read, row, write
from tests.benchmarks.scale import measure_scale, measure_scale_on_postgres
from tests.benchmarks.servers import ROOT
from tests.benchmarks.sizes import QUICK, WHOLE, Sizes
from tests.benchmarks.starting import measure_start
from tests.benchmarks.writes import measure_replies

PARTS: dict[str, Callable[[Path, Sizes], Iterator[Measure]]] = {
    "pages": measure_pages,
    "replies": measure_replies,
    "start": measure_start,
    "scale": measure_scale,
    "postgres": measure_scale_on_postgres,
    "import": measure_import,
}
USAGE = (
    "python -m tests.benchmarks [PART ...]   measure all, or only: " + ", ".join(PARTS) + "\n"
    "python -m tests.benchmarks profile " + "|".join(SUBJECTS) + "\n"
    "python -m tests.benchmarks table        bench.json as a table in Markdown\n"
    "QUICK=1 in the environment measures less, for trying."
)


def main(words: list[str]) -> int:
    """Do what the command line says."""
    if len(words) == 2 and words[0] == "profile" and words[1] in SUBJECTS:
        profile(words[1])
        return 0
    if words == ["table"]:
        _say(markdown(read(ROOT / "bench.json")))
        return 0
    if not set(words) <= set(PARTS):
        print(USAGE, file=sys.stderr)  # noqa: T201 - this is a command
        return 2
    _measure(set(words) or set(PARTS), is_quick=os.environ.get("QUICK", "") not in {"", "0"})
    return 0


def _measure(parts: set[str], *, is_quick: bool) -> None:
    sizes = QUICK if is_quick else WHOLE
    # Told to end, the servers are stopped and the folders removed as after an error.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    note = isolate()
    _say(heading(note))
    measures: list[Measure] = []
    for name, measure in PARTS.items():
        if name not in parts or (name == "postgres" and not sizes.has_postgres):
            continue
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="blogbench") as folder:
            for made in measure(Path(folder), sizes):
                measures.append(made)
                _say(row(made))
        _say(f"  ({name}: {time.monotonic() - start:.0f} seconds)")
    if parts == set(PARTS):
        measures += _of_screening()
        write(ROOT, measures, note, is_quick=is_quick)


def _of_screening() -> list[Measure]:
    """What screening measures of itself, when it does."""
    name = "tests.benchmarks.screening"
    if importlib.util.find_spec(name) is None:
        return []
    figures: dict[str, float] = importlib.import_module(name).run()
    measures = [Measure(name=name, samples=[value], unit="") for name, value in figures.items()]
    for measure in measures:
        _say(row(measure))
    return measures


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
