"""What outputs take is decided once for each article, and no publish looks at all that is stored."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from sqlalchemy import update

from aggregator.articles import Rule, compile_rule
from aggregator.config import load
from aggregator.model import Article, Category, Code, PollPlan
from aggregator.outputs import taking
from aggregator.outputs.choosing import chosen_anyway, is_behind
from aggregator.pipeline import publish, publish_if_due
from aggregator.retention import prune_if_due
from aggregator.store.schema import output_entries
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aggregator.wiring import App

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Asked(Rule):
    """Remembers the titles of the articles it was asked about."""

    seen: ClassVar[list[str]] = []

    def matches(self, article: Article, now: datetime) -> bool:
        self.seen.append(article.title)
        return super().matches(article, now)


class Planet:
    """A program over one store, whose source brings what a test says, at a time that it sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self.app: App

    @asynccontextmanager
    async def runs(self, **outputs: dict[str, Any]) -> AsyncIterator[App]:
        said = {
            "site": {"title": "Planet", "url": "https://planet.example/"},
            "store": f"sqlite:///{self.folder}/store.db",
            "public": str(self.folder / "public"),
            "outputs": [{"id": name, "formats": ["json"], **rest} for name, rest in outputs.items()],
            "sources": [{"id": "a", "url": "https://a.example/feed"}],
        }
        path = self.folder / "config.yaml"
        path.write_text(json.dumps(said))
        self.app = await open_app(load(path, {}, check_rule=compile_rule), now=lambda: self.now)
        try:
            yield self.app
        finally:
            await self.app.close()

    def brings(self, *numbers: int, tag: str = "", edited: bool = False, ago: timedelta = timedelta(0)) -> None:
        """Articles with these numbers; the higher, the older."""
        told = tuple(article(each, tag, self.now - ago) for each in numbers)
        (claim,) = self.app.store.queue.claim(self.now, 1, timedelta(minutes=1), only=["a"], force=True)
        state = replace(claim.state, code=Code.OK, next_poll_at=self.now)
        plan = PollPlan(source="a", state=state, **{"updated" if edited else "new": told})
        self.app.store.polls.record(plan, claim, self.now)
        self.now += timedelta(minutes=1)

    def shows(self, output: str = "main", *, first: bool = True) -> list[str]:
        name = "feed" if first else output
        items = json.loads((self.folder / "public" / f"{name}.json").read_bytes())["items"]
        return [each["title"] for each in items]


def article(number: int, tag: str, at: datetime) -> Article:
    return Article(
        key=f"{number:032x}",
        id=f"https://a.example/{number}",
        source="a",
        raw_hash=f"{number} {tag}".encode(),
        fingerprint=f"{number} {tag}".encode(),
        title=f"{number}",
        url=f"https://a.example/{number}",
        tags=(Category(term=tag),) if tag else (),
        first_seen=at,
        sort_at=at - timedelta(minutes=number),
    )


