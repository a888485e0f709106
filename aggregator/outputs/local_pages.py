"""The pages of local articles that have none elsewhere, and the maps of the site for search engines.

A page is a file ``a/{slug}.html`` below the public folder. It is written when its article is new or has changed, and
goes with it. Articles of other sources have their own pages where they come from, and none here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.outputs.rendering import as_public
from aggregator.publish import assemble, files
from aggregator.publish.assemble import ARTICLES
from aggregator.publish.html import article_page
from aggregator.publish.sitemap import MOST_PAGES, Page, news, sitemap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from aggregator.model import Article, FeedInfo, Rendered
    from aggregator.outputs.rendering import Rendering
    from aggregator.wiring import App

BATCH = 200
"""Articles whose pages are in memory at once."""


async def publish_pages(
    app: App, infos: Mapping[str, FeedInfo], now: datetime, *, keep: bool = False
) -> tuple[Page, ...]:
    """Write the pages that are new or changed, take those away whose articles are gone; gives all there are, the newest
    first. With ``keep`` none is taken away: a document that is held has links to them. Raises OSError as
    :func:`aggregator.publish.files.write_all`."""
    outputs = [each.id for each in app.config.outputs if not each.private]
    copies = app.config.duplicates.show == "all"
    wanted = dict(await app.db(app.store.outputs.with_page, outputs, now, MOST_PAGES, copies=copies))
    there = await app.publishing(files.pages, app.config.public, ARTICLES)
    known = {
        key: (version, page)
        for key, (version, page) in app.pages.items()
        if wanted.get(key) == version and _slug(page) in there
    }
    fresh = [key for key in wanted if key not in known]
    for start in range(0, len(fresh), BATCH):
        articles = await app.db(app.store.polls.whole, fresh[start : start + BATCH])
        made = await app.publishing(_write, app, infos, tuple(articles.values()))
        known.update((key, (wanted[key], page)) for key, page in made.items())
    app.pages = known
    found = tuple(known[key][1] for key in wanted if key in known)
    if keep:
        return found
    await app.publishing(files.remove_pages, app.config.public, ARTICLES, there - {_slug(each) for each in found})
    return found


def maps(app: App, made: Rendering, pages: Sequence[Page], now: datetime) -> tuple[Rendered, ...]:
    """``sitemap.xml``, and ``news.xml`` where there is news; nothing where the site has no page of its own."""
    own = [
        Page(url=feed.self_url("html"), updated=feed.updated, title=feed.title)
        for feed in (each.feed for each in made.publications.values())
        if "html" in dict(feed.self_urls) and feed.listed and not _is_private(app, feed.output)
    ]
    listed = (*own, *pages)
    if not listed:
        return ()
    recent = news(listed, app.config.site, now)
    return (sitemap(listed), *((recent,) if recent is not None else ()))


def _is_private(app: App, output: str) -> bool:
    return any(each.private for each in app.config.outputs if each.id == output)


def _slug(page: Page) -> str:
    return page.url.rpartition("/")[2]


def _write(app: App, infos: Mapping[str, FeedInfo], articles: Sequence[Article]) -> dict[str, Page]:
    """The pages of these articles, by key. One that cannot be rendered has none; where it is in a feed, its entry is
    left out and named there."""
    sources, infos, _ = as_public(app, infos)
    output = next(each for each in app.config.outputs if not each.private)  # one that is private does not lead here
    first = output is app.config.outputs[0]
    feed = assemble((), infos, sources, app.config.site, output, first=first)
    found: dict[str, Page] = {}
    rendered: list[Rendered] = []
    for article in articles:
        (entry,) = assemble((article,), infos, sources, app.config.site, output, first=first).entries
        try:
            rendered.append(article_page(entry, app.config.site, feed))
        except ValueError:
            continue
        found[article.key] = Page(
            url=entry.url or "",
            updated=entry.updated,
            title=entry.title,
            published=entry.published or entry.updated,
            language=entry.language,
        )
    files.write_all(app.config.public, rendered)
    return found
