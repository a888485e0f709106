"""The body of an article and its summary."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from aggregator.articles.characters import decoded, legal
from aggregator.articles.clean import clean_with_text, escaped, text_of, text_of_clean, unescaped
from aggregator.articles.compare import meaning, squeezed
from aggregator.articles.markup import looks_like_html
from aggregator.articles.text import EXCERPT, excerpt, is_html, unswallowed, unwrapped, word_count
from aggregator.model import Markup

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.articles.wellformed import Clean
    from aggregator.model import ParsedEntry, Text

MAX_CONTENT = 512 * 1024
"""Bytes of clean content."""
_MAX_RAW = 2 * MAX_CONTENT
"""Characters that are looked at at all."""
_MAX_SUMMARY = 2000
"""Characters of a summary the source gave; what is longer is an article of its own."""
_BEGINNINGS = (1000, 8000)
"""Characters of HTML that usually hold the first sentences."""
_TAG = re.compile("<[^<>]*>")
_BREAK = re.compile(r"(<br\b[^<>]*>)\s*</br\s*>")
"""What feedparser makes of ``<br/>`` in XHTML (6.0.14), and HTML of that: two breaks."""
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_IMAGE = re.compile(r"<img (?=[^<>]*?src=\"([^\"]*)\")[^<>]*>")
_SMALL = re.compile(r' (?:width|height)="(?:[1-5]?[0-9])(?:px)?"')
"""Below 60 pixels: a face, a smiley, a button to share with."""
_FURNITURE = re.compile(r"/~ff/|/emoji/|/smil(?:ey|ie)s?/|/icon_|_icon_(?:large|small)|gravatar\.com/", re.IGNORECASE)
"""Addresses of such pictures where no size is said (Discourse, WordPress, Slashdot, 2026-11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What there is to read."""

    html: str | None = None
    """Clean, every reference absolute."""
    meaning: str = ""
    """Its words, for comparing."""
    words: int = 0
    summary: str | None = None
    """Plain text, where it says less than the content."""
    language: str | None = None
    warnings: tuple[str, ...] = ()
    markup: Markup | None = None
    """What the HTML was cleaned from."""

    @property
    def beginning(self) -> str:
        """Its first sentences, whether they are its summary or all there is."""
        return self.summary or _beginning(self.html or "")

    @property
    def image(self) -> str | None:
        """The first picture in it that is more than a face, a smiley or a button."""
        return first_picture(self.html or "")


def content_of(entry: ParsedEntry, base_of: Callable[[Text], str | None]) -> Content:
    """The body and the summary of an entry.

    The body is the best of its contents: HTML before plain text, then the longest, since some feeds put the caption
    of a picture first. Where the summary says more than that, it is the body, unless that would lose the pictures
    while its words are kept as a summary (feeds of photographs); where it is all there is, it is both.
    A summary is made from the body where none was given, and left out where it would only repeat it.
    """
    bodies = [each for each in entry.contents if _is_text(each)]
    body = max(bodies, key=lambda each: (is_html(each.type), len(each.value)), default=None)
    summary = entry.summary if entry.summary is not None and _is_text(entry.summary) else None
    if body is None or (summary is not None and summary.value == body.value):
        body, summary = body or summary, None
    if body is None:
        return Content()
    made, markup, warnings = _as_html(body, base_of(body))
    words = unescaped(made.text).split()
    brief = "" if summary is None else _summary_text(summary)
    shown = "<img" in made.html and len(brief) <= _MAX_SUMMARY and summary is not None and "<img" not in summary.value
    if summary is not None and not shown and len(squeezed(brief)) > len("".join(words)):
        body, brief = summary, text_of_clean(made.html)
        made, markup, warnings = _as_html(body, base_of(body))
        words = unescaped(made.text).split()
    short = excerpt(brief, _MAX_SUMMARY) if brief else _beginning(made.html)
    run_together = "".join(words)
    return Content(
        html=made.html or None,
        meaning=meaning(made.html, run_together),
        words=word_count(words),
        summary=short if squeezed(short) != run_together else None,
        language=body.language,
        warnings=warnings,
        markup=markup,
    )


def first_picture(html: str) -> str | None:
    """The first picture in clean HTML that is more than a face, a smiley or a button."""
    found = _IMAGE.finditer(html)
    return next(
        (unescape(each[1]) for each in found if not (_SMALL.search(each[0]) or _FURNITURE.search(each[1]))), None
    )


def summary_of(html: str) -> str | None:
    """The first sentences of clean HTML; ``None`` where these are all of it."""
    short = _beginning(html)
    return short if squeezed(short) != squeezed(text_of_clean(html)) else None


def _beginning(html: str) -> str:
    """The first sentences of clean HTML; only so much of it is read as that takes."""
    for enough in _BEGINNINGS:
        if len(html) > enough:
            text = text_of_clean(html[:enough].rpartition("<")[0])
            if len(text) > EXCERPT:
                return excerpt(text)
    return excerpt(text_of_clean(html))


def _is_text(text: Text) -> bool:
    """Whether it is something to read, and not a picture in base64."""
    kind = text.type.lower().strip()
    return bool(text.value.strip()) and ("/" not in kind or kind.startswith("text/") or is_html(kind))


def _summary_text(summary: Text) -> str:
    value = unwrapped(summary.value[:_MAX_RAW])
    return text_of(value) if is_html(summary.type) or looks_like_html(value) else legal(value).strip()


def _as_html(text: Text, base: str | None) -> tuple[Clean, Markup, tuple[str, ...]]:
    """Clean HTML of at most :data:`MAX_CONTENT`, what it was cleaned from, and what had to be done to it, in words."""
    value, said_html = text.value, is_html(text.type)
    whole = len(value) <= _MAX_RAW
    if not whole:
        value = value[: max(value.rfind("<", 0, _MAX_RAW), _MAX_RAW // 2)]
    value = unwrapped(value)
    if "</br" in value:
        value = _BREAK.sub(r"\1", value)
    tagged = said_html and "<" in value
    if tagged and _begins_with_mention(value):
        mentioned = unswallowed(value)
        if mentioned != value and not _TAG.search(mentioned):
            value, tagged = mentioned, False
    if said_html and not tagged:
        value = decoded(value)  # no tag at all: plain text, or HTML that was escaped once too often
    if not tagged and not looks_like_html(value):
        value = _paragraphs(legal(value), "\n" if said_html else "<br>")
    markup = Markup(html=value, base=base)
    made = clean_with_text(value, base)
    while len(made.html) > MAX_CONTENT // 4 and len(made.html.encode()) > MAX_CONTENT:
        made, whole = clean_with_text(_shortened(made.html)), False
    return made, markup, () if whole else (f"its content was longer than {MAX_CONTENT // 1024} KiB and was cut",)


def _begins_with_mention(html: str) -> bool:
    """Whether its first tag may be only mentioned; most begin with another, and are not looked through."""
    first = _TAG.search(html)
    return first is None or unswallowed(first[0]) != first[0]


def _shortened(html: str) -> str:
    """The beginning of the HTML, up to the end of an element where there is one, with room to close what is open."""
    kept = html.encode()[: MAX_CONTENT * 15 // 16].decode("utf-8", "ignore")
    last = kept.rfind("</")
    end = kept.find(">", last) + 1 if last > len(kept) // 2 else 0
    return kept[:end] if end else kept[: max(kept.rfind(" "), len(kept) // 2)]


def _paragraphs(text: str, line_end: str) -> str:
    """Plain text as HTML: blank lines part paragraphs; ``line_end`` is what a single line end becomes."""
    blocks = (block.strip() for block in _BLANK_LINE.split(text))
    return "".join(f"<p>{escaped(block).replace(chr(10), line_end)}</p>" for block in blocks if block)
