"""Hubs of others are told what changed, once it is live, and a dead one is in nobody's way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from hub_planet import SITE, Planet
from subscriber import Answer, Call, Subscriber

from aggregator.hub.pings import SETTING, Pings, read_told, websub_rows
from aggregator.hub.topics import Topics

ALL = {SITE, f"{SITE}feed.atom", f"{SITE}feed.rss", f"{SITE}feed.json"}


def told(hub: Subscriber, path: str = "/hub") -> list[str]:
    """The topics a hub was told of."""
    said = [parse_qs(call.body.decode()) for call in hub.deliveries(path)]
    assert all(each["hub.mode"] == ["publish"] for each in said)
    assert all(each["hub.url"] == each["hub.topic"] for each in said)
    return [each["hub.url"][0] for each in said]


def hubs(*addresses: str) -> str:
    return f"websub: {{hubs: [{', '.join(addresses)}]}}"


async def tell(running: Planet) -> Any:
    """As after a restart: nothing is remembered but what is written down."""
    return await Pings(running.app, Topics(running.app)).tell()


async def test_a_hub_is_told_of_each_document_once_and_of_each_change(planet: Any, subscriber: Subscriber) -> None:
    async with planet(hubs(subscriber.url("/hub"))) as running:
        assert await tell(running) is None
        assert set(told(subscriber)) == ALL
        await tell(running)
        assert len(told(subscriber)) == 4

        running.change()
        later = await tell(running)
        assert len(told(subscriber)) == 4, "it was told again within a minute"
        assert later is not None
        running.change()
        running.pass_time(timedelta(minutes=1))
        await tell(running)
        assert sorted(told(subscriber)[4:]) == sorted(ALL)


async def test_each_document_names_every_hub(planet: Any, subscriber: Subscriber) -> None:
    async with planet(hubs("https://hub.example/")) as running:
        for path in ("/feed.atom", "/feed.rss", "/feed.json", "/", "/main.atom"):
            served = await running.client.get(path)
            found = [each.partition(">")[0][1:] for each in served.headers["link"].split(", ") if 'rel="hub"' in each]
            assert found == [f"{SITE}hub", "https://hub.example/"], path
            assert all(hub.encode() in served.content for hub in found)


async def test_what_is_told_is_there_already(planet: Any, subscriber: Subscriber) -> None:
    seen: list[bool] = []
    async with planet(hubs(subscriber.url("/hub"))) as running:

        def look(_call: Call) -> Answer:
            seen.append(b"Second" in (running.app.config.public / "feed.atom").read_bytes())
            return 204, {}, b""

        subscriber.answers["/hub"] = look
        running.change("Second")
        await tell(running)
    assert seen == [True] * 4


async def test_a_dead_hub_is_asked_one_thing_and_waits_longer_each_time(planet: Any, subscriber: Subscriber) -> None:
    async with planet(hubs(subscriber.url("/dead"), subscriber.url("/hub"))) as running:
        subscriber.answers["/dead"] = lambda call: (500, {}, b"")
        for wait in (10, 60, 300, 1800, 7200, 7200):
            before = len(subscriber.deliveries("/dead"))
            again = await tell(running)
            assert len(subscriber.deliveries("/dead")) == before + 1
            assert (again - running.app.now()).total_seconds() == pytest.approx(wait, abs=5)
            await tell(running)
            assert len(subscriber.deliveries("/dead")) == before + 1, "it did not wait"
            running.pass_time(timedelta(seconds=wait))
        assert set(told(subscriber)) == ALL
        rows = websub_rows(running.app.store, running.app.now())["hubs"]
        assert [row["failures"] for row in rows] == [6, 0]
        assert "500" in rows[0]["problem"]
        assert (rows[0]["last"], rows[1]["problem"]) == (None, None)

        subscriber.answers.clear()
        await tell(running)
        assert set(told(subscriber, "/dead")[6:]) == ALL


async def test_an_answer_without_end_is_an_answer(planet: Any, subscriber: Subscriber) -> None:
    async with planet(hubs(subscriber.url("/hub"))) as running:
        subscriber.answers["/hub"] = lambda call: (202, {}, b"x" * 1_000_000)
        await tell(running)
        await tell(running)
        assert len(told(subscriber)) == 4


async def test_a_private_hub_is_not_called(planet: Any, subscriber: Subscriber) -> None:
    async with planet(hubs(subscriber.url("/hub")), allow="[]") as running:
        await tell(running)
        assert subscriber.calls == []


async def test_a_hub_that_is_taken_out_is_forgotten(planet: Any, subscriber: Subscriber) -> None:
    async with planet(hubs(subscriber.url("/hub"))) as running:
        await tell(running)
        from aggregator.config import load

        path = running.folder / "config.yaml"
        path.write_text(path.read_text().replace(hubs(subscriber.url("/hub")), ""))
        await running.app.use(load(path, {}))
        await tell(running)
        assert read_told(running.app.store.setting(SETTING)) == {}


async def test_documents_of_private_outputs_are_nobodys_to_tell(planet: Any, subscriber: Subscriber) -> None:
    outputs = "outputs: [{id: main, formats: [atom]}, {id: own, tokens: {me: token-of-mine-and-nobody-else}}]"
    async with planet(f"{outputs}\n{hubs(subscriber.url('/hub'))}") as running:
        await tell(running)
        assert told(subscriber) == [f"{SITE}feed.atom"]
