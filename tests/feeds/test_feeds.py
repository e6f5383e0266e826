"""RSS and Atom: well-formed whatever was typed, and silent about what is hidden."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.parsers import expat

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from blog.clock import now
from blog.comments.models import Comment, CommentStatus
from blog.db import db
from blog.feeds.entries import absolute_links
from blog.feeds.xml import xml_text
from blog.posts.models import Post, PostKind, PostStatus
from blog.versions import site_changed
from tests.factories import make_comment, make_post, set_setting

RSS_FEEDS = ("/feed", "/comments/feed", "/posts/it/feed")
FEEDS = (*RSS_FEEDS, *(f"{path}/atom" for path in RSS_FEEDS))
NAMES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
ODD = "A \x0b\x00\x1b\ufffe\uffff\ud800 ]]> <b> & \" ' \u2028 &amp; \U0001f642 \u202e end"


def document(client: FlaskClient, path: str) -> etree._Element:
    """A feed, read by two parsers that must agree that it is XML."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert "Set-Cookie" not in answer.headers
    expat.ParserCreate().Parse(answer.data, True)
    return etree.fromstring(answer.data)


def texts(root: etree._Element, path: str) -> list[str]:
    return [element.text or "" for element in root.iterfind(path, NAMES)]


def all_text(root: etree._Element) -> str:
    return "".join(map(str, root.itertext()))


def test_lists_and_feeds_quote_letters_of_any_script_alike(client: FlaskClient) -> None:
    post = make_post("面接-é", tags=("面接",), series="散歩", part=1)
    make_comment(post)
    slug = "%E9%9D%A2%E6%8E%A5-%C3%A9"
    pages = ["/", "/archive", "/series", "/series/散歩", "/tags/面接", "/search?q=paragraph"]
    feeds = [*FEEDS[:2], *FEEDS[3:5], f"/posts/{slug}/feed", f"/posts/{slug}/feed/atom"]
    for path in [*pages, *feeds, "/sitemap.xml"]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        page = answer.get_data(as_text=True)
        found = re.findall(r"(?:/posts/|/tags/|/series/)([^\s\"'<>?#]+)", page)
        assert found, path
        assert "".join(found).isascii(), (path, found)
        spelled = {name.removesuffix("/atom").removesuffix("/feed") for name in found}
        assert spelled <= {slug, "%E9%9D%A2%E6%8E%A5", "%E6%95%A3%E6%AD%A9"}, path
    assert client.get("/tags/面接/page/1").headers["Location"] == "/tags/%E9%9D%A2%E6%8E%A5"
    assert client.get("/archive/").headers["Location"] == "/archive"


@pytest.fixture
def post(app: Flask) -> Post:
    return make_post(
        "it",
        title="Bread & <butter>",
        author_name="Robin Vale",
        tags=("Craft",),
        published_at=datetime(2026, 11, 15, 9, tzinfo=UTC),
        html='<p id="a">See <a href="#a">there</a>, <a href="/archive">here</a>, '
        '<img src="/media/x.png" alt="&lt;"> and <code>href="/kept"</code>.</p>',
        summary="What & why.",
    )


def test_the_feed_of_posts_is_whole(client: FlaskClient, post: Post) -> None:
    root = document(client, "/feed")
    assert root.get("version") == "2.0"
    assert texts(root, "channel/title") == ["A blog in series"]
    assert texts(root, "channel/link") == ["http://127.0.0.1:8000/"]
    assert texts(root, "channel/language") == ["en"]
    (own,) = root.iterfind("channel/atom:link", NAMES)
    assert (own.get("rel"), own.get("href")) == ("self", "http://127.0.0.1:8000/feed")
    assert texts(root, "channel/item/title") == ["Bread & <butter>"]
    assert texts(root, "channel/item/link") == ["http://127.0.0.1:8000/posts/it"]
    assert texts(root, "channel/item/comments") == ["http://127.0.0.1:8000/posts/it#comments"]
    assert texts(root, "channel/item/dc:creator") == ["Robin Vale"]
    assert texts(root, "channel/item/category") == ["Craft"]
    assert texts(root, "channel/item/description") == ["What & why."]
    (date,) = texts(root, "channel/item/pubDate")
    assert parsedate_to_datetime(date) == datetime(2026, 11, 15, 9, tzinfo=UTC)
    (guid,) = root.iterfind("channel/item/guid")
    assert (guid.text, guid.get("isPermaLink")) == ("http://127.0.0.1:8000/posts/it", "true")


