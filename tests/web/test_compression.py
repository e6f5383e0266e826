"""Public text goes out compressed, the same text as without; private text never."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask.testing import FlaskClient

from tests.factories import make_comment, make_post, set_setting


def unpacked(data: bytes, encoding: str | None) -> bytes:
    if encoding == "br":
        return bytes(brotli.decompress(data))
    return gzip.decompress(data) if encoding == "gzip" else data


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("", None),
        ("zstd", None),
        ("gzip;q=0", None),
    ],
)
def test_the_browser_gets_what_it_prefers(
    client: FlaskClient, accepted: str, encoding: str | None
) -> None:
    make_comment(make_post("text"))
    for path in ("/posts/text", "/feed", "/static/site.css", "/sitemap.xml"):
        plain = client.get(path)
        packed = client.get(path, headers={"Accept-Encoding": accepted})
        assert "Accept-Encoding" in packed.headers["Vary"]
        if path != "/sitemap.xml":
            assert packed.headers.get("Content-Encoding") == encoding, path
        assert unpacked(packed.data, packed.headers.get("Content-Encoding")) == plain.data
        assert int(packed.headers["Content-Length"]) == len(packed.data)


def test_each_encoding_has_an_etag_of_its_own_and_answers_304(client: FlaskClient) -> None:
    make_post("text")
    for path in ("/posts/text", "/static/site.css"):
        tags = set()
        for accepted in ("identity", "gzip", "br"):
            headers = {"Accept-Encoding": accepted}
            etag = client.get(path, headers=headers).headers["ETag"]
            tags.add(etag)
            again = client.get(path, headers={**headers, "If-None-Match": etag})
            assert again.status_code == 304
        assert len(tags) == 3


def test_what_one_person_sees_is_not_compressed(client: FlaskClient) -> None:
    make_post("text")
    set_setting("comments.hold", "all")
    typed = {"comment": "x", "author": "Ann", "email": "ann@reader.example", "remember": "yes"}
    preview = client.post("/posts/text/comments", data=typed).headers["Location"]
    for path in (preview, "/posts/text", "/login"):
        answer = client.get(path, headers={"Accept-Encoding": "gzip, br"})
        assert "Content-Encoding" not in answer.headers
