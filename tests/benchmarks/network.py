"""A network of this process alone, whose loopback cuts packets as an Ethernet does."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

# linux/sched.h and linux/sockios.h
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFMTU = 0x8913, 0x8914, 0x8922
IFF_UP = 1
MTU = 1500
REQUEST = "16si12x"  # struct ifreq with a number in it
NOT_POSSIBLE = (
    "The machine lets nobody make a network namespace, so loopback's packets are 65,536 bytes "
    "long: answers over 64 KiB may stall for 40 ms, in ours and in what it is compared with."
)


def isolate() -> str:
    """Enter a namespace of our own; returns what to tell the reader about it.

    Call it before any thread is started and before any server.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWNET) != 0:
        if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
            return NOT_POSSIBLE
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        told = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack(REQUEST, b"lo", 0))
        flags = struct.unpack("16sh14x", told)[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
        fcntl.ioctl(any_socket, SIOCSIFMTU, struct.pack(REQUEST, b"lo", MTU))
    return f"Measured in a network namespace of its own, loopback's MTU {MTU}."