@pytest.mark.parametrize("path", ["/feed", "/feed/atom"])
def test_addresses_in_a_feed_are_whole(client: FlaskClient, post: Post, path: str) -> None:
    content = all_text(document(client, path))
    base = "http://127.0.0.1:8000"
    assert f'<a href="{base}/posts/it#a">' in content
    assert f'<a href="{base}/archive">' in content
    assert f'<img src="{base}/media/x.png" alt="&lt;">' in content
    assert '<code>href="/kept"</code>' in content


def test_atom_has_what_rfc_4287_requires(client: FlaskClient, post: Post) -> None:
    make_comment(post)
    for path in ("/feed/atom", "/comments/feed/atom", "/posts/it/feed/atom"):
        root = document(client, path)
        for holder in (root, *root.iterfind("atom:entry", NAMES)):
            for name in ("id", "title", "updated"):
                assert len(texts(holder, f"atom:{name}")) == 1, (path, name)
        entries = list(root.iterfind("atom:entry", NAMES))
        assert len(entries) == 1
        assert all(texts(entry, "atom:author/atom:name") for entry in entries)
        (own,) = root.iterfind("atom:link[@rel='self']", NAMES)
        assert own.get("href") == f"http://127.0.0.1:8000{path}"
        assert all(re.fullmatch(r"[\d-]+T[\d:]+Z", t) for t in texts(root, "*/atom:updated"))


def test_comment_feeds_name_the_post_only_where_it_is_not_clear(
    client: FlaskClient, post: Post
) -> None:
    comment = make_comment(post, author="Ada <x>", text="I **agree**.")
    site, own = document(client, "/comments/feed"), document(client, "/posts/it/feed")
    assert texts(site, "channel/title") == ["Comments for A blog in series"]
    assert texts(own, "channel/title") == ["Comments on: Bread & <butter>"]
    assert texts(site, "channel/item/title") == ["Comment on Bread & <butter> by Ada <x>"]
    assert texts(own, "channel/item/title") == ["By: Ada <x>"]
    for root in (site, own):
        assert texts(root, "channel/item/dc:creator") == ["Ada <x>"]
        assert texts(root, "channel/item/description") == ["I agree."]
        assert texts(root, "channel/item/content:encoded") == ["<p>I <strong>agree</strong>.</p>"]
        (guid,) = root.iterfind("channel/item/guid")
        assert guid.text == f"http://127.0.0.1:8000/posts/it#comment-{comment.id}"
        assert guid.get("isPermaLink") == "false"
        (link,) = texts(root, "channel/item/link")
        answer = client.get(link.removeprefix("http://127.0.0.1:8000"))
        assert answer.headers["Location"].endswith(f"#comment-{comment.id}")


def test_the_newest_come_first_and_only_so_many(client: FlaskClient, post: Post) -> None:
    set_setting("site.feed_items", "2")
    for number in range(3):
        make_comment(post, author=f"N{number}", at=now() + timedelta(minutes=number))
        make_post(f"p{number}", published_at=now() - timedelta(days=number))
    assert texts(document(client, "/posts/it/feed"), "channel/item/title") == ["By: N2", "By: N1"]
    links = texts(document(client, "/feed"), "channel/item/link")
    assert [link.rsplit("/", 1)[1] for link in links] == ["p0", "p1"]


@pytest.mark.parametrize("path", FEEDS)
def test_hidden_posts_and_comments_are_in_no_feed(
    client: FlaskClient, post: Post, path: str
) -> None:
    shown = make_comment(post, author="Shown One")
    for status in (CommentStatus.PENDING, CommentStatus.SPAM, CommentStatus.TRASH):
        make_comment(post, author=f"Hidden {status}", status=status, text=f"Hidden {status}")
    for slug in ("hidden-draft", "hidden-later", "hidden-page"):
        other = make_post(slug, title=f"Hidden {slug}")
        comment = make_comment(other, author=f"Under {slug}")
        if slug == "hidden-page":
            other.kind = PostKind.PAGE
            # A page is public, and so are its comments; it only stands outside the lists.
            comment.status = CommentStatus.TRASH
    hide(draft="hidden-draft", later="hidden-later")
    content = all_text(document(client, path)).lower()
    assert "hidden" not in content
    assert "under hidden" not in content
    assert (shown.author.lower() in content) is ("comments" in path or "posts" in path)


def hide(*, draft: str, later: str) -> None:
    """Take back one post, and move another into the future, with comments under both."""
    for post in db.session.query(Post).where(Post.slug.in_([draft, later])):
        if post.slug == draft:
            post.status = PostStatus.DRAFT
        else:
            post.published_at = now() + timedelta(hours=1)
    site_changed()
    db.session.commit()


