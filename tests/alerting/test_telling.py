"""What receivers are told, how often, and what becomes of it when they, or this program, are not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from emptystore import empty_store
from told import Listener

from aggregator.alerting.alerts import Alerts, look_and_tell
from aggregator.alerting.sights import Own, of_rules
from aggregator.alerting.tell import GATHERING, WAITS, Tell
from aggregator.alerting.watch import Watch
from aggregator.config import load
from aggregator.model import Code, HealthChange, LiveRule, PollPlan
from aggregator.pipeline import publish_if_due
from aggregator.polls import poll_round
from aggregator.wiring import App, open_app

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Planet:
    """A configuration, a clock, and the program opened on it as often as wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = START
        empty_store(folder)
        (folder / "seeds").mkdir()
        self.seed("one")

    def seed(self, name: str) -> None:
        (self.folder / "seeds" / f"{name}.md").write_text(f"# About {name}\n\nText of {name}.\n")

    def configure(self, *receivers: str, sources: int = 1) -> None:
        alerts = "".join(f"  - {{{each}}}\n" for each in receivers)
        listed = "".join(f"  - {{id: s{n}, url: 'https://s{n}.example/feed', tags: [t{n}]}}\n" for n in range(sources))
        (self.folder / "config.yaml").write_text(
            "site: {title: Planet, url: 'https://p.example/'}\nnetwork: {allow: ['127.0.0.1']}\n"
            f"alerts:\n{alerts or '  []'}\nsources:\n  - {{id: seeds, folder: seeds}}\n{listed}"
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[App]:
        app = await open_app(load(self.folder / "config.yaml", {}), now=lambda: self.now)
        try:
            yield app
        finally:
            await app.close()

    async def told(self, tell: Tell, after: timedelta = timedelta(0)) -> None:
        """Some time later receivers are told what there is to tell."""
        self.now += after
        await tell.begin()
        await tell.wait()


@pytest.fixture
def planet(tmp_path: Path) -> Planet:
    return Planet(tmp_path)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as running:
        yield running


def alert(subject: str, at: datetime, **fields: Any) -> HealthChange:
    given: dict[str, Any] = {
        "kind": "source", "before": "failing", "after": "failing", "about": "failing", "alert": "raised",
    }  # fmt: skip
    return HealthChange(subject=subject, at=at, **(given | fields))


def names(listener: Listener) -> list[list[str]]:
    return [[each["subject"] for each in posted.json["alerts"]] for posted in listener.posted]


async def test_many_alerts_are_one_message_and_the_next_ones_wait_for_their_hour(
    planet: Planet, listener: Listener
) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert(f"s{n}", planet.now) for n in range(400)], {}, planet.now)
        await planet.told(tell, GATHERING / 2)
        assert names(listener) == []  # there may be more of it
        await planet.told(tell, GATHERING / 2)
        assert names(listener) == [[f"s{n}" for n in range(400)]]
        app.store.health_changes.record([alert("later", planet.now)], {}, planet.now)
        await planet.told(tell, 50 * MINUTE)
        assert len(listener.posted) == 1
        await planet.told(tell, 10 * MINUTE)
        assert names(listener)[1:] == [["later"]]
        await planet.told(tell, 100 * HOUR)
        assert len(listener.posted) == 2


async def test_what_is_wrong_with_this_machine_does_not_wait_for_the_hour(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now)], {}, planet.now)
        await planet.told(tell, GATHERING)
        machine = alert("publish", planet.now, kind="machine", about="publish-failing")
        app.store.health_changes.record([alert("s1", planet.now), machine], {}, planet.now)
        await planet.told(tell, GATHERING)
        assert names(listener) == [["s0"], ["s1", "publish"]]


async def test_a_clock_that_was_ahead_keeps_nobody_waiting(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    planet.now += 1000 * HOUR
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now)], {}, planet.now)
        await planet.told(tell, GATHERING)
    planet.now = START
    async with planet.opened() as app:
        app.store.health_changes.record([alert("s1", planet.now)], {}, planet.now)
        await planet.told(Tell(app), GATHERING)
    assert names(listener) == [["s0"], ["s1"]]


