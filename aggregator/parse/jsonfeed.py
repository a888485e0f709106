"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), to the same values as every other feed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aggregator.model import (
    Category,
    Code,
    Document,
    Enclosure,
    Failed,
    FeedInfo,
    Link,
    ParsedEntry,
    ParsedFeed,
    Person,
    Text,
)
from aggregator.parse import claims, dates, limits, media
from aggregator.parse.newest import ENTRIES
from aggregator.parse.rawhash import hashed
from aggregator.parse.refusal import answered, wall

if TYPE_CHECKING:
    from datetime import datetime

ROAD = "jsonfeed"
_VERSION = "jsonfeed.org/version/"

_ASK = "look for the feed's address on the site"
_TELL = "tell its publisher"

Object = dict[str, Any]


def parse(document: Document, text: str) -> ParsedFeed:
    """The feed in this document, whose decoded text is ``text``. Never raises.

    ``problem`` says why nothing was read (codes ``not_a_feed``, ``xml_limit`` for JSON nested too deep).
    """
    warnings: list[str] = []
    try:
        feed = json.loads(
            text.lstrip("\ufeff"),
            strict=False,  # raw tabs and line breaks in strings, as home-made feeds have them
            object_pairs_hook=lambda pairs: _object(pairs, warnings),
            parse_int=str,  # numbers stay as written: ids may be numbers, and 5,000 digits are no error then
            parse_float=str,
        )
    except json.JSONDecodeError as error:
        detail = f"JSON that is not well-formed at line {error.lineno}, column {error.colno} ({error.msg}); {_TELL}"
        return _refused(Code.NOT_A_FEED, detail)
    except RecursionError:
        return _refused(Code.XML_LIMIT, f"JSON nested too deep; {_TELL}")
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        if guard := wall(text):
            return _refused(Code.NOT_A_FEED, answered(guard, "JSON"))
        return _refused(Code.NOT_A_FEED, f"JSON, but not a JSON Feed ({_instead(feed)}); {_ASK}")
    if _VERSION not in (_text(feed, "version") or ""):
        if not any(key in feed for key in ("title", "feed_url", "home_page_url")):
            return _refused(Code.NOT_A_FEED, f"JSON, but not a JSON Feed (neither version nor title); {_ASK}")
        warnings.append("no JSON Feed version given; read as 1.1")

    info = _info(feed, warnings)
    items = feed["items"]
    if len(items) > ENTRIES:
        warnings.append(f"only the first {ENTRIES:,} of {len(items):,} entries were read")
    entries = []
    for position, item in enumerate(items[:ENTRIES]):
        if isinstance(item, dict):
            entries.append(_entry(item, position, info, document.url))
        else:
            warnings.append(f"item {position + 1} is no object and was skipped")
    if info.ended:
        warnings.append("the feed says it has ended (expired)")
    return ParsedFeed(info=info, entries=tuple(entries), road=ROAD, warnings=tuple(dict.fromkeys(warnings)))


def _refused(code: Code, detail: str) -> ParsedFeed:
    return ParsedFeed(road=ROAD, problem=Failed(code=code, detail=claims.line(detail)))


def _instead(found: Any) -> str:
    """What the JSON is, in a few words: the message of an error, where it is one."""
    given = found.get("error", found) if isinstance(found, dict) else found
    given = given if isinstance(given, dict) else found
    messages = (_text(given, key) for key in ("message", "error_description", "detail", "error")) if given else ()
    said = next(filter(None, messages), None) if isinstance(given, dict) else None
    return f'it says "{claims.line(said, 120)}"' if said else "no object with a list of items"


def _object(pairs: list[tuple[str, Any]], warnings: list[str]) -> Object:
    """A key given twice has its last value, as in every browser; the reader is told."""
    found = dict(pairs)
    if len(found) < len(pairs):
        warnings.append("a key is given twice in one object; the last one counts")
    return found


