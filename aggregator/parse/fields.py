"""feedparser's dictionaries to our values: the mapping of fields, apart from calling it.

Every access is to a raw key (``dict.get``): feedparser's own dictionary answers ``updated`` with ``published`` and
``description`` with ``subtitle``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aggregator.model import Category, Enclosure, FeedInfo, Link, ParsedEntry, Person, Text
from aggregator.parse import claims, dates, extensions, limits, media
from aggregator.parse.rawhash import hashed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from aggregator.parse.outline import Noted, Outline

Given = Mapping[str, Any]

_OF_FEEDS = ("alternate", "self", "hub")
"""Links of a feed that have a field of their own."""

_ADDRESS = re.compile(r"[^\s<>]+")
_TAG = re.compile(r"<[^<>]*>")


def info(feed: Given, version: str, outline: Outline, warnings: list[str]) -> FeedInfo:
    """What the feed says of itself."""
    hubs = claims.distinct(each.href for each in _links(feed) if each.rel == "hub")
    return replace(
        _about(feed, warnings),
        format=version or None,
        hubs=limits.first(hubs, limits.HUBS, "hubs", warnings),
        ttl=claims.minutes(_raw(feed, "ttl")),
        skip_hours=outline.skip_hours,
        skip_days=outline.skip_days,
        **outline.feed,
    )


def entry(given: Given, *, position: int, feed: FeedInfo, noted: Noted, outline: Outline) -> ParsedEntry:
    """One entry as claimed, hashed. ``noted`` is what the tree tells of it; its word counts where both have one."""
    warnings: list[str] = []
    base = noted.base
    written = outline.ids.get(claims.text(_raw(given, "id")) or "")
    rss = not (feed.format or "").startswith("atom")
    published = _date(given, "published", warnings) or _date(given, "created", warnings)
    updated = _date(given, "updated", warnings)
    if rss and published is None:  # dc:date, which feedparser takes for an update
        published, updated = updated, None
    summary, contents = extensions.own_texts(
        noted.captions,
        _text(_raw(given, "summary_detail"), base),
        claims.distinct(_text(each, base) for each in _dictionaries(given, "content")),
        rss=rss,
    )
    links = tuple(each for each in _links(given) if each.rel != "enclosure")
    title = _text(_raw(given, "title_detail"), base) or _plain(_raw(given, "title"))
    found = ParsedEntry(
        raw_id=written.value if written else claims.text(_raw(given, "id")),
        raw_id_is_permalink=written.permalink
        if written
        else bool(_raw(given, "guidislink") and _raw(given, "id")) and rss,
        raw_hash=b"",
        position=position,
        title=title,
        summary=summary,
        **limits.lists(
            warnings,
            contents=contents,
            links=links,
            authors=_persons(given, "author"),
            contributors=_persons(given, "contributor"),
            categories=_categories(given),
        ),
        published=published,
        updated=updated,
        enclosures=() if noted.found else _enclosures(given)[: media.ENCLOSURES],
        language=_language(given, (title, summary, *contents)) or feed.language,
        rights=_words(given, "rights"),
        comments=_comments(given),
        base=base,
        source=source(_raw(given, "source"), warnings),
    )
    return hashed(replace(found, **noted.facts, warnings=tuple(warnings)))


def _comments(given: Given) -> str | None:
    """The address of the comments; Jira has the comments themselves there."""
    said = claims.text(_raw(given, "comments"))
    return said if said is None or _ADDRESS.fullmatch(said) else None


def _raw(given: Any, key: str) -> Any:
    return dict.get(given, key) if isinstance(given, dict) else None


def _dictionaries(given: Given, key: str) -> list[dict[str, Any]]:
    values = _raw(given, key)
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []


def _about(given: Given, warnings: list[str]) -> FeedInfo:
    """What a feed and an ``atom:source`` have in common."""
    links = _links(given)
    return FeedInfo(
        id=claims.text(_raw(given, "id")),
        title=_words(given, "title"),
        subtitle=_words(given, "subtitle"),
        url=_first((each for each in links if each.type is None), "alternate") or _first(links, "alternate"),
        self_url=_first(links, "self"),
        language=claims.text(_raw(given, "language")),
        **limits.lists(
            warnings,
            links=tuple(each for each in links if each.rel not in _OF_FEEDS),
            authors=_persons(given, "author"),
            contributors=_persons(given, "contributor"),
            categories=_categories(given),
        ),
        rights=_words(given, "rights"),
        icon=claims.text(_raw(given, "icon")),
        logo=claims.text(_raw(given, "logo")) or claims.text(_raw(_raw(given, "image"), "href")),
        generator=claims.text(_raw(given, "generator")),
        updated=_date(given, "updated", []) or _date(given, "published", []),
    )


def source(given: Any, warnings: list[str]) -> FeedInfo | None:
    """``atom:source``, or RSS ``<source url="…">``, whose address is the other feed's own."""
    if not isinstance(given, dict):
        return None
    about = _about(given, warnings)
    if not (about.self_url or about.authors or about.contributors):  # else href is a person's, to feedparser
        about = replace(about, self_url=claims.text(_raw(given, "href")))
    return None if about == FeedInfo() else about


