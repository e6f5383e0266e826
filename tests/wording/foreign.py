"""Finding sentences of ours that are in another language than they should be."""

from __future__ import annotations

import re
from string import Formatter

from blog.wording.languages import Language
from blog.wording.texts import CATALOGUES, Text

# Shorter pieces, such as " on " or a lone word, stand in other languages and in names too.
SHORTEST_PIECE = 9


def forms(text: Text) -> tuple[str, ...]:
    """The forms of a text, one or two."""
    return (text,) if isinstance(text, str) else text


def pieces(language: Language) -> dict[str, str]:
    """What stands between the values in each text of a language, by the text's key."""
    return {
        piece.strip(): key
        for key, text in CATALOGUES[language].items()
        for form in forms(text)
        for piece, *_ in Formatter().parse(form)
        if len(piece.strip()) >= SHORTEST_PIECE
    }


def foreign_texts(shown: str, language: Language) -> list[str]:
    """Keys of the texts of other languages that stand in what is shown."""
    flat, own = " ".join(shown.split()), pieces(language)
    return [
        f"{other}: {key}"
        for other in Language
        if other is not language
        for piece, key in pieces(other).items()
        if piece not in own and re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", flat)
    ]
