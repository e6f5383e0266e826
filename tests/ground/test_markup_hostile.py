"""No text of a reader or import becomes anything but harmless, well-nested HTML."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import nh3
import pytest

from blog.markup import clean_comment_html, clean_post_html, render_comment, render_post
from tests.ground.html_checker import POST, READER, Policy, problems, shape

CASES: list[dict[str, str]] = json.loads(
    (Path(__file__).parent / "data" / "hostile_texts.json").read_text(encoding="utf-8")
)
DOORS: list[tuple[Callable[[str], str], Policy]] = [
    (render_comment, READER),
    (clean_comment_html, READER),
    (render_post, POST),
    (clean_post_html, POST),
]
DOOR_NAMES = ["comment", "stored comment", "post", "imported post"]
SCHEMES = [
    "javascript:", "JavaScript:", "java\tscript:", "java\nscript:", "\x01javascript:",
    " javascript:",
    "javascript&colon;", "javascript&#58;", "javascript&#x3a;", "javascript&amp;colon;",
    "&#106;avascript:", "&#x6A&#x61vascript:", "java&Tab;script:", "vbscript:", "livescript:",
    "data:text/html,", "data:image/svg+xml,", "blob:", "file:///", "view-source:", "jar:", "mhtml:",
    "ftp://a.example/", "//", "/\\", "\\\\", "/\t/", "https:", "http:/", "https:///",
    "mailto:?bcc=",
    "x-custom:", "about:", "filesystem:", "ws://a.example/", "res://", "ms-settings:",
    "\u2028javascript:",
]  # fmt: skip
FORMS = [
    "[a]({}alert(1))", "[a](<{}alert(1)>)", "![a]({}alert(1))", "<{}alert(1)>",
    "[a]\n\n[a]: {}alert(1)",
    "<a href={}alert(1)>a</a>", "<a href='{}alert(1)'>a</a>", '<a href="{}alert(1)">a</a>',
    '<A HREF="{}alert(1)" onclick=x>a</A>', '<q cite="{}alert(1)">a</q>',
    "<a\nhref = '{}alert(1)'\n>a</a>",
    '<img src="{}alert(1)">', '<blockquote cite="{}alert(1)">a</blockquote>', "{}alert(1)",
    '<iframe src="{}alert(1)"></iframe>', '<video poster="{}alert(1)" src="{}">',
    '<del cite="{}">a</del>',
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_hostile_text_is_served_as_written_down(case: dict[str, str]) -> None:
    assert render_comment(case["source"]) == case["served"]


@pytest.mark.parametrize(("door", "policy"), DOORS, ids=DOOR_NAMES)
def test_checker_finds_nothing_in_any_hostile_text(
    door: Callable[[str], str], policy: Policy
) -> None:
    found = {case["name"]: problems(door(case["source"]), policy) for case in CASES}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(("door", "policy"), DOORS, ids=DOOR_NAMES)
def test_no_scheme_but_the_allowed_ones_survives_in_any_form(
    door: Callable[[str], str], policy: Policy
) -> None:
    for scheme, form in itertools.product(SCHEMES, FORMS):
        served = door(form.replace("{}", scheme))
        assert problems(served, policy) == [], (scheme, form, served)


@pytest.mark.parametrize(("door", "policy"), DOORS, ids=DOOR_NAMES)
def test_hostile_texts_joined_in_pairs_stay_harmless(
    door: Callable[[str], str], policy: Policy
) -> None:
    sources = [case["source"] for case in CASES]
    for first, second in zip(sources, sources[97:] + sources[:97], strict=True):
        for glue in ("", "\n> "):
            served = door(first + glue + second)
            assert problems(served, policy) == [], (first, glue, second)


def test_a_second_sanitiser_finds_nothing_to_take_away() -> None:
    attributes = {name: set(keys) for name, keys in READER.attributes.items() if keys}
    attributes["a"] = attributes["a"] - {"rel"}
    for case in CASES:
        served = render_comment(case["source"])
        again = nh3.clean(
            served,
            tags=set(READER.attributes),
            attributes=attributes,
            link_rel="nofollow ugc noopener",
            url_schemes={"http", "https", "mailto"},
            strip_comments=False,
        )
        assert _tree(again) == _tree(served), case["name"]


@pytest.mark.parametrize("door", [render_comment, clean_comment_html], ids=DOOR_NAMES[:2])
def test_no_text_with_something_to_see_renders_to_nothing(door: Callable[[str], str]) -> None:
    invisible = {"invisible-17", "invisible-18"}
    for case in CASES:
        words = "".join(_parse(door(case["source"])).itertext()).strip()
        assert bool(words) == (case["name"] not in invisible), case["name"]


def test_cleaning_an_imported_post_again_changes_nothing() -> None:
    for case in CASES:
        once = clean_post_html(case["source"])
        assert clean_post_html(once) == once, case["name"]


def test_the_checker_sees_what_it_is_there_for() -> None:
    bad = [
        "<script>a</script>",
        "<b onclick=x>a</b>",
        "</div>a",
        "<li>a",
        "<a href=javascript:x rel='nofollow ugc noopener'>a</a>",
        "<a href=http://a.example>a</a>",
        "<!-- a -->",
        "<svg></svg>",
        "a\u202e",
        "<p>\u202ea</p><p>\u202c</p>",
        "\u0007",
        "e\u0301",
        "<p class=staff>a</p>",
        "<table><tr><td>a",
    ]
    assert [served for served in bad if not problems(served, READER)] == []


def _parse(served: str) -> Any:
    return html5lib.parseFragment(served, container="div", treebuilder="etree")


def _tree(served: str) -> list[Any]:
    return shape(_parse(served))
