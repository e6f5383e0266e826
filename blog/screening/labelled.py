"""Reading files of labelled comments: CSV with the columns CONTENT and CLASS (1 is spam)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from blog.errors import Refusal

LONGEST_CELL = 1 << 20
LABELS = {"1": True, "0": False}


def read_labelled(path: Path) -> list[tuple[str, bool]]:
    """The texts of a file and whether each is spam. Raises Refusal with what is wrong, and where.

    A text that stands there again counts again, as it does where people decide on it again.
    """
    csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_rows(path.name, csv.DictReader(file)))
    except (UnicodeDecodeError, csv.Error) as error:
        sentence = f"{path.name} cannot be read as CSV in UTF-8 ({error}). Nothing was changed."
        raise Refusal("bad_csv", sentence) from None


def _rows(name: str, reader: csv.DictReader[str]) -> Iterator[tuple[str, bool]]:
    columns = reader.fieldnames or ()
    if "CONTENT" not in columns or "CLASS" not in columns:
        sentence = f"{name} has no columns CONTENT and CLASS (1 is spam). Nothing was changed."
        raise Refusal("bad_csv", sentence)
    for row in reader:
        label = LABELS.get((row["CLASS"] or "").strip())
        if label is None:
            sentence = (
                f"{name}, line {reader.line_num}: CLASS is neither 1 (spam) nor 0. "
                "Nothing was changed."
            )
            raise Refusal("bad_csv", sentence)
        yield row["CONTENT"] or "", label
