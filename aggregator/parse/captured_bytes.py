"""Bytes of a local file -> text a person could have typed, and file names fit to be shown."""

from __future__ import annotations

import codecs
import re

from aggregator.parse import guess

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_BINARY_SHARE = 0.1
"""A file with more control characters than this share of its text is a picture or a program, not an article."""

LONGEST = 1024 * 1024
"""Bytes of an article that somebody wrote, a book of 500 pages. A parser of Markdown takes up to 17 s for one MiB of
brackets, and one slow file would hold up its whole folder."""
_BROADER = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"} | {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "euc-kr": "cp949",
}
"""Labels that in practice mean a superset (WHATWG Encoding Standard, section 4.2)."""
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "unicode_escape", "raw-unicode-escape", "raw_unicode_escape"}
)
"""Codecs of Python that rewrite a text."""


def decode(
    body: bytes, name: str, declared: str | None = None, *, longest: int | None = None
) -> tuple[str | None, tuple[str, ...]]:
    """The text of a file with ``\\n`` line ends and no control characters, and warnings that name file and line.

    A byte order mark decides; then UTF-8; then the ``declared`` encoding; then what
    :mod:`aggregator.parse.guess` finds (Cyrillic, Chinese, ...); else Windows-1252. A file that is UTF-8 but for some
    broken bytes stays UTF-8. The text is ``None`` where the file is not text at all, or has more
    than ``longest`` bytes.
    """
    if longest is not None and len(body) > longest:
        note = f"{shown(name)}: {len(body):,} bytes, and an article has at most {longest:,}; make several files of it"
        return None, (note,)
    text, warnings = _decoded(body, name, declared)
    text = _LINE_END.sub("\n", text)
    bad = list(_CONTROL.finditer(text))
    if not bad:
        return text, warnings
    if len(bad) > 8 and len(bad) > len(text) * _BINARY_SHARE:
        return None, (f"{shown(name)}:1: this is not a text file; take it out of the folder",)
    line = text.count("\n", 0, bad[0].start()) + 1
    many = f"{len(bad)} control character{'s' if len(bad) > 1 else ''}"
    note = f"{shown(name)}:{line}: {many} removed, the first is U+{ord(bad[0][0]):04X}"
    return _CONTROL.sub("", text), (*warnings, note)


def _decoded(body: bytes, name: str, declared: str | None) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace"), ()
    for encoding, zeros in (("utf-16-le", body[1::2]), ("utf-16-be", body[::2])):
        if zeros.count(0) * 2 > len(zeros):  # UTF-16 without its mark, as some editors save it
            return body.decode(encoding, "replace"), ()
    try:
        return body.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
    if declared is not None and declared.casefold() not in _NO_CHARSETS:
        try:
            return body.decode(_BROADER.get(declared.casefold(), declared)), ()
        except (LookupError, ValueError):
            pass  # an unknown or untrue declaration: the guesses below are better, and they warn
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if sum(map(_beyond_ascii, text)) > 2 * broken:  # the other accented letters are sound UTF-8
        return text, (f"{shown(name)}:{line}: {broken} broken bytes in UTF-8 text; save the file again as UTF-8",)
    encoding = guess.encoding(body) or "cp1252"
    shown_as = "Windows-1252" if encoding == "cp1252" else encoding
    note = f"{shown(name)}:{line}: not UTF-8, read as {shown_as}; save the file as UTF-8 to be sure of every letter"
    return body.decode(encoding, "replace"), (note,)


def _beyond_ascii(char: str) -> bool:
    return char > "\x7f"


def shown(name: str, limit: int = 200) -> str:
    """The name of a file, or a value from one, on one line: what would not print (line ends, ANSI, bidi) is escaped."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"
