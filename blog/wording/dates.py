"""Dates, times and numbers as each language writes them; the rules are those of the CLDR.

By hand, since the CLDR's own tables would take 12 MiB of each process that writes a mail
(docs/decisions/0050).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from blog.wording.languages import Language

MONTHS: Mapping[Language, Sequence[str]] = {
    Language.ENGLISH: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    Language.GERMAN: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    Language.FRENCH: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    Language.SPANISH: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
}
# What stands between thousands: French takes a narrow space that does not break.
THOUSANDS: Mapping[Language, str] = {
    Language.ENGLISH: ",",
    Language.GERMAN: ".",
    Language.FRENCH: "\u202f",
    Language.SPANISH: ".",
}


def written_date(language: Language, day: date) -> str:
    """November 15, 2026 as the language writes it in full."""
    month = MONTHS[language][day.month - 1]
    return _DATES[language](day.day, month, day.year)


_DATES: Mapping[Language, Callable[[int, str, int], str]] = {
    Language.ENGLISH: lambda day, month, year: f"{month} {day}, {year}",
    Language.GERMAN: lambda day, month, year: f"{day}. {month} {year}",
    Language.FRENCH: lambda day, month, year: f"{'1er' if day == 1 else day} {month} {year}",
    Language.SPANISH: lambda day, month, year: f"{day} de {month} de {year}",
}


def written_time(language: Language, time: datetime) -> str:
    """The time of day, to the minute, in the zone that it has."""
    if language is Language.ENGLISH:
        return f"{time.hour % 12 or 12}:{time.minute:02} {'am' if time.hour < 12 else 'pm'}"
    if language is Language.SPANISH:
        return f"{time.hour}:{time.minute:02}"
    return f"{time.hour:02}:{time.minute:02}"


def written_number(language: Language, number: int) -> str:
    """A whole number with its thousands apart; in Spanish only from five digits on."""
    if language is Language.SPANISH and abs(number) < 10_000:
        return str(number)
    return f"{number:,}".replace(",", THOUSANDS[language])


def is_one(language: Language, number: int) -> bool:
    """Whether a number takes the singular: in French nought does too."""
    return number in {0, 1} if language is Language.FRENCH else number == 1
