"""The model of the learner: a logistic regression and a naive Bayes over the same hashed features.

Both learn from one decision at a time and in any number: the regression by AdaGrad steps (Duchi,
Hazan, Singer 2011), the other by counting. They err on different texts, so their mean errs less
than either. Plain Python: two arrays of a few hundred kilobytes each are quicker to load than any
library is to import.
"""

from __future__ import annotations

import math
import random
import struct
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from blog.screening.features import BUCKETS, FEATURES_VERSION, PART_WEIGHT, Features

RATE = 0.5
SMOOTHING = 0.1
BAYES_SHARE = 0.1  # its evidence is not independent, so it is far too sure of itself
ENOUGH_OF_A_KIND = 20
FIRST_GRADIENT = 1e-8
STEEPNESS = 0.7
LARGEST_LOGIT = 30.0
# How much the counts may grow before the part that all texts share is summed anew.
GROWTH = 1.02
# Passes over many examples: a small set is read often, a large one says it all at once.
MOST_PASSES, PASSED_EXAMPLES = 10, 30_000
HEADER = struct.Struct("<4sB6d")
MAGIC = b"BLRN"
PACKING = 1  # zlib's quickest: a model is mostly nothing
ARRAYS = ("words", "word_gradients", "parts", "part_gradients", "spam", "ham")
NUMBERS = ("bias", "bias_gradient", "spam_count", "ham_count", "absence", "absence_at")


def _zeros() -> array[float]:
    return array("f", bytes(4 * BUCKETS))


