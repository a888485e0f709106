"""An entry as an episode of a show: iTunes podcast tags, Podcasting 2.0 (podcastindex.org), Podlove Simple Chapters."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.model import Chapter, Credit, Episode, Link
from aggregator.parse import claims
from aggregator.parse.names import Children, attribute, common, content

if TYPE_CHECKING:
    from lxml import etree

TRANSCRIPTS = 20
CREDITS = 50
MARKS = 300
"""Chapters of one episode; a radio night of six hours has some 120."""

EPISODES = frozenset(
    [
        "itunes:season",
        "itunes:episode",
        "itunes:episodetype",
        "itunes:explicit",
        "googleplay:explicit",
        "podcast:season",
        "podcast:episode",
        "podcast:transcript",
        "podcast:chapters",
        "podcast:person",
        "psc:chapters",
    ]
)
"""The elements that make an entry an episode."""

_DECIMAL = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_PLAY_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,9})?)", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_YES, _NO = ("yes", "true", "explicit"), ("no", "false", "clean")


def episode(given: Children) -> Episode | None:
    """What an ``item`` says of itself as an episode."""
    number = given.text("podcast:episode", "itunes:episode") or ""
    transcripts = claims.distinct(map(_file, islice(given.all("podcast:transcript"), TRANSCRIPTS)))
    people = claims.distinct(map(_credit, islice(given.all("podcast:person"), CREDITS)))
    found = Episode(
        season=claims.number(given.text("podcast:season", "itunes:season")),
        season_name=next((attribute(each, "name") for each in given.all("podcast:season")), None),
        number=number if _DECIMAL.fullmatch(number) else None,
        name=next((attribute(each, "display") for each in given.all("podcast:episode")), None),
        kind=(given.text("itunes:episodetype") or "").lower() or None,
        explicit=yes_or_no(given.text("itunes:explicit", "googleplay:explicit")),
        transcripts=transcripts,
        chapters=next(map(_file, given.all("podcast:chapters")), None),
        marks=_marks(given),
        credits=people,
    )
    return found if found != Episode() else None


def show_id(given: Children) -> str | None:
    """The id of a show that has no other: its ``podcast:guid``, a UUID that stays when its feed moves."""
    written = given.text("podcast:guid") or ""
    own = given.text("id", "guid")
    return f"urn:uuid:{written.lower()}" if own is None and _UUID.fullmatch(written) else None


def yes_or_no(word: str | None) -> bool | None:
    """What a word of the podcast directories means; ``None`` for any other."""
    folded = (word or "").lower()
    return True if folded in _YES else False if folded in _NO else None


def _file(element: etree._Element) -> Link | None:
    url = attribute(element, "url")
    if url is None:
        return None
    return Link(
        href=url,
        rel=attribute(element, "rel") or common(element.tag).partition(":")[2],
        type=attribute(element, "type"),
        hreflang=attribute(element, "language"),
    )


def _credit(element: etree._Element) -> Credit | None:
    """A person; without a role a host, without a group of the cast, as the namespace has it."""
    name = content(element)
    if name is None:
        return None
    return Credit(
        name=name,
        role=(attribute(element, "role") or "host").lower(),
        group=(attribute(element, "group") or "cast").lower(),
        url=attribute(element, "href"),
        image=attribute(element, "img"),
    )


def _marks(given: Children) -> tuple[Chapter, ...]:
    """The chapters, by their start; one without a start or a title is none."""
    every = (each for holder in given.all("psc:chapters") for each in Children(holder).all("psc:chapter"))
    return tuple(sorted(claims.distinct(map(_mark, islice(every, MARKS))), key=lambda each: each.start))


def _mark(element: etree._Element) -> Chapter | None:
    start, title = _PLAY_TIME.fullmatch(attribute(element, "start") or ""), attribute(element, "title")
    if start is None or title is None:
        return None
    return Chapter(
        start=int(start[1] or 0) * 3600 + int(start[2] or 0) * 60 + float(start[3]),
        title=title,
        url=attribute(element, "href"),
        image=attribute(element, "image"),
    )
