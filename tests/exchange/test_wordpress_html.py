"""Post bodies as WordPress keeps them, turned into plain HTML."""

from __future__ import annotations

import time

import pytest

from blog.exchange.wordpress_html import has_blocks, media_urls, to_plain_html

FILES = {1: "https://a.example/1.jpg", 2: "https://a.example/2.png", 3: "https://a.example/3.mp3"}


def plain(body: str) -> str:
    return to_plain_html(body, attachments=FILES)[0].strip()


def notes(body: str) -> list[str]:
    return to_plain_html(body, attachments=FILES)[1]


CASES = {
    "old caption": (
        '[caption id="x" align="alignleft" width="300" caption="Low tide"]'
        '<a href="/a"><img src="/b"></a>[/caption]',
        '<figure class="wp-caption alignleft"><a href="/a"><img src="/b"></a>'
        "<figcaption>Low tide</figcaption></figure>",
    ),
    "new caption": (
        '[caption align="alignright"]<img src="/b" /> Low <em>tide</em>[/caption]',
        '<figure class="wp-caption alignright"><img src="/b" />'
        "<figcaption>Low <em>tide</em></figcaption></figure>",
    ),
    "caption with an odd alignment": (
        '[caption align="x onload"]<img src="/b">[/caption]',
        '<figure class="wp-caption"><img src="/b"></figure>',
    ),
    "caption without a picture": (
        "[caption]words only[/caption]",
        '<figure class="wp-caption">words only</figure>',
    ),
    "caption never closed": (
        '[caption caption="Kept"]<img src="/b"> and on',
        '<p>Kept</p>\n\n<img src="/b"> and on',
    ),
    "gallery": (
        '[gallery ids="1,2"]',
        '<figure><img src="https://a.example/1.jpg" alt=""></figure>\n'
        '<figure><img src="https://a.example/2.png" alt=""></figure>',
    ),
    "audio": (
        '[audio mp3="https://a.example/song%20one.mp3"][/audio]',
        '<p><a href="https://a.example/song%20one.mp3">song one.mp3</a></p>',
    ),
    "audio of old": (
        "[audio https://a.example/x.mp3|titles=y]",
        '<p><a href="https://a.example/x.mp3">x.mp3</a></p>',
    ),
    "video": (
        '[video width="9" mp4="https://a.example/v.mp4" webm="https://a.example/v.webm"][/video]',
        '<p><a href="https://a.example/v.mp4">v.mp4</a></p>',
    ),
    "playlist": (
        '[playlist ids="3"]',
        '<ul>\n<li><a href="https://a.example/3.mp3">3.mp3</a></li>\n</ul>',
    ),
    "embed": (
        '[embed width="5"]https://v.example/?a=1&amp;b=2[/embed]',
        '<p><a href="https://v.example/?a=1&amp;b=2">https://v.example/?a=1&amp;b=2</a></p>',
    ),
    "video service": (
        "[youtube=https://v.example/watch?v=1&w=2]",
        '<p><a href="https://v.example/watch?v=1&amp;w=2">https://v.example/watch?v=1&amp;w=2</a></p>',
    ),
    "address on its own line": (
        "Look:\nhttps://v.example/1\nand https://v.example/2",
        'Look:\n<a href="https://v.example/1">https://v.example/1</a>\nand https://v.example/2',
    ),
    "address alone in a paragraph": (
        "<p>https://v.example/1</p>",
        '<p><a href="https://v.example/1">https://v.example/1</a></p>',
    ),
    "address inside a link": (
        '<a href="/x">\nhttps://v.example/1\n</a>',
        '<a href="/x">\nhttps://v.example/1\n</a>',
    ),
    "code kept escaped": (
        '[sourcecode language="Python"]\nif a &lt; b: [gallery]\n[/sourcecode]',
        '<pre><code class="language-python">if a &lt; b: [gallery]</code></pre>',
    ),
    "code kept raw": (
        '[cc lang="c++"]<b> &lt;[/cc]',
        '<pre><code class="language-cpp">&lt;b&gt; &amp;lt;</code></pre>',
    ),
    "code without a language": ("[code]a[0][/code]", "<pre><code>a[0]</code></pre>"),
    "language as a name": (
        "[php]echo 1;[/php]",
        '<pre><code class="language-php">echo 1;</code></pre>',
    ),
    "language in prose": ("I like [python] snakes", "I like [python] snakes"),
    "code with a hostile language": (
        "[code lang='x\" onclick=\"y']1[/code]",
        "<pre><code>1</code></pre>",
    ),
    "gist": (
        '[gist id="ab12"]',
        '<p><a href="https://gist.github.com/ab12">https://gist.github.com/ab12</a></p>',
    ),
    "prose in brackets": ("so [sic] it [1] goes [see below]", "so [sic] it [1] goes [see below]"),
    "escaped shortcode": ("write [[gallery ids=1]] so", "write [gallery ids=1] so"),
    "escaped pair": ("[[code]x[/code]] so", "[code]x[/code] so"),
    "wiki link": ("see [[Tide Tables]]", "see [[Tide Tables]]"),
    "preformatted": (
        "<pre>[gallery] <!--more--></pre><code>[[gallery]]</code>",
        "<pre>[gallery] <!--more--></pre><code>[[gallery]]</code>",
    ),
    "inside a tag": ('<a title="[gallery] > x">y</a>', '<a title="[gallery] > x">y</a>'),
    "blocks": (
        '<!-- wp:paragraph {"align":"left"} -->\n<p>x</p>\n<!-- /wp:paragraph -->',
        "<p>x</p>",
    ),
    "more": ("a<!--more Read on-->b", "ab"),
    "page break": ("a<!--nextpage-->b", "a\n\n<hr>\n\nb"),
    "comment never closed": ("a <!-- b c", "a &lt;!-- b c"),
    "less and greater": ("1 < 2 > 0 [", "1 < 2 > 0 ["),
}


