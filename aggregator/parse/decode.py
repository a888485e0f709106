"""Bytes to text: which character encoding a document is in.

The order of RFC 7303 section 3 (byte order mark, HTTP charset, XML declaration), with one exception taken from
practice: bytes that are valid UTF-8, and hold anything beyond ASCII, are UTF-8 whatever they were said to be; and so
are bytes that are valid UTF-8 but for one in a thousand. Servers that add ``charset=ISO-8859-1`` to everything, and
templates that begin with it, are common; Latin-1 text that happens to be valid UTF-8 is not.

Characters U+0080 to U+009F are what Windows-1252 has there, as in HTML (13.2.5.80): nobody means a control.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

from aggregator.parse import guess

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
_WIDE = (
    (re.compile(rb"\x00\x00\x00[{\[\s]\x00"), "utf-32-be"),
    (re.compile(rb"[{\[\s]\x00\x00\x00[^\x00]"), "utf-32-le"),
    (re.compile(rb"\x00[{\[\s]\x00[^\x00]"), "utf-16-be"),
    (re.compile(rb"[{\[\s]\x00[^\x00]\x00"), "utf-16-le"),
)
"""The same of JSON (RFC 4627 section 3), and of XML behind a blank line."""

_LABELS = {
    **dict.fromkeys(("windows-874", "dos-874", "iso885911"), "cp874"),
    **dict.fromkeys(("x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("x-gbk", "gb_2312", "gb_2312-80", "csgb2312"), "gb18030"),
    **dict.fromkeys(("x-euc-jp", "cseucpkdfmtjapanese"), "euc_jp"),
    **dict.fromkeys(("cn-big5", "x-x-big5"), "big5hkscs"),
    **dict.fromkeys(("windows-949", "ks_c_5601-1989", "ksc_5601", "cseuckr", "csksc56011987", "iso-ir-149"), "cp949"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac_cyrillic"),
    **dict.fromkeys(("mac", "x-mac-roman", "csmacintosh"), "mac_roman"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e", "logical", "visual", "iso88598", "csiso88598e"), "iso8859-8"),
    **dict.fromkeys(("iso-8859-6-i", "iso-8859-6-e", "iso88596", "csiso88596e", "csiso88596i"), "iso8859-6"),
    **dict.fromkeys(("koi", "koi8"), "koi8-r"),
    **{f"x-cp125{number}": f"cp125{number}" for number in range(9)},
    **{f"iso8859{number}": f"iso8859-{number}" for number in (1, 2, 3, 4, 5, 7, 13, 14, 15)},
    "koi8-ru": "koi8-u",
    "sun_eu_greek": "iso8859-7",
    "csisolatin9": "iso8859-15",
    "unicode-1-1-utf-8": "utf-8",
}
"""Labels of the WHATWG Encoding Standard (section 4.2) that Python does not know."""

_BROADER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
}
"""Labels that in practice mean a superset (WHATWG Encoding Standard, section 4.2)."""

_STATEFUL = ("iso2022", "hz")
"""Encodings that look like ASCII: their bytes are valid UTF-8, and nothing but the label tells."""

_CONTROLS = re.compile("[\x80-\x9f]")
_CONTROLS_IN_UTF8 = re.compile(b"\xc2[\x80-\x9f]")
_HOLES = {code: 0xDC00 + code for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
"""Bytes that Windows-1252 has no letters for: kept as they are by whoever decodes, and by ``surrogateescape``."""
_FIRST_TWICE = re.compile(rb"\xc3[\x80-\xff]+")
"""A letter that every one that was encoded twice begins with, and what follows it beyond ASCII."""
_BROKEN = 20
"""Letters beyond ASCII for each that is broken, where a document is still taken for what it says it is."""
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") or "\ufffd" for code in range(0x80, 0xA0)}

_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "charmap", "utf-7"})
"""Codecs of Python that no document may ask for: they rewrite text, or hide markup (UTF-7)."""

_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]{0,30}:)?(?:rss|feed|rdf|channel|html)[\s>]", re.IGNORECASE)
_BEFORE_ROOT = 4096
"""Bytes in which a declaration is looked for: warnings of PHP and other declarations may stand before it."""
_DECLARED = re.compile(rb"""<\?xml\s[^>]{0,1000}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]{1,40})""", re.IGNORECASE)


class Decoded(NamedTuple):
    """A document as text, the Python name of its encoding, and what had to be guessed or mended."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()
    utf8: bytes | None = None
    """The same text as bytes, where the document came as such."""


def decode(document: Document) -> Decoded:
    """The document's text. Never raises: bytes that fit no encoding become U+FFFD, with a warning.

    Wherever the source said two things, or what it said is not so, a warning tells what was decided.
    """
    decoded = _decoded(document)
    if decoded.encoding == "utf-8" and _CONTROLS_IN_UTF8.search(document.body) is None:
        return decoded  # a tenth of the time of looking at characters
    if _CONTROLS.search(decoded.text) is None:
        return decoded
    warning = "control characters that mean letters of Windows-1252 were read as those"
    return Decoded(decoded.text.translate(_WINDOWS), decoded.encoding, (*decoded.warnings, warning))


