"""Damaged and hostile exports: what is mended, what is refused, and at what cost."""

from __future__ import annotations

import gzip
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blog.exchange import wxr_repair
from blog.exchange.wxr import WxrComment, WxrError, WxrItem, WxrSummary, check_wxr, read_wxr

DATA = Path(__file__).parent / "data"

MEASURE = """
import sys
from pathlib import Path
from blog.exchange.wxr import WxrComment, WxrError, check_wxr, read_wxr

def peak():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])

before, comments, said = peak(), 0, ""
try:
    summary = check_wxr(Path(sys.argv[1]))
    for event in read_wxr(Path(sys.argv[1]), summary=summary):
        comments += isinstance(event, WxrComment)
except WxrError as error:
    said = str(error)
print(peak() - before, comments, said)
"""


def first_item(path: Path) -> WxrItem:
    return next(event for event in read_wxr(path) if isinstance(event, WxrItem))


def repairs(summary: WxrSummary) -> dict[str, tuple[int, int]]:
    return {repair.kind: (repair.count, repair.first_line) for repair in summary.repairs}


def measured(path: Path) -> tuple[int, int, str]:
    """Growth of the peak in KiB, comments read, and the refusal, in a process of its own."""
    command = [sys.executable, "-c", MEASURE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    growth, comments, said = done.stdout.rstrip("\n").split(" ", 2)
    return int(growth), int(comments), said


def wrapped(tmp_path: Path, title: str, encoding: str = "utf-8", name: str = "UTF-8") -> Path:
    path = tmp_path / "made.xml"
    text = (
        f'<?xml version="1.0" encoding="{name}"?>\n'
        '<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
        f"<item><title>{title}</title></item></channel></rss>\n"
    )
    path.write_bytes(text.encode(encoding))
    return path


def test_forbidden_bytes_are_mended_and_counted() -> None:
    path = DATA / "forbidden-bytes.xml"
    item = first_item(path)
    assert item.title == "A  B C"
    assert item.content == "ab c\ufffdd \U0001f600 \ufffd  caf\u00e9 caf\ufffd."
    assert repairs(check_wxr(path)) == {
        wxr_repair.CONTROL: (6, 17),
        wxr_repair.REFERENCE: (2, 17),
        wxr_repair.INVALID: (3, 23),
        wxr_repair.SURROGATE: (1, 23),
    }


def test_html_entities_become_their_characters() -> None:
    path = DATA / "html-entities.xml"
    expected = "Caf\u00e9\u00a0& bar, fish & chips &unknown; \u2019"
    assert first_item(path).title == expected
    assert repairs(check_wxr(path)) == {
        wxr_repair.ENTITY: (2, 17),
        wxr_repair.AMPERSAND: (2, 17),
    }


def test_what_stands_before_the_declaration_is_dropped() -> None:
    path = DATA / "before-declaration.xml"
    assert first_item(path).title == "Tides"
    assert wxr_repair.PREFIX in repairs(check_wxr(path))


def test_a_section_end_inside_a_text_does_not_end_the_text() -> None:
    path = DATA / "section-end-in-text.xml"
    summary = check_wxr(path)
    assert repairs(summary) == {wxr_repair.CDATA_END: (2, 23)}
    events = list(read_wxr(path, summary=summary))
    (item,) = [event for event in events if isinstance(event, WxrItem)]
    assert item.content == "<p>if (a[b[0]]>c) then <b>d</b></p>"
    (comment,) = [event for event in events if isinstance(event, WxrComment)]
    assert comment.text == "and a[b[1]]>2 too"


def test_a_section_split_as_wordpress_does_it_is_joined_without_a_repair() -> None:
    path = DATA / "split-sections.xml"
    assert first_item(path).content == "a[b[0]]>c"
    assert check_wxr(path).repairs == ()


def test_latin_1_is_read_as_browsers_do() -> None:
    assert first_item(DATA / "latin-1.xml").title == "Caf\u00e9 \u201cMar\u201d"


def test_utf_16_is_read(tmp_path: Path) -> None:
    assert first_item(wrapped(tmp_path, "S\u00e3o", "utf-16", "UTF-16")).title == "S\u00e3o"


def test_an_unknown_encoding_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(WxrError, match="UTF-7"):
        check_wxr(wrapped(tmp_path, "x", "utf-8", "UTF-7"))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_chunk_borders_split_no_character_and_no_token(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["forbidden-bytes.xml", "html-entities.xml", "section-end-in-text.xml", "wxr-1.2.xml"]
    whole = [(check_wxr(DATA / name), list(read_wxr(DATA / name))) for name in names]
    monkeypatch.setattr(wxr_repair, "HEAD_BYTES", 700)
    monkeypatch.setattr(wxr_repair, "CHUNK_BYTES", size)
    pieces = [(check_wxr(DATA / name), list(read_wxr(DATA / name))) for name in names]
    assert pieces == whole


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [("mismatched-tags.xml", 30, "state"), ("truncated.xml", 55, "breaks off")],
)
def test_a_broken_file_gives_nothing_but_the_place(name: str, line: int, said: str) -> None:
    reading = read_wxr(DATA / name)
    with pytest.raises(WxrError, match=said) as refused:
        next(reading)
    assert refused.value.line == line
    assert refused.value.column is not None
    assert refused.value.column > 0
    assert f"at line {line}, column {refused.value.column}" in str(refused.value)
    assert "Nothing was imported" in str(refused.value)


def test_every_cut_of_an_export_is_refused(tmp_path: Path) -> None:
    whole = (DATA / "wxr-1.0.xml").read_bytes().rstrip()
    cut = tmp_path / "cut.xml"
    for length in range(0, len(whole), 41):
        cut.write_bytes(whole[:length])
        with pytest.raises(WxrError):
            check_wxr(cut)


def test_a_packed_file_is_refused_with_its_kind(tmp_path: Path) -> None:
    packed = tmp_path / "export.xml.gz"
    packed.write_bytes(gzip.compress((DATA / "wxr-1.2.xml").read_bytes()))
    with pytest.raises(WxrError, match="packed with gzip"):
        check_wxr(packed)


def test_a_missing_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WxrError, match="cannot be read"):
        check_wxr(tmp_path / "none.xml")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.xml"
    empty.touch()
    with pytest.raises(WxrError, match="empty"):
        check_wxr(empty)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_entity_bomb_is_refused_quickly_and_cheaply(encoding: str, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xml"
    text = (DATA / "entity-bomb.xml").read_text("utf-8")
    bomb.write_bytes(text.replace("UTF-8", encoding.upper()).encode(encoding))
    started = time.monotonic()
    with pytest.raises(WxrError, match="DOCTYPE") as refused:
        check_wxr(bomb)
    assert time.monotonic() - started < 1
    assert (refused.value.line, refused.value.column) == (2, 1)
    growth, _, said = measured(bomb)
    assert "DOCTYPE" in said
    assert growth < 50 * 1024


@pytest.mark.parametrize("name", ["external-entity.xml", "external-dtd.xml"])
def test_an_external_entity_is_never_fetched(name: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.3)
        port = str(listener.getsockname()[1])
        hostile = tmp_path / name
        hostile.write_text((DATA / name).read_text("utf-8").replace("PORT", port), "utf-8")
        with pytest.raises(WxrError, match="DOCTYPE"):
            check_wxr(hostile)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_an_entity_without_a_doctype_stays_text(tmp_path: Path) -> None:
    assert first_item(wrapped(tmp_path, "&file;")).title == "&file;"


def test_a_hundred_thousand_comments_on_one_post_need_no_more_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    before, _, after = (DATA / "wxr-1.0.xml").read_text("utf-8").partition("		<wp:comment>\n")
    one, closing, _ = after.partition("		</wp:comment>\n")
    tail = after[after.rindex("	</item>") :]
    with path.open("w", encoding="utf-8") as out:
        out.write(before)
        for number in range(1, 100_001):
            out.write(
                "<wp:comment>" + one.replace(">1</wp:comment_id", f">{number}</wp:comment_id")
            )
            out.write(closing)
        out.write(tail)
    growth, comments, said = measured(path)
    assert (comments, said) == (100_000, "")
    assert growth < 60 * 1024
