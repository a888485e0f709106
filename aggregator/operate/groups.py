"""The sources by what the operator can do about them. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from aggregator.operate.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aggregator.operate.health import Health


class Group(StrEnum):
    """What is asked of the operator, the most urgent first."""

    DECIDE = "to decide"
    LOOK = "to look at"
    WAIT = "waiting"
    WELL = "well"
    OFF = "switched off"


MEMBERS: Mapping[Group, tuple[State, ...]] = {
    Group.DECIDE: (State.QUARANTINED, State.GONE, State.MOVED),
    Group.LOOK: (State.MISSING, State.FAILING, State.STALE),
    Group.WAIT: (State.RATE_LIMITED, State.NEW),
    Group.WELL: (State.OK,),
    Group.OFF: (State.DISABLED,),
}
"""The states of each group, in the order in which they are shown."""

_PLACES = {state: place for place, state in enumerate(state for states in MEMBERS.values() for state in states)}
_GROUP_OF = {state: group for group, states in MEMBERS.items() for state in states}


def needs_you(row: Health) -> bool:
    """Whether a person can do something about it that the program cannot."""
    return _GROUP_OF[row.state] in (Group.DECIDE, Group.LOOK) or row.held > 0


def counts(rows: Iterable[Health]) -> dict[State, int]:
    """How many sources are in each state that any is in, in the order of the groups."""
    found: dict[State, int] = {}
    for row in rows:
        found[row.state] = found.get(row.state, 0) + 1
    return dict(sorted(found.items(), key=lambda each: _PLACES[each[0]]))


def grouped(rows: Iterable[Health]) -> dict[Group, dict[str | None, Sequence[Health]]]:
    """The rows of each group that has any, and in it together those with the same advice, in the order of their states
    and of the configuration."""
    found: dict[Group, dict[str | None, list[Health]]] = {}
    for row in sorted(rows, key=lambda each: _PLACES[each.state]):
        group = Group.LOOK if _GROUP_OF[row.state] is not Group.DECIDE and row.held else _GROUP_OF[row.state]
        found.setdefault(group, {}).setdefault(row.advice, []).append(row)
    return {group: dict(found[group]) for group in Group if group in found}
