"""Changes to the configuration file as a patch: only the words that change, every comment and all layout kept.

Nothing is written. Each change is tried on the text and read again; one that would do anything else is left out.
"""

from __future__ import annotations

import copy
import difflib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from aggregator.config import document
from aggregator.config.addresses import canonical, web_url
from aggregator.config.document import Document, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aggregator.config.value import Config
    from aggregator.model import Source

_PLAIN = re.compile(r"https?://[A-Za-z0-9:/._~?=&%+@-]*[A-Za-z0-9/_~=&%+-]|[A-Za-z][A-Za-z0-9-]{5,}[a-z0-9]")
"""What YAML takes for a text without quotes, wherever it stands; short words, which may mean yes or no, are quoted."""

_ORDER = ("id", "url", "enabled")


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


class _Unfit(Exception):
    """Why a change cannot be offered, in words."""


def patch(
    config: Config, changes: Iterable[Change], environ: Mapping[str, str], hide: Callable[[str], str] = str
) -> Patch:
    """These changes to the file of ``config``. A source that had no ``id`` of its own is given the one it goes by,
    so that its articles stay its own.

    A diff quotes the lines around a change. Where ``hide`` finds a secret in them only the changed lines are shown.
    """
    try:
        text = before = document.read(config.path)
    except Unreadable as error:
        return Patch(diff="", left_out=(f"{config.path} {error.mistake.text}",))
    name = config.path.name
    at = {canonical(each.url): each.id for each in config.sources if each.url is not None}
    left_out: list[str] = []
    for change in changes:
        try:
            if change.url is not None:
                _check_address(change.url, change.source, at)
                _check_trust(change.url, next(each for each in config.sources if each.id == change.source))
            after = _changed(text, config, change, environ)
            _check_lines(_diff(text, after, name, 0), hide)
        except _Unfit as why:
            left_out.append(hide(f"{change.source}: to be changed by hand ({why}): {change.words}"))
        else:
            text = after
            at |= {canonical(change.url): change.source} if change.url is not None else {}
    diff = _diff(before, text, name, 3)
    return Patch(diff=diff if hide(diff) == diff else _diff(before, text, name, 0), left_out=tuple(left_out))


def _check_lines(lines: str, hide: Callable[[str], str]) -> None:
    if hide(lines) != lines:
        raise _Unfit("the line holds a secret")


def _check_trust(url: str, source: Source) -> None:
    """Nobody is given what another was trusted with (fetching.md F48)."""
    trusted = source.headers or source.basic_auth or source.bearer or source.client_cert
    if trusted and urlsplit(url)[:2] != urlsplit(source.location)[:2]:
        raise _Unfit("its headers or credentials would go to another server")


def _check_address(url: str, source: str, at: Mapping[str, str]) -> None:
    """A stranger chose it: it must be an address that may stand there, and must not name a variable of ours."""
    if "${" in url:
        raise _Unfit("the new address holds ${")
    try:
        web_url(url)
    except ValueError as error:
        raise _Unfit(f"the new address {error}") from None
    if (other := at.get(canonical(url), source)) != source:
        raise _Unfit(f"{other} is at the new address already")


def _changed(text: str, config: Config, change: Change, environ: Mapping[str, str]) -> str:
    """The text with one change made, and no other. Raises _Unfit."""
    before = _value(text, environ)
    if before is None or len(before.value["sources"]) != len(config.sources):
        raise _Unfit("the file has changed in between")
    place = next(place for place, each in enumerate(config.sources) if each.id == change.source)
    _, node = before.find(("sources", place))
    given = before.value["sources"][place]
    given = {"url": given} if isinstance(given, str) else given
    wanted: dict[str, Any] = {"id": change.source} if given.get("id") is None else {}
    if change.url is not None:
        wanted["url"] = change.url
    elif "disabled" in given:
        wanted["disabled"] = True
    else:
        wanted["enabled"] = False
    after = _written(text, node, wanted)
    expected = copy.deepcopy(before.value)
    expected["sources"][place] = {**given, **wanted}
    done = _value(after, environ)
    if done is None or done.value != expected:
        raise _Unfit("a patch cannot follow how it is written")
    return after


def _value(text: str, environ: Mapping[str, str]) -> Document | None:
    try:
        found = document.parse(text, environ)
    except Unreadable:
        return None
    return None if found.mistakes else found


def _written(text: str, node: Node, wanted: Mapping[str, Any]) -> str:
    """The text with these settings in the source at ``node``: those that are there are replaced, the others come
    after its url."""
    if isinstance(node, ScalarNode):  # the short form
        settings = {"url": node.value, **wanted}
        inside = ", ".join(f"{name}: {_scalar(settings[name])}" for name in sorted(settings, key=_ORDER.index))
        return _with(text, (node.start_mark.index, node.end_mark.index, f"{{{inside}}}"))
    if not isinstance(node, MappingNode):
        raise _Unfit("a patch cannot follow how it is written")
    there = {key.value: (key, value) for key, value in node.value}
    if "url" not in there:  # it comes from somewhere else
        raise _Unfit("a patch cannot follow how it is written")
    edits = []
    for name in wanted.keys() & there.keys():
        _, value = there[name]
        edits.append((value.start_mark.index, value.end_mark.index, _scalar(wanted[name])))
    key, url = there["url"]
    missing = [f"{name}: {_scalar(wanted[name])}" for name in wanted if name not in there]
    if node.flow_style:
        place, between = url.end_mark.index, ", "
    else:
        place, between = _line_end(text, url.end_mark.index), _ending(text) + " " * key.start_mark.column
    edits.append((place, place, "".join(between + each for each in missing)))
    return _with(text, *edits)


def _with(text: str, *edits: tuple[int, int, str]) -> str:
    """The text with each part from the first to the second index replaced, the last first."""
    for start, end, by in sorted(edits, reverse=True):
        text = text[:start] + by + text[end:]
    return text


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return end - text[start:end].endswith("\r")


def _ending(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else json.dumps(value)


def _diff(before: str, after: str, name: str, context: int) -> str:
    lines = difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}", n=context)
    return "".join(each if each.endswith("\n") else f"{each}\n\\ No newline at end of file\n" for each in lines)


def _lines(text: str) -> list[str]:
    """Lines as ``patch`` counts them; Python's own end at more characters than a line feed."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
