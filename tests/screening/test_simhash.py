"""Prints of texts: near for what is nearly the same, far for what is not."""

from __future__ import annotations

import random

from blog.screening.simhash import MOST_DIFFERING, differing_bits, print_of

TEXT = (
    "Hello dear friends, I found the best place to buy cheap watches for the whole family, "
    "they ship to every country within three days and the prices are half of the shops here"
)


def printed(text: str) -> int:
    found = print_of(text)
    assert found is not None
    return found


def test_links_numbers_and_case_do_not_count() -> None:
    other = TEXT.upper() + " https://a-1.example/?id=99 mail me: a7@b.example 12345!!!"
    one = printed(TEXT + " mail me")
    assert differing_bits(printed(other), one) == 0


def test_one_word_changed_stays_near_and_other_texts_are_far() -> None:
    words = TEXT.split()
    near = []
    for number in range(len(words)):
        changed = [*words[:number], "another", *words[number + 1 :]]
        near.append(differing_bits(printed(" ".join(changed)), printed(TEXT)))
    assert sum(bits <= MOST_DIFFERING for bits in near) > 0.8 * len(near)
    vocabulary = [f"word{letter}{other}" for letter in "abcdefgh" for other in "ijklmnop"]
    rng = random.Random(3)
    prints = [printed(" ".join(rng.sample(vocabulary, 15))) for _ in range(60)]
    pairs = [(a, b) for n, a in enumerate(prints) for b in prints[:n]]
    far = sum(differing_bits(a, b) > MOST_DIFFERING for a, b in pairs)
    assert far > 0.999 * len(pairs)


def test_a_short_text_has_no_print() -> None:
    assert print_of("Thank you for this!") is None
    assert print_of("") is None
