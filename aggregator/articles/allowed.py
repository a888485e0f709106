"""What HTML from strangers may keep: elements, attributes and where those may point. Everything else goes."""

from __future__ import annotations

from aggregator.articles.markup import words
from aggregator.articles.urls import absolute, srcset, untracked, web

TAGS = words(
    "a abbr acronym address article aside audio b bdi bdo big blockquote br caption center cite code col colgroup data"
    " dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main"
    " mark nav ol p picture pre q rp rt ruby s samp section small source span strike strong sub summary sup table tbody"
    " td tfoot th thead time tr tt u ul var video wbr"
)
"""Elements that are kept: all are known to the W3C feed validator and none of them runs anything."""
WITH_CONTENT = words("script style title head template svg math iframe frame noframes noembed select textarea")
"""Elements that go with all that is in them; of any other element only the tags go."""
ATTRIBUTES = {
    "*": {"title", "lang", "dir"},
    "a": {"href", "hreflang"},
    "audio": {"src"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "data": {"value"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "source": {"src", "srcset", "sizes", "media", "type"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "time": {"datetime"},
    "video": {"src", "poster", "width", "height"},
}
SCHEMES = {"http", "https", "mailto"}
PLAYERS = {"audio": {"controls": ""}, "video": {"controls": ""}}
"""Attributes that are given to every element of the name."""
LINK_REL = "noopener noreferrer"
REFERENCES = words("href src poster cite srcset")
"""Attributes that hold addresses."""


def value_of(name: str, value: str, base: str | None) -> str | None:
    """The value an allowed attribute is to have, its addresses absolute; ``None`` leaves the attribute out."""
    if name == "href":
        made = absolute(value, base)
        return made if made is None or "?" not in made else untracked(made)
    if name in ("src", "poster", "cite"):
        return web(value, base)
    if name == "srcset":
        return srcset(value, base)
    return value
