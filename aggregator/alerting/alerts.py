"""The beat of it: look, then tell."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.alerting.feed import NEWEST, for_everybody, ops_feed
from aggregator.alerting.tell import Tell
from aggregator.alerting.watch import Watch
from aggregator.errors import StoreError
from aggregator.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.alerting.sights import Own
    from aggregator.wiring import App

log = get_logger()

BEAT_SECONDS = 15


class Alerts:
    """Watches and tells, as long as the service runs. ``own`` is asked what the service knows of itself."""

    def __init__(self, app: App, own: Callable[[], Own]) -> None:
        self._app = app
        self._own = own
        self._watch = Watch(app)
        self._tell = Tell(app)
        self._woken = asyncio.Event()
        self._problem: str | None = None
        self._offline = False
        """Whether this machine was offline at the last look."""
        self._fed: dict[bool, tuple[tuple[str, int], bytes]] = {}
        """What the feed was made of last, and the feed."""

    def wake(self) -> None:
        """Something was published, or another configuration was taken."""
        self._woken.set()

    async def run(self) -> None:
        """Look and tell each quarter of a minute until it is cancelled."""
        try:
            while True:
                self._woken.clear()
                await self.beat()
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_SECONDS):
                        await self._woken.wait()
        finally:
            await self._tell.close()

    @property
    def problems(self) -> list[str]:
        """Of each receiver that cannot be told for long, a line with what to do."""
        return [
            f"receiver {each.receiver!r} cannot be told since {each.failing_since:%Y-%m-%d %H:%M} UTC; "
            f"'aggregator alerts test {each.receiver}' says why"
            for each in self._tell.unreachable(self._app.now())
        ]

    async def feed(self, locked: bool) -> bytes:
        """What ``/ops.atom`` shows; ``locked``: only those see it who may see everything. Raises StoreError."""
        config, kept = self._app.config, self._app.store.health_changes
        made_of = (self._app.configuration, await self._app.db(kept.last))
        if locked not in self._fed or self._fed[locked][0] != made_of:
            changes = await self._app.db(kept.newest, NEWEST)
            private = {each.id for each in config.outputs if each.private}
            shown = changes if locked else for_everybody(changes, private)
            self._fed[locked] = made_of, await asyncio.to_thread(ops_feed, shown, config.site)
        return self._fed[locked][1]

    async def wait(self) -> None:
        """Until those who are being told something have been, or have not."""
        await self._tell.wait()

    async def beat(self) -> None:
        """Look and tell once; what goes wrong is logged."""
        try:
            own = self._own()
            offline, self._offline = self._offline, own.offline_since is not None
            if offline and not self._offline:
                self._tell.hurry()
            with suppress(StoreError):  # the look finds it, too, and says so
                await self._tell.know_receivers()
            try:
                await self._watch.look(own)
            except StoreError:
                self._tell.urge(self._watch.unwritten)
                raise
            await self._tell.begin()
        except (OSError, StoreError) as error:
            if str(error) != self._problem:
                log.error("cannot look after alerts", error=str(error), advice="tried again four times a minute")
            self._problem = str(error)
        except Exception:  # a bug of ours must not be the end of it; it is told with its traceback
            log.exception("bug while looking after alerts")
        else:
            self._problem = None


async def look_and_tell(app: App) -> None:
    """Look once and tell what there is to tell: for who polls and does not stay. Raises StoreError, OSError."""
    tell = Tell(app)
    await tell.know_receivers()
    await Watch(app).look(None)
    await tell.begin(gathering=timedelta(0))
    await tell.wait()
