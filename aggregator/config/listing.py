"""What is listed under ``sources``: groups that share settings, and files of more of them, as one flat list in which
each source still knows where it was written.

::

    sources:
      - https://example.org/feed.xml
      - include: sources/*.yaml
      - group: {tags: [news], interval: 2h}
        sources:
          - https://example.net/feed.xml
"""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.config import document, paths
from aggregator.config.document import Document, Empty, Location, Mistake, Unreadable
from aggregator.config.schema import GROUP_KEYS, INCLUDE_KEYS, long_form
from aggregator.config.units import kind, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_FILES = 1_000
"""That may be included, all together."""
DEEPEST = 8
"""Groups in groups, or files that include files; beyond this nobody meant it."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the configuration; ``path`` is how it is named to the operator."""

    path: Path
    found: Document

    @property
    def base(self) -> Path:
        """What relative paths in it start from."""
        return self.path.absolute().parent


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written."""

    file: int
    """Which of the files."""
    at: Location


@dataclass(frozen=True, slots=True)
class Item:
    """A source, or the settings of a group, as a plain value."""

    place: Place
    value: Any
    groups: tuple[int, ...] = ()
    """Those it is in, from the outside to the inside."""


@dataclass(slots=True)
class Listing:
    """All sources of a configuration, however wrong, in the order of the files."""

    files: list[File]
    sources: list[Item] = field(default_factory=list)
    groups: list[Item] = field(default_factory=list)
    mistakes: list[tuple[int, Mistake]] = field(default_factory=list)
    """Each with the file it is in."""
    included: set[Path] = field(default_factory=set)
    """Absolute paths of the files besides the main one, also of those that are empty or not there."""
    patterns: set[str] = field(default_factory=set)
    """Absolute paths with wildcards by which files were found."""

    def flat(self) -> dict[str, Any]:
        """The main document as if everything stood in it, folders with their whole path."""
        return {
            **self.files[0].found.value,
            "sources": [self._whole(each) for each in self.sources],
            "groups": [each.value for each in self.groups],
        }

    def _whole(self, item: Item) -> Any:
        value = long_form(item.value)
        if item.place.file and isinstance(value, dict) and isinstance(folder := value.get("folder"), str):
            return {**value, "folder": str(paths.absolute(folder.replace("\0", ""), self.files[item.place.file].base))}
        return value

    def place(self, location: Location) -> Place:
        """Where it is written what is at ``location`` of the flat value."""
        if len(location) > 1 and location[0] in ("sources", "groups") and isinstance(location[1], int):
            items = self.sources if location[0] == "sources" else self.groups
            if location[1] < len(items):
                there = items[location[1]].place
                return Place(there.file, (*there.at, *location[2:]))
        return Place(0, location)


def listing(path: Path, main: Document, environ: Mapping[str, str]) -> Listing:
    """What is listed in ``main``, the document at ``path``, and in what it includes."""
    result = Listing([File(path, main)])
    found = main.value.get("sources") if isinstance(main.value, dict) else None
    if isinstance(found, list):
        _Walk(result, environ, {path.resolve(): (path, 0)}).items(found, Place(0, ("sources",)), (), 0)
    return result


class _Walk:
    def __init__(self, result: Listing, environ: Mapping[str, str], seen: dict[Path, tuple[Path, int]]) -> None:
        self._result = result
        self._environ = environ
        self._seen = seen
        """Every file that is part of it, and where it was included: the file and the line."""

    def items(self, values: list[Any], place: Place, groups: tuple[int, ...], depth: int) -> None:
        for number, value in enumerate(values):
            at = Place(place.file, (*place.at, number))
            if isinstance(value, dict) and "include" in value:
                self._include(value, at, groups, depth)
            elif isinstance(value, dict) and ("group" in value or "sources" in value):
                self._group(value, at, groups, depth)
            else:
                self._result.sources.append(Item(at, value, groups))

    def _group(self, value: dict[str, Any], at: Place, groups: tuple[int, ...], depth: int) -> None:
        if depth >= DEEPEST:
            self._wrong(at, f"groups and files are nested deeper than {DEEPEST} levels; flatten them", "group")
            return
        if "group" in value:
            self._others(value, at, GROUP_KEYS, "is no key of a group; what its sources share stands under 'group:'")
            self._result.groups.append(Item(Place(at.file, (*at.at, "group")), value["group"]))
            groups = (*groups, len(self._result.groups) - 1)
        else:
            self._wrong(
                at, "a list of sources in a source; write what they share under 'group:'", "sources", at_key=True
            )
        sources = value.get("sources")
        if isinstance(sources, list):
            self.items(sources, Place(at.file, (*at.at, "sources")), groups, depth + 1)
        elif "sources" not in value:
            self._wrong(at, "sources is missing; add 'sources:' with those the group is of")
        else:
            words = "is empty; write [] or lines that start with '- '" if sources is None else _no_list(sources)
            self._wrong(at, f"sources: {words}", "sources")

    def _include(self, value: dict[str, Any], at: Place, groups: tuple[int, ...], depth: int) -> None:
        self._others(value, at, INCLUDE_KEYS, "cannot stand beside include; write a group with the include in it")
        text = value["include"]
        if not isinstance(text, str) or not text.strip() or not _is_path(text):
            self._wrong(at, "include: must be the path of a file with sources, such as sources/*.yaml", "include")
            return
        if "://" in text:
            self._wrong(at, "include: is for files here; a list of feeds on the web is followed by 'opml:'", "include")
            return
        if depth >= DEEPEST:
            self._wrong(at, f"groups and files are nested deeper than {DEEPEST} levels; flatten them", "include")
            return
        for path in self._paths(text, at):
            self._file(path, at, groups, depth)

    def _paths(self, text: str, at: Place) -> Iterator[Path]:
        """The files that are meant, as they are named to the operator: relative where the including file is."""
        file = self._result.files[at.file]
        folder = file.path.parent
        if not glob.has_magic(text):
            yield folder / text
            return
        pattern = str(file.base / text)
        self._result.patterns.add(pattern)
        found = sorted(glob.glob(pattern, recursive=True))
        plain = re.split(r"[*?[]", text, maxsplit=1)[0].rpartition("/")[0]
        if not found and not (file.base / plain).is_dir():
            self._wrong(
                at, f"include: {shown(text)}: there is no such folder; create it, or correct the path", "include"
            )
        for each in found:
            path = Path(each)
            yield folder / path.relative_to(file.base) if path.is_relative_to(file.base) else path

    def _file(self, path: Path, at: Place, groups: tuple[int, ...], depth: int) -> None:
        self._result.included.add(path.absolute())
        real = path.resolve()
        if real in self._seen:
            first, line = self._seen[real]
            where = f"line {line} of {first}" if line else "where everything begins"
            self._wrong(at, f"include: {path} is part of the configuration already ({where}); remove one", "include")
            return
        if len(self._seen) > MOST_FILES:
            self._wrong(at, f"include: more than {MOST_FILES:,} files; put several sources in one", "include")
            return
        line, _ = document.position(self._found(at, "include")[1])
        self._seen[real] = (self._result.files[at.file].path, line)
        try:
            found = document.parse(document.read(path), self._environ)
        except Empty:
            return  # it may be filled later
        except Unreadable as error:
            self._unreadable(error, path, at)
            return
        self._result.files.append(File(path, found))
        number = len(self._result.files) - 1
        value, top = found.value, Place(number, ())
        if isinstance(value, dict) and value.keys() == {"sources"}:
            value, top = value["sources"] or [], Place(number, ("sources",))
        if isinstance(value, list):
            self.items(value, top, groups, depth + 1)
            return
        words = "an included file is a list of sources; write lines that start with '- '"
        if isinstance(value, dict) and "sources" in value:
            words = "an included file holds nothing but sources; move all else to the main file"
        self._wrong(top, words)

    def _unreadable(self, error: Unreadable, path: Path, at: Place) -> None:
        if path.is_file():
            self._result.files.append(File(path, Document(None, self._found(at)[1], (), {})))
            self._result.mistakes.append((len(self._result.files) - 1, error.mistake))
        else:
            words = error.mistake.text.replace(
                "create it or name another with --config", "create it, or correct the path"
            )
            self._wrong(at, f"include: {path}: {words}", "include")

    def _others(self, value: dict[str, Any], at: Place, known: frozenset[str], words: str) -> None:
        for key in value.keys() - known:
            self._wrong(at, f"{shown(key)} {words}", key, at_key=True)

    def _found(self, at: Place, *key: str) -> Any:
        return self._result.files[at.file].found.find((*at.at, *key))

    def _wrong(self, at: Place, text: str, *key: str, at_key: bool = False) -> None:
        found = self._result.files[at.file].found
        self._result.mistakes.append((at.file, found.mistake((*at.at, *key), text, at_key=at_key)))


def _is_path(text: str) -> bool:
    try:
        return "\0" not in text and bool(os.fsencode(text))
    except UnicodeEncodeError:  # half a character: "\ud800"
        return False


def _no_list(value: object) -> str:
    return f"must be a list, not {kind(value)}; put it in [brackets], or write lines that start with '- '"
