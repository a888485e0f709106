"""The last look at a document before it replaces the one that is published. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import lxml.html
from lxml import etree

from aggregator.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import PublishedFeed, Rendered

MAX_BYTES = 5_000_000
"""Of a subscription document: the W3C validator's ValidatorLimit; SimplePie gives up on 21 MB."""

_ATOM = "{http://www.w3.org/2005/Atom}"
_GRAVE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


def check(rendered: Rendered, feed: PublishedFeed) -> None:
    """Read a document of ``feed`` back and compare; silent if it is sound.

    Raises PublishError where it is too large, not well-formed, or does not hold exactly the entries of the feed, each
    once and in order.
    """
    if len(rendered.body) > MAX_BYTES:
        raise _refused(
            rendered, f"it has {len(rendered.body):,} bytes, more than {MAX_BYTES:,}; lower the output's limit"
        )
    try:
        found = _READERS[rendered.path.rpartition(".")[2]](rendered.body)
    except (ValueError, KeyError, TypeError, etree.LxmlError) as error:
        raise _refused(rendered, f"it cannot be read back: {error}") from error
    expected = [entry.id for entry in feed.entries]
    if len(set(expected)) != len(expected):
        raise _refused(rendered, "two of its entries have the same id")
    if found != expected:
        missing = next((each for each in expected if each not in found), None)
        raise _refused(
            rendered,
            f"it holds {len(found)} entries where {len(expected)} were to be written"
            + (f"; the first that is missing is {missing}" if missing is not None else ", or not in their order"),
        )
    if rendered.path.endswith(".atom"):
        _check_tombstones(rendered, feed)


def _check_tombstones(rendered: Rendered, feed: PublishedFeed) -> None:
    graves = [each.get("ref") for each in etree.fromstring(rendered.body).iterfind(_GRAVE)]
    if graves != [each.ref for each in feed.tombstones]:
        raise _refused(rendered, f"it holds {len(graves)} tombstones where {len(feed.tombstones)} were to be written")
    living = next((entry.id for entry in feed.entries if entry.id in graves), None)
    if living is not None:
        raise _refused(rendered, f"it says of an entry that it is deleted: {living}")


def _refused(rendered: Rendered, reason: str) -> PublishError:
    return PublishError(f"{rendered.path} was not published, the last good one stays: {reason}")


def _atom_ids(body: bytes) -> list[str]:
    return [entry.findtext(f"{_ATOM}id") for entry in etree.fromstring(body).iterfind(f"{_ATOM}entry")]


def _rss_ids(body: bytes) -> list[str]:
    return [item.findtext("guid") for item in etree.fromstring(body).iterfind("channel/item")]


def _json_ids(body: bytes) -> list[str]:
    return [item["id"] for item in json.loads(body)["items"]]


def _html_ids(body: bytes) -> list[str]:
    return [str(each) for each in lxml.html.document_fromstring(body).xpath("//article/@data-id")]


_READERS: dict[str, Callable[[bytes], list[str]]] = {
    "atom": _atom_ids,
    "rss": _rss_ids,
    "json": _json_ids,
    "html": _html_ids,
}
