"""config.yaml -> Config, or every mistake in it."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aggregator.config import document, explain
from aggregator.config.across import clashes
from aggregator.config.build import build
from aggregator.config.document import Document, Mistake, Unreadable
from aggregator.config.schema import Root, Surroundings, ValidationError
from aggregator.errors import ConfigError, Misspelt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from aggregator.config.document import Location
    from aggregator.config.value import Config


def load(
    path: Path,
    environ: Mapping[str, str],
    check_rule: Callable[[str], object] | None = None,
    check_selector: Callable[[str], object] | None = None,
    text: str | None = None,
) -> Config:
    """The configuration in the file at ``path``, with its variables taken from ``environ``; ``text`` is what stands in
    it, where that is to be known before it does.

    ``check_rule`` raises ValueError for a text that is no rule, ``check_selector`` for one that is no CSS selector.
    Raises ConfigError with every mistake in the file, in its order, each as
    ``FILE:LINE:COLUMN: what is wrong; what to do``.
    """
    with _no_collections():
        return _load(path, text, environ, Surroundings(path.absolute().parent, check_rule, check_selector))


@contextmanager
def _no_collections() -> Iterator[None]:
    """Reading makes no circles. Looking for them in half a million values took half the time, and stopped every thread
    for 0.2 s at once, a running service's too."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _load(path: Path, text: str | None, environ: Mapping[str, str], around: Surroundings) -> Config:
    try:
        found = document.parse(document.read(path) if text is None else text, environ)
    except Unreadable as error:
        raise ConfigError([_line(path, error.mistake)]) from None
    mistakes = {*found.mistakes, *_across(found, around)}
    root: Root | None = None
    try:
        root = Root.model_validate(found.value, context=around)
    except ValidationError as error:
        mistakes.update(_validation(found, error.errors(include_url=False)))
    if mistakes or root is None:
        raise ConfigError(_line(path, each) for each in sorted(mistakes))
    return build(root, path.absolute(), found.taken)


def _across(found: Document, around: Surroundings) -> Iterator[Mistake]:
    for clash in clashes(found.value, around.base):
        text = clash.text
        if clash.first is not None:
            line, _ = document.position(found.find(clash.first)[1])
            text = text.replace("{line}", str(line))
        yield found.mistake(clash.location, text)


def _validation(found: Document, errors: list[Any]) -> Iterator[Mistake]:
    misspelt = {explain.meant(error["loc"]) for error in errors if error["type"] == "extra_forbidden"}
    for error in errors:
        location = error["loc"]
        if error["type"] == "missing" and location in misspelt:
            continue  # said once: "unknown key 'titel'; nearest: 'title'"
        if isinstance(cause := error.get("ctx", {}).get("error"), Misspelt):
            yield _misspelt(found, (*location, *cause.within), cause)
            continue
        at_key = error["type"] == "extra_forbidden" or location[-1:] == ("[key]",)
        yield found.mistake(location, explain.explain(error), at_key=at_key)


def _misspelt(found: Document, location: Location, error: Misspelt) -> Mistake:
    """Points at the very character, or where that cannot be told at the text, and says which character it is."""
    place = found.place(location, error.offset)
    said = found.mistake(location, explain.named(location, error.message if place is not None else str(error)))
    return Mistake(*place, said.text) if place is not None else said


def _line(path: Path, mistake: Mistake) -> str:
    return f"{path}:{mistake.line}:{mistake.column}: {mistake.text}"
