"""What is different in two configurations, by their keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aggregator.model.counted import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aggregator.config.normal import Normal

NEEDS_RESTART = ("store", "server.host", "server.port", "log.level", "log.format")
"""Keys of which a running service keeps what it started with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Names of what one configuration has and another has not, or has otherwise; in the order of the configuration."""

    added: tuple[str, ...] = ()
    """Ids of sources."""
    removed: tuple[str, ...] = ()
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By source: its keys."""
    renamed: tuple[tuple[str, str], ...] = ()
    """(before, now) of sources that are at the same place under another id; they are in the three above too."""
    outputs_added: tuple[str, ...] = ()
    outputs_removed: tuple[str, ...] = ()
    outputs_changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    """All else, such as ``polling.floor``."""

    @property
    def restart(self) -> tuple[str, ...]:
        """Of the settings, those that are taken at the next start only."""
        return tuple(each for each in self.settings if each in NEEDS_RESTART)

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.changed, self.settings, *self._outputs))

    @property
    def _outputs(self) -> tuple[Any, ...]:
        return self.outputs_added, self.outputs_removed, self.outputs_changed

    @property
    def words(self) -> str:
        """One line, the same for who plans and for who takes it into force: ``+3 sources, -1 source``."""
        sources = [
            *(
                f"{sign}{count(len(names), 'source')}"
                for sign, names in (("+", self.added), ("-", self.removed))
                if names
            ),
            *([f"{count(len(self.changed), 'source')} changed"] if self.changed else []),
        ]
        said = [
            *([", ".join(sources)] if sources else []),
            *(f"+output {name}" for name in self.outputs_added),
            *(f"-output {name}" for name in self.outputs_removed),
            *(f"output {name}: {', '.join(keys)}" for name, keys in self.outputs_changed.items()),
            *self.settings,
        ]
        return "; ".join(said) or "nothing changes"


def difference(before: Normal, now: Normal) -> Difference:
    """What is different from ``before`` in ``now``, both as :func:`aggregator.config.normal.normal` gives them."""
    was, is_ = before["sources"], now["sources"]
    added = tuple(name for name in is_ if name not in was)
    removed = tuple(name for name in was if name not in is_)
    at = {_place(was[name]): name for name in removed}
    outputs_before = {each["id"]: each for each in before["outputs"]}
    outputs_now = {each["id"]: each for each in now["outputs"]}
    settings = [*_differing(_rest(before), _rest(now))] if before["outputs"] else []  # all of them, the first time
    first = [next(iter(each), None) for each in (outputs_before, outputs_now)]
    if outputs_before and first[0] != first[1]:
        settings.append("which output is the first")
    return Difference(
        added=added,
        removed=removed,
        changed=_changed(was, is_),
        renamed=tuple((at[_place(is_[name])], name) for name in added if _place(is_[name]) in at),
        outputs_added=tuple(name for name in outputs_now if name not in outputs_before),
        outputs_removed=tuple(name for name in outputs_before if name not in outputs_now),
        outputs_changed=_changed(outputs_before, outputs_now),
        settings=tuple(settings),
    )


def _changed(before: Mapping[str, Normal], now: Mapping[str, Normal]) -> dict[str, tuple[str, ...]]:
    """By name: the keys, of what is in both."""
    return {
        name: tuple(key for key in sorted(before[name].keys() | each.keys()) if before[name].get(key) != each.get(key))
        for name, each in now.items()
        if name in before and before[name] != each
    }


def _rest(given: Normal) -> Normal:
    return {key: value for key, value in given.items() if key not in ("sources", "outputs")}


def _differing(before: Normal, now: Normal, above: str = "") -> Iterator[str]:
    for key in [*now, *(key for key in before if key not in now)]:
        one, other = before.get(key), now.get(key)
        if one == other:
            continue
        if isinstance(one, dict | None) and isinstance(other, dict | None):
            yield from _differing(one or {}, other or {}, f"{above}{key}.")
        else:
            yield f"{above}{key}"


def _place(source: Normal) -> str:
    return str(source.get("url") or source.get("folder"))
