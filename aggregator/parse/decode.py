"""Bytes to text: which character encoding a document is in.

The order of RFC 7303 section 3 (byte order mark, HTTP charset, XML declaration), with one exception taken from
practice: bytes that are valid UTF-8 are UTF-8 unless the document itself declares another encoding. Servers
that add ``charset=ISO-8859-1`` to everything are common, Latin-1 text that happens to be valid UTF-8 is not.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from aggregator.model import Document

_MARKS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16-LE: its mark begins with the same two bytes
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_UNMARKED = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
"""How ``<`` or ``<?xm`` begins in encodings that are no superset of ASCII (XML 1.0 appendix F)."""

_BROADER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
}
"""Labels that in practice mean a superset (WHATWG Encoding Standard, section 4.2)."""

_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "charmap", "utf-7"})
"""Codecs of Python that no document may ask for: they rewrite text, or hide markup (UTF-7)."""

_DECLARED = re.compile(rb"""\A\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]{1,40})""", re.IGNORECASE)


class Decoded(NamedTuple):
    """A document as text, the Python name of its encoding, and what had to be guessed or mended."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def decode(document: Document) -> Decoded:
    """The document's text. Never raises: bytes that fit no encoding become U+FFFD, with a warning."""
    body = document.body
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _lenient(body[len(mark) :], encoding)
    for start, encoding in _UNMARKED:
        if body.startswith(start):
            return _lenient(body, encoding)

    in_document, in_header = _DECLARED.match(body), _CHARSET.search(document.media_type or "")
    declared = _charset(in_document[1].decode("ascii")) if in_document else None
    served = _charset(in_header[1]) if in_header else None

    utf8 = _strict(body, "utf-8")
    if utf8 is not None and declared in (None, "utf-8"):
        if in_header and served not in (None, "utf-8") and not body.isascii():
            return Decoded(utf8, "utf-8", (f"served as {in_header[1]} but it is UTF-8",))
        return Decoded(utf8, "utf-8")
    for said in (served, declared):
        if said and (text := _strict(body, said)) is not None:
            return Decoded(text, said)
    if utf8 is not None:
        return Decoded(utf8, "utf-8", (f"declared as {declared} but it is UTF-8",))
    return _guessed(body)


def _charset(label: str) -> str | None:
    """The codec a label means; ``None`` for what is no character encoding."""
    try:
        name = codecs.lookup(label).name
        "".encode(name)
    except (LookupError, ValueError, UnicodeError):  # unknown, with a NUL, or no text encoding (rot13, zlib)
        return None
    if name in _NOT_CHARSETS or name.startswith(("utf-16", "utf-32")):  # those two are known by their bytes
        return None
    return _BROADER.get(name, "utf-8" if name == "utf-8-sig" else name)


def _strict(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _lenient(body: bytes, encoding: str) -> Decoded:
    text = _strict(body, encoding)
    if text is not None:
        return Decoded(text, encoding)
    return Decoded(body.decode(encoding, "replace"), encoding, (f"bytes that are not {encoding} were replaced",))


def _guessed(body: bytes) -> Decoded:
    """Neither UTF-8 nor what it says: UTF-8 with a few broken bytes, or Windows-1252."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = sum(not each.isascii() for each in text) - broken
    if sound > broken:
        return _lenient(body, "utf-8")
    warning = "neither UTF-8 nor what it says it is; read as Windows-1252"
    return Decoded(body.decode("cp1252", "replace"), "cp1252", (warning,))
