"""The search: what it finds, in which order, and that no input is too odd for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blog.clock import now
from blog.posts.models import PostStatus
from blog.posts.search import SearchResult, search
from tests.factories import make_post


def found(query: str, *, page: int = 1, per_page: int = 10) -> list[str]:
    return [hit.slug for hit in look_for(query, page=page, per_page=per_page).hits]


def look_for(query: str, *, page: int = 1, per_page: int = 10) -> SearchResult:
    return search(query, now=now(), page=page, per_page=per_page)


def test_all_words_are_required_and_the_last_is_a_beginning(app: Flask) -> None:
    make_post("both", source="A kettle boils on the stove.")
    make_post("one", source="A kettle, cold.")
    assert found("kettle stove") == ["both"]
    assert found("stove kett") == ["both"]
    assert set(found("kett")) == {"both", "one"}
    assert found("kett stove") == []


def test_forms_of_a_word_are_found(app: Flask) -> None:
    make_post("walks", source="She was walking for hours.")
    assert found("walks") == ["walks"]


def test_title_comes_before_tag_and_tag_before_text(app: Flask) -> None:
    filler = " And quite a few other words besides, about this and that." * 3
    make_post("in-text", source="Something about lanterns." + filler)
    make_post("in-tags", tags=("lanterns",), source="Something." + filler)
    make_post("in-title", title="Lanterns", source="Something." + filler)
    assert found("lanterns") == ["in-title", "in-tags", "in-text"]


def test_only_live_posts_are_found(app: Flask) -> None:
    make_post("draft", source="A pelican.", status=PostStatus.DRAFT)
    make_post("scheduled", source="A pelican.", published_at=now() + timedelta(hours=1))
    make_post("live", source="A pelican.")
    result = look_for("pelican")
    assert ([hit.slug for hit in result.hits], result.total) == (["live"], 1)


def test_a_changed_post_is_found_by_its_new_words_alone(app: Flask) -> None:
    make_post("it", source="Oranges.")
    make_post("it", source="Lemons.")
    assert found("lemons") == ["it"]
    assert found("oranges") == []


def test_the_excerpt_marks_matches_and_holds_no_markup(app: Flask) -> None:
    make_post("it", source='Before `<b> & "x"` the **badger** came. \ue000No mark\ue001 of ours.')
    parts = look_for("badger").hits[0].excerpt
    assert [text for text, is_match in parts if is_match] == ["badger"]
    assert '<b> & "x" the badger came.' in "".join(text for text, _ in parts)


def test_scripts_without_spaces_are_found_letter_by_letter(app: Flask) -> None:
    make_post("kanji", title="職場での面接", source="面接の前に準備すること。")
    make_post("party", source="Then we had 🎉 & cake.")
    assert found("面接") == ["kanji"]
    assert found("準備") == ["kanji"]
    assert found("🎉") == ["party"]
    assert found("🎉 準備") == []


def test_pages_of_results_do_not_overlap(app: Flask) -> None:
    for number in range(5):
        make_post(f"p{number}", source="A heron.")
    pages = [found("heron", page=page, per_page=2) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert len({slug for page in pages for slug in page}) == 5
    assert look_for("heron", per_page=2).pages == 3


ODD = [
    "",
    "   ",
    '"',
    "'",
    "'' OR ''",
    '"unclosed heron',
    "heron AND",
    "NOT heron",
    "NEAR(heron, 2",
    "heron*",
    "^heron",
    "{title}: heron",
    "title:heron",
    "-heron",
    "heron + - ( ) : & | ! <->",
    "'heron':* & !x",
    "%",
    "_",
    "\\",
    "heron\x00heron",
    "\x00",
    "\ud800",
    "\ue000heron\ue001",
    "🙂",
    "职场",
    "e\u0301\u0301\u0301",
    "\u0301",
    "\u202eheron",
    "heron; DROP TABLE post",
    "a" * 10_000,
    "heron " * 2_000,
    "界" * 10_000,
    "%" * 10_000,
    '"' * 10_001,
]


@pytest.mark.parametrize("per_page", [2])
def test_no_input_is_an_error(app: Flask, per_page: int) -> None:
    make_post("it", source="A heron.")
    for query in ODD:
        result = look_for(query, per_page=per_page)
        assert result.total in {0, 1}
        assert len(result.query) <= 200
    assert found("heron\x00heron") == ["it"]
    assert found('"unclosed heron') == []
    assert found("heron*") == ["it"]


def test_the_page_answers_any_input(app: Flask, client: FlaskClient) -> None:
    make_post("it", source="A heron.")
    for query in ODD:
        encoded = query.encode("utf-8", "surrogatepass")
        answer = client.get("/search", query_string={"q": encoded})
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers


def test_the_page_shows_hits_and_keeps_robots_out(app: Flask, client: FlaskClient) -> None:
    make_post("it", title="<i>Birds</i>", source="A heron & `<script>` stand here.")
    page = client.get("/search?q=heron").get_data(as_text=True)
    assert '<meta name="robots" content="noindex, follow">' in page
    assert '<a href="/posts/it">&lt;i&gt;Birds&lt;/i&gt;</a>' in page
    assert "<mark>heron</mark> &amp; &lt;script&gt; stand here." in page
    assert 'value="heron"' in page


def test_the_page_says_when_nothing_is_found(app: Flask, client: FlaskClient) -> None:
    page = client.get("/search?q=%22%3E%3Cscript%3E").get_data(as_text=True)
    assert "No post holds all of these words." in page
    assert 'value="&#34;&gt;&lt;script&gt;"' in page


@pytest.mark.parametrize("number", ["0", "-1", "2", "99999999999999999999"])
def test_a_page_beyond_the_results_is_not_there(
    app: Flask, client: FlaskClient, number: str
) -> None:
    make_post("it", source="A heron.")
    assert client.get(f"/search?q=heron&page={number}").status_code == 404