@pytest.mark.parametrize("ending", ["/feed", "/feed/atom"])
def test_the_feed_of_a_hidden_post_is_not_there(client: FlaskClient, ending: str) -> None:
    make_post("draft")
    make_post("later")
    assert client.get(f"/posts/draft{ending}").status_code == 200
    hide(draft="draft", later="later")
    for slug in ("draft", "later", "none"):
        assert client.get(f"/posts/{slug}{ending}").status_code == 404


@pytest.mark.parametrize("path", FEEDS)
def test_odd_characters_leave_a_feed_well_formed(
    client: FlaskClient, post: Post, path: str
) -> None:
    # Written past all checks, as an import of another time might have done.
    is_postgresql = db.engine.dialect.name == "postgresql"
    odd = ODD.replace("\ud800", "").replace("\x00", "" if is_postgresql else "\x00")
    comment = make_comment(post)
    db.session.get_one(Comment, comment.id).author = odd
    comment.html = f"<p>{odd}</p>"
    post.title = post.author_name = post.summary = post.html = odd
    db.session.commit()
    content = all_text(document(client, path))
    assert "]]> <b> & \" ' \u2028 &amp; \U0001f642 \u202e end" in content
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", content)


def test_every_character_xml_forbids_is_taken_out() -> None:
    everything = "".join(map(chr, (*range(0x11FFF), 0x10FFFF)))
    element = etree.Element("a")
    element.text = xml_text(everything)
    expat.ParserCreate().Parse(etree.tostring(element, encoding="UTF-8"), True)
    assert xml_text("\t\n\r azé面\U0001f642") == "\t\n\r azé面\U0001f642"


@pytest.mark.parametrize("path", FEEDS)
def test_an_unchanged_feed_is_not_sent_again(client: FlaskClient, post: Post, path: str) -> None:
    first = client.get(path)
    etag = first.headers["ETag"]
    again = client.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    make_comment(post)
    make_post("another")
    changed = client.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag
    kind = "atom" if path.endswith("atom") else "rss"
    assert changed.headers["Content-Type"] == f"application/{kind}+xml; charset=utf-8"


@pytest.mark.parametrize("path", FEEDS)
def test_no_feed_holds_a_readers_address(client: FlaskClient, post: Post, path: str) -> None:
    make_comment(post, address="secret.reader@mail.example", ip="198.51.100.77")
    data = client.get(path).data
    assert b"secret.reader" not in data
    assert b"198.51.100.77" not in data


def test_a_comment_of_old_rules_is_shown_as_text(client: FlaskClient, post: Post) -> None:
    comment = make_comment(post, text="a <b> c")
    comment.html, comment.policy_version = "<script>alert(1)</script>", 0
    db.session.commit()
    assert texts(document(client, "/posts/it/feed"), "channel/item/content:encoded") == [
        "<p>a &lt;b&gt; c</p>"
    ]


def test_an_empty_feed_is_well_formed(client: FlaskClient) -> None:
    for path in ("/feed", "/feed/atom", "/comments/feed", "/comments/feed/atom"):
        assert not list(document(client, path).iterfind(".//{*}item"))


def test_a_feed_of_a_slug_in_another_script_names_itself_rightly(client: FlaskClient) -> None:
    make_post("面接", title="面接")
    root = document(client, "/posts/面接/feed")
    (own,) = root.iterfind("channel/atom:link", NAMES)
    assert own.get("href") == "http://127.0.0.1:8000/posts/%E9%9D%A2%E6%8E%A5/feed"


@pytest.mark.parametrize(
    ("html", "whole"),
    [
        ('<a href="other">x</a>', '<a href="https://b.example/posts/other">x</a>'),
        ('<a href="?a=1&amp;b=2">x</a>', '<a href="https://b.example/posts/it?a=1&amp;b=2">x</a>'),
        ('<a href="mailto:a@b.example">x</a>', '<a href="mailto:a@b.example">x</a>'),
        ('<a href="https://c.example/">x</a>', '<a href="https://c.example/">x</a>'),
        ('<img alt="a > href=" src="/x">', '<img alt="a > href=" src="https://b.example/x">'),
        ('<p>href="/x"</p>', '<p>href="/x"</p>'),
        ('<a href="http://[bad">x</a>', '<a href="http://[bad">x</a>'),
    ],
)
def test_only_addresses_in_tags_are_made_whole(html: str, whole: str) -> None:
    assert absolute_links(html, "https://b.example/posts/it") == whole