async def test_an_alert_of_a_time_to_come_does_not_wait_for_it(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now + 24 * HOUR)], {}, planet.now)
        await planet.told(tell, GATHERING)
    assert names(listener) == [["s0"]]


async def test_what_could_not_be_told_for_our_own_network_is_told_when_that_is_back(
    planet: Planet, listener: Listener
) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    listener.statuses = [503] * 4
    offline: list[datetime | None] = [START]
    async with planet.opened() as app:
        alerts = Alerts(app, lambda: Own(offline_since=offline[-1]))
        for _ in range(10):
            await alerts.beat()
            await alerts.wait()
            planet.now += 10 * MINUTE
        asked = len(listener.posted)
        assert app.store.health_changes.reached()["desk"].failures == asked == 4
        await alerts.beat()
        assert len(listener.posted) == asked  # it waits for an hour
        assert "aggregator alerts test desk" in alerts.problems[0]
        offline.append(None)
        await alerts.beat()
        await alerts.wait()
        assert names(listener)[-1] == ["network"]
        planet.now += 10 * MINUTE
        await alerts.beat()
        await alerts.wait()
        told = app.store.health_changes.newest(100, alerts=True)
        assert alerts.problems == []
    assert {each.kind for each in told} == {"machine"}
    assert [each["word"] for each in listener.posted[-1].json["alerts"]] == ["network-down"]


async def test_what_was_before_a_receiver_is_not_told_to_it(planet: Planet, listener: Listener) -> None:
    planet.configure()
    async with planet.opened() as app:
        app.store.health_changes.record([alert("old", planet.now)], {}, planet.now)
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("new", planet.now)], {}, planet.now)
        await planet.told(tell, HOUR)
    assert names(listener) == [["new"]]


async def test_what_the_first_look_finds_is_told_to_a_new_receiver(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    async with planet.opened() as app:
        await polled(app, "s0", Code.GONE, planet.now)
        await look_and_tell(app)
        assert names(listener) == [["s0"]]
    planet.configure(f"id: desk, webhook: '{listener.url}'", f"id: two, webhook: '{listener.url}'", sources=2)
    async with planet.opened() as app:
        await polled(app, "s1", Code.GONE, planet.now)
        alerts = Alerts(app, Own)
        for _ in range(2):
            await alerts.beat()
            await alerts.wait()
            planet.now += HOUR
    assert names(listener) == [["s0"], ["s1"], ["s1"]]


async def test_what_a_command_says_can_be_written_down_by_any_store(planet: Planet) -> None:
    planet.configure("id: desk, command: [sh, -c, 'printf \"a\\\\0b\"; exit 3']")
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now)], {}, planet.now)
        await planet.told(tell, GATHERING)
        assert app.store.health_changes.reached()["desk"].problem == "sh ended with 3: a b"


async def test_half_a_character_of_a_rule_keeps_nobody_from_being_told(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'", "id: log, command: [sh, -c, 'cat > said']")
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now, text="drop: \ud800")], {}, planet.now)
        await planet.told(tell, GATHERING)
    assert listener.posted[0].json["alerts"][0]["text"] == "drop: ?"
    assert "drop: ?" in (planet.folder / "said").read_text()


async def test_a_mail_that_some_have_is_not_sent_to_them_again(planet: Planet) -> None:
    class Choosy:
        taken = 0

        async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, to: str, _options: Any) -> str:
            if to.startswith("gone"):
                return "550 no such user"
            envelope.rcpt_tos.append(to)
            return "250 OK"

        async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:
            self.taken += 1
            return "250 kept"

    loop, choosy = asyncio.get_running_loop(), Choosy()
    server = await loop.create_server(lambda: SMTP(choosy, loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    planet.configure(
        f"id: mail, email: {{host: 127.0.0.1, port: {port}, security: none, from: planet@p.example,"
        " to: [gone@p.example, me@p.example]}"
    )
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now)], {}, planet.now)
        await planet.told(tell, GATHERING)
        await planet.told(tell, 4 * HOUR)
        assert (choosy.taken, app.store.health_changes.reached()["mail"].failures) == (1, 0)
    server.close()
    await server.wait_closed()