@pytest.fixture
def planet(tmp_path: Path) -> Planet:
    return Planet(tmp_path)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publish looks at four of the articles that are stored."""
    monkeypatch.setattr(taking, "PAGE", 2)
    monkeypatch.setattr(taking, "PAGES", 2)


RARE = {"query": 'tag = "rare"'}


async def test_a_publish_asks_about_what_is_new_and_about_nothing_else(planet: Planet) -> None:
    async with planet.runs(main=RARE) as app:
        planet.brings(*range(20))
        await publish(app)
        asked = Asked(RARE["query"], compile_rule(RARE["query"]).root)
        asked.seen.clear()
        app.queries["main"] = asked
        planet.brings(100, tag="rare")
        await publish(app)
        assert asked.seen == ["100"]
        assert planet.shows() == ["100"]


async def test_an_edited_article_is_asked_about_again(planet: Planet) -> None:
    async with planet.runs(main=RARE) as app:
        planet.brings(1, 2, tag="rare")
        await publish(app)
        planet.brings(1, edited=True)
        await publish(app)
        assert planet.shows() == ["2"]
        planet.brings(1, tag="rare", edited=True)
        await publish(app)
        assert planet.shows() == ["1", "2"]


async def test_a_new_query_finds_what_is_stored_a_part_at_each_publish_the_newest_first(
    planet: Planet, small_steps: None
) -> None:
    async with planet.runs(main={}) as app:
        planet.brings(*range(9), tag="odd")
        while await publish_if_due(app) is not None:
            pass
    async with planet.runs(main={"query": 'tag = "odd"'}) as app:
        seen = []
        while await publish_if_due(app) is not None:
            seen.append(len(planet.shows()))
        assert seen == [4, 8, 9]
        assert planet.shows() == [str(each) for each in range(9)]


async def test_what_the_query_before_took_is_not_shown_for_the_new_one(planet: Planet, small_steps: None) -> None:
    async with planet.runs(main={"query": 'tag = "old"'}) as app:
        planet.brings(*range(9), tag="old")
        while await publish_if_due(app) is not None:
            pass
        assert len(planet.shows()) == 9
    async with planet.runs(main={"query": 'tag = "new"'}) as app:
        planet.brings(20, tag="new", ago=-timedelta(hours=1))
        await publish(app)
        assert planet.shows() == ["20"]
        while await publish_if_due(app) is not None:
            pass
        assert planet.shows() == ["20"]


async def test_what_comes_while_older_articles_are_gone_through_is_shown_at_once(
    planet: Planet, small_steps: None
) -> None:
    async with planet.runs(main={}) as app:
        planet.brings(*range(20))
        while await publish_if_due(app) is not None:
            pass
    async with planet.runs(main={"query": 'not tag = "none"'}) as app:
        await publish(app)
        planet.brings(0, edited=True)
        planet.brings(100)
        await publish(app)
        assert "0" in planet.shows()
        assert is_behind(app.store, app.config.outputs, copies=False)
        while await publish_if_due(app) is not None:
            pass
        assert len(planet.shows()) == 21


async def test_an_output_that_is_gone_and_comes_back_is_asked_about_everything(planet: Planet) -> None:
    async with planet.runs(main={}, other=RARE) as app:
        planet.brings(1, tag="rare")
        await publish(app)
    async with planet.runs(main={}) as app:
        await publish(app)
        assert app.store.articles.newest(10, now=planet.now, output="other") == ()
        planet.brings(2, tag="rare")
        await publish(app)
    async with planet.runs(main={}, other=RARE) as app:
        await publish(app)
        assert planet.shows("other", first=False) == ["1", "2"]


async def test_an_article_leaves_when_it_is_too_old_for_a_query_and_comes_when_it_is_old_enough(planet: Planet) -> None:
    async with planet.runs(young={"query": "age < 7d"}, old={"query": "age > 7d"}) as app:
        planet.brings(1)
        await publish(app)
        assert planet.shows("young") == ["1"]
        assert planet.shows("old", first=False) == []
        planet.now += timedelta(days=8)
        await publish(app)
        assert planet.shows("young") == []
        assert planet.shows("old", first=False) == ["1"]


async def test_who_explains_sees_what_the_next_publish_shows(planet: Planet) -> None:
    async with planet.runs(main=RARE) as app:
        planet.brings(1, tag="rare")
        await publish(app)
        planet.brings(2, tag="rare")
        (output,) = app.config.outputs
        found = chosen_anyway(output, app.store, app.queries["main"], planet.now, copies=False)
        assert {each.title for each in found} == {"1", "2"}


async def test_what_comes_while_outputs_are_asked_makes_another_publish(planet: Planet) -> None:
    async with planet.runs(main={}) as app:
        planet.brings(1)
        await publish(app)
        planet.brings(2)
        db = app.db

        async def meanwhile(function: Any, *args: Any, **kwargs: Any) -> Any:
            found = await db(function, *args, **kwargs)
            if (
                function == app.store.outputs.queued
                and not found.keys
                and not app.store.articles.find("https://a.example/3")
            ):
                planet.brings(3)
            return found

        app.db = meanwhile  # type: ignore[method-assign]  # a poll that ends just then
        await publish(app)
        assert await publish_if_due(app) is not None
        assert await publish_if_due(app) is None
        assert planet.shows() == ["1", "2", "3"]


async def test_what_no_archive_document_has_yet_keeps_its_text(planet: Planet) -> None:
    async with planet.runs(main={"limit": 1, "formats": ["atom"]}) as app:
        app.config = replace(app.config, retention=replace(app.config.retention, content=timedelta(days=30)))
        planet.brings(*range(4))
        await publish(app)
        planet.now += timedelta(days=60)
        for archive, texts in ((None, 0), (1, 3)):
            with app.store._database.writing() as db:
                db.execute(update(output_entries).values(archive=archive))
            assert await prune_if_due(app) == texts
            planet.now += timedelta(days=2)


async def test_no_text_goes_before_every_output_was_asked_about_it(planet: Planet, small_steps: None) -> None:
    async with planet.runs(main={"limit": 1}) as app:
        planet.brings(*range(9), tag="odd")
        while await publish_if_due(app) is not None:
            pass
    async with planet.runs(main={"query": 'tag = "odd"'}) as app:
        app.config = replace(app.config, retention=replace(app.config.retention, content=timedelta(days=30)))
        planet.now += timedelta(days=60)
        assert await prune_if_due(app) == 0
        while await publish_if_due(app) is not None:
            assert await prune_if_due(app) == 0
        assert len(planet.shows()) == 9


async def test_what_comes_while_a_publish_waits_for_the_end_of_a_burst_is_in_it(planet: Planet) -> None:
    async with planet.runs(main={}) as app:
        planet.brings(1)

        async def wait() -> None:
            planet.brings(2)
            planet.brings(3)

        assert await publish_if_due(app, wait) is not None
        assert sorted(planet.shows()) == ["1", "2", "3"]
        assert await publish_if_due(app, wait) is None
