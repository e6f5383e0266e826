"""Processor time and memory of a process and all below it, as /proc tells them (Linux)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") / 1024
GONE = (FileNotFoundError, ProcessLookupError)


@dataclass(frozen=True, slots=True)
class Stat:
    """What is used of /proc/PID/stat; proc(5) numbers the fields."""

    pid: int
    parent: int
    ticks: int
    resident_kib: float


def read_stat(line: str) -> Stat:
    """Read the line of /proc/PID/stat; the name in it may hold spaces and brackets."""
    pid, _, rest = line.partition(" (")
    fields = rest.rpartition(") ")[2].split()  # from the third field on
    # utime, stime, and those of children that have ended: fields 14 to 17; rss in pages: 24.
    return Stat(
        int(pid), int(fields[1]), sum(int(n) for n in fields[11:15]), int(fields[21]) * PAGE_KIB
    )


def tree(root: int) -> list[Stat]:
    """The process and all that descend from it, it first; those that end meanwhile are left out."""
    found: dict[int, Stat] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(*GONE):
                stat = read_stat((folder / "stat").read_text(errors="replace"))
                found[stat.pid] = stat
    return _below(root, found.values())


def _below(root: int, stats: Iterable[Stat]) -> list[Stat]:
    children: dict[int, list[Stat]] = {}
    family: list[Stat] = []
    for stat in stats:
        children.setdefault(stat.parent, []).append(stat)
        if stat.pid == root:
            family.append(stat)
    for member in family:  # grows while it is walked
        family.extend(children.get(member.pid, ()))
    return family


def processor_seconds(root: int) -> float:
    """Processor time of the whole tree so far."""
    return sum(stat.ticks for stat in tree(root)) / TICKS


def resident_mib(root: int) -> float:
    """Resident memory of the whole tree; what processes share is counted in each."""
    return sum(stat.resident_kib for stat in tree(root)) / 1024


def proportional_mib(pid: int) -> float:
    """Memory of one process, with what it shares divided among those that share it (PSS)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"the memory of process {pid} cannot be read")
    return int(found[1]) / 1024
