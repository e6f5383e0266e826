"""How good probabilities of spam were, held against what people said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

# Spam above, ham below: what `evaluate` counts as a verdict of spam.
EVEN = 0.5
STEPS = 10

Judged = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts whose probability lay in one range: how many, what was said, what was true."""

    low: float
    high: float
    n: int
    mean_probability: float
    spam_share: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Shares from 0 to 1; ``mcc`` is Matthews' correlation, from -1 to 1.

    ``ham_blocked_at_90`` is the share of ham above the probability that catches 90 % of the spam.
    """

    n: int
    accuracy: float
    spam_caught: float
    ham_blocked: float
    mcc: float
    ham_blocked_at_90: float
    calibration: tuple[Bin, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values under the fields' names."""
        return asdict(self)


def measure(judged: Sequence[Judged]) -> Measures:
    """Measure probabilities with what each text truly was. Raises ValueError when there is none."""
    if not judged:
        raise ValueError("there is nothing to measure")
    spam = [probability for probability, is_spam in judged if is_spam]
    ham = [probability for probability, is_spam in judged if not is_spam]
    caught = sum(probability >= EVEN for probability in spam)
    blocked = sum(probability >= EVEN for probability in ham)
    passed, missed = len(ham) - blocked, len(spam) - caught
    product = (caught + blocked) * (caught + missed) * (passed + blocked) * (passed + missed)
    return Measures(
        n=len(judged),
        accuracy=(caught + passed) / len(judged),
        spam_caught=_share(caught, len(spam)),
        ham_blocked=_share(blocked, len(ham)),
        mcc=(caught * passed - blocked * missed) / math.sqrt(product) if product else 0.0,
        ham_blocked_at_90=_blocked_at(0.9, spam, ham),
        calibration=_calibration(judged),
    )


def lowest_precise(judged: Sequence[Judged], target: float, *, at_least: int) -> float | None:
    """The lowest probability from which on at least ``target`` of the texts were spam, or None.

    One wrong verdict more than was seen is assumed (the rule of succession), so that a few lucky
    ones prove nothing: 99 % takes 98 without a fault.
    """
    found: float | None = None
    right = seen = 0
    ordered = sorted(judged, reverse=True)
    for number, (probability, is_spam) in enumerate(ordered):
        right, seen = right + is_spam, seen + 1
        is_last_of_its_kind = number + 1 == len(ordered) or ordered[number + 1][0] < probability
        if is_last_of_its_kind and seen >= at_least and (right + 1) / (seen + 2) >= target:
            found = probability
    return found


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _blocked_at(share: float, spam: Sequence[float], ham: Sequence[float]) -> float:
    if not spam:
        return 0.0
    threshold = sorted(spam, reverse=True)[math.ceil(share * len(spam)) - 1]
    return _share(sum(probability >= threshold for probability in ham), len(ham))


def _calibration(judged: Sequence[Judged]) -> tuple[Bin, ...]:
    bins: list[list[Judged]] = [[] for _ in range(STEPS)]
    for probability, is_spam in judged:
        bins[min(STEPS - 1, int(probability * STEPS))].append((probability, is_spam))
    return tuple(
        Bin(
            low=number / STEPS,
            high=(number + 1) / STEPS,
            n=len(members),
            mean_probability=sum(probability for probability, _ in members) / len(members),
            spam_share=sum(is_spam for _, is_spam in members) / len(members),
        )
        for number, members in enumerate(bins)
        if members
    )
