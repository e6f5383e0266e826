"""Pictures beside a Markdown file: copied to the media folder, and pointed to from there.

Each is addressed with the digest of its content, so that browsers may keep it for good, and with
its width and height, so that the page does not jump while it loads.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import quote, unquote

import imagesize

from blog.errors import Refusal

MEDIA_PREFIX = "/media/"
LARGEST_PICTURE = 20 * 1024 * 1024
LARGEST_SIDE = 30_000
LARGEST_SVG_SIDE = 20_000
LONGEST_LENGTH = 100
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"})
# A CSS pixel is 1/96 inch (CSS Values and Units, 6.2).
PIXELS_PER_UNIT = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54,
                   "mm": 96 / 25.4}  # fmt: skip

# The sanitiser writes every attribute with double quotes and none inside, so this reads whole tags.
_PICTURE = re.compile(r'<img(?:\s+[a-z-]+="[^"]*")*\s*/?>')
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_LENGTH = re.compile(r"\s*+([0-9]++(?:\.[0-9]++)?+|\.[0-9]++)\s*+([a-z]*+)\s*+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the media folder: its address, and its size where the file tells it."""

    address: str
    width: int | None
    height: int | None


def relative_pictures(safe_html: str) -> list[str]:
    """The sources in this HTML that name a file beside the text, in order, each once."""
    sources = (_attributes(tag).get("src", "") for tag in _PICTURE.findall(safe_html))
    return [source for source in dict.fromkeys(sources) if _is_relative(source)]


def keep_pictures(
    safe_html: str, *, folder: Path, media_dir: Path, slug: str
) -> dict[str, Picture]:
    """Copy each picture the HTML names relatively from ``folder`` to the post's media folder.

    Returns what each source became. Raises Refusal when a file is missing, leaves the folder, is of
    another kind or too large, or when two of one name would stand in each other's way.
    """
    kept: dict[str, Picture] = {}
    origins: dict[str, Path] = {}
    for source in relative_pictures(safe_html):
        origin = _file_beside(folder, source)
        name = origin.name
        if origins.setdefault(name, origin) != origin:
            raise Refusal(
                "picture_name_taken",
                f"Two pictures are called {name!r}; all pictures of a post lie in one folder. "
                "Nothing was published; rename one of them.",
            )
        content = _read(origin, source)
        _write(media_dir / "posts" / slug / name, content)
        kept[source] = _picture(content, origin.suffix.lower(), slug, name)
    return kept


def kept_pictures(safe_html: str, *, media_dir: Path, slug: str) -> dict[str, Picture]:
    """What the relative sources became when the post was published, read from the media folder.

    For rendering a post anew without the file it came from; what is gone is left out.
    """
    found: dict[str, Picture] = {}
    for source in relative_pictures(safe_html):
        name = Path(_path_of(source)).name
        path = media_dir / "posts" / slug / name
        if name and path.is_file():
            found[source] = _picture(path.read_bytes(), path.suffix.lower(), slug, name)
    return found


def point_to_pictures(safe_html: str, pictures: Mapping[str, Picture]) -> str:
    """The same HTML with these sources replaced by their addresses, and sizes set.

    Only values made here go in: an address of quoted path characters, and whole numbers.
    """

    def replaced(found: re.Match[str]) -> str:
        attributes = _attributes(found.group())
        picture = pictures.get(attributes.get("src", ""))
        if picture is None:
            return found.group()
        attributes["src"] = picture.address
        if picture.width and picture.height:
            attributes |= {"width": str(picture.width), "height": str(picture.height)}
        written = " ".join(
            f'{name}="{html.escape(value, quote=True)}"' for name, value in attributes.items()
        )
        return f"<img {written}>"

    return _PICTURE.sub(replaced, safe_html)


def _attributes(tag: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(tag)}


def _is_relative(source: str) -> bool:
    return bool(source) and not re.match(r"[a-z][a-z0-9+.-]*:|[/#?]", source, re.IGNORECASE)


def _path_of(source: str) -> str:
    return unquote(re.split("[?#]", source, maxsplit=1)[0])


def _file_beside(folder: Path, source: str) -> Path:
    path = _path_of(source)
    try:
        inside = folder.resolve()
        found = (inside / path).resolve()
        leaves = not found.is_relative_to(inside)
        missing = not leaves and not found.is_file()
    except (OSError, ValueError):
        leaves, missing = False, True
    if leaves:
        raise Refusal(
            "picture_outside",
            f"The picture {source!r} lies outside the folder of the file. Nothing was published; "
            "put it beside the file.",
        )
    if missing:
        raise Refusal(
            "picture_missing",
            f"The picture {source!r} is not there. Nothing was published; "
            "put it beside the file or correct its name.",
        )
    if found.suffix.lower() not in SUFFIXES:
        raise Refusal(
            "picture_kind",
            f"{source!r} is not a picture that pages can show; "
            f"expected one of {', '.join(sorted(SUFFIXES))}. Nothing was published.",
        )
    return found


def _read(path: Path, source: str) -> bytes:
    if path.stat().st_size > LARGEST_PICTURE:
        raise Refusal(
            "picture_too_large",
            f"The picture {source!r} is larger than {LARGEST_PICTURE // 1024 // 1024} MiB. "
            "Nothing was published; make it smaller.",
        )
    return path.read_bytes()


def _write(path: Path, content: bytes) -> None:
    """Put the file in its place whole or not at all, since readers may be fetching it just now."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with fresh.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _picture(content: bytes, suffix: str, slug: str, name: str) -> Picture:
    digest = hashlib.sha256(content).hexdigest()[:12]
    width, height = _svg_size(content) if suffix == ".svg" else _raster_size(content)
    fits = 0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE
    return Picture(
        f"{MEDIA_PREFIX}posts/{quote(slug)}/{quote(name)}?v={digest}",
        width if fits else None,
        height if fits else None,
    )


def _raster_size(content: bytes) -> tuple[int, int]:
    """The size in the file's head, turned as its EXIF says; (-1, -1) when it cannot be read."""
    try:
        info = imagesize.get_info(BytesIO(content), dpi=False, colors=False, channels=False)
        return int(info.width), int(info.height)
    except (ArithmeticError, ValueError, TypeError, IndexError, KeyError, struct.error):
        return -1, -1


def _svg_size(content: bytes) -> tuple[int, int]:
    """The size of an SVG by its root element: width and height, else the view box.

    (-1, -1) when there is none, or none that a page could show.
    """
    from lxml import etree  # noqa: PLC0415 - a server that keeps no pictures does without it

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return -1, -1
    width, height = _pixels(root.get("width")), _pixels(root.get("height"))
    box = re.split(r"[\s,]+", (root.get("viewBox") or "").strip(), maxsplit=4)
    if len(box) == 4:
        box_width, box_height = _pixels(box[2]), _pixels(box[3])
        if not (width or height):
            width, height = box_width, box_height
        elif box_width and box_height:
            width = width or height * box_width / box_height
            height = height or width * box_height / box_width
    # Also false for what is infinite or no number at all, which cannot be rounded.
    fits = 1 <= width <= LARGEST_SVG_SIDE and 1 <= height <= LARGEST_SVG_SIDE
    return (round(width), round(height)) if fits else (-1, -1)


def _pixels(length: str | None) -> float:
    if length is None or len(length) > LONGEST_LENGTH:
        return 0.0
    found = _LENGTH.fullmatch(length)
    return float(found[1]) * PIXELS_PER_UNIT.get(found[2], 0.0) if found else 0.0
