"""What feeds get wrong and can be put right in their text, before any XML parser sees it.

One function per quirk: text in; text out, and a warning where something was changed. Each says where it was seen.
All are linear in the length of the text.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import TYPE_CHECKING

from aggregator.parse import claims, newest, prolog
from aggregator.parse.newest import ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable

Mended = tuple[str, str | None]

TEXT_BEFORE = "text before the feed was ignored"

_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));")
_AMPERSAND = re.compile(r"&(?:(#(?:[0-9]+|[xX][0-9a-fA-F]+);)|([A-Za-z][A-Za-z0-9]{0,31});)?")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_FEED_TAG = re.compile(r"<(?:rss|feed|(?:[A-Za-z_][\w.-]*:)?RDF|[A-Za-z_][\w.-]*:feed)[\s>]", re.IGNORECASE)
_ENTRY_TAG = re.compile(r"<(?:[A-Za-z_][\w.-]{0,30}:)?(item|entry)[\s>/]", re.IGNORECASE)
_QUALIFIED = re.compile(r"<([^\s>/]+)")
_PERSON = re.compile(
    r"(<(?:[A-Za-z_][\w.-]{0,30}:)?(?:author|creator|contributor|managingEditor|webMaster|publisher|owner|name|email)"
    r"(?:\s[^<>]{0,300})?>)((?:\s{0,100}<!\[CDATA\[)?[^<]{200,})",
    re.IGNORECASE,
)
_ENDLESS_WORD = re.compile(r"([\w.+&#;-]{200})[\w.+&#;-]+", re.ASCII)


def text_before_root(text: str) -> Mended:
    """PHP warnings and blank lines in front of the feed (the most common reason for "XML declaration not at start").

    What XML allows there goes too, and blank lines do, without a warning: see :mod:`aggregator.parse.prolog`.
    """
    found = prolog.read(text)
    if found.name.lower() not in ("rss", "feed", "rdf", "channel") and (tag := _FEED_TAG.search(text)):
        return text[tag.start() :], TEXT_BEFORE
    return text[max(found.root, 0) :], TEXT_BEFORE if found.noise else None


def text_after_root(text: str) -> Mended:
    """A script that Cloudflare appended behind ``</rss>`` (blog.kroy.io, in the corpus of November 2026)."""
    root = _QUALIFIED.match(text)
    at = text.rfind(f"</{root[1]}") if root else -1
    end = text.find(">", at) + 1 if at >= 0 else 0
    if not end or not text[end:].strip():
        return text, None
    return text[:end], None if text[end:].lstrip().startswith("<!--") else "text after the end of the feed was ignored"


def noncharacters(text: str) -> Mended:
    """Control characters pasted from word processors: one makes the whole document not well-formed."""
    mended = claims.without_noncharacters(text)
    return mended, None if mended == text else "control characters were removed"


def impossible_references(text: str) -> Mended:
    """``&#0;``, ``&#xD800;``, ``&#1114112;``: feedparser 6.0.14 raises on the last two (feedparser #599)."""

    def character(found: re.Match[str]) -> str:
        digits, base = (found[1], 16) if found[1] else (found[2], 10)
        code = int(digits, base) if len(digits.lstrip("0")) < 8 else 0x110000
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            return "\ufffd"
        return found[0] if claims.without_noncharacters(chr(code)) else ""

    mended = _REFERENCE.sub(character, text)
    return mended, None if mended == text else "references to impossible characters were replaced"


def undeclared_entities(text: str) -> Mended:
    """``&nbsp;`` and bare ``&`` outside CDATA: feeds written by string templates (feedparser sets bozo, salvages)."""

    def character(found: re.Match[str]) -> str:
        if found[1] or found[2] in _OF_XML:
            return found[0]
        known = html5.get(f"{found[2]};") if found[2] else None
        if known is None:
            return f"&amp;{found[0][1:]}"
        return "".join(f"&#{ord(each)};" for each in known)

    pieces = _CDATA.split(text)
    pieces[::2] = [_AMPERSAND.sub(character, piece) if "&" in piece else piece for piece in pieces[::2]]
    mended = "".join(pieces)
    return mended, None if mended == text else "undeclared entities or bare ampersands were read as text"


def endless_names(text: str) -> Mended:
    """40 KB of ``a`` as an author: feedparser's e-mail pattern takes over 25 s (feedparser #562, measured).

    Words are cut, not names: arXiv names hundreds of authors in one ``dc:creator``.
    """
    mended = _PERSON.sub(lambda found: found[1] + _ENDLESS_WORD.sub(r"\1", found[2]), text)
    return mended, None if mended == text else "a word of over 200 characters in a person's name was cut"


def endless_entries(text: str) -> Mended:
    """More than :data:`~aggregator.parse.newest.ENTRIES` entries (areweanticheatyet.com has 1,046): the newest ones
    are read; of XML that is not well-formed, the first."""
    last = _one_too_many(text)
    if last is None:
        return text, None
    text, said = newest.kept(text)
    last = _one_too_many(text)
    root = _QUALIFIED.match(text)
    if last is None or root is None:
        return text, said
    channel = "</channel>" if root[1].lower() == "rss" else ""
    return f"{text[: last.start()]}{channel}</{root[1]}>", f"only the first {ENTRIES:,} entries were read"


def _one_too_many(text: str) -> re.Match[str] | None:
    """Where the first entry begins that is not read any more."""
    return next((found for count, found in enumerate(_ENTRY_TAG.finditer(text)) if count == ENTRIES), None)


def ends_within_an_entry(text: str) -> bool:
    """Whether the last entry was begun but not ended: the document is cut off, and half an entry is none. What stands
    in a CDATA section that never ends is text, even an end tag."""
    if text.find("]]>", opened := text.rfind("<![CDATA[") + 1) < 0 < opened:
        text = text[:opened]
    starts = [found.start() for found in _ENTRY_TAG.finditer(text)]
    tag = _QUALIFIED.match(text, starts[-1]) if starts else None
    if tag is None:
        return False
    closed = text[: text.find(">", tag.end()) + 1].endswith("/>")
    return not closed and text.find(f"</{tag[1]}", tag.end()) < 0


ALL: tuple[Callable[[str], Mended], ...] = (
    text_before_root,
    text_after_root,
    noncharacters,
    impossible_references,
    endless_names,
    undeclared_entities,
    endless_entries,
)
"""In the order they are applied: the first two decide what the document is."""
