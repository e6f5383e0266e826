"""Every setting with its type, factory value, limits and help; the fields are the catalogue.

Factory values of the discussion settings are WordPress's (Settings > Discussion).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

from email_validator import EmailNotValidError, validate_email

from blog.errors import Refusal
from blog.settings.fields import a_choice as _choice
from blog.settings.fields import a_line as _line
from blog.settings.fields import a_list as _list
from blog.settings.fields import a_moment as _moment
from blog.settings.fields import a_number as _number
from blog.settings.fields import an_address as _address
from blog.settings.fields import some_addresses as _addresses
from blog.settings.fields import some_hosts as _hosts
from blog.settings.outside import JudgeSettings

LONGEST_LINE = 500
LONGEST_LIST = 2_000_000
MOST_RECIPIENTS = 50
MOST_HOSTS = 50  # they stand in a header of every page
HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """How the blog calls itself and lists its posts."""

    title: str = _line("A blog in series", "The name of the blog, in the head of each page.")
    tagline: str = _line(
        "Posts that belong together, and the conversation under them",
        "One sentence under the name.",
    )
    language: str = _line(
        "en",
        "Language of the posts, as in RFC 5646, such as en or de-AT. Mail to readers is in it too "
        "if it is English, German, French or Spanish, else in English.",
    )
    posts_per_page: int = _number(10, "Posts on a page of a list.", low=1, high=100)
    feed_items: int = _number(10, "Entries in a feed.", low=1, high=100)
    image_hosts: tuple[str, ...] = _hosts(
        "Hosts from which pages may load pictures besides this one, one per line. "
        "Each of them learns of every reader who opens such a page."
    )
    shared_max_age: int = _number(
        0, "Seconds for which caches in front may keep a page (s-maxage); 0: never.", high=86_400
    )
    searches_per_minute: int = _number(
        60, "Searches that one network may make in a minute; 0: no limit.", high=100_000
    )
    page_cache_mib: int = _number(
        8, "Ready pages kept in the memory of each process, in MiB; 0: none.", high=4_096
    )


@dataclass(frozen=True, slots=True)
class CommentSettings:
    """What may be said under a post, and what waits for a moderator."""

    open: Literal["open", "closed"] = _choice(
        "open", "Whether new posts take comments; each post may say otherwise.", "open", "closed"
    )
    hold: Literal["first", "all", "none"] = _choice(
        "first",
        "What waits for a moderator: the first comment of a person, all, or none by default.",
        "first",
        "all",
        "none",
    )
    max_links: int = _number(
        2, "A comment with this many links or more is held; 0: no limit.", high=1000
    )
    flood_seconds: int = _number(
        15, "Seconds between two comments of one person or network; 0: no limit.", high=86_400
    )
    refusals_per_minute: int = _number(
        60,
        "Refused replies of one network in a minute that are answered with the whole page; what "
        "is refused beyond gets its text back on a small page. 0: no limit.",
        high=100_000,
    )
    threads_per_page: int = _number(
        50, "Threads on a page of comments, counted by first comments; 0: all.", high=1000
    )
    replies_per_thread: int = _number(
        50,
        "Replies of one thread on a page; a longer thread gets pages of its own; 0: all.",
        high=1000,
    )
    max_depth: int = _number(
        5, "Levels of replies; 1: no replies to replies, 0: no limit.", high=100
    )
    order: Literal["oldest", "newest"] = _choice(
        "oldest", "Which threads come first.", "oldest", "newest"
    )
    edit_minutes: int = _number(
        15, "Minutes in which readers may change their comment; 0: no limit.", high=10_080
    )
    close_after_days: int = _number(
        0, "Days after which a post takes no more comments; 0: never.", high=36_500
    )
    hold_words: tuple[str, ...] = _list(
        "Words or phrases, one per line; a comment with one of them in text, name, link, address "
        "or IP is held. Whole words, case ignored."
    )
    refuse_words: tuple[str, ...] = _list(
        "Words or phrases, one per line; a comment with one of them goes to spam. "
        "Whole words, case ignored."
    )
    learner: Literal["on", "off"] = _choice(
        "on", "Whether the spam learner may vote once it has seen enough decisions.", "on", "off"
    )
    remember_box: Literal["on", "off"] = _choice(
        "on", "Whether the form offers to remember name, email and website.", "on", "off"
    )
    attack_until: datetime | None = _moment(  # noqa: RUF009 - as with the other settings
        "Until when the blog is in attack mode, in which newcomers are held and limits are "
        "tighter, as a time in UTC such as 2026-05-01T18:00Z; empty: it is not. The dashboard "
        "has a button for it."
    )
    proof_of_work: Literal["off", "attack", "always"] = _choice(
        "off",
        "Whether a reader's browser must do a second's work before a comment is published without "
        "a moderator: never, in attack mode, or always. Without JavaScript a comment then waits.",
        "off",
        "attack",
        "always",
    )


@dataclass(frozen=True, slots=True)
class MailSettings:
    """What is mailed to the people who run the blog, and from whom mail comes."""

    sender: str = _address(
        "The address mail comes from; empty: noreply at the host of BLOG_BASE_URL."
    )
    staff: Literal["held", "published", "both", "none"] = _choice(
        "both",
        "Of which new comments the staff hears: held, published, both, or none.",
        "held",
        "published",
        "both",
        "none",
    )
    staff_pace: Literal["at_once", "hourly", "daily"] = _choice(
        "at_once",
        "Whether the staff gets a mail for each comment, or one for all of an hour or a day.",
        "at_once",
        "hourly",
        "daily",
    )
    staff_to: tuple[str, ...] = _addresses(
        "Who gets the mail for the staff, one address per line; empty: every admin and moderator. "
        "Whoever gets it can decide on comments by the links in it."
    )


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """How long personal data is kept. The worker applies it."""

    ip_days: int = _number(
        90,
        "Days after which IP and browser of a comment are forgotten, from when it came or was "
        "last decided on; 0: never.",
        high=36_500,
    )
    spam_days: int = _number(
        30, "Days after which spam is deleted for good; 0: never.", high=36_500
    )
    trash_days: int = _number(
        30, "Days after which what lies in the trash is deleted for good; 0: never.", high=36_500
    )
    unconfirmed_days: int = _number(
        7, "Days after which subscriptions nobody confirmed are deleted.", low=1, high=365
    )
    mail_days: int = _number(
        30, "Days for which mails stay in the mail log; 0: for good.", high=36_500
    )


@dataclass(frozen=True, slots=True)
class BlogSettings:
    """All settings, as one value that is read once per request."""

    site: SiteSettings
    comments: CommentSettings
    mail: MailSettings
    privacy: PrivacySettings
    judges: JudgeSettings


GROUPS: Mapping[
    str,
    type[SiteSettings]
    | type[CommentSettings]
    | type[MailSettings]
    | type[PrivacySettings]
    | type[JudgeSettings],
] = {
    "site": SiteSettings,
    "comments": CommentSettings,
    "mail": MailSettings,
    "privacy": PrivacySettings,
    "judges": JudgeSettings,
}


def catalogue() -> dict[str, Field[Any]]:
    """Every setting's key, such as ``comments.hold``, and its field."""
    return {f"{group}.{item.name}": item for group, kind in GROUPS.items() for item in fields(kind)}


