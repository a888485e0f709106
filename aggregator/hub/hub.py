"""Our hub: whoever subscribes to a document of ours is sent each new version of it (WebSub).

::

    take -> intents -> verify -> subscriptions        somebody asks; the callback says whether it was meant
    published -> what is new? -> deliver -> settle    each subscription remembers which version it has

Which version a subscriber has is all that is remembered of deliveries: what it lacks is due, after a crash too. Rules
are in :mod:`aggregator.websub`, the memory is :mod:`aggregator.store.subscriptions`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from ipaddress import ip_network
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from aggregator.errors import StoreError
from aggregator.hub.lanes import Lanes
from aggregator.hub.topics import Absent, Topic
from aggregator.logs import get_logger
from aggregator.model import Answer, Delivered, Intent
from aggregator.websub import LIMIT, PAUSE, Limit, Refusal, key_of, next_try, plain, read, signature, with_parameters

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from aggregator.hub.topics import Topics
    from aggregator.model import Subscription
    from aggregator.store import Subscriptions
    from aggregator.wiring import App

log = get_logger()

MOST, MOST_OF_HOST = 10_000, 1_000
"""Subscriptions, and those with callbacks on one host."""

MOST_MADE = 50
"""Documents subscribed to that are made when they are asked for: each is made anew to see whether it changed."""

MADE_EVERY = 10.0
"""Seconds after which that is done again, where something was published."""

TIMEOUT = timedelta(seconds=10)
"""Of one call."""

ECHO_BYTES = 1024
"""Of the answer to a challenge, which is shorter."""

AT_ONCE = 1_000
"""Calls that are made ready at once."""

GATHERED = 0.25
"""Seconds for which ended deliveries are gathered to be written down together; after a crash these come twice."""

LONGEST_WAIT, BUSY_WAIT = 60.0, 1.0
"""Seconds until it is looked again what is due: while nothing is under way, and while something is."""

GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a subscriber is answered: a status, a sentence, and perhaps when to come again (seconds)."""

    status: int
    text: str
    retry_after: int | None = None


