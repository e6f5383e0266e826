"""The network that a client's address counts for."""

from __future__ import annotations

import pytest

from blog.networks import is_loopback, network_of


@pytest.mark.parametrize(
    ("address", "prefix", "network"),
    [
        ("203.0.113.7", 24, "203.0.113.0/24"),
        ("203.0.113.7", 32, "203.0.113.7/32"),
        ("::ffff:203.0.113.7", 24, "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", 24, "2001:db8:1:2::/64"),
        ("fe80::1%eth0", 24, "fe80::/64"),
        ("1.2.3.4:5678", 32, "1.2.3.4/32"),
        ("[2001:db8::1]:443", 32, "2001:db8::/64"),
        ("unix:", 24, ""),
        ("", 24, ""),
        (None, 24, ""),
    ],
)
def test_network_of_an_address(address: str | None, prefix: int, network: str) -> None:
    assert network_of(address, ipv4_prefix=prefix) == network


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("::1", True), ("192.0.2.1", False), ("", False), (None, False)],
)
def test_only_this_machine_is_loopback(address: str | None, expected: bool) -> None:
    assert is_loopback(address) is expected
