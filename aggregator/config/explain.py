"""Words for pydantic's errors: what is wrong, and the nearest right name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, get_args

from aggregator.config.schema import INCLUDE_KEYS, Root, Settings, Shape, SourceShape
from aggregator.config.units import kind, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aggregator.config.document import Location

_LATER = {
    "<<": "merge keys are not supported; put shared settings under defaults",
}
_SECRET = frozenset({"auth", "headers"})


def nearest(word: object, words: Iterable[str]) -> str | None:
    """The one of ``words`` most like ``word``, if any is like it."""
    by_form = {each.lower().replace("-", "_"): each for each in words}
    found = difflib.get_close_matches(str(word).lower().replace("-", "_"), by_form, n=1, cutoff=0.6)
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
            return f"must be true or false, not {given}"
        case "int_type":
            return f"must be a whole number, not {given}; write digits without quotes"
        case "list_type" | "dict_type" | "model_type" if error["input"] is None:
            return "is empty; write a value, or remove the key"
        case "list_type":
            return f"must be a list, not {kind(error['input'])}; write [] or lines that start with '- '"
        case "dict_type" | "model_type":
            return f"must be a mapping, not {kind(error['input'])}; write 'key: value' lines below it"
        case "too_short":
            return "must not be an empty list; add an item, or remove the key"
        case "greater_than_equal":
            return f"{given} is too small; use at least {context['ge']:,}"
        case "less_than_equal":
            return f"{given} is too large; use at most {context['le']:,g}"
    return f"{error['msg']}; correct it"


def meant(location: Location) -> Location:
    """Where the unknown key at ``location`` would be if it were spelt as the nearest right one."""
    return (*location[:-1], nearest(location[-1], _keys(location[:-1])) or "")


def _unknown(location: Location) -> str:
    key = location[-1]
    if key in _LATER:
        return f"{key}: {_LATER[str(key)]}"
    keys = _keys(location[:-1])
    right = nearest(key, keys)
    return (
        f"unknown key {shown(key)}; nearest: '{right}'"
        if right
        else f"unknown key {shown(key)}; possible here: {', '.join(keys)}"
    )


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