def help_for(item: Field[Any]) -> str:
    """What the setting does, in one or two sentences."""
    return str(item.metadata["help"])


def as_text(value: object) -> str:
    """A value as an admin would type it."""
    if isinstance(value, tuple):
        return "\n".join(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return "" if value is None else str(value)


def parse(key: str, text: str) -> Any:
    """The typed value of what an admin typed for ``key``. Raises Refusal with what was expected."""
    item = catalogue().get(key)
    if item is None:
        raise _unknown(key)
    readers = {
        "number": _read_number,
        "choice": _read_choice,
        "line": _read_line,
        "list": _read_list,
        "hosts": _read_hosts,
        "address": _read_address,
        "addresses": _read_addresses,
        "moment": _read_moment,
    }
    try:
        return readers[item.metadata["kind"]](text, item.metadata)
    except ValueError as error:
        sentence = f"{key} takes {error}. Nothing was changed."
        raise Refusal("bad_setting", sentence, field=key) from None


def build(stored: Mapping[str, str]) -> BlogSettings:
    """All settings from the stored texts; a stored text that no longer fits falls back."""
    values: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for key, text in stored.items():
        group, _, name = key.partition(".")
        try:
            values[group][name] = parse(key, text)
        except (Refusal, KeyError):
            # Written by another version; the factory value is safer than no blog at all.
            continue
    return BlogSettings(
        SiteSettings(**values["site"]),
        CommentSettings(**values["comments"]),
        MailSettings(**values["mail"]),
        PrivacySettings(**values["privacy"]),
        JudgeSettings(**values["judges"]),
    )


def _read_number(text: str, limits: Mapping[str, Any]) -> int:
    text = text.strip()
    low, high = limits["low"], limits["high"]
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        raise ValueError(f"a whole number from {low} to {high}")
    return int(text)


def _read_choice(text: str, limits: Mapping[str, Any]) -> str:
    text = text.strip().lower()
    if text not in limits["choices"]:
        raise ValueError("one of: " + ", ".join(limits["choices"]))
    return text


def _read_line(text: str, _limits: Mapping[str, Any]) -> str:
    text = text.strip()
    if len(text) > LONGEST_LINE or not text.isprintable():
        raise ValueError(f"one line of at most {LONGEST_LINE} characters")
    return text


def _read_list(text: str, _limits: Mapping[str, Any]) -> tuple[str, ...]:
    if len(text) > LONGEST_LIST:
        raise ValueError(f"at most {LONGEST_LIST} characters, one entry per line")
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _read_hosts(text: str, limits: Mapping[str, Any]) -> tuple[str, ...]:
    hosts = tuple(host.lower() for host in _read_list(text.replace(" ", "\n"), limits))
    if len(hosts) > MOST_HOSTS or not all(HOST.fullmatch(host) for host in hosts):
        raise ValueError(
            f"host names, one per line, such as pictures.example.com, {MOST_HOSTS} at most"
        )
    return hosts


def _read_address(text: str, _limits: Mapping[str, Any]) -> str:
    text = text.strip()
    if not text:
        return ""
    try:
        return str(validate_email(text, check_deliverability=False).normalized)
    except EmailNotValidError:
        raise ValueError("an email address, such as blog@example.com") from None


def _read_addresses(text: str, limits: Mapping[str, Any]) -> tuple[str, ...]:
    lines = _read_list(text.replace(",", "\n"), limits)
    if len(lines) > MOST_RECIPIENTS:
        raise ValueError(f"at most {MOST_RECIPIENTS} addresses, one per line")
    return tuple(_read_address(line, limits) for line in lines)


def _read_moment(text: str, _limits: Mapping[str, Any]) -> datetime | None:
    text = text.strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a time in UTC, such as 2026-05-01T18:00Z, or nothing") from None
    # Whoever leaves the zone out means what the help says.
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError("a time in UTC, such as 2026-05-01T18:00Z, or nothing") from None


def value_of(settings: BlogSettings, key: str) -> object:
    """The value of one setting by its key. Raises Refusal when there is no such setting."""
    if key not in catalogue():
        raise _unknown(key)
    group, _, name = key.partition(".")
    return getattr(getattr(settings, group), name)


def _unknown(key: str) -> Refusal:
    return Refusal(
        "unknown_setting",
        f"There is no setting {key!r}; `blog settings list` shows all. Nothing was changed.",
    )
