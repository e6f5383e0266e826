"""What an import did, gathered while it runs and told in plain lines at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NAMES_SHOWN = 3
LINES_SHOWN = 20
LONGEST_NAME = 60


@dataclass(slots=True)
class Tally:
    """How often something happened, and to whom first."""

    count: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        self.count += 1
        if name and len(self.names) < NAMES_SHOWN:
            short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
            self.names.append(short)

    def __str__(self) -> str:
        if not self.names:
            return f"{self.count:,}"
        more = ", …" if self.count > len(self.names) else ""
        return f"{self.count:,} ({', '.join(self.names)}{more})"


@dataclass(slots=True)
class Report:
    """Everything an operator wants to know; it holds no reader's address.

    ``posts`` counts by kind and state, ``comments`` by type and status; both hold only what is new.
    """

    is_dry_run: bool
    posts: Counter[tuple[str, str]] = field(default_factory=Counter)
    comments: Counter[tuple[str, str]] = field(default_factory=Counter)
    already_here: Counter[str] = field(default_factory=Counter)
    tags: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)
    old_addresses: int = 0
    masked_addresses: int = 0
    left_out: dict[str, Tally] = field(default_factory=dict)
    changed: dict[str, Tally] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    picture_hosts: Counter[str] = field(default_factory=Counter)
    files: int = 0
    missing_files: Tally = field(default_factory=Tally)

    @property
    def post_total(self) -> int:
        return self.posts.total()

    @property
    def comment_total(self) -> int:
        return self.comments.total()

    def leave_out(self, reason: str, name: str = "") -> None:
        """Count something that did not come, with the reason in a few words."""
        self.left_out.setdefault(reason, Tally()).add(name)

    def change(self, what: str, name: str = "") -> None:
        """Count something that came otherwise than it stands in the file."""
        self.changed.setdefault(what, Tally()).add(name)

    def lines(self) -> list[str]:
        """The report for people, most important things first."""
        return [
            "Nothing was written; this is what would come:" if self.is_dry_run else "Imported:",
            *self._what_came(),
            *_section("Left out:", _tallied(self.left_out)),
            *_section("Changed or mended on the way:", _tallied(self.changed)),
            *self._what_was_masked(),
            *_section("Noted in the texts of posts:", _counted(self.notes, "post", "posts")),
            *self._what_stays_outside(),
        ]

    def _what_came(self) -> Iterable[str]:
        for kind, one, many in (("post", "post", "posts"), ("page", "page", "pages")):
            parts = {state: n for (which, state), n in self.posts.items() if which == kind}
            yield "  " + _amount(sum(parts.values()), one, many) + _breakdown(parts)
        for kind in ("comment", "pingback", "trackback"):
            parts = {status: n for (which, status), n in self.comments.items() if which == kind}
            if parts or kind == "comment":
                yield "  " + _amount(sum(parts.values()), kind, f"{kind}s") + _breakdown(parts)
        yield "  " + _amount(len(self.tags), "tag", "tags")
        yield "  " + _amount(len(self.authors), "author", "authors")
        yield "  " + _amount(self.old_addresses, "old address", "old addresses") + ", answered 301"
        if self.files:
            yield "  " + _amount(self.files, "file", "files") + " from the uploads folder"
        if self.already_here:
            posts, comments = self.already_here["post"], self.already_here["comment"]
            yield (
                "Already here from an earlier import, and not touched: "
                f"{_amount(posts, 'post', 'posts')}, {_amount(comments, 'comment', 'comments')}."
            )

    def _what_was_masked(self) -> Iterable[str]:
        if self.masked_addresses:
            yield (
                f"{_amount(self.masked_addresses, 'address', 'addresses')} of commenters stood in "
                f"posts and comments; {'it is' if self.masked_addresses == 1 else 'they are'} "
                "written as name [at] host."
            )

    def _what_stays_outside(self) -> Iterable[str]:
        if self.missing_files.count:
            yield f"Files that the uploads folder does not have: {self.missing_files}."
        if self.picture_hosts:
            yield from _section(
                "Pictures that stay on other hosts:",
                _counted(self.picture_hosts, "picture", "pictures"),
            )
            yield (
                "  Browsers load none of them until the setting site.image_hosts names the host; "
                "each host named there learns of every reader of such a page."
            )


def _amount(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _breakdown(parts: Mapping[str, int]) -> str:
    if not parts:
        return ""
    return ": " + ", ".join(f"{count:,} {name}" for name, count in sorted(parts.items()))


def _tallied(tallies: Mapping[str, Tally]) -> list[str]:
    return [f"{what}: {tally}" for what, tally in tallies.items()]


def _counted(counts: Counter[str], one: str, many: str) -> list[str]:
    return [f"{what} ({_amount(count, one, many)})" for what, count in counts.most_common()]


def _section(heading: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    shown = [f"  {line}" for line in lines[:LINES_SHOWN]]
    if len(lines) > LINES_SHOWN:
        shown.append(f"  … and {len(lines) - LINES_SHOWN} more.")
    return [heading, *shown]
