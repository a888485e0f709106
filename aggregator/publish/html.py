"""The page people read: plain HTML with one style sheet, no script. The only door to jinja2.

Everything is escaped but an article's ``content_html``, which was cleaned when it was stored.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from aggregator.model import Rendered
from aggregator.publish import atom, jsonfeed, rss
from aggregator.publish.assemble import EMPTY_SINCE
from aggregator.publish.formats import Format, Frame

if TYPE_CHECKING:
    from aggregator.model import PublishedEntry, PublishedFeed

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


def frame(feed: PublishedFeed) -> Frame:
    """The page without its entries; the formats are offered to readers in the order Atom, RSS, JSON Feed."""
    addresses = dict(feed.self_urls)
    offers = [
        {"label": label, "type": essence, "href": addresses[name]}
        for name, (label, essence) in _FEEDS.items()
        if name in addresses
    ]
    page = _templates.get_template("page.html").render(feed=feed, self_url=feed.self_url("html"), offers=offers)
    before, _, after = page.partition(MARK)
    return Frame(before=before.encode("utf-8"), between=b"\n", after=after.encode("utf-8"))


def entry(published: PublishedEntry) -> bytes:
    """One article element. Raises ValueError where UTF-8 cannot hold a character of it."""
    return _templates.get_template("entry.html").render(entry=published).encode("utf-8")


def style() -> Rendered:
    """The style sheet of all pages, ``/style.css``."""
    body = (files("aggregator.publish") / "templates" / "style.css").read_bytes()
    return Rendered(path="style.css", media_type="text/css; charset=utf-8", body=body, updated=EMPTY_SINCE)


HTML = Format(media_type="text/html; charset=utf-8", extension="html", frame=frame, entry=entry)
