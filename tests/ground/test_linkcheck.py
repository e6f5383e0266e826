"""Which addresses may become links, and what is shown of the host they lead to."""

import ada_url
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blog.linkcheck import misleading_host, normalise_website, safe_href, shown_host

PUBLIC = "This does not look like the address of a website."
SCHEME = "The address of a website must begin with http:// or https://."
USERINFO = "The address of a website must not hold a user name or password."
INVISIBLE = "The address of a website must not hold spaces or invisible characters."
LONG = "The address of a website may have at most 200 characters."


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  \u00a0 ", ""),
        ("https://a.example", "https://a.example/"),
        (" HTTP://A.Example/B?c=d#e ", "http://a.example/B?c=d#e"),
        ("a.example", "https://a.example/"),
        ("www.a.example/~me", "https://www.a.example/~me"),
        ("a.example:8080/b", "https://a.example:8080/b"),
        ("http://a.example:80/", "http://a.example/"),
        ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
        ("例え.テスト", "https://xn--r8jz45g.xn--zckzah/"),
        ("http://xn--bcher-kva.example", "http://xn--bcher-kva.example/"),
        ("https://a.example/@me", "https://a.example/@me"),
        ("https://a.example/?u=http://b.example", "https://a.example/?u=http://b.example"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("my_blog.a.example", "https://my_blog.a.example/"),
        ("https://a.example/" + "b" * 182, "https://a.example/" + "b" * 182),
    ],
)
def test_a_website_is_kept_as_a_browser_would_visit_it(typed: str, kept: str) -> None:
    assert normalise_website(typed) == kept


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("javascript:alert(1)", SCHEME),
        ("JaVaScRiPt:alert(1)", SCHEME),
        ("data:text/html,x", SCHEME),
        ("mailto:a@b.example", SCHEME),
        ("ftp://a.example", SCHEME),
        ("https:a.example", SCHEME),
        ("http:/a.example", SCHEME),
        ("//a.example", PUBLIC),
        ("/a", PUBLIC),
        ("#a", PUBLIC),
        ("a", PUBLIC),
        ("localhost", PUBLIC),
        ("http://localhost/", PUBLIC),
        ("http://a.localhost/", PUBLIC),
        ("http://printer.local/", PUBLIC),
        ("http://127.0.0.1/", PUBLIC),
        ("http://10.1.2.3/", PUBLIC),
        ("http://169.254.169.254/", PUBLIC),
        ("http://[::1]/", PUBLIC),
        ("http://[::ffff:127.0.0.1]/", PUBLIC),
        ("http://[fe80::1]/", PUBLIC),
        ("http://134744072/", PUBLIC),
        ("http://0x8.8.8.8/", PUBLIC),
        ("http://010.8.8.8/", PUBLIC),
        ("http://8.8.2056/", PUBLIC),
        ("http://a..example/", PUBLIC),
        ("http://.example/", PUBLIC),
        ("http://-a.example/", PUBLIC),
        ("http://a.1/", PUBLIC),
        ("http://a%2eexample.example/", PUBLIC),
        ("http://ex%61mple.example/", PUBLIC),
        ("http:///a.example", PUBLIC),
        ("http://", PUBLIC),
        ("http://a.example:99999/", PUBLIC),
        ("http://" + "a" * 64 + ".example/", PUBLIC),
        ("http:\\\\a.example", PUBLIC),
        ("http://a.example\\@b.example", PUBLIC),
        ("http://a@b.example/", USERINFO),
        ("https://a:b@c.example/", USERINFO),
        ("http://a.example@b.example", USERINFO),
        ("http://a example/", INVISIBLE),
        ("http://a.example/b c", INVISIBLE),
        ("http://a.example/\nb", INVISIBLE),
        ("http://a.exa\tmple/", INVISIBLE),
        ("http://a.example/\u202eb", INVISIBLE),
        ("http://a\u200b.example/", INVISIBLE),
        ("http://a.example/\x00", INVISIBLE),
        ("https://a.example/" + "b" * 183, LONG),
    ],
)
def test_what_is_no_public_website_is_refused_in_a_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        normalise_website(typed)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("typed", "elsewhere", "here"),
    [
        ("http://a.example/b c", "http://a.example/b%20c", "http://a.example/b%20c"),
        (" https://a.example\n", "https://a.example/", "https://a.example/"),
        ("mailto:a@b.example", "mailto:a@b.example", "mailto:a@b.example"),
        ("mailto:a@b.example?subject=x y", None, "mailto:a@b.example?subject=x%20y"),
        ("mailto:a@b.example?bcc=c@d.example", None, None),
        ("mailto:a@b.example?subject=x%0abcc:y", None, None),
        ("mailto:a@b.example?subject=x&cc=y", None, None),
        ("/a/b?c#d", None, "/a/b?c#d"),
        ("a/b.html", None, "a/b.html"),
        ("../a", None, "../a"),
        ("#a", None, "#a"),
        ("?a=b:c", None, "?a=b:c"),
        ("", None, None),
        ("//evil.example", None, None),
        ("/\\evil.example", None, None),
        ("/\t/evil.example", None, None),
        ("/.//evil.example", None, None),
        ("\\\\evil.example", None, None),
        ("javascript:0", None, None),
        ("`javascript:0", None, None),
        ("a:b", None, None),
        ("https:a.example", None, None),
        ("http://a@b.example", None, None),
        ("http://[::1", None, None),
        ("\x01http://a.example", None, None),
    ],
)
def test_a_link_is_safe_or_refused(typed: str, elsewhere: str | None, here: str | None) -> None:
    assert safe_href(typed) == elsewhere
    assert safe_href(typed, relative=True) == here


