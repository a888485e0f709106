"""A configuration as plain values that can be stored and compared: what is not as usual, secrets as marks.

By the marks one sees that a secret is another, and not what it is: they are salted, and too short to try words on.
"""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.config.redaction import redact, store_shown
from aggregator.config.units import duration, duration_text
from aggregator.model import Duplicates, Output, Polling, Source

if TYPE_CHECKING:
    from aggregator.config.value import Config

Normal = dict[str, Any]
"""What :func:`normal` gives; lists where there are tuples, as JSON would."""

_KEYS = {"basic_auth": "auth", "bearer": "auth", "allow": "network.allow"}
"""Fields that are called otherwise in config.yaml."""
_NOT_COMPARED = frozenset(
    {"path", "site_id_given", "secrets", "environment", "sources", "outputs", "store", "watched", "written"}
)
_MARK_BYTES = 4


def normal(config: Config, salt: bytes) -> Normal:
    """The configuration as it can be compared with another of the same ``salt``."""
    plain = _Plain(config.secrets, salt)
    return {
        **plain.fields(config),
        "store": _marked(store_shown(config.store), config.store, salt),
        "sources": {each.id: plain.fields(each) for each in config.sources},
        "outputs": [plain.fields(each) for each in config.outputs],
    }


def outputs_of(given: Normal) -> tuple[Output, ...]:
    """The outputs of a configuration that was stored, but for their tokens; settings of other versions are left out."""
    outputs = ({**each, **({"tokens": ()} if "tokens" in each else {})} for each in given["outputs"])
    return tuple(Output(**_known(Output, each)) for each in outputs)


def duplicates_of(given: Normal) -> Duplicates:
    """The same for ``duplicates``."""
    return Duplicates(**_known(Duplicates, given.get("duplicates", {})))


def polling_of(given: Normal) -> Polling:
    """The same for the intervals of ``polling``."""
    stored = given.get("polling", {})
    names = ("floor", "invited_floor", "ceiling", "without_validators")
    spans: dict[str, Any] = {name: span_of(stored[name]) for name in names if name in stored}
    return Polling(**spans)


def sources_of(given: Normal) -> tuple[Source, ...]:
    """The same for what decides how often the sources are asked."""
    return tuple(
        Source(
            id=name,
            url=each.get("url"),
            folder=Path(each["folder"]) if "folder" in each else None,
            interval=span_of(each["interval"]) if "interval" in each else None,
            enabled=each.get("enabled", True),
            on_remove=each.get("on_remove", "keep"),
        )
        for name, each in given["sources"].items()
    )


def span_of(text: str) -> timedelta:
    """A duration as it was stored."""
    return duration(text, low="1s", high="36600d")


def _known(kind: type, given: Normal) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items() if key in names}


class _Plain:
    def __init__(self, secrets: frozenset[str], salt: bytes) -> None:
        self._secrets = secrets
        self._salt = salt

    def fields(self, value: Any) -> Normal:
        """What of a dataclass is not its default. What is not in its ``repr`` is secret."""
        found: Normal = {}
        for each in fields(value):
            one = getattr(value, each.name)
            if each.name in _NOT_COMPARED or one == each.default or (one == () and each.default is MISSING):
                continue
            name = _KEYS.get(each.name, each.name)
            shown = self._value(one) if each.repr else _mark(repr(one), self._salt)
            if shown != {}:
                found[name] = shown
        return found

    def _value(self, value: Any) -> Any:
        if isinstance(value, str | Path):
            return _marked(redact(str(value), self._secrets), str(value), self._salt)
        if isinstance(value, timedelta):
            return duration_text(value)
        if isinstance(value, tuple):
            return [self._value(each) for each in value]
        return self.fields(value) if is_dataclass(value) else value


def _marked(shown: str, whole: str, salt: bytes) -> str:
    return shown if shown == whole else f"{shown} #{_mark(whole, salt)}"


def _mark(secret: str, salt: bytes) -> str:
    return blake2b(secret.encode("utf-8", "surrogatepass"), key=salt, digest_size=_MARK_BYTES).hexdigest()
