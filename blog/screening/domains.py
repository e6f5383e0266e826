"""Domains: those linked in a text, what became of them before, and disposable mail."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, select, update

from blog.db import db, upsert
from blog.errors import Refusal
from blog.prepared import PreparedStatement
from blog.screening.models import DomainRecord, Label

HREF = re.compile(r'href="https?://([^/"?#:]+)', re.IGNORECASE)
LINK_TEXT = re.compile(r"<a [^>]*>(.*?)</a>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
MOST_LINKED = 50
# Of a mail domain, which may have 120 labels: those above it that a list may name.
MOST_ABOVE = 4
AT_ONCE = 500
DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+")


# Nearly every comment names fewer.
ASKED_TOGETHER = 6
_ASKED = tuple(f"domain_{number}" for number in range(ASKED_TOGETHER))
_RECORDS = PreparedStatement(
    lambda: select(
        DomainRecord.domain, DomainRecord.spam, DomainRecord.ham, DomainRecord.is_disposable
    ).where(DomainRecord.domain.in_([bindparam(name) for name in _ASKED]))
)


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """Which linked domains were only ever spam, and whether the mail address is disposable."""

    spam_domains: tuple[str, ...] = ()
    has_disposable_address: bool = False


def linked_domains(html: str, website: str = "") -> tuple[str, ...]:
    """The domains that safe HTML and a website lead to, without ``www.``, in order of names."""
    found = HREF.findall(f'{html}<a href="{website}">')
    hosts = {host.lower().removeprefix("www.") for host in found}
    return tuple(sorted(host for host in hosts if len(host) <= 253))[:MOST_LINKED]


def link_text_share(html: str) -> float:
    """Which part of the letters that readers see stands in links, from 0 to 1."""
    visible = TAG.sub("", html).strip()
    if not visible or "<a " not in html:
        return 0.0
    linked = sum(len(TAG.sub("", text)) for text in LINK_TEXT.findall(html))
    return min(1.0, linked / len(visible))


def domain_facts(domains: Iterable[str], address: str) -> DomainFacts:
    """What is known of linked domains and of the domain of a mail address."""
    linked = set(domains)
    own, *above = with_parents(address.rpartition("@")[2].lower())
    mail = [own, *above[-MOST_ABOVE:]]
    records = _records_of([*linked.union(mail)])
    only_spam = sorted(
        domain
        for domain, record in records.items()
        if domain in linked and record.spam and not record.ham
    )
    known = [records[domain].is_disposable for domain in mail if domain in records]
    said = next((answer for answer in known if answer is not None), None)
    is_disposable = said if said is not None else any(name in _bundled() for name in mail)
    return DomainFacts(tuple(only_spam), is_disposable)


def _records_of(domains: Sequence[str]) -> dict[str, Any]:
    records: dict[str, Any] = {}
    for start in range(0, len(domains), ASKED_TOGETHER):
        some = domains[start : start + ASKED_TOGETHER]
        asked = dict(zip_longest(_ASKED, some, fillvalue=some[0]))
        records.update((row.domain, row) for row in _RECORDS.rows(asked))
    return records


def count_domains(
    changes: Iterable[tuple[tuple[str, ...], Label, Label | None]],
) -> None:
    """Count decisions for the domains they concern, each as (domains, label, former label)."""
    counts: dict[Label, Counter[str]] = {label: Counter() for label in Label}
    for domains, label, former in changes:
        counts[label].update(domains)
        if former is not None:
            counts[former].subtract(domains)
    spam, ham = counts[Label.SPAM], counts[Label.HAM]
    for domain in sorted({*spam, *ham}):
        db.session.execute(
            upsert(DomainRecord)
            .values(domain=domain, spam=max(0, spam[domain]), ham=max(0, ham[domain]))
            .on_conflict_do_update(
                index_elements=[DomainRecord.domain],
                set_={
                    "spam": _not_below_zero(DomainRecord.spam + spam[domain]),
                    "ham": _not_below_zero(DomainRecord.ham + ham[domain]),
                },
            )
        )


def replace_disposable(lines: Iterable[str]) -> int:
    """Take these domains, one a line, for disposable besides the bundled ones; returns how many.

    Those that an earlier list added are forgotten. Raises Refusal for a line that is no domain;
    nothing is changed then.
    """
    domains = {line.strip().lower() for line in lines if line.strip() and line[0] != "#"}
    wrong = next((name for name in sorted(domains) if not DOMAIN.fullmatch(name)), None)
    if wrong is not None:
        sentence = f"The list holds {wrong[:80]!r}, which is no domain. Nothing was changed."
        raise Refusal("bad_domain", sentence)
    db.session.execute(update(DomainRecord).values(is_disposable=None))
    ordered = sorted(domains)
    for start in range(0, len(ordered), AT_ONCE):
        rows = [
            {"domain": name, "spam": 0, "ham": 0, "is_disposable": True}
            for name in ordered[start : start + AT_ONCE]
        ]
        db.session.execute(
            upsert(DomainRecord)
            .values(rows)
            .on_conflict_do_update(
                index_elements=[DomainRecord.domain], set_={"is_disposable": True}
            )
        )
    nothing = (DomainRecord.spam == 0, DomainRecord.ham == 0, DomainRecord.is_disposable.is_(None))
    db.session.execute(delete(DomainRecord).where(*nothing))
    return len(ordered)


def _not_below_zero(count: ColumnElement[int]) -> ColumnElement[int]:
    return case((count < 0, 0), else_=count)


def with_parents(domain: str) -> list[str]:
    """A domain and those above it, nearest first, without the top level."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]


def _bundled() -> AbstractSet[str]:
    from disposable_email_domains import blocklist  # noqa: PLC0415 - read when first needed

    found: AbstractSet[str] = blocklist
    return found
