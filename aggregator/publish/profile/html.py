"""The page: an article element for each entry, and nothing in it that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import lxml.html
from lxml import etree

from aggregator.publish.profile.shape import MARK, Profile, Unsound, require

if TYPE_CHECKING:
    from aggregator.model import PublishedEntry, PublishedFeed

_RUNS = frozenset(
    {"script", "object", "embed", "iframe", "applet", "base", "form", "style", "link", "meta", "template"}
)
_LINKS = ("href", "src", "action", "formaction", "poster", "cite")


def read(body: bytes) -> tuple[Any, list[Any]]:
    """The page and its articles, which are beside each other, none in another."""
    try:
        page = lxml.html.document_fromstring(body)
    except (etree.LxmlError, ValueError) as error:
        raise Unsound(f"it cannot be read back: {error}") from error
    articles = page.xpath("//article[@data-id]")
    parents = {each.getparent() for each in articles}
    require(len(parents) < 2, "its entries do not stand beside each other")
    require(all(each.tag == "main" for each in parents), "its entries do not stand in its main part")
    return page, articles


def id_of(article: Any) -> str | None:
    """As it is written."""
    found: str | None = article.get("data-id")
    return found


def words_of(article: Any) -> tuple[str | None, str | None]:
    """Its heading, and where that leads."""
    heading = article.find(".//h2")
    if heading is None:
        return None, None
    link = heading.find("a")
    return str(heading.text_content()), link.get("href") if link is not None else None


def check_entry(article: Any, entry: PublishedEntry) -> None:
    """The second lock behind the cleaning of articles."""
    for each in article.iter():
        require(each.tag not in _RUNS, f"<{each.tag}> in it")
        require(not any(name.startswith("on") for name in each.attrib), f"<{each.tag}> in it has a script")
        for name in _LINKS:
            address = (each.get(name) or "").strip().lower()
            require(not address.startswith(("javascript:", "vbscript:", "data:text")), f"{name}={address[:40]!r} in it")
    require(article.findtext(".//h2") is not None, "it has no heading")
    shown = article.find(".//h2/a")
    require(
        (shown.get("href") if shown is not None else None) == entry.url, "its heading leads elsewhere than its page"
    )


def check_head(page: Any, published: PublishedFeed) -> None:
    """Its title, its own address and its hubs."""
    require((page.findtext(".//title") or "").strip(), "it has no title")
    for relation, wanted in (("canonical", (published.self_url("html"),)), ("hub", published.hubs)):
        named = tuple(page.xpath(f"//link[@rel='{relation}']/@href"))
        require(named == wanted, f"its {relation} links are {', '.join(named) or 'missing'}")


PROFILE = Profile(
    before=b'<!doctype html><html><head><meta charset="utf-8"><title>-</title></head><body><main>',
    mark=f'<article data-id="{MARK}"></article>'.encode(),
    between=b"\n",
    after=b"</main></body></html>",
    read=read,
    id_of=id_of,
    words_of=words_of,
    feed_id_of=lambda _: None,
    check_entry=check_entry,
    check_head=check_head,
)
