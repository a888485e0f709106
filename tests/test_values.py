"""Every value checks what it promises: times are aware and UTC, collections are tuples."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from aggregator import model

VALUES: list[Any] = [each for each in vars(model).values() if is_dataclass(each)]
PROMISES = [
    (kind, each.name, "datetime" if "datetime" in str(each.type) else "tuple")
    for kind in VALUES
    for each in fields(kind)
    if "datetime" in str(each.type) or "tuple[" in str(each.type)
]


def made(kind: Any, name: str, value: object) -> object:
    """One of its kind with one field given; those that must be there are ``None``."""
    needed = {each.name: None for each in fields(kind) if each.default is each.default_factory is MISSING}
    return kind(**(needed | {name: value}))


@pytest.mark.parametrize(("kind", "name", "promise"), PROMISES, ids=lambda each: getattr(each, "__name__", each))
def test_a_value_refuses_what_it_does_not_promise(kind: Any, name: str, promise: str) -> None:
    if promise == "tuple":
        made(kind, name, ())
        with pytest.raises(TypeError, match=f"{kind.__name__}.{name} must be a tuple"):
            made(kind, name, [])
        return
    made(kind, name, datetime(2026, 1, 1, tzinfo=UTC))
    for wrong in (datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))):  # noqa: DTZ001 - wrong
        with pytest.raises(ValueError, match=f"{kind.__name__}.{name} must be an aware UTC datetime"):
            made(kind, name, wrong)


def test_there_are_values_that_promise_something() -> None:
    assert {"ParsedEntry", "FeedInfo", "Episode", "Article", "Replies"} <= {kind.__name__ for kind, _, _ in PROMISES}
