"""Sources as they stand in the file, their variables not replaced: what may be told of them to others."""

from __future__ import annotations

import os
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.config import document
from aggregator.config.document import Unreadable
from aggregator.config.listing import listing
from aggregator.config.paths import absolute
from aggregator.config.redaction import HARMLESS, redact
from aggregator.config.schema import long_form
from aggregator.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from aggregator.config.value import Config

_SECRET = frozenset({"password", "bearer"})


def _escaped(text: str) -> Any:
    """The document's value; an escaped variable is one that stays. Raises Unreadable."""
    return document.parse(text.replace("${", "$${"), {}).value


def without_secrets(source: dict[str, Any], secrets: Collection[str]) -> tuple[dict[str, Any], list[str]]:
    """A source as it is written, without what holds a secret in so many words, and the keys of that. A variable, or the
    path of a file, is no secret."""
    hidden = [
        key for key, value in source.items() if any(_is_secret(*each, secrets) for each in _leaves((key,), value))
    ]
    return {key: value for key, value in source.items() if key not in hidden}, hidden


def _leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves((*path, key), each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(path, each)
    elif value is not None:
        yield path, str(value)


def _is_secret(path: tuple[str, ...], text: str, secrets: Collection[str]) -> bool:
    if "${" in text.replace("$${", ""):
        return False
    if path[-1] in ("file", "password_file", "bearer_file"):
        return False
    if path[-1] in _SECRET or path[0] == "cookies" or (path[0] == "headers" and path[-1].lower() not in HARMLESS):
        return True
    return redact(text, secrets) != text or _has_userinfo(text)


def _has_userinfo(text: str) -> bool:
    try:
        return "://" in text and "@" in urlsplit(text).netloc
    except ValueError:
        return False


def own_sources(config: Config) -> list[tuple[str, dict[str, Any]]]:
    """The sources of the configuration with the ids they go by, as they are written in its files and with what their
    groups share. Raises ConfigError where the files have become others in between."""
    try:
        files = {path: _escaped(document.read(path)) for path in {config.path, *(path for path, _ in config.written)}}
        found = listing(config.path, document.parse(document.read(config.path).replace("${", "$${"), {}), _Kept())
        written = [
            _seen_from(config.path.parent, path.parent, long_form(reduce(getitem, at, files[path])))
            for path, at in config.written
        ]
    except (Unreadable, LookupError, TypeError):
        raise ConfigError([f"{config.path}: the files have changed in between; run it again"]) from None
    ids = [each.id for each in config.sources if each.listed_in is None]
    groups = [each.value for each in found.groups]
    return [
        (name, _with_shared(value, [groups[number] for number in item.groups]))
        for name, value, item in zip(ids, written, found.sources, strict=True)
        if isinstance(value, dict)
    ]


_PATHS = frozenset({"folder", "opml", "ca", "file", "password_file", "bearer_file"})
"""Keys whose values are paths, relative to the file they stand in."""


def _seen_from(folder: Path, base: Path, value: Any, path: tuple[str, ...] = ()) -> Any:
    """A source that is written in a file in ``base``, its paths relative to ``folder``."""
    if base == folder:
        return value
    if isinstance(value, dict):
        return {key: _seen_from(folder, base, each, (*path, key)) for key, each in value.items()}
    if not path or not isinstance(value, str) or not _is_path(path) or "://" in value or value.startswith("${"):
        return value
    return os.path.relpath(absolute(value, base), folder)


def _is_path(path: tuple[str, ...]) -> bool:
    """Whether the path of a file stands there. A header may be called as one of our keys."""
    if path[:1] == ("client_cert",):
        return path[-1] != "password"
    return path[-1] in _PATHS and (path[0] != "headers" or len(path) > 2)


class _Kept(dict[str, str]):
    """Variables that hold their own names: what groups of included files share is read with these."""

    def get(self, key: str, default: Any = None) -> Any:
        return default if default is not None else f"${{{key}}}"


_ADDED_UP = ("tags", "rewrite")


def _with_shared(source: dict[str, Any], groups: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A source with what its groups share, from the outside to the inside, as ``Settings.within`` has it."""
    shared: dict[str, Any] = {}
    for each in (*groups, source):
        merged = {**shared, **each}
        for key in _ADDED_UP:
            if isinstance(each.get(key), list) and isinstance(shared.get(key), list):
                outer, inner = shared[key], each[key]
                merged[key] = [*outer, *inner] if key == "tags" else [*inner, *outer]
        if isinstance(each.get("headers"), dict) and isinstance(shared.get("headers"), dict):
            merged["headers"] = {**shared["headers"], **each["headers"]}
        shared = merged
    return shared
