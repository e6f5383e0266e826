"""A bounded store: what was not asked for the longest goes first. For several threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar


class Weighed(Protocol):
    """What can be kept here."""

    @property
    def weight(self) -> int:
        """How many bytes it takes; it may grow while it is kept."""
        ...


Name = TypeVar("Name", bound=Hashable)
Thing = TypeVar("Thing", bound=Weighed)


class Shelf(Generic[Name, Thing]):
    """Keeps things by name as long as together they weigh no more than was last allowed."""

    def __init__(self) -> None:
        self._things: OrderedDict[Name, Thing] = OrderedDict()
        self._weights: dict[Name, int] = {}
        self._total = 0
        self._most = 0
        self._lock = threading.Lock()

    def get(self, name: Name) -> Thing | None:
        """The thing of this name, which thereby is the last to go; no lock is taken."""
        found = self._things.get(name)
        if found is not None:
            try:  # not suppress(), which would take longer than all the rest
                self._things.move_to_end(name)
            except KeyError:
                return None  # another thread has just thrown it out
        return found

    def put(self, name: Name, thing: Thing, most_bytes: int) -> None:
        """Keep a thing; with more than ``most_bytes`` in all the oldest go."""
        with self._lock:
            self._most = most_bytes
            self._things[name] = thing
            self._things.move_to_end(name)
            self._settle(name)

    def weigh(self, name: Name) -> None:
        """A thing has grown: make room for it."""
        with self._lock:
            if name in self._things:
                self._settle(name)

    def _settle(self, name: Name) -> None:
        weight = self._things[name].weight
        self._total += weight - self._weights.get(name, 0)
        self._weights[name] = weight
        while self._total > self._most and self._things:
            oldest, _ = self._things.popitem(last=False)
            self._total -= self._weights.pop(oldest)

    def __len__(self) -> int:
        return len(self._things)
