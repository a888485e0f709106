"""What a picture is published as: its kind by its bytes, its name by their hash. :mod:`files` writes it."""

from __future__ import annotations

import hashlib
import re

FOLDER = "media"
"""Below the public folder, and below the public address."""

KINDS = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}
"""Ending of the published file -> media type. SVG is not one of them: it can hold scripts."""

_MAGIC = (
    ("jpg", re.compile(rb"\xff\xd8\xff")),
    ("png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("gif", re.compile(rb"GIF8[79]a")),
    ("webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
    ("avif", re.compile(rb".{4}ftyp(?:avif|avis)", re.DOTALL)),
)


def name_of(body: bytes) -> str | None:
    """The file's name: 32 hex digits of the hash of its bytes and the ending of what they are; ``None`` for no picture.

    The name given by the author does not count: a page that calls itself ``photo.png`` is not served as a picture.
    """
    ending = next((ending for ending, magic in _MAGIC if magic.match(body)), None)
    return f"{hashlib.sha256(body).hexdigest()[:32]}.{ending}" if ending is not None else None
