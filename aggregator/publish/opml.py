"""The sources as OPML 2.0, for people who want to subscribe to them directly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from aggregator.model import Rendered
from aggregator.publish import valid
from aggregator.publish.assemble import EMPTY_SINCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aggregator.model import FeedInfo, Site, Source

MEDIA_TYPE = "text/x-opml; charset=utf-8"


def render(sources: Iterable[Source], infos: Mapping[str, FeedInfo], site: Site) -> Rendered:
    """``opml.xml``: every enabled source others can subscribe to, in the order of the configuration, no address twice.

    Folders have no address, and sources that need a password or a header of the operator's are nobody else's business.
    The document has no dates: nothing in it says when it changed, and the clock would change its bytes.
    """
    opml = etree.Element("opml", version="2.0")
    head = etree.SubElement(opml, "head")
    etree.SubElement(head, "title").text = site.title
    if site.author is not None:
        etree.SubElement(head, "ownerName").text = site.author
    body = etree.SubElement(opml, "body")
    seen: set[str] = set()
    for source in sources:
        address = valid.web_address(source.url)
        private = source.headers or source.basic_auth or source.bearer is not None or source.client_cert is not None
        if address is None or private or not source.enabled or address in seen:
            continue
        seen.add(address)
        info = infos.get(source.id)
        title = source.title or (info.title if info is not None else None) or source.id
        outline = etree.SubElement(body, "outline", type="rss", text=title, title=title, xmlUrl=address)
        page = valid.web_address(info.url) if info is not None else None
        if page is not None:
            outline.set("htmlUrl", page)
        if source.tags:
            outline.set("category", ",".join(tag.replace(",", " ") for tag in source.tags))
    text: bytes = etree.tostring(opml, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return Rendered(path="opml.xml", media_type=MEDIA_TYPE, body=text, updated=EMPTY_SINCE)
