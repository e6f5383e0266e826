"""Mends the bytes of a WordPress export on the way to the XML parser, chunk by chunk.

Exports are printed by templates, not by an XML writer, so they carry whatever the database
held: control characters, half characters, HTML entities, a byte order mark or a PHP warning
before the first line. None of that is worth losing a blog over. Every repair is counted, no
repair moves a line break, and a DOCTYPE, which no export has, ends the reading.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Callable, Iterator
from html.entities import html5
from typing import BinaryIO

from blog.exchange.wxr_records import WxrError, WxrRepair

CHUNK_BYTES = 256 * 1024
HEAD_BYTES = 64 * 1024
# No token that is looked for is longer, so this much is kept back for the next chunk.
LOOKAHEAD = 256

CONTROL = "control characters removed"
INVALID = "invalid bytes replaced"
SURROGATE = "split characters joined"
ENTITY = "HTML entities turned into characters"
AMPERSAND = "stray ampersands escaped"
REFERENCE = "references to forbidden characters removed"
PREFIX = "characters before the XML declaration removed"
CDATA_END = "section ends inside a text escaped"

Progress = Callable[[int], None]

# Names as browsers read them: what calls itself Latin-1 is Windows-1252 in practice.
_ENCODINGS = {"iso8859-1": "cp1252", "ascii": "utf-8", "utf-8-sig": "utf-8"}
_ENCODING_NAME = re.compile(
    r"(utf-(8|16)(-[a-z]+)?|cp125\d|iso8859-\d+|ascii|koi8-[ru]|gb\w+|big5|euc_\w+|shift_jis)"
)
_DECLARATION = re.compile(r"<\?xml\s[^<>?]*\?>")
_DECLARED = re.compile(rb"<\?xml[^<>]{1,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]+")
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r"))
_PAIR = re.compile(
    "\udced[\udca0-\udcaf][\udc80-\udcbf]\udced[\udcb0-\udcbf][\udc80-\udcbf]"
    "|\udced[\udca0-\udcbf][\udc80-\udcbf]"
)
_TOKEN = re.compile(r"<!\[CDATA\[|<!--|<\?|<!(?i:doctype)|&(?!(?:amp|lt|gt|quot|apos);)|\]\]>")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_ENTITY_NAME = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31};)")
_TAG_NAME = re.compile(r"<([\w:.-]{1,100})(?=[\s>])")
_ENDS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_MARKUP_FOLLOWS = re.compile(r"\s*(?:<!\[CDATA\[|<!--|<\?|\Z)")


class RepairedXml:
    """Reads `raw` and gives out UTF-8 XML in chunks, keeping count of what it mended.

    With `mend_cdata` a `]]>` that does not stand at the end of its element is taken for text;
    only a file that failed without it should be read so. Raises WxrError for compressed files,
    an unknown encoding, and a DOCTYPE.
    """

    def __init__(
        self, raw: BinaryIO, *, mend_cdata: bool = False, progress: Progress | None = None
    ) -> None:
        self._raw = raw
        self._mend_cdata = mend_cdata
        self._progress = progress
        self._counts: dict[str, list[int]] = {}
        self._line = 1
        self._column = 1
        self._end = ""  # what closes the section we are in; empty in ordinary text
        self._element = ""
        self._single_byte_losses = False
        self._suspect = True

    @property
    def repairs(self) -> tuple[WxrRepair, ...]:
        """What was mended so far."""
        found = sorted((line, kind, number) for kind, (number, line) in self._counts.items())
        return tuple(WxrRepair(kind, number, line) for line, kind, number in found)

    def chunks(self) -> Iterator[bytes]:
        """The mended document, piece by piece, without its XML declaration."""
        pending, kept_suspect = "", False
        for text, suspect, final in self._decoded():
            self._suspect = suspect or kept_suspect
            # What is kept back comes from this chunk alone, unless that is very short.
            kept_suspect = suspect if len(text) >= LOOKAHEAD else self._suspect
            pending = pending + text
            if self._suspect:
                pending = self._join_pairs(pending, final)
            limit = len(pending) if final else max(0, len(pending) - LOOKAHEAD)
            mended, used = self._mend(pending, limit)
            pending = pending[used:]
            if mended:
                yield mended.encode("utf-8")

    def _decoded(self) -> Iterator[tuple[str, bool, bool]]:
        """Text of each chunk, whether it may hold forbidden characters, whether it is the last."""
        head = self._read(HEAD_BYTES)
        _refuse_archives(head)
        encoding = _encoding_of(head)
        self._single_byte_losses = encoding != "utf-8"
        errors = "surrogateescape" if encoding == "utf-8" else "replace"
        decoder = codecs.getincrementaldecoder(encoding)(errors)
        yield self._without_declaration(decoder.decode(head)), True, False
        while data := self._read(CHUNK_BYTES):
            text = decoder.decode(data)
            # Deleting bytes is ten times as fast as searching characters, and most are clean.
            suspect = not text.isascii() or len(data.translate(None, _CONTROL_BYTES)) < len(data)
            yield text, suspect, False
        yield decoder.decode(b"", final=True), True, True

    def _read(self, size: int) -> bytes:
        data = self._raw.read(size)
        if data and self._progress is not None:
            self._progress(len(data))
        return data

    def _without_declaration(self, text: str) -> str:
        """Blank the declaration and what stands before it, line breaks kept.

        The parser is told the encoding, so the declaration is not missed; a warning printed
        before it would otherwise be the end of the import.
        """
        if text.startswith("\ufeff"):
            self._count(PREFIX, 1, 1)
            text = text[1:]
        declaration = _DECLARATION.search(text)
        root = text.find("<rss")
        if declaration is not None and (root == -1 or declaration.start() < root):
            start, end = declaration.span()
        else:
            start = end = max(0, text.find("<"))
        before = text[:start]
        if before:
            self._count(PREFIX, len(before), 1)
        blank = re.sub(r"[^\r\n]", "", before) + " " * (end - start)
        return blank + text[end:] if end else text

    def _join_pairs(self, text: str, final: bool) -> str:
        """Join characters that were written as two encoded surrogates (CESU-8)."""
        if "\udced" not in text:
            return text

        def joined(match: re.Match[str]) -> str:
            raw = match.group().encode("utf-8", "surrogateescape")
            units = raw.decode("utf-8", "surrogatepass")
            if len(units) == 2:
                self._count_at(SURROGATE, text, match.start())
                return units.encode("utf-16", "surrogatepass").decode("utf-16")
            # A half at the very end may find its other half in the next chunk.
            if not final and match.end() > len(text) - 3:
                return match.group()
            return units

        return _PAIR.sub(joined, text)

    def _mend(self, text: str, limit: int) -> tuple[str, int]:
        """Mend `text` up to about `limit`; gives the result and how far it got."""
        out: list[str] = []
        at = 0
        while at < limit:
            at = (
                self._section(text, at, limit, out)
                if self._end
                else self._plain(text, at, limit, out)
            )
        return "".join(out), at

    def _section(self, text: str, at: int, limit: int, out: list[str]) -> int:
        end = text.find(self._end, at)
        if end == -1 or end >= limit:
            out.append(self._clean(text[at:limit]))
            return limit
        out.append(self._clean(text[at:end]))
        after = end + len(self._end)
        if self._end == "]]>" and self._mend_cdata and not self._closes(text, after):
            self._count(CDATA_END, 1, self._line)
            out.append("]]]]><![CDATA[>")
            return after
        out.append(self._end)
        self._column += len(self._end)
        self._end = ""
        return after

    def _closes(self, text: str, after: int) -> bool:
        """Whether what follows shows that a section really ended here."""
        if _MARKUP_FOLLOWS.match(text, after):
            return True
        closing = r"\s*</" + (re.escape(self._element) + r"\s*>" if self._element else "")
        return re.compile(closing).match(text, after) is not None

    def _plain(self, text: str, at: int, limit: int, out: list[str]) -> int:
        match = _TOKEN.search(text, at)
        stop = limit if match is None or match.start() >= limit else match.start()
        if stop > at:
            self._remember_element(text, at, stop)
            out.append(self._clean(text[at:stop]))
        if match is None or stop == limit:
            return stop
        mark = match.group()
        if mark == "&":
            return self._ampersand(text, stop, out)
        if mark.lower() == "<!doctype":
            raise WxrError(
                f"The file has a DOCTYPE at line {self._line}, column {self._column}, "
                "which a WordPress export never has. Nothing was imported.",
                self._line,
                self._column,
            )
        if mark == "]]>" and self._mend_cdata:
            self._count(CDATA_END, 1, self._line)
            mark = "]]&gt;"
        self._end = _ENDS.get(mark, "")
        self._column += match.end() - stop
        out.append(mark)
        return match.end()

    def _remember_element(self, text: str, at: int, stop: int) -> None:
        opened = text.rfind("<", at, stop)
        if opened != -1:
            name = _TAG_NAME.match(text, opened)
            self._element = name.group(1) if name else ""

    def _ampersand(self, text: str, at: int, out: list[str]) -> int:
        """Mend the ampersand at `at`, which opens none of XML's own five entities."""
        number = _REFERENCE.match(text, at)
        if number is not None:
            code = int(number.group(1), 16) if number.group(1) else int(number.group(2))
            if _is_xml_character(code):
                out.append(number.group())
            else:
                self._count(REFERENCE, 1, self._line)
            self._column += len(number.group())
            return number.end()
        named = _ENTITY_NAME.match(text, at)
        if named is not None and named.group(1) in html5:
            self._count(ENTITY, 1, self._line)
            out.append(html.escape(html5[named.group(1)]))
            self._column += len(named.group())
            return named.end()
        self._count(AMPERSAND, 1, self._line)
        self._column += 1
        out.append("&amp;")
        return at + 1

    def _clean(self, piece: str) -> str:
        """Remove what XML forbids, and count lines."""
        if self._suspect and _FORBIDDEN.search(piece) is not None:
            piece = _FORBIDDEN.sub(lambda run: self._forbidden(piece, run), piece)
        if self._single_byte_losses and "\ufffd" in piece:
            first = self._line + piece.count("\n", 0, piece.index("\ufffd"))
            self._count(INVALID, piece.count("\ufffd"), first)
        breaks = piece.count("\n")
        self._line += breaks
        width = len(piece) - piece.rfind("\n") - 1
        self._column = width + 1 if breaks else self._column + width
        return piece

    def _forbidden(self, piece: str, run: re.Match[str]) -> str:
        kept = []
        for char in run.group():
            if "\ud800" <= char <= "\udfff":
                self._count_at(INVALID, piece, run.start())
                kept.append("\ufffd")
            else:
                self._count_at(CONTROL, piece, run.start())
                # These two stand between words, so something must.
                kept.append(" " if char in "\x0b\x0c" else "")
        return "".join(kept)

    def _count_at(self, kind: str, text: str, at: int) -> None:
        # Lines are counted for the first of a kind only, or a bad file would take for ever.
        line = 0 if kind in self._counts else self._line + text.count("\n", 0, at)
        self._count(kind, 1, line)

    def _count(self, kind: str, number: int, line: int) -> None:
        self._counts.setdefault(kind, [0, line])[0] += number


def _is_xml_character(code: int) -> bool:
    """XML 1.0, production 2 (Char)."""
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )


def _refuse_archives(head: bytes) -> None:
    for magic, name in ((b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"), (b"BZh", "bzip2")):
        if head.startswith(magic):
            raise WxrError(
                f"The file is not XML but packed with {name}. Unpack it and import the XML file."
            )


def _encoding_of(head: bytes) -> str:
    """The codec for a file that starts with `head`, after its mark or its declaration."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[:4] in (b"<\0?\0", b"\0<\0?"):
        return "utf-16-le" if head[1] == 0 else "utf-16-be"
    declared = _DECLARED.search(head)
    if declared is None or head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    name = declared.group(1).decode("ascii")
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        codec = ""
    if not _ENCODING_NAME.fullmatch(codec):
        raise WxrError(
            f"The file says its encoding is {name}, which is not known here. "
            "Save it as UTF-8 and import it again.",
            1,
            1,
        )
    # A declaration that could be read byte by byte is not UTF-16, whatever it says.
    codec = "utf-8" if codec.startswith("utf-16") else codec
    return _ENCODINGS.get(codec, codec)
