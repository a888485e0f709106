"""Captions of pictures and the credits of photographers, which stand between the paragraphs of a capture."""

from __future__ import annotations

import re

from aggregator.parse.captured_dateline import dateline

_LONGEST = 300
_WORD = r"(?:photo|photograph|image|picture|foto|bild|crédit photo|фото|图|圖|写真|사진)"
_BEFORE = re.compile(rf"{_WORD}s?(?:\s+by\s+|\s*[:：/]\s*)\S.{{1,280}}", re.IGNORECASE)
_BEHIND = re.compile(
    r".{3,280}(?:[(（](?:(?:[A-Z]\w{1,20} )?(?:file )?(?:photo|foto|image|picture|bild)\b[^()]{0,80}"
    r"|(?:AP|AFP|EPA|Reuters|Getty)\s?(?:/|photo|images)[^()]{0,80})[)）]"
    rf"|\b{_WORD}\s?[:：]\s?[^.!?:]{{2,60}})\.?",
    re.IGNORECASE,
)
_ALONE = frozenset({"file photo", "file picture", "archivbild", "symbolbild", "photo d'archives", "foto de archivo"})


def caption(paragraph: str) -> bool:
    """Whether a paragraph is a caption or names a photographer: a credit stands at its beginning or its end.

    ``Photo: Lena Graf``; ``A boy looks into the tunnel. (AP Photo/Joe Doe)``; ``File photo``.
    """
    if len(paragraph) > _LONGEST or dateline(paragraph):
        return False
    if paragraph.casefold().strip(".") in _ALONE:
        return True
    return _BEFORE.fullmatch(paragraph) is not None or _BEHIND.fullmatch(paragraph) is not None