async def test_who_cannot_be_told_is_told_all_of_it_later_and_less_and_less_often_asked(
    planet: Planet, listener: Listener
) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    listener.statuses = [500] * 3
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now)], {}, planet.now)
        await planet.told(tell, GATHERING)
        for wait in WAITS[:2]:
            asked = len(listener.posted)
            await planet.told(tell, wait - timedelta(seconds=1))
            assert len(listener.posted) == asked
            await planet.told(tell, timedelta(seconds=1))
            assert len(listener.posted) == asked + 1
        state = app.store.health_changes.reached()["desk"]
        assert (state.failures, state.failing_since) == (3, START + GATHERING)
        assert "500" in (state.problem or "")
    app_restarted = planet.opened()
    async with app_restarted as app:  # what is known of it lasts
        tell = Tell(app)
        await planet.told(tell, WAITS[2] - timedelta(seconds=1))
        assert len(listener.posted) == 3
        app.store.health_changes.record([alert("s1", planet.now)], {}, planet.now)
        await planet.told(tell, timedelta(seconds=1))
        assert names(listener)[-1] == ["s0", "s1"]
        state = app.store.health_changes.reached()["desk"]
        assert (state.failures, state.failing_since, state.problem) == (0, None, None)
    ids = [[each["id"] for each in posted.json["alerts"]] for posted in listener.posted]
    assert ids[0] == ids[1] == ids[2] == ids[3][:1]


async def test_a_program_that_is_killed_while_it_tells_tells_it_again(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now)], {}, planet.now)
        before = app.store.health_changes.reached()
        await planet.told(tell, GATHERING)
        app.store.health_changes.note(before.values())  # as if what follows had not been written
    async with planet.opened() as app:
        await planet.told(Tell(app))
    first, second = listener.posted
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_one_that_hangs_holds_up_nobody(planet: Planet, listener: Listener) -> None:
    planet.configure("id: slow, command: [sleep, '60']", f"id: desk, webhook: '{listener.url}'")
    async with planet.opened() as app:
        tell = Tell(app)
        await tell.begin()
        app.store.health_changes.record([alert("s0", planet.now)], {}, planet.now)
        planet.now += GATHERING
        await tell.begin()
        for _ in range(600):
            if listener.posted:
                break
            await asyncio.sleep(0.05)
        assert names(listener) == [["s0"]]
        await tell.begin()  # the slow one is being told: not once more
        await tell.close()
        assert app.store.health_changes.reached()["slow"].position == 0


async def test_a_receiver_that_is_removed_is_forgotten(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    async with planet.opened() as app:
        await planet.told(Tell(app))
        assert app.store.health_changes.reached().keys() == {"desk"}
    planet.configure()
    async with planet.opened() as app:
        await planet.told(Tell(app))
        assert app.store.health_changes.reached() == {}


async def test_no_secret_is_in_what_is_known_of_a_failure(planet: Planet) -> None:
    planet.configure("id: desk, command: [sh, -c, 'echo tk_0123456789abcdef; exit 1']",
                     "id: phone, ntfy: {url: 'http://127.0.0.1:9/t', token: tk_0123456789abcdef}")  # fmt: skip
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now)], {}, planet.now)
        await planet.told(tell, GATHERING)
        problems = [each.problem for each in app.store.health_changes.reached().values()]
    assert len(problems) == 2
    assert "tk_0123456789abcdef" not in str(problems)
    assert "***" in str(problems)


async def test_new_entries_are_told_once_they_are_published_and_only_once(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}', on: [publish]", sources=0)
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        await poll_round(app, {"seeds"}, lambda *_: None)
        await publish_if_due(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now)], {}, planet.now)
        await planet.told(tell, HOUR)
    assert [[each["title"] for each in posted.json["entries"]] for posted in listener.posted] == [["About one"]]
    planet.seed("two")
    async with planet.opened() as app:
        planet.now += 2 * HOUR
        await poll_round(app, {"seeds"}, lambda *_: None)
        await publish_if_due(app)
    async with planet.opened() as app:  # it ended before it could tell
        tell = Tell(app)
        await planet.told(tell)
        await planet.told(tell)
    [_, posted] = listener.posted
    assert posted.json["type"] == "publish"
    assert [(each["title"], each["output"]) for each in posted.json["entries"]] == [("About two", "main")]
    assert "https://p.example/feed.atom" in posted.json["documents"]