def _links(given: Given) -> tuple[Link, ...]:
    return claims.distinct(map(link, _dictionaries(given, "links")))


def link(given: dict[str, Any]) -> Link | None:
    href = claims.text(_raw(given, "href"))
    if href is None:
        return None
    return Link(
        href=href,
        rel=claims.relation(_raw(given, "rel")),
        type=_media_type(given),
        hreflang=claims.text(_raw(given, "hreflang")),
        title=claims.text(_raw(given, "title")),
        length=claims.number(_raw(given, "length")),
    )


def _media_type(given: dict[str, Any]) -> str | None:
    """The type of what is linked; ``text/html`` is feedparser's word for "not given", and what a link means anyway."""
    found = claims.text(_raw(given, "type"))
    return None if found == "text/html" else found


def _first(links: Iterable[Link], rel: str) -> str | None:
    return next((each.href for each in links if each.rel == rel), None)


def _text(detail: Any, base: str) -> Text | None:
    """A text with its type and language; its base only where it differs from the entry's."""
    value = claims.text(_raw(detail, "value"))
    if value is None:
        return None
    own = claims.text(_raw(detail, "base"))
    return Text(
        value=value,
        type=claims.text(_raw(detail, "type")) or "text/plain",
        language=claims.text(_raw(detail, "language")),
        base=None if own == base else own,
    )


def _words(given: Given, key: str) -> str | None:
    return words(_raw(given, key), _raw(_raw(given, f"{key}_detail"), "type"))


def words(value: Any, kind: str | None) -> str | None:
    """Text that has no type in our values: markup, where the source says it is some, becomes its words."""
    found = claims.text(value)
    if found and kind in ("text/html", "application/xhtml+xml"):
        return claims.text(claims.unescaped(_TAG.sub("", found)))
    return found


def _plain(value: Any) -> Text | None:
    found = claims.text(value)
    return Text(value=found) if found else None


def _persons(given: Given, kind: str) -> tuple[Person, ...]:
    """All of them; feedparser's ``author`` alone holds a name that is not in its list of authors."""
    found = claims.distinct(
        claims.person(_raw(each, "name"), _raw(each, "href"), _raw(each, "email"))
        for each in _dictionaries(given, f"{kind}s")
    )
    if not found and (only := claims.person(_raw(given, kind))):
        return (only,)
    return found


def _categories(given: Given) -> tuple[Category, ...]:
    return claims.distinct(
        category(_raw(each, "term"), _raw(each, "scheme"), _raw(each, "label")) for each in _dictionaries(given, "tags")
    )


def category(term: Any, scheme: Any, label: Any) -> Category | None:
    label = claims.text(label)
    term = claims.text(term) or label
    return Category(term=term, scheme=claims.text(scheme), label=label) if term else None


def _enclosures(given: Given) -> tuple[Enclosure, ...]:
    """As feedparser has them, for an entry that the tree does not show."""
    return claims.distinct(
        Enclosure(
            url=url,
            type=_media_type(each),
            length=claims.number(_raw(each, "length")) or None,
            title=claims.text(_raw(each, "title")),
        )
        for each in _dictionaries(given, "links")
        if _raw(each, "rel") == "enclosure" and (url := claims.text(_raw(each, "href")))
    )


def _language(given: Given, texts: Iterable[Text | None]) -> str | None:
    """``dc:language``, or the ``xml:lang`` in force where the entry's first text stands."""
    return claims.text(_raw(given, "language")) or next((each.language for each in texts if each), None)


def _date(given: Given, key: str, warnings: list[str]) -> datetime | None:
    """Our reading of the date as written: feedparser fills in from the clock what it lacks (6.0.14), so that ``10:15``
    is today at that time and another entry every day, ``2024/01/05`` the first of this month."""
    written = claims.text(_raw(given, key))
    return dates.told(key, written, warnings) if written is not None else None
