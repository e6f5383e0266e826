"""Old addresses of posts lead to the new ones, with the endings WordPress puts behind them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from blog.clock import now
from blog.db import db
from blog.posts.addresses import find_old_address, old_address_redirect, tidy_address
from blog.posts.models import OldAddress, PostStatus
from blog.posts.operations import add_old_address
from tests.factories import make_post


@pytest.fixture
def moved(app: Flask) -> None:
    """A post with every kind of old address."""
    post = make_post("it")
    for address in (
        "https://old.example/2019/05/It-Was-Here/",
        "https://old.example/?p=12",
        "?page_id=13",
        "/caf%C3%A9/%e9%9d%a2",
        "/2019/feed.html",
    ):
        assert add_old_address(address, post.id)
    db.session.commit()


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("/2019/05/It-Was-Here/", "/posts/it"),
        ("/2019/05/It-Was-Here", "/posts/it"),
        ("/2019/05/It-Was-Here/?utm_source=x", "/posts/it"),
        ("/2019/05/It-Was-Here/feed/", "/posts/it/feed"),
        ("/2019/05/It-Was-Here/feed/rss2", "/posts/it/feed"),
        ("/2019/05/It-Was-Here/feed/atom/", "/posts/it/feed/atom"),
        ("/2019/05/It-Was-Here/comment-page-2/", "/posts/it/comment-page-2"),
        ("/2019/05/It-Was-Here/amp/", "/posts/it"),
        ("/2019/05/It-Was-Here/trackback/", "/posts/it"),
        ("/?p=12", "/posts/it"),
        ("/?cat=1&p=012", "/posts/it"),
        ("/?page_id=13", "/posts/it"),
        ("/index.php?p=12", "/posts/it"),
        ("/caf%C3%A9/%E9%9D%A2/", "/posts/it"),
        ("/cafe%CC%81/%E9%9D%A2", "/posts/it"),
        ("/caf%25C3%25A9/%25e9%259d%25a2", "/posts/it"),
        ("/2019/feed.html", "/posts/it"),
    ],
)
def test_an_old_address_answers_301(client: FlaskClient, path: str, new: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (301, new)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize(
    "path",
    [
        "/2019/13/",
        "/2019/05/40",
        "/2019/05/Else",
        "/3019/",
        "/category/",
        "/tag/gone/",
        "/author/",
        "/author/a/b",
        "/feed/json/",
        "/2019/05/It-Was-Here/comment-page-0",
        "/2019/05/It-Was-Here/comment-page-x",
        "/2019/05/It-Was-Here/feed/json",
        "/feed/atom/feed",
        "/index.php",
        "//2019/05/other",
        "/" + "x" * 2_000,
        "/%00",
        "/%ff%fe",
    ],
)
def test_other_addresses_are_not_there(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize("query", ["p=999", "p=", "p=x", "p=1e1", "p=" + "9" * 400, "p=-12", "p=²"])
def test_an_unknown_number_shows_the_home_page(client: FlaskClient, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 200


@pytest.fixture
def tagged(app: Flask) -> None:
    """Posts under tags, and one tag with nothing to read."""
    make_post("it", tags=("Job hunt", "面接"))
    make_post("draft", tags=("Secret",), status=PostStatus.DRAFT)


@pytest.mark.usefixtures("tagged")
@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("/category/job-hunt/", "/tags/job-hunt"),
        ("/category/jobs/Job-Hunt", "/tags/job-hunt"),
        ("/category/job-hunt/page/2/", "/tags/job-hunt"),
        ("/tag/job-hunt/?a=b", "/tags/job-hunt"),
        ("/tag/%E9%9D%A2%E6%8E%A5/", "/tags/%E9%9D%A2%E6%8E%A5"),
        ("/tag/%25e9%259d%25a2%25e6%258e%25a5/", "/tags/%E9%9D%A2%E6%8E%A5"),
        ("/?s=two+w%C3%B6rds%26", "/search?q=two+w%C3%B6rds%26"),
        ("/index.php?s=x", "/search?q=x"),
        ("/?feed=rss2", "/feed"),
        ("/?feed=rss", "/feed"),
        ("/?feed=atom", "/feed/atom"),
        ("/?feed=comments-rss2", "/comments/feed"),
        ("/feed/rss2/", "/feed"),
        ("/feed/rss", "/feed"),
        ("/comments/feed/rss2/", "/comments/feed"),
        ("/author/ines/", "/archive"),
        ("/author/ines/page/3/", "/archive"),
        ("/2012/", "/archive"),
        ("/2012/01/", "/archive"),
        ("/2012/01/31", "/archive"),
        ("/2012/01/page/2/", "/archive"),
    ],
)
def test_a_list_of_wordpress_leads_to_ours(client: FlaskClient, path: str, new: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (301, new)
    assert client.get(new).status_code == 200


@pytest.mark.usefixtures("tagged")
def test_a_tag_without_readable_posts_is_not_told_of(client: FlaskClient) -> None:
    assert client.get("/tag/secret/").status_code == 404
    assert client.get("/category/job-hunt/other/").status_code == 404


@pytest.mark.parametrize("query", ["s=", "s=+", "feed=json", "feed", "s"])
def test_other_parameters_show_the_home_page(client: FlaskClient, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 200


def test_a_post_comes_before_a_list_of_its_address(app: Flask, client: FlaskClient) -> None:
    post = make_post("it", tags=("Boats",))
    for address in ("/category/boats/", "/2012/01", "/?p=5"):
        add_old_address(address, post.id)
    db.session.commit()
    for path in ("/category/boats/", "/2012/01/", "/?p=5&s=x&feed=rss2"):
        assert client.get(path).headers["Location"] == "/posts/it"


def test_an_address_of_a_hidden_post_tells_nothing(app: Flask) -> None:
    draft = make_post("draft", status=PostStatus.DRAFT)
    later = make_post("later", published_at=now() + timedelta(days=1))
    add_old_address("/old-draft", draft.id)
    add_old_address("/old-later", later.id)
    assert old_address_redirect("/old-draft", "") is None
    assert old_address_redirect("/old-later", "") is None
    assert old_address_redirect("/old-later", "", now() + timedelta(days=2)) == "/posts/later"


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize("path", ["/archive/", "/feed/", "/posts/it/", "/comments/feed/atom/"])
def test_a_slash_too_many_leads_to_our_own_address(client: FlaskClient, path: str) -> None:
    answer = client.get(path + "?a=b")
    assert (answer.status_code, answer.headers["Location"]) == (301, path.rstrip("/") + "?a=b")
    assert client.get(path, follow_redirects=True).status_code == 200


def test_no_redirect_leaves_the_site(app: Flask, client: FlaskClient) -> None:
    for path in ("//evil.example/", "//evil.example/archive/", "/%2f%2fevil.example/", "/\\evil/"):
        location = client.get(path).headers.get("Location", "/")
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))


def test_a_later_claim_of_an_address_wins(app: Flask) -> None:
    first, second = make_post("first"), make_post("second")
    add_old_address("/old", first.id)
    add_old_address("/old/", second.id)
    assert find_old_address("/old", now()) == "second"
    assert db.session.query(OldAddress).count() == 1


@pytest.mark.parametrize(
    "address", ["", "/", "https://old.example/", "/" + "x" * 700, "http://[bad"]
)
def test_an_address_that_cannot_be_kept_is_left_out(app: Flask, address: str) -> None:
    post = make_post("it")
    assert not add_old_address(address, post.id)
    assert db.session.query(OldAddress).count() == 0


@pytest.mark.parametrize(
    ("address", "tidy"),
    [
        ("https://old.example/a/b/", "/a/b"),
        ("/a%20b", "/a b"),
        ("https://old.example/?p=0012&x", "?p=12"),
        ("https://old.example/index.php?page_id=3", "?page_id=3"),
        ("/a?p=3", "/a"),
    ],
)
def test_addresses_have_one_spelling(address: str, tidy: str) -> None:
    assert tidy_address(address) == tidy
