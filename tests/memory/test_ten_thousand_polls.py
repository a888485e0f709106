"""Random sources over days: subscribers see what was posted, each post once, and nothing moves without a reason.

Each post says its own number in its text, whatever else of it changes; by that number what subscribers were shown is
held against what the sources posted.
"""

from __future__ import annotations

import os
import random
import re
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from feedserver import FeedServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario import ATOM, Post, Site, World, prose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POLLS = int(os.environ.get("AGGREGATOR_POLLS", "1500"))
"""AGGREGATOR_POLLS=10000 is the whole of it: five minutes."""
STEP = timedelta(hours=5)
"""Longer than the longest time between two looks at a source that answers."""
NUMBER = re.compile(r"Number\s+(\w+)\s")

EVENTS = (
    "post", "post", "post", "two posts", "edit", "rename", "noise", "redate", "new guids", "new links",
    "https", "another host", "reverse", "outage", "recovery", "drop oldest", "bump", "flip guids",
)  # fmt: skip


class Life:
    """Sources that do what they like, and what subscribers were shown of it."""

    def __init__(self, world: World, names: list[str]) -> None:
        self.world = world
        self.count = 0
        self.served: set[str] = set()
        """Numbers of posts that stood in a feed that was answered with."""
        self.meant: dict[str, int] = defaultdict(int)
        """Number -> how often its meaning was changed."""
        self.shown: dict[str, str] = {}
        """Number -> the id it was first shown under."""
        self.moved: dict[str, int] = defaultdict(int)
        """Number -> how often its ``updated`` moved."""
        self.updated: dict[str, str] = {}
        self.faults: list[str] = []
        self.home: dict[str, str] = {}
        """Number -> its source."""
        self.story: dict[str, list[str]] = defaultdict(list)
        """Source -> what happened there, for the words of a fault."""
        for place, name in enumerate(names):
            site = world.site(name)
            site.kind = ("RSS", "Atom")[place % 2]
            site.guids = "link" if place % 3 == 0 or site.kind == "Atom" else ("tag", "none")[place % 4 == 0]
            for age in range(4, 0, -1):
                self._post(site, age * 24)

    def _post(self, site: Site, hours_ago: float = 0) -> None:
        self.count += 1
        number = f"n{self.count}"
        self.home[number] = site.name
        post = site.post(f"{prose(number, 1)[:40]} {self.count}", self.world.now - timedelta(hours=hours_ago))
        post.text = f"<p>Number {number} {prose(number)}</p>"
        site.posts.insert(0, post)

    def happen(self, site: Site, event: str, chance: random.Random) -> None:
        """One event at a source, and none but a post while it is down: what changes its id, its page, its title and
        its words between two looks is another post to anybody."""
        world = self.world
        if site.status != 200 and event not in ("post", "two posts"):
            event = "recovery"
        post = chance.choice(site.posts)
        stamp = f"{world.now:%m%d%H%M}"
        self.story[site.name].append(f"{stamp} {event}")
        if event in ("post", "two posts"):
            for _ in range(1 + (event == "two posts")):
                self._post(site)
        elif event == "edit":
            post.text += f"<p>Added {stamp}: {prose(stamp + post.title, 3)}</p>"
            self._means(post)
        elif event == "rename":
            post.title = f"Renamed {prose(stamp + post.title, 1)[:30]} {stamp}"
            self._means(post)
        elif event == "noise":
            world.bump(site, chance.choice(["advertisement", "counter", "white space", "markup", "tracking"]))
        elif event == "redate":
            for place, each in enumerate(site.posts):
                each.date = world.now - timedelta(minutes=place)
        elif event == "new guids":
            for place, each in enumerate(site.posts):
                each.guid = f"urn:x-cms:{site.name}-{stamp}-{place}"
        elif event == "flip guids":
            for each in site.posts:
                each.guid = each.guid and each.guid.swapcase()
        elif event == "new links":
            for place, each in enumerate(site.posts):
                each.link = f"http://{site.host}/moved/{stamp}/{place}"
        elif event == "https":
            for each in site.posts:
                each.guid = each.guid and each.guid.replace("http://", "https://")
                each.link = each.link and each.link.replace("http://", "https://")
        elif event == "another host":
            for each in site.posts:
                each.link = each.link and re.sub(r"//[^/]+/", f"//www{stamp}.{site.host}/", each.link)
        elif event == "reverse":
            site.posts.reverse()
        elif event == "outage":
            site.status = chance.choice([500, 503, 404])
        elif event == "recovery":
            site.status = 200
        elif event == "drop oldest":
            del site.posts[12:]
        elif event == "bump":
            site.posts.remove(post)
            site.posts.insert(0, post)

    def _means(self, post: Post) -> None:
        found = NUMBER.search(post.text)
        assert found is not None
        self.meant[found[1]] += 1

    async def step(self) -> None:
        """Time passes, everything is polled and published, and the subscribers look."""
        self.world.now += STEP
        for site in self.world.sites.values():
            if site.status == 200:
                self.served |= {found[1] for post in site.posts if (found := NUMBER.search(post.text))}
        await self.world.round([each.name.lower() for each in self.world.sites.values()])
        document = self.world.subscribers.document
        assert document is not None
        for entry in document.iter(f"{ATOM}entry"):
            text = "".join(entry.itertext())
            name, updated = entry.findtext(f"{ATOM}id") or "", entry.findtext(f"{ATOM}updated") or ""
            for number in set(NUMBER.findall(text)):
                before = self.shown.setdefault(number, name)
                if before != name:
                    self._blame(number, f"was shown as {before} and as {name}")
                if self.updated.setdefault(number, updated) != updated:
                    self.updated[number] = updated
                    self.moved[number] += 1
        for number, moves in self.moved.items():
            if moves > self.meant[number]:
                self._blame(number, f"moved {moves} times and was changed {self.meant[number]} times")

    def _blame(self, number: str, what: str) -> None:
        home = self.home[number]
        site = self.world.sites[home]
        self.faults.append(f"{self.world.now:%m%d%H%M} {number} {what}: {home}, {site.kind}, {self.story[home]}")

    def check(self) -> None:
        assert not self.faults, "\n".join(self.faults[:5])
        assert self.shown.keys() == self.served, (
            f"never shown: {sorted(self.served - self.shown.keys())[:5]}; "
            f"never posted: {sorted(self.shown.keys() - self.served)[:5]}"
        )


