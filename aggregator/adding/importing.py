"""A list of feeds -> sources to write into the configuration. Pure.

A list is a stranger's word, also one that uses the names of our settings: what would send secrets of this machine
somewhere, or read its files, is taken only from a list that the operator calls his own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aggregator.config.addresses import place as place_of
from aggregator.config.checking import substituted, wrong_keys
from aggregator.config.names import unused
from aggregator.config.paths import absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from aggregator.model import FeedList, Listed, Source

OF_THIS_MACHINE = frozenset({"auth", "ca", "client_cert", "cookies", "folder", "headers", "proxy"})
"""Keys of a source whose values name secrets, files or machines of the operator's."""

FIRST_KEYS = ("id", "url", "folder", "opml", "title", "tags")
"""How a source begins that is written into the file."""

PLACES = ("url", "folder", "opml")
"""Where a source is: one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What a list comes to."""

    sources: tuple[dict[str, Any], ...]
    """As they are written: a variable in them is one."""
    known: tuple[tuple[str, str], ...]
    """(address, id) of feeds that are configured already."""
    repeated: int
    """Feeds that the list names more than once."""
    notes: tuple[str, ...]
    """What is left out, in words."""


def as_sources(
    listed: FeedList,
    configured: Iterable[Source],
    base: Path,
    environ: Mapping[str, str],
    check_rule: Callable[[str], object] | None = None,
    *,
    trusted: bool = False,
    tags: tuple[str, ...] = (),
) -> Import:
    """The feeds of a list that are not configured yet, as sources.

    ``base`` is the folder of the configuration, ``environ`` its variables; ``tags`` are for all of them. ``trusted``:
    the list is the operator's own, and may name variables and files of this machine.
    """
    configured = tuple(configured)
    at = {_mark(each.url or str(each.folder), base): each.id for each in configured}
    used = {each.id for each in configured}
    reserved = used | {str(each.settings["id"]) for each in listed.feeds if "id" in each.settings}
    found: list[dict[str, Any]] = []
    known: list[tuple[str, str]] = []
    notes: list[str] = []
    private: Counter[str] = Counter()
    repeated = listed.repeated
    for feed in listed.feeds:
        source, left = _source(feed, trusted=trusted)
        private.update(left)
        if tags:
            source["tags"] = list(dict.fromkeys((*source.get("tags", ()), *map(_literal, tags))))
        name = str(source.get("title") or source.get("url") or feed.title or feed.url or "a source")
        place = next((source[key] for key in PLACES if key in source), None)
        if place is None:
            notes.append(f"{name}: left out, for where it is names what only this machine knows")
            continue
        wrong = wrong_keys(source, base, environ, check_rule)
        if wrong.keys() & {"", *PLACES}:
            notes.append(f"{name}: left out: {'; '.join(wrong.values())}")
            continue
        address = _mark(substituted(place, environ), base)
        if address in at:
            if at[address]:
                known.append((place, at[address]))
            else:
                repeated += 1
            continue
        for key, words in wrong.items():
            notes.append(f"{name}: without {key}: {words}")
            del source[key]
        if "id" not in source or source["id"] in used:
            url, folder = (None, place) if "folder" in source else (place, None)
            source["id"] = unused(url, folder, reserved)
        used.add(source["id"])
        reserved.add(source["id"])
        found.append({key: source[key] for key in dict.fromkeys((*FIRST_KEYS, *source)) if key in source})
        at[address] = ""
    notes += [_kept_private(private)] if private else []
    return Import(sources=tuple(found), known=tuple(known), repeated=repeated, notes=(*listed.problems, *notes))


def _mark(place: str, base: Path) -> str:
    """What two addresses of the same document, or two paths of the same folder, have in common."""
    return place_of(place) if "://" in place else str(absolute(place, base))


def _kept_private(keys: Counter[str]) -> str:
    count = max(keys.values())
    return (
        f"{', '.join(sorted(keys))} of {count} source{'' if count == 1 else 's'} left out, for they name secrets or "
        "files of this machine; '--trust' takes them where the list is your own"
    )


def _source(feed: Listed, *, trusted: bool) -> tuple[dict[str, Any], list[str]]:
    """The feed as a source, and the keys that are left out of it. What a list says in our own words comes first."""
    given = dict(feed.settings)
    ours = "id" in given
    url = given.pop("url", None)
    source: dict[str, Any] = {}
    left = []
    if isinstance(url, str) and (trusted or not _names_variable(url)):
        source["url"] = url
    elif url is not None:
        left.append("url")
    elif feed.url is not None:
        source["url"] = _literal(feed.url)
    if not ours and feed.title is not None:
        source["title"] = _literal(feed.title)
    if not ours and feed.tags:
        source["tags"] = [_literal(each) for each in feed.tags]
    for key, value in given.items():
        if not trusted and (key in OF_THIS_MACHINE or _names_variable(value) or _is_path(key, value)):
            left.append(key)
        else:
            source[key] = value
    return source, left


def _literal(text: str) -> str:
    """A stranger's text, in which nothing is a variable."""
    return text.replace("${", "$${")


def _names_variable(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_names_variable, (*value, *value.values())))
    return any(map(_names_variable, value)) if isinstance(value, list) else isinstance(value, str) and "${" in value


def _is_path(key: str, value: Any) -> bool:
    """Another list that lies on this machine."""
    return key == "opml" and not str(value).lower().startswith(("http://", "https://"))


def summary(found: Import, *, written: bool) -> Mapping[str, Any]:
    """For programs."""
    return {
        "added": [dict(each) for each in found.sources],
        "known": [{"url": url, "id": name} for url, name in found.known],
        "repeated": found.repeated,
        "notes": list(found.notes),
        "written": written,
    }