@dataclass(slots=True)
class Model:
    """Weights and counts. The same examples in the same order give the same model everywhere."""

    words: array[float] = field(default_factory=_zeros)
    word_gradients: array[float] = field(default_factory=_zeros)
    parts: array[float] = field(default_factory=_zeros)
    part_gradients: array[float] = field(default_factory=_zeros)
    spam: array[float] = field(default_factory=_zeros)
    ham: array[float] = field(default_factory=_zeros)
    bias: float = 0.0
    bias_gradient: float = 0.01
    spam_count: float = 0.0
    ham_count: float = 0.0
    # What the absence of every feature says together, and how many texts that was summed for.
    absence: float = 0.0
    absence_at: float = 0.0

    def probability(self, features: Features) -> float:
        """How likely the text is spam, from 0 to 1."""
        return sigmoid(self.logit(features))

    def logit(self, features: Features) -> float:
        """How much speaks for spam (above 0) or against it."""
        bayes = self.absence + sum(map(self._bayes_weight, features.counted))
        return STEEPNESS * (self._regression(features) + self._bayes_share() * bayes)

    def weight_of(self, bucket: int, features: Features) -> float:
        """How much one counted feature adds to the logit of the text."""
        own = self.words[bucket] * features.scale
        return STEEPNESS * (own + self._bayes_share() * self._bayes_weight(bucket))

    def learn(self, features: Features, *, is_spam: bool) -> None:
        """Learn one decision: one step of the regression, and one count."""
        self._step(features, is_spam=is_spam)
        self._count(features, is_spam=is_spam, change=1.0)

    def forget(self, features: Features, *, is_spam: bool) -> None:
        """Take back a decision: what it counted, and a step of the regression against it."""
        self._step(features, is_spam=not is_spam)
        self._count(features, is_spam=is_spam, change=-1.0)

    def learn_all(self, examples: Sequence[tuple[Features, bool]], *, seed: int = 0) -> None:
        """Learn many decisions at once, in several passes while they are few."""
        for features, is_spam in examples:
            self._count(features, is_spam=is_spam, change=1.0)
        order = list(range(len(examples)))
        shuffle = random.Random(seed).shuffle  # noqa: S311 - an order, not a secret
        passes = max(1, min(MOST_PASSES, PASSED_EXAMPLES // max(1, len(examples))))
        for _ in range(passes):
            shuffle(order)
            for number in order:
                features, is_spam = examples[number]
                self._step(features, is_spam=is_spam)
        self.sum_absence()

    def to_bytes(self) -> bytes:
        """The whole model, packed; the same on every machine."""
        numbers = HEADER.pack(MAGIC, FEATURES_VERSION, *(getattr(self, name) for name in NUMBERS))
        packed = b"".join(_little_endian(getattr(self, name)).tobytes() for name in ARRAYS)
        return numbers + zlib.compress(packed, PACKING)

    def _regression(self, features: Features) -> float:
        words = sum(map(self.words.__getitem__, features.counted))
        parts = sum(map(self.parts.__getitem__, features.parts))
        return self.bias + features.scale * (words + PART_WEIGHT * parts)

    def _step(self, features: Features, *, is_spam: bool) -> None:
        wrong = sigmoid(self._regression(features)) - is_spam
        part_scale = PART_WEIGHT * features.scale
        _descend(self.words, self.word_gradients, features.counted, wrong * features.scale)
        _descend(self.parts, self.part_gradients, features.parts, wrong * part_scale)
        self.bias_gradient += wrong * wrong
        self.bias -= RATE * wrong / math.sqrt(self.bias_gradient)

    def _count(self, features: Features, *, is_spam: bool, change: float) -> None:
        counts = self.spam if is_spam else self.ham
        for bucket in features.counted:
            counts[bucket] = max(0.0, counts[bucket] + change)
        if is_spam:
            self.spam_count = max(0.0, self.spam_count + change)
        else:
            self.ham_count = max(0.0, self.ham_count + change)
        if abs(self._total() - self.absence_at) > (GROWTH - 1) * self.absence_at:
            self.sum_absence()

    def _bayes_weight(self, bucket: int) -> float:
        """What a counted feature says by being there rather than absent."""
        # Two features in one bucket may count more often than there are texts.
        spam = min(self.spam[bucket], self.spam_count)
        ham = min(self.ham[bucket], self.ham_count)
        return math.log(
            (spam + SMOOTHING)
            * (self.ham_count - ham + SMOOTHING)
            / ((self.spam_count - spam + SMOOTHING) * (ham + SMOOTHING))
        )

    def _bayes_share(self) -> float:
        """Counting says nothing of a kind of which it has hardly seen any."""
        rarer = min(self.spam_count, self.ham_count)
        return BAYES_SHARE * min(1.0, rarer / ENOUGH_OF_A_KIND)

    def _total(self) -> float:
        return self.spam_count + self.ham_count

    def sum_absence(self) -> None:
        """Sum anew what the absence of every feature says, after the counts changed much."""
        pairs = Counter(zip(self.spam, self.ham, strict=True))
        del pairs[0.0, 0.0]
        self.absence = math.log((self.spam_count + 1) / (self.ham_count + 1)) + sum(
            times * (_log_absent(spam, self.spam_count) - _log_absent(ham, self.ham_count))
            for (spam, ham), times in pairs.items()
        )
        self.absence_at = self._total()


def model_from(stored: bytes) -> Model | None:
    """The model that :meth:`Model.to_bytes` wrote; None when its features were other ones."""
    magic, version, *numbers = HEADER.unpack_from(stored)
    if magic != MAGIC or version != FEATURES_VERSION:
        return None
    packed = zlib.decompress(stored[HEADER.size :])
    size, model = 4 * BUCKETS, Model()
    for number, name in enumerate(ARRAYS):
        some = array("f", packed[number * size : (number + 1) * size])
        setattr(model, name, _little_endian(some))
    for name, value in zip(NUMBERS, numbers, strict=True):
        setattr(model, name, value)
    return model


def _descend(
    weights: array[float], gradients: array[float], buckets: array[int], gradient: float
) -> None:
    """One AdaGrad step of the weights of these buckets against one gradient."""
    square, step, root = gradient * gradient + FIRST_GRADIENT, RATE * gradient, math.sqrt
    for bucket in buckets:
        gradients[bucket] = seen = gradients[bucket] + square
        weights[bucket] -= step / root(seen)


def _little_endian(numbers: array[float]) -> array[float]:
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers


def sigmoid(logit: float) -> float:
    """From a logit to a probability."""
    return 1 / (1 + math.exp(-max(-LARGEST_LOGIT, min(LARGEST_LOGIT, logit))))


def _log_absent(count: float, total: float) -> float:
    return math.log((total - min(count, total) + SMOOTHING) / (total + 2 * SMOOTHING))
