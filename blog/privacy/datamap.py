"""What personal data is kept, why and how long: read from the columns themselves."""

from __future__ import annotations

from dataclasses import dataclass

from blog.db import PERSONAL, Base
from blog.settings.catalogue import BlogSettings, value_of


@dataclass(frozen=True, slots=True)
class Kept:
    """One personal field: what it is for, and when it ends."""

    field: str
    purpose: str
    until: str


def data_map(settings: BlogSettings) -> dict[str, list[Kept]]:
    """Every personal field by its table, both in the order of their names."""
    tables: dict[str, list[Kept]] = {}
    for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name):
        for column in table.columns:
            if PERSONAL in column.info:
                purpose, until = column.info[PERSONAL]
                row = Kept(column.name, purpose, _in_words(until, settings))
                tables.setdefault(table.name, []).append(row)
    return tables


def _in_words(until: str, settings: BlogSettings) -> str:
    """A key of the settings stands for its days; anything else is said already."""
    if not until.startswith("privacy."):
        return until
    days = value_of(settings, until)
    return f"{days} days" if days else "until it is erased"
