"""Trying the learner on labelled texts, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from blog.screening.features import Features, bucket_of, features_of, named_features
from blog.screening.measures import Measures, measure
from blog.screening.model import Model, sigmoid

FOLDS = 5
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Explained:
    """How likely a text is spam, and the words that counted most with what each added (logit)."""

    probability: float
    words: tuple[tuple[str, float], ...]


def train(labelled: Sequence[tuple[str, bool]], model: Model | None = None) -> Model:
    """A model from these texts alone, or ``model`` taught further."""
    model = model or Model()
    model.learn_all([(features_of(text), is_spam) for text, is_spam in labelled])
    return model


def try_out(model: Model, labelled: Sequence[tuple[str, bool]]) -> Measures:
    """How well a model judges texts; give it none that it was trained on."""
    return measure([(model.probability(features_of(text)), is_spam) for text, is_spam in labelled])


def try_folds(labelled: Sequence[tuple[str, bool]]) -> Measures:
    """How well texts are judged by a model of the others: each fifth by the other four.

    The n-th text belongs to fold n modulo five, so that the answer is always the same.
    """
    features: list[tuple[Features, bool]] = [
        (features_of(text), is_spam) for text, is_spam in labelled
    ]
    judged: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        model = Model()
        model.learn_all([pair for n, pair in enumerate(features) if n % FOLDS != fold])
        judged += [(model.probability(seen), is_spam) for seen, is_spam in features[fold::FOLDS]]
    return measure(judged)


def explain(model: Model, text: str) -> Explained:
    """What a model makes of a text, and why."""
    features = features_of(text)
    weights: dict[str, tuple[int, float]] = {}
    for name, words in named_features(text):
        bucket = bucket_of(name)
        weight = model.weight_of(bucket, features)
        # Of what is seen in several ways, the one that says most.
        if words and (words not in weights or abs(weight) > abs(weights[words][1])):
            weights[words] = (bucket, weight)
    counted: dict[int, tuple[str, float]] = {}
    for words, (bucket, weight) in weights.items():
        counted.setdefault(bucket, (words, weight))
    most = sorted(counted.values(), key=lambda pair: -abs(pair[1]))[:MOST_WORDS]
    return Explained(sigmoid(model.logit(features)), tuple(most))
