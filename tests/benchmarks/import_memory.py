"""Run by itself, in a fresh process: prints what each import of a worker leaves in memory."""

from __future__ import annotations

import resource
import sys
from collections import Counter
from importlib.machinery import ExtensionFileLoader, SourceFileLoader
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).parents[2])
PAGE_MIB = resource.getpagesize() / 2**20
SMALLEST = 0.3


def resident() -> int:
    """Pages of this process that are resident now."""
    return int(Path("/proc/self/statm").read_text().split()[1])


def main() -> None:
    """Import what a worker imports and make the app, noting the growth by top package."""
    grown: Counter[str] = Counter()
    below = [0]  # pages that the imports inside the one at work have taken

    def noting(kind: Any, step: str) -> None:
        plain = getattr(kind, step)

        def run(loader: Any, subject: Any) -> Any:
            spec = getattr(subject, "__spec__", subject)
            before = resident()
            below.append(0)
            try:
                return plain(loader, subject)
            finally:
                whole = resident() - before
                grown[_top(spec.name)] += whole - below.pop()
                below[-1] += whole

        setattr(kind, step, run)

    start = resident()
    noting(SourceFileLoader, "exec_module")
    noting(ExtensionFileLoader, "create_module")
    noting(ExtensionFileLoader, "exec_module")
    from blog.serving import make_app

    make_app()
    for name, pages in grown.most_common():
        if pages * PAGE_MIB >= SMALLEST:
            print(f"{pages * PAGE_MIB:8.1f}  {name}")  # noqa: T201 - this is a command
    print(f"{start * PAGE_MIB:8.1f}  Python itself")  # noqa: T201
    print(f"{resident() * PAGE_MIB:8.1f}  in all")  # noqa: T201


def _top(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[: 2 if parts[0] == "blog" else 1])


main()
