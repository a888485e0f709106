"""Entries as claimed become articles as held: dated, cleaned, named, every reference absolute. Pure; never raises."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from aggregator.articles.compare import fingerprint, page_hash, text_hash
from aggregator.articles.content import Content, content_of
from aggregator.articles.facts import count, facts_of, link, media_type, wishes
from aggregator.articles.identity import Identified, link_of, published_id
from aggregator.articles.language import language_tag
from aggregator.articles.people import people
from aggregator.articles.slug import slug_of
from aggregator.articles.text import excerpt, plain
from aggregator.articles.urls import MAX_LINK, absolute, canonical, is_iri, web
from aggregator.model import Article, Category, Enclosure, FeedInfo, Link, Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aggregator.model import ParsedEntry, Source, Text

MAX_TAGS = 50
MAX_ENCLOSURES = 20
MAX_LINKS = 20
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Dates outside are mistakes: year 0001 and 1970 are what programs write for none."""
_COUNTER = re.compile(r"/~r/[^?#]+/~3/|^https?://[^/]*\.?(?:feedsportal|pheedo)\.com/", re.IGNORECASE)
"""Links that count readers and lead on to the page, which is named beside them (``feedburner:origLink``)."""
_REDIRECT = re.compile(r"https?://www\.(?:google\.[a-z.]{2,6}/url|bing\.com/news/apiclick\.aspx)\?", re.IGNORECASE)
"""Google Alerts and Bing News, which have the page in the query of their link (2026-11)."""
KEPT_RELS = ("via", "related", "replies", "license")
"""Link relations that mean something to a reader of another feed; the alternate and enclosures have fields."""


def normalise(entries: Iterable[Identified], info: FeedInfo, source: Source, now: datetime) -> tuple[Article, ...]:
    """The entries as articles, in their order.

    ``info`` is what their feed says of itself, ``now`` (aware UTC) when it was looked at. What had to be changed or
    left out is told in each article's ``warnings``.
    """
    feed = normalise_info(info, source.url)
    places = frozenset(canonical(each) for each in (feed.self_url, source.url) if each)
    return tuple(_article(each, feed, places, source, now) for each in entries)


def normalise_info(info: FeedInfo, base: str | None = None) -> FeedInfo:
    """What a feed says of itself with plain texts, absolute addresses, plausible dates and an id that is an IRI.

    Its polling hints (hubs, ttl, hours and days) stay as they are.
    """
    return replace(
        info,
        id=info.id if info.id and is_iri(info.id) else None,
        title=plain(info.title),
        subtitle=plain(info.subtitle),
        url=web(info.url, base),
        self_url=web(info.self_url, base),
        language=language_tag(info.language),
        authors=people(info.authors, base),
        rights=plain(info.rights),
        icon=web(info.icon, base),
        logo=web(info.logo, base),
        generator=plain(info.generator),
        updated=_plausible(info.updated),
        contributors=people(info.contributors, base),
        categories=_tags(info.categories, ()),
        links=tuple(kept for each in info.links[:MAX_LINKS] if (kept := link(each, base)) is not None),
        licence=web(info.licence, base),
        wishes=wishes(info.wishes),
        new_url=web(info.new_url, base),
    )


