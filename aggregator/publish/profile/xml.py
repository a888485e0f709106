"""XML read back, and the grammars it is held against."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from lxml import etree

from aggregator.publish.profile.shape import Unsound, require

if TYPE_CHECKING:
    from collections.abc import Mapping

SAID = 2
"""Messages of the validator that are told: the first is the innermost, the others are what it leads to."""


@cache
def _grammar(name: str) -> Any:
    with as_file(files("aggregator.publish.profile")) as folder:
        return etree.RelaxNG(file=str(folder / f"{name}.rng"))


def well_formed(body: bytes) -> Any:
    """The root element. Raises Unsound."""
    try:
        return etree.fromstring(body)
    except etree.XMLSyntaxError as error:
        raise Unsound(f"it cannot be read back: {error}") from error


def violation(name: str, element: Any) -> str | None:
    """What in an element the grammar of this name does not allow, in words; ``None`` where it allows all.

    One thread at a time: the messages are kept with the grammar.
    """
    grammar = _grammar(name)
    if grammar.validate(element):
        return None
    messages = dict.fromkeys(str(each.message) for each in grammar.error_log)
    return "; ".join([*messages][:SAID])


def allowed(name: str, element: Any) -> None:
    """Raises Unsound where the grammar of this name does not allow the element."""
    if (wrong := violation(name, element)) is not None:
        raise Unsound(f"it breaks {name}.rng: {wrong}")


def children(parent: Any, tag: str) -> list[Any]:
    """The entries, which have to be the last of their parent.

    Raises Unsound where anything else follows the first of them, or words stand between them.
    """
    entries = parent.findall(tag)
    if entries:
        rest = parent[parent.index(entries[0]) :]
        require(rest == entries, "something stands among the entries that is none")
    require(not any((each.tail or "").strip() for each in parent), "words stand outside of every element")
    return list(entries)


def without(root: Any, tag: str) -> Any:
    """A copy of a document without its entries. What is taken out of a tree loses its prefixes, so it is a copy."""
    copy = deepcopy(root)
    for each in [*copy.iter(tag)]:
        each.getparent().remove(each)
    return copy


def declares(element: Any, namespaces: Mapping[str | None, str]) -> None:
    """Raises Unsound unless the element declares these, by which the entries in it are read."""
    there = element.nsmap
    missing = [prefix or "the default" for prefix, name in namespaces.items() if there.get(prefix) != name]
    require(not missing, f"its root does not declare {', '.join(missing)}")


def prefixed_as(element: Any, namespaces: Mapping[str | None, str]) -> None:
    """Raises Unsound where an element in it has a prefix of its own: six readers read nothing of ``ns0:entry``."""
    for each in element.iter():
        require(namespaces.get(each.prefix, "") == (etree.QName(each).namespace or ""), f"<{each.prefix}:...> in it")


def opening(name: str, namespaces: Mapping[str | None, str]) -> bytes:
    """The start tag of an element that declares these."""
    declared = (f'{"xmlns" if prefix is None else f"xmlns:{prefix}"}="{uri}"' for prefix, uri in namespaces.items())
    return f"<{name} {' '.join(declared)}>".encode()