async def test_what_is_private_is_told_to_nobody(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}', on: [publish]", sources=0)
    config = planet.folder / "config.yaml"
    config.write_text(config.read_text() + "outputs:\n  - {id: main, tokens: {me: abcdefghijklmnopqrst}}\n")
    async with planet.opened() as app:
        tell = Tell(app)
        await planet.told(tell)
        await poll_round(app, {"seeds"}, lambda *_: None)
        await publish_if_due(app)
        await planet.told(tell, HOUR)
    assert listener.posted == []


# ---- what there is to tell


async def polled(app: App, source: str, code: Code, now: datetime, **state: Any) -> None:
    """A poll that ended so."""
    [claim] = app.store.queue.claim(now, 1, MINUTE, only=[source], force=True)
    fine = code in (Code.OK, Code.NOT_MODIFIED)
    after = replace(
        claim.state, code=code, failures=0 if fine else claim.state.failures + 1, last_poll=now, detail="why",
        next_poll_at=now + HOUR, last_success=now if fine else claim.state.last_success, **state,
    )  # fmt: skip
    app.store.polls.record(PollPlan(source=source, state=after), claim, now)


def found(changes: tuple[HealthChange, ...]) -> list[tuple[str, str, str, str | None]]:
    return [(each.subject, each.before, each.after, each.alert) for each in changes]


async def test_a_look_finds_what_has_changed_and_the_next_one_nothing(planet: Planet) -> None:
    planet.configure(sources=3)
    async with planet.opened() as app:
        watch = Watch(app)
        for n in range(3):
            await polled(app, f"s{n}", Code.OK, planet.now)
        assert found(await watch.look(Own())) == []
        planet.now += HOUR
        await polled(app, "s0", Code.HTTP_5XX, planet.now)
        await polled(app, "s1", Code.GONE, planet.now)
        assert found(await watch.look(Own())) == [("s0", "ok", "failing", None), ("s1", "ok", "gone", "raised")]
        assert found(await watch.look(Own())) == []
        planet.now += HOUR
        await polled(app, "s0", Code.OK, planet.now)
        assert found(await watch.look(Own())) == [("s0", "failing", "ok", None)]
        assert len(app.store.health_changes.newest(10)) == 3


async def test_a_restart_raises_nothing_again(planet: Planet) -> None:
    planet.configure(sources=1)
    async with planet.opened() as app:
        await polled(app, "s0", Code.GONE, planet.now)
        assert len(await Watch(app).look(Own())) == 1
    async with planet.opened() as app:
        assert await Watch(app).look(Own()) == ()


async def test_what_is_switched_off_or_removed_is_over_without_a_word(planet: Planet) -> None:
    planet.configure(sources=2)
    async with planet.opened() as app:
        await polled(app, "s0", Code.GONE, planet.now)
        await polled(app, "s1", Code.GONE, planet.now)
        await Watch(app).look(Own())
    planet.configure(sources=1)
    config = planet.folder / "config.yaml"
    config.write_text(config.read_text().replace("tags: [t0]", "enabled: false"))
    async with planet.opened() as app:
        assert await Watch(app).look(Own()) == ()
        assert app.store.health_changes.standings() == ()


async def test_during_an_outage_nothing_is_said_of_sources_and_one_thing_of_the_machine(planet: Planet) -> None:
    planet.configure(sources=2)
    async with planet.opened() as app:
        watch = Watch(app)
        await watch.look(Own())
        since = planet.now
        said = []
        for _ in range(12):
            planet.now += 10 * MINUTE
            await polled(app, "s0", Code.DNS, planet.now)
            said += found(await watch.look(Own(offline_since=since)))
        assert said == [
            ("network", "ok", "network-down", None),
            ("network", "network-down", "network-down", "raised"),
        ]


