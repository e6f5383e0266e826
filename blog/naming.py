"""Normalises what people type: names, titles, texts and slugs, by code points alone."""

import unicodedata

import regex

# White space of every script, control characters, and all that Unicode says may be drawn as nothing
# (fillers, joiners, variation selectors, tags); the blank braille cell and the null note head
# have a shape in name only.
_INVISIBLE = regex.compile(
    r"[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\U0001D159]*", regex.V0
)
_WHITE_SPACE = regex.compile(r"[\s\p{Z}]+")
_GRAPHEME = regex.compile(r"\X")
_BIDI_CONTROL = regex.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = regex.compile(r"[\p{Cc}]")
_CONTROL_IN_TEXT = regex.compile(r"[^\P{Cc}\t\n]")
_NOT_A_CHARACTER = regex.compile(r"[\p{Noncharacter_Code_Point}]")
_SURROGATE = regex.compile("[\ud800-\udfff]")
_ANNOTATION = regex.compile("[\ufff9-\ufffb]")
# A flag of a region is a black flag, tag letters and a closing tag; nowhere else do tags belong.
_FLAG = regex.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,8}\U000e007f")
_TAG = regex.compile("[\U000e0001\U000e0020-\U000e007f]")
_UNFIT_FOR_MARKUP = regex.compile(r"[^\P{Cc}\t\n]|[\ud800-\udfff]|\p{Noncharacter_Code_Point}")
_SLUG_BREAK = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_LATIN_WITH_MARKS = regex.compile(r"(?:\p{Latin}\p{M}+)+")
# Letters of Latin alphabets that no decomposition leads back to ASCII.
_ASCII_SPELLING = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ŋ": "n"}
)


def normalise_text(text: str) -> str:
    """Give a text of several lines one newline form and NFC; only white space at its end goes."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", unix).rstrip()


def clean_line(text: str) -> str:
    """Give a single line in NFC, without outer white space and with inner runs made one space."""
    return _WHITE_SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def is_blank(text: str) -> bool:
    """Say whether nothing of the text could be seen: white space, fillers, zero-width signs."""
    begins_plainly = text[:1].isascii() and text[:1].isalnum()  # as nearly all texts do
    return not begins_plainly and _INVISIBLE.fullmatch(text) is not None


def forbidden_characters(text: str, *, multiline: bool) -> str | None:
    """Name the first kind of character that the text must not hold, or None when it is fine.

    `multiline` allows newline, tab and direction controls, which a text closes line by line when it
    is rendered; a name has no such place, so an override in it would turn what stands beside it.
    """
    if (text.replace("\n", "").replace("\t", "") if multiline else text).isprintable():
        return None
    checks = [
        (_CONTROL_IN_TEXT if multiline else _CONTROL, text, "a control character"),
        (_SURROGATE, text, "half of a character"),
        (_NOT_A_CHARACTER, text, "a character that is not a character"),
        (_ANNOTATION, text, "an annotation mark"),
        (_TAG, _FLAG.sub("", text), "an invisible tag character"),
    ]
    if not multiline:
        checks.append((_BIDI_CONTROL, text, "a text-direction override"))
    for pattern, subject, phrase in checks:
        found = pattern.search(subject)
        if found:
            return f"{phrase} (U+{ord(found.group()):04X})"
    return None


def replace_unfit_characters(text: str) -> str:
    """Put U+FFFD for what HTML and XML 1.0 may not carry: controls, half characters, and so on."""
    # None of them is printable; to ask for that takes a twentieth of the time.
    if text.replace("\n", "").isprintable():
        return text
    return str(_UNFIT_FOR_MARKUP.sub("\ufffd", text))


def cut_graphemes(text: str, limit: int) -> str:
    """Give the first `limit` user-perceived characters, never half of one (UAX 29)."""
    if len(text) <= limit:
        return text
    if text.isascii() and "\r" not in text:
        return text[:limit]  # of ASCII only a line end of two characters is one for the reader
    end = 0
    for count, found in enumerate(_GRAPHEME.finditer(text)):
        if count == limit:
            break
        end = found.end()
    return text[:end]


def slugify(text: str, max_length: int = 80) -> str:
    """Make the part of an address out of a title: ASCII where Latin allows, other letters kept.

    The result is never empty ("post" stands in) and is cut at a hyphen where one is near the end.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    spelled = unicodedata.normalize("NFD", folded)
    plain = _LATIN_WITH_MARKS.sub(lambda found: regex.sub(r"\p{M}", "", found.group()), spelled)
    joined = _SLUG_BREAK.sub("-", plain.translate(_ASCII_SPELLING))
    slug = unicodedata.normalize("NFC", joined).strip("-")
    if len(slug) > max_length:
        head = slug[:max_length]
        word_end = head.rfind("-")
        if slug[max_length] != "-" and word_end > max_length // 2:
            head = head[:word_end]
        slug = head.strip("-")
    return slug if regex.search(r"[\p{L}\p{N}]", slug) else "post"
