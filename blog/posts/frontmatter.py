"""Reads a Markdown file with YAML front matter into a plain document, or says what is wrong where.

Only the YAML tree is used, never objects made from it: a title of ``1.10`` or ``No`` stays what the
author typed, and no tag in the file can make Python do anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import yaml

from blog.errors import Refusal
from blog.naming import clean_line, forbidden_characters, normalise_text, slugify
from blog.posts.document import (
    HIGHEST_PART,
    LONGEST_NAME,
    LONGEST_SLUG,
    LONGEST_SUMMARY,
    LONGEST_TAG,
    LONGEST_TITLE,
    MOST_ENTRIES,
    PostDocument,
)

LONGEST_FRONT_MATTER = 32_768
NULL_TAG = "tag:yaml.org,2002:null"
YES = frozenset({"true", "yes", "on"})
NO = frozenset({"false", "no", "off"})


class FrontMatterError(Refusal):
    """The head of a file cannot be used; ``line`` counts from 1 in the file."""

    def __init__(self, sentence: str, *, line: int = 1, field: str | None = None) -> None:
        super().__init__("front_matter", f"line {line}: {sentence}", field=field)
        self.line = line


def parse(text: str, *, default_comments_open: bool) -> PostDocument:
    """The document in a file's text.

    Raises FrontMatterError with the line of the first thing that is wrong.
    """
    head, body, body_line = _split(text)
    entries = _entries(head)
    values: dict[str, Any] = {name: READERS[name](node) for name, node in entries.items()}
    title = values.get("title")
    if not title:
        line = _line(entries["title"]) if "title" in entries else 1
        raise FrontMatterError("a title is required.", line=line, field="title")
    is_draft = values.get("draft") or False
    if values.get("date") is None and not is_draft:
        raise FrontMatterError(
            "a date is required, such as 2026-11-15 or 2026-11-15T09:00:00Z; or say draft: true.",
            field="date",
        )
    if values.get("part") is not None and not values.get("series"):
        raise FrontMatterError(
            "a part needs a series to be part of.", line=_line(entries["part"]), field="part"
        )
    if not body.strip():
        raise FrontMatterError("the file has no text under its front matter.", line=body_line)
    comments_open = values.get("comments")
    slug = values.get("slug") or slugify(title)
    return PostDocument(
        title=title,
        slug=slug,
        body=normalise_text(body),
        published_at=values.get("date"),
        series=values.get("series") or None,
        part=values.get("part"),
        tags=values.get("tags") or (),
        see_also=tuple(other for other in values.get("see_also") or () if other != slug),
        comments_open=default_comments_open if comments_open is None else comments_open,
        is_draft=is_draft,
        summary=values.get("summary") or "",
        author=values.get("author") or "",
    )


def _split(text: str) -> tuple[str, str, int]:
    """The YAML, the Markdown, and the line on which the Markdown begins."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].rstrip() != "---":
        raise FrontMatterError("a file begins with front matter: a line of three hyphens, ---.")
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() in {"---", "..."}:
            head = "\n".join(lines[1:number])
            if len(head) > LONGEST_FRONT_MATTER:
                break
            return head, "\n".join(lines[number + 1 :]), number + 2
    raise FrontMatterError(
        f"the front matter is not closed by a line of three hyphens, ---, "
        f"within {LONGEST_FRONT_MATTER} characters."
    )


def _entries(head: str) -> Mapping[str, yaml.Node]:
    """The value of each key as a YAML node; keys are known and stand once."""
    tree = _tree(head)
    if tree is None:
        return {}
    if not isinstance(tree, yaml.MappingNode):
        raise FrontMatterError("expected lines of the form key: value.", line=_line(tree))
    entries: dict[str, yaml.Node] = {}
    for key, value in tree.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        if name not in READERS:
            known = ", ".join(READERS)
            raise FrontMatterError(f"unknown key {name!r}; known are {known}.", line=_line(key))
        if name in entries:
            raise FrontMatterError(f"{name} is given twice.", line=_line(key), field=name)
        entries[name] = value
    return entries


