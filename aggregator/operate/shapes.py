"""The values as machines read them: the JSON shapes of ``parse``, ``list`` and ``status``. Pure.

Absent facts are null or empty, never invented. Names are a promise to scripts: add beside them, change none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.model import Article, FeedInfo


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
        "authors": [{"name": each.name, "url": each.url, "email": each.email} for each in article.authors],
        "tags": [each.term for each in article.tags],
        "published": rfc3339(article.published),
        "updated": rfc3339(article.updated),
        "first_seen": rfc3339(article.first_seen),
        "language": article.language,
        "enclosures": [{"url": each.url, "type": each.type, "length": each.length} for each in article.enclosures],
        "image": article.image,
        "attribution": article.attribution,
        "rating": {"helpful": rating.helpful, "total": rating.total} if rating is not None else None,
        "warnings": list(article.warnings),
    }


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
        },
        "articles": [article_shape(each) for each in articles],
        "warnings": list(warnings),
    }
