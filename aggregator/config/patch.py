"""Changes to the configuration file as a patch: only the words that change, every comment and all layout kept.

Nothing is written. The text with all changes is read again, and nothing is offered that would say anything else.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from aggregator.config import document
from aggregator.config.addresses import canonical, web_url
from aggregator.config.document import Document, Unreadable
from aggregator.config.edits import Unfit, diff, edited, ending, line_end, says, written
from aggregator.config.listing import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aggregator.config.document import Location
    from aggregator.config.edits import Edit
    from aggregator.config.value import Config
    from aggregator.model import Source

_ORDER = ("id", "url", "enabled")
_CHANGED = "the file has changed in between"
_WRITTEN = "a patch cannot follow how it is written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to become of one source: another address, or where ``url`` is ``None``, switched off."""

    source: str
    url: str | None = None

    @property
    def words(self) -> str:
        """What to do, for those who do it by hand."""
        return f"set its url to {self.url}, and keep its id" if self.url is not None else "set enabled: false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A unified diff, empty where nothing changes, and what it leaves out, in words."""

    diff: str
    left_out: tuple[str, ...]


def patch(
    config: Config, changes: Iterable[Change], environ: Mapping[str, str], hide: Callable[[str], str] = str
) -> Patch:
    """These changes to the file of ``config``. A source that had no ``id`` of its own is given the one it goes by,
    so that its articles stay its own.

    A diff quotes the lines around a change. Where ``hide`` finds a secret in them only the changed lines are shown.
    """
    try:
        text = document.read(config.path)
        before = document.parse(text, environ)
    except Unreadable as error:
        return Patch(diff="", left_out=(f"{config.path} {error.mistake.text}",))
    changes = tuple(changes)
    name = config.path.name
    at = {canonical(each.url): each.id for each in config.sources if each.url is not None}
    expected = copy.deepcopy(before.value)
    edits: list[Edit] = []
    left_out: list[str] = []
    for change in changes:
        try:
            place = _place(config, change.source, before, environ)
            if change.url is not None:
                _check_address(change.url, change.source, at)
                _check_trust(change.url, config.sources[place])
            _, at_file = config.written[place]
            given = _value_at(before.value, at_file)
            given = {"url": given} if isinstance(given, str) else given
            wanted = _wanted(change, given)
            made = _edits(text, before.find(at_file)[1], wanted)
            _check_lines(diff(text, edited(text, made), name, 0), hide)
        except Unfit as why:
            left_out.append(_by_hand(change, str(why)))
        else:
            edits += made
            _value_at(expected, at_file[:-1])[at_file[-1]] = {**given, **wanted}
            at |= {canonical(change.url): change.source} if change.url is not None else {}
    after = edited(text, edits)
    if not says(after, expected, environ):
        after, left_out = text, [_by_hand(each, "the file would not say that afterwards") for each in changes]
    shown = diff(text, after, name, 3)
    return Patch(
        diff=shown if hide(shown) == shown else diff(text, after, name, 0),
        left_out=tuple(hide(each) for each in left_out),
    )


def _value_at(value: Any, at: Location) -> Any:
    """What these keys and indexes lead to. Raises Unfit where it is not there any more."""
    try:
        for part in at:
            value = value[part]
    except (LookupError, TypeError):
        raise Unfit(_CHANGED) from None
    return value


def _by_hand(change: Change, why: str) -> str:
    return f"{change.source}: to be changed by hand ({why}): {change.words}"


def _place(config: Config, source: str, found: Document, environ: Mapping[str, str]) -> int:
    """Where the source stands in the file. Raises Unfit."""
    if found.mistakes or len(listing(config.path, found, environ).sources) != len(config.written):
        raise Unfit(_CHANGED)
    place = next(place for place, each in enumerate(config.sources) if each.id == source)
    if (file := config.written[place][0]) != config.path:
        raise Unfit(f"it stands in {file}")
    return place


def _wanted(change: Change, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the source is to have, besides those it keeps."""
    wanted: dict[str, Any] = {"id": change.source} if given.get("id") is None else {}
    if change.url is not None:
        wanted["url"] = change.url
    elif "disabled" in given:
        wanted["disabled"] = True
    else:
        wanted["enabled"] = False
    return wanted


def _check_lines(lines: str, hide: Callable[[str], str]) -> None:
    if hide(lines) != lines:
        raise Unfit("the line holds a secret")


def _check_trust(url: str, source: Source) -> None:
    """Nobody is given what another was trusted with (fetching.md F48)."""
    trusted = source.headers or source.basic_auth or source.bearer or source.client_cert
    if trusted and urlsplit(url)[:2] != urlsplit(source.location)[:2]:
        raise Unfit("its headers or credentials would go to another server")


def _check_address(url: str, source: str, at: Mapping[str, str]) -> None:
    """A stranger chose it: it must be an address that may stand there, and must not name a variable of ours."""
    if "${" in url:
        raise Unfit("the new address holds ${")
    try:
        web_url(url)
    except ValueError as error:
        raise Unfit(f"the new address {error}") from None
    if (other := at.get(canonical(url), source)) != source:
        raise Unfit(f"{other} is at the new address already")


def _edits(text: str, node: Node, wanted: Mapping[str, Any]) -> list[Edit]:
    """What gives the source at ``node`` these settings: those that are there are replaced, the others come after its
    url. Raises Unfit."""
    if isinstance(node, ScalarNode):  # the short form
        settings = {"url": node.value, **wanted}
        inside = ", ".join(f"{name}: {written(settings[name])}" for name in sorted(settings, key=_ORDER.index))
        return [_in_place_of(text, node, f"{{{inside}}}")]
    there = {key.value: (key, value) for key, value in node.value} if isinstance(node, MappingNode) else {}
    if "url" not in there or node.anchor is not None:
        raise Unfit(_WRITTEN)
    edits = [_in_place_of(text, there[name][1], written(wanted[name])) for name in wanted if name in there]
    missing = [f"{name}: {written(wanted[name])}" for name in wanted if name not in there]
    key, url = there["url"]
    place, between = url.end_mark.index, ", "
    if not getattr(node, "flow_style", False):
        place, between = line_end(text, place), ending(text) + " " * key.start_mark.column
    return [*edits, (place, place, "".join(between + each for each in missing))]


def _in_place_of(text: str, node: Node, by: str) -> Edit:
    start, end = node.start_mark.index, node.end_mark.index
    if node.anchor is not None or "\n" in text[start:end]:  # others may use it; a block ends nobody knows where
        raise Unfit(_WRITTEN)
    return start, end, by
