"""Hubs of others are told which of our documents changed; they fetch them, and tell whoever subscribed there.

WebSub 6 leaves open how; this is what public hubs ask for: a form with ``hub.mode=publish``. A hub is asked after the
file is live, about its newest version only, and no oftener than once a minute. What it was told is written down, so
that it is told the rest after a restart.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aggregator.errors import StoreError
from aggregator.hub.topics import Topic, Topics
from aggregator.logs import get_logger
from aggregator.model import Answer
from aggregator.websub import next_try

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aggregator.store import Store
    from aggregator.wiring import App

log = get_logger()

SETTING = "hubs told"
"""Holds what each hub of others was told."""

PAUSE = timedelta(minutes=1)
"""Until a hub is told again after all it was told."""

ANSWER_BYTES = 64 * 1024
TIMEOUT = timedelta(seconds=10)
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Told:
    """One hub, and what it was told."""

    versions: dict[str, str] = field(default_factory=dict)
    """By topic."""
    failures: int = 0
    next_try: datetime | None = None
    last: datetime | None = None
    """When it last took something."""
    problem: str | None = None
    """Why it did not take the last thing."""


class Pings:
    """Tells them. Many hubs at once, each one thing after the other."""

    def __init__(self, app: App, topics: Topics) -> None:
        self._app = app
        self._topics = topics
        self._woken = asyncio.Event()
        self._problem: str | None = None

    def wake(self) -> None:
        """Look what there is to tell: something was published."""
        self._woken.set()

    async def run(self) -> None:
        """Tells them, whenever there is something to tell, until it is cancelled."""
        while True:
            self._woken.clear()
            try:
                again, self._problem = await self.tell(), None
            except (OSError, StoreError) as error:
                if str(error) != self._problem:
                    log.error("cannot tell hubs", error=str(error), advice="tried again each minute")
                again, self._problem = self._app.now() + PAUSE, str(error)
            except Exception:  # a bug of ours must not be the end of it; it is told with its traceback
                log.exception("bug while telling hubs")
                again = self._app.now() + PAUSE
            wait = max(0.0, (again - self._app.now()).total_seconds()) if again is not None else None
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()

    async def tell(self) -> datetime | None:
        """Tells every hub what it has not been told and is due; gives when there is more to tell, if that is known.

        Raises StoreError.
        """
        hubs = self._app.config.websub.hubs
        state = read_told(await self._app.db(self._app.store.setting, SETTING))
        told = {hub: state.get(hub, Told()) for hub in hubs}
        if not hubs and not state:
            return None
        found = [await self._topics.get(address) for address in self._topics.addresses()] if hubs else []
        current = {each.self_url: each for each in found if isinstance(each, Topic)}
        busy = [
            (hub, [each for each in current.values() if each.version != told[hub].versions.get(each.self_url)])
            for hub in hubs
        ]
        now = self._app.now()
        due = [(hub, news) for hub, news in busy if news and (told[hub].next_try or now) <= now]
        await asyncio.gather(*(self._tell(hub, told[hub], news) for hub, news in due))
        if due or told.keys() != state.keys():
            for each in told.values():
                each.versions = {address: each.versions[address] for address in current if address in each.versions}
            await self._app.db(self._app.store.set_setting, SETTING, _as_text(told))
        waiting = [told[hub].next_try or now for hub, news in busy if any(_is_news(told[hub], each) for each in news)]
        return min(waiting, default=None)

    async def _tell(self, hub: str, told: Told, news: list[Topic]) -> None:
        """One thing after the other, until one is not taken."""
        for topic in news:
            said = urlencode({"hub.mode": "publish", "hub.url": topic.self_url, "hub.topic": topic.self_url})
            now = self._app.now()
            answer = await self._app.post(hub, said.encode(), FORM, now, max_bytes=ANSWER_BYTES, timeout=TIMEOUT)
            if isinstance(answer, Answer) or 200 <= (answer.status or 0) < 300:  # whatever it says at what length
                told.versions[topic.self_url] = topic.version
                told.failures, told.problem, told.last = 0, None, now
            else:
                told.failures, told.problem = told.failures + 1, answer.detail
                log.warning("hub not told", hub=hub, error=answer.detail, failures=told.failures)
                break
        told.next_try = next_try(self._app.now(), told.failures, PAUSE)


async def tell_hubs(app: App) -> None:
    """Tells every hub once what there is to tell: for who publishes and does not stay. Raises StoreError."""
    await Pings(app, Topics(app)).tell()


def _is_news(told: Told, topic: Topic) -> bool:
    return told.versions.get(topic.self_url) != topic.version


def read_told(stored: str | None) -> dict[str, Told]:
    """What the setting says of each hub."""
    return {hub: _told(**facts) for hub, facts in json.loads(stored or "{}").items()}


def websub_rows(store: Store, now: datetime) -> dict[str, Any]:
    """For ``status``: how many want each topic of our hub, and what became of what other hubs were told."""
    return {
        "topics": [
            {"topic": each.topic, "subscriptions": each.subscriptions, "failing": each.failing}
            for each in store.subscriptions.subscribed(now)
        ],
        "hubs": [
            {"url": hub, "last": _moment(each.last), "failures": each.failures, "problem": each.problem}
            for hub, each in read_told(store.setting(SETTING)).items()
        ],
    }


def _told(*, versions: dict[str, str], failures: int, problem: str | None, **times: str | None) -> Told:
    moments = {name: datetime.fromisoformat(value) if value is not None else None for name, value in times.items()}
    return Told(versions=versions, failures=failures, problem=problem, **moments)


def _as_text(told: Mapping[str, Told]) -> str:
    facts: dict[str, dict[str, Any]] = {
        hub: {
            "versions": each.versions,
            "failures": each.failures,
            "problem": each.problem,
            "next_try": _moment(each.next_try),
            "last": _moment(each.last),
        }
        for hub, each in told.items()
    }
    return json.dumps(facts)


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
