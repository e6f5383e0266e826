"""Pictures and recordings of an old blog: found in a copy of its uploads folder, served from here.

Only kinds that pages show are taken, and only when the content is what the name says; nothing that
a browser would run, and nothing from outside the folder.
"""

from __future__ import annotations

import filecmp
import hashlib
import html
import re
import secrets
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from lxml import etree

from blog.exchange.wordpress_html import media_urls

MEDIA_PREFIX = "/media/"
UPLOADS = "uploads"
LARGEST_SVG = 5 * 1024 * 1024
HEAD_BYTES = 1024

_TAG = re.compile(r"<[a-zA-Z](?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+>")
_ADDRESS = re.compile(
    r"(?<![\w-])(src|href|poster)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]++))",
    re.IGNORECASE,
)
_PICTURE = re.compile(r'<img [^>]*?src="(https?://[^"]+)"')
_RESIZED = re.compile(r"-[0-9]{1,5}x[0-9]{1,5}(?=\.[a-zA-Z0-9]+$)")
_PHOTON = re.compile(r"i[0-9]\.wp\.com")
# Behind one of these begins the path inside the uploads folder, on one blog or one of a network.
_INSIDE = re.compile(r"/(?:wp-content/uploads|wp-content/blogs\.dir/[0-9]+/files|files)/(.+)")
_WORDPRESS_COM = ".files.wordpress.com"
_BEGINNINGS = {
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".pdf": (b"%PDF-",),
    ".ogg": (b"OggS",),
    ".webm": (b"\x1a\x45\xdf\xa3",),
}
_UNFIT = re.compile(r"[\\:*?\"<>|\x00-\x1f\x7f]")


def host_of(address: str) -> str:
    """The host of an address without "www.", or ""."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def outside_hosts(safe_html: str) -> Counter[str]:
    """How many pictures of a post each foreign host serves."""
    hosts = Counter(
        urlsplit(html.unescape(found)).hostname for found in _PICTURE.findall(safe_html)
    )
    return Counter({host: count for host, count in hosts.items() if host})


class Uploads:
    """A copy of a blog's uploads folder, and which of its files posts use.

    ``hosts`` are those that served the folder; without a folder nothing is found.
    """

    def __init__(self, folder: Path | None, media_dir: Path, hosts: Iterable[str]) -> None:
        self._folder = folder.resolve() if folder else None
        self._media_dir = media_dir
        self._hosts = frozenset(hosts) - {""}
        self._addresses: dict[str, str | None] = {}
        self._copies: dict[str, Path] = {}
        self.missing: dict[str, None] = {}

    @property
    def used(self) -> int:
        """How many files of the folder posts use."""
        return len(self._copies)

    def point_to(self, markup: str) -> str:
        """The same HTML with the addresses of files that are there leading here.

        The result is as unsafe as what came in.
        """
        if self._folder is None:
            return markup
        found = {address: self._here(address) for address in media_urls(markup)}
        here = {address: path for address, path in found.items() if path}
        return _TAG.sub(lambda tag: _replaced(tag.group(), here), markup) if here else markup

    def copy(self) -> None:
        """Put the used files into the media folder, each whole or not at all. Raises OSError."""
        for name, origin in self._copies.items():
            target = self._media_dir / name
            if target.is_file() and filecmp.cmp(origin, target, shallow=False):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}")
            try:
                shutil.copyfile(origin, fresh)
                fresh.replace(target)
            finally:
                fresh.unlink(missing_ok=True)

    def _here(self, address: str) -> str | None:
        path = self._path_inside(address)
        if path is None:
            return None
        if path not in self._addresses:
            self._addresses[path] = self._take(path)
            if self._addresses[path] is None:
                self.missing[path] = None
        return self._addresses[path]

    def _path_inside(self, address: str) -> str | None:
        """The path inside the uploads folder that an old address names, or None."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        host, path = host_of(address), unquote(parts.path)
        if _PHOTON.fullmatch(host):
            host, _, path = path.lstrip("/").partition("/")
            host, path = host.removeprefix("www."), f"/{path}"
        if host and host not in self._hosts:
            return None
        inside = _INSIDE.search(path)
        if inside is not None:
            return inside[1]
        return path.lstrip("/") or None if host.endswith(_WORDPRESS_COM) else None

    def _take(self, path: str) -> str | None:
        for candidate in dict.fromkeys((path, _RESIZED.sub("", path))):
            origin = self._file(candidate)
            if origin is None:
                continue
            digest = _digest(origin)
            name = f"{UPLOADS}/{candidate}"
            there = self._media_dir / name
            if there.is_file() and not filecmp.cmp(origin, there, shallow=False):
                # Another blog's file has this name; that blog's posts need it as it is.
                name = f"{UPLOADS}/{digest}/{candidate}"
            self._copies[name] = origin
            return f"{MEDIA_PREFIX}{quote(name)}?v={digest}"
        return None

    def _file(self, path: str) -> Path | None:
        parts = PurePosixPath(path).parts
        if self._folder is None or not parts or _UNFIT.search(path) or len(path) > 500:
            return None
        if any(part.startswith((".", "/")) for part in parts):
            return None
        try:
            found = (self._folder / path).resolve()
            is_inside = found.is_relative_to(self._folder) and found.is_file()
            return found if is_inside and is_what_it_says(found, parts[-1]) else None
        except OSError:
            return None


def is_what_it_says(path: Path, name: str) -> bool:
    """Whether a file is of a kind that pages show, by the ending of its name and by its content."""
    ending = PurePosixPath(name).suffix.lower()
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if ending == ".svg":
        return _is_svg(path)
    if ending in (".webp", ".avif"):
        return head[8:12] == b"WEBP" if ending == ".webp" else _is_avif(head)
    if ending == ".mp3":
        return head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] >= b"\xe0")
    if ending in (".mp4", ".m4a"):
        return head[4:8] == b"ftyp"
    return head.startswith(_BEGINNINGS.get(ending, ()))


def _is_avif(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and (b"avif" in head[8:32] or b"avis" in head[8:32])


def _is_svg(path: Path) -> bool:
    if path.stat().st_size > LARGEST_SVG:
        return False
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return False
    return root.tag in ("svg", "{http://www.w3.org/2000/svg}svg")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _replaced(tag: str, here: dict[str, str]) -> str:
    def new(found: re.Match[str]) -> str:
        value = next(part for part in found.groups()[1:] if part is not None)
        address = here.get(html.unescape(value).strip())
        return f'{found[1]}="{html.escape(address)}"' if address else found.group()

    return _ADDRESS.sub(new, tag)