def _article(identified: Identified, feed: FeedInfo, places: frozenset[str], source: Source, now: datetime) -> Article:
    entry = identified.entry
    base = web(entry.base) or feed.url or feed.self_url or source.url
    url = link_of(entry, source) or _first_link(entry, base)
    url = _page_behind(url, entry, base) if url is not None else None
    content = content_of(entry, lambda text: _base_of(text, url, base, places))
    title = plain(entry.title.value, entry.title.type) if entry.title is not None else None
    title = title or plain(excerpt(content.beginning, 80)) or _named_by(url)
    origin = normalise_info(entry.source, base) if entry.source is not None else None
    authors = people(entry.authors, base) or _fallback_authors(entry, origin, feed, source)
    enclosures = _enclosures(entry, base)
    published, updated = _plausible(entry.published), _plausible(entry.updated)
    not_before = entry.not_before
    if not_before is None and source.future == "hold" and published is not None and published > now:
        not_before = published
    held_until = _plausible(not_before)
    lost = tuple(_lost(entry, url, published, updated))
    if published is None and updated is None:
        published = held_until
    return Article(
        key=identified.key,
        id=published_id(identified, source),
        source=source.id,
        raw_hash=entry.raw_hash,
        fingerprint=fingerprint(title=title, text=content.meaning, enclosures=enclosures),
        page_hash=page_hash(url),
        text_hash=text_hash(content.meaning),
        title=title,
        url=url,
        slug=slug_of(title, identified.key) if url is None and source.folder is not None else None,
        summary=content.summary,
        content_html=content.html,
        words=content.words,
        authors=authors,
        contributors=people(entry.contributors, base),
        tags=_tags(entry.categories, source.tags),
        published=published,
        updated=_updated(published, updated, max(now, held_until or now)),
        first_seen=now,
        sort_at=_sort_at(published or updated, entry.position, now, held_until, keep=source.future == "keep"),
        language=_language(entry.language, content.language, feed.language, source.language),
        links=_links(entry, base, url),
        enclosures=enclosures,
        image=_image(entry, base, enclosures, content),
        rights=plain(entry.rights),
        comments=web(entry.comments, base),
        origin=origin,
        source_updated=feed.updated,
        attribution=plain(entry.attribution),
        rating=entry.rating,
        not_before=not_before,
        **facts_of(entry, feed, base, url),
        warnings=(*entry.warnings, *content.warnings, *lost),
        markup=content.markup if any(each.selects for each in source.rewrite) else None,
    )


def _lost(entry: ParsedEntry, url: str | None, published: datetime | None, updated: datetime | None) -> Iterable[str]:
    """What an entry claimed and could not be kept, in words."""
    if url is None and (claimed := next((link.href for link in entry.links if link.rel == "alternate"), None)):
        yield f"its link is no web address and was left out: {plain(claimed[:200])}"
    for name, claimed_at, kept in (("published", entry.published, published), ("updated", entry.updated, updated)):
        if claimed_at is not None and kept is None:
            yield f"its {name} date {claimed_at:%Y-%m-%d} is implausible and counts as missing"


def _page_behind(url: str, entry: ParsedEntry, base: str | None) -> str:
    """The page itself, where the link leads through a counter and the feed or the link says to where."""
    if _COUNTER.search(url):
        return web(entry.canonical, base) or url
    if _REDIRECT.match(url):
        return next(
            (page for name, to in parse_qsl(urlsplit(url).query) if name in ("url", "q") and (page := web(to))), url
        )
    return url


def _first_link(entry: ParsedEntry, base: str | None) -> str | None:
    """The page of an entry whose links are relative to a site the feed names elsewhere."""
    links = (web(link.href, base) for link in entry.links if link.rel == "alternate")
    return next((link for link in links if link is not None), None)


def _base_of(text: Text, page: str | None, base: str | None, places: frozenset[str]) -> str | None:
    """What the references of a text are relative to: its ``xml:base``, else the article's page, else the feed.

    ``places`` are the feed's own addresses. A base that is only one of those was not set by anybody; pictures then
    lie beside the page, where the generator of the site put them.
    """
    own = absolute(text.base, base) or base
    return own if own is not None and (page is None or canonical(own) not in places) else page or own


def _named_by(url: str | None) -> str:
    """A title for what has no words at all: where it is."""
    if url is None:
        return "Untitled"
    parts = urlsplit(url)
    return plain(f"{parts.hostname}{parts.path.rstrip('/')}") or "Untitled"


def _fallback_authors(
    entry: ParsedEntry, origin: FeedInfo | None, feed: FeedInfo, source: Source
) -> tuple[Person, ...]:
    """Who stands for an entry without an author: RFC 4287 4.2.1 has the ``atom:source``'s, then the feed's; where
    those are missing too, the agency it credits, then the name of the feed, of the source, of its host."""
    inherited = (origin.authors if origin is not None else ()) or feed.authors
    if inherited:
        return inherited
    host = urlsplit(source.url).hostname if source.url is not None else None
    names = (
        plain(entry.attribution),
        origin.title if origin is not None else None,
        feed.title,
        plain(source.title),
        host,
        source.id,
    )
    return (Person(name=next(name for name in names if name)),)


