"""JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aggregator.publish.formats import SIBLINGS, Format, Frame

if TYPE_CHECKING:
    from aggregator.model import Enclosure, FeedInfo, Person, PublishedEntry, PublishedFeed

ESSENCE = SIBLINGS["json"]


def frame(feed: PublishedFeed) -> Frame:
    """The top-level object, its ``items`` still empty."""
    head = _present(
        version="https://jsonfeed.org/version/1.1",
        title=feed.title,
        home_page_url=feed.site_url,
        feed_url=feed.self_url("json"),
        language=feed.language,
        hubs=[{"type": "WebSub", "url": hub} for hub in feed.hubs],
        _alternates=[{"type": SIBLINGS[kind], "url": address} for kind, address in feed.siblings("json")],
    )
    return Frame(before=_bytes(head)[:-1] + b',"items":[\n', between=b",\n", after=b"\n]}\n")


def entry(published: PublishedEntry) -> bytes:
    """One item. Raises ValueError where UTF-8 cannot hold a character of it."""
    return _bytes(
        _present(
            id=published.id,
            url=published.url,
            title=published.title,
            content_html=published.content_html,
            content_text=published.summary or published.title if published.content_html is None else None,
            summary=published.summary,
            image=published.image,
            date_published=(published.published or published.updated).isoformat(),
            date_modified=published.updated.isoformat(),
            authors=[_person(author) for author in published.authors],
            tags=[category.label or category.term for category in published.categories],
            language=published.language,
            attachments=[_attachment(each) for each in published.media],
            _source=_source(published.source),
        )
    )


def _person(person: Person) -> dict[str, Any]:
    return _present(name=person.name, url=person.url)


def _attachment(file: Enclosure) -> dict[str, Any]:
    """Those of one title are renditions of one thing (JSON Feed 1.1, ``attachments``)."""
    return _present(
        url=file.url,
        mime_type=file.type or "application/octet-stream",
        title=file.title,
        size_in_bytes=file.length,
        duration_in_seconds=file.duration,
    )


def _source(source: FeedInfo) -> dict[str, Any]:
    """The feed an item comes from: JSON Feed has no word for it, names with an underscore are free."""
    return _present(
        id=source.id,
        title=source.title,
        home_page_url=source.url,
        feed_url=source.self_url,
        authors=[_person(author) for author in source.authors],
        rights=source.rights,
    )


def _present(**members: Any) -> dict[str, Any]:
    """The members that say something: absent facts are left out, never null or empty."""
    return {name: value for name, value in members.items() if value is not None and value != []}


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


JSON = Format(media_type=f"{ESSENCE}; charset=utf-8", extension="json", frame=frame, entry=entry)
