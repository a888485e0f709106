"""Rules about several values at once, on the plain values of the document, however wrong the rest of it is.

Working on plain values rather than validated ones lets one run report these mistakes together with all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from aggregator.config import addresses, paths, schema, units
from aggregator.config.explain import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from aggregator.config.document import Location

_FOR_TLS = ("ca", "client_cert")
_FOR_FEEDS = (
    *("headers", "auth", "cookies", *_FOR_TLS, "proxy", "http2", "user_agent", "max_bytes", "allow_downgrade"),
    "refresh",
    *("identity", "first", "future", "check_deleted", "full_text", "scrape"),
)
_SHORTEST = "15m"
_OF_LISTS = (
    ("exclude", False, "without opml"),
    ("allow_private", False, "without opml"),
    ("title", True, "on a list of feeds, which have their own"),
    ("scrape", True, "on a list of feeds"),
)
"""Key, whether it is a list where it has none, and where that is."""
_PLACES = ("url", "folder", "opml", "include", "group")
"""Keys one of which a source needs; where one is misspelt it is not told to be missing, too."""


class Clash(NamedTuple):
    """A mistake at ``location``; ``first`` is where the other half of it is, named in the text as ``{line}``."""

    location: Location
    text: str
    first: Location | None = None


def clashes(value: Any, base: Path) -> Iterator[Clash]:
    """Every mistake that lies in the relation of values. ``base`` is the folder relative paths start from."""
    if not isinstance(value, dict):
        return
    sources = _mappings("sources", map(schema.long_form, _list(value.get("sources"))))
    outputs = _mappings("outputs", _list(value.get("outputs")))
    receivers = _mappings("alerts", _list(value.get("alerts")))
    for location, source in sources:
        yield from _one_source(location, source)
    yield from _shared(("defaults",), _dict(value.get("defaults")), "every source")
    for place, each in enumerate(_list(value.get("groups"))):
        yield from _shared(("groups", place), _dict(each), "every source of the group")
    yield from _twice(sources, "id", lambda text: text, "the id")
    yield from _twice(sources, "url", _same_address, "the address")
    yield from _twice(sources, "opml", lambda text: _same_address(text) or text, "the list")
    yield from _twice(sources, "folder", lambda text: str(paths.absolute(text, base)), "the folder")
    yield from _twice(outputs, "id", lambda text: text, "the id")
    for location, output in outputs:
        formats = _list(output.get("formats"))
        yield from (
            Clash((*location, "formats", place), f"formats: {units.shown(each)} is given twice; keep one")
            for place, each in enumerate(formats)
            if each in formats[:place]
        )
        if output.get("digest") is not None:
            yield from (
                Clash((*location, key), f"{key} has no effect on a digest; remove it")
                for key in ("per_source", "stories", "archive")
                if key in output
            )
    yield from _twice(receivers, "id", lambda text: text, "the id")
    for location, receiver in receivers:
        yield from _receiver(location, receiver)
    hubs: list[tuple[Location, dict[str, Any]]] = [
        (("websub", "hubs", place), {"hub": each})
        for place, each in enumerate(_list(_dict(value.get("websub")).get("hubs")))
    ]
    yield from _twice(hubs, "hub", _same_address, "the hub")
    public = _written(value, "public", base)
    private = _written(value, "private", base) if any("tokens" in output for _, output in outputs) else None
    yield from _overlap("public", public, sources, base)
    yield from _overlap("private", private, sources, base)
    if public is not None and private is not None and _inside_one_another(public, private):
        text = "'private' and 'public' lie inside one another, so a web server would serve both; separate them"
        yield Clash(("private",) if "private" in value else ("public",), text)


def _mappings(key: str, items: Iterable[object]) -> list[tuple[Location, dict[str, Any]]]:
    return [((key, place), each) for place, each in enumerate(items) if isinstance(each, dict)]


def _one_source(location: Location, source: dict[str, Any]) -> Iterator[Clash]:
    feed, folder = source.get("url") is not None, source.get("folder") is not None
    listed = source.get("opml") is not None
    if feed and folder:
        yield Clash((*location, "folder"), "a source has a url or a folder, not both; remove one or make two sources")
    if listed and (feed or folder):
        other = "url" if feed else "folder"
        yield Clash((*location, "opml"), f"a source has a {other} or a list (opml), not both; make two sources of them")
    yield from (
        Clash((*location, key), f"{key} has no effect {where}; remove it")
        for key, without, where in _OF_LISTS
        if source.get(key) not in (None, []) and listed is without
    )
    if not feed and not folder and "opml" not in source and not _misspelt(source):
        yield Clash(location, "a source needs a url (or a folder); add 'url: https://...'")
    if "enabled" in source and "disabled" in source:
        yield Clash((*location, "disabled"), "enabled and disabled are both given; keep one")
    if folder and not feed:
        yield from (
            Clash((*location, key), f"{key} has no effect on a folder; remove it")
            for key in _FOR_FEEDS
            if key in source
        )
    if feed or listed:
        yield from _interval(location, source)
    if str(source.get("url")).lower().startswith("http:"):
        yield from (
            Clash((*location, key), f"{key} has no effect on http; write the address with https, or remove the key")
            for key in _FOR_TLS
            if source.get(key) is not None
        )
    yield from _credentials(location, source)
    yield from _headers(location, source)
    yield from (
        Clash((*location, "headers", name), "a second Cookie header (cookies are in line {line}); keep one", cookies)
        for cookies in [(*location, "cookies")]
        for name in _dict(source.get("headers"))
        if name.lower() == "cookie" and source.get("cookies")
    )


def _misspelt(source: dict[str, Any]) -> bool:
    """Whether it has a key that is like one of those by which it would be clear where it is."""
    known = {*schema.SourceShape.model_fields, *_PLACES}
    return any(nearest(key, known) in _PLACES for key in source.keys() - known)


def _credentials(location: Location, source: dict[str, Any]) -> Iterator[Clash]:
    auth = source.get("auth")
    if isinstance(auth, dict):
        yield from _exactly_one((*location, "auth"), auth, ("basic", "bearer", "bearer_file"))
        if isinstance(basic := auth.get("basic"), dict):
            yield from _exactly_one((*location, "auth", "basic"), basic, ("password", "password_file"))
    yield from _client_cert(location, source)
    ways = [
        *([(*location, "auth")] if auth is not None else []),
        *((*location, "headers", name) for name in _dict(source.get("headers")) if name.lower() == "authorization"),
    ]
    ways += [(*location, key) for key in ("url", "opml") if _has_userinfo(source.get(key))]
    for way in ways[1:]:
        yield Clash(way, "a second way to log in (the first is in line {line}); keep one", ways[0])


def _client_cert(location: Location, settings: dict[str, Any]) -> Iterator[Clash]:
    given = _dict(settings.get("client_cert"))
    yield from _at_most_one((*location, "client_cert"), given, ("password", "password_file"))


def _headers(location: Location, settings: dict[str, Any]) -> Iterator[Clash]:
    names: dict[str, str] = {}
    for name in _dict(settings.get("headers")):
        if names.setdefault(name.lower(), name) != name:
            yield Clash((*location, "headers", name), f"the header {units.shown(name)} is given twice; keep one")


def _shared(location: Location, settings: dict[str, Any], whom: str) -> Iterator[Clash]:
    yield from _interval(location, settings)
    yield from _headers(location, settings)
    yield from _client_cert(location, settings)
    for name in _dict(settings.get("headers")):
        if name.lower() in ("authorization", "cookie", "proxy-authorization"):
            text = f"the header {name} would be sent to {whom}; write it at those it is for"
            yield Clash((*location, "headers", name), text)


def _receiver(location: Location, receiver: dict[str, Any]) -> Iterator[Clash]:
    yield from _exactly_one(location, receiver, ("webhook", "command", "email", "ntfy"))
    email = _dict(receiver.get("email"))
    there = (*location, "email")
    yield from _at_most_one(there, email, ("password", "password_file"))
    password = next((key for key in ("password", "password_file") if email.get(key) is not None), None)
    if password is not None and email.get("user") is None:
        yield Clash((*there, password), f"{password} has no effect without a user; add 'user'")
    if password is not None and email.get("security") == "none":
        yield Clash((*there, password), "the password would be sent in the open; set security to starttls or tls")


def _exactly_one(location: Location, value: dict[str, Any], keys: tuple[str, ...]) -> Iterator[Clash]:
    if all(value.get(key) is None for key in keys):
        yield Clash(location, f"{location[-1]} needs one of {', '.join(keys)}; add one")
    yield from _at_most_one(location, value, keys)


def _at_most_one(location: Location, value: dict[str, Any], keys: tuple[str, ...]) -> Iterator[Clash]:
    given = [key for key in keys if value.get(key) is not None]
    yield from (Clash((*location, key), f"{key} and {given[0]} are both given; keep one") for key in given[1:])


def _has_userinfo(url: object) -> bool:
    try:
        return isinstance(url, str) and "@" in urlsplit(url).netloc
    except ValueError:
        return False


def _interval(location: Location, source: dict[str, Any]) -> Iterator[Clash]:
    try:
        units.duration(source.get("interval", _SHORTEST), low="10s", high="366d")
    except ValueError:
        return  # reported as a value of its own
    try:
        units.duration(source.get("interval", _SHORTEST), low=_SHORTEST, high="366d")
    except ValueError:
        text = (
            f"interval: {units.shown(source['interval'])} is under {_SHORTEST}, the least for a feed; write 15m or more"
        )
        yield Clash((*location, "interval"), text)


def _twice(
    items: list[tuple[Location, dict[str, Any]]], key: str, same: Callable[[str], str | None], what: str
) -> Iterator[Clash]:
    seen: dict[str, Location] = {}
    for location, item in items:
        text = item.get(key)
        mark = same(text) if isinstance(text, str) and text else None
        if mark is None:
            continue
        first = seen.setdefault(mark, location)
        if first != location:
            advice = "remove one" if key != "id" else "give each its own"
            within = (key,) if key != "hub" else ()
            yield Clash((*location, *within), f"{what} is already used in line {{line}}; {advice}", (*first, *within))


def _same_address(url: str) -> str | None:
    try:
        return addresses.canonical(url)
    except ValueError:
        return None


def _written(value: dict[str, Any], key: str, base: Path) -> Path | None:
    """The folder that is written to under this key; None where its value is none."""
    text = value.get(key, f"feeds/{key}")
    return paths.absolute(text, base) if isinstance(text, str) and "\0" not in text else None


def _overlap(
    key: str, written: Path | None, sources: list[tuple[Location, dict[str, Any]]], base: Path
) -> Iterator[Clash]:
    if written is None:
        return
    for location, source in sources:
        folder = source.get("folder")
        if not isinstance(folder, str) or not folder.strip() or "\0" in folder:
            continue
        if _inside_one_another(paths.absolute(folder, base), written):
            text = f"the folder and '{key}' lie inside one another, so output would be read as input; separate them"
            yield Clash((*location, "folder"), text)


def _inside_one_another(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
