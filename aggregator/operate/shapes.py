"""The values as machines read them: the JSON shapes of ``parse``, ``list`` and ``status``. Pure.

Absent facts are null or empty, never invented. Names are a promise to scripts: add beside them, change none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Article, Enclosure, Episode, FeedInfo, Place, Replies, Wishes


def rfc3339(value: datetime | None) -> str | None:
    """``2026-11-23T10:00:00Z``, to the second."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if value is not None else None


def article_shape(article: Article) -> dict[str, Any]:
    """One article."""
    rating = article.rating
    return {
        "id": article.id,
        "key": article.key,
        "source": article.source,
        "url": article.url,
        "title": article.title,
        "summary": article.summary,
        "content_html": article.content_html,
        "words": article.words,
        "full_text": article.full_text,
        "authors": [{"name": each.name, "url": each.url, "email": each.email} for each in article.authors],
        "tags": [each.term for each in article.tags],
        "published": rfc3339(article.published),
        "updated": rfc3339(article.updated),
        "first_seen": rfc3339(article.first_seen),
        "language": article.language,
        "enclosures": [_enclosure(each) for each in article.enclosures],
        "image": article.image,
        "attribution": article.attribution,
        "rating": {"helpful": rating.helpful, "total": rating.total} if rating is not None else None,
        "rights": article.rights,
        "licence": article.licence,
        "canonical": article.canonical,
        "comments": article.comments,
        "replies": _replies(article.replies) if article.replies is not None else None,
        "in_reply_to": [
            {"ref": each.ref, "url": each.href, "type": each.type, "source": each.source}
            for each in article.in_reply_to
        ],
        "episode": _episode(article.episode) if article.episode is not None else None,
        "places": [_place(each) for each in article.places],
        "wishes": _wishes(article.wishes) if article.wishes is not None else None,
        "origin": _origin(article.origin) if article.origin is not None else None,
        "note": article.note,
        "warnings": list(article.warnings),
    }


def _enclosure(enclosure: Enclosure) -> dict[str, Any]:
    return {
        "url": enclosure.url,
        "type": enclosure.type,
        "length": enclosure.length,
        "title": enclosure.title,
        "duration": enclosure.duration,
        "medium": enclosure.medium,
        "width": enclosure.width,
        "height": enclosure.height,
        "rendition_of": enclosure.rendition_of,
    }


def _episode(episode: Episode) -> dict[str, Any]:
    return {
        "season": episode.season,
        "season_name": episode.season_name,
        "number": episode.number,
        "name": episode.name,
        "kind": episode.kind,
        "explicit": episode.explicit,
        "transcripts": [
            {"url": each.href, "type": each.type, "language": each.hreflang} for each in episode.transcripts
        ],
        "chapters": episode.chapters.href if episode.chapters is not None else None,
        "marks": [
            {"start": each.start, "title": each.title, "url": each.url, "image": each.image} for each in episode.marks
        ],
        "credits": [
            {"name": each.name, "role": each.role, "group": each.group, "url": each.url, "image": each.image}
            for each in episode.credits
        ],
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "shape": place.shape,
        "points": [list(each) for each in place.points],
        "radius": place.radius,
        "elevation": place.elevation,
        "name": place.name,
    }


def _replies(replies: Replies) -> dict[str, Any]:
    return {
        "count": replies.count,
        "updated": rfc3339(replies.updated),
        "feed": replies.feed,
        "post_to": replies.post_to,
    }


def _wishes(wishes: Wishes) -> dict[str, Any]:
    return {"access": wishes.access, "index": wishes.index, "listed": wishes.listed}


def _origin(origin: FeedInfo) -> dict[str, Any]:
    return {"id": origin.id, "title": origin.title, "url": origin.url, "self": origin.self_url}


def feed_shape(info: FeedInfo, articles: Iterable[Article], warnings: Iterable[str]) -> dict[str, Any]:
    """One document as the program reads it."""
    return {
        "feed": {
            "id": info.id,
            "title": info.title,
            "url": info.url,
            "self": info.self_url,
            "language": info.language,
            "format": info.format,
            "licence": info.licence,
            "wishes": _wishes(info.wishes) if info.wishes is not None else None,
            "new_url": info.new_url,
            "ended": info.ended,
        },
        "articles": [article_shape(each) for each in articles],
        "warnings": list(warnings),
    }
