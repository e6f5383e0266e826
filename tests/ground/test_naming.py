"""Names, titles, texts and slugs in the form in which they are kept."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blog.naming import (
    clean_line,
    cut_graphemes,
    forbidden_characters,
    is_blank,
    normalise_text,
    replace_unfit_characters,
    slugify,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  a  b ", "a b"),
        ("a\u00a0\u2003b\u2028c\u3000d", "a b c d"),
        ("e\u0301", "é"),
        ("a\tb\nc", "a b c"),
        ("\u200bа", "\u200bа"),
        ("", ""),
    ],
)
def test_a_line_has_single_spaces_and_composed_letters(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\r\nb\rc\n", "a\nb\nc"),
        ("  a\n\n  b  \n", "  a\n\n  b"),
        ("e\u0301\tx", "é\tx"),
        ("a\u202eb", "a\u202eb"),
    ],
)
def test_a_text_keeps_all_but_the_form_of_its_newlines(typed: str, kept: str) -> None:
    assert normalise_text(typed) == kept


@pytest.mark.parametrize(
    ("text", "line", "body"),
    [
        ("a b", None, None),
        ("João 👩\u200d🚀 नमस्ते", None, None),
        ("a\u0007", "a control character (U+0007)", "a control character (U+0007)"),
        ("a\u0000", "a control character (U+0000)", "a control character (U+0000)"),
        ("a\u007f", "a control character (U+007F)", "a control character (U+007F)"),
        ("a\u0085", "a control character (U+0085)", "a control character (U+0085)"),
        ("a\nb", "a control character (U+000A)", None),
        ("a\tb", "a control character (U+0009)", None),
        ("a\u202eb", "a text-direction override (U+202E)", None),
        ("a\u2067b", "a text-direction override (U+2067)", None),
        ("a\uffff", *["a character that is not a character (U+FFFF)"] * 2),
        ("a\ufdd0", *["a character that is not a character (U+FDD0)"] * 2),
        ("a\U0001fffe", *["a character that is not a character (U+1FFFE)"] * 2),
        ("a\ud800", *["half of a character (U+D800)"] * 2),
        ("a\ufff9b", *["an annotation mark (U+FFF9)"] * 2),
        ("a\U000e0041", *["an invisible tag character (U+E0041)"] * 2),
        ("a\U000e0001", *["an invisible tag character (U+E0001)"] * 2),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", None, None),
    ],
    ids=ascii,
)
def test_a_forbidden_character_is_named(text: str, line: str | None, body: str | None) -> None:
    assert forbidden_characters(text, multiline=False) == line
    assert forbidden_characters(text, multiline=True) == body


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\t", "\u00a0", "\u200b\u200c\u200d", "\u3164", "\u115f\u1160\uffa0", "\u2800",
     "\ufe0f",
     "\u034f", "\u202e\u2066", "\ufeff", "\u00ad", "\u180e", "\U000e0041", "\U0001d159", "\x00"],
    ids=ascii,
)  # fmt: skip
def test_what_nobody_can_see_is_blank(text: str) -> None:
    assert is_blank(text)
    assert not is_blank(text + "a")


def test_characters_unfit_for_markup_are_replaced_one_for_one() -> None:
    assert (
        replace_unfit_characters("a\x00\x1b\x85\ufffe\ud800b\n\t") == "a" + "\ufffd" * 5 + "b\n\t"
    )


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("Crème Brûlée & Straße", "creme-brulee-strasse"),
        ("Łódź Øl Æsop þing", "lodz-ol-aesop-thing"),
        ("Привет, мир", "привет-мир"),
        ("ё й", "ё-й"),
        ("東京タワー", "東京タワー"),
        ("हिन्दी में", "हिन्दी-में"),
        ("ﬁne Ｆｕｌｌ №5", "fine-full-no5"),
        ("C++ / C#", "c-c"),
        ("--a--", "a"),
        ("!!!", "post"),
        ("", "post"),
        ("\u0301", "post"),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_a_slug_is_made_of_a_title(title: str, slug: str) -> None:
    assert slugify(title) == slug


def test_a_long_slug_ends_at_a_word() -> None:
    assert slugify("one two three four", 12) == "one-two"
    assert slugify("one two three four", 13) == "one-two-three"
    assert slugify("a" * 100, 10) == "a" * 10


def test_a_cut_never_splits_what_a_reader_takes_for_one_letter() -> None:
    family = "👨\u200d👩\u200d👧"
    assert cut_graphemes(family * 3, 2) == family * 2
    assert cut_graphemes("e\u0301e\u0301", 1) == "e\u0301"
    assert cut_graphemes("🇩🇪🇫🇷", 1) == "🇩🇪"
    assert cut_graphemes("abc", 5) == "abc"
    assert cut_graphemes("abc", 0) == ""


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_line(clean_line(text)) == clean_line(text)
    assert normalise_text(normalise_text(text)) == normalise_text(text)
    assert unicodedata.is_normalized("NFC", clean_line(text))
    assert is_blank(text) or clean_line(text) != ""


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.integers(min_value=1, max_value=30))
def test_a_slug_is_short_never_empty_and_stable(text: str, length: int) -> None:
    slug = slugify(text, length)
    assert slug
    assert len(slug) <= max(length, len("post"))
    assert not set(slug) & set(" /?#%&.\\<>\"'")
    assert slugify(slug, 80) == slug
