"""Comments as a page draws them, each drawn once and kept while nothing about it changes.

Of a page with a hundred comments mostly one is new. What was drawn is kept beside all that it was
drawn from, and is given again only when that is still the same.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from flask import current_app
from flask.sansio.blueprints import BlueprintSetupState
from markupsafe import Markup

from blog.comments.faces import face_of
from blog.comments.jsonld import first_words
from blog.comments.queries import public_names
from blog.comments.threads import Shown
from blog.web.shelf import Shelf

MOST_BYTES = 4 * 1024 * 1024
# What a kept comment weighs besides its texts, roughly.
OVERHEAD = 1_500
# What of a comment is not drawn with itself, or follows from the rest of it.
NOT_DRAWN_FROM = {"id", "replies", "replies_left", "face", "drawn", "words"}
_drawn_from = attrgetter(
    *(field.name for field in fields(Shown) if field.name not in NOT_DRAWN_FROM),
    "was_edited_after_replies",
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A comment's own markup and first words, and what they were made from."""

    source: tuple[object, ...]
    markup: Markup
    words: str

    @property
    def weight(self) -> int:
        """How many bytes it takes, roughly; a text of any script at most four a character."""
        return OVERHEAD + 4 * (2 * len(self.markup) + len(self.words))


def keep_drawn(state: BlueprintSetupState) -> None:
    """Give the app its store of drawn comments."""
    state.app.extensions["blog_drawn_comments"] = Shelf[int, Drawn]()


def draw(
    tree: Sequence[Shown], *, is_open: bool, post_path: str, receipts: Mapping[int, str]
) -> None:
    """Give each comment its markup and first words, whom it answers, and its author's receipt."""
    here = {shown.id: shown for shown in walk(tree)}
    _name_the_answered(here)
    kept: Shelf[int, Drawn] = current_app.extensions["blog_drawn_comments"]
    macro = current_app.jinja_env.get_template("comments/_comment.html").module.comment_itself  # type: ignore[attr-defined]  # a macro of that template
    for shown in here.values():
        shown.receipt = receipts.get(shown.id, "") if not shown.is_tombstone else ""
        source = (is_open, post_path, *_drawn_from(shown))
        drawn = kept.get(shown.id)
        if drawn is None or drawn.source != source:
            drawn = _draw(shown, macro, source)
            if not (shown.receipt or shown.is_awaiting):  # those are one reader's own
                kept.put(shown.id, drawn, MOST_BYTES)
        shown.drawn, shown.words = drawn.markup, drawn.words


def _draw(shown: Shown, macro: Any, source: tuple[object, ...]) -> Drawn:
    shown.face = face_of(shown.person_id, shown.author) if not shown.is_tombstone else ""
    is_open, post_path, *_ = source
    return Drawn(source, macro(shown, is_open, post_path), first_words(shown.html))


def href_of(comment_id: int, here: Container[int]) -> str:
    """To a comment on this page, or to its permalink, which finds it elsewhere."""
    return f"#comment-{comment_id}" if comment_id in here else f"/comments/{comment_id}"


def walk(tree: Sequence[Shown]) -> Iterable[Shown]:
    """Every comment of the tree, parents first."""
    stack = list(reversed(tree))
    while stack:
        shown = stack.pop()
        yield shown
        stack.extend(reversed(shown.replies))


def _name_the_answered(here: Mapping[int, Shown]) -> None:
    """Fill in the names for "in reply to", in one query and only when the page needs them."""
    asked = {
        shown.id: shown.answered_id for shown in here.values() if shown.answered_id is not None
    }
    names = public_names(set(asked.values()))
    for number, answered_id in asked.items():
        here[number].answered_name = names.get(answered_id)
        here[number].answered_href = href_of(answered_id, here)
