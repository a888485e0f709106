"""What can be read of a document that makes feedparser raise (feedparser #599), in smaller and smaller pieces.

Most of what it trips over are extensions in unexpected places: a ``psc:chapter`` without its start, a ``gml:posList``
outside ``georss:where`` (6.0.14, found by fuzzing). We read those ourselves, so it is asked again without them, and
where that does not help, half of the entries at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from aggregator.parse.names import common
from aggregator.parse.outline import tree

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[[bytes], Any]

_READ_BY_US = ("media:", "georss:", "gml:", "geo:", "psc:", "podcast:", "itunes:", "googleplay:", "at:", "thr:", "?:")
_ENTRIES = ("item", "entry")
_FEEDS = ("rss", "feed", "channel", "rdf:rdf", "rdf")


def read(data: bytes, url: str, ask: Ask) -> tuple[Any, int] | None:
    """feedparser's answer for what it can read, and how many entries it cannot; ``None`` where it reads nothing.

    ``ask`` is feedparser, which may raise anything.
    """
    root = tree(data, url)
    if root is None:
        return None
    _strip(root)
    answer = _answer(root, ask)
    if answer is not None:
        return answer, 0
    holders = [each for each in root.iter() if isinstance(each.tag, str) and common(each.tag) in _FEEDS]
    entries = [
        (holder, each)
        for holder in holders
        for each in holder
        if isinstance(each.tag, str) and common(each.tag) in _ENTRIES
    ]
    for holder, entry in entries:
        holder.remove(entry)
    shell = _answer(root, ask)
    if shell is None:
        return None
    found = _in_halves(root, entries, ask)
    shell["entries"] = [entry for each in found for entry in each["entries"]]
    return shell, len(entries) - len(shell["entries"])


def fuller(result: Any, data: bytes, url: str, ask: Ask) -> Any:
    """Of a document that is not well-formed: feedparser's answer, or the one it gives for the tree as lxml mends it,
    where that has more entries that say something.

    feedparser reads on with regular expressions, and one ``</titel>`` for a ``</title>`` swallows all that follows
    (6.0.14, measured).
    """
    root = tree(data, url)
    again = _answer(root, ask) if root is not None else None
    if again is None or _telling(again) <= _telling(result):
        return result
    again["bozo_exception"] = result["bozo_exception"]
    return again


def _telling(result: Any) -> int:
    """How many entries have a title, or a text and a link."""
    entries: list[dict[str, Any]] = result["entries"]
    return sum(
        1 for each in entries if dict.get(each, "title") or (dict.get(each, "link") and dict.get(each, "summary"))
    )


def _answer(root: etree._Element, ask: Ask) -> Any | None:
    try:
        return ask(etree.tostring(root, encoding="utf-8", xml_declaration=True))
    except Exception:  # whatever it is, the caller asks for less, and counts what is lost
        return None


def _in_halves(root: etree._Element, entries: list[tuple[etree._Element, etree._Element]], ask: Ask) -> list[Any]:
    """The answers for as many of the entries as can be read, in order."""
    if not entries:
        return []
    for holder, entry in entries:
        holder.append(entry)
    answer = _answer(root, ask)
    for holder, entry in entries:
        holder.remove(entry)
    if answer is not None:
        return [answer]
    half = len(entries) // 2
    return [] if half == 0 else [*_in_halves(root, entries[:half], ask), *_in_halves(root, entries[half:], ask)]


def _strip(root: etree._Element) -> None:
    """Take out the elements of vocabularies that we read ourselves, and what no vocabulary knows."""
    names = {each.tag for each in root.iter() if isinstance(each.tag, str)}
    unread = [each for each in names if common(each).startswith(_READ_BY_US)]
    if unread:
        etree.strip_elements(root, *unread, with_tail=False)
