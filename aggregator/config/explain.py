"""Words for pydantic's errors: what is wrong, and the nearest right name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, get_args

from aggregator.config.schema import INCLUDE_KEYS, OutputShape, Root, Settings, Shape, SiteShape, SourceShape
from aggregator.config.units import kind, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from aggregator.config.document import Location

_LATER = {
    "<<": "merge keys are not supported; put what sources share into defaults or a group",
}
_CALLED_ELSEWHERE = {
    "feeds": "sources",
    "subscriptions": "sources",
    "delete": "remove",
    "body": "content",
    "text": "content",
    "description": "summary",
    "excerpt": "summary",
    "link": "url",
    "name": "title",
    "selector": "css_select",
}
"""What other programs call our keys: for hints alone."""
_OF_FIELDS = frozenset({"set", "replace", "remove", "prepend", "append"})
"""Actions of ``rewrite`` that say what becomes of fields."""
_SURELY = 0.75
"""From how much likeness on a key is misspelt, rather than at the wrong place."""
_SECRET = frozenset({"auth", "headers"})


def nearest(word: object, words: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The one of ``words`` most like ``word``, if any is like it."""
    by_form = {each.lower().replace("-", "_"): each for each in words}
    found = difflib.get_close_matches(str(word).lower().replace("-", "_"), by_form, n=1, cutoff=cutoff)
    return by_form[found[0]] if found else None


def explain(error: Mapping[str, Any]) -> str:
    """One of ``ValidationError.errors()`` in words, beginning with the key it is about."""
    location: Location = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return _unknown(location)
    if error["type"] == "missing":
        return f"{location[-1]} is missing; add '{location[-1]}: ...'"
    return named(location, _words(error, location))


def named(location: Location, text: str) -> str:
    """The words, beginning with the key they are about."""
    name = next((part for part in reversed(location) if isinstance(part, str)), None)
    name = "group" if location[:1] == ("groups",) and len(location) == 2 else name  # there is no such list in a file
    return f"{name}: {text}" if name else text


def _words(error: Mapping[str, Any], location: Location) -> str:
    kind_, context = error["type"], error.get("ctx", {})
    given = kind(error.get("input")) if _SECRET.intersection(location) else shown(error.get("input"))
    match kind_:
        case "value_error":
            return str(context["error"])
        case "literal_error":
            words = [each.strip("'") for each in context["expected"].replace(" or ", ", ").split(", ")]
            right = nearest(error["input"], words)
            advice = f"nearest: '{right}' (of {', '.join(words)})" if right else f"use one of {', '.join(words)}"
            return f"{given} is not possible here; {advice}"
        case "bool_type":
            meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(error.get("input")).lower())
            return f"must be true or false, not {given}" + (f"; write {meant}" if meant else "")
        case "int_type":
            return f"must be a whole number, not {given}; write digits without quotes"
        case "list_type" | "dict_type" | "model_type" if error["input"] is None and location:
            return _empty(location)
        case "list_type" if isinstance(error["input"], dict) and list(error["input"].values()) == [None]:
            return "must be a text or a list, not a mapping; put quotes around a text that begins with {"
        case "list_type" if isinstance(error["input"], dict):
            return "must be a list, not a mapping; write '- ' before the first key of each item"
        case "list_type":
            return (
                f"must be a list, not {kind(error['input'])}; put it in [brackets], or write lines that start with '- '"
            )
        case "dict_type" | "model_type" if location[:1] == ("sources",) and len(location) == 2:
            possible = "an address, a path or a mapping ('- url: ...')"
            return f"each of them must be {possible}, not {kind(error['input'])}; correct it"
        case "dict_type" | "model_type" if location[:1] == ("groups",) and len(location) == 2:
            return f"must be a mapping, not {kind(error['input'])}; write what its sources share: {{tags: [news]}}"
        case "dict_type" | "model_type" if location and location[-1] in _OF_FIELDS:
            return (
                f"must name a field; write such as '{location[-1]}: {{title: ...}}', not {kind(error['input'])} alone"
            )
        case "dict_type" | "model_type" if location and isinstance(location[-1], int):
            return f"each of them must be a mapping, not {kind(error['input'])}; write '- key: value' lines"
        case "dict_type" | "model_type":
            return f"must be a mapping, not {kind(error['input'])}; write 'key: value' lines below it"
        case "too_short":
            return "must not be an empty list; add an item, or remove the key"
        case "greater_than_equal":
            return f"{given} is too small; use at least {context['ge']:,}"
        case "less_than_equal":
            return f"{given} is too large; use at most {context['le']:,g}"
    return f"{error['msg']}; correct it"


def _empty(location: Location) -> str:
    if isinstance(location[-1], int) and location[0] != "groups":
        what = "a source" if location[0] == "sources" and len(location) == 2 else "something"
        return f"there is nothing behind the '-'; write {what}, or remove the line"
    if location == ("sources",):
        return "is empty; write [] or lines that start with '- '"
    return "is empty; write a value, or remove the key"


def meant(location: Location) -> Location:
    """Where the unknown key at ``location`` would be if it were spelt as the nearest right one."""
    return (*location[:-1], _right(location[-1], _keys(location[:-1])) or "")


def _right(key: object, keys: Collection[str], cutoff: float = 0.6) -> str | None:
    known = _CALLED_ELSEWHERE.get(str(key).lower())
    return known if known in keys else nearest(key, keys, cutoff)


def _unknown(location: Location) -> str:
    key = location[-1]
    if key in _LATER:
        return f"{key}: {_LATER[str(key)]}"
    if key in ("with", "when") and location[-2:-1] and location[-2] in _OF_FIELDS:
        return f"'{key}' stands beside {location[-2]}, not in it; indent it as far as {location[-2]}"
    keys = _keys(location[:-1])
    if (right := _right(key, keys, _SURELY)) is None and (others := _elsewhere(key)):
        return f"{shown(key)} is no key here, but of {others}; check the indentation"
    if (right := right or nearest(key, keys)) is not None:
        return f"unknown key {shown(key)}; nearest: '{right}'"
    return f"unknown key {shown(key)}; possible here: {', '.join(keys)}"


def _elsewhere(key: object) -> str:
    """The parts of the configuration that have this very key, in words."""
    shapes: dict[str, type[Shape]] = {"site": SiteShape, "a source": SourceShape, "an output": OutputShape}
    there = [name for name, shape in shapes.items() if key in shape.model_fields]
    if key in Root.model_fields:
        there.insert(0, "the whole (at the beginning of a line)")
    if key in INCLUDE_KEYS:
        there.append("a line below sources ('- include: ...')")
    return " or ".join(there)


def _keys(location: Location) -> list[str]:
    """The keys that may be written in the mapping at ``location``."""
    shape: type[Shape] = Settings if location[:1] == ("groups",) else Root
    for part in location:
        if isinstance(part, str) and part in shape.model_fields:
            shape = _shape_in(shape.model_fields[part].annotation) or shape
    listed = [*INCLUDE_KEYS, "group"] if shape is SourceShape else []
    return [*(each.alias or name for name, each in shape.model_fields.items()), *listed]


def _shape_in(annotation: Any) -> type[Shape] | None:
    """The model inside ``list[Model]`` or ``Model | None``."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    return next((found for each in get_args(annotation) if (found := _shape_in(each))), None)
