"""RSS: ``rss.rng``, and what no grammar says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.publish.profile.atom import EXTENSIONS
from aggregator.publish.profile.shape import MARK, Profile, require
from aggregator.publish.profile.xml import allowed, children, declares, opening, prefixed_as, well_formed, without

if TYPE_CHECKING:
    from aggregator.model import PublishedEntry, PublishedFeed

ATOM = "http://www.w3.org/2005/Atom"
NAMESPACES: dict[str | None, str] = {
    "atom": ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
    **EXTENSIONS,
}


def read(body: bytes) -> tuple[Any, list[Any]]:
    """The rss element and the items of its channel."""
    rss = well_formed(body)
    require(rss.tag == "rss" and len(rss) == 1 and rss[0].tag == "channel", "it is no channel in an rss element")
    return rss, children(rss[0], "item")


def id_of(item: Any) -> str | None:
    """Its guid, as it is written."""
    found: str | None = item.findtext("guid")
    return found


def words_of(item: Any) -> tuple[str | None, str | None]:
    """Its title and its link."""
    return item.findtext("title"), item.findtext("link")


def check_entry(item: Any, entry: PublishedEntry) -> None:
    """Beside the grammar: a guid is said to be an address only where it is that of the page."""
    prefixed_as(item, NAMESPACES)
    allowed("rss", item)
    page = item.findtext("link")
    require(page == entry.url, "it has another page than the entry")
    permanent = item.find("guid").get("isPermaLink") == "true"
    require(permanent == (entry.id == entry.url), "its guid is said to be its page, or is not")


def check_head(rss: Any, published: PublishedFeed) -> None:
    """Beside the grammar: one address of its own, and the hubs."""
    declares(rss, NAMESPACES)
    allowed("rss", without(rss, "item"))
    channel = rss[0]
    require(channel.findtext("link") == published.site_url, "its link is not the page of the feed")
    links = channel.findall(f"{{{ATOM}}}link")
    own = [each.get("href") for each in links if each.get("rel") == "self"]
    require(own == [published.self_url("rss")], f"it says of itself that it is at {', '.join(own) or 'no address'}")
    hubs = tuple(each.get("href") for each in links if each.get("rel") == "hub")
    require(hubs == published.hubs, f"it names {len(hubs)} hubs where there are {len(published.hubs)}")


PROFILE = Profile(
    before=opening("rss", NAMESPACES) + b"<channel>",
    mark=f"<item><guid>{MARK}</guid></item>".encode(),
    between=b"\n",
    after=b"</channel></rss>",
    read=read,
    id_of=id_of,
    words_of=words_of,
    feed_id_of=lambda _: None,
    check_entry=check_entry,
    check_head=check_head,
)
