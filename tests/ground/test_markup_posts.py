"""Posts: Markdown of the owner, HTML of an import, WordPress's paragraphs."""

import re

import pytest

from blog.markup import autop, clean_post_html, clean_post_html_with_notes, render_post

LAZY = 'loading="lazy" decoding="async"'


@pytest.mark.parametrize(
    ("source", "served"),
    [
        ("# One\n\n## Two\n\n#### Four",
        '<h2 id="one">One</h2>\n<h2 id="two">Two</h2>\n<h4 id="four">Four</h4>'),
        ("## Same\n\n## Same", '<h2 id="same">Same</h2>\n<h2 id="same-2">Same</h2>'),
        ("## Comments", '<h2 id="section-comments">Comments</h2>'),
        ("## Über *uns*", '<h2 id="uber-uns">Über <em>uns</em></h2>'),
        ("## 你好", '<h2 id="你好">你好</h2>'),
        ("a\nb", "<p>a\nb</p>"),
        ("~~a~~ https://a.example/b",
        '<p><s>a</s> <a href="https://a.example/b">https://a.example/b</a></p>'),
        ('![a](/b.png "c")',
        f'<figure><img src="/b.png" alt="a" {LAZY}><figcaption>c</figcaption></figure>'),
        ("![a](/b.png)", f'<p><img src="/b.png" alt="a" {LAZY}></p>'),
        ("![a](javascript:x)", "<p>a</p>"),
        ("[a](/b) [c](#d) [e](mailto:f@g.example?subject=h) [i](javascript:x)",
         '<p><a href="/b">a</a> <a href="#d">c</a> '
         '<a href="mailto:f@g.example?subject=h">e</a> i</p>'),
        ("|a|b|\n|:-|-:|\n|1|2|",
         '<table tabindex="0"><thead><tr><th class="has-text-align-left">a</th>'
         '<th class="has-text-align-right">b</th></tr></thead><tbody><tr>'
         '<td class="has-text-align-left">1</td><td class="has-text-align-right">2</td></tr>'
         "</tbody></table>"),
        ("```c++\nint\n```", '<pre tabindex="0"><code class="language-c++">int\n</code></pre>'),
        ("<div class='aligncenter staff'>\n\n*a*\n\n</div>",
        '<div class="aligncenter"><p><em>a</em></p></div>'),
        ("a <script>b</script> c <kbd>d</kbd>", "<p>a  c <kbd>d</kbd></p>"),
        ("a <script> b\n\nc", "<p>a </p>\n<p>c</p>"),
        ("<details open>\n<summary>a</summary>\n\nb\n\n</details>",
         "<details open><summary>a</summary><p>b</p></details>"),
        ("***", "<hr>"),
    ],
)  # fmt: skip
def test_a_post_in_markdown_gets_its_structure(source: str, served: str) -> None:
    assert render_post(source) == served


@pytest.mark.parametrize(
    ("source", "served"),
    [
        ("<h1>a</h1>", "<h2>a</h2>"),
        ("<table><caption>c</caption><tr><th scope=col colspan=2>a<tr><td>b<td>c</table>",
         '<table tabindex="0"><caption>c</caption><tbody><tr><th scope="col" colspan="2">a</th></tr>'  # noqa: E501
         "<tr><td>b</td><td>c</td></tr></tbody></table>"),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt><dd>d</dd></dl>"),
        ("<ol start=3 reversed type=a><li value=9>x</ol>",
         '<ol start="3" reversed="" type="a"><li value="9">x</li></ol>'),
        ("<div id=x style=y><div class=z>a</div> b</div>", "<p>a</p>\n<p> b</p>"),
        ("<span style=x>a</span><font color=red>b</font>", "<p>ab</p>"),
        ("<figure class='wp-caption alignleft x'><img src=a.png width=10 height=20 onerror=z>"
         "<figcaption class=wp-caption-text>b</figcaption></figure>",
         f'<figure class="wp-caption alignleft"><img src="a.png" width="10" height="20" alt="" '
         f'{LAZY}><figcaption class="wp-caption-text">b</figcaption></figure>'),
        ("<time datetime=2020-01-01>a</time> <mark>c</mark> <sub>d</sub>",
         '<p><time datetime="2020-01-01">a</time> <mark>c</mark> <sub>d</sub></p>'),
        ("<h2 id=intro>a</h2><h2 id=intro>b</h2><h3 id=location>c</h3><a id=comment-3>d</a>",
         '<h2 id="intro">a</h2>\n<h2>b</h2>\n<h3>c</h3>\n<p>d</p>'),
        ("<img src=data:image/png;base64,AA alt=words>", "<p>words</p>"),
        ("<audio src=/a.mp3></audio><video poster=/p.png><source src=/v.mp4></video>",
         '<p><audio src="/a.mp3" controls></audio><video poster="/p.png" controls>'
         '<source src="/v.mp4"></video></p>'),
        ("a<li>b</li>c", "<p>a</p>\n<p>b</p>\n<p>c</p>"),
        ("<p>a<caption>b<td>c", "<p>a</p>\n<p>b</p>\n<p>c</p>"),
        ("<table><td>a<caption>b</table>",
         '<table tabindex="0"><tbody><tr><td>a</td></tr></tbody><caption>b</caption></table>'),
        ("<p>a<p>b", "<p>a</p>\n<p>b</p>"),
        ("<pre class=language-js>a\n  b</pre>", '<pre class="language-js" tabindex="0">a\n  b</pre>'),  # noqa: E501
        ("<!-- wp:paragraph --><p>a</p><!-- /wp:paragraph -->", "<p>a</p>"),
    ],
)  # fmt: skip
def test_an_imported_post_keeps_what_it_may_hold(source: str, served: str) -> None:
    assert clean_post_html(source) == served


