"""Which characters may travel on: those XML 1.0 can carry, without the leftovers of broken encodings."""

from __future__ import annotations

import re
from html import unescape

_CONTROLS = bytes((*range(0x09), *range(0x0B, 0x20), 0x7F))
_ENDLESS = re.compile("&#[0-9]{1000,};?")
_SUSPECT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]")


def _cp1252(code: int) -> str:
    """What a C1 control meant: nobody sends them, but many send windows-1252 labelled as latin-1."""
    return bytes([code]).decode("cp1252", "ignore")


_REPLACEMENTS: dict[int, str] = {
    **dict.fromkeys((*range(0x20), 0x7F, *range(0xFFFD, 0x10000)), ""),
    **{code: chr(code) for code in (0x09, 0x0A)},
    **dict.fromkeys((0x0B, 0x0C), " "),
    0x0D: "\n",
    **{code: _cp1252(code) for code in range(0x80, 0xA0)},
}


def legal(text: str) -> str:
    """The text with only the characters XML 1.0 (2.2) allows.

    C0 controls, U+FFFE, U+FFFF and lone surrogates go; surrogate pairs become the character they mean; C1 controls
    become what windows-1252 has there; U+FFFD goes, as it only says that something was lost (the W3C feed validator
    warns of both as BadCharacters). Line ends become ``\\n``, as any XML reader would make them.
    """
    if text.isascii():
        if len(text.encode().translate(None, _CONTROLS)) == len(text):
            return text
    elif _SUSPECT.search(text) is None:
        return text
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return paired.replace("\r\n", "\n").translate(_REPLACEMENTS)


def decoded(text: str) -> str:
    """The text with its character references resolved, and only legal characters. ``unescape`` alone raises ValueError
    for a number of more than 4,300 digits."""
    return legal(unescape(_ENDLESS.sub("", text)))


def collapse(text: str) -> str:
    """The text on one line: runs of white space, no-break spaces included, become one space."""
    return " ".join(text.split())


def cut(text: str, limit: int) -> str:
    """The text in at most ``limit`` UTF-8 bytes, cut after a word and marked with an ellipsis where it was longer."""
    if 4 * len(text) <= limit or len(encoded := text.encode()) <= limit:
        return text
    kept = encoded[: limit - len("…".encode())].decode("utf-8", "ignore")
    words = kept.rpartition(" ")[0]
    return (words if len(words) > len(kept) // 2 else kept).rstrip() + "…"
