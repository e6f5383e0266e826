"""What goes without bleach is what bleach would have given, and nothing that could do harm."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from blog import markup
from blog.markup import clean_comment_html, render_comment
from blog.text import plainhtml
from tests.ground.test_markup_limits import PARTS

DATA = Path(__file__).parent / "data"
DOORS: list[Callable[[str], str]] = [render_comment, clean_comment_html]
MORE_PARTS = [
    *PARTS,
    "a",
    "x ",
    "\n\n",
    "* b\n",
    "> c\n",
    "    d\n",
    "```\ne\n```\n",
    "\u00e9 ",
    "\t",
]


def mixtures(count: int) -> list[str]:
    chance = random.Random(55)
    return ["".join(chance.choices(MORE_PARTS, k=chance.randrange(1, 14))) for _ in range(count)]


def typed_texts() -> list[str]:
    texts = []
    for name in ("honest_markdown.json", "hostile_texts.json"):
        cases = json.loads((DATA / name).read_text(encoding="utf-8"))
        texts += [word for case in cases for word in case.values() if isinstance(word, str)]
    return [*texts, *(part * times for part in PARTS for times in (1, 2, 7)), *mixtures(3_000)]


@pytest.mark.parametrize("door", DOORS)
def test_what_goes_without_bleach_is_what_bleach_gives(
    door: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = typed_texts()
    quick = [door(text) for text in texts]
    taken = [plainhtml.is_plain_html(html) for html in quick]
    monkeypatch.setattr(markup, "is_plain_html", lambda _written: False)
    assert [door(text) for text in texts] == quick
    assert 0.3 < sum(taken) / len(taken) < 0.9  # both ways are gone by many


@pytest.mark.parametrize(
    "written",
    [
        "",
        "words",
        "<p>a &lt;b&gt; &amp; c</p>\n<p>d<br>\ne</p>",
        "<ul><li><em>a</em> <strong>b</strong></li></ul>",
        "<blockquote><p><code>x</code></p></blockquote>",
        "<pre><code>a\n\tb</code></pre>",
    ],
)
def test_text_and_plain_tags_closed_in_their_place_are_plain(written: str) -> None:
    assert plainhtml.is_plain_html(written)


@pytest.mark.parametrize(
    "written",
    [
        '<p title="x">a</p>',
        "<p >a</p>",
        "<P>a</P>",
        '<a href="https://a.example">a</a>',
        "<script>a</script>",
        "<svg></svg>",
        "<img>",
        "<div>a</div>",
        "<!-- a -->",
        "<p>a",
        "a</p>",
        "<p><em>a</p></em>",
        "</p><p>",
        "a < b",
        "a & b",
        "a > b",
        "&lt",
        "&#60;",
        "&quot;",
        "&LT;",
        "<br/>",
        "</br>",
        "<p/>",
        "<p\n>a</p>",
        "\x00",
        "\x0b",
        "a\r\nb",
        "\x7f",
        "\x85",
        "\ud800",
        "\ufffe",
        "<pre>\na</pre>",
        "a<",
        "a</",
        "a&",
        "<p><p>a</p></p>",
        "<p><ul><li>a</li></ul></p>",
        "<em><blockquote>a</blockquote></em>",
        "<ul><li><li>a</li></li></ul>",
        "<li>a</li>",
    ],
)
def test_anything_else_is_left_to_bleach(written: str) -> None:
    assert not plainhtml.is_plain_html(written)


def test_every_element_of_readers_without_attributes_is_plain_but_links() -> None:
    from blog.text.readertags import READER_ELEMENTS

    paired = READER_ELEMENTS - {"br"}
    plain = {name for name in paired if plainhtml.is_plain_html(f"<{name}>a</{name}>")}
    assert paired - plain == {"a", "li"}
    assert plainhtml.is_plain_html("<ol><li>a</li></ol>")
