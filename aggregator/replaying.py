"""A bundle done again: the same pipeline, its answers in place of the web, in a store that is thrown away.

It depends on nothing but the bundle and the version of the program: the clock is that of the answers.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.articles import compile_action, compile_rule
from aggregator.config import as_yaml, load
from aggregator.errors import ConfigError, UsageError
from aggregator.fetch import again
from aggregator.parse.page import check_selector
from aggregator.pipeline import poll, publish_if_due
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from aggregator.bundles import Bundle
    from aggregator.config import Config
    from aggregator.model import Outcome, PollPlan, Recorded, Source, SourceState
    from aggregator.wiring import App

APART = timedelta(seconds=2)
"""Between two answers at least, for a host is not asked twice in a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one answer did."""

    at: datetime
    status: int
    decided: PollPlan
    left_out: int | None = None
    """Bytes of its body, where that is not in the bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What all of it did."""

    steps: tuple[Step, ...]
    documents: tuple[str, ...]
    """Paths of what was published, in the folder."""
    notes: tuple[str, ...] = ()
    """What is not as it was."""


async def replay(bundle: Bundle, public: Path | None) -> Replayed:
    """Do again what is in a bundle; its documents are written to ``public``, an empty folder or one to be made.

    Raises UsageError where that is not empty, or the settings of the bundle are none.
    """
    if public is not None and not _is_free(public):
        raise UsageError(f"{public}: is there already and not empty; name another folder with -o")
    with tempfile.TemporaryDirectory(prefix="aggregator-replay-") as scratch:
        folder = Path(scratch)
        config = _config(bundle, folder, public)
        clock = _Clock(bundle.answers[0].at)
        app = await open_app(config, now=clock.now)
        try:
            steps = await _steps(app, bundle, clock)
        finally:
            await app.close()
        documents = _documents(config.public)
    notes = ("full_text: pages are no part of a bundle",) if "full_text" in bundle.settings["sources"][0] else ()
    return Replayed(steps=steps, documents=documents, notes=notes)


def _documents(folder: Path) -> tuple[str, ...]:
    files = sorted(each.relative_to(folder) for each in folder.rglob("*") if each.is_file())
    return tuple(str(each) for each in files if not each.name.startswith("."))


def _is_free(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


class _Clock:
    """The time of the answer that is under way."""

    def __init__(self, start: datetime) -> None:
        self._now = start - APART

    def now(self) -> datetime:
        return self._now

    def forward(self, to: datetime) -> None:
        """Never backward: what was recorded under a clock that was set comes in its order all the same."""
        self._now = max(to, self._now + APART)


async def _steps(app: App, bundle: Bundle, clock: _Clock) -> tuple[Step, ...]:
    (source,) = app.config.sources
    steps: list[Step] = []
    await app.db(app.store.full_texts.keep_rules, source.host, None, clock.now() + timedelta(days=36500), clock.now())
    for answer in bundle.answers:
        clock.forward(answer.at)
        app.answers = _Answering(answer)
        (claim,) = await app.db(app.store.queue.claim, clock.now(), 1, app.lease, only=[source.id], force=True)
        decided = await poll(app, claim, lambda _outcome: None)
        if decided is not None:
            status = answer.exchange.status
            steps.append(Step(at=clock.now(), status=status, decided=decided, left_out=answer.left_out))
        await publish_if_due(app)
    return tuple(steps)


class _Answering:
    """One answer, in place of the web."""

    def __init__(self, answer: Recorded) -> None:
        self._said = answer.exchange

    def __call__(self, source: Source, state: SourceState, now: datetime) -> Outcome:
        return again(self._said, source, state, now)


def _config(bundle: Bundle, folder: Path, public: Path | None) -> Config:
    """The settings of a bundle as a configuration. They are text: nothing of them names a variable or a file."""
    (source,) = bundle.settings["sources"]
    settings = {
        **bundle.settings,
        "sources": [{key: value for key, value in source.items() if key != "full_text"}],
        "store": f"sqlite:///{folder / 'replay.db'}",
        "public": str((public or folder / "public").absolute()),
        "private": str(folder / "private"),
        "recording": {"keep": 0},
    }
    path = folder / "config.yaml"
    path.write_text(as_yaml(_plain(settings)), encoding="utf-8")
    try:
        return load(path, {}, compile_rule, check_selector, compile_action)
    except ConfigError as error:
        found = "; ".join(each.removeprefix(f"{path}:") for each in error.mistakes[:3])
        raise UsageError(f"the settings in the bundle of {bundle.source} cannot be used here: {found}") from None


def _plain(value: Any) -> Any:
    """Without references to the environment."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
