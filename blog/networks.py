"""Addresses of machines: which network one counts for, and whether it is this machine."""

from __future__ import annotations

import ipaddress


def plain_address(address: str | None) -> str:
    """A client's address without brackets, port and zone, as some proxies forward it; "" for none.

    IPv4 inside IPv6 (RFC 4291, 2.5.5.2) is given as IPv4.
    """
    text = (address or "").strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ip)


def network_of(address: str | None, *, ipv4_prefix: int = 32) -> str:
    """The network a client's address counts for: IPv4 by ``ipv4_prefix``, IPv6 by its /64.

    Providers give a household at least a /64 (RFC 6177), so a single IPv6 address says little.
    "" when the address is none.
    """
    plain = plain_address(address)
    if not plain:
        return ""
    if ":" not in plain and ipv4_prefix == 32:
        return f"{plain}/32"  # as most are asked for, in a twentieth of the time
    prefix = 64 if ":" in plain else ipv4_prefix
    return str(ipaddress.ip_network(f"{plain}/{prefix}", strict=False))


def is_loopback(address: str | None) -> bool:
    """Whether a client's address is this machine itself."""
    plain = plain_address(address)
    return bool(plain) and ipaddress.ip_address(plain).is_loopback
