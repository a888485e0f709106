"""JSON Feed 1.1 as we write it (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aggregator.publish.profile.shape import MARK, Profile, Unsound, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.model import PublishedEntry, PublishedFeed

_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

_HEAD = frozenset(
    {
        *("version", "title", "home_page_url", "feed_url", "description", "next_url", "icon", "favicon"),
        *("authors", "language", "expired", "hubs", "items"),
    }
)
_ITEM = frozenset(
    {
        *("id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image"),
        *("date_published", "date_modified", "authors", "tags", "language", "attachments"),
    }
)


def read(body: bytes) -> tuple[Any, list[Any]]:
    """The feed object and its items."""
    try:
        feed = json.loads(body)
    except ValueError as error:
        raise Unsound(f"it cannot be read back: {error}") from error
    require(isinstance(feed, dict) and isinstance(feed.get("items"), list), "it is no object with items")
    return feed, feed["items"]


def id_of(item: Any) -> str | None:
    """As it is written."""
    return item.get("id") if isinstance(item, dict) else None


def words_of(item: Any) -> tuple[str | None, str | None]:
    """Its title and its url."""
    return item.get("title"), item.get("url")


def check_entry(item: Any, entry: PublishedEntry) -> None:
    """All of an item."""
    _names(item, _ITEM)
    _text(item, "title")
    for name in ("content_html", "content_text", "summary"):
        _text(item, name)
    require(("content_html" in item) != ("content_text" in item), "it has no content, or two")
    for name in ("url", "external_url", "image", "banner_image"):
        _address(item, name)
    for name in ("date_published", "date_modified"):
        _moment(item, name)
    require(item.get("date_modified") == entry.updated.isoformat(), "it has another date than the entry")
    _language(item)
    authors = item.get("authors")
    require(isinstance(authors, list) and authors, "it has no authors")
    for each in authors:
        _text(each, "name")
        require("name" in each, "one of its authors has no name")
        _address(each, "url")
        _address(each, "avatar")
    for each in item.get("tags", ()):
        require(isinstance(each, str), "one of its tags is no text")
    for each in item.get("attachments", ()):
        require("url" in each and "mime_type" in each, "an attachment has no address, or no type")
        _address(each, "url")
        for name in ("size_in_bytes", "duration_in_seconds"):
            number = each.get(name, 0)
            require(isinstance(number, int) and number >= 0, f"{name} of an attachment is no number of them")


def check_head(feed: Any, published: PublishedFeed) -> None:
    """All but the items."""
    _names(feed, _HEAD)
    require(feed.get("version") == "https://jsonfeed.org/version/1.1", f"its version is {feed.get('version')!r}")
    require("title" in feed, "it has no title")
    _text(feed, "title")
    own = feed.get("feed_url")
    require(own == published.self_url("json"), f"it says of itself that it is at {own}")
    for name in ("home_page_url", "next_url", "icon", "favicon"):
        _address(feed, name)
    require(feed.get("next_url") != own, "the next page is itself")
    _language(feed)
    hubs = tuple(each.get("url") for each in feed.get("hubs", ()) if each.get("type"))
    require(hubs == published.hubs, f"it names {len(hubs)} hubs where there are {len(published.hubs)}")


def _names(value: Any, known: frozenset[str]) -> None:
    """No other name than the standard's and our own, and none that says nothing."""
    require(isinstance(value, dict), "it is no object")
    stranger = next((each for each in value if each not in known and not each.startswith("_")), None)
    require(stranger is None, f"JSON Feed has no {stranger!r}")
    empty = next((name for name, each in value.items() if each is None), None)
    require(empty is None, f"{empty} is null")


def _text(value: Mapping[str, Any], name: str) -> None:
    text = value.get(name, "-")
    require(isinstance(text, str) and text.strip(), f"{name} is empty, or no text")


def _address(value: Mapping[str, Any], name: str) -> None:
    if (address := value.get(name)) is not None:
        require(isinstance(address, str) and _ADDRESS.fullmatch(address), f"{name} is no address: {address!r}")


def _moment(value: Mapping[str, Any], name: str) -> None:
    moment = value.get(name)
    require(isinstance(moment, str) and _MOMENT.fullmatch(moment), f"{name} is no RFC 3339 date: {moment!r}")
    datetime.fromisoformat(str(moment))


def _language(value: Mapping[str, Any]) -> None:
    if (language := value.get("language")) is not None:
        require(isinstance(language, str) and _LANGUAGE.fullmatch(language), f"its language is {language!r}")


PROFILE = Profile(
    before=b'{"items":[',
    mark=json.dumps({"id": MARK}).encode(),
    between=b",",
    after=b"]}",
    read=read,
    id_of=id_of,
    words_of=words_of,
    feed_id_of=lambda _: None,
    check_entry=check_entry,
    check_head=check_head,
)
