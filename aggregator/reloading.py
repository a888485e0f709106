"""Another configuration for a running service: when it is asked for, and where its file is watched, when that changes.

All or nothing: a wrong one is told with every mistake in it, and leaves the one that is in force.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aggregator.config.watched import WrongConfiguration
from aggregator.errors import AggregatorError, ConfigError, StoreError
from aggregator.logs import also_hide, get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.config import Config
    from aggregator.config.watched import Seen, Watched
    from aggregator.notify import Notify
    from aggregator.wiring import App

log = get_logger()


class Reloading:
    """``load`` reads the configuration anew (raises ConfigError); ``took`` lets all others know of it, and ``settled``
    is held meanwhile."""

    def __init__(
        self,
        app: App,
        load: Callable[[], Config],
        settled: asyncio.Lock,
        took: Callable[[], None],
        notify: Notify,
    ) -> None:
        self._app = app
        self._load = load
        self._settled = settled
        self._took = took
        self._notify = notify
        self._asked = False
        self._one = asyncio.Lock()
        self._watched = app.config.watched
        self._read = self._seen = self._watched.look()
        """How the files were when they were read, and when they were looked at last."""
        self.problem: str | None = None
        """Why the configuration on disk is not the one in force."""

    def ask(self) -> None:
        """Have it read at the next beat."""
        self._asked = True

    async def beat(self) -> None:
        """Take the configuration where somebody asked for it, or its files are others and have come to rest."""
        if self._asked or await self._changed():
            await self.now()
            return
        try:
            if await self._app.lists_changed():
                await self._renew()
        except StoreError as error:
            log.error("lists not taken", error=str(error), advice="tried again each second")

    async def now(self) -> str | None:
        """Take the configuration; why not, where that is wrong."""
        async with self._one:
            self._asked = False
            with self._notify.reloading():
                await self._take()
            return self.problem

    async def _changed(self) -> bool:
        """Whether the files are not as they were read, and were the same a beat ago: an editor may be writing."""
        if not self._app.config.watch:
            return False
        before, self._seen = self._seen, await self._look()
        return self._read != self._seen == before

    async def _look(self) -> Seen:
        return await asyncio.to_thread(self._watched.look)

    async def _watch(self, watched: Watched) -> None:
        """Look at these files from now on; where one was written while all were read, they are read once more."""
        if await self._look() == self._read:
            self._watched = watched
            self._read = self._seen = await self._look()
        self._watched = watched

    async def _renew(self) -> None:
        """Take what the lists of feeds name by now. Raises StoreError."""
        async with self._one, self._settled:
            taken = await self._app.use(self._app.config)
        self._took()
        added, removed = len(taken.sources.added), len(taken.sources.removed)
        log.info("lists taken", sources=len(self._app.sources), added=added, removed=removed)

    async def _take(self) -> None:
        self._read = self._seen = await self._look()  # before it is read: what is written meanwhile is not missed
        before = self._app.config
        try:
            config = await asyncio.to_thread(self._load)
            await self._watch(config.watched)
            also_hide(config.secrets)
            async with self._settled:
                taken = await self._app.use(config)
        except AggregatorError as error:
            self.problem = str(error)
            if self._app.config is not before:
                self._took()
                advice = "it is in force, but not all that is stored follows its rules; reload once the store works"
                log.error("configuration taken in part", error=self.problem, advice=advice)
                return
            if isinstance(error, WrongConfiguration):
                await self._watch(self._app.config.watched | error.watched)
            for mistake in error.mistakes if isinstance(error, ConfigError) else (str(error),):
                log.error("configuration not taken", mistake=mistake, advice="the one before stays in force")
            return
        self.problem = None
        self._took()
        log.info(
            "configuration taken",
            changes=taken.difference.words,
            sources=len(config.sources),
            outputs=len(config.outputs),
            judged_otherwise=sum(taken.judged.values()),
        )
        if restart := taken.difference.restart:
            advice = "a running service keeps what it started with; start it again"
            log.warning("restart needed", settings=", ".join(restart), advice=advice)