def _info(feed: Object, warnings: list[str]) -> FeedInfo:
    hubs = (_text(hub, "url") for hub in _objects(feed, "hubs") if (_text(hub, "type") or "").lower() == "websub")
    version = (_text(feed, "version") or "").rpartition("/")[2]
    return FeedInfo(
        id=_text(feed, "feed_url"),
        title=_text(feed, "title"),
        subtitle=_text(feed, "description"),
        url=_text(feed, "home_page_url"),
        self_url=_text(feed, "feed_url"),
        language=_text(feed, "language"),
        format="json10" if version == "1" else "json11",
        **limits.lists(warnings, authors=_persons(feed)),
        icon=_text(feed, "icon") or _text(feed, "favicon"),
        hubs=limits.first(claims.distinct(hubs), limits.HUBS, "hubs", warnings),
        ended=feed.get("expired") is True,
    )


def _entry(item: Object, position: int, feed: FeedInfo, base: str) -> ParsedEntry:
    warnings: list[str] = []
    language = _text(item, "language") or feed.language
    page, external = _text(item, "url"), _text(item, "external_url")
    links = (("alternate", page or external), ("related", external if page else None))
    contents = (("text/html", _text(item, "content_html")), ("text/plain", _text(item, "content_text")))
    title, summary = _text(item, "title"), _text(item, "summary")
    return hashed(
        ParsedEntry(
            raw_id=_text(item, "id"),
            raw_hash=b"",
            position=position,
            links=tuple(Link(href=href, rel=rel) for rel, href in links if href),
            title=Text(value=title, language=language) if title else None,
            summary=Text(value=summary, language=language) if summary else None,
            contents=tuple(Text(value=value, type=kind, language=language) for kind, value in contents if value),
            **limits.lists(
                warnings,
                authors=_persons(item),
                categories=claims.distinct(
                    map(_category, _list(item, "tags") or (_text(item, "tags") or "").split(","))
                ),
            ),
            published=_date(item, "date_published", warnings),
            updated=_date(item, "date_modified", warnings),
            enclosures=limits.first(_enclosures(item), media.ENCLOSURES, "attachments", warnings),
            image=_text(item, "image") or _text(item, "banner_image"),
            language=language,
            base=base,
            warnings=tuple(warnings),
        )
    )


def _text(given: Object, key: str) -> str | None:
    return claims.text(given.get(key))


def _list(given: Object, key: str) -> list[Any]:
    value = given.get(key)
    return value if isinstance(value, list) else []


def _objects(given: Object, key: str) -> list[Object]:
    return [each for each in _list(given, key) if isinstance(each, dict)]


def _persons(given: Object) -> tuple[Person, ...]:
    """``authors`` of 1.1, or the one ``author`` of 1.0; each an object, or only a name, as some have it."""
    authors = given.get("authors")
    return claims.distinct(map(_person, authors if isinstance(authors, list) else [authors])) or claims.distinct(
        [_person(given.get("author"))]
    )


def _person(given: Any) -> Person | None:
    if isinstance(given, dict):
        return claims.person(given.get("name"), given.get("url"), given.get("email"))
    return claims.person(given)


def _category(tag: Any) -> Category | None:
    term = claims.text(tag)
    return Category(term=term) if term else None


def _enclosures(item: Object) -> tuple[Enclosure, ...]:
    """The attachments; those that share a title are renditions of the first of them (JSON Feed 1.1, attachments)."""
    found = claims.distinct(map(_enclosure, _objects(item, "attachments")))
    first: dict[str, str] = {}
    for each in found:
        first.setdefault(each.title or each.url, each.url)
    mains = [first[each.title or each.url] for each in found]
    return tuple(
        replace(each, rendition_of=main if main != each.url else None) for each, main in zip(found, mains, strict=True)
    )


def _enclosure(given: Object) -> Enclosure | None:
    url = _text(given, "url")
    if url is None:
        return None
    return Enclosure(
        url=url,
        type=_text(given, "mime_type"),
        length=claims.number(given.get("size_in_bytes")) or None,
        title=_text(given, "title"),
        duration=claims.duration(given.get("duration_in_seconds")),
    )


def _date(item: Object, key: str, warnings: list[str]) -> datetime | None:
    written = _text(item, key)
    return dates.told(key, written, warnings) if written else None