def _decoded(document: Document) -> Decoded:
    body = document.body
    in_document, in_header = _declaration(body), _CHARSET.search(document.media_type or "")
    label = in_document[1].decode("ascii") if in_document else None
    declared, served = _charset(label), _charset(in_header[1] if in_header else None)
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            found = _lenient(body[len(mark) :], encoding)
            said = next((each for each in (served, declared) if each not in (None, encoding)), None)
            told = (f"said to be {said} but it begins with the mark of {encoding}",) if said else ()
            return Decoded(found.text, encoding, (*told, *found.warnings))
    for start, encoding in _UNMARKED:
        if body.startswith(start):
            return _lenient(body, encoding)
    for pattern, encoding in _WIDE:
        if pattern.match(body):
            return _lenient(body, encoding)

    utf8 = _strict(body, "utf-8")
    if utf8 is not None and not (body.isascii() and (served or declared or "").startswith(_STATEFUL)):
        unlike = () if body.isascii() else _unlike("UTF-8", in_header, served, label, declared)
        if (once := _encoded_once(utf8, body)) is not None:
            return Decoded(once, "utf-8", (*unlike, "it was made UTF-8 twice, and read as if once"))
        return Decoded(utf8, "utf-8", unlike, body)
    if utf8 is None and (mostly := _mostly_utf8(body)) is not None:
        wrong = _unlike("mostly UTF-8", in_header, served, label, declared)
        return Decoded(mostly, "utf-8", (*wrong, "bytes that are not utf-8 were replaced"))
    for said in (served, declared):
        if said and said != "utf-8" and (text := _strict(body, said)) is not None:
            if said == "cp1252" and guess.is_foreign(body) and (better := guess.encoding(body)):
                return _told(f"said to be Latin-1 but most letters are not; read as {better}", _lenient(body, better))
            other = declared if said is served else served
            return Decoded(
                text, said, (f"also said to be {other}; read as {said}",) if other not in (None, said) else ()
            )
    return _guessed(body, tuple(each for each in (served, declared) if each not in (None, "utf-8", "cp1252")))


def _declaration(body: bytes) -> re.Match[bytes] | None:
    root = _ROOT.search(body, 0, _BEFORE_ROOT)
    return _DECLARED.search(body, 0, root.start() if root else _BEFORE_ROOT)


def _encoded_once(text: str, body: bytes) -> str | None:
    """``cafÃ© â€™`` as ``café ’``, where all letters beyond ASCII are of that kind, and there are several.

    It was taken for Windows-1252 and made UTF-8 again. Single texts of that kind are put right later, on either road.
    """
    first = _FIRST_TWICE.search(body)  # nearly always it is a plain letter, and nothing else need be looked at
    if first is None or _once(first[0].decode("utf-8", "replace")) is None:
        return None
    once = _once(text)
    return once if once is not None and _beyond_ascii(once) > 1 else None


def _once(text: str) -> str | None:
    try:
        return text.translate(_HOLES).encode("cp1252", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return None


def _told(warning: str, found: Decoded) -> Decoded:
    return found._replace(warnings=(warning, *found.warnings))


def _unlike(
    found: str, header: re.Match[str] | None, served: str | None, label: str | None, declared: str | None
) -> tuple[str, ...]:
    """What to warn of where bytes are UTF-8: each place that said otherwise."""
    told = []
    if header and served not in (None, "utf-8"):
        told.append(f"served as {header[1]} but it is {found}")
    if label and declared not in (None, "utf-8"):
        told.append(f"declared as {label} but it is {found}")
    return tuple(told)


def _mostly_utf8(body: bytes) -> str | None:
    """The text, where at most one byte in a thousand is not UTF-8 and for each of those ten characters are."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken * 1000 > len(body):
        return None
    return text if _beyond_ascii(text) >= 11 * broken else None


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _charset(label: str | None) -> str | None:
    """The codec a label means; ``None`` for what is no character encoding."""
    if label is None:
        return None
    try:
        name = codecs.lookup(_LABELS.get(label.lower(), label)).name
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


def _guessed(body: bytes, said: tuple[str, ...]) -> Decoded:
    """Neither UTF-8 nor what it says: one of both with a few broken bytes, what it looks like, or Windows-1252."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = _beyond_ascii(text) - broken
    if sound > broken:
        return _lenient(body, "utf-8")
    for each in said:
        text = body.decode(each, "replace")
        if text.count("\ufffd") * _BROKEN <= _beyond_ascii(text):
            return Decoded(text, each, (f"bytes that are not {each} were replaced",))
    if (found := guess.encoding(body)) is not None:
        return _told(f"neither UTF-8 nor what it says it is; read as {found}", _lenient(body, found))
    warning = "neither UTF-8 nor what it says it is; read as Windows-1252"
    return Decoded(body.decode("cp1252", "replace"), "cp1252", (warning,))
