"""The background service: apscheduler's heartbeat, the web server, signals and the drain.

The scheduler only beats. Who is due stands in the store, so restarts, back-off and waits that servers ask for need no
scheduler features (and a late beat drops nothing: apscheduler's default misfire_grace_time of one second would).
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import resource
import signal
from functools import partial
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator import __version__
from aggregator.administering import Administering
from aggregator.alerting.alerts import Alerts
from aggregator.alerting.sights import Own
from aggregator.asked import Asking
from aggregator.beats import beats
from aggregator.clock import Clock
from aggregator.coalescing import LOOK, calm
from aggregator.config.redaction import store_shown
from aggregator.errors import AggregatorError, PublishError, StoreError
from aggregator.hub.hub import Hub
from aggregator.hub.pings import Pings
from aggregator.hub.topics import Topics
from aggregator.instruments import Instruments
from aggregator.logs import get_logger
from aggregator.notify import Notify, handed_over
from aggregator.pipeline import publish, publish_if_due
from aggregator.polls import Polls, put_off_rereading
from aggregator.publish.parts import without
from aggregator.pulse import Pulse
from aggregator.reloading import Reloading
from aggregator.schedule import MOST_STARTS_PER_SECOND
from aggregator.serve import AtOnce, Deltas, Documents, Private, Subscribers, WebServer, archive, create_app, media
from aggregator.serve.admin import admin
from aggregator.serve.asked import routes as asked
from aggregator.serve.documents import max_age
from aggregator.serve.guard import Guard
from aggregator.serve.hub import hub_route
from aggregator.serve.metrics import metrics
from aggregator.serve.ops import ops
from aggregator.serve.status import status_routes
from aggregator.serve.subscribers import SETTING as SUBSCRIBERS
from aggregator.status_board import STATES, StatusBoard
from aggregator.websub import MOST_BYTES, Limit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from aggregator.config import Config
    from aggregator.model import PollPlan
    from aggregator.pipeline import Published
    from aggregator.wiring import App

log = get_logger()

logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a beat skipped because the last one is still busy is no news

BEAT_SECONDS = 1
COUNT_SECONDS = 60
"""How often the number of subscribers is written down: what was heard since is lost when the process is killed."""

INDEXED_AT_ONCE = 500
"""Articles that were there before the index of tags was, and are taken into it in a second: 60 ms."""

DRAIN_SECONDS = 10.0
"""What polls under way get after SIGTERM; with the last publish, all of it stays within 15 s."""


OPEN_FILES = 8192
"""That may be open at a time, where the system lets us: 512 readers and 576 polls do not fit into the usual 1,024."""


def allow_open_files() -> None:
    """Raise the limit of open files as far as is needed and may be done without being asked (``ulimit -Hn``)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Service:
    """One running service. ``load`` reads the configuration anew (raises ConfigError)."""

    def __init__(self, app: App, load: Callable[[], Config], notify: Notify | None = None) -> None:
        self._clock = Clock(app.now)
        app.now = self._clock.now
        self._app = app
        self._polls = Polls(app, self._tell)
        self._documents = Documents()
        self._asking = Asking(app, self._documents)
        self._shown = asyncio.Event()
        """Whether there are documents that nobody has compressed."""
        self._deltas = Deltas(without)
        self._private = Private(Documents(private=True), app.config.outputs)
        self._documents.hide(self._private.holds)
        topics = Topics(app, self._asking.answer)
        self._hub, self._pings = Hub(app, topics), Pings(app, topics)
        self._alerts = Alerts(app, self._own)
        self._counted = app.store.setting(SUBSCRIBERS)
        """What is written down of the subscribers."""
        self._subscribers = Subscribers(app.now(), self._counted)
        self._guard = Guard(lambda: app.config.server.lookers, Limit(burst=10, a_minute=10))
        """Who may see the pages of the operator."""
        self._of_this_machine = Guard(lambda: app.config.server.lookers, Limit(burst=10, a_minute=10), unlocked="local")
        """The same for pages that others see only with a token."""
        self._of_writers = Guard(
            lambda: app.config.server.writers, Limit(burst=10, a_minute=10), unlocked="hidden", anywhere=False
        )
        """Who may write."""
        self._board = StatusBoard(
            app,
            offline_since=lambda: self._polls.offline_since,
            problems=self._problems,
            subscribers=lambda: self._subscribers.tally().total,
        )
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._settled = asyncio.Lock()
        """Held by a publish, which has one configuration until its documents are shown, and by who changes that."""
        self._notify = notify if notify is not None else Notify()
        self._reloading = Reloading(app, load, self._settled, self._took, self._notify)
        self._crash: BaseException | None = None
        self._store_problem: str | None = None
        """Why no poll can be started."""
        self._mended: BaseException | None = None
        """The last poll that could not be recorded, where others were recorded after it."""
        self._publish_problem: str | None = None
        """Why the last publish failed."""
        self._instruments = Instruments(
            app, self._polls, self._subscribers, problems=self._problems, trusted=lambda: self._guard.locked
        )
        self._pulse = Pulse(app, self._notify, self._instruments.line)
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )

    async def run(self) -> None:
        """Serve, poll and publish until SIGTERM or SIGINT, then drain.

        Raises UsageError where the address to serve at is taken; StoreError where the store fails for good.
        """
        allow_open_files()
        gc.freeze()  # what is imported stays: a full collection that walks through it all stops every thread for 0.2 s
        server = self._app.config.server
        await self._show()
        await self._count_beat()
        await put_off_rereading(self._app)
        administering = Administering(
            self._app,
            self._polls,
            publish=self._publish_now,
            reload=self._reloading.now,
            stopping=self._stop.is_set,
        )
        web = WebServer(
            create_app(
                self._documents,
                unready=self._unready,
                status=self._board.as_json,
                routes=[
                    metrics(self._instruments.exposition, self._of_this_machine),
                    *admin(administering.actions(), self._of_writers, self._app.figures.admin),
                    hub_route(self._hub, MOST_BYTES),
                    media(lambda: self._app.config.public),
                    archive(self._highest_archive),
                    ops(self._alerts.feed, self._guard, self._app.now),
                    *status_routes(self._board.page, self._guard, STATES),
                    *asked(self._asking.answer),
                ],
                saw=self._saw,
                deltas=self._deltas,
                private=self._private,
                guard=self._guard,
            ),
            at_once=AtOnce(self._documents, self._saw),
            answers=self._app.figures.answers,
            on_crash=self._web_ended,
        )
        self._instruments.connections = lambda: web.connections
        await web.start(server.host, server.port, handed_over(os.environ))
        self._listen()
        facts = {"sources": len(self._app.sources), "store": store_shown(self._app.config.store)}
        log.info("serving", url=f"http://{server.host}:{web.port}/", version=__version__, **facts)
        self._notify.ready()
        self._scheduler.add_job(self._poll_beat, "interval", seconds=BEAT_SECONDS, next_run_time=self._app.now())
        self._scheduler.add_job(self._publish_beat, "interval", seconds=LOOK, next_run_time=self._app.now())
        self._scheduler.add_job(self._reloading.beat, "interval", seconds=BEAT_SECONDS)
        self._scheduler.add_job(self._count_beat, "interval", seconds=COUNT_SECONDS)
        self._scheduler.add_job(self._index_beat, "interval", seconds=BEAT_SECONDS, id="index")
        for beat in beats(self._app, self._stop.is_set):
            self._scheduler.add_job(beat.turn, "interval", seconds=beat.seconds)
        self._scheduler.start()
        beating = asyncio.create_task(self._keep_beating())
        telling = [asyncio.create_task(each.run()) for each in (self._hub, self._pings, self._alerts)]
        compressing = asyncio.create_task(self._keep_compressing())
        pulsing = asyncio.create_task(self._pulse.run())
        try:
            await self._stop.wait()
        finally:
            beating.cancel()
            for task in telling:
                task.cancel()
            compressing.cancel()
            pulsing.cancel()
            await self._drain(web)
        if self._crash is not None:
            raise AggregatorError(f"the web server ended: {self._crash}; start the service again") from self._crash

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ask_to_stop)
        terminals = [each for each in range(3) if os.isatty(each)]

        def hung_up() -> None:
            """Both ``systemctl reload`` and a terminal that is closed send SIGHUP; a closed one is no terminal more."""
            gone = [each for each in terminals if not os.isatty(each)]
            if 0 not in gone:
                self._reloading.ask()
                return
            for each in gone:
                os.dup2(os.open(os.devnull, os.O_RDWR), each)  # a record of the drain that cannot be written ends it
            self._ask_to_stop()

        loop.add_signal_handler(signal.SIGHUP, hung_up)

    def _ask_to_stop(self) -> None:
        (self._hurry if self._stop.is_set() else self._stop).set()

    async def _drain(self, web: WebServer) -> None:
        """Take no new polls, let running ones end, publish what they brought, close."""
        log.info("stopping", polls_under_way=len(self._polls))
        self._notify.stopping()
        if self._scheduler.running:
            logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # that beats are broken off is no error
            self._scheduler.shutdown(wait=False)
        patient = asyncio.create_task(self._polls.drain(DRAIN_SECONDS))
        impatient = asyncio.create_task(self._hurry.wait())
        await asyncio.wait((patient, impatient), return_when=asyncio.FIRST_COMPLETED)
        impatient.cancel()
        if not patient.done():
            patient.cancel()
            await asyncio.wait((patient,))
            await self._polls.drain(0)
        await self._publish_if_due()
        await self._hub.close(1.0)
        await web.stop(2.0)
        await self._count_beat()
        log.info("stopped")

    async def _highest_archive(self, output: str) -> int:
        highest = await self._app.db(self._app.store.archives.highest, output)
        return highest if not self._private.holds(f"/{output}/") else 0  # as long as it takes where there is nothing

    async def _poll_beat(self) -> None:
        """Start what is due."""
        if self._stop.is_set() or not await self._clock_is_right():
            self._pulse.turned("poll")
            return
        try:
            await self._polls.start(limit=MOST_STARTS_PER_SECOND * BEAT_SECONDS)
        except StoreError as error:
            if str(error) != self._store_problem:
                log.error("cannot poll", error=str(error), advice="tried again each second")
            self._store_problem = str(error)
        else:
            self._store_problem = None
        self._pulse.turned("poll")

    async def _clock_is_right(self) -> bool:
        """Whether polls may start: not until those of the time before have ended, where the wall clock was set."""
        by = self._clock.set_by()
        if not by or len(self._polls):
            return not by
        await self._app.db(self._app.store.queue.clock_was_set, self._clock.began, by)
        self._clock.follow(by)
        advice = "every wait lasts as long as it did; if this is no correction, look for what sets the clock"
        log.warning("the clock was set", seconds=round(by.total_seconds()), advice=advice)
        return True

    async def _keep_beating(self) -> None:
        """apscheduler reckons by the wall clock: where that is set back by a day, it would sleep for a day."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = self._clock.wall()
            for job in self._scheduler.get_jobs():
                if job.next_run_time > now + 2 * job.trigger.interval:
                    job.modify(next_run_time=now)

    async def _publish_beat(self) -> None:
        """Publish once for all that changed since the last time, and for what is changing."""
        if not self._stop.is_set():
            await self._publish_if_due(wait=partial(calm, partial(self._app.db, self._app.store.publish_seq)))
        self._pulse.turned("publish")

    async def _publish_now(self) -> Published:
        """Publish what there is, whether that is due or not. Raises as the pipeline does."""
        async with self._settled:
            published = await publish(self._app)
            await self._show(published.written)
        return published

    async def _publish_if_due(self, wait: Callable[[], Awaitable[None]] | None = None) -> None:
        try:
            async with self._settled:
                published = await publish_if_due(self._app, wait)
                if published is not None:
                    await self._show(published.written)
        except (OSError, StoreError, PublishError) as error:
            problem = str(error)
            if isinstance(error, OSError):
                problem = f"{error.strerror}: {error.filename or self._app.config.public}"
            self._app.figures.publishes["failed"] += 1
            if problem != self._publish_problem:
                log.error("cannot publish", error=problem, advice="the last documents stay; tried again each second")
            self._publish_problem = problem
        else:
            self._publish_problem = None

    def _saw(self, path: str, agent: bytes, address: str) -> None:
        self._subscribers.saw(path, agent, address, self._app.config.outputs[0].id)

    async def _count_beat(self) -> None:
        """Write down how many subscribers there are, and let the sources know."""
        self._subscribers.turn(self._app.now())
        counted = self._subscribers.as_text()
        try:
            await self._app.tell(self._subscribers.tally().total)
            if counted != self._counted:
                await self._app.db(self._app.store.set_setting, SUBSCRIBERS, counted)
        except StoreError as error:
            log.error("cannot write down the subscribers", error=str(error), advice="tried again each minute")
        else:
            self._counted = counted

    async def _index_beat(self) -> None:
        """Let what was stored by an older version be found by its tags; once it is, there is nothing more to do."""
        try:
            if self._stop.is_set():
                return
            indexed = await self._app.db(self._app.store.articles.index_more, INDEXED_AT_ONCE)
        except StoreError as error:
            log.error("cannot index", error=str(error), advice="tried again each second")
            return
        if indexed:
            return
        self._scheduler.remove_job("index")
        self._asking.forget()

    async def _show(self, changed: Collection[str] | None = None) -> None:
        """Let readers have what is in the folders, and what is new in the documents that ``changed``."""
        config = self._app.config
        intervals = (each.interval for each in config.sources if each.enabled and each.interval is not None)
        private = self._private.documents
        self._documents.max_age = private.max_age = max_age(min((config.polling.floor, *intervals)))
        await self._app.publishing(self._documents.load, config.public, now=self._app.now())
        if config.private.is_dir():
            await self._app.publishing(private.load, config.private, now=self._app.now())
        self._asking.forget()
        self._shown.set()
        self._hub.published()
        self._pings.wake()
        self._alerts.wake()
        self._deltas.load(await self._app.db(self._app.store.outputs.editions, changed))

    async def _keep_compressing(self) -> None:
        """Compress what was published, one publish after the other; until then it is served as it is."""
        while True:
            await self._shown.wait()
            self._shown.clear()
            await asyncio.to_thread(self._documents.compress)
            await asyncio.to_thread(self._private.documents.compress)

    def _unready(self) -> str | None:
        if self._stop.is_set():
            return "the service is stopping"
        return self._store_problem or self._record_problem or self._publish_problem or self._pulse.problem()

    @property
    def _record_problem(self) -> str | None:
        """Why the last poll that ended could not be written down."""
        failure = self._polls.failure
        return f"a poll could not be recorded: {failure}" if failure is not self._mended else None

    def _problems(self) -> list[str]:
        own = (self._reloading.problem, self._store_problem, self._record_problem, self._publish_problem)
        return [*filter(None, own), *self._alerts.problems]

    def _own(self) -> Own:
        """What is to be known for alerts."""
        problems = {
            "store": self._store_problem or self._record_problem,
            "publish": self._publish_problem,
            "configuration": self._reloading.problem,
        }
        polls = self._polls
        return Own(offline_since=polls.offline_since, doubted=polls.doubted, problems=problems)

    def _web_ended(self, error: BaseException) -> None:
        log.error("the web server ended", error=str(error), advice="the service stops; start it again")
        self._crash = error
        self._stop.set()

    def _took(self) -> None:
        """Another configuration is in force."""
        self._private.use(self._app.config.outputs)
        self._documents.hide(self._private.holds)
        self._asking.forget()  # what has become private may be in it
        self._board.forget()

    def _tell(self, decided: PollPlan, seconds: float) -> None:
        self._app.figures.polled(decided, seconds)
        self._instruments.polled(decided)
        self._mended = self._polls.failure
        state = decided.state
        offline = self._polls.offline_since is not None  # warned of once, not for every source
        write = log.info if state.failures == 0 or offline else log.warning
        write(
            "polled",
            source=decided.source,
            code=str(state.code),
            text=state.detail,
            ms=round(seconds * 1000),
            next=state.next_poll_at.isoformat(timespec="seconds"),
            reason=state.next_reason,
        )