async def test_a_source_is_not_judged_while_it_is_not_known_who_is_to_blame(planet: Planet) -> None:
    planet.configure(sources=1)
    async with planet.opened() as app:
        watch = Watch(app)
        await watch.look(Own())
        await polled(app, "s0", Code.DNS, planet.now)
        assert await watch.look(Own(doubted={"s0"})) == ()
        planet.now += 10 * HOUR  # long after what was polled since the last look
        assert found(await watch.look(Own())) == [("s0", "ok", "failing", None)]


async def test_what_the_service_knows_of_itself_is_told_after_minutes(planet: Planet) -> None:
    planet.configure()
    async with planet.opened() as app:
        watch = Watch(app)
        said = []
        for _ in range(3):
            said += found(await watch.look(Own(problems={"publish": "No space left", "store": None})))
            planet.now += 6 * MINUTE
        assert said == [
            ("publish", "ok", "publish-failing", None),
            ("publish", "publish-failing", "publish-failing", "raised"),
        ]


async def test_who_cannot_be_told_for_an_hour_is_told_to_the_others(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'", "id: lost, command: ['false']")
    async with planet.opened() as app:
        watch, tell = Watch(app), Tell(app)
        await planet.told(tell)
        app.store.health_changes.record([alert("s0", planet.now)], {}, planet.now)
        for _ in range(20):
            await watch.look(Own())
            await planet.told(tell, 10 * MINUTE)
    assert names(listener) == [["s0"], ["lost"]]
    assert listener.posted[1].json["alerts"][0]["word"] == "unreachable"


FULL = "CREATE TRIGGER full BEFORE INSERT ON health_changes BEGIN SELECT raise(ABORT, 'full'); END"


async def test_what_the_store_does_not_take_is_written_once_it_does(planet: Planet, monkeypatch: Any) -> None:
    planet.configure(sources=1)
    async with planet.opened() as app:
        watch = Watch(app)
        await polled(app, "s0", Code.GONE, planet.now)
        with app.store.health_changes._database.writing() as db:
            db.exec_driver_sql(
                "CREATE TRIGGER full BEFORE INSERT ON health_changes BEGIN SELECT raise(ABORT, 'full'); END"
            )
        with pytest.raises(Exception, match="full"):
            await watch.look(Own())
        with app.store.health_changes._database.writing() as db:
            db.exec_driver_sql("DROP TRIGGER full")
        await watch.look(Own())
        assert [each.subject for each in app.store.health_changes.newest(10)] == ["s0"]


async def test_that_the_store_takes_nothing_is_told_all_the_same(planet: Planet, listener: Listener) -> None:
    planet.configure(f"id: desk, webhook: '{listener.url}'")
    problem: list[str | None] = ["the disk is full"]
    async with planet.opened() as app:
        alerts = Alerts(app, lambda: Own(problems={"store": problem[-1]}))
        problem.append(None)
        await alerts.beat()
        problem.append("the disk is full")
        with app.store.health_changes._database.writing() as db:
            db.exec_driver_sql(FULL)
        for _ in range(5):
            planet.now += MINUTE
            await alerts.beat()
            await alerts.wait()
        assert [[each["word"] for each in posted.json["alerts"]] for posted in listener.posted] == [["store-failing"]]
        with app.store.health_changes._database.writing() as db:
            db.exec_driver_sql("DROP TRIGGER full")
        for _ in range(3):
            planet.now += MINUTE
            await alerts.beat()
            await alerts.wait()
    urged, told = listener.posted
    assert urged.json["alerts"] == told.json["alerts"]


async def test_a_secret_in_a_rule_that_never_matched_is_hidden(planet: Planet) -> None:
    planet.configure()
    async with planet.opened() as app:
        rule = LiveRule(owner="s0", kind="drop", text="title ~ 'k7-0123456789'")
        app.store.rule_counts.follow([rule], planet.now - 200 * 24 * HOUR)
        [seen] = of_rules(app.store, lambda text: text.replace("k7-0123456789", "***"), planet.now)
    assert (seen.word, seen.text) == ("never-matched", "drop: title ~ '***'")
