"""``parse``: what the program reads in one document, without storing anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aggregator.articles.text import plain
from aggregator.cli.common import DEFAULT_CONFIG, ConfigOption, JsonOption, configured, console, print_json, safe
from aggregator.model.counted import count
from aggregator.operate import article_shape, feed_shape, rfc3339
from aggregator.operate.advice import ADVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.model import Article, Enclosure, Episode, Failed, ParsedEntry, ParsedFeed

BEGINNING = 160
"""Characters of a summary that are shown."""


def parse(
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE-OR-URL",
            help="A file, an address, a folder of articles, or '-' for standard input.",
        ),
    ],
    base: Annotated[
        str | None, typer.Option(metavar="URL", help="Address that relative links in a file start from.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Apply rewrite, keep and drop of this source.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    json: JsonOption = False,
) -> None:
    """Show what is read in a document: a feed, a page or a file.

    The articles are shown as they would be stored; nothing is stored. A configuration is needed only for private
    addresses (network.allow) and for --source. Exit code 1 where something is wrong with the document.

    Example: aggregator parse https://example.org/feed.xml
    """
    from aggregator.views import look_at

    settings = configured(config) if config.exists() else None
    feed, articles = asyncio.run(look_at(what, base, settings, source))
    if json:
        print_json(_shape(feed, articles))
    elif articles or feed.problem is None:
        _show(what, feed, articles)
    if feed.problem is not None:
        screen = console(stderr=True)
        screen.print(f"{safe(what)}: {feed.problem.code}: {safe(feed.problem.detail)}")
        if advice := ADVICE.get(feed.problem.code):
            screen.print(advice)
        raise typer.Exit(1)


def _shape(feed: ParsedFeed, articles: tuple[Article, ...]) -> dict[str, Any]:
    """All of it for machines. ``claimed`` is what tells an article from others: its source's own words for it."""
    claims = {each.raw_hash: _claimed(each) for each in feed.entries}
    return feed_shape(feed.info, articles, feed.warnings) | {
        "articles": [
            article_shape(each) | {"claimed": claims.get(each.raw_hash), "left_out": each.left_out} for each in articles
        ],
        "deleted": [{"ref": each.ref, "when": rfc3339(each.when)} for each in feed.tombstones],
        "road": feed.road,
        "problem": _problem(feed.problem) if feed.problem is not None else None,
    }


def _claimed(entry: ParsedEntry) -> dict[str, Any]:
    return {
        "id": entry.raw_id,
        "permalink": entry.raw_id_is_permalink,
        "links": [{"rel": each.rel, "url": each.href, "type": each.type} for each in entry.links],
        "published": rfc3339(entry.published),
        "updated": rfc3339(entry.updated),
    }


def _problem(problem: Failed) -> dict[str, str | None]:
    return {"code": str(problem.code), "detail": problem.detail, "advice": ADVICE.get(problem.code)}


def _show(what: str, feed: ParsedFeed, articles: tuple[Article, ...]) -> None:
    """All of it for people; what is unknown is left out."""
    screen = console()
    info = feed.info
    kind = ", ".join(each for each in (info.format, f"read by {feed.road}") if each)
    screen.print(f"{safe(info.title or what)}: {count(len(articles), 'article')} ({safe(kind)})")
    about = (
        ("page", info.url),
        ("feed", info.self_url),
        ("id", info.id),
        ("language", info.language),
        ("licence", info.licence),
        ("moved to", info.new_url),
        ("ended", "it says there will be nothing new" if info.ended else None),
        *(("deleted", each.ref) for each in feed.tombstones),
        *(("warning", each) for each in feed.warnings),
    )
    for name, value in about:
        if value:
            screen.print(f"  {name:9} {safe(value)}")
    for article in articles:
        screen.print(f"\n{safe(article.title)}")
        for name, value in _about(article):
            if value:
                screen.print(f"  {name:9} {safe(value)}")


def _about(article: Article) -> Iterator[tuple[str, str | None]]:
    yield "date", rfc3339(article.published or article.updated) or "none: it counts as new when it is first seen"
    yield "updated", rfc3339(article.updated) if article.published is not None else None
    yield "by", ", ".join(each.name or each.url or "" for each in article.authors)
    yield "page", article.url
    yield "id", article.id if article.id != article.url else None
    yield "language", article.language
    yield "tags", ", ".join(each.label or each.term for each in article.tags)
    yield "text", _beginning(article)
    yield "image", article.image
    for file in article.enclosures:
        yield "file", _file(file)
    yield "episode", _episode(article.episode) if article.episode is not None else None
    for place in article.places:
        points = " ".join(f"{latitude:g},{longitude:g}" for latitude, longitude in place.points[:3])
        yield "place", " ".join(filter(None, (place.name, place.shape, points, "..." if place.points[3:] else "")))
    for reference in article.in_reply_to:
        yield "answers", reference.href or reference.ref
    replies = article.replies
    yield "replies", count(replies.count, "reply") if replies and replies.count is not None else None
    yield "comments", article.comments
    yield "canonical", article.canonical
    yield "origin", (article.origin.title or article.origin.self_url or article.origin.id) if article.origin else None
    yield "rights", article.rights
    yield "licence", article.licence
    for warning in article.warnings:
        yield "warning", warning
    yield "left out", article.left_out


def _beginning(article: Article) -> str:
    words = article.summary or plain(article.content_html, "text/html") or ""
    shown = words if len(words) <= BEGINNING else f"{words[:BEGINNING].rstrip()}..."
    whole = f"({len(article.content_html):,} characters of HTML)" if article.content_html else ""
    return f"{shown} {whole}".strip()


def _file(file: Enclosure) -> str:
    minutes, seconds = divmod(file.duration or 0, 60)
    facts = (
        file.type or file.medium,
        f"{file.length:,} bytes" if file.length else None,
        f"{minutes}:{seconds:02} min" if file.duration else None,
        f"{file.width}x{file.height}" if file.width and file.height else None,
        "another rendition" if file.rendition_of else None,
    )
    known = ", ".join(filter(None, facts))
    return f"{file.url} ({known})" if known else file.url


def _episode(episode: Episode) -> str:
    facts = (
        f"season {episode.season}" if episode.season is not None else None,
        f"number {episode.number}" if episode.number is not None else None,
        episode.kind,
        "explicit" if episode.explicit else None,
        count(len(episode.transcripts), "transcript") if episode.transcripts else None,
        count(len(episode.marks), "chapter") if episode.marks else "chapters" if episode.chapters else None,
        *(f"{each.name} ({each.role})" for each in episode.credits),
    )
    return ", ".join(filter(None, facts)) or "yes"
