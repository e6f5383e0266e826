"""Kinds of settings: each makes a field with its factory value, limits and help."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def a_number(factory: int, help_text: str, *, low: int = 0, high: int) -> Any:
    """A whole number within limits."""
    kind = {"kind": "number", "help": help_text, "low": low, "high": high}
    return field(default=factory, metadata=kind)


def a_choice(factory: str, help_text: str, *choices: str) -> Any:
    """One of a few words."""
    return field(
        default=factory, metadata={"kind": "choice", "help": help_text, "choices": choices}
    )


def a_line(factory: str, help_text: str) -> Any:
    """A line of text."""
    return field(default=factory, metadata={"kind": "line", "help": help_text})


def a_list(help_text: str) -> Any:
    """Entries, one per line."""
    return field(default=(), metadata={"kind": "list", "help": help_text})


def some_hosts(help_text: str) -> Any:
    """Host names, one per line."""
    return field(default=(), metadata={"kind": "hosts", "help": help_text})


def an_address(help_text: str) -> Any:
    """An email address, or nothing."""
    return field(default="", metadata={"kind": "address", "help": help_text})


def some_addresses(help_text: str) -> Any:
    """Email addresses, one per line."""
    return field(default=(), metadata={"kind": "addresses", "help": help_text})


def a_moment(help_text: str) -> Any:
    """A time in UTC, or nothing."""
    return field(default=None, metadata={"kind": "moment", "help": help_text})
