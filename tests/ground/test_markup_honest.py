"""Honest Markdown and honest stored comments keep their words and their structure."""

import json
import unicodedata
from pathlib import Path

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from blog.markup import (
    POLICY_VERSION,
    clean_comment_html,
    clean_post_html,
    count_links,
    excerpt,
    plain_text,
    render_comment,
    render_post,
)
from blog.naming import is_blank
from tests.ground.html_checker import POST, READER, problems

HONEST: list[dict[str, str]] = json.loads(
    (Path(__file__).parent / "data" / "honest_markdown.json").read_text(encoding="utf-8")
)
TEXTS = st.text(
    st.one_of(
        st.sampled_from("<>&\"'`*_~[]()!#-+=|\\/:;\n \t\r.1ab\x00\u202e\u2069\u0338\u0301\u200b"),
        st.characters(),
    ),
    max_size=80,
)  # fmt: skip
FRAGMENTS = st.lists(
    st.sampled_from(
        ["<b>", "</b>", "<p>", "</p>", "<ul>", "<li>", "</li>", "</ul>", "<ol start=2>",
         "<blockquote>",
         "</blockquote>", "<pre>", "</pre>", "<code class=language-a>", "</code>",
         "<a href=http://a.b>",
         "</a>", "<table>", "<tr>", "<td>", "</table>", "<div>", "</div>", "<dl>", "<dt>",
         "<dd>", "<h1>",
         "</h1>", "<img src=/a>", "<br>", "<script>", "</script>", "<!--", "-->", "word", " ",
         "\n", "\n\n",
         "> ", "- ", "1. ", "```\n", "`", "*", "**", "_", "[a](http://b.c)", "![a](/b)",
         "\u202e", "\u0338",
         "http://a.b/c", "&lt;", "&", "<figure>", "<figcaption>", "<details>", "<summary>",
         "<svg>", '"'],
    ),
    max_size=30,
).map("".join)  # fmt: skip


def _words(served: str) -> str:
    tree = html5lib.parseFragment(served, container="div", treebuilder="etree")
    return "".join("".join(tree.itertext()).split())


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case["name"])
def test_honest_markdown_gets_its_structure(case: dict[str, str]) -> None:
    assert render_comment(case["source"]) == case["served"]


@pytest.mark.parametrize("case", HONEST, ids=lambda case: case["name"])
def test_every_word_of_honest_markdown_is_shown(case: dict[str, str]) -> None:
    reference = MarkdownIt("commonmark").enable("strikethrough").render(case["source"])
    shown = plain_text(render_comment(case["source"]))
    words = [word.strip("<>") for word in plain_text(reference).split()]
    assert [word for word in words if word not in shown] == []


def test_the_policy_has_a_version_that_rows_can_carry() -> None:
    assert POLICY_VERSION >= 1


@pytest.mark.parametrize(
    ("stored", "served"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"),
        ("a <strong>b</strong> <em>c</em>", "<p>a <strong>b</strong> <em>c</em></p>"),
        ("<p>a</p>\n<p>b</p>", "<p>a</p>\n<p>b</p>"),
        ("if a < b && c > d", "<p>if a &lt; b &amp;&amp; c &gt; d</p>"),
        ("2 * 3 * 4 and snake_case_name", "<p>2 * 3 * 4 and snake_case_name</p>"),
        ("Tom &amp; Jerry &#8217;s", "<p>Tom &amp; Jerry ’s</p>"),
        ("<blockquote>a\n\nb</blockquote>c", "<blockquote><p>a</p><p>b</p></blockquote>\n<p>c</p>"),
        ("<pre>  a\n\n  b</pre>", "<pre>  a\n\n  b</pre>"),
        ("<span style='x'>a</span> <u>b</u>", "<p>a b</p>"),
        ("<div>a</div><div>b</div>", "<p>a</p>\n<p>b</p>"),
        ("a word <b of", "<p>a word &lt;b of</p>"),
        ("see <unknown> here", "<p>see &lt;unknown&gt; here</p>"),
        ("<h2>a</h2>", "<p><strong>a</strong></p>"),
        ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "<ul><li>a</li><li>b</li></ul>"),
    ],
)
def test_a_stored_comment_keeps_what_wordpress_showed(stored: str, served: str) -> None:
    assert clean_comment_html(stored) == served


def test_bare_addresses_become_links_and_end_where_a_reader_sees_their_end() -> None:
    ends = {
        "http://a.example/b.": "http://a.example/b",
        "(http://a.example/b)": "http://a.example/b",
        "http://a.example/b_(c), d": "http://a.example/b_(c)",
        "**http://a.example/b**": "http://a.example/b",
        "http://a.example/a_b_c*d*": "http://a.example/a_b_c*d",
        "http://a.example/?a=1&b=2;": "http://a.example/?a=1&amp;b=2",
    }
    for source, address in ends.items():
        assert f'<a href="{address}"' in render_comment(source), source
    for source in ("xhttp://a.example", "`http://a.example`", "http://", "ftp://a.example"):
        assert count_links(render_comment(source)) == 0, source


def test_links_are_counted_as_anchors_that_lead_somewhere() -> None:
    assert count_links(render_comment("[a](http://b.example) http://c.example <a>x</a>")) == 2
    assert count_links("<a href=''>x</a><a id=y>z</a><A HREF=/w>w</A>") == 1


def test_plain_text_puts_blocks_on_lines_and_leaves_out_what_is_not_seen() -> None:
    html = "<p>a <b>b</b></p><ul><li>c</li><li>d</li></ul>e<br>f<script>g</script>&lt;h&gt;"
    assert plain_text(html) == "a b\nc\nd\ne\nf<h>"


def test_an_excerpt_ends_at_a_word_or_letter_and_says_that_there_is_more() -> None:
    assert excerpt("<p>one two</p><p>three, four</p>", 3) == "one two three…"
    assert excerpt("<p>one two</p>", 2) == "one two"
    family = "👨\u200d👩\u200d👧\u200d👦"
    assert excerpt(f"<p>{family * 100}</p>", 2) == family * 24 + "…"


@settings(max_examples=150, deadline=None)
@given(st.one_of(TEXTS, FRAGMENTS))
def test_any_text_is_served_harmless_and_none_is_lost(source: str) -> None:
    for door in (render_comment, clean_comment_html):
        served = door(source)
        assert problems(served, READER) == []
        assert is_blank(_words(served)) == is_blank(source)


@settings(max_examples=150, deadline=None)
@given(st.one_of(TEXTS, FRAGMENTS))
def test_any_post_is_served_harmless_and_cleaned_once_for_all(source: str) -> None:
    assert problems(render_post(source), POST) == []
    once = clean_post_html(source)
    assert problems(once, POST) == []
    assert clean_post_html(once) == once


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40))
def test_plain_words_come_back_as_they_were_typed(words: str) -> None:
    assert plain_text(render_comment(words)) == unicodedata.normalize("NFC", words)
