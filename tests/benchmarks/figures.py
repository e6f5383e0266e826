"""Measures: samples, their median and spread, and whether a bound is kept."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# `wrk` writes these lines; the others are for people.
WRK_RATE = re.compile(r"^Requests/sec:\s+([\d.]+)", re.MULTILINE)
WRK_COUNT = re.compile(r"^\s*(\d+) requests in ", re.MULTILINE)
WRK_BAD_STATUS = re.compile(r"Non-2xx or 3xx responses: (\d+)")
WRK_BAD_SOCKET = re.compile(r"Socket errors: (.+)")
TIMES = "times"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the table.

    ``unit`` is "times" for a ratio to a reference of the same run. Only a ratio can be met or not
    met: a bound on an absolute figure holds for the machine it was set on, and is for the reader.
    """

    name: str
    samples: Sequence[float]
    unit: str = TIMES
    bound: float | None = None
    is_least: bool = False  # the bound is the least that will do, not the most
    facts: dict[str, Any] = field(default_factory=dict)  # absolute figures behind a ratio

    @property
    def median(self) -> float:
        """The figure that counts."""
        return statistics.median(self.samples)

    @property
    def spread(self) -> float:
        """Half the way from the lowest to the highest sample, as a share of the median."""
        if not self.median:
            return 0.0
        return (max(self.samples) - min(self.samples)) / 2 / abs(self.median)

    @property
    def is_kept(self) -> bool | None:
        """Whether the bound is kept; None without one."""
        if self.bound is None:
            return None
        return self.median >= self.bound if self.is_least else self.median <= self.bound

    @property
    def share_of_bound(self) -> float | None:
        """How much of what the bound allows is used up: 1 is just at the bound, more is over it."""
        if not self.bound or not self.median:
            return None
        return self.bound / self.median if self.is_least else self.median / self.bound

    @property
    def verdict(self) -> str:
        """The last column of the table."""
        if self.is_kept is None:
            return ""
        if self.unit == TIMES:
            return "met" if self.is_kept else "NOT MET"
        return "within" if self.is_kept else "beyond"

    def as_json(self) -> dict[str, Any]:
        """The measure as it stands in bench.json."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "spread": self.spread,
            "samples": list(self.samples),
            "bound": self.bound,
            "bound_is": None if self.bound is None else ("least" if self.is_least else "most"),
            "kept": self.is_kept,
            "facts": self.facts,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Measure:
        """The measure that :meth:`as_json` told of."""
        return cls(
            name=told["name"],
            samples=told["samples"],
            unit=told["unit"],
            bound=told["bound"],
            is_least=told["bound_is"] == "least",
            facts=told["facts"],
        )


def ratios(ours: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Pair by pair, as they were measured in turns: what slowed one turn slowed both of it."""
    if len(ours) != len(reference) or not ours:
        raise ValueError("a ratio needs as many samples of the one as of the other")
    return [mine / theirs for mine, theirs in zip(ours, reference, strict=True)]


@dataclass(frozen=True, slots=True)
class WrkResult:
    """What `wrk` counted."""

    requests: int
    per_second: float


def read_wrk(output: str) -> WrkResult:
    """Read the report of `wrk`. Raises ValueError when answers failed: errors are no speed."""
    bad = WRK_BAD_STATUS.search(output) or WRK_BAD_SOCKET.search(output)
    if bad is not None:
        raise ValueError(f"wrk met errors, so its figures mean nothing: {bad[0]}")
    count, rate = WRK_COUNT.search(output), WRK_RATE.search(output)
    if count is None or rate is None or not int(count[1]):
        raise ValueError(f"the report of wrk is not understood:\n{output}")
    return WrkResult(int(count[1]), float(rate[1]))
