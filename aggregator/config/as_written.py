"""Sources as they stand in the file, their variables not replaced: what may be told of them to others."""

from __future__ import annotations

from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.config import document
from aggregator.config.redaction import HARMLESS, redact
from aggregator.config.schema import long_form

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

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
    """The sources of the configuration with the ids they go by, as they are written in its files. Raises Unreadable."""
    files = {path: _escaped(document.read(path)) for path, _ in config.written}
    written = [long_form(reduce(getitem, at, files[path])) for path, at in config.written]
    ids = [each.id for each in config.sources if each.listed_in is None]
    return [(name, each) for name, each in zip(ids, written, strict=True) if isinstance(each, dict)]
