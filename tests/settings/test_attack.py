"""Attack mode is on until a moment, which is a setting like any other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blog.errors import Refusal
from blog.settings.attack import is_under_attack
from blog.settings.catalogue import as_text, build, parse

UNTIL = datetime(2026, 5, 1, 18, tzinfo=UTC)


def test_attack_mode_is_off_until_somebody_switches_it_on() -> None:
    assert not is_under_attack(build({}).comments, UNTIL)


def test_attack_mode_ends_by_the_clock() -> None:
    settings = build({"comments.attack_until": "2026-05-01T18:00Z"}).comments
    assert is_under_attack(settings, UNTIL - timedelta(seconds=1))
    assert not is_under_attack(settings, UNTIL)


@pytest.mark.parametrize(
    "typed",
    ["2026-05-01T18:00Z", " 2026-05-01 18:00 ", "2026-05-01T20:00:00.5+02:00", "20260501T180000Z"],
)
def test_a_moment_is_kept_in_utc_however_it_was_typed(typed: str) -> None:
    assert parse("comments.attack_until", typed) == UNTIL
    assert as_text(parse("comments.attack_until", typed)) == "2026-05-01T18:00:00Z"


def test_no_moment_is_written_as_nothing() -> None:
    assert as_text(parse("comments.attack_until", "  ")) == ""


@pytest.mark.parametrize("typed", ["soon", "25:00", "0001-01-01T00:00+14:00", "9" * 400, "18:00"])
def test_what_is_no_moment_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Refusal, match="such as 2026-05-01T18:00Z"):
        parse("comments.attack_until", typed)
