"""The learner's figures on the labelled comments kept beside the repository."""

from __future__ import annotations

import os
import random
import statistics
import time
from pathlib import Path

from blog.screening.features import features_of
from blog.screening.labelled import read_labelled
from blog.screening.model import Model
from blog.screening.trial import train, try_out
from blog.screening.words import find_phrase

FILES = ("Youtube01-Psy.csv", "Youtube02-KatyPerry.csv", "Youtube03-LMFAO.csv")
SEEDS = 3
MANY = 100_000
Pairs = list[tuple[str, bool]]


def run() -> dict[str, float]:
    """Quality on fixed splits, and costs in milliseconds (one: seconds) of one core."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("BLOG_TEST_DATA", str(beside))) / "spam"
    files = {name: read_labelled(folder / name) for name in FILES}
    figures: dict[str, float] = {}
    for name, pairs in files.items():
        figures[f"MCC, {name} 70/30"] = _split(pairs)
    for name, pairs in files.items():
        others = [pair for other, some in files.items() if other != name for pair in some]
        found = try_out(train(others), pairs)
        figures[f"MCC, two files against {name}"] = found.mcc
        figures[f"ham blocked at 90 % caught, two files against {name}"] = found.ham_blocked_at_90
    phrases = (folder / "comment-blocklist.txt").read_text(encoding="utf-8").splitlines()
    return figures | _costs([pair for some in files.values() for pair in some], tuple(phrases))


def _split(pairs: Pairs) -> float:
    reached = []
    for seed in range(SEEDS):
        shuffled = random.Random(seed).sample(pairs, len(pairs))
        cut = round(0.7 * len(shuffled))
        reached.append(try_out(train(shuffled[:cut]), shuffled[cut:]).mcc)
    return statistics.mean(reached)


def _costs(pairs: Pairs, phrases: tuple[str, ...]) -> dict[str, float]:
    model = train(pairs)
    start = time.process_time()
    for text, _ in pairs:
        model.probability(features_of(text))
    verdict = time.process_time() - start
    start = time.process_time()
    for text, is_spam in pairs:
        model.learn(features_of(text), is_spam=is_spam)
    lesson = time.process_time() - start
    find_phrase(phrases, ("the list is indexed once",))
    start = time.process_time()
    for text, _ in pairs:
        find_phrase(phrases, (text,))
    words = time.process_time() - start
    each = 1_000 / len(pairs)
    return {
        "one verdict, ms": verdict * each,
        "one lesson, ms": lesson * each,
        "62,204 refuse words, ms a comment": words * each,
        "100,000 lessons, s": _many(pairs),
    }


def _many(pairs: Pairs) -> float:
    many = [pairs[number % len(pairs)] for number in range(MANY)]
    start = time.process_time()
    # In packs, as from the database: all texts at once would need much memory.
    model = Model()
    for first in range(0, MANY, 1_000):
        for text, is_spam in many[first : first + 1_000]:
            model.learn(features_of(text), is_spam=is_spam)
    return time.process_time() - start
