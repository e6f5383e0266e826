"""`blog import wordpress` of a large export: comments a second, and the most memory it holds."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.figures import Measure
from tests.benchmarks.processes import processor_seconds, resident_mib
from tests.benchmarks.servers import ROOT, blog_environment
from tests.benchmarks.sizes import Sizes
from tests.exchange.made_exports import HEAD, TAIL, comment, item

COMMENTS_PER_POST = 1_000
LOOKED_EVERY_SECONDS = 0.05
# As WordPress keeps it: a little HTML, an address to link, line ends for paragraphs.
TEXT = (
    "Comment {number} is of <em>ordinary</em> length &amp; says what it says twice: "
    "see https://reader.example/{number} for more.\n\nA second paragraph has some "
    '<a href="https://reader.example/page" rel="nofollow">link</a> and <code>a < b</code>, '
    "and then it goes on for another sentence so that it is about as long as others are."
)


def write_export(path: Path, comments: int) -> None:
    """An export with so many comments, a thousand on each post; every third answers another."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for start in range(0, comments, COMMENTS_PER_POST):
            count = min(COMMENTS_PER_POST, comments - start)
            numbers = range(start + 1, start + count + 1)
            said = (
                comment(
                    number,
                    number - 1 if number % 3 == 0 and number - 1 > start else 0,
                    comment_content=TEXT.format(number=number),
                    comment_author=f"Reader {number % 500}",
                    comment_author_email=f"reader{number % 500}@mail.example",
                )
                for number in numbers
            )
            file.write(item(1_000_000 + start, *said))
        file.write(TAIL)


def measure_import(folder: Path, sizes: Sizes) -> Iterator[Measure]:
    """One import, the command as an operator types it."""
    path = folder / "export.xml"
    write_export(path, sizes.imported)
    environment = blog_environment(folder / "imported")
    command = [sys.executable, "-m", "blog"]
    subprocess.run([*command, "db", "upgrade"], cwd=ROOT, env=environment, check=True,
                   capture_output=True)  # fmt: skip
    highest, spent, start = 0.0, 0.0, time.perf_counter()
    process = subprocess.Popen(
        [*command, "import", "wordpress", str(path)],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None:
        highest = max(highest, resident_mib(process.pid))
        spent = max(spent, processor_seconds(process.pid))
        time.sleep(LOOKED_EVERY_SECONDS)
    took = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"the import ended with {process.returncode}")
    many = f"import of {sizes.imported:,} comments"
    yield Measure(
        name=many,
        samples=[sizes.imported / took],
        unit="a second",
        bound=1_000,
        is_least=True,
        facts={"processor ms each": [round(spent / sizes.imported * 1000, 3)]},
    )
    yield Measure(
        name=f"{many}, most memory of all its processes", samples=[highest], unit="MiB", bound=200
    )
