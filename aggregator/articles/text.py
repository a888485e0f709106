"""Plain text out of whatever a source called its title, name or summary."""

from __future__ import annotations

import re
from html import unescape

from aggregator.articles.characters import collapse, cut, legal
from aggregator.articles.clean import text_of
from aggregator.articles.markup import looks_like_html

MAX_TITLE = 1024
"""Bytes of a title, name or tag."""
_NOT_CJK = bytes(set(range(256)) - set(range(0xE3, 0xEA)))
"""What does not begin a character from U+3000 to U+9FFF in UTF-8."""
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")
"""Thai, Lao, Burmese, Khmer: white space parts their sentences only."""
_HTML = frozenset({"html", "xhtml", "text/html", "application/xhtml+xml"})
EXCERPT = 300
"""Characters of a summary that is made from the text."""
_MAX_RAW = 16 * 1024
"""Characters of a title that are looked at at all."""
_ROUNDS = 3
"""How often a text may have been escaped: once by its format, once by habit, once more by mistake."""
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_WRAPPED = re.compile(r"\s*(?:<|&(?:amp;)*lt;)!\[CDATA\[(.*)\]\](?:>|&(?:amp;)*gt;)\s*", re.DOTALL)
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Characters that show nothing: of nothing else, a title is none."""
_SWALLOWS = "script|style|textarea|title|iframe|xmp|noscript|noembed|noframes|template|plaintext|svg|math|select|object"
_MENTION = re.compile(rf"</?({_SWALLOWS})(?![a-z0-9-])[^<>]*>?", re.IGNORECASE)
_SWALLOWING_END = re.compile(rf"</({_SWALLOWS})\s*>", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s)|[。！？]")


def is_html(media_type: str) -> bool:
    """Whether a text of this media type is HTML."""
    return media_type in _HTML or media_type.lower().partition(";")[0].strip() in _HTML


def plain(value: str | None, media_type: str = "text/plain", limit: int = MAX_TITLE) -> str | None:
    """One line of plain text of at most ``limit`` bytes; ``None`` for nothing.

    Tags go, entities are decoded, also those that were escaped more than once (``&amp;amp;``), and a text that is
    said to be plain but is obviously HTML is read as HTML. ``How to use the <b> tag`` keeps its tag; the name of an
    element that would swallow the rest, as in ``How the <script> tag works``, keeps its name only.
    """
    if value is None:
        return None
    text = unwrapped(legal(value[:_MAX_RAW]))
    if "&" in text or "<" in text:
        text = _unescaped(text, media_type)
    text = cut(collapse(text), limit)
    return text if text.strip(_INVISIBLE) else None


def unwrapped(text: str) -> str:
    """The text without a ``<![CDATA[`` around it that was escaped, or written twice, and so became part of it."""
    found = _WRAPPED.fullmatch(text) if "![CDATA[" in text[:100] else None
    return found[1] if found is not None else text


def _unescaped(text: str, media_type: str) -> str:
    text = unswallowed(text)
    if is_html(media_type):
        text = text_of(text)
    for _ in range(_ROUNDS):
        if "&" not in text and "<" not in text:
            break
        decoded = unswallowed(legal(_ENTITY.sub(lambda found: unescape(found[0]), text)))
        if looks_like_html(decoded):
            decoded = text_of(decoded)
        if decoded == text:
            break
        text = decoded
    return text


def unswallowed(text: str) -> str:
    """The text with elements that are only mentioned, never closed, reduced to their names."""
    if "<" not in text:
        return text
    closed = {name.lower() for name in _SWALLOWING_END.findall(text)}
    return _MENTION.sub(lambda found: found[0] if found[1].lower() in closed else found[1], text)


def word_count(words: list[str]) -> int:
    """How many words these are, which white space parted: every two characters of Chinese or Japanese are one more,
    and every five of Thai, Lao, Burmese or Khmer."""
    others = [word for word in words if not word.isascii()]
    cjk = sum(len(word.encode(errors="replace").translate(None, _NOT_CJK)) for word in others)
    unspaced = sum(len(run) for word in others for run in _UNSPACED.findall(word))
    return len(words) + cjk // 2 + unspaced // 5


def excerpt(text: str, limit: int = EXCERPT) -> str:
    """The beginning of the text in at most ``limit`` characters: whole sentences where they fill half of it, else
    whole words and an ellipsis."""
    text = collapse(text[: 8 * limit])
    if len(text) <= limit:
        return text
    sentences = [found.end() for found in _SENTENCE_END.finditer(text, 0, limit)]
    if sentences and sentences[-1] >= limit // 2:
        return text[: sentences[-1]]
    words = text[: limit - 1].rpartition(" ")[0]
    return (words if len(words) > limit // 2 else text[: limit - 1]).rstrip(" ,;:–-") + "…"
