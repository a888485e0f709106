"""Lists of feeds that are followed: what they name is polled, kept, held, and never reaches into our own network."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from feedserver import FeedServer, rss

from aggregator.config import Config, effective, load
from aggregator.errors import ConfigError
from aggregator.lists import compare, with_members
from aggregator.model import Code, Listed, Source
from aggregator.operate import State
from aggregator.operating import release
from aggregator.polls import poll_round
from aggregator.views import in_full, read_board
from aggregator.wiring import App, open_app

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def roll(server: FeedServer, names: Sequence[object]) -> bytes:
    feeds = "".join(f'<outline text="Blog {n}" xmlUrl="{server.url}/{n}"/>' for n in names)
    body = f'<outline text="Friends">{feeds}</outline>'
    return f'<opml version="2.0"><head><title>Roll</title></head><body>{body}</body></opml>'.encode()


class Planet:
    """A configuration with one list, on a clock of its own."""

    def __init__(self, folder: Path, server: FeedServer) -> None:
        self.folder, self.server, self._ahead, self._began = folder, server, timedelta(0), time.monotonic()
        self.write()

    @property
    def now(self) -> datetime:
        """A clock that goes on, and can be put forward."""
        return START + self._ahead + timedelta(seconds=time.monotonic() - self._began)

    def later(self, **by: float) -> None:
        self._ahead += timedelta(**by)

    def write(self, settings: str = "allow_private: true", others: str = "", place: str | None = None) -> None:
        place = place if place is not None else f"{self.server.url}/roll"
        (self.folder / "config.yaml").write_text(
            "site: {title: P, url: 'https://p.example/', id: 'tag:p.example,2026:p'}\n"
            f"network: {{allow: ['127.0.0.1:{self.server.port}']}}\n"
            f"sources:\n{others}  - {{id: roll, opml: '{place}', {settings}}}\n"
        )

    @property
    def config(self) -> Config:
        return load(self.folder / "config.yaml", {})

    def list(self, *names: object) -> None:
        self.server.documents["/roll"] = roll(self.server, names)
        self.server.documents |= {f"/{n}": rss(f"Blog {n}", [(f"{n}-1", f"Post {n}")]) for n in names}

    @asynccontextmanager
    async def app(self) -> AsyncIterator[App]:
        app = await open_app(self.config, now=lambda: self.now)
        try:
            yield app
        finally:
            await app.close()

    async def round(self, only: Any = None) -> list[str]:
        """Poll what is due; the titles of the sources that then are there."""
        async with self.app() as app:
            await poll_round(app, only, lambda *_: None)
        return [each.title or each.id for each in in_full(self.config).sources]

    def row(self) -> Any:
        return next(each for each in read_board(in_full(self.config)) if each.id == "roll")


@pytest.fixture
def planet(tmp_path: Path) -> Any:
    with FeedServer() as server:
        yield Planet(tmp_path, server)


async def test_the_feeds_of_a_list_are_sources_with_its_settings(planet: Planet) -> None:
    planet.write(
        "allow_private: true, tags: [all], interval: 2h, keep: 'title ~ /o/', on_remove: drop, exclude: ['*/3']"
    )
    planet.list(1, 2, 3)
    async with planet.app() as app:
        await poll_round(app, None, lambda *_: None)
        one, two = (each for each in app.sources.values() if each.listed_in == "roll")
        assert (one.title, one.tags, one.interval) == ("Blog 1", ("all", "Friends"), timedelta(hours=2))
        assert (two.keep, two.on_remove) == ("title ~ /o/", "drop")
        assert app.store.articles.counts()[one.id] == 1
    row = planet.row()
    assert (row.state, row.text) == (State.OK, "3 feeds")
    assert "exclude" in row.warnings[0]
    assert [each.path for each in planet.server.requests] == ["/roll", *sorted(f"/{n}" for n in (1, 2))] or sorted(
        each.path for each in planet.server.requests[1:]
    ) == ["/1", "/2"]


async def test_a_list_is_asked_conditionally_and_its_feeds_outlive_a_restart_without_network(planet: Planet) -> None:
    planet.list(1, 2)
    await planet.round()
    planet.later(hours=2)
    planet.server.requests.clear()
    await planet.round(["roll"])
    assert planet.server.statuses() == [304]
    planet.server.answers |= {"/roll": (503, None)}
    planet.later(hours=2)
    assert await planet.round(["roll"]) == ["roll", "Blog 1", "Blog 2"]
    assert planet.row().state is State.FAILING


async def test_one_round_polls_a_new_list_and_what_it_names(planet: Planet) -> None:
    planet.list(1, 2)
    came: list[int] = []
    async with planet.app() as app:
        assert await poll_round(app, {"roll"}, lambda *_: None, came=came.append) == ()
    assert sorted(each.path for each in planet.server.requests) == ["/1", "/2", "/roll"]
    assert came == [2]


async def test_a_feed_that_leaves_its_list_while_it_waits_is_waited_for_no_longer(planet: Planet) -> None:
    planet.list(1, 2)
    planet.server.answers |= {"/2": (429, None)}
    planet.server.headers |= {"/2": {"Retry-After": "86400"}}
    await planet.round()
    planet.list(1)
    planet.later(hours=2)
    every = {each.id for each in in_full(planet.config).sources}
    async with planet.app() as app:
        assert await poll_round(app, every, lambda *_: None) == ()


async def test_what_leaves_a_list_goes_and_what_comes_is_polled(planet: Planet) -> None:
    planet.list(1, 2, 3)
    await planet.round()
    planet.list(2, 3, 4)
    planet.later(hours=2)
    assert await planet.round() == ["roll", "Blog 2", "Blog 3", "Blog 4"]
    assert planet.row().text == "3 feeds: 1 came, 1 gone"


async def test_a_list_that_is_suddenly_another_is_held_until_it_is_let_go(planet: Planet) -> None:
    planet.list(*range(7))
    await planet.round(["roll"])
    planet.list(1)
    planet.later(hours=2)
    assert len(await planet.round(["roll"])) == 8
    row = planet.row()
    assert row.state is State.QUARANTINED
    assert "6 of its 7 feeds are gone" in row.text
    assert "aggregator release roll" in row.advice
    async with planet.app() as app:
        assert release(app.store, app.config, "roll", planet.now, silent=False).feeds == 1
    planet.later(hours=2)
    assert await planet.round(["roll"]) == ["roll", "Blog 1"]
    assert planet.row().state is State.OK


async def test_one_that_is_as_it_was_again_goes_on_by_itself(planet: Planet) -> None:
    planet.list(1, 2)
    await planet.round(["roll"])
    for names, state in (((), State.QUARANTINED), ((1, 2), State.OK)):
        planet.list(*names)
        planet.later(hours=2)
        assert len(await planet.round(["roll"])) == 3
        assert planet.row().state is state


async def test_a_list_that_is_cut_off_costs_no_feed(planet: Planet) -> None:
    planet.list(1, 2)
    await planet.round(["roll"])
    whole = planet.server.documents["/roll"]
    planet.server.documents["/roll"] = whole[: whole.index(b'<outline text="Blog 2"')]
    planet.later(hours=2)
    assert len(await planet.round(["roll"])) == 3
    assert planet.row().state is State.QUARANTINED
    assert "cut off, and 1 of its 2" in planet.row().text


async def test_lists_in_a_list_are_not_followed_and_counted(planet: Planet) -> None:
    planet.list(1)
    inner = b'<outline text="In" xmlns:f="https://freshrss.org/opml" f:opmlUrl="https://x.example/o.opml"/></body>'
    planet.server.documents["/roll"] = planet.server.documents["/roll"].replace(b"</body>", inner)
    assert await planet.round(["roll"]) == ["roll", "Blog 1"]
    assert planet.row().warnings == ("1 of what it names left out, for only feeds are followed",)


async def test_what_is_no_list_costs_no_feed(planet: Planet) -> None:
    planet.list(1)
    await planet.round()
    planet.server.documents["/roll"] = b"<html><title>Log in</title></html>"
    planet.later(hours=2)
    assert await planet.round() == ["roll", "Blog 1"]
    row = planet.row()
    assert (row.state, row.code) == (State.FAILING, Code.NOT_A_FEED)
    assert "the 1 feeds it had stay" in row.text.replace("1 feed ", "1 feeds ")
    assert "no list of feeds" in row.advice


async def test_a_feed_that_is_configured_itself_is_left_to_that(planet: Planet) -> None:
    planet.list(1, 2)
    planet.write(others=f"  - {{id: mine, url: '{planet.server.url}/1', title: Mine}}\n")
    assert await planet.round() == ["Mine", "roll", "Blog 2"]
    assert "1 of its feeds" in planet.row().warnings[0]
    assert "mine" in planet.row().warnings[0]


async def test_a_strangers_list_does_not_have_us_ask_what_network_allow_opens(planet: Planet) -> None:
    planet.write("tags: []")
    planet.list(1)
    await planet.round()
    assert [each.path for each in planet.server.requests] == ["/roll"]
    [member] = [each for each in read_board(in_full(planet.config)) if each.id != "roll"]
    assert member.code == Code.BLOCKED_ADDR


async def test_a_list_in_a_file_is_the_operators_own(planet: Planet) -> None:
    planet.list(1)
    (planet.folder / "roll.opml").write_bytes(planet.server.documents["/roll"])
    planet.write("tags: [x]", place="roll.opml")
    assert await planet.round() == ["roll", "Blog 1"]
    assert [each.path for each in planet.server.requests] == ["/1"]
    (planet.folder / "roll.opml").write_bytes(roll(planet.server, [1, 2]))
    planet.later(minutes=2)
    planet.server.documents["/2"] = rss("Blog 2", [("2-1", "Post 2")])
    assert await planet.round() == ["roll", "Blog 1", "Blog 2"]


async def test_a_running_service_takes_what_was_let_go_elsewhere(planet: Planet) -> None:
    planet.list(1)
    async with planet.app() as app:
        await poll_round(app, None, lambda *_: None)
        assert not await app.lists_changed()
        app.store.lists.take(app.sources["roll"], (Listed(url="https://other.example/", title="Other"),))
        assert await app.lists_changed()
        assert await app.lists_changed(), "as long as it is not taken, which may fail"
        await app.use(app.config)
        assert [each.title for each in app.sources.values() if each.listed_in] == ["Other"]
        assert not await app.lists_changed()


SHAPE = "site: {title: P, url: 'https://p.example/'}\nsources:\n"


def configured(folder: Path, text: str) -> Config:
    (folder / "config.yaml").write_text(SHAPE + text)
    return load(folder / "config.yaml", {})


def test_what_lets_in_to_the_list_is_for_its_server_alone(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        "  - {id: roll, opml: 'https://a.example/r', headers: {X-Key: secret-key}, auth: {bearer: token-token},"
        " proxy: 'http://p.example:1'}\n",
    )
    full = with_members(config, {"roll": [Listed(url="https://me:pw@b.example/", title="B")]})
    source, member = full.sources
    assert (source.headers, source.bearer) == ((("X-Key", "secret-key"),), "token-token")
    assert (member.headers, member.bearer, member.basic_auth) == ((), None, None)
    assert (member.url, member.proxy, member.public_only) == ("https://b.example/", source.proxy, True)


def test_ids_of_members_depend_on_their_addresses_alone(tmp_path: Path) -> None:
    text = "  - {id: roll, opml: 'https://a.example/r'}\n"
    feeds = {"roll": [Listed(url="https://b.example/feed", title="B")]}
    alone = with_members(configured(tmp_path, text), feeds).sources[-1].id
    renamed = {"roll": [Listed(url="https://b.example/feed", title="Another", tags=("x",))]}
    beside = with_members(configured(tmp_path, f"  - https://b.example/other\n{text}"), renamed).sources[-1].id
    assert alone == beside
    assert alone != "b-example"


def test_a_feed_that_has_gone_over_to_https_is_the_same(tmp_path: Path) -> None:
    text = "  - {id: roll, opml: 'https://a.example/r'}\n"
    old, new = Listed(url="http://b.example/feed"), Listed(url="https://b.example/feed")
    before, after = (with_members(configured(tmp_path, text), {"roll": [each]}).sources[-1] for each in (old, new))
    assert before.id == after.id
    assert (before.url, after.url) == (old.url, new.url)
    assert (compare([old], [new]).came, compare([old], [new]).gone) == (0, 0)
    beside = with_members(configured(tmp_path, f"  - {new.url}\n{text}"), {"roll": [old]})
    assert [each.listed_in for each in beside.sources] == [None, None]


def test_with_members_can_be_asked_again(tmp_path: Path) -> None:
    config = configured(tmp_path, "  - {id: roll, opml: 'https://a.example/r'}\n")
    full = with_members(config, {"roll": [Listed(url="https://b.example/", title="B")]})
    assert with_members(full, {"roll": []}) == replace(config, secrets=full.secrets)
    assert len(full.sources) == 2


def test_a_key_in_the_address_of_a_member_is_a_secret(tmp_path: Path) -> None:
    config = configured(tmp_path, "  - {id: roll, opml: 'https://a.example/r'}\n")
    full = with_members(config, {"roll": [Listed(url="https://b.example/?token=abc123def456")]})
    assert "abc123def456" in full.secrets


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (range(5), [], "no feed any more"),
        (range(12), range(6), None),
        (range(13), range(6), "7 of its 13"),
        (range(5), [9], None),
        (range(3), range(203), None),
        (range(3), range(204), "201 feeds came"),
        ([], range(4000), None),
    ],
)
def test_what_is_believed_of_a_list(before: Sequence[int], after: Sequence[int], word: str | None) -> None:
    change = compare(
        [Listed(url=f"https://{n}.example/") for n in before], [Listed(url=f"https://{n}.example") for n in after]
    )
    assert (change.suspicion is None) is (word is None)
    assert word is None or word in str(change.suspicion)


def test_the_configuration_shows_the_list_and_not_its_feeds(tmp_path: Path) -> None:
    config = configured(tmp_path, "  - {opml: 'https://a.example/r.opml', exclude: ['*x*'], interval: 1h}\n")
    [shown] = effective(config)["sources"]
    assert (shown["id"], shown["opml"], shown["exclude"], shown["interval"], shown["allow_private"]) == (
        "a-example-r-opml",
        "https://a.example/r.opml",
        ["*x*"],
        "1h",
        False,
    )
    assert isinstance(config.sources[0], Source)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("  - {opml: nothing.opml}\n", "does not exist"),
        ("  - {opml: 'ftp://a.example/'}\n", "ftp"),
        ("  - {opml: 'https://a.example/', url: 'https://b.example/'}\n", "make two sources"),
        ("  - {url: 'https://a.example/', exclude: [x]}\n", "without opml"),
        ("  - {opml: 'https://a.example/', title: x}\n", "title has no effect"),
        ("  - {opml: 'https://a.example/', interval: 1m}\n", "under 15m"),
        ("  - opml: https://a.example/r\n  - opml: https://a.example/r/\n", "already used"),
        ("  - {opml: 'https://a.example/', exclude: x}\n", "must be a list"),
    ],
)
def test_a_wrong_list_is_said(text: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=word):
        configured(tmp_path, text)
