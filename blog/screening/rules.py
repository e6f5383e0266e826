"""Rules that the staff makes: what one may look at, how it is read and what it finds.

A rule is told plain facts and knows no comment. What it looks at besides the comment is its own
value, so that the same rule can be tried on comments that came long ago.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from blog.errors import Refusal
from blog.linkcheck import normalise_website
from blog.networks import plain_address
from blog.screening.domains import with_parents
from blog.screening.models import Does, RuleKind
from blog.screening.patterns import LONGEST_PATTERN, Pattern, Pieces
from blog.screening.words import PhraseBook
from blog.text.skeleton import skeleton

LONGEST_VALUE = 100_000
MOST_PIECES = 200
MOST_LINES = 5_000
MOST_LINKS = 1_000


class Sent(Protocol):
    """What a rule may look at of something that was sent."""

    @property
    def author(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def address_index(self) -> bytes: ...
    @property
    def url(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def ip(self) -> str: ...
    @property
    def link_count(self) -> int: ...
    @property
    def linked_domains(self) -> tuple[str, ...]: ...


# What was found, in words that may be kept with the comment; None: nothing.
Test = Callable[[Sent], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of a rule. ``value`` is as :func:`read_value` gives it."""

    id: int = 0
    version: int = 0
    name: str
    kind: RuleKind
    value: str
    does: Does
    address_index: bytes | None = None
    note: str = ""
    is_on: bool = True

    @property
    def check_name(self) -> str:
        """How a trace calls it; the queue can be filtered by that."""
        return f"rule_{self.id}"


def read_value(kind: RuleKind, text: str) -> str:
    """What was typed for a rule of this kind, in its tidy form: one entry a line.

    Raises Refusal (field ``value``) with what was expected.
    """
    if len(text) > LONGEST_VALUE:
        raise _refused(f"A rule takes at most {LONGEST_VALUE:,} characters.")
    if kind is RuleKind.PATTERN:
        pattern = text.strip("\r\n")
        if not pattern:
            raise _refused("Type a pattern, such as \\bcheap\\s+watches\\b.")
        Pattern(pattern)
        return pattern
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not lines:
        raise _refused(f"Type {EXPECTED[kind]}.")
    most = MOST_PIECES if kind is RuleKind.PIECES else MOST_LINES
    if len(lines) > (1 if kind in SINGLE else most):
        count = "one line" if kind in SINGLE else f"at most {most:,} lines"
        raise _refused(f"A rule of this kind takes {count}.")
    try:
        return "\n".join(dict.fromkeys(READERS[kind](line) for line in lines))
    except ValueError as error:
        shown = str(error)[:80]
        raise _refused(f"“{shown}” is not what is expected here: {EXPECTED[kind]}.") from None


def compile_rule(rule: Rule) -> Test:
    """The test of a rule of any kind. Raises Refusal or ValueError for a value that cannot be."""
    if rule.kind is RuleKind.ADDRESS:
        wanted = rule.address_index
        return lambda sent: "" if wanted is not None and sent.address_index == wanted else None
    return COMPILERS[rule.kind](rule.value)


def can_be_compiled(rule: Rule) -> bool:
    """Whether a rule works; one that does not holds every comment."""
    try:
        compile_rule(rule)
    except (Refusal, ValueError):
        return False
    return True


def texts_of(sent: Sent) -> tuple[str, ...]:
    """Where rules look for words: the text, the name and the website."""
    return (sent.text, sent.author, sent.url)


def words_of(rule: Rule) -> tuple[str, ...]:
    """The phrases of a rule of words."""
    return tuple(rule.value.splitlines())


def _words(value: str) -> Test:
    book = PhraseBook({0: value.splitlines()})
    return lambda sent: book.find(texts_of(sent)).get(0)


def _pieces(value: str) -> Test:
    pieces = Pieces(tuple(value.splitlines()))
    return lambda sent: pieces.find(texts_of(sent))


def _pattern(value: str) -> Test:
    pattern = Pattern(value)
    return lambda sent: pattern.find(texts_of(sent))


def _links(value: str) -> Test:
    limit = int(value)
    return lambda sent: f"{sent.link_count} links" if sent.link_count >= limit else None


