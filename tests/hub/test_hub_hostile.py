"""Who subscribes may be anybody: addresses that are not for strangers, answers without end, requests without number."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hub_planet import FORM, SITE, until
from sqlalchemy import insert
from subscriber import echo

from aggregator.hub import hub as hubs
from aggregator.model import Subscribed
from aggregator.store.schema import subscriptions


async def resolved(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0x7f.1", "2130706433", "inside.example"]
)
async def test_no_private_address_is_called(planet: Any, host: str) -> None:
    async with planet(allow="[]", resolve=resolved) as running:
        answer = await running.ask(callback=f"http://{host}:{running.subscriber.port}/cb")
        assert answer.status_code == 202
        await running.settled()
        assert running.subscriber.calls == []
        assert await running.app.db(running.app.store.subscriptions.topics, running.app.now()) == ()


async def test_a_name_that_leads_elsewhere_later_is_not_followed_there(planet: Any) -> None:
    answers = ["127.0.0.1"]

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return list(answers)

    async with planet(resolve=resolve) as running:
        await running.subscribed(callback=running.subscriber.url(host="rebound.example"))
        answers[:] = ["169.254.169.254"]
        running.change()
        await failing(running)
        assert running.subscriber.deliveries() == []
        answers[:] = ["127.0.0.1"]
        running.pass_time(timedelta(minutes=1))
        await until(lambda: running.subscriber.deliveries())


async def failing(running: Any) -> Subscribed:
    for _ in range(500):
        rows = await running.app.db(running.app.store.subscriptions.subscribed, running.app.now())
        if rows and rows[0].failing:
            return rows[0]
        await asyncio.sleep(0.02)
    pytest.fail("nothing failed")


async def test_a_redirect_of_a_delivery_leads_nowhere(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed()
        location = {"Location": running.subscriber.url("/latest/meta-data")}
        running.subscriber.answers["/cb"] = lambda call: (307, location, b"")
        running.change()
        await failing(running)
        assert running.subscriber.deliveries("/latest/meta-data") == []


async def test_an_answer_that_drips_keeps_nobody_waiting(planet: Any) -> None:
    async with planet() as running:
        running.subscriber.dripping.update(f"/drip{number}" for number in range(30))
        for number in range(30):
            assert (await running.ask(callback=running.subscriber.url(f"/drip{number}"))).status_code == 202
        await until(lambda: sum(call.path.startswith("/drip") for call in running.subscriber.calls) == 30)
        assert (await running.ask()).status_code == 202
        await until(lambda: running.subscriber.asked())
        for _ in range(500):
            if await running.app.db(running.app.store.subscriptions.topics, running.app.now()):
                break
            await asyncio.sleep(0.02)
        assert running.subscriber.open == 30, "they were not kept waiting"


async def test_an_answer_without_end_is_no_confirmation(planet: Any) -> None:
    async with planet() as running:
        running.subscriber.answers["/cb"] = lambda call: (200, {}, echo(call)[2] + b"x" * 30_000_000)
        await running.subscribed()
        assert await running.app.db(running.app.store.subscriptions.topics, running.app.now()) == ()


async def test_what_a_subscriber_answers_to_a_delivery_is_not_read(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed()
        running.subscriber.answers["/cb"] = lambda call: (200, {}, b"x" * 30_000_000)
        running.change()
        await until(lambda: running.subscriber.deliveries())
        await running.settled()
        (row,) = await running.app.db(running.app.store.subscriptions.subscribed, running.app.now())
        assert row.failing == 0
        await until(lambda: running.subscriber.open == 0)


async def test_a_callback_in_other_letters_is_the_same(planet: Any) -> None:
    async with planet(resolve=resolved) as running:
        port = running.subscriber.port
        await running.subscribed(callback=f"http://me.example:{port}/cb")
        await running.subscribed(callback=f"HTTP://ME.Example:{port}/%63b")
        running.change()
        await until(lambda: running.subscriber.deliveries() or running.subscriber.deliveries("/%63b"))
        await running.settled()
        assert [call.path for call in running.subscriber.calls if call.method == "POST"] == ["/%63b"]


async def test_paths_in_other_letters_are_others(planet: Any) -> None:
    async with planet() as running:
        for path in ("/cb", "/CB"):
            await running.subscribed(callback=running.subscriber.url(path))
        running.change()
        for path in ("/cb", "/CB"):
            await until(lambda path=path: running.subscriber.deliveries(path))


async def test_ten_thousand_requests_of_one_client_lead_to_few_calls(planet: Any) -> None:
    async with planet() as running:
        codes = []
        for number in range(10_000):
            reply = running.hub.refuses("192.0.2.1")
            if reply is None:
                form = {
                    "hub.mode": "subscribe",
                    "hub.topic": f"{SITE}feed.atom",
                    "hub.callback": running.subscriber.url(f"/cb/{number}"),
                }
                reply = await running.hub.take(urlencode(form).encode(), FORM["content-type"])
            codes.append((reply.status, reply.retry_after is None))
        assert set(codes) == {(202, True), (429, False)}
        await running.settled()
        assert len(running.subscriber.calls) == codes.count((202, True)) < 200


async def test_the_addresses_of_one_network_of_ipv6_are_one_client(planet: Any) -> None:
    async with planet() as running:
        refused = [running.hub.refuses(f"2001:db8::{number:x}") is not None for number in range(200)]
        assert refused[:60] == [False] * 60
        assert all(refused[70:])
        assert running.hub.refuses("2001:db8:0:1::1") is None


async def test_a_folder_that_cannot_be_read_is_not_the_end_of_the_hub(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed()
        file = running.app.config.public / "feed.atom"
        file.unlink()
        file.mkdir()
        running.hub.published()
        await until(lambda: running.hub._problem is not None)
        file.rmdir()
        running.change("Back")
        await until(lambda: running.subscriber.deliveries())


async def test_no_callback_is_called_all_the_time(planet: Any) -> None:
    async with planet() as running:
        codes = [(await running.ask()).status_code for _ in range(20)]
        assert codes == [202] * 5 + [429] * 15
        answer = await running.ask()
        assert 1 <= int(answer.headers["retry-after"]) <= 61


async def test_the_hub_holds_so_many_and_says_so(planet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MOST", 2)
    async with planet() as running:
        for path in ("/one", "/two"):
            await running.subscribed(callback=running.subscriber.url(path))
        answer = await running.ask(callback=running.subscriber.url("/three"))
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        await running.subscribed(callback=running.subscriber.url("/two"))


@pytest.fixture
def without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who hangs is waited for, however slow the machine is: those who come after him do not owe it to his end."""
    monkeypatch.setattr(hubs, "TIMEOUT", timedelta(hours=1))


