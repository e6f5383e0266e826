"""The cost of a text grows with its length, and depth has an end."""

import time
from collections.abc import Callable

import pytest

from blog.markup import (
    autop,
    clean_comment_html,
    clean_post_html,
    count_links,
    excerpt,
    plain_text,
    render_comment,
    render_post,
)
from tests.ground.html_checker import READER, problems

LONGEST = 65_525
PARTS = [
    "> ", ">", "- ", "- \n", "1. ", "* a\n\n", "  - a\n", "[", "![[]()", "![", "[a](", "](", "[x] ",
    "<p><b><p><i>", "<b><i>", "<b><i>\n\n", "<b>", "</b>", "<b><i></b></i>", "<ul><li>", "<li>",
    "<blockquote>", "<blockquote>\n\n", "<a href='http://a.example'>", '<a b="', "<a b='", "<a ",
    "*a ", "_", "*", "a*", "*a*", "**a**", "*a_", "**a *b __c _d ", "`", "`a``b```c", "~", "~~a",
    "<![CDATA[", "<!--", "<!-- a --->", "<?", "<!A", "<", "&", "&amp;", "&#x", "\\", "\n", "a\n",
    "a\n\n", "# \n", "# a\n", "a\n=\n", "```\n", "|a|\n|-|\n", "[a]: http://b.example\n",
    "[a]: b 'c\n",
    "http://a.example/c ", "http://", "http://@", "http://a(", "@", "a@b.example ", "www.", "://",
    "[a](http://b.example) ", "[](http://b.example)", "[a.example](http://b.example) ",
    "<http://a.b>",
    "\u202e", "\u2066\u202a\u2069", "\x00", "e\u0301", "\u0338", "<table><tr><td>", "<dl><dt>",
    "<div>",
    "<span>", "<script>", "<style>", "<svg>", "<br>", "<img src=/a>",
    "<video src=/a><source src=/b>",
]  # fmt: skip
DOORS: list[Callable[[str], object]] = [
    render_comment,
    clean_comment_html,
    render_post,
    clean_post_html,
]
READERS_OF_HTML: list[Callable[[str], object]] = [autop, plain_text, excerpt, count_links]


def _seconds(act: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    act(text)
    return time.process_time() - start


@pytest.mark.parametrize(
    "door", DOORS + READERS_OF_HTML, ids=lambda door: str(getattr(door, "__name__", ""))
)
def test_twice_the_text_costs_about_twice_the_time(door: Callable[[str], object]) -> None:
    """A square law costs 16 times as much for four times the length; 9 leaves room for noise."""
    door("warm *up* <b>once</b>")
    assert [part for part in PARTS if _grows_as_the_square(door, part)] == []


def _grows_as_the_square(door: Callable[[str], object], part: str) -> bool:
    # A word at the end, so that none of the texts is shown as it is for want of one.
    short = (part * LONGEST)[: LONGEST // 8] + " word"
    long = (part * LONGEST)[: LONGEST // 2] + " word"
    base, cost = 1.0, 100.0
    # The best of several, in turns, before a busy machine is taken for a slow program.
    for _ in range(6):
        base, cost = min(base, _seconds(door, short)), min(cost, _seconds(door, long))
        # Below half a second the collector of garbage weighs more than the law of growth.
        if cost <= 9 * max(base, 0.05):
            return False
    return True


def test_lists_indented_ever_deeper_cost_no_more_than_their_length() -> None:
    def nested(levels: int) -> str:
        return "".join("  " * level + "- a\n" for level in range(levels))

    assert len(nested(254)) > LONGEST - 1000
    deep = min(_seconds(render_comment, nested(254)) for _ in range(3))
    assert deep <= 9 * max(min(_seconds(render_comment, nested(127)) for _ in range(3)), 0.02)


@pytest.mark.parametrize(
    "source",
    ["> " * 5000 + "word", "- " * 5000 + "word", "<ul><li>" * 5000 + "word",
     "1. > " * 2000 + "word",
     "<blockquote>" * 5000 + "word", "*" * 5000 + "word" + "*" * 5000, "<b>" * 5000 + "word",
     "".join("  " * level + "- word\n" for level in range(250))],
    ids=["quotes", "lists", "raw lists", "lists of quotes", "raw quotes", "stars", "bold",
    "indent"],
)  # fmt: skip
def test_nesting_ends_at_a_bound_and_keeps_the_words(source: str) -> None:
    served = render_comment(source)
    assert "word" in plain_text(served)
    assert problems(served, READER) == []
    for name in ("blockquote", "ul", "ol", "b", "strong"):
        assert served.count(f"<{name}>") <= 21


def test_a_text_of_very_many_elements_keeps_its_words_beyond_the_most_elements() -> None:
    served = render_comment("*a* b\n\n" * 9000)
    assert served.count("<em>") <= 5000
    assert plain_text(served).split() == ["a", "b"] * 9000
    assert problems(served, READER) == []


def test_a_text_at_the_limit_with_markup_across_it_stays_whole() -> None:
    for letter in ("a", "é", "字", "😀"):
        for ending in ("<b>x</b>", "[x](http://a.example)", "&amp;", '<abbr title="x">x</abbr>'):
            for cut in range(0, len(ending), 3):
                source = letter * (LONGEST - cut) + ending[:cut]
                assert problems(render_comment(source), READER) == []


def test_a_reference_used_a_thousand_times_does_not_swell_the_page() -> None:
    source = "[x]: http://a.example/" + "a" * 9_000 + "\n\n" + "[x]" * 6_000
    assert len(render_comment(source)) < 2_000_000


@pytest.mark.parametrize("inner", ["<ul>x", "<table>x", "<table><tr>x", "<ol><li>x", "<dl>x"])
def test_what_stands_at_the_limit_of_open_elements_ends(inner: str) -> None:
    for outer in ("<div>", "<section>", "<blockquote>"):
        for count in (125, 126, 127, 128, 200):
            assert "x" in clean_comment_html(outer * count + inner)
            assert "x" in clean_post_html(outer * count + inner)


def test_direction_marks_cost_no_more_than_letters() -> None:
    def cost(count: int) -> float:
        source = "a" + "\u202a" * count + "\u2069" * count
        start = time.process_time()
        render_comment(source)
        return time.process_time() - start

    cost(100)
    assert cost(32_000) < 6 * cost(8_000) + 0.2
