"""Decides which addresses may become links, reading each one as a browser would (WHATWG URL)."""

import html
import ipaddress
import re
import unicodedata

import ada_url
import idna
import regex

MAX_WEBSITE_LENGTH = 200

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# The authority is checked as typed: a browser takes `\` for `/`, skips tabs, adds missing slashes
# and reads what stands before `@` as a name; none of that is honest in a link.
_HTTP = re.compile(r"https?://([^/\\?#@\s]+)(?:[/?#]|$)", re.IGNORECASE)
_HOST_FIRST = re.compile(r"[^/\\?#@:\s]+\.[^/\\?#@:\s]+(?::\d{1,5})?(?:[/?#]|$)")
_MAILBOX = re.compile(r"mailto:[A-Za-z0-9.!#$*+/=^_{|}~'-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+", re.I)
_MAIL_HEADERS = re.compile(r"\?(?:(?:subject|body)=[^&=#]*(?:&|$))+", re.IGNORECASE)
_WHITE_OR_CONTROL = regex.compile(r"[\s\p{Z}\p{Cc}\p{Cf}\p{Noncharacter_Code_Point}\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HOST_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa")
_RELATIVE_BASE = "https://site.invalid/posts/post"

_ODD_WEBSITE = "This does not look like the address of a website."
_SCHEME_REFUSED = "The address of a website must begin with http:// or https://."
_LONG_WEBSITE = f"The address of a website may have at most {MAX_WEBSITE_LENGTH} characters."
_USERINFO = "The address of a website must not hold a user name or password."
_WHITE_SPACE = "The address of a website must not hold spaces or invisible characters."

# Scripts that one alphabet in use mixes (UTS 39, "highly restrictive").
_SCRIPT_SETS = [
    regex.compile(rf"(?:\P{{L}}|\p{{Common}}|{letters})*")
    for letters in (
        r"[\p{Latin}]",
        r"[\p{Latin}\p{Han}\p{Hiragana}\p{Katakana}]",
        r"[\p{Latin}\p{Han}\p{Bopomofo}]",
        r"[\p{Latin}\p{Han}\p{Hangul}]",
        *(rf"[\p{{{script}}}]" for script in (
            "Cyrillic", "Greek", "Arabic", "Hebrew", "Armenian", "Georgian", "Devanagari",
            "Bengali", "Gurmukhi", "Gujarati", "Tamil", "Telugu", "Kannada", "Malayalam",
            "Sinhala", "Thai", "Lao", "Myanmar", "Khmer", "Ethiopic", "Tibetan",
        )),
    )
]  # fmt: skip
# Cyrillic, Greek and Armenian letters drawn like Latin ones: a label of nothing else is a disguise.
_LOOKALIKES = regex.compile("[асԁеһіјӏорԛѕԝхуъьҽпгѵѡкмтвнοναικρτυωχγηօսոհզցյԁ0-9-]+")


def _parse(href: str) -> ada_url.URL | None:
    try:
        return ada_url.URL(href)
    except ValueError:
        return None


def safe_href(href: str, *, relative: bool = False) -> str | None:
    """Give the address to put into a link, as a browser would read it, or None to refuse it.

    Accepted are absolute http and https addresses without user name, and mailto without headers;
    `relative` (for the owner's own posts) adds addresses on this site and mail with a subject.
    """
    address = href.strip("\t\n\f\r ")
    if _CONTROL.search(address):
        return None
    if _HTTP.match(address):
        url = _parse(address)
        if url is None or not url.hostname or url.username or url.password:
            return None
        return url.href if url.protocol in ("http:", "https:") else None
    mailbox = _MAILBOX.match(address)
    if mailbox and (mailbox.end() == len(address) or (relative and _only_text(address, mailbox))):
        return address.replace(" ", "%20")
    return _relative_href(address) if relative else None


def _only_text(address: str, mailbox: re.Match[str]) -> bool:
    headers = address[mailbox.end() :]
    return _MAIL_HEADERS.fullmatch(headers) is not None and "%0" not in headers


def _relative_href(address: str) -> str | None:
    """Keep an address on this site as it is written; a browser must not leave the site by it."""
    first_segment = re.split(r"[/?#]", address, maxsplit=1)[0]
    if not address or ":" in first_segment or "\\" in address or address.startswith("//"):
        return None
    try:
        url = ada_url.URL(address, base=_RELATIVE_BASE)
    except ValueError:
        return None
    # "/./\t/evil" and the like: whatever the spelling, the host decides; a path that begins with
    # two slashes would be another host when it is taken for itself.
    if url.host != "site.invalid" or url.protocol != "https:" or url.pathname.startswith("//"):
        return None
    return address.replace(" ", "%20")


