"""The model that a new blog starts from, so that it is not defenceless.

Built from the YouTube Spam Collection v.1 (T. C. Alberto, J. V. Lochter, T. A. Almeida: TubeSpam,
ICMLA 2015; UCI 380, CC BY 4.0): see `prior.txt` beside it. What people write under videos is not
what they write under posts, so its counts are lessened and it never acts alone.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from blog.screening.model import Model, model_from

FILE = "prior.bin"
# What is learnt on the blog itself outweighs this much sooner.
SHARE_OF_COUNTS = 0.25
DIGITS = 3


def lessened(model: Model) -> Model:
    """A model made ready to be bundled: its counts a share, its weights to few digits."""
    for counts in (model.spam, model.ham):
        for bucket, count in enumerate(counts):
            counts[bucket] = count * SHARE_OF_COUNTS
    model.spam_count *= SHARE_OF_COUNTS
    model.ham_count *= SHARE_OF_COUNTS
    for weights in (model.words, model.word_gradients, model.parts, model.part_gradients):
        for bucket, weight in enumerate(weights):
            weights[bucket] = round(weight, DIGITS)
    model.sum_absence()
    return model


def bundled_prior() -> Model:
    """A fresh copy of the bundled model; an empty one when it belongs to other features."""
    return model_from(_stored()) or Model()


@cache
def _stored() -> bytes:
    return resources.files(__package__).joinpath(FILE).read_bytes()
