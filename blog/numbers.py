"""Numbers of rows as they come from outside: strict, and never larger than the database keeps."""

from __future__ import annotations

# PostgreSQL's integer; SQLite would take more, but both shall answer alike.
LARGEST_NUMBER = 2_147_483_647
MOST_DIGITS = len(str(LARGEST_NUMBER))


def row_number(text: str | None) -> int | None:
    """The number of a row, from 1; None for anything that cannot be one."""
    text = (text or "").strip()
    fits = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    # One spelling for each number: 07 is no number of a row.
    if not fits or text.startswith("0") or int(text) > LARGEST_NUMBER:
        return None
    return int(text)
