"""Addresses of machines: which network one counts for, and whether it is this machine."""

from __future__ import annotations

import ipaddress


def network_of(address: str | None, *, ipv4_prefix: int = 32) -> str:
    """The network a client's address counts for: IPv4 by ``ipv4_prefix``, IPv6 by its /64.

    Providers give a household at least a /64 (RFC 6177), so a single IPv6 address says little.
    "" when the address is none.
    """
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    prefix = ipv4_prefix if ip.version == 4 else 64
    return str(ipaddress.ip_network(f"{ip}/{prefix}", strict=False))


def is_loopback(address: str | None) -> bool:
    """Whether a client's address is this machine itself."""
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
