"""Whether the service does what it is for: its beats turn, its store answers, its event loop comes round.

A process that only exists is not alive: a thread that hangs in the store stops every poll, and the web server goes on
to answer. So the watchdog is fed where the work is done, and ``/readyz`` looks at the same beats.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from aggregator.errors import StoreError
from aggregator.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aggregator.notify import Notify
    from aggregator.wiring import App

log = get_logger()

OFTEN = 0.25
"""Seconds between two looks at how late the event loop is."""

ASK = 1.0
"""Seconds between two questions to the store."""

STATUS = 30.0
"""Seconds between two lines for ``systemctl status``."""

LATEST = {"poll": 30.0, "store": 30.0, "publish": 300.0}
"""Seconds after which a beat that has not turned is one that has stopped."""

WORDS = {
    "poll": "nothing has been polled for {} s, though it is looked every second what is due; the log may tell why",
    "store": "the store has not answered for {} s; look at the disk, or at the database's server",
    "publish": "a publish has been under way for {} s; look at the disk of the public folder",
}


class Pulse:
    """Of one running service. ``status`` gives a line for people."""

    def __init__(self, app: App, notify: Notify, status: Callable[[], Awaitable[str]]) -> None:
        self._app = app
        self._notify = notify
        self._status = status
        self._clock = monotonic
        self._turned = dict.fromkeys(LATEST, self._clock())
        self._fed = self._clock()
        self._asking: asyncio.Task[None] | None = None
        self._saying: asyncio.Task[None] | None = None

    def turned(self, beat: str) -> None:
        """A beat (see :data:`LATEST`) has come to its end, whatever came of it."""
        self._turned[beat] = self._clock()

    def problem(self) -> str | None:
        """Which beat has stopped, in words; ``None`` where all turn."""
        now = self._clock()
        for beat, latest in LATEST.items():
            if (since := now - self._turned[beat]) > latest:
                return WORDS[beat].format(round(since))
        return None

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        asked = said = 0.0
        try:
            while True:
                due = self._clock() + OFTEN
                await asyncio.sleep(OFTEN)
                now = self._clock()
                self._app.figures.lag.observe(max(0.0, now - due))
                if now - asked >= ASK and (self._asking is None or self._asking.done()):
                    asked, self._asking = now, asyncio.create_task(self._ask())
                if self._notify.on and now - said >= STATUS and (self._saying is None or self._saying.done()):
                    said, self._saying = now, asyncio.create_task(self._say())
                self._feed(now)
        finally:
            for task in (self._asking, self._saying):
                if task is not None:
                    task.cancel()

    def _feed(self, now: float) -> None:
        """Tell the watchdog, where polls and store have turned since it was told, four times as often as it wants."""
        watchdog = self._notify.watchdog
        if watchdog is None or now - self._fed < watchdog / 4:
            return
        if min(self._turned["poll"], self._turned["store"]) > self._fed:
            self._fed = now
            self._notify.alive()

    async def _ask(self) -> None:
        """An error is an answer: the beats tell of it, and a restart would not mend it."""
        try:
            await self._app.db(self._app.store.figures.answers)
        except StoreError as error:
            log.debug("the store answers with an error", error=str(error))
        self.turned("store")

    async def _say(self) -> None:
        try:
            self._notify.status(await self._status())
        except StoreError as error:
            self._notify.status(f"the store cannot be read: {error}")
