"""Sealed addresses: only the key opens them, and equal ones are found without opening."""

from __future__ import annotations

import pytest

from blog.sealing import SealBrokenError, Sealer

ADDRESS = "ada@reader.example"


def test_what_is_sealed_opens_again_and_looks_different_each_time() -> None:
    sealer = Sealer("the key of this blog")
    one, two = sealer.seal(ADDRESS, "person"), sealer.seal(ADDRESS, "person")
    assert one != two
    assert sealer.open(one, "person") == ADDRESS
    assert b"ada" not in one


@pytest.mark.parametrize("spoil", ["another key", "another purpose", "a changed byte", "cut"])
def test_anything_else_breaks_the_seal(spoil: str) -> None:
    sealer = Sealer("the key of this blog")
    sealed, purpose = sealer.seal(ADDRESS, "person"), "person"
    if spoil == "another key":
        sealer = Sealer("the key of that blog")
    elif spoil == "another purpose":
        purpose = "comment"
    elif spoil == "a changed byte":
        sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    else:
        sealed = sealed[:20]
    with pytest.raises(SealBrokenError):
        sealer.open(sealed, purpose)


def test_the_index_is_keyed_and_bound_to_its_purpose() -> None:
    sealer = Sealer("the key of this blog")
    assert sealer.index(ADDRESS, "person") == sealer.index(ADDRESS, "person")
    assert sealer.index(ADDRESS, "person") != sealer.index(ADDRESS, "flood")
    assert sealer.index(ADDRESS, "person") != Sealer("that key").index(ADDRESS, "person")