async def subscribe_all(running: Any, names: Sequence[str], host_of: Callable[[int], str]) -> None:
    """All at once: each in a transaction of its own takes longer than the test. Those who hang are due first."""
    now = running.app.now()
    rows = [
        {
            "key": hubs.key_of(f"{SITE}feed.atom", running.subscriber.url(name, host_of(number))),
            "topic": f"{SITE}feed.atom",
            "callback": running.subscriber.url(name, host_of(number)),
            "host": host_of(number),
            "secret": None,
            "until": now + timedelta(days=1),
            "delivered": "0" * 32,
            "failed": None,
            "failures": 0,
            "next_try": now - timedelta(seconds="hang" in name),
        }
        for number, name in enumerate(names)
    ]
    with running.app.store._database.writing() as db:
        db.execute(insert(subscriptions), rows)


async def test_those_who_hang_keep_nobody_waiting(planet: Any, without_end: None) -> None:
    """1,000 subscribers, of whom 100 never answer: the others have the new version while these still hang."""
    async with planet() as running:
        names = [f"/hang/{number}" if number % 10 == 0 else f"/cb/{number}" for number in range(1000)]
        running.subscriber.hanging.update(name for name in names if name.startswith("/hang"))
        await subscribe_all(running, names, lambda number: f"127.0.{1 + number // 250}.{1 + number % 250}")
        running.change()
        calls = running.subscriber.calls
        await until(lambda: sum(call.path.startswith("/cb/") for call in calls) >= 900)
        assert sorted(call.path for call in calls if call.path.startswith("/cb/")) == sorted(
            name for name in names if name.startswith("/cb")
        )
        assert sum(call.path.startswith("/hang/") for call in calls) == 100
        assert running.subscriber.open >= 100, "they were not kept waiting for"


async def test_those_who_hang_on_one_host_do_not_keep_its_others_waiting(planet: Any, without_end: None) -> None:
    async with planet() as running:
        names = [f"/hang/{number}" if number < 60 else f"/cb/{number}" for number in range(120)]
        running.subscriber.hanging.update(names[:60])
        await subscribe_all(running, names, lambda number: "127.0.0.1")
        running.change()
        await until(lambda: sum(call.path.startswith("/cb/") for call in running.subscriber.calls) == 60)
        assert running.subscriber.open >= 60, "they were not kept waiting for"