def _tags(claimed: Sequence[Category], configured: Iterable[str]) -> tuple[Category, ...]:
    """The source's tags, then the operator's, each term once whatever its case."""
    ours = [Category(term=term) for tag in configured if (term := plain(tag))]
    theirs = [tag for each in claimed[: 5 * MAX_TAGS] if (tag := _tag(each)) is not None]
    found: dict[str, Category] = {}
    for tag in (*theirs[: max(MAX_TAGS - len(ours), 0)], *ours):
        found.setdefault(tag.term.casefold(), tag)
    return tuple(found.values())


def _tag(claimed: Category) -> Category | None:
    label = plain(claimed.label)
    term = plain(claimed.term) or label
    if term is None:
        return None
    scheme = claimed.scheme if claimed.scheme and is_iri(claimed.scheme) and len(claimed.scheme) <= MAX_LINK else None
    return Category(term=term, scheme=scheme, label=label if label != term else None)


def _plausible(claimed: datetime | None) -> datetime | None:
    return claimed if claimed is not None and EARLIEST <= claimed < LATEST else None


def _updated(published: datetime | None, updated: datetime | None, out: datetime) -> datetime | None:
    """When a new article was updated: as claimed, but not later than it is let ``out``.

    With one entry dated 2099 the whole feed would be updated in 2099, and then never again.
    """
    last = updated or published
    return out if last is not None and last > out else updated


def _sort_at(
    claimed: datetime | None, position: int, now: datetime, held_until: datetime | None, *, keep: bool
) -> datetime:
    """Where an article stands among others, decided at first sight: its date, but not in the future unless to ``keep``.

    Those of one document that have no date or the same one (many feeds date by the day) keep the document's order, a
    microsecond apart. One that is held back is new when it is let out, not among those of the day its file was found.
    """
    below = timedelta(microseconds=position)
    if claimed is None:
        at = now - below - timedelta(microseconds=1)
    else:
        at = (claimed if keep else min(claimed, now)) - below
    return max(at, held_until or at)


def _language(*claimed: str | None) -> str | None:
    return next((tag for each in claimed if (tag := language_tag(each)) is not None), None)


def _links(entry: ParsedEntry, base: str | None, page: str | None) -> tuple[Link, ...]:
    """The links worth keeping, each once. Further pages of the entry become ``related``: one alternate is enough for
    the W3C feed validator (DuplicateAtomLink) and for readers."""
    found: dict[tuple[str, str], Link] = {}
    for claimed in entry.links[: 5 * MAX_LINKS]:
        rel = "related" if claimed.rel == "alternate" else claimed.rel
        if rel not in KEPT_RELS or (rel == "related" and web(claimed.href, base) == page):
            continue
        kept = link(replace(claimed, rel=rel), base)
        if kept is not None:
            found.setdefault((rel, kept.href), kept)
    return tuple(found.values())[:MAX_LINKS]


def _enclosures(entry: ParsedEntry, base: str | None) -> tuple[Enclosure, ...]:
    """The media files, each address once; links with ``rel=enclosure`` are files too."""
    linked = (
        Enclosure(url=link.href, type=link.type, length=link.length, title=link.title)
        for link in entry.links
        if link.rel == "enclosure"
    )
    found: dict[str, Enclosure] = {}
    for each in islice((*entry.enclosures, *linked), 5 * MAX_ENCLOSURES):
        url = web(each.url, base)
        if url is not None and url not in found:
            found[url] = Enclosure(
                url=url,
                type=media_type(each.type),
                length=count(each.length),
                title=plain(each.title),
                duration=count(each.duration),
                medium=plain(each.medium),
                width=count(each.width),
                height=count(each.height),
                rendition_of=web(each.rendition_of, base),
            )
    return tuple(found.values())[:MAX_ENCLOSURES]


def _image(entry: ParsedEntry, base: str | None, enclosures: Iterable[Enclosure], content: Content) -> str | None:
    """The picture that stands for an article: the one it names, else an enclosed one, else the first in its text."""
    enclosed = (each.url for each in enclosures if (each.type or "").startswith("image/"))
    return web(entry.image, base) or next(enclosed, None) or content.image