@pytest.mark.parametrize("case", CASES)
def test_wordpress_notation_becomes_plain_html(case: str) -> None:
    body, expected = CASES[case]
    assert plain(body) == expected


def test_captions_in_captions_lose_no_text() -> None:
    made = plain(
        '[caption]<img src="/1"> one [caption]<img src="/2"> two[/caption] rest[/caption] end'
    )
    assert made.count("<figure") == 1
    for word in ("/1", "one", "/2", "two", "rest", "end"):
        assert word in made
    assert "caption]" not in made


def test_a_gallery_without_a_list_shows_the_pictures_attached_to_its_post() -> None:
    made, told = to_plain_html('[gallery exclude="9"]', attachments=FILES, attached=[2, 3, 9, 1])
    assert media_urls(made) == [FILES[2], FILES[1]]
    assert told == []


def test_a_gallery_of_unknown_files_is_noted() -> None:
    assert plain('[gallery ids="8,9"]') == ""
    assert notes('[gallery ids="8,9"]') == [
        "A [gallery] names a file that is not in the export. (2 times)"
    ]


def test_an_endless_gallery_is_cut() -> None:
    made, told = to_plain_html(f'[gallery ids="{"1," * 100_000}"]', attachments=FILES)
    assert made.count("<img") == 500
    assert "cut to its first 500" in told[0]


def test_a_plugin_shortcode_stays_and_is_noted_once() -> None:
    body = '[contact-form-7 id="1"] and [vc_row]x[/vc_row] and [contact-form-7 id="2"]'
    assert plain(body) == body
    assert [note.split("]")[0] for note in notes(body)] == [
        "The shortcode [contact-form-7",
        "The shortcode [vc_row",
    ]


def test_prose_in_brackets_is_not_noted() -> None:
    assert notes("so [sic] it [1] goes [see below] [a-b] [[Page]]") == []


def test_blocks_filled_in_while_serving_are_noted() -> None:
    body = '<!-- wp:latest-posts /-->\n<!-- wp:calendar {"a":1} /-->\n<!-- wp:separator /-->'
    assert notes(body) == [
        "Left out, because WordPress fills them in while serving: calendar, latest-posts."
    ]


def test_block_bodies_are_recognised() -> None:
    assert has_blocks("<!-- wp:paragraph --><p>x</p><!-- /wp:paragraph -->")
    assert not has_blocks("<p>x</p><!--more-->")


def test_media_addresses_are_listed_once_in_order() -> None:
    markup = (
        '<a href="/wp-content/uploads/plan.pdf">p</a><a href="/about">q</a>'
        """<img alt="a > b" src="/1.jpg"><video poster='/2.png' src='/3.mp4'></video>"""
        "<source src=/4.ogg><a href='/5.JPG?x=1&amp;y=2'>r</a>"
        '<img src="/1.jpg"><img src="data:image/png;base64,AA"><img data-src="/6.jpg">'
    )
    assert media_urls(markup) == [
        "/wp-content/uploads/plan.pdf",
        "/1.jpg",
        "/2.png",
        "/3.mp4",
        "/4.ogg",
        "/5.JPG?x=1&y=2",
    ]


HOSTILE = [
    *("[", "[[", "[a", "[x=", "[/caption]", "[caption", "[caption]", '[caption "'),
    *('[caption a="[/caption]', "[caption " + "a" * 50, "[caption]<img >", "[code", "[code]"),
    *("[[code]", "[gallery ids=1]", "[gallery ids='1", "[embed]http://a", "[youtube a= a=", "] ["),
    *("<", "<a", '<a "', "<a '\"", '<img src="', "<img src=a ", "<pre>", "<code><pre>"),
    *("<!--", "<!-->", "<!-- wp:a ", "http://x\n", "\nhttp://x", "   \t", "<p>http://a", "İ[code]"),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_body_takes_no_longer_than_an_honest_one(unit: str) -> None:
    for ending in ("", "]", '"]', ">", "-->", "[/caption]", "[/code]"):
        body = (unit * (200_000 // len(unit) + 1))[:200_000] + ending
        started = time.monotonic()
        made, _ = to_plain_html(body, attachments=FILES)
        media_urls(made)
        media_urls(body)
        assert time.monotonic() - started < 2
