"""Atom: ``atom.rng``, and what no grammar says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.publish.profile.shape import MARK, Profile, require
from aggregator.publish.profile.xml import allowed, children, declares, opening, prefixed_as, well_formed, without

if TYPE_CHECKING:
    from aggregator.model import PublishedEntry, PublishedFeed

NS = "http://www.w3.org/2005/Atom"
EXTENSIONS: dict[str | None, str] = {
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "psc": "http://podlove.org/simple-chapters",
    "georss": "http://www.georss.org/georss",
    "thr": "http://purl.org/syndication/thread/1.0",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}
"""What entries may say besides; ``extensions.rng`` has the elements."""
NAMESPACES = {None: NS, **EXTENSIONS}

_ATOM = f"{{{NS}}}"
_GRAVE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


def read(body: bytes) -> tuple[Any, list[Any]]:
    """The feed element and its entries."""
    feed = well_formed(body)
    require(feed.tag == f"{_ATOM}feed", f"its root is {feed.tag}")
    return feed, children(feed, f"{_ATOM}entry")


def id_of(element: Any) -> str | None:
    """As it is written."""
    found: str | None = element.findtext(f"{_ATOM}id")
    return found


def words_of(element: Any) -> tuple[str | None, str | None]:
    """Its title, and the page that stands first."""
    page = next((each.get("href") for each in element.iterfind(f"{_ATOM}link") if each.get("rel") == "alternate"), None)
    return element.findtext(f"{_ATOM}title"), page


def check_entry(element: Any, entry: PublishedEntry) -> None:
    """Beside the grammar: readable without a page, and a page that every reader finds."""
    prefixed_as(element, NAMESPACES)
    require(len(element) and element[-1].tag == f"{_ATOM}source", "its source is not the last that it says (O6)")
    allowed("atom", element)
    links = element.findall(f"{_ATOM}link")
    relations = [each.get("rel") for each in links]
    pages = relations.count("alternate")
    require(set(relations[:pages]) <= {"alternate"}, "a link stands before its page: podcastparser takes the first one")
    kinds = [(each.get("type"), each.get("hreflang")) for each in links[:pages]]
    require(len({*kinds}) == pages, "two links are its page in one type and language (RFC 4287 4.1.2)")
    content, summary = element.find(f"{_ATOM}content"), element.find(f"{_ATOM}summary")
    require(pages or content is not None, "it has neither a page nor a text (RFC 4287 4.1.2)")
    require(content is not None or summary is not None, "it has neither a text nor a summary")
    require(not {"self", "hub"} & {*relations}, "a link of it belongs to the feed")
    require(element.findtext(f"{_ATOM}updated") == entry.updated.isoformat(), "it has another date than the entry")


def check_head(feed: Any, published: PublishedFeed) -> None:
    """Beside the grammar: one address of its own, the hubs, and the tombstones, none of an entry that is there."""
    declares(feed, NAMESPACES)
    allowed("atom", without(feed, f"{_ATOM}entry"))
    require(feed.findtext(f"{_ATOM}id") == published.id, "it has another id than the feed")
    links = feed.findall(f"{_ATOM}link")
    own = [each.get("href") for each in links if each.get("rel") == "self"]
    require(own == [published.self_url("atom")], f"it says of itself that it is at {', '.join(own) or 'no address'}")
    pages = [each.get("href") for each in links if each.get("rel") == "alternate"]
    require(pages == [published.site_url], f"its page is {', '.join(pages) or 'missing'}")
    hubs = tuple(each.get("href") for each in links if each.get("rel") == "hub")
    require(hubs == published.hubs, f"it names {len(hubs)} hubs where there are {len(published.hubs)}")
    graves = [each.get("ref") for each in feed.iterfind(_GRAVE)]
    require(
        graves == [each.ref for each in published.tombstones],
        f"it holds {len(graves)} tombstones where {len(published.tombstones)} were to be written",
    )
    buried = set(graves)
    living = next((entry.id for entry in published.entries if entry.id in buried), None)
    require(living is None, f"it says of an entry that it is deleted: {living}")


PROFILE = Profile(
    before=opening("feed", NAMESPACES),
    mark=f"<entry><id>{MARK}</id></entry>".encode(),
    between=b"\n",
    after=b"</feed>",
    read=read,
    id_of=id_of,
    words_of=words_of,
    feed_id_of=lambda feed: feed.findtext(f"{_ATOM}id"),
    check_entry=check_entry,
    check_head=check_head,
)
