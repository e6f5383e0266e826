"""Pictures beside a file: copied, addressed, measured, and kept inside their folder."""

from __future__ import annotations

import re
import struct
import time
import zlib
from pathlib import Path

import pytest

from blog.errors import Refusal
from blog.markup import clean_post_html, render_post
from blog.posts.pictures import keep_pictures, kept_pictures, point_to_pictures

SVG = '<svg xmlns="http://www.w3.org/2000/svg" {0}><rect width="3" height="4"/></svg>'


def png(width: int, height: int) -> bytes:
    """The smallest real PNG of this size, all black."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


JPEG = bytes.fromhex("ffd8ffc0001108000f001e03012200021101031101ffd9")
GIF = b"GIF89a" + struct.pack("<HH", 7, 9) + b"\x00\x00\x00;"
WEBP = b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\x1f\0\0" + b"\x0f\0\0"


def published(folder: Path, media: Path, source: str) -> str:
    """The HTML of a text whose pictures lie in ``folder``."""
    html = render_post(source)
    kept = keep_pictures(html, folder=folder, media_dir=media, slug="the-post")
    return point_to_pictures(html, kept)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "desk"
    path.mkdir()
    return path


@pytest.mark.parametrize(
    ("name", "content", "size"),
    [
        ("a.png", png(5, 3), (5, 3)),
        ("a.jpg", JPEG, (30, 15)),
        ("a.gif", GIF, (7, 9)),
        ("a.webp", WEBP, (32, 16)),
        ("a.svg", SVG.format('width="40" height="20mm"').encode(), (40, 76)),
        ("a.svg", SVG.format('viewBox="0 0 300 150"').encode(), (300, 150)),
        ("a.svg", SVG.format('width="100" viewBox="0 0 300 150"').encode(), (100, 50)),
    ],
)
def test_a_picture_is_copied_and_measured(
    folder: Path, tmp_path: Path, name: str, content: bytes, size: tuple[int, int]
) -> None:
    (folder / name).write_bytes(content)
    html = published(folder, tmp_path / "media", f"![A]({name})")
    assert re.search(rf'src="/media/posts/the-post/{re.escape(name)}\?v=[0-9a-f]{{12}}"', html)
    assert f'width="{size[0]}" height="{size[1]}"' in html
    assert (tmp_path / "media/posts/the-post" / name).read_bytes() == content


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.gif", "a.webp", "a.svg"])
@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF    WEBPVP8X", b"<svg", b"<?xml"],
)
def test_a_broken_picture_gets_no_size_and_does_no_harm(
    folder: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    (folder / name).write_bytes(content)
    html = published(folder, tmp_path / "media", f"![A]({name})")
    assert "/media/posts/the-post/" in html
    assert "width=" not in html


@pytest.mark.parametrize("name", ["a.svg", "a.png"])
@pytest.mark.parametrize(
    "attributes",
    [
        f'width="{"9" * 400}" height="5"',
        f'width="{"9" * 400}px" height="{"9" * 400}px"',
        f'viewBox="0 0 {"9" * 400} {"9" * 400}"',
        f'viewBox="0 0 {"9" * 99} 0.{"0" * 90}1" height="5"',
        'width="20001" height="5"',
        'width="0.2" height="5"',
        'width="-5" height="5"',
        f'width="{"9" * 500_000}x!" height="5"',
    ],
)
def test_an_svg_of_no_sane_size_gets_none(
    folder: Path, tmp_path: Path, name: str, attributes: str
) -> None:
    (folder / name).write_text(SVG.format(attributes))
    started = time.process_time()
    html = published(folder, tmp_path / "media", f"![A]({name})")
    assert 'src="/media/posts/the-post/' in html
    # What is no PNG is measured by another hand, which may find a size; it has to be a sane one.
    assert name == "a.png" or "width=" not in html
    assert all(len(size) <= 5 for size in re.findall(r'(?:width|height)="(\d+)"', html))
    assert time.process_time() - started < 5


def test_an_svg_that_names_other_files_reads_none_of_them(folder: Path, tmp_path: Path) -> None:
    (folder / "w.txt").write_text("77")
    bomb = f'<!DOCTYPE svg [<!ENTITY w SYSTEM "file://{folder}/w.txt">]><svg width="&w;"/>'
    (folder / "a.svg").write_text(bomb)
    assert 'width="77"' not in published(folder, tmp_path / "media", "![A](a.svg)")


def test_a_changed_picture_gets_another_address(folder: Path, tmp_path: Path) -> None:
    addresses = set()
    for side in (2, 3):
        (folder / "a.png").write_bytes(png(side, side))
        addresses.add(published(folder, tmp_path / "media", "![A](a.png)"))
    assert len(addresses) == 2


def test_names_with_spaces_and_letters_of_any_script_are_found(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "mein Bild ä.png").write_bytes(png(2, 2))
    html = published(folder, tmp_path / "media", "![A](<mein Bild ä.png>)")
    assert "/media/posts/the-post/mein%20Bild%20%C3%A4.png?v=" in html
    assert clean_post_html(html) == html


@pytest.mark.parametrize(
    "source",
    ["https://pictures.example/a.png", "/static/a.png", "//pictures.example/a.png"],
)
def test_other_addresses_are_left_alone(folder: Path, tmp_path: Path, source: str) -> None:
    html = render_post(f"![A]({source})")
    assert published(folder, tmp_path / "media", f"![A]({source})") == html


@pytest.mark.parametrize("source", ["../secret.png", "sub/../../secret.png", "%2e%2e/secret.png"])
def test_a_path_that_leaves_the_folder_is_refused(
    folder: Path, tmp_path: Path, source: str
) -> None:
    (tmp_path / "secret.png").write_bytes(png(1, 1))
    with pytest.raises(Refusal, match="outside the folder"):
        published(folder, tmp_path / "media", f"![A]({source})")


def test_a_link_in_the_file_system_that_leaves_the_folder_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.png").write_bytes(png(1, 1))
    (folder / "a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(Refusal, match="outside the folder"):
        published(folder, tmp_path / "media", "![A](a.png)")


@pytest.mark.parametrize(
    ("source", "code"),
    [("gone.png", "picture_missing"), ("a%00.png", "picture_missing"), ("a.html", "picture_kind")],
)
def test_missing_and_other_files_are_refused(
    folder: Path, tmp_path: Path, source: str, code: str
) -> None:
    (folder / "a.html").write_text("<script>")
    html = f'<p><img src="{source}" alt="A"></p>'
    with pytest.raises(Refusal) as caught:
        keep_pictures(html, folder=folder, media_dir=tmp_path / "media", slug="the-post")
    assert caught.value.code == code


def test_two_pictures_of_one_name_are_refused(folder: Path, tmp_path: Path) -> None:
    for place in (folder / "a", folder / "b"):
        place.mkdir()
        (place / "x.png").write_bytes(png(1, 1))
    with pytest.raises(Refusal, match=r"Two pictures are called 'x\.png'"):
        published(folder, tmp_path / "media", "![A](a/x.png) ![B](b/x.png)")


def test_only_whole_tags_are_touched(folder: Path, tmp_path: Path) -> None:
    (folder / "a.png").write_bytes(png(2, 2))
    source = '![x > y "z" <img src="a.png">](a.png "t > u") and `<img src="a.png">`'
    html = published(folder, tmp_path / "media", source)
    assert html.count("/media/posts/the-post/a.png") == 1
    assert "&lt;img src" in html
    assert clean_post_html(html) == html


def test_pictures_are_found_again_without_the_file(folder: Path, tmp_path: Path) -> None:
    (folder / "a.png").write_bytes(png(2, 2))
    html = render_post("![A](a.png) ![B](gone.png)")
    (folder / "gone.png").write_bytes(png(1, 1))
    media = tmp_path / "media"
    first = keep_pictures(html, folder=folder, media_dir=media, slug="the-post")
    (media / "posts/the-post/gone.png").unlink()
    again = kept_pictures(html, media_dir=media, slug="the-post")
    assert again == {"a.png": first["a.png"]}