def normalise_website(text: str) -> str:
    """Give the address of a reader's website in a browser's spelling, "" for a blank field.

    Raises ValueError with a sentence for the reader when it is no public http(s) address.
    """
    address = unicodedata.normalize("NFC", text).strip()
    if not address:
        return ""
    if len(address) > MAX_WEBSITE_LENGTH:
        raise ValueError(_LONG_WEBSITE)
    if _WHITE_OR_CONTROL.search(address):
        raise ValueError(_WHITE_SPACE)
    if "\\" in address:
        raise ValueError(_ODD_WEBSITE)
    if not _HTTP.match(address):
        address = _with_scheme(address)
    url = _parse(address)
    if url is None or url.protocol not in ("http:", "https:"):
        raise ValueError(_ODD_WEBSITE)
    if url.username or url.password:
        raise ValueError(_USERINFO)
    typed_host = address.split("//", 1)[1]
    typed_host = re.split(r"[/?#]", typed_host, maxsplit=1)[0]
    if "%" in typed_host or not _is_public_host(url.hostname, typed_host):
        raise ValueError(_ODD_WEBSITE)
    return url.href


def _with_scheme(address: str) -> str:
    """Put https:// before a bare host, as WordPress does; refuse every other beginning."""
    authority = re.split(r"[/?#]", address.split("//", 1)[-1], maxsplit=1)[0]
    if re.match(r"https?://", address, re.IGNORECASE) and "@" in authority:
        raise ValueError(_USERINFO)
    if _HOST_FIRST.match(address):
        return "https://" + address
    if _SCHEME.match(address) and not re.match(r"https?://", address, re.IGNORECASE):
        raise ValueError(_SCHEME_REFUSED)
    raise ValueError(_ODD_WEBSITE)


def _is_public_host(host: str, typed: str) -> bool:
    if host.startswith("["):
        return ipaddress.ip_address(host[1:-1]).is_global
    if re.fullmatch(r"[0-9.]+", host):
        # Octal, hexadecimal and shortened spellings of a number are only used to hide it.
        plain = typed.partition(":")[0] == host
        return plain and ipaddress.ip_address(host).is_global
    labels = host.removesuffix(".").split(".")
    return (
        len(labels) > 1
        and len(host) <= 253
        and all(_HOST_LABEL.fullmatch(label) for label in labels)
        and re.fullmatch(r"[a-z]{2,}|xn--[a-z0-9-]+", labels[-1]) is not None
        and not host.removesuffix(".").endswith(_PRIVATE_SUFFIXES)
    )


def shown_host(href: str) -> str:
    """Give the host of an absolute address in the spelling that cannot deceive; "" without one.

    Letters of one writing system are shown as such; a label that mixes them, or that only has
    letters drawn like Latin ones, keeps the whole host in its ASCII form.
    """
    url = _parse(href)
    if url is None:
        return ""
    host = url.hostname
    if "xn--" not in host:
        return host
    labels = []
    for label in host.split("."):
        try:
            letters = idna.decode(label) if label else label
        except (idna.IDNAError, UnicodeError):
            return host
        if not any(scripts.fullmatch(letters) for scripts in _SCRIPT_SETS):
            return host
        if letters != label and _LOOKALIKES.fullmatch(letters):
            return host
        labels.append(letters)
    return ".".join(labels)


_HTTP_IN_TEXT = regex.compile(
    r"(?:https?:|(?=//))/{1,3}(?:[^\s/?#@]{0,100}@)?(?P<host>[^\s/?#:@]+)"
)
_HOST_IN_TEXT = regex.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}:)?(?:[^\s/?#@]{0,100}@)?"
    r"(?P<host>[\p{L}\p{M}\p{N}_-]{1,63}(?:\.[\p{L}\p{M}\p{N}_-]{1,63}){1,10})\.?(?=$|[^\p{L}\p{N}])"
)
_EDGES = "()[]{}<>\"'“”‘’«»„.,;!?*_~`…"
_JOINERS = regex.compile(r"\p{Cf}|\p{Default_Ignorable_Code_Point}")


def misleading_host(shown: str, href: str) -> str:
    """Give the host (or mailbox) a link leads to when its visible text names another; else "".

    `shown` is what the reader sees of the link. A leading "www." makes no difference.
    """
    text = unicodedata.normalize("NFKC", _JOINERS.sub("", shown)).casefold().replace("。", ".")
    if href.lower().startswith("mailto:"):
        mailbox = html.unescape(href[7:].partition("?")[0])
        named = "@" in text or _names_host(text)
        return mailbox if named and mailbox.casefold() not in text else ""
    url = _parse(href)
    if url is None:
        return ""
    honest = shown_host(href)
    allowed = {url.hostname, honest.casefold()}
    allowed |= {host.removeprefix("www.") for host in allowed}
    for word in text.split():
        host = _names_host(word)
        if host and host.removeprefix("www.") not in allowed:
            return honest
    return ""


def _names_host(word: str) -> str:
    """Give the host a word looks like, if any: `example.com`, `https://example.com/x`."""
    bare = word.strip(_EDGES)[:2000]
    spelled_out = _HTTP_IN_TEXT.match(bare)
    if spelled_out is not None:
        return str(spelled_out.group("host")).rstrip(_EDGES)
    found = _HOST_IN_TEXT.match(bare)
    if found is None:
        return ""
    host = str(found.group("host"))
    last = host.rpartition(".")[2]
    return host if host.startswith("www.") or (len(last) > 1 and not last.isdigit()) else ""
