"""What every value shares: the checks of its constructor."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable


def _is_checked(annotation: str) -> bool:
    """Whether it promises a datetime or a tuple."""
    return "datetime" in annotation or "tuple[" in annotation


@cache
def _checked_fields(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if _is_checked(str(each.type)))


def _check(self: object) -> None:
    kind: Any = type(self)
    for name in _checked_fields(kind):
        value = getattr(self, name)
        if value is None or type(value) is tuple:
            continue
        if isinstance(value, datetime) and value.utcoffset() != timedelta(0):
            raise ValueError(f"{kind.__name__}.{name} must be an aware UTC datetime, not {value!r}")
        if isinstance(value, list):
            raise TypeError(f"{kind.__name__}.{name} must be a tuple, not a list")


class Value:
    """Checks every value shares: no naive or non-UTC datetime, no list, gets in.

    Only classes that hold one pay for it: a poll makes thousands of links, texts and categories.
    """

    __slots__ = ()
    __post_init__: ClassVar[Callable[[object], None]]

    def __init_subclass__(cls) -> None:
        if any(map(_is_checked, cls.__annotations__.values())):
            cls.__post_init__ = _check
