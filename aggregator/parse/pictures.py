"""Which pictures an entry shows, and the same entry with other addresses for them."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model import Enclosure, ParsedEntry

_OTHER_FILES = ("srcset", "sizes", "data-src", "data-srcset", "data-lazy-src", "data-lazy-srcset", "data-original")
"""Attributes that would show another file in place of the one that was found."""


def shown(entry: ParsedEntry) -> tuple[str, ...]:
    """The references of an entry's pictures as written: its own picture, then those in its text, each once."""
    written = [entry.image or ""]
    for text in entry.contents:
        if "<img" in text.value.lower():
            tree = LexborHTMLParser(text.value, is_fragment=True)
            written.extend(each.attributes["src"] or "" for each in tree.css("img[src]"))
    return tuple(dict.fromkeys(each for each in written if each.strip()))


def path_of(reference: str, base: str | None) -> str | None:
    """The path of the local file a reference means, decoded; ``None`` for one that leads to the web.

    ``base`` is the ``file:`` address of the article. Query and fragment mean nothing to a file;
    names that some systems store decomposed (``e`` and an accent) are composed.
    """
    try:
        parts = urlsplit(urljoin(base or "", reference.strip()))
    except ValueError:  # "http://["
        return None
    local = parts.scheme == "file" and not parts.netloc  # "//host/a.png" is a web address, also beside a file
    return unicodedata.normalize("NFC", unquote(parts.path)) if local else None


def with_pictures(entry: ParsedEntry, published: Mapping[str, Enclosure]) -> ParsedEntry:
    """The entry with its pictures where they are published: reference as written -> the file at its new address.

    Its own picture is an enclosure too: RSS has no other place for it, and its type and length are known. The raw hash
    covers the addresses, so that an article changes with its pictures.
    """
    if not published:
        return entry
    own = published.get(entry.image or "")
    addresses = tuple(dict.fromkeys(each.url for each in published.values()))
    return replace(
        entry,
        raw_hash=hashlib.sha256(entry.raw_hash + "\0".join(addresses).encode()).digest(),
        image=own.url if own is not None else entry.image,
        enclosures=(*entry.enclosures, own) if own is not None else entry.enclosures,
        pictures=addresses,
        contents=tuple(replace(each, value=_pointed(each.value, published)) for each in entry.contents),
    )


def _pointed(html: str, published: Mapping[str, Enclosure]) -> str:
    if "<img" not in html.lower():
        return html
    tree = LexborHTMLParser(html, is_fragment=True)
    changed = False
    for image in tree.css("img[src]"):
        found = published.get(image.attributes["src"] or "")
        if found is None:
            continue
        changed = True
        image.attrs["src"] = found.url
        for name in _OTHER_FILES:
            if name in image.attributes:
                del image.attrs[name]
        parent = image.parent
        if parent is not None and parent.tag == "picture":
            parent.replace_with(image)
    return (tree.html or "") if changed else html
