"""The page people read: plain HTML with one style sheet, no script. The only door to jinja2.

Everything is escaped but an article's ``content_html``, which was cleaned when it was stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from aggregator.model import Rendered
from aggregator.publish import atom, jsonfeed, rss
from aggregator.publish.assemble import ARTICLES, EMPTY_SINCE
from aggregator.publish.formats import Format, Frame

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.model import Link, PublishedEntry, PublishedFeed, Site

MARK = "<!-- entries -->"
"""Where the entries go in ``page.html``. No title can contain it: its angle brackets would be escaped."""

_FEEDS = {"atom": ("Atom", atom.ESSENCE), "rss": ("RSS", rss.ESSENCE), "json": ("JSON Feed", jsonfeed.ESSENCE)}

_templates = Environment(
    loader=PackageLoader("aggregator.publish"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def frame(feed: PublishedFeed, *, template: str = "page.html", style_sheet: str = "style.css", **more: object) -> Frame:
    """The page without its entries; the formats are offered to readers in the order Atom, RSS, JSON Feed.

    ``more`` is what another ``template`` than the usual one has to be told.
    """
    page = _templates.get_template(template).render(
        feed=feed, self_url=feed.self_url("html"), offers=_offers(feed), style_sheet=style_sheet, **more
    )
    before, _, after = page.partition(MARK)
    return Frame(before=before.encode("utf-8"), between=b"\n", after=after.encode("utf-8"))


def _offers(feed: PublishedFeed) -> list[dict[str, str]]:
    addresses = dict(feed.self_urls)
    return [
        {"label": label, "type": essence, "href": addresses[name]}
        for name, (label, essence) in _FEEDS.items()
        if name in addresses
    ]


def page_below(site: Site) -> Format:
    """The page of an output that is no file; its address says nothing of where the style sheet is."""
    return replace(HTML, frame=partial(frame, style_sheet=_style_sheet(site)))


def search_page(site: Site, words: str, looked_at: int, problem: str | None = None) -> Format:
    """What was found among so many articles, under a field to search in; none is searched for without ``words``, nor
    where there is a ``problem`` with them."""
    said = partial(
        frame,
        template="search.html",
        style_sheet=_style_sheet(site),
        words=words,
        looked_at=looked_at,
        action=f"{_root(site)}search",
        problem=problem,
    )
    return replace(HTML, frame=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of a list: a source, or a tag."""

    title: str
    href: str | None = None
    """The page of its articles."""
    site: str | None = None
    feed: str | None = None
    count: int | None = None
    """Articles, where everybody may know how many there are."""
    last: datetime | None = None
    """The newest one's time."""


def listing(
    site: Site, title: str, self_url: str, items: Sequence[Listed], beyond: str | None, pages: Sequence[Link]
) -> Rendered:
    """A page that lists what there is; ``beyond`` says that there is more."""
    page = _templates.get_template("listing.html").render(
        title=f"{site.title}: {title}",
        site=site,
        self_url=self_url,
        style_sheet=_style_sheet(site),
        items=items,
        beyond=beyond,
        pages=pages,
    )
    updated = max((each.last for each in items if each.last is not None), default=EMPTY_SINCE)
    path = f"{self_url.rpartition('/')[2]}.html"
    return Rendered(path=path, media_type=HTML.media_type, body=page.encode("utf-8"), updated=updated)


def operators_page(template: str, site: Site, **facts: object) -> bytes:
    """A page that is for the operator alone, and no document that is published."""
    page = _templates.get_template(template).render(
        site=site, root=_root(site), style_sheet=_style_sheet(site), **facts
    )
    return page.encode("utf-8", "replace")


def _root(site: Site) -> str:
    """Where the site is on its host: a page on another host could not use the style sheet."""
    return urlsplit(site.url).path


def _style_sheet(site: Site) -> str:
    return f"{_root(site)}style.css"


def entry(published: PublishedEntry) -> bytes:
    """One article element. Raises ValueError where UTF-8 cannot hold a character of it."""
    return _templates.get_template("entry.html").render(entry=published).encode("utf-8")


def article_page(published: PublishedEntry, site: Site, feed: PublishedFeed) -> Rendered:
    """The page of a local article, at the address that its entry links to; it offers the formats of ``feed``.

    Raises ValueError where UTF-8 cannot hold a character of it.
    """
    page = _templates.get_template("article.html").render(
        entry=published, site=site, offers=_offers(feed), style_sheet=_style_sheet(site)
    )
    path = f"{ARTICLES}/{(published.url or '').rpartition('/')[2]}.html"
    return Rendered(path=path, media_type=HTML.media_type, body=page.encode("utf-8"), updated=published.updated)


def style() -> Rendered:
    """The style sheet of all pages, ``/style.css``."""
    body = (files("aggregator.publish") / "templates" / "style.css").read_bytes()
    return Rendered(path="style.css", media_type="text/css; charset=utf-8", body=body, updated=EMPTY_SINCE)


HTML = Format(media_type="text/html; charset=utf-8", extension="html", frame=frame, entry=entry)
