"""Receivers are told what they have not been told: each by itself, at least once, in as few messages as can be."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from aggregator.alerting import command, mail, ntfy, webhook
from aggregator.alerting.message import alert_id, alerts_message, one_line, publish_message, wants
from aggregator.alerting.problem import NotTold, PartlyTold
from aggregator.alerting.published import Shown, marks, shown
from aggregator.config import redact
from aggregator.errors import StoreError
from aggregator.logs import get_logger
from aggregator.model import PUBLISH, Command, Email, Ntfy, Reached, Webhook
from aggregator.operate.alerts import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from datetime import datetime

    from aggregator.alerting.message import Message
    from aggregator.alerting.webhook import Call
    from aggregator.model import HealthChange, Receiver
    from aggregator.wiring import App

log = get_logger()

GATHERING = timedelta(minutes=1)
"""An alert waits so long for others that come with it."""

BATCH = 5_000
"""Alerts in one message: all that are kept."""

AHEAD = 500
"""So many changes that are nothing to a receiver are passed over without a word in the store."""

WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
"""After the first failure, the second..; the last for all that follow."""


async def send(receiver: Receiver, message: Message, call: Call, now: datetime) -> str:
    """What came back. Raises NotTold."""
    match receiver.by:
        case Webhook() as way:
            return await webhook.send(way, message, call, now)
        case Ntfy() as way:
            return await ntfy.send(way, message, call, now)
        case Command() as way:
            return await command.send(way, message)
        case Email() as way:
            return await mail.send(way, message, now)


@dataclass(slots=True)
class Tell:
    """Tells the receivers of one program. Nothing here waits for one receiver to tell another."""

    app: App
    _reached: dict[str, Reached] | None = None
    _shown: Shown = field(default_factory=Shown)
    _shown_at: int | None = None
    """Which publish that is of."""
    _urged: set[str] = field(default_factory=set)
    """Ids of alerts that were told without being written down."""
    _busy: dict[str, asyncio.Task[object]] = field(default_factory=dict)

    async def begin(self, *, gathering: timedelta = GATHERING) -> None:
        """Begin to tell each receiver what it is to be told now, unless it is being told something.

        Raises StoreError, OSError.
        """
        app = self.app
        await self.know_receivers()
        if any(PUBLISH in each.on for each in app.config.alerts):
            await self._look_what_is_shown()
        for receiver in app.config.alerts:
            if receiver.id not in self._busy and (telling := await self._next(receiver, gathering)) is not None:
                self._begin(receiver, telling)

    def _begin(self, receiver: Receiver, telling: Coroutine[Any, Any, object]) -> None:
        task = self._busy[receiver.id] = asyncio.create_task(telling, name=f"tell {receiver.id}")
        task.add_done_callback(partial(self._ended, receiver.id))

    def _ended(self, receiver: str, _task: asyncio.Task[object]) -> None:
        del self._busy[receiver]

    def unreachable(self, now: datetime) -> list[Reached]:
        """Those who could not be told for an hour."""
        long = PATIENCE["unreachable"].lasted
        states = (self._reached or {}).values()
        return [each for each in states if each.failing_since is not None and each.failing_since <= now - long]

    def urge(self, unwritten: Sequence[HealthChange]) -> None:
        """Begin to tell of this machine what the store does not take, once and to those who are not being told
        something: if that is a full disk, nobody would ever hear of it. It is told again when it is written down,
        under the same id."""
        new = [each for each in unwritten if each.kind == "machine" and alert_id(each) not in self._urged]
        self._urged.update(map(alert_id, new))
        for receiver in self.app.config.alerts:
            wanted = [each for each in new if wants(receiver, each, None)]
            if wanted and receiver.id not in self._busy:
                message = alerts_message(wanted, self.app.config.site, self.app.now())
                self._begin(receiver, self._send(receiver, message))

    def hurry(self) -> None:
        """Those who could not be told are told now: it was the network of this machine that was not there."""
        self._reached = {name: replace(each, next_try=None) for name, each in (self._reached or {}).items()} or None

    async def wait(self) -> None:
        """Until those who are being told something have been, or have not."""
        if self._busy:
            await asyncio.wait(self._busy.values())

    async def close(self) -> None:
        """Break off what is under way; it is told again the next time."""
        for task in list(self._busy.values()):
            task.cancel()
            await asyncio.wait((task,))

    async def know_receivers(self) -> None:
        """New ones begin with what happens from now on; before a look, what that finds is told to them, too.

        Raises StoreError.
        """
        store = self.app.store.health_changes
        if self._reached is None:
            self._reached = await self.app.db(store.reached)
        configured = {each.id for each in self.app.config.alerts}
        if self._reached.keys() - configured:
            await self.app.db(store.forget, sorted(configured))
            self._reached = {name: each for name, each in self._reached.items() if name in configured}
        if new := sorted(configured - self._reached.keys()):
            last = await self.app.db(store.last)
            began = [Reached(receiver=name, position=last, failures=0) for name in new]
            await self.app.db(store.note, began)
            self._reached |= {each.receiver: each for each in began}

    async def _look_what_is_shown(self) -> None:
        at = await self.app.db(self.app.store.published_seq)
        if at != self._shown_at:
            self._shown, self._shown_at = await shown(self.app), at

    async def _next(self, receiver: Receiver, gathering: timedelta) -> Coroutine[Any, Any, None] | None:
        """What tells it what it is told next; ``None`` where there is nothing, or it is too early."""
        assert self._reached is not None  # noqa: S101 - read by then
        state, now = self._reached[receiver.id], self.app.now()
        if PUBLISH in receiver.on and state.published is None:
            state = await self._begin_with(receiver, state)
        if state.next_try is not None and now < state.next_try <= now + WAITS[-1]:  # later: the clock was set back
            return None
        if PUBLISH in receiver.on and (news := self._shown.news(state.published or b"")):
            outputs = {output for output, *_ in news.values()}
            documents = [path for output in sorted(outputs) for path in self._shown.documents[output]]
            message = publish_message(list(news.values()), documents, self.app.config.site, now)
            told = replace(state, published=marks(self._shown.entries))
            return self._tell(receiver, message, state, told)
        alerts, position = await self._alerts(receiver, state)
        if not alerts:
            return None
        if not _is_due(receiver, state, alerts, gathering, now):
            return None
        told = replace(state, position=position, told_at=now)
        return self._tell(receiver, alerts_message(alerts, self.app.config.site, now), state, told)

    async def _begin_with(self, receiver: Receiver, state: Reached) -> Reached:
        """Where something was published before, all that is there counts as told."""
        there = marks(self._shown.entries) if self._shown_at else b""
        return await self._note(receiver, replace(state, published=there))

    async def _alerts(self, receiver: Receiver, state: Reached) -> tuple[Sequence[HealthChange], int]:
        """What it is to be told, and the place of the last of it."""
        sources = self.app.sources
        found = await self.app.db(self.app.store.health_changes.alerts, state.position, BATCH)
        wanted = [each for each in found if wants(receiver, each, sources.get(each.subject))]
        position = found[-1].seq if found else state.position
        if not wanted and position >= state.position + AHEAD:
            await self._note(receiver, replace(state, position=position))
        return wanted, position

    async def _tell(self, receiver: Receiver, message: Message, state: Reached, told: Reached) -> None:
        problem = await self._send(receiver, message)
        ended = replace(told, failures=0, failing_since=None, next_try=None, problem=None)
        if problem is not None:
            ended = _failed(state, problem, self.app.now())
        try:
            await self._note(receiver, ended)
        except StoreError as error:
            advice = "it may be told this again after the next start"
            log.error("cannot write down who was told", receiver=receiver.id, error=str(error), advice=advice)

    async def _send(self, receiver: Receiver, message: Message) -> str | None:
        """Send it; gives why it did not arrive, where it did not."""
        try:
            came = await send(receiver, message, self.app.call_back, self.app.now())
        except PartlyTold as error:
            problem = redact(one_line(str(error)), self.app.config.secrets)
            log.warning("not everybody was told", receiver=receiver.id, error=problem, advice="correct the addresses")
            return None
        except NotTold as error:
            problem = redact(one_line(str(error)), self.app.config.secrets)  # PostgreSQL takes no NUL
            log.warning("receiver not told", receiver=receiver.id, error=problem)
            return problem
        except Exception:  # a bug of ours must not be the end of it; it is told with its traceback
            log.exception("bug while telling a receiver", receiver=receiver.id)
            return "a bug of this program; the log has the traceback"
        log.info("receiver told", receiver=receiver.id, what=message.subject, answer=came)
        return None

    async def _note(self, receiver: Receiver, state: Reached) -> Reached:
        """Write down how far it has got; where that fails, it is known until the end of the program."""
        assert self._reached is not None  # noqa: S101 - read by then
        self._reached[receiver.id] = state
        await self.app.db(self.app.store.health_changes.note, (state,))
        return state


def _failed(state: Reached, problem: str, now: datetime) -> Reached:
    failures = state.failures + 1
    wait = WAITS[min(failures, len(WAITS)) - 1]
    since = state.failing_since or now
    return replace(state, failures=failures, failing_since=since, next_try=now + wait, problem=problem)


def _is_due(
    receiver: Receiver, state: Reached, alerts: Sequence[HealthChange], gathering: timedelta, now: datetime
) -> bool:
    """Whether it may be told of these: what is wrong with this machine does not wait for the next message's turn."""
    if state.failures:
        return True
    urgent = [each.at for each in alerts if each.kind == "machine"]
    first = min(urgent, default=alerts[0].at)
    if first <= now < first + gathering:  # one that is to come: the clock was set back
        return False
    last = state.told_at
    return bool(urgent) or last is None or not last <= now < last + receiver.every  # last is to come: the clock was set
