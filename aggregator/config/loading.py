"""config.yaml -> Config, or every mistake in it."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from aggregator.config import document, explain
from aggregator.config.across import clashes
from aggregator.config.build import build
from aggregator.config.document import Document, Mistake, Unreadable
from aggregator.config.listing import listing
from aggregator.config.schema import Root, Settings, Shape, SourceShape, Surroundings, ValidationError
from aggregator.config.schema.rewriting import MOST_ACTIONS
from aggregator.config.watched import Watched, WrongConfiguration
from aggregator.errors import Misspelt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from aggregator.config.document import Location
    from aggregator.config.listing import Item, Listing, Place
    from aggregator.config.value import Config
    from aggregator.model import Rewrite

S = TypeVar("S", bound=Shape)


def load(
    path: Path,
    environ: Mapping[str, str],
    check_rule: Callable[[str], object] | None = None,
    check_selector: Callable[[str], object] | None = None,
    check_action: Callable[[Rewrite], object] | None = None,
    text: str | None = None,
) -> Config:
    """The configuration in the file at ``path``, with its variables taken from ``environ``; ``text`` is what stands in
    it, where that is to be known before it does.

    ``check_rule`` raises ValueError for a text that is no rule, ``check_selector`` for one that is no CSS selector,
    ``check_action`` for an action of ``rewrite`` that cannot be done.
    Raises WrongConfiguration with every mistake in the file, in its order, each as
    ``FILE:LINE:COLUMN: what is wrong; what to do``.
    """
    with _no_collections():
        around = Surroundings(path.absolute().parent, check_rule, check_selector, check_action)
        return _load(path, text, environ, around)


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
        raise WrongConfiguration([_line(path, error.mistake)], Watched(frozenset({path.absolute()}))) from None
    listed = listing(path, found, environ)
    mistakes = {*listed.mistakes, *_across(listed, around)}
    for number, file in enumerate(listed.files):
        mistakes.update((number, each) for each in file.found.mistakes)
    root = _validated(listed, mistakes, (), Root, _without_sources(found.value), around)
    groups = _each(listed, mistakes, "groups", listed.groups, Settings, around)
    sources = _each(listed, mistakes, "sources", listed.sources, SourceShape, around)
    watched = Watched(frozenset({path.absolute(), *listed.included, *around.read}), frozenset(listed.patterns))
    if not mistakes and root is not None:
        mistakes.update(_too_many_actions(listed, root, groups, sources))
    if mistakes or root is None:
        lines = (_line(listed.files[number].path, each) for number, each in sorted(mistakes))
        raise WrongConfiguration(lines, watched)
    return build(root, listed, sources, groups, watched)


def _too_many_actions(
    listed: Listing, root: Root, groups: Sequence[Settings], sources: Sequence[SourceShape]
) -> Iterator[tuple[int, Mistake]]:
    """Where a source comes to have more than it may: at itself, or at a group of its, once for all that are in it."""
    for item, source in zip(listed.sources, sources, strict=True):
        inwards: list[tuple[Place, Settings | SourceShape]] = [
            *((listed.groups[number].place, groups[number]) for number in item.groups),
            (item.place, source),
        ]
        count = len(root.defaults.rewrite or ())
        for place, each in inwards:
            count = 0 if each.rewrite is None else count + len(each.rewrite)
            if count > MOST_ACTIONS:
                text = (
                    f"rewrite: {count} actions with those of defaults and of the groups around, of {MOST_ACTIONS} that "
                    "a source may have; remove some"
                )
                yield place.file, listed.files[place.file].found.mistake((*place.at, "rewrite"), text)
                break


def _without_sources(value: Any) -> Any:
    """Those are validated one by one, each in the surroundings of its file."""
    if isinstance(value, dict) and isinstance(value.get("sources"), list):
        return {**value, "sources": []}
    return value


def _each(
    listed: Listing,
    mistakes: set[tuple[int, Mistake]],
    name: str,
    items: Sequence[Item],
    shape: type[S],
    around: Surroundings,
) -> list[S]:
    by_file = [replace(around, base=file.base) for file in listed.files]
    found = (
        _validated(listed, mistakes, (name, number), shape, each.value, by_file[each.place.file])
        for number, each in enumerate(items)
    )
    return [each for each in found if each is not None]


def _validated(
    listed: Listing, mistakes: set[tuple[int, Mistake]], at: Location, shape: type[S], value: Any, around: Surroundings
) -> S | None:
    """The value at this place of the flat document; ``None``, and its mistakes among the others, where it is wrong."""
    try:
        return shape.model_validate(value, context=around)
    except ValidationError as error:
        mistakes.update(_validation(listed, at, error.errors(include_url=False)))
        return None


def _across(listed: Listing, around: Surroundings) -> Iterator[tuple[int, Mistake]]:
    if not isinstance(listed.files[0].found.value, dict):
        return
    for clash in clashes(listed.flat(), around.base):
        place, text = listed.place(clash.location), clash.text
        if clash.first is not None:
            first = listed.place(clash.first)
            file = listed.files[first.file]
            line, _ = document.position(file.found.find(first.at)[1])
            text = text.replace("{line}", str(line) if first.file == place.file else f"{line} of {file.path}")
        yield place.file, listed.files[place.file].found.mistake(place.at, text)


def _validation(listed: Listing, at: Location, errors: list[Any]) -> Iterator[tuple[int, Mistake]]:
    errors = [{**each, "loc": (*at, *each["loc"])} for each in errors]
    misspelt = {explain.meant(error["loc"]) for error in errors if error["type"] == "extra_forbidden"}
    for error in errors:
        if error["type"] == "missing" and error["loc"] in misspelt:
            continue  # said once: "unknown key 'titel'; nearest: 'title'"
        place = listed.place(error["loc"])
        yield place.file, _mistake(listed.files[place.file].found, place.at, error)


def _mistake(found: Document, at: Location, error: Any) -> Mistake:
    """``at`` is where it is written, the error's own location what it is."""
    if isinstance(cause := error.get("ctx", {}).get("error"), Misspelt):
        return _misspelt(found, (*at, *cause.within), cause)
    at_key = error["type"] == "extra_forbidden" or at[-1:] == ("[key]",)
    return found.mistake(at, explain.explain(error), at_key=at_key)


def _misspelt(found: Document, location: Location, error: Misspelt) -> Mistake:
    """Points at the very character, or where that cannot be told at the text, and says which character it is."""
    place = found.place(location, error.offset)
    said = found.mistake(location, explain.named(location, error.message if place is not None else str(error)))
    return Mistake(*place, said.text) if place is not None else said


def _line(path: Path, mistake: Mistake) -> str:
    return f"{path}:{mistake.line}:{mistake.column}: {mistake.text}"
