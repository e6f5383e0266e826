"""What an author types about a post in the browser: its shape, and the document it makes.

The same limits as in the head of a Markdown file; see ``frontmatter``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from blog.naming import clean_line, forbidden_characters, is_blank, normalise_text, slugify
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

LONGEST_BODY = 1_000_000
FORM_DATE = "%Y-%m-%dT%H:%M:%S"
SINGLE_LINES = {
    "title": LONGEST_TITLE,
    "series": LONGEST_TITLE,
    "summary": LONGEST_SUMMARY,
    "author": LONGEST_NAME,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFields:
    """The fields of the form as text, exactly as they were typed."""

    title: str = ""
    slug: str = ""
    body: str = ""
    series: str = ""
    part: str = ""
    tags: str = ""
    see_also: str = ""
    date: str = ""
    state: str = "draft"
    comments: str = "open"
    summary: str = ""
    author: str = ""


def typed_fields(form: Mapping[str, str]) -> PostFields:
    """The fields in what a browser sent; what is missing is as if left empty."""
    empty = asdict(PostFields(state="", comments=""))
    return PostFields(**{name: form.get(name, "") for name in empty})


def fields_of(document: PostDocument) -> PostFields:
    """The fields that show a document, such as that of a stored post."""
    when = document.published_at
    return PostFields(
        title=document.title,
        slug=document.slug,
        body=document.body,
        series=document.series or "",
        part=str(document.part or ""),
        tags=", ".join(document.tags),
        see_also=", ".join(document.see_also),
        date=when.astimezone(UTC).strftime(FORM_DATE) if when else "",
        state="draft" if document.is_draft else "published",
        comments="open" if document.comments_open else "closed",
        summary=document.summary,
        author=document.author,
    )


def read_fields(
    typed: PostFields, *, stored: PostDocument | None, now: datetime
) -> tuple[PostDocument, dict[str, str]]:
    """The document in the fields, and a sentence for each field that does not fit.

    ``stored`` is the post that is changed: it keeps its slug and the format of its source, and a
    date that was left alone keeps its fraction of a second. A post that is published without a date
    is published now. With errors the document is only fit for a preview.
    """
    lines = {name: clean_line(getattr(typed, name)) for name in SINGLE_LINES}
    errors = _faults_of_lines(lines)
    slug, errors["slug"] = _read_slug(typed, stored)
    tags, errors["tags"] = _read_list(typed.tags, LONGEST_TAG, slugs=False)
    see_also, errors["see_also"] = _read_list(typed.see_also, LONGEST_SLUG, slugs=True)
    part, errors["part"] = _read_part(typed)
    when, errors["date"] = _read_date(typed, stored)
    errors["body"] = _fault_of_body(typed.body)
    errors["state"] = _one_of(typed.state, "draft", "published")
    errors["comments"] = _one_of(typed.comments, "open", "closed")
    is_draft = typed.state != "published"
    document = PostDocument(
        title=lines["title"],
        slug=slug,
        body=normalise_text(typed.body),
        published_at=now.replace(microsecond=0) if when is None and not is_draft else when,
        series=lines["series"] or None,
        part=part,
        tags=tags,
        see_also=tuple(other for other in see_also if other != slug),
        comments_open=typed.comments != "closed",
        is_draft=is_draft,
        summary=lines["summary"],
        author=lines["author"],
    )
    if stored is not None:
        document = replace(document, source_format=stored.source_format)
    return document, {name: fault for name, fault in errors.items() if fault}


def _faults_of_lines(lines: Mapping[str, str]) -> dict[str, str]:
    faults = {}
    for name, text in lines.items():
        found = forbidden_characters(text, multiline=False)
        if len(text) > SINGLE_LINES[name]:
            faults[name] = f"This has {len(text)} characters; at most {SINGLE_LINES[name]} fit."
        elif found:
            faults[name] = f"This holds {found}; please take it out."
    if is_blank(lines["title"]):
        faults["title"] = "A post needs a title."
    return faults


def _read_slug(typed: PostFields, stored: PostDocument | None) -> tuple[str, str]:
    if stored is not None:
        return stored.slug, ""
    wanted = typed.slug.strip()
    tidy = slugify(wanted or clean_line(typed.title), max_length=LONGEST_SLUG)
    if wanted and wanted != tidy:
        return tidy, f"This cannot be the end of an address; {tidy} could."
    return tidy, ""


def _read_list(text: str, longest: int, *, slugs: bool) -> tuple[tuple[str, ...], str]:
    entries = tuple(dict.fromkeys(filter(None, map(clean_line, text.split(",")))))
    if len(entries) > MOST_ENTRIES:
        return entries, f"At most {MOST_ENTRIES} fit."
    for entry in entries:
        if len(entry) > longest:
            return entries, f"Each has at most {longest} characters."
        found = forbidden_characters(entry, multiline=False)
        if found:
            return entries, f"This holds {found}; please take it out."
        if slugs and entry != slugify(entry, max_length=LONGEST_SLUG):
            return entries, f"{entry} is not the end of a post's address, such as build-a-story."
    return entries, ""


def _read_part(typed: PostFields) -> tuple[int | None, str]:
    text = typed.part.strip()
    if not text:
        return None, ""
    fits = text.isascii() and text.isdigit() and len(text) < 9
    if not fits or not 1 <= int(text) <= HIGHEST_PART:
        return None, f"A part is a whole number from 1 to {HIGHEST_PART}."
    if not typed.series.strip():
        return int(text), "A part needs a series to be part of."
    return int(text), ""


def _read_date(typed: PostFields, stored: PostDocument | None) -> tuple[datetime | None, str]:
    text = typed.date.strip()
    if not text:
        return None, ""
    if stored is not None and text == fields_of(stored).date:
        return stored.published_at, ""
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC), ""
    except (ValueError, OverflowError):
        return None, "This is not understood; expected such as 2026-11-15 09:00, in UTC."


def _fault_of_body(body: str) -> str:
    if is_blank(body):
        return "A post needs a text."
    if len(body) > LONGEST_BODY:
        return f"The text has {len(body)} characters; at most {LONGEST_BODY} fit."
    found = forbidden_characters(normalise_text(body), multiline=True)
    return f"The text holds {found}; please take it out." if found else ""


def _one_of(text: str, *known: str) -> str:
    return "" if text in known else f"Choose one of: {', '.join(known)}."