class Hub:
    """The hub of one running service; :meth:`run` it, and tell it of each publish (:meth:`published`)."""

    def __init__(self, app: App, topics: Topics, *, pause: timedelta = PAUSE) -> None:
        self._app = app
        self._topics = topics
        self._pause = pause
        self._lanes = Lanes()
        self._of_client = Limit(burst=60, a_minute=60)
        self._of_host = Limit(burst=120, a_minute=60)
        self._of_callback = Limit(burst=5, a_minute=1)
        self._current: dict[str, Topic] = {}
        self._made: dict[str, tuple[int, float]] = {}
        """When each of those was last made that are made when they are asked for: at which publish, and the time."""
        self._publishes = 0
        self._busy: set[str] = set()
        """Keys of subscriptions whose callbacks are being called."""
        self._ended: list[Delivered] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._problem: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a hub, by the configuration in force."""
        return self._app.config.hub is not None

    # ---- who asks

    def refuses(self, client: str) -> Reply | None:
        """Why nothing is taken from this client now, before anything of its request is read; it is counted."""
        network = client if ":" not in client else str(ip_network(f"{client.partition('%')[0]}/64", strict=False))
        return _too_often(self._of_client, network, "you asked very often")

    async def take(self, body: bytes, media_type: str) -> Reply:
        """Takes a request to subscribe or unsubscribe; what it leads to begins after the answer (WebSub 5.1.2)."""
        request = read(body, media_type)
        if isinstance(request, Refusal):
            return Reply(status=request.status, text=request.reason)
        topic = await self._topics.get(request.topic)
        if isinstance(topic, Absent) or self._app.config.hub not in topic.hubs:
            return Reply(status=404, text="hub.topic is no document that names this hub; use the rel=self of one")
        key = key_of(request.topic, request.callback)
        slow = _too_often(self._of_callback, key_of("", request.callback), "this callback was called very often")
        slow = slow or _too_often(self._of_host, request.host, "callbacks on this host were called very often")
        if slow is not None:
            return slow
        intent = Intent(
            key=key,
            mode=request.mode,
            topic=request.topic,
            callback=request.callback,
            host=request.host,
            lease=request.lease,
            secret=request.secret,
            version=topic.version,
            at=self._app.now(),
        )
        try:
            if topic.made and request.mode == "subscribe" and await self._are_too_many(request.topic):
                return Reply(status=503, text="too many documents of this kind are subscribed to", retry_after=3600)
            taken = await self._app.db(self._memory.ask, intent, most=MOST, most_of_host=MOST_OF_HOST)
        except StoreError as error:
            self._tell(error)
            return Reply(status=503, text="the hub cannot write at the moment", retry_after=60)
        if not taken:
            return Reply(status=503, text="the hub has as many subscriptions as it can hold", retry_after=3600)
        self.wake()
        return Reply(status=202, text="accepted; the callback will be asked whether it was meant")

    async def _are_too_many(self, topic: str) -> bool:
        """Whether so many other documents are subscribed to that are made when they are asked for."""
        files = set(self._topics.addresses())
        made = {plain(each) for each in await self._app.db(self._memory.topics, self._app.now())} - files
        return len(made - {plain(topic)}) >= MOST_MADE

    # ---- what is due

    def published(self) -> None:
        """Look what is due: something was published."""
        self._publishes += 1
        self.wake()

    def wake(self) -> None:
        """Look what is due: something was asked for, or has ended."""
        self._woken.set()

    async def run(self) -> None:
        """Calls callbacks, whenever that is due, until it is cancelled."""
        while True:
            self._woken.clear()
            try:
                wait = await self._begin_what_is_due()
            except (OSError, StoreError) as error:
                self._tell(error)
                wait = LONGEST_WAIT
            except Exception:  # a bug of ours must not be the end of the hub; it is told with its traceback
                log.exception("bug in the hub")
                wait = LONGEST_WAIT
            else:
                self._problem = None
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()

    async def close(self, deadline: float) -> None:
        """Lets calls end for ``deadline`` seconds; what did not come through by then is due at the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=deadline)
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._ended:
            await self._app.db(self._memory.settle, self._ended)

    async def _begin_what_is_due(self) -> float:
        """Begins every call that is due; gives the seconds until there may be more."""
        now = self._app.now()
        for intent in await self._app.db(self._memory.intents, AT_ONCE, frozenset(self._busy)):
            self._busy.add(intent.key)
            self._begin(self._ask(intent))
        addresses = await self._app.db(self._memory.topics, now)
        self._made = {address: self._made[address] for address in addresses if address in self._made}
        for address in addresses:
            topic = self._current[address] if self._is_fresh(address) else await self._topics.get(address)
            if isinstance(topic, Topic) and self._app.config.hub in topic.hubs:
                self._current[address] = topic
                if topic.made and not self._is_fresh(address):
                    self._made[address] = self._publishes, asyncio.get_running_loop().time()
                await self._begin_deliveries(address, topic.version)
            elif topic is Absent.NEVER or not self.is_open:
                told = await self._app.db(self._memory.deny, address, now)
                log.info("subscriptions ended", topic=address, subscriptions=told, reason="it is published no longer")
                self.wake()
        if self._busy:
            return BUSY_WAIT
        self._current = {address: self._current[address] for address in self._made}  # the others are files
        if any(publish != self._publishes for publish, _ in self._made.values()):
            return MADE_EVERY
        again = await self._app.db(self._memory.next_try, now)
        return min(LONGEST_WAIT, max(0.0, (again - now).total_seconds())) if again is not None else LONGEST_WAIT

    def _is_fresh(self, address: str) -> bool:
        """Whether it is made when it is asked for, and cannot have changed since, or was made only just now."""
        publish, at = self._made.get(address, (-1, 0.0))
        just_now = publish >= 0 and asyncio.get_running_loop().time() - at < MADE_EVERY
        return publish == self._publishes or just_now

    async def _begin_deliveries(self, address: str, version: str) -> None:
        due = await self._app.db(
            self._memory.due,
            address,
            version,
            self._app.now(),
            limit=AT_ONCE,
            most_failures=LIMIT,
            besides=frozenset(self._busy),
        )
        for subscription in due:
            self._busy.add(subscription.key)
            self._begin(self._deliver(subscription, address))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("bug in the hub", exc_info=error)

    # ---- does the callback mean it?

    async def _ask(self, intent: Intent) -> None:
        """Verifies what was asked for (WebSub 5.3), or says that it is not to be had any more (5.2)."""
        try:
            done = await self._lanes.call(intent.host, 0, lambda: self._told(intent))
            if done is None:
                await self._app.db(self._memory.drop, intent)
        except StoreError as error:
            self._tell(error)
        finally:
            self._busy.discard(intent.key)

    async def _told(self, intent: Intent) -> bool:
        challenge = token_urlsafe(32)
        asked = self._app.now()
        said = {"hub.mode": intent.mode, "hub.topic": intent.topic}
        if intent.mode == "denied":
            said["hub.reason"] = "this document is not published any more"
        else:
            said["hub.challenge"] = challenge
        if intent.mode == "subscribe":
            said["hub.lease_seconds"] = str(intent.lease // timedelta(seconds=1))
        address = with_parameters(intent.callback, said)
        answer = await self._app.call_back(address, asked, max_bytes=ECHO_BYTES, timeout=TIMEOUT)
        if intent.mode == "denied":
            await self._app.db(self._memory.drop, intent)
        elif isinstance(answer, Answer) and compare_digest(answer.body, challenge.encode()):
            await self._app.db(self._memory.confirm, intent, asked, self._app.now())
            log.info(f"{intent.mode}d", topic=intent.topic, host=intent.host)
        else:
            why = answer.detail if not isinstance(answer, Answer) else "it did not give the challenge back"
            await self._app.db(self._memory.drop, intent)
            log.info("not confirmed", mode=intent.mode, topic=intent.topic, host=intent.host, why=why)
        return True

    # ---- deliveries

    async def _deliver(self, to: Subscription, address: str) -> None:
        ended = await self._lanes.call(to.host, len(self._current[address].body), lambda: self._sent(to, address))
        if ended is None:
            ended = self._ending(to, self._current[address], failures=to.failures + 1)
        self._ended.append(ended)
        if len(self._ended) == 1:
            self._begin(self._settle())

    async def _sent(self, to: Subscription, address: str) -> Delivered:
        """One delivery (WebSub 7): the newest version, whichever it was when this one was found to be due."""
        topic = self._current[address]
        headers = {"Link": topic.link}
        if to.secret is not None:
            headers["X-Hub-Signature"] = await asyncio.to_thread(signature, to.secret, topic.body)
        content = (topic.media_type, topic.body)
        answer = await self._app.call_back(
            to.callback, self._app.now(), content=content, headers=headers, timeout=TIMEOUT
        )
        if isinstance(answer, Answer):
            self._app.figures.deliveries["ok"] += 1
            return self._ending(to, topic, failures=0)
        self._app.figures.deliveries["gone" if answer.status == GONE else "failed"] += 1
        log.info("not delivered", topic=to.topic, host=to.host, why=answer.detail, failures=to.failures + 1)
        return self._ending(to, topic, failures=to.failures + 1, gone=answer.status == GONE)

    def _ending(self, to: Subscription, topic: Topic, *, failures: int, gone: bool = False) -> Delivered:
        again = next_try(self._app.now(), failures, self._pause)
        return Delivered(key=to.key, version=topic.version, failures=failures, next_try=again, gone=gone)

    async def _settle(self) -> None:
        """Writes down what ended; until that is done nothing of it is due again."""
        await asyncio.sleep(GATHERED)
        ended, self._ended = self._ended, []
        while True:
            try:
                await self._app.db(self._memory.settle, ended)
            except StoreError as error:
                self._tell(error)
                await asyncio.sleep(BUSY_WAIT)
            else:
                break
        self._busy.difference_update(each.key for each in ended)
        self.wake()

    @property
    def _memory(self) -> Subscriptions:
        return self._app.store.subscriptions

    def _tell(self, error: OSError | StoreError) -> None:
        if str(error) != self._problem:
            log.error("the hub cannot work", error=str(error), advice="tried again each minute")
        self._problem = str(error)


def _too_often(limit: Limit, who: str, what: str) -> Reply | None:
    now = asyncio.get_running_loop().time()
    wait = limit.wait(who, now)
    if wait:
        return Reply(status=429, text=f"{what}; come again later", retry_after=int(wait) + 1)
    limit.take(who, now)
    return None