@pytest.mark.parametrize(
    ("href", "host"),
    [
        ("http://a.example:81/b", "a.example"),
        ("http://xn--bcher-kva.example/", "bücher.example"),
        ("http://xn--e1afmkfd.xn--p1ai/", "пример.рф"),
        ("http://東京タワー.example/", "東京タワー.example"),
        ("http://аpple.example/", "xn--pple-43d.example"),
        ("http://аррӏе.example/", "xn--80ak6aa92e.example"),
        ("http://xn--zz.example/", "xn--zz.example"),
        ("not an address", ""),
    ],
)
def test_a_host_is_shown_in_letters_unless_they_could_deceive(href: str, host: str) -> None:
    assert shown_host(href) == host


@pytest.mark.parametrize(
    ("words", "href", "mark"),
    [
        ("click here", "http://evil.example/", ""),
        ("e.g. this, v1.2 or 3.14", "http://evil.example/", ""),
        ("bank.example", "http://evil.example/", "evil.example"),
        ("(https://bank.example/login)", "http://evil.example/", "evil.example"),
        ("Bank.Example", "https://bank.example/", ""),
        ("www.bank.example", "https://bank.example/", ""),
        ("bank.example", "https://www.bank.example/x", ""),
        ("ba\u200bnk.example", "http://evil.example/", "evil.example"),
        ("ｂａｎｋ．example", "http://evil.example/", "evil.example"),
        ("bank。example", "http://evil.example/", "evil.example"),
        ("http://аpple.example/", "http://аpple.example/", "xn--pple-43d.example"),
        ("http://2130706433/", "http://2130706433/", "127.0.0.1"),
        ("me@bank.example", "mailto:you@evil.example", "you@evil.example"),
        ("Me@Bank.Example", "mailto:me@bank.example", ""),
        ("write to me", "mailto:me@bank.example", ""),
    ],
)
def test_words_that_name_another_host_are_found(words: str, href: str, mark: str) -> None:
    assert misleading_host(words, href) == mark


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("htps:/\\@.?#%a1 \t[]ж。-xn"), max_size=30))
def test_whatever_is_kept_is_what_a_browser_visits(typed: str) -> None:
    for href in (safe_href(typed), safe_href("http://" + typed)):
        assert href is None or safe_href(href) == href
        if href is not None and href.startswith("http"):
            visited = ada_url.URL(href)
            assert visited.protocol in ("http:", "https:")
            assert (visited.username, visited.password) == ("", "")
            assert visited.hostname
    here = safe_href(typed, relative=True)
    if here is not None and not here.startswith(("http:", "https:", "mailto:")):
        assert ada_url.URL(here, base="https://blog.example/posts/a").host == "blog.example"
    try:
        website = normalise_website(typed)
    except ValueError:
        return
    assert website == "" or normalise_website(website) == website