def test_what_an_import_leaves_out_is_named_once_for_each_kind() -> None:
    html, notes = clean_post_html_with_notes(
        "<p onclick=a onload=b>x</p><script>1</script><script>2</script><style>3</style>"
        "<iframe src=https://video.example/embed/1></iframe><object data=x>4</object>"
        "<form><input name=q><button>go</button></form><a href=javascript:5>y</a>"
    )
    assert re.sub(r"<[^>]*>", "", html).split() == ["x", "https://video.example/embed/1", "go", "y"]
    assert '<a href="https://video.example/embed/1">' in html
    assert notes == [
        "dropped an event attribute (2 times)",
        "dropped <script> (2 times)",
        "dropped <style>",
        "made a link of <iframe>",
        "dropped <object>",
        "dropped <form>",
        "dropped <input>",
        "dropped <button>",
        "dropped the href of <a>",
    ]


def test_a_harmless_post_has_no_notes() -> None:
    html = "<div class=x><p>a <span>b</span></p><h2 id=c>d</h2></div>"
    assert clean_post_html_with_notes(html)[1] == []


@pytest.mark.parametrize(
    ("classic", "paragraphs"),
    [
        ("a\n\nb", "<p>a</p>\n<p>b</p>\n"),
        ("a\nb", "<p>a<br>\nb</p>\n"),
        ("a<br />\nb", "<p>a<br />b</p>\n"),
        ("a\r\n\r\nb", "<p>a</p>\n<p>b</p>\n"),
        ("a\n \n\n\nb\n", "<p>a</p>\n<p>b</p>\n"),
        (
            "<h2>a</h2>\nb\n<ul>\n<li>c</li>\n</ul>\nd",
            "<h2>a</h2><p>b</p>\n<ul><li>c</li></ul><p>d</p>\n",
        ),
        ("<blockquote>a\n\nb</blockquote>", "<blockquote><p>a</p>\n<p>b</p>\n</blockquote>"),
        ("<pre>a\n\n  b</pre>", "<pre>a\n\n  b</pre>"),
        ("<script>a\n\nb</script>", "<script>a\n\nb</script>"),
        ("<p>a</p>\n\nb", "<p>a</p><p>b</p>\n"),
        ("<b>a\n\nb</b>", "<p><b>a</p>\n<p>b</b></p>\n"),
        ("<abbr title='a\n\nb'>c</abbr>", "<p><abbr title='a\n\nb'>c</abbr></p>\n"),
        ("a\n\n<!--more-->\n\nb", "<p>a</p>\n<!--more--><p>b</p>\n"),
        ("<!-- wp:paragraph -->\n<p>a\nb</p>", "<!-- wp:paragraph -->\n<p>a\nb</p>"),
        ("<ul><li>a\n\nb</li></ul>", "<ul><li><p>a</p>\n<p>b</p>\n</li></ul>"),
        ("", ""),
        ("1 < 2\n\n3", "<p>1 &lt; 2</p>\n<p>3</p>\n"),
        ("a <b\n\nc", "<p>a &lt;b</p>\n<p>c</p>\n"),
    ],
)
def test_double_breaks_of_the_classic_editor_become_paragraphs(
    classic: str, paragraphs: str
) -> None:
    assert autop(classic) == paragraphs


def test_paragraphs_and_cleaning_together_give_what_wordpress_showed() -> None:
    body = "Intro\nline\n\n<h2>Head</h2>\nText <b>bold</b>\n\n<pre>  x\n\n  y</pre>\nEnd"
    assert clean_post_html(autop(body)) == (
        "<p>Intro<br>\nline</p>\n<h2>Head</h2>\n<p>Text <b>bold</b></p>\n"
        '<pre tabindex="0">  x\n\n  y</pre>\n<p>End</p>'
    )
