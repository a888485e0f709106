"""The hub against the tests of websub.rocks, by their numbers, and the MUSTs of the Recommendation that have none."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hub_planet import FORM, SITE, until
from subscriber import Answer, Call, echo

HUB = f"{SITE}hub"


def links_of(header: str) -> list[tuple[str, str]]:
    """(relation, address) of each link in a Link header."""
    found = []
    for each in header.split(", "):
        address, _, parameters = each.partition(">; ")
        relation = dict(pair.split("=", 1) for pair in parameters.split("; "))["rel"].strip('"')
        found.append((relation, address.removeprefix("<")))
    return found


async def delivered(planet: Any, path: str = "/cb", number: int = 1) -> Call:
    await until(lambda: len(planet.subscriber.deliveries(path)) >= number)
    return planet.subscriber.deliveries(path)[number - 1]


async def test_100_a_typical_subscription(planet: Any) -> None:
    async with planet() as running:
        assert (await running.ask()).status_code == 202
        await until(lambda: running.subscriber.asked())
        await running.settled()
        (asked,) = running.subscriber.asked()
        assert asked.said.keys() == {"hub.mode", "hub.topic", "hub.challenge", "hub.lease_seconds"}
        assert asked.said["hub.mode"] == "subscribe"
        assert asked.said["hub.topic"] == f"{SITE}feed.atom"
        assert asked.said["hub.lease_seconds"] == "864000"
        assert running.subscriber.deliveries() == []

        running.change("Second")
        came = await delivered(running)
        served = await running.client.get("/feed.atom", headers={"accept-encoding": "identity"})
        assert b"Second" in came.body
        assert came.body == served.content
        assert came.headers["content-type"] == served.headers["content-type"]
        links = links_of(came.headers["link"])
        assert ("hub", HUB) in links
        assert [address for relation, address in links if relation == "self"] == [f"{SITE}feed.atom"]
        assert "x-hub-signature" not in came.headers
        assert came.headers["user-agent"].startswith("aggregator/")


async def test_101_a_subscription_with_a_secret_gets_signed_deliveries(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed(secret="s3crét")
        running.change()
        came = await delivered(running)
        expected = hmac.new("s3crét".encode(), came.body, hashlib.sha256).hexdigest()
        assert came.headers["x-hub-signature"] == f"sha256={expected}"


async def test_102_parameters_that_mean_nothing_are_ignored(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed(foo="bar", foobar="1", verify="sync")
        running.change()
        await delivered(running)


async def test_103_a_subscription_that_is_asked_for_again_gives_one_notification(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed(secret="old")
        await running.subscribed(secret="new", lease_seconds="7200")
        assert running.subscriber.asked()[1].said["hub.lease_seconds"] == "7200"
        running.change()
        came = await delivered(running)
        await running.settled()
        assert len(running.subscriber.deliveries()) == 1
        assert came.headers["x-hub-signature"] == f"sha256={hmac.new(b'new', came.body, 'sha256').hexdigest()}"


async def test_104_after_an_unsubscription_nothing_comes(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed()
        await running.subscribed(mode="unsubscribe", lease_seconds="nonsense")
        asked = running.subscriber.asked()[1].said
        assert asked["hub.mode"] == "unsubscribe"
        assert asked["hub.topic"] == f"{SITE}feed.atom"
        assert asked["hub.challenge"]
        running.change()
        await running.settled()
        assert running.subscriber.deliveries() == []


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("feed.json", "application/feed+json; charset=utf-8"),
        ("feed.rss", "application/rss+xml; charset=utf-8"),
        ("", "text/html; charset=utf-8"),
    ],
)
async def test_105_and_106_every_document_comes_as_it_is_served(planet: Any, path: str, media_type: str) -> None:
    async with planet() as running:
        await running.subscribed(topic=SITE + path)
        running.change()
        came = await delivered(running)
        served = await running.client.get(f"/{path}", headers={"accept-encoding": "identity"})
        assert came.body == served.content
        assert came.headers["content-type"] == served.headers["content-type"] == media_type
        assert came.headers["link"] == served.headers["link"]
        assert ("self", SITE + path) in links_of(came.headers["link"])


# ---- the MUSTs without a number


async def test_an_error_is_told_in_plain_text(planet: Any) -> None:
    async with planet() as running:
        answer = await running.ask(mode="")
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("text/plain")
        assert "hub.mode" in answer.text


async def test_the_answer_does_not_wait_for_the_verification(planet: Any) -> None:
    async with planet() as running:
        running.subscriber.dripping.add("/cb")
        assert (await running.ask()).status_code == 202


async def test_the_query_of_a_callback_is_kept_and_added_to(planet: Any) -> None:
    async with planet() as running:
        callback = running.subscriber.url("/cb?foo=bar%20baz&hub.mode=mine&x")
        await running.subscribed(callback=callback)
        (asked,) = running.subscriber.asked()
        assert asked.query.startswith("foo=bar%20baz&hub.mode=mine&x&hub.mode=subscribe&")
        assert [value for name, value in parse_qsl(asked.query) if name == "hub.mode"] == ["mine", "subscribe"]
        running.change()
        assert (await delivered(running)).query == "foo=bar%20baz&hub.mode=mine&x"


def another(call: Call) -> Answer:
    return 200, {}, call.said.get("hub.challenge", "")[::-1].encode()


def more(call: Call) -> Answer:
    return 200, {}, call.said.get("hub.challenge", "").encode() + b"\n"


def nowhere(call: Call) -> Answer:
    return 404, {}, call.said.get("hub.challenge", "").encode()


def broken(call: Call) -> Answer:
    return 500, {}, call.said.get("hub.challenge", "").encode()


def elsewhere(call: Call) -> Answer:
    return 302, {"Location": "/other"}, call.said.get("hub.challenge", "").encode()


def again(call: Call) -> Answer:
    return 307, {"Location": "/other"}, b""


@pytest.mark.parametrize("refuses", [another, more, nowhere, broken, elsewhere, again])
async def test_what_is_not_confirmed_changes_nothing(planet: Any, refuses: Any) -> None:
    async with planet() as running:
        running.subscriber.answers["/cb"] = refuses
        await running.subscribed()
        running.change()
        await running.settled()
        assert running.subscriber.deliveries() == []

        running.subscriber.answers.clear()
        await running.subscribed()
        running.subscriber.answers["/cb"] = lambda call: refuses(call) if call.method == "GET" else echo(call)
        await running.subscribed(mode="unsubscribe")
        running.change()
        await delivered(running)
        assert running.subscriber.asked("/other") == []


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_every_2xx_confirms_and_takes_a_delivery(planet: Any, status: int) -> None:
    async with planet() as running:
        body = b"" if status == 204 else None
        running.subscriber.answers["/cb"] = lambda call: (
            status if call.method == "POST" or body is None else 200, {}, echo(call)[2]
        )  # fmt: skip
        await running.subscribed()
        running.change()
        await delivered(running)
        await running.settled()
        (row,) = await running.app.db(running.app.store.subscriptions.subscribed, running.app.now())
        assert row.failing == 0


async def test_each_challenge_is_another(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed()
        await running.subscribed()
        first, second = (each.said["hub.challenge"] for each in running.subscriber.asked())
        assert first != second
        assert min(len(first), len(second)) >= 32


@pytest.mark.parametrize(
    ("wanted", "lease"),
    [("", 864000), ("0", 864000), ("1", 300), ("7200", 7200), ("000007200", 7200), ("9999999999999999", 2592000)],
)
async def test_no_lease_is_without_end(planet: Any, wanted: str, lease: int) -> None:
    async with planet() as running:
        await running.subscribed(lease_seconds=wanted)
        assert running.subscriber.asked()[0].said["hub.lease_seconds"] == str(lease)
        running.pass_time(timedelta(seconds=lease) + timedelta(minutes=1))
        running.change()
        await running.settled()
        assert running.subscriber.deliveries() == []


async def test_a_lease_is_in_force_until_it_ends(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed(lease_seconds="7200")
        running.pass_time(timedelta(seconds=7000))
        running.change()
        await delivered(running)


async def test_subscribers_are_told_when_a_topic_is_no_more(planet: Any) -> None:
    async with planet("outputs: [{id: main}, {id: cars}]") as running:
        await running.subscribed(topic="cars.atom", callback=running.subscriber.url("/cb?a=b"))
        (running.folder / "config.yaml").write_text(
            (running.folder / "config.yaml").read_text().replace(", {id: cars}", "")
        )
        from aggregator.config import load

        await running.app.use(load(running.folder / "config.yaml", {}))
        running.published()
        await until(lambda: len(running.subscriber.asked()) > 1)
        said = running.subscriber.asked()[1]
        assert said.query.startswith("a=b&hub.mode=denied&")
        assert said.said["hub.topic"] == f"{SITE}cars.atom"
        assert said.said["hub.reason"]
        await running.settled()
        assert await running.app.db(running.app.store.subscriptions.topics, running.app.now()) == ()


def redirected(call: Call) -> Answer:
    return (308, {"Location": "/other"}, b"") if call.method == "POST" else echo(call)


def refused(call: Call) -> Answer:
    return (503, {}, b"") if call.method == "POST" else echo(call)


@pytest.mark.parametrize("fails", [redirected, refused])
async def test_a_delivery_that_fails_is_tried_again_so_often_and_no_oftener(planet: Any, fails: Any) -> None:
    async with planet() as running:
        await running.subscribed()
        running.subscriber.answers["/cb"] = fails
        running.change()
        for number in range(1, 7):
            await until(lambda number=number: len(running.subscriber.deliveries()) >= number)
            await running.settled()
            assert len(running.subscriber.deliveries()) == number, "it was tried again too early"
            running.pass_time(timedelta(hours=3))
        await running.settled()
        assert len(running.subscriber.deliveries()) == 6, "it was tried again for ever"
        assert running.subscriber.deliveries("/other") == []

        running.subscriber.answers.clear()
        running.change("Newest")
        came = await delivered(running, number=7)
        assert b"Newest" in came.body


async def test_only_the_newest_version_is_tried_again(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed()
        running.subscriber.answers["/cb"] = refused
        running.change("Missed")
        await until(lambda: running.subscriber.deliveries())
        await running.settled()
        running.subscriber.answers.clear()
        running.change("Newest")
        await running.settled()
        assert len(running.subscriber.deliveries()) == 1, "the newer version did not wait"
        running.pass_time(timedelta(minutes=1))
        came = await delivered(running, number=2)
        assert b"Newest" in came.body
        running.pass_time(timedelta(hours=9))
        await running.settled()
        assert len(running.subscriber.deliveries()) == 2


async def test_410_ends_a_subscription(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed()
        running.subscriber.answers["/cb"] = lambda call: (410, {}, b"")
        running.change()
        await delivered(running)
        await running.settled()
        assert await running.app.db(running.app.store.subscriptions.topics, running.app.now()) == ()


async def test_both_addresses_of_the_first_output_are_topics(planet: Any) -> None:
    async with planet() as running:
        for topic in ("feed.atom", "main.atom"):
            await running.subscribed(topic=topic, callback=running.subscriber.url(f"/{topic}"))
        running.change()
        for path in ("/feed.atom", "/main.atom"):
            came = await delivered(running, path)
            links = links_of(came.headers["link"])
            assert [address for relation, address in links if relation == "self"] == [f"{SITE}feed.atom"]


async def test_escaped_letters_of_a_topic_mean_themselves(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed(topic="%66eed%2Eatom")
        assert running.subscriber.asked()[0].said["hub.topic"] == f"{SITE}%66eed%2Eatom"
        running.change()
        await delivered(running)


async def test_nothing_is_delivered_where_nothing_changed(planet: Any) -> None:
    async with planet() as running:
        await running.subscribed()
        running.published()
        await running.settled()
        assert running.subscriber.deliveries() == []


async def test_what_changes_all_the_time_is_delivered_now_and_then(planet: Any) -> None:
    async with planet(pause=timedelta(seconds=10)) as running:
        await running.subscribed()
        running.change()
        await delivered(running)
        await running.settled()
        for _ in range(3):
            running.change()
            await running.settled()
        assert len(running.subscriber.deliveries()) == 1
        running.pass_time(timedelta(seconds=11))
        assert b"Title 4" in (await delivered(running, number=2)).body


async def test_a_document_that_names_no_hub_is_no_topic(planet: Any) -> None:
    async with planet("outputs: [{id: main}, {id: secret, tokens: {me: token-of-mine-and-nobody-else}}]") as running:
        for path in ("opml.xml", "style.css", "nowhere.atom", "feed.atom?x=1", "feed.atom#x", "secret.atom", "hub"):
            answer = await running.ask(topic=path)
            assert answer.status_code == 404, path
        assert (await running.ask(topic="https://other.example/feed.atom")).status_code == 404


async def test_without_a_hub_there_is_none(planet: Any) -> None:
    async with planet("websub: {hub: false}") as running:
        assert (await running.ask()).status_code == 404
        served = await running.client.get("/feed.atom")
        assert "hub" not in {relation for relation, _ in links_of(served.headers["link"])}
        assert b'rel="hub"' not in served.content


async def test_the_hub_says_what_it_is_to_who_looks(planet: Any) -> None:
    async with planet() as running:
        for method in ("GET", "PUT"):
            answer = await running.client.request(method, "/hub")
            assert answer.status_code == 405
            assert answer.headers["allow"] == "POST"
        answer = await running.client.post("/hub", json={}, headers={})
        assert answer.status_code == 415
        answer = await running.client.post("/hub", content=b"a=" + b"b" * 9000, headers=FORM)
        assert answer.status_code == 413
