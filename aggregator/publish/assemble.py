"""Articles -> PublishedFeed: which entries, in which order, and all that is said of each. Pure."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from aggregator.model import (
    ABSENT,
    OPERATOR,
    PUBLISHER,
    Category,
    FeedInfo,
    Link,
    Person,
    PublishedEntry,
    PublishedFeed,
    Tombstone,
)
from aggregator.publish import valid
from aggregator.publish.covered import covered
from aggregator.publish.facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from aggregator.model import Article, Output, Site, Source, Story

    _Inputs = tuple[Article, FeedInfo, Source | None, Site]

EMPTY_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
"""``updated`` of a feed without entries. Atom demands one; a fixed early date keeps the bytes stable and lets the first
entry be newer."""

ARTICLES = "a"
"""Below this are the pages of local articles that have none elsewhere, in the folder and at the site."""

SILENT = FeedInfo()
"""What a source says of itself that was never read."""

RELATIONS = frozenset({"alternate", "enclosure", "via", "related", "replies", "license"})
"""Relations an entry may carry. Others are left out: ``self`` and ``edit`` speak of another document than ours, and
unregistered ones (``standout``) draw the validator's UnregisteredAtomLinkRel."""


def assemble(
    articles: Sequence[Article],
    infos: Mapping[str, FeedInfo],
    sources: Mapping[str, Source],
    site: Site,
    output: Output,
    *,
    first: bool,
    hubs: tuple[str, ...] = (),
    withdrawn: Iterable[Article] = (),
    through: Mapping[str, Sequence[str]] = MappingProxyType({}),
    stories: Mapping[str, Story] = MappingProxyType({}),
    history: str | None = None,
    made: Made | None = None,
) -> PublishedFeed:
    """One output as a value, entries newest first by (``sort_at``, id), never two with one id; pinned ones before all,
    whatever the output's limit. ``withdrawn`` get tombstones.

    ``infos`` is what each source's feed says of itself and ``sources`` what the operator says, both by source id; both
    may lack a source that was removed while its articles are kept. ``first`` is true for the first configured output:
    it is the one at ``/`` and ``/feed.*``, and has the site's own id. ``through`` names, by an article's key, the other
    sources that have it too; ``stories`` has the story it belongs to. ``history`` is the address of its newest archive
    document. ``made`` remembers the entries, and has those of the publish before.
    """
    entry = (made or Made()).entry

    if not output.private:
        articles = [at_home(each, site) for each in articles]
        stories = {key: _at_home(each, site) for key, each in stories.items()}

    def name_of(article: Article) -> str:
        info, configured = infos.get(article.source, SILENT), sources.get(article.source)
        return source_of(article, info, configured, site, article.sort_at).title or article.source

    credited = (_credited(each, through.get(each.key, ()), infos, sources) for each in _chosen(articles, output.limit))
    return with_entries(
        PublishedFeed(
            id=site.id if first else below(site.id, "output", output.id),
            output=output.id,
            title=output.title or (site.title if first else f"{site.title}: {output.id}"),
            site_url=_page(site, output, first=first),
            self_urls=tuple((name, _address(site, output, name, first=first)) for name in output.formats),
            updated=EMPTY_SINCE,
            language=valid.language_tag(site.language),
            hubs=hubs,
            tombstones=_tombstones(withdrawn),
            history=history_of(history),
            private=output.private,
        ),
        tuple(
            entry(
                covered(article, stories[article.key], name_of, joined=output.stories == "join")
                if article.key in stories
                else article,
                infos.get(article.source, SILENT),
                sources.get(article.source),
                site,
            )
            for article in credited
        ),
    )


class Made:
    """Entries that were made of articles, so that each is made once as long as nothing of it changes.

    It is filled for one publish and given to the next, ``before`` of that: what is not shown any more is forgotten.
    """

    def __init__(self, before: Made | None = None) -> None:
        self._before = before._made if before is not None else {}  # noqa: SLF001 - its own kind
        self._made: dict[str, tuple[_Inputs, PublishedEntry]] = {}

    def entry(self, article: Article, info: FeedInfo, configured: Source | None, site: Site) -> PublishedEntry:
        """What is said of this article."""
        inputs = (article, info, configured, site)
        found = self._before.get(article.key)
        made = found if found is not None and found[0] == inputs else (inputs, _entry(*inputs))
        self._made[article.key] = made
        return made[1]


def history_of(address: str | None) -> tuple[Link, ...]:
    """The link to what an output published before, in its newest archive document (RFC 5005 section 4)."""
    return (Link(rel="prev-archive", href=address, type="application/atom+xml"),) if address is not None else ()


def at_home(article: Article, site: Site) -> Article:
    """With its page here as its address, where it has one and none elsewhere. A private output does not lead there: who
    has no token would learn of the article."""
    if article.url is not None or article.slug is None:
        return article
    return replace(article, url=f"{site.url}{ARTICLES}/{article.slug}")


