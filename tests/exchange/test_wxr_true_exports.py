"""True exports: the reader must count what an independent parser counts."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from blog.exchange.wordpress_html import media_urls, to_plain_html
from blog.exchange.wxr import WxrComment, WxrError, WxrItem, WxrTerm, check_wxr, read_wxr

EXPORTS = [
    "cc-labs.xml",
    "importer-slashes.xml",
    "importer-valid-wxr-1.0.xml",
    "importer-valid-wxr-1.1.xml",
    "isso-wordpress.xml",
    "theme-preview.xml",
    "themeunittestdata.wordpress.xml",
]


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def under(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if local(child) == name]


def text(element: ET.Element, name: str) -> str:
    found = under(element, name)
    return "".join(found[-1].itertext()).strip() if found else ""


@pytest.mark.parametrize("name", EXPORTS)
def test_posts_and_comments_agree_with_a_plain_parse(name: str, shared_data: Path) -> None:
    path = shared_data / "wxr" / name
    items = list(ET.parse(path).getroot().iter("item"))
    comments = [(n, c) for n, item in enumerate(items) for c in under(item, "comment")]
    summary = check_wxr(path)
    events = list(read_wxr(path, summary=summary))

    read = [event for event in events if isinstance(event, WxrItem)]
    assert summary.items == Counter((text(i, "post_type"), text(i, "status")) for i in items)
    assert [i.title for i in read] == [text(i, "title") for i in items]
    assert [i.slug for i in read] == [text(i, "post_name") for i in items]
    assert [str(i.id or "") for i in read] == [text(i, "post_id") for i in items]
    assert [i.ordinal for i in read] == list(range(len(items)))

    said = [event for event in events if isinstance(event, WxrComment)]
    assert summary.comments == Counter(
        (text(c, "comment_type") or "comment", text(c, "comment_approved")) for _, c in comments
    )
    assert [(c.item, str(c.id)) for c in said] == [(n, text(c, "comment_id")) for n, c in comments]
    assert [c.text for c in said] == [text(c, "comment_content") for _, c in comments]
    assert [c.author for c in said] == [text(c, "comment_author") for _, c in comments]
    assert [c.email for c in said] == [text(c, "comment_author_email") for _, c in comments]
    assert summary.repairs == ()


@pytest.mark.parametrize("name", EXPORTS)
def test_authors_and_terms_agree_with_a_plain_parse(name: str, shared_data: Path) -> None:
    path = shared_data / "wxr" / name
    channel = ET.parse(path).getroot().find("channel")
    assert channel is not None
    summary = check_wxr(path)
    assert summary.authors == len(under(channel, "author"))
    expected = sum(len(under(channel, kind)) for kind in ("category", "tag", "term"))
    assert summary.terms == expected
    assert sum(isinstance(event, WxrTerm) for event in read_wxr(path)) == expected


def test_the_malformed_export_is_refused_with_its_line(shared_data: Path) -> None:
    with pytest.raises(WxrError) as refused:
        check_wxr(shared_data / "wxr" / "importer-malformed.xml")
    assert refused.value.line == 90


@pytest.mark.parametrize("name", EXPORTS)
def test_no_body_keeps_wordpress_notation(name: str, shared_data: Path) -> None:
    for event in read_wxr(shared_data / "wxr" / name):
        if isinstance(event, WxrItem) and "<pre" not in event.content:
            converted, _ = to_plain_html(event.content)
            assert "<!--" not in converted
            assert "[caption" not in converted
            assert "[/caption" not in converted
            pictures = {url for url in media_urls(event.content) if url.endswith(".png")}
            assert pictures <= set(media_urls(converted))