def _domains(value: str) -> Test:
    domains = frozenset(value.splitlines())

    def test(sent: Sent) -> str | None:
        return next(
            (host for host in sent.linked_domains if not domains.isdisjoint(with_parents(host))),
            None,
        )

    return test


def _mail_domains(value: str) -> Test:
    domains = frozenset(value.splitlines())

    def test(sent: Sent) -> str | None:
        host = sent.address.rpartition("@")[2].lower()
        # Traces are shown to those who see addresses only masked.
        return "" if host and not domains.isdisjoint(with_parents(host)) else None

    return test


def _networks(value: str) -> Test:
    networks = [ipaddress.ip_network(line) for line in value.splitlines()]

    def test(sent: Sent) -> str | None:
        plain = plain_address(sent.ip)
        if not plain:
            return None
        ip = ipaddress.ip_address(plain)
        return "" if any(ip in network for network in networks) else None

    return test


def _names(value: str) -> Test:
    looks = frozenset(skeleton(line) for line in value.splitlines())
    return lambda sent: sent.author if skeleton(sent.author) in looks else None


COMPILERS: Mapping[RuleKind, Callable[[str], Test]] = {
    RuleKind.WORDS: _words,
    RuleKind.PIECES: _pieces,
    RuleKind.PATTERN: _pattern,
    RuleKind.LINKS: _links,
    RuleKind.DOMAIN: _domains,
    RuleKind.MAIL_DOMAIN: _mail_domains,
    RuleKind.NETWORK: _networks,
    RuleKind.NAME: _names,
}


def _read_line(line: str) -> str:
    if len(line) > LONGEST_PATTERN:
        raise ValueError(line)
    return line


def _read_links(line: str) -> str:
    if not (line.isascii() and line.isdigit() and 0 < int(line[:9]) <= MOST_LINKS):
        raise ValueError(line)
    return str(int(line))


def _read_domain(line: str) -> str:
    try:
        host = urlsplit(normalise_website(line.lstrip("*.@"))).hostname or ""
    except ValueError:
        raise ValueError(line) from None
    return host.removeprefix("www.").removesuffix(".")


def _read_mail_domain(line: str) -> str:
    host = line.rpartition("@")[2]
    try:
        # A domain in the spelling that addresses of readers are kept in.
        return str(validate_email(f"x@{host}", check_deliverability=False).domain).lower()
    except EmailNotValidError:
        raise ValueError(line) from None


def _read_address(line: str) -> str:
    try:
        return str(validate_email(line, check_deliverability=False).normalized)
    except EmailNotValidError:
        raise ValueError(line) from None


def _read_network(line: str) -> str:
    try:
        network = ipaddress.ip_network(line, strict=False)
    except ValueError:
        raise ValueError(line) from None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        # IPv4 inside IPv6 is kept as IPv4, as clients' addresses are.
        return str(ipaddress.ip_network((mapped, network.prefixlen - 96)))
    return str(network)


def _read_name(line: str) -> str:
    if not skeleton(line):
        raise ValueError(line)
    return _read_line(line)


SINGLE = frozenset({RuleKind.LINKS, RuleKind.ADDRESS})
READERS: Mapping[RuleKind, Callable[[str], str]] = {
    RuleKind.WORDS: _read_line,
    RuleKind.PIECES: _read_line,
    RuleKind.LINKS: _read_links,
    RuleKind.DOMAIN: _read_domain,
    RuleKind.MAIL_DOMAIN: _read_mail_domain,
    RuleKind.ADDRESS: _read_address,
    RuleKind.NETWORK: _read_network,
    RuleKind.NAME: _read_name,
}
EXPECTED: Mapping[RuleKind, str] = {
    RuleKind.WORDS: "words or phrases, one per line",
    RuleKind.PIECES: "pieces of text, one per line",
    RuleKind.LINKS: f"a whole number of links from 1 to {MOST_LINKS:,}",
    RuleKind.DOMAIN: "domains such as shop.example, one per line",
    RuleKind.MAIL_DOMAIN: "domains of mail addresses such as mail.example, one per line",
    RuleKind.ADDRESS: "one whole email address",
    RuleKind.NETWORK: "addresses or networks such as 192.0.2.0/24 or 2001:db8::/32, one per line",
    RuleKind.NAME: "names, one per line",
}


def _refused(sentence: str) -> Refusal:
    return Refusal("bad_rule", f"{sentence} Nothing was saved.", field="value")