@pytest.fixture(scope="module")
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def _world(folder: Path, server: FeedServer, prefix: str) -> World:
    world = World(folder, server, prefix)
    world.extra["outputs"] = "[{id: main, limit: 1000, formats: [atom]}]"
    return world


async def test_thousands_of_polls_of_two_hundred_sources_show_each_post_once(
    tmp_path: Path, server: FeedServer
) -> None:
    chance = random.Random(20261123)
    world = _world(tmp_path, server, "ten-thousand")
    life = Life(world, [f"Site{number}" for number in range(200)])
    polls = 0
    try:
        await life.step()
        while polls < POLLS:
            for site in chance.sample(sorted(world.sites.values(), key=lambda each: each.name), 60):
                life.happen(site, chance.choice(EVENTS), chance)
            if chance.random() < 0.2:
                await world.shut()
            before = len(server.requests)
            await life.step()
            polls += len(server.requests) - before
        for site in world.sites.values():
            site.status = 200
        for _ in range(6):  # the longest wait after failures is a day
            await life.step()
        life.check()
    finally:
        await world.shut()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    story=st.lists(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(EVENTS)), max_size=2), max_size=6),
    seed=st.integers(0, 1000),
)
async def test_any_short_story_shows_each_post_once(
    tmp_path_factory: pytest.TempPathFactory, server: FeedServer, story: list[list[tuple[int, str]]], seed: int
) -> None:
    chance = random.Random(seed)
    folder = tmp_path_factory.mktemp("story")
    world = _world(folder, server, folder.name)
    life = Life(world, ["Aa", "Bb", "Cc"])
    try:
        await life.step()
        for events in story:
            for place, event in dict(events).items():
                life.happen(world.sites[("Aa", "Bb", "Cc")[place]], event, chance)
            await life.step()
        for site in world.sites.values():
            site.status = 200
        for _ in range(6):
            await life.step()
        life.check()
    finally:
        await world.shut()