def _at_home(story: Story, site: Site) -> Story:
    members = (replace(each, article=at_home(each.article, site)) for each in story.members)
    return replace(story, members=tuple(members))


def _credited(
    article: Article, through: Collection[str], infos: Mapping[str, FeedInfo], sources: Mapping[str, Source]
) -> Article:
    """With a ``via`` link to each other source it came through, where that is another site (RFC 4287 4.2.7.2).

    One that has said nothing of itself since the database was lost is credited where the old document did so.
    """
    if not through:
        return article
    own = infos.get(article.source, SILENT).url
    links = []
    for name in through:
        said, configured = infos.get(name, SILENT), sources.get(name)
        href = said.url or said.self_url
        title = (configured.title if configured is not None else None) or said.title
        if href is not None and href not in (own, article.url):
            links.append(Link(rel="via", href=href, title=title))
    return replace(article, links=(*article.links, *links)) if links else article


def with_entries(feed: PublishedFeed, entries: tuple[PublishedEntry, ...]) -> PublishedFeed:
    """The same feed with these entries and without tombstones of theirs.

    Its ``updated`` is the newest of theirs (RFC 4287 4.2.15), or of its tombstones: a document that is older than the
    one before it would not be asked for.
    """
    live = {entry.id for entry in entries}
    graves = tuple(each for each in feed.tombstones if each.ref not in live)
    moments = [*(entry.updated for entry in entries), *(each.when for each in graves if each.when is not None)]
    return replace(feed, entries=entries, tombstones=graves, updated=max(moments, default=EMPTY_SINCE))


_WHY = {
    ABSENT: "withdrawn by its source",
    PUBLISHER: "deleted by its publisher",
    OPERATOR: "taken out of this feed",
}


def _tombstones(withdrawn: Iterable[Article]) -> tuple[Tombstone, ...]:
    """The latest first, ties by id."""
    graves = (
        Tombstone(ref=each.id, when=_whole(each.deleted_at), comment=_WHY.get(each.deleted_by or ABSENT))
        for each in withdrawn
        if each.deleted_at is not None
    )
    by_id = sorted(graves, key=lambda each: each.ref)
    return tuple(sorted(by_id, key=lambda each: each.when or EMPTY_SINCE, reverse=True))


def below(site_id: str, kind: str, name: str) -> str:
    """A stable id for something of ours that is not the site itself: same arguments, same id, for ever."""
    return uuid5(NAMESPACE_URL, f"{site_id}\0{kind}\0{name}").urn


def _address(site: Site, output: Output, name: str, *, first: bool) -> str:
    """Where this rendering of the output lives. Of two addresses with the same bytes the shorter one is canonical."""
    if name == "html":
        return site.url if first else f"{site.url}{output.id}.html"
    return f"{site.url}{'feed' if first else output.id}.{name}"


def _page(site: Site, output: Output, *, first: bool) -> str:
    return _address(site, output, "html", first=first) if "html" in output.formats else site.url


def _updated(article: Article) -> datetime:
    """Never the time of the build: two builds of the same articles give the same bytes.

    Not before it was published either: an article that was written days ahead of its date is as new as that date. Its
    place is microseconds before that date where others of its document have the same one.
    """
    if article.updated is None:
        return _whole(article.published or article.first_seen)
    dated = article.published
    is_its_place = dated is not None and timedelta(0) <= dated - article.sort_at < timedelta(seconds=1)
    return _whole(max(article.updated, dated if dated is not None and is_its_place else article.sort_at))


def _whole(moment: datetime) -> datetime:
    """To the second, which is all that RSS can say and all that readers show."""
    return moment.replace(microsecond=0)


def _shown(articles: Iterable[Article]) -> list[Article]:
    """Those to show, in order. Of two with one id the later updated stays (RFC 4287 4.1.1)."""
    best: dict[str, Article] = {}
    for article in articles:
        if article.left_out is not None:
            continue
        rival = best.get(article.id)
        if rival is None or (_updated(article), article.key) > (_updated(rival), rival.key):
            best[article.id] = article
    by_id = sorted(best.values(), key=lambda article: article.id)
    return sorted(by_id, key=lambda article: article.sort_at, reverse=True)


def _chosen(articles: Iterable[Article], limit: int) -> list[Article]:
    """Those that are pinned, the last one first, and then the newest, together at most ``limit``."""
    shown = _shown(articles)
    pinned = [article for article in shown if article.pinned_at is not None]
    pinned.sort(key=lambda article: article.pinned_at or article.sort_at, reverse=True)
    others = [article for article in shown if article.pinned_at is None]
    return pinned + others[: max(0, limit - len(pinned))]


