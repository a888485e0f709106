"""What ``/admin`` does, with the functions of the commands: those that a running service can be asked to do."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aggregator.errors import AggregatorError, ConfigError
from aggregator.explaining import read_explanation
from aggregator.operate import rfc3339
from aggregator.operating import NotHeld, Operated, UnknownSource, accept, named, operate, release
from aggregator.serve.admin import Absent, Action

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aggregator.pipeline import Published
    from aggregator.polls import Polls
    from aggregator.store import Hand
    from aggregator.wiring import App

    Answer = Awaitable[Mapping[str, Any]]


class Administering:
    """Of one running service. ``publish`` publishes now, ``reload`` takes the configuration anew and gives why it could
    not; ``stopping`` tells whether it is too late for anything."""

    def __init__(
        self,
        app: App,
        polls: Polls,
        *,
        publish: Callable[[], Awaitable[Published]],
        reload: Callable[[], Awaitable[str | None]],
        stopping: Callable[[], bool],
    ) -> None:
        self._app = app
        self._polls = polls
        self._publish = publish
        self._reload = reload
        self._stopping = stopping

    def actions(self) -> dict[str, Action]:
        """By name."""
        one, may = {"id": str}, {"undo": bool}
        return {
            "poll": Action(
                does="polls a source now; with force even where its server asked to be left alone",
                do=self.poll,
                needs={"source": str},
                takes={"force": bool},
            ),
            "publish": Action(
                does="publishes now; with force also what is held because it looks wrong",
                do=self.publish,
                takes={"force": bool},
            ),
            "release": Action(
                does="lets go what is held of a source; silent publishes none of it",
                do=self.release,
                needs={"source": str},
                takes={"silent": bool},
            ),
            "retract": Action(does="takes an article back for good", do=self.retract, needs=one, takes=may),
            "hide": Action(does="leaves an article out of every output", do=self.hide, needs=one, takes=may),
            "pin": Action(does="puts an article first in every output that has it", do=self.pin, needs=one, takes=may),
            "reload": Action(does="takes the configuration anew, all or nothing", do=self.reload),
            "explain": Action(does="tells the whole story of an article", do=self.explain, needs=one, method="GET"),
        }

    async def poll(self, source: str, *, force: bool = False) -> Mapping[str, Any]:
        """Start a poll, and tell whether that was possible; its outcome is on the board and in the log."""
        self._check()
        self._named(source)
        app = self._app
        started = await self._polls.start(only=[source], force=force)
        if source in started:
            return {"source": source, "started": True}
        due = await app.db(app.store.queue.next_due, app.now(), only=[source], force=force)
        if self._polls.is_under_way(source):
            why = "it is being polled"
        elif not app.sources[source].enabled:
            why = "it is switched off"
        else:
            why = "its server asked to be left alone, or it was asked just now"
        return {"source": source, "started": False, "why": why, "possible_at": rfc3339(due)}

    async def publish(self, *, force: bool = False) -> Mapping[str, Any]:
        """Publish, and tell what was written."""
        self._check()
        if force:
            await self._app.db(accept, self._app.store, self._app.now())
        return asdict(await self._publish())

    async def release(self, source: str, *, silent: bool = False) -> Mapping[str, Any]:
        """As the command does; it is published within a second."""
        self._named(source)
        app = self._app
        done = await app.db(release, app.store, app.config, source, app.now(), silent=silent)
        return {"source": source, "released": done.articles, "silent": silent, "accepted": done.accepted}

    async def retract(self, id: str, *, undo: bool = False) -> Mapping[str, Any]:  # noqa: A002 - the field's name
        """As the command does."""
        return await self._operate("retract", id, undo=undo)

    async def hide(self, id: str, *, undo: bool = False) -> Mapping[str, Any]:  # noqa: A002 - the field's name
        """As the command does."""
        return await self._operate("hide", id, undo=undo)

    async def pin(self, id: str, *, undo: bool = False) -> Mapping[str, Any]:  # noqa: A002 - the field's name
        """As the command does."""
        return await self._operate("pin", id, undo=undo)

    async def reload(self) -> Mapping[str, Any]:
        """Take the configuration anew. A wrong one leaves the one in force, and its mistakes are the error."""
        self._check()
        problem = await self._reload()
        if problem is not None:
            raise ConfigError([f"the configuration was not taken: {problem}"])
        config = self._app.config
        return {"taken": True, "sources": len(config.sources), "outputs": len(config.outputs)}

    async def explain(self, id: str) -> Mapping[str, Any]:  # noqa: A002 - the field's name
        """What the command tells; also of an article that is not there."""
        told = await asyncio.to_thread(read_explanation, self._app.config, id, self._app.now())
        return told.as_json()

    async def _operate(self, hand: Hand, what: str, *, undo: bool) -> Mapping[str, Any]:
        app = self._app
        try:
            done: Operated = await app.db(operate, app.store, hand, [what], app.now(), undo=undo)
        except NotHeld as error:
            raise Absent(str(error)) from None
        rows = [
            {
                "id": each.id,
                "key": each.key,
                "source": each.source,
                "title": each.title,
                "changed": each.key in done.changed,
            }
            for each in done.articles
        ]
        return {"command": hand, "undo": undo, "articles": rows}

    def _named(self, source: str) -> None:
        try:
            named(self._app.config, source)
        except UnknownSource as error:
            raise Absent(str(error)) from None

    def _check(self) -> None:
        if self._stopping():
            raise AggregatorError("the service is stopping; ask again when it is back")
