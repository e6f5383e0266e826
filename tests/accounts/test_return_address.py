"""Where a sign-in may lead."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import ada_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog.accounts.return_address import HOME, safe_path


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/comments?status=pending&post=3",
        "/admin/comments/12#comment-12",
        "/admin/comments?q=a%20b%2F%2Fc",
        "/admin/comments?q=http://blog.example/",
        "/posts/one",
        "/",
    ],
)
def test_page_of_this_site_is_kept(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "admin/",
        "//evil.example",
        "///evil.example",
        "////evil.example/%2e%2e",
        "/\\evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "/%5c../\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "http:/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " //evil.example",
        "/ /evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nSet-Cookie: a=b",
        "\t//evil.example",
        "\x00//evil.example",
        "/\x7f/evil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/%2e//evil.example",
        "/%2E%2e//evil.example",
        "/admin//evil.example",
        "/admin/../login",
        "/\u2028/evil.example",
        "/／evil.example",
        "/ｅvil",
        "//evil.example@blog.example/",
        "/@evil.example\\",
        "?next=/admin/",
        "#/admin/",
        "/login",
        "/login?next=/login",
        "/logout",
        "/setup/x",
        "/" + "a" * 2000,
    ],
)
def test_anything_else_leads_to_the_dashboard(address: str | None) -> None:
    assert safe_path(address) == HOME


@given(st.text(alphabet="/\\.:@?#%2eEfc5 \t\r\nahttps\u2028／", max_size=24))
def test_kept_address_stays_here_for_browsers_and_for_python(address: str) -> None:
    kept = safe_path(address)
    here = "https://blog.example/login"
    assert ada_url.URL(kept, base=here).host == "blog.example"
    assert urlsplit(urljoin(here, kept)).netloc == "blog.example"
    assert not ada_url.URL(kept, base=here).pathname.startswith("//")
