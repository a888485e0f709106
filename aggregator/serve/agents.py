"""Who asks for a feed, and for how many people: what a User-Agent says. Pure.

No standard has it, but services have written their number into it since Bloglines did in 2005, each in its own way:
``Feedly/1.0 (+http://www.feedly.com/fetcher.html; 462 subscribers; )``, ``Feedbin feed-id:1697787 - 102 subscribers``,
``Dreamwidth Studios (...; 2 readers)``, ``PlainFeeder v0.0.1 (...; Subscriber Count: 5)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

KNOWN = (
    "feedly",
    "feedbin",
    "newsblur",
    "inoreader",
    "theoldreader",
    "bloglovin",
    "netvibes",
    "bazqux",
    "dreamwidth",
    "overcast",
)
"""Services that are known to announce how many people they ask for, as they are called in their agents."""

_NUMBER = re.compile(
    r"(?<![\w.,/])(\d{1,3}(?:,\d{3})+|\d+)\s+(?:subscriber|reader|follower|user)s?\b"
    r"|\b(?:subscriber|reader|follower|user)s?(?: count)?\s*[:=]\s*(\d+)(?![\w.,])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://(?:www\.)?([a-z0-9.-]+)", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w.%-]*")

_ADDS_UP = re.compile(r"aggregator/\d")
"""This program announces the sum of what it was told. Two that read each other would drive it up without end."""

_NO_READER = re.compile(
    r"bot\b|bot[/_-]|crawl|spider|slurp|archiv|preview|prefetch|externalhit|whatsapp|slack|discord|telegram|twitter"
    r"|monitor|uptime|pingdom|statuscake|nagios|probe|blackbox|healthcheck|lighthouse|headless|validator|scanner|censys"
    r"|^(?:curl|wget|python|aiohttp|httpx|go-http-client|okhttp|java|apache-httpclient|libwww|lwp|node|axios|undici"
    r"|got|guzzle|ruby|faraday|php|perl|postman|insomnia|scrapy)\b",
    re.IGNORECASE,
)
"""Search engines, link previews, probes, and mere libraries, which say nothing of what they are used for."""

_PRODUCT = re.compile(r"([A-Za-z][\w.]*)/v?\d")
_OF_BROWSERS = re.compile(
    "AppleWebKit|Brave|Chrome|Chromium|CriOS|DuckDuckGo|Ddg|Edg|EdgA|EdgiOS|Edge|Epiphany|Firefox|Focus|FxiOS|GSA|Gecko"
    "|Goanna|KHTML|Klar|Konqueror|LibreWolf|MiuiBrowser|Mobile|Mozilla|OPR|Opera|PaleMoon|Presto|Safari|SamsungBrowser"
    "|SeaMonkey|Silk|Trident|UCBrowser|Ubuntu|Version|Vivaldi|Waterfox|Whale|YaBrowser"
)


@dataclass(frozen=True, slots=True)
class Announced:
    """A service and the number of people it says it asks for."""

    service: str
    subscribers: int

    @property
    def known(self) -> bool:
        """Whether the service is one of :data:`KNOWN`."""
        return self.service in KNOWN


def announced(agent: str) -> Announced | None:
    """What the agent (at most 4,000 characters) says of its subscribers; None for nothing, and for this program."""
    number = _NUMBER.search(agent)
    if number is None or _ADDS_UP.match(agent):
        return None
    return Announced(_service(agent), int((number[1] or number[2]).replace(",", "")))


def is_reader(agent: str) -> bool:
    """Whether an agent without a number is a program one person reads feeds with, as far as it can be told.

    Browsers are not: they show a feed once to somebody who followed a link. Nor are services: when they name no number
    somebody only looks whether there is a feed.
    """
    return bool(agent) and _NO_READER.search(agent) is None and not _is_browser(agent) and _known(agent) is None


def _service(agent: str) -> str:
    """One name for all agents of a service, whatever version, feed or machine: NewsBlur's names a page of each feed."""
    if (known := _known(agent)) is not None:
        return known
    found = _ADDRESS.search(agent) or _NAME.search(agent)
    return found[found.re.groups][:100].lower() if found is not None else "?"


def _known(agent: str) -> str | None:
    lower = agent.lower()
    return next((each for each in KNOWN if each in lower), None)


def _is_browser(agent: str) -> bool:
    """Whether it names no program but those of which every browser claims to be one."""
    if not agent.startswith(("Mozilla/", "Opera/")) or ("compatible;" in agent and "MSIE" not in agent):
        return False
    return all(_OF_BROWSERS.fullmatch(each) for each in _PRODUCT.findall(agent))
