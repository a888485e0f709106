"""What stands around an article and is no part of it: counters, advertisements, links to its comments. For comparing.

Nothing is taken out of what is published: what is left here is only ever compared with what was left before.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.articles.markup import words
from aggregator.articles.urls import is_tracker

if TYPE_CHECKING:
    from collections.abc import Iterable

_BLOCK_NAMES = (
    "address|article|aside|blockquote|br|caption|center|dd|details|div|dl|dt|figcaption|figure|footer|h[1-6r]|header"
    "|hgroup|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
LINE = re.compile(rf"(</?(?:{_BLOCK_NAMES})(?: [^<>]*)?>\s*)")
"""What parts the lines of clean HTML, with the white space behind it."""
_TAG = re.compile("<[^<>]*>")
_PICTURE = re.compile(r"<(?:img|source)\b[^<>]*>")
_PICTURE_LINK = re.compile(
    r'\s*<a [^<>]*\bhref="([^"]*)"[^<>]*>(?:<(?:img|picture|source)\b[^<>]*>|</picture>|\s)++</a>\s*'
)
_EMPTY = re.compile(r"<([a-z0-9]+)(?: [^<>]*)?>\s*</\1>")
_SHORT = 200
"""Characters of a line that may be furniture as a whole."""
_BRIEF = 80
"""Characters of most of it."""
_SHORT_WITH_TAGS = 600
"""The same with its tags, which may hold long addresses."""
_NESTED = 8
"""Boxes around an advertisement that are taken to be its own."""


def _any(*patterns: str) -> str:
    return f"(?:{'|'.join(patterns)})"


_AD_HOSTS = words(
    "ad ads ads1 ads2 adserver adservice adserv adclick adclicks adv banner banners sponsor sponsors promo promos"
    " doubleclick googlesyndication buysellads carbonads pheedo taboola outbrain amazon-adsystem adnxs criteo"
)
_AD_FOLDERS = words("ad ads adserver adclick adview banner banners sponsor sponsors ~ff ~a ~at")
"""Names in the hosts and paths of advertisements, and of what FeedBurner put below entries."""

_N = r"(?:\d[\d.,' \xa0]*+\+? ?(?:k|m|mio|thousand|million)?)"
_UNIT = _any(
    r"(?:user |reader |total |unique |page ?|new )?(?:comments?|repl(?:y|ies)|responses?|answers?|reactions?"
    r"|trackbacks?|pingbacks?|views?|visits?|visitors?|hits|reads?|readers?|clicks?|impressions?|likes?|favou?rites?|faves|claps?"
    r"|shares?|retweets?|reposts?|boosts?|tweets?|pins|votes?|upvotes?|points?|karma|score|downloads?|plays|listens"
    r"|streams|followers|subscribers|bookmarks?)",
    "kommentare?|commentaires?|comentarios?|comentários?|commenti|reacties|комментари[йяев]+|コメント|条?评论|評論",
    "aufrufe|vues?|visitas|просмотр[аов]*|阅读|浏览",
)
_PEOPLE = "(?:people|persons|readers|users|others)"
_AGO = r"(?:an?|one|\d+) ?(?:s|sec(?:ond)?s?|m|min(?:ute)?s?|h|hrs?|hours?|d|days?|weeks?|months?|yrs?|years?)"
_EDITED = (
    "(?:was |is )?(?:last |first )?(?:updated|modified|edited|changed|published|posted|refreshed|aktualisiert"
    "|mis à jour|actualizado)"
)
_TIME = r"\d{1,2}[:.h]\d{2}"
_DATE = _any(
    r"(?:[^\W\d]{2,10}\.?,? )?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?\.?[ -](?:of )?[^\W\d]{3,10}\.?|[^\W\d]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}),?"
    rf"(?:[ -]\d{{4}})?(?:[ ,T-]+(?:at |um )?{_TIME}.{{0,20}})?",
    rf"{_TIME}.{{0,16}}",
)
_COUNTERS = (
    # Views: 340; # Comments: 12; Comments (12)
    rf"#? ?{_UNIT}(?: so far)? ?[:=#(\[]? ?(?:{_N}|no|none)",
    # 12 comments; No comments; Leave a comment on "A title"; View all 12 comments; Be the first to comment
    (
        rf"(?:{_N}|no|one|view|show|see|read|add|leave|post|write|be the first to)(?: all)?(?: the| an?| your)?"
        rf"(?: {_N})? ?{_UNIT}(?: so far| today| yet| now| (?:on|to) .{{1,120}}| ?\({_N}\))?"
    ),
    # Read by 340 people; Viewed 340 times
    (
        rf"(?:read|viewed|seen|liked|shared|played|downloaded|visited|watched|recommended|gelesen|lu|leído)(?: by)?:?"
        rf" {_N} ?(?:{_PEOPLE}|times?|mal|fois|veces|x)?(?: today| so far)?"
    ),
    # 340 people like this
    (
        rf"{_N} ?{_PEOPLE} (?:have |has )?(?:read|viewed|seen|liked?|shared|loved?|found|recommend(?:ed)?)"
        r"(?: this| it)?(?: article| post| story| page)?(?: helpful| useful)?"
    ),
    # Reading time: 3 minutes; 3 min read
    (
        r"(?:(?:estimated |approx(?:imate)?\.? )?reading time|time to read|lesezeit|lesedauer|temps de lecture"
        r"|tiempo de lectura|leestijd|tempo di lettura)[:= ]*(?:about |ca\. )?\d+ ?[a-zäéè.]{0,10}"
    ),
    (
        r"(?:a )?(?:about )?[<~]?\d+(?:[- –]\d+)?[- ]?min(?:ute)?s?\.? (?:to )?(?:read|reading|listen|watch"
        r"|de lecture|lesezeit|de lectura)(?: time)?"
    ),
    # Updated 5 minutes ago; vor 5 Minuten; Last updated on Tue, 3 Nov 2026 10:00
    (
        rf"(?:{_EDITED}[: ]*)?(?:(?:about |over )?{_AGO} ago|just now|yesterday|today|moments ago"
        r"|vor \d+ (?:sekunden?|minuten?|stunden?|tage?n?)|il y a \d+ [a-z]+|hace \d+ [a-z]+)"
    ),
    rf"{_EDITED}[: ]*(?:on |at |am |le |the )?{_DATE}",
)
_SITES = (
    r"(?:facebook|twitter|x|reddit|linkedin|mastodon|bluesky|email|del\.icio\.us|digg|pinterest|whatsapp|telegram"
    r"|stumbleupon|technorati|hacker news|a friend|friends)"
)
_BOILERPLATE = (
    # Read more; Continue reading; Read the full story
    (
        r"(?:read|continue|learn|see|view|show)(?: the)?(?: full| entire| rest| whole)?(?: of(?: this| the)?)?"
        r"(?: more| on| reading)?(?: (?:story|article|post|entry|comments?|here))?(?: ?[.…→»>]+)?"
    ),
    # Share this on Facebook; Email this
    (
        r"(?:email|share|tweet|like|print|bookmark|save|add|submit|digg|stumble|reddit|flattr)(?: (?:this|it))?"
        rf"(?: (?:article|post|story|page|link))?(?: (?:on|to|via|with|at) {_SITES})?"
    ),
    r"permalink|permanent link|join the (?:discussion|conversation)|discuss(?: (?:this|it))?(?: on hacker news)?",
    r"comments? ?(?:feed|url|rss)?:?(?: https?://\S+)?",
    "advertisement|advertorial|anzeige|werbung|publicité|publicidad",
)
_LABELS = (
    r"(?:(?:sponsored|promoted) by|(?:sponsored|promoted|(?:our )?sponsors?)(?: post| content)?:).{0,150}",
    # WordPress: The post A title appeared first on A blog.
    r"the post .{1,160} (?:appeared first|first appeared) on .{1,80}",
    r"(?:this (?:post|article) )?(?:originally|first) appeared (?:first )?on .{1,80}",
)
_SENTENCE_END = (".", "?", ":", ",", ";")
_EDGE = r"[\W_]*+"
_COUNTER = re.compile(rf"{_EDGE}{_any(*_COUNTERS)}{_EDGE}")
_LABEL = re.compile(rf"{_EDGE}{_any(*_LABELS)}{_EDGE}")
_FURNITURE = re.compile(rf"{_EDGE}{_any(*_COUNTERS, *_BOILERPLATE, *_LABELS)}{_EDGE}")
_DIGIT = re.compile(r"\d")
_BETWEEN = re.compile("[·•∙●⋅‧¦–—]")
_PART = re.compile(r"\s*[|·•∙●⋅‧¦]\s*|\s+[–—/-]\s+")
_BEHIND = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]*)[)\]]\s*", re.DOTALL)
"""Something in brackets behind a text."""


def without(html: str) -> str:
    """Clean HTML without what stands around its words: the same string where nothing does."""
    lines = LINE.split(html)
    changed = False
    for place, line in enumerate(lines[::2]):
        if not line:
            continue
        kept = _without_links(line) if "<a " in line else line
        if len(kept) <= _SHORT_WITH_TAGS:
            text = _TAG.sub("", kept) if "<" in kept else kept
            if len(text) <= _SHORT:
                kept = _line_without(kept, text)
        if kept != line:
            lines[2 * place] = kept
            changed = True
    return _without_empty("".join(lines)) if changed else html


def _line_without(line: str, text: str) -> str:
    text = " ".join((unescape(text) if "&" in text else text).split())
    kept = text_without(text)
    return line if kept is text else "".join(_PICTURE.findall(line)) + escape(kept, quote=False)


def _without_links(line: str) -> str:
    """Without links to advertisements, and links that are no more than a counter: ``<a>12 comments</a>``."""
    first, *rest = line.split("<a ")
    pieces = [first]
    for piece in rest:
        attributes, _, behind = piece.partition(">")
        inside, end, after = behind.partition("</a>")
        href = attributes.partition('href="')[2].partition('"')[0]
        dropped = is_ad(href) or (len(inside) <= _BRIEF and "<" not in inside and is_counter(unescape(inside)))
        pieces.append(after if dropped and end else f"<a {piece}")
    return "".join(pieces)


def _without_empty(html: str) -> str:
    for _ in range(_NESTED):
        html, count = _EMPTY.subn("", html)
        if not count:
            break
    return html


def without_pictures_elsewhere(html: str, page: str | None) -> str:
    """The HTML without lines that are nothing but a picture that leads to another site than the page's.

    A picture of the article's own leads to itself, larger, or to the page; one of these is an advertisement.
    """
    here = _site(page)
    lines = LINE.split(html)
    for place in range(0, len(lines), 2):
        found = _PICTURE_LINK.fullmatch(lines[place])
        if found is not None and _site(unescape(found[1])) != here:
            lines[place] = ""
    return _without_empty("".join(lines))


def _site(url: str | None) -> str:
    host = (urlsplit(url).hostname or "") if url is not None else ""
    return ".".join(host.split(".")[-2:])


def text_without(text: str, *, counters_only: bool = False) -> str:
    """A short line of text without the parts of it that are furniture; the same string where none is."""
    goes = is_counter if counters_only else is_furniture
    if goes(text):
        return ""
    if not _is_marked(text):
        return text
    behind = _BEHIND.fullmatch(text)
    if behind is not None and is_counter(behind[2]):
        return text_without(behind[1], counters_only=counters_only)
    parts = _PART.split(text)
    kept = [part for part in parts if part and not goes(part)]
    return text if len(kept) == sum(map(bool, parts)) else " | ".join(kept)


def _is_marked(text: str) -> bool:
    """Whether it may have parts."""
    if text.endswith((")", "]")) or "|" in text or " - " in text or " / " in text:
        return True
    return not text.isascii() and _BETWEEN.search(text) is not None


def is_furniture(text: str) -> bool:
    """Whether a short text is a counter, a link to comments or a label as a whole: ``12 comments``, ``3 min read``."""
    low = text.lower()
    if len(low) > _BRIEF or (len(low) > _BRIEF // 2 and low.endswith(_SENTENCE_END)):
        return len(low) <= _SHORT and _LABEL.fullmatch(low) is not None
    return _FURNITURE.fullmatch(low) is not None or (", " in low and all(map(is_counter, low.split(", "))))


def is_counter(text: str) -> bool:
    """Whether a text is a counter as a whole: ``12 comments``, ``Reading time: 3 minutes``."""
    low = " ".join(text.lower().split())
    return (_DIGIT.search(low) is not None or "comment" in low) and _COUNTER.fullmatch(low) is not None


def is_ad(url: str) -> bool:
    """Whether a link to this address, or a picture from there, is an advertisement."""
    host, _, path = url.lower().partition("//")[2].partition("?")[0].partition("/")
    return (
        not _AD_HOSTS.isdisjoint(host.split(".")[:-1])
        or ("/" in path and not _AD_FOLDERS.isdisjoint(path.split("/")[:-1]))
        or is_tracker(url)
    )


def lines_of(html: str) -> list[str]:
    """The text of clean HTML line by line, without markup and furniture."""
    lines: Iterable[str] = LINE.split(without(html))[::2]
    return [text for line in lines if (text := " ".join(unescape(_TAG.sub("", line)).split()))]
