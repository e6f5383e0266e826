"""Names that look alike have one skeleton; names that differ have not."""

from __future__ import annotations

import pytest

from blog.text.skeleton import skeleton


@pytest.mark.parametrize(
    "other",
    [
        "olga owner",
        "0lga 0wner",
        "ОΙgа Оwnеr",
        "𝓞𝓵𝓰𝓪 Owner",
        "Olga\u200bOwner",
        "Ｏｌｇａ Owner",
        "O1ga-Owner",
    ],
)
def test_look_alikes_have_one_skeleton(other: str) -> None:
    assert skeleton(other) == skeleton("Olga Owner")


@pytest.mark.parametrize("other", ["Helga Owner", "Olga", "Owner Olga", "Olga Owen", "Ольга"])
def test_other_names_have_another(other: str) -> None:
    assert skeleton(other) != skeleton("Olga Owner")


def test_one_letter_may_look_like_two() -> None:
    assert skeleton("Tom") == skeleton("Torn")


@pytest.mark.parametrize("name", ["", "☃", " . ", "\u200b"])
def test_a_name_without_letters_has_none(name: str) -> None:
    assert skeleton(name) == ""


def test_a_skeleton_is_its_own_skeleton() -> None:
    for name in ("Mo Staff", "Ідан", "Łukasz", "김철수", "ﷺ", "İstanbul"):
        assert skeleton(skeleton(name)) == skeleton(name)
