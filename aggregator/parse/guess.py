"""Which encoding bytes are in that say nothing, or something that is not so. The only door to charset-normalizer.

Only the encodings that the Web has used are asked for, and a guess counts only where Windows-1252 is clearly worse.
Measured on texts of 100 to 700 characters in 20 languages: where most letters are beyond ASCII, charset-normalizer is
right every time. Where few are it is not (Swedish looks like Hungarian to it, German like Polish), so there one rule of
our own decides; Hungarian, Turkish and Czech of Windows stay Windows-1252.
"""

from __future__ import annotations

import re

_TEXTS = re.compile(rb"[<>\n\r]")
"""What stands between texts; none of it is a part of a character in the encodings that are asked for."""
_LOOKED_AT = 1024 * 1024
_ENOUGH = 64 * 1024
"""Bytes of text from which the encoding is told."""
_ASCII = bytes(range(128))
_FOREIGN_SHARE = 0.4
"""Of the bytes of texts that have any beyond ASCII: Cyrillic has 0.8, Japanese with its spaces and digits 0.7; French,
Polish and Turkish at most 0.2."""
_LETTERS = 8
"""Bytes beyond ASCII, at least: a title of three letters tells nothing."""
_FOREIGN = [
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
    *("cp1251", "koi8_r", "koi8_u", "cp866", "cp1253", "cp1255", "cp1256", "cp874"),
]
_LATIN = ("iso8859_2", "cp1250")
_WITHIN_WORDS = re.compile(
    r"[\x80-\x9f]|(?<=[^\W\d_])[\xa1-\xaa\xac\xae-\xb6\xb8-\xba\xbc-\xbf\xd7\xf7\ufffd](?=[^\W\d_])"
)
"""Controls, and symbols that stand within no word; ``l·l`` is Catalan."""
_SYMBOLS = 20
"""One symbol within a word for so many letters beyond ASCII speaks against Windows-1252."""


def encoding(body: bytes) -> str | None:
    """Python's name of the encoding, or ``None`` where Windows-1252 is as good a guess as any."""
    start = _start(body)
    letters = len(start.translate(None, _ASCII))
    if letters < _LETTERS:
        return None
    return _best(start) if is_foreign(body) else _other_latin(start)


def is_foreign(body: bytes) -> bool:
    """Whether most letters are beyond ASCII, as in no language that Windows-1252 is for."""
    start = _start(body)
    letters = len(start.translate(None, _ASCII))
    return letters >= _LETTERS and letters >= len(start) * _FOREIGN_SHARE


def _start(body: bytes) -> bytes:
    """The first texts with anything beyond ASCII in them, whole ones if possible."""
    found: list[bytes] = []
    size = 0
    for each in _TEXTS.split(body[:_LOOKED_AT]):
        if each.isascii():
            continue
        if found and size + len(each) > _ENOUGH:
            break
        found.append(each[:_ENOUGH])
        size += len(each)
    return b"\n".join(found)


def _best(start: bytes) -> str | None:
    from charset_normalizer import from_bytes  # only the few documents that need it pay for its import

    found = from_bytes(start, cp_isolation=_FOREIGN).best()
    return found.encoding if found is not None else None


def _other_latin(start: bytes) -> str | None:
    """What Polish, Czech and Romanian are written in, where Windows-1252 has symbols within words: ``Rz±d``."""
    letters = len(start.translate(None, _ASCII))
    western = _within_words(start, "cp1252")
    best = min(_LATIN, key=lambda each: _within_words(start, each))
    return best if western * _SYMBOLS >= letters and _within_words(start, best) * 4 <= western else None


def _within_words(start: bytes, name: str) -> int:
    return len(_WITHIN_WORDS.findall(start.decode(name, "replace")))