def _entry(article: Article, info: FeedInfo, configured: Source | None, site: Site) -> PublishedEntry:
    updated = _updated(article)
    source = source_of(article, info, configured, site, updated)
    title = _words(article.title) or source.title or article.source
    summary, content = _words(article.summary), _words(article.content_html)
    links = _links(article)
    if content is None:
        summary = summary or title
        if not any(link.rel == "alternate" for link in links):  # RFC 4287 4.1.2: then there must be a content
            content = f"<p>{html.escape(summary, quote=False)}</p>"
    return PublishedEntry(
        id=article.id,
        title=title,
        updated=updated,
        published=_whole(article.published) if article.published is not None else None,
        links=links,
        authors=_people(article.authors) or (Person(name=source.title),),
        contributors=_people(article.contributors),
        summary=summary,
        content_html=content,
        categories=_categories(article.tags),
        language=valid.language_tag(article.language),
        rights=article.rights or None,
        image=valid.web_address(article.image),
        words=article.words,
        local=article.slug is not None or (configured is not None and configured.folder is not None),
        source=source,
        **facts_of(article),
    )


def source_of(
    article: Article, info: FeedInfo, configured: Source | None, site: Site, entry_updated: datetime
) -> FeedInfo:
    """The feed the entry comes from, complete: id, title and updated are always there (RFC 4287 4.2.11).

    An entry that came through another aggregator keeps the source it brought; nothing of the feed in between is mixed
    into it, or it would be credited to the wrong people.
    """
    if article.origin is not None:
        said, location, name, updated = article.origin, None, article.origin.title, article.origin.updated
    else:
        location = configured.url if configured is not None else None
        name = (configured.title if configured is not None else None) or info.title
        said, updated = info, article.source_updated
    self_url = valid.web_address(said.self_url) or valid.web_address(location)
    url = valid.web_address(said.url)
    place = self_url or url
    local_name = article.source if article.origin is None else f"{article.source}\0{name}"
    return FeedInfo(
        id=valid.iri(said.id) or place or below(site.id, "source", local_name),
        title=_words(name) or (urlsplit(place).hostname if place else None) or article.source,
        subtitle=said.subtitle or None,
        url=url,
        self_url=self_url,
        language=valid.language_tag(said.language),
        authors=_people(said.authors),
        rights=said.rights or None,
        icon=valid.web_address(said.icon),
        logo=valid.web_address(said.logo),
        updated=updated or entry_updated,
    )


def _links(article: Article) -> tuple[Link, ...]:
    """Alternate first (podcastparser takes the first link for the page), then enclosures, comments, the rest.

    One alternate per (type, hreflang), the others become ``related`` (RFC 4287 4.1.2); none twice.
    """
    claimed = [
        *([Link(href=article.url)] if article.url else []),
        *(
            Link(rel="enclosure", href=each.url, type=each.type, length=each.length, title=each.title)
            for each in article.enclosures
        ),
        *([Link(rel="replies", href=article.comments, type="text/html")] if article.comments else []),
        *article.links,
        *([Link(rel="replies", href=article.replies.feed)] if article.replies and article.replies.feed else []),
        *([Link(rel="license", href=article.licence)] if article.licence else []),
    ]
    alternates: set[tuple[str | None, str | None]] = set()
    links: dict[tuple[str, str], Link] = {}
    for link in claimed:
        href = valid.web_address(link.href)
        if href is None or link.rel not in RELATIONS:
            continue
        clean = replace(
            link,
            href=href,
            type=valid.media_type(link.type),
            hreflang=valid.language_tag(link.hreflang),
            length=valid.length(link.length),
            title=link.title or None,
        )
        if clean.rel == "alternate":
            kind = (clean.type, clean.hreflang)
            clean = clean if kind not in alternates else replace(clean, rel="related")
            alternates.add(kind)
        if clean.rel != "related" or ("alternate", href) not in links:
            links.setdefault((clean.rel, href), clean)
    return tuple(sorted(links.values(), key=lambda link: link.rel != "alternate"))


def _words(text: str | None) -> str | None:
    """The text as it is, unless it is white space only: of an empty title atoma dies."""
    return text if text is not None and text.strip() else None


def _people(people: Iterable[Person]) -> tuple[Person, ...]:
    """Those with a name, none twice; their addresses only where valid."""
    named = (
        Person(name=each.name, url=valid.web_address(each.url), email=valid.email(each.email))
        for each in people
        if _words(each.name)
    )
    return tuple(dict.fromkeys(named))


def _categories(tags: Iterable[Category]) -> tuple[Category, ...]:
    """Those with a term, none twice; a scheme only where it is an IRI (``AccessClassName`` is seen in the wild)."""
    clean = (replace(tag, scheme=valid.iri(tag.scheme), label=tag.label or None) for tag in tags if _words(tag.term))
    return tuple({(tag.term, tag.scheme): tag for tag in clean}.values())
