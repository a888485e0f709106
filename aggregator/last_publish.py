"""What the last publish did, as it is written down: when, by which configuration, and how each output stands since."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING = "last publish"
"""Its name in the store."""

ANYWAY = "publish anyway"
"""The setting by which the operator accepts what is held; empty once that is published."""

ADVICE = (
    "the last documents stay; if this is right, 'aggregator publish --force' publishes it; if a disk is not mounted or "
    "files are missing, it is published by itself once they are back"
)

NAMED = 20
"""Entries of an output that are named with what is wrong with them; of more only the number is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputState:
    """How one output stands."""

    entries: int = 0
    updated: str | None = None
    """The newest of them, RFC 3339."""
    bytes: Mapping[str, int] = field(default_factory=dict)
    """Of its document in each format."""
    left_out: int = 0
    """Entries that no document can hold."""
    problems: tuple[Mapping[str, str], ...] = ()
    """The first of them: ``id``, ``source`` and ``reason``."""
    cut: str | None = None
    """That there are more entries than fit."""
    problem: str | None = None
    """Why the last good documents stay, and newer ones are not published."""
    held: bool = False
    """Whether that is for the operator to decide."""

    @property
    def advice(self) -> str | None:
        """What to do."""
        return ADVICE if self.held else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPublish:
    """One publish."""

    at: datetime
    edition: str
    """Configuration and version of the program."""
    configuration: str = ""
    documents: tuple[str, ...] = ()
    """Paths of all that is published."""
    outputs: Mapping[str, OutputState] = field(default_factory=dict)

    def as_text(self) -> str:
        """As it is stored."""
        outputs = {name: asdict(each) for name, each in self.outputs.items()}
        return json.dumps(
            {
                "at": self.at.isoformat(),
                "edition": self.edition,
                "configuration": self.configuration,
                "documents": self.documents,
                "outputs": outputs,
            }
        )


def last_publish(text: str | None) -> LastPublish | None:
    """As it was stored, also by an older version; ``None`` before the first publish."""
    if text is None:
        return None
    facts: dict[str, Any] = json.loads(text)
    return LastPublish(
        at=datetime.fromisoformat(facts["at"]),
        edition=facts["edition"],
        configuration=facts.get("configuration", ""),
        documents=tuple(facts["documents"]),
        outputs={name: OutputState(**_tuples(each)) for name, each in facts.get("outputs", {}).items()},
    )


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
