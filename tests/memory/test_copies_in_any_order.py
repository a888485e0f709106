"""Blogs, planets and a crook, polled in any order: each post is seen once, and no forgery hides anybody.

The values, the plan and the store are the real ones; documents and the wire are left out, so that a life of sources
takes milliseconds.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenario import prose

from aggregator.articles import Rights, identify, normalise
from aggregator.model import (
    Code,
    Failed,
    FeedInfo,
    Fetched,
    Link,
    ParsedEntry,
    ParsedFeed,
    Polling,
    Site,
    Source,
    Text,
)
from aggregator.plan import Others, plan
from aggregator.store import Store

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
BLOGS, PLANETS = ("anna", "ben", "cleo"), ("early", "late")
CROOK = "crook"
NAMES = (*BLOGS, *PLANETS, CROOK)
SITE = Site(title="Planet", url="http://planet.test/", id="tag:planet.test,2026:all")
POLLING = Polling()


@dataclass(frozen=True)
class Said:
    """An entry of some feed, and which post it honestly is; forgeries are posts of their own."""

    post: str
    id: str | None
    page: str
    title: str
    text: str
    written: datetime
    names: str | None = None


@dataclass
class Life:
    """Sources over days, and what readers saw of them."""

    store: Store
    now: datetime = START
    feeds: dict[str, list[Said]] = field(default_factory=lambda: {name: [] for name in NAMES})
    down: set[str] = field(default_factory=set)
    configured: set[str] = field(default_factory=lambda: set(NAMES))
    posts: int = 0
    offered: set[str] = field(default_factory=set)
    """Posts that stood in a document that was read."""
    seen: dict[str, str] = field(default_factory=dict)
    """Published id -> post, of all that was ever shown."""
    shown: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def sync(self) -> None:
        self.sources = {
            name: Source(id=name, url=f"http://{name}.test/feed") for name in NAMES if name in self.configured
        }
        self.store.sync(tuple(self.sources.values()), self.now, lambda _source: self.now, lambda _host: timedelta(0))
        self.others = Others(rights=Rights.of(self.sources.values(), SITE, (f"{SITE.url}feed.atom",)))

    # ---- what sources do

    def post(self, blog: str) -> None:
        self.posts += 1
        name, host = f"p{self.posts}", f"{blog}.test"
        said = Said(name, f"tag:{host},2026:{name}", f"http://{host}/{name}", f"Post {name}", prose(name), self.now)
        self.feeds[blog].insert(0, said)

    def carry(self, planet: str, blog: str, how: str) -> None:
        if not self.feeds[blog]:
            return
        original = self.feeds[blog][0]
        if any(each.post == original.post for each in self.feeds[planet]):
            return
        copy = replace(original, names=None if "unnamed" in how else blog)
        if "own ids" in how:
            copy = replace(copy, id=f"http://{planet}.test/{original.post}")
        if "excerpt" in how:
            copy = replace(copy, text=copy.text[:100])
        self.feeds[planet].insert(0, copy)

    def forge(self, blog: str, how: str) -> None:
        if not self.feeds[blog] or any(each.id == self.feeds[blog][0].id for each in self.feeds[CROOK]):
            return
        self.posts += 1
        name, victim = f"f{self.posts}", self.feeds[blog][0]
        page = victim.page if "page" in how else f"http://{CROOK}.test/{name}"
        names = blog if "named" in how else None
        self.feeds[CROOK].insert(0, Said(name, victim.id, page, f"Buy {name}", prose(name), self.now, names))

    def drop(self, blog: str) -> None:
        del self.feeds[blog][1:]

    # ---- the program

    def poll(self, name: str) -> None:
        if name not in self.configured:
            return
        source = self.sources[name]
        self.now += timedelta(minutes=1)
        (claim,) = self.store.queue.claim(self.now, 1, timedelta(minutes=1), only=[name], force=True)
        common: dict[str, Any] = {"polling": POLLING, "now": self.now, "parser_version": 1, "others": self.others}
        if name in self.down:
            failed = Failed(code=Code.HTTP_5XX, detail="503", status=503)
            self.store.polls.record(plan(source, claim.state, failed, **common), claim, self.now)
            return
        feed = ParsedFeed(
            road="test",
            info=FeedInfo(title=name, url=f"http://{name}.test/", self_url=source.url),
            entries=tuple(_entry(said, place) for place, said in enumerate(self.feeds[name])),
        )
        self.offered |= {said.post for said in self.feeds[name]}
        outcome = Fetched(documents=(), final_url=source.location, body_hash=str(self.now).encode(), status=200)
        entries = identify(feed, source)
        known = self.store.polls.known(
            name, [each.key for each in entries], [each.claimed_id for each in entries if each.claimed_id]
        )
        fresh = [each for each in entries if each.key not in known.articles]
        articles = normalise(fresh, feed.info, source, self.now)
        neighbours = {other for each in articles for other in self.others.rights.expected(each.origin, each.url)}
        claimed = [each.claimed_id for each in fresh if each.claimed_id]
        known = self.store.polls.elsewhere(name, known, articles, claimed, neighbours - {name})
        decided = plan(
            source, claim.state, outcome, feed=feed, entries=entries, articles=articles, known=known, **common
        )
        self.store.polls.record(decided, claim, self.now)

    def publish(self) -> None:
        now = {each.id: each.title.split()[-1] for each in self.store.articles.newest(1000, now=self.now)}
        for published, post in now.items():
            if published not in self.seen and post in self.seen.values():
                self.faults.append(f"{post} is new again, as {published}")
        self.faults += [f"{self.seen[gone]} is gone" for gone in self.shown - now.keys()]
        self.faults += [f"{post} is shown {n} times" for post, n in Counter(now.values()).items() if n > 1]
        self.seen.update(now)
        self.shown = set(now)

    def settle(self) -> None:
        """Everybody is well and looked at until nothing waits any more."""
        self.down.clear()
        for _ in range(3):
            for name in NAMES:
                self.poll(name)
            self.publish()
            self.now += timedelta(hours=25)
            self.publish()


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _entry(said: Said, place: int) -> ParsedEntry:
    origin = FeedInfo(title=said.names, self_url=f"http://{said.names}.test/feed") if said.names is not None else None
    return ParsedEntry(
        raw_id=said.id,
        raw_hash=_digest(*map(str, (said.id, said.page, said.title, said.text))).encode()[:16],
        position=place,
        links=(Link(href=said.page),),
        title=Text(value=said.title),
        summary=Text(value=said.text),
        published=said.written,
        updated=said.written,
        source=origin,
    )


HOW = ("", "unnamed", "own ids", "own ids, unnamed", "excerpt", "excerpt, own ids")
FORGED = ("id", "id, page", "id, named", "id, page, named")
STEPS = (
    "post",
    "post",
    "carry",
    "carry",
    "carry",
    "forge",
    "poll",
    "poll",
    "poll",
    "fail",
    "recover",
    "drop",
    "pass",
    "add",
)


def step(life: Life, dice: random.Random) -> None:
    """One thing that happens."""
    what, blog = dice.choice(STEPS), dice.choice(BLOGS)
    if what == "post":
        life.post(blog)
    elif what == "carry":
        life.carry(dice.choice(PLANETS), blog, dice.choice(HOW))
    elif what == "forge":
        life.forge(blog, dice.choice(FORGED))
    elif what == "poll":
        life.poll(dice.choice(NAMES))
    elif what == "fail":
        life.down.add(blog)
    elif what == "recover":
        life.down.discard(blog)
    elif what == "drop":
        life.drop(blog)
    elif what == "pass":
        life.now += timedelta(hours=dice.randint(1, 30))
    else:
        life.configured.add(blog)
        life.sync()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "store.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@settings(max_examples=int(os.environ.get("LIVES", "15")), deadline=None, derandomize=True)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_each_post_is_seen_once_whoever_brings_it_first(
    empty: Path, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    dice = random.Random(seed)
    path = tmp_path_factory.mktemp("life") / "store.db"
    path.write_bytes(empty.read_bytes())
    with Store.open(f"sqlite:///{path}") as store:
        life = Life(store)
        life.configured -= set(dice.sample(BLOGS, dice.randint(0, 2)))
        life.sync()
        for _ in range(dice.randint(5, 60)):
            step(life, dice)
            life.publish()
        life.settle()
        assert not life.faults
        honest = {post for post in life.offered if post.startswith("p")}
        assert honest <= set(life.seen.values()), "of forgeries some are shown as what they are, some are not at all"