def _tree(head: str) -> yaml.Node | None:
    try:
        tree: yaml.Node | None = yaml.compose(head, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        problem = error.problem or "the front matter is not YAML"
        raise FrontMatterError(
            f"{problem}; a value with a colon needs quotes.", line=line
        ) from None
    except yaml.YAMLError:
        raise FrontMatterError("the front matter holds a character YAML forbids.") from None
    except RecursionError:
        raise FrontMatterError("the front matter is nested too deeply.") from None
    return tree


def _line(node: yaml.Node) -> int:
    # Marks count from 0, and the line of hyphens stands above the YAML.
    return int(node.start_mark.line) + 2


def _text(node: yaml.Node, name: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise FrontMatterError(f"{name} takes one value, not a list.", line=_line(node), field=name)
    return "" if node.tag == NULL_TAG else str(node.value).strip()


def _line_reader(name: str, longest: int) -> Callable[[yaml.Node], str]:
    def read(node: yaml.Node) -> str:
        return _checked_line(_text(node, name), node, name, longest)

    return read


def _checked_line(raw: str, node: yaml.Node, name: str, longest: int) -> str:
    text = clean_line(raw)
    if len(text) > longest:
        raise FrontMatterError(
            f"{name} has {len(text)} characters; at most {longest} fit.",
            line=_line(node),
            field=name,
        )
    found = forbidden_characters(text, multiline=False)
    if found:
        raise FrontMatterError(f"{name} holds {found}.", line=_line(node), field=name)
    return text


def _list_reader(
    name: str, entry: Callable[[str, yaml.Node, str], str]
) -> Callable[[yaml.Node], tuple[str, ...]]:
    def read(node: yaml.Node) -> tuple[str, ...]:
        if isinstance(node, yaml.SequenceNode):
            pieces = [(_text(item, f"each of {name}"), item) for item in node.value]
        else:
            pieces = [(piece.strip(), node) for piece in _text(node, name).split(",")]
        found = dict.fromkeys(entry(text, item, name) for text, item in pieces if text)
        if len(found) > MOST_ENTRIES:
            raise FrontMatterError(
                f"{name} takes at most {MOST_ENTRIES} entries.", line=_line(node), field=name
            )
        return tuple(found)

    return read


def _read_tag(text: str, node: yaml.Node, name: str) -> str:
    return _checked_line(text, node, name, LONGEST_TAG)


def _read_slug(text: str, node: yaml.Node, name: str) -> str:
    wanted = slugify(text, max_length=LONGEST_SLUG)
    if text != wanted:
        raise FrontMatterError(
            f"{name}: {text[:LONGEST_SLUG]!r} is not the end of an address; {wanted!r} would be.",
            line=_line(node),
            field=name,
        )
    return text


def _read_own_slug(node: yaml.Node) -> str:
    text = _text(node, "slug")
    return _read_slug(text, node, "slug") if text else ""


def _read_date(node: yaml.Node) -> datetime | None:
    raw = _text(node, "date")
    if not raw:
        return None
    try:
        # YAML allows a space before the offset, ISO 8601 does not.
        when = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d|Z$)", "", raw))
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise FrontMatterError(
            f"date {raw[:40]!r} is not understood; expected such as 2026-11-15 "
            "or 2026-11-15T09:00:00Z.",
            line=_line(node),
            field="date",
        ) from None


def _read_part(node: yaml.Node) -> int | None:
    raw = _text(node, "part")
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) < 9 and 1 <= int(raw) <= HIGHEST_PART):
        raise FrontMatterError(
            f"part takes a whole number from 1 to {HIGHEST_PART}.", line=_line(node), field="part"
        )
    return int(raw)


def _read_comments(node: yaml.Node) -> bool | None:
    raw = _text(node, "comments").casefold()
    if raw in YES | {"open"}:
        return True
    if raw in NO | {"closed"}:
        return False
    if not raw:
        return None
    raise FrontMatterError("comments takes open or closed.", line=_line(node), field="comments")


def _read_draft(node: yaml.Node) -> bool:
    raw = _text(node, "draft").casefold()
    if raw in YES:
        return True
    if raw in NO or not raw:
        return False
    raise FrontMatterError("draft takes true or false.", line=_line(node), field="draft")


# The keys a head may hold, in the order in which an error names them.
READERS: Mapping[str, Callable[[yaml.Node], Any]] = {
    "title": _line_reader("title", LONGEST_TITLE),
    "slug": _read_own_slug,
    "date": _read_date,
    "series": _line_reader("series", LONGEST_TITLE),
    "part": _read_part,
    "tags": _list_reader("tags", _read_tag),
    "see_also": _list_reader("see_also", _read_slug),
    "comments": _read_comments,
    "draft": _read_draft,
    "summary": _line_reader("summary", LONGEST_SUMMARY),
    "author": _line_reader("author", LONGEST_NAME),
}
