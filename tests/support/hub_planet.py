"""A program with one output and its hub, as tests speak to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from subscriber import Subscriber

from aggregator.hub.hub import Hub
from aggregator.model import Article, Person
from aggregator.publish import assemble, documents, files
from aggregator.serve import Documents
from aggregator.wiring import App

FORM = {"content-type": "application/x-www-form-urlencoded"}
SITE = "https://planet.example/"
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
PATIENCE = 60.0


@dataclass
class Planet:
    """The running thing. ``clock`` is what is added to the time."""

    app: App
    hub: Hub
    client: httpx.AsyncClient
    folder: Path
    subscriber: Subscriber
    documents: Documents
    clock: list[timedelta]
    titles: list[str] = field(default_factory=list)

    def change(self, title: str | None = None) -> None:
        """A new article is published."""
        self.titles.append(title or f"Title {len(self.titles) + 1}")
        self.published()

    def published(self) -> None:
        """The documents of every public output are there, and what they were before is not."""
        config = self.app.config
        config.public.mkdir(parents=True, exist_ok=True)
        made = [
            each
            for place, output in enumerate(config.outputs)
            for each in documents(
                assemble(self._articles(), {}, {}, config.site, output, first=place == 0, hubs=config.hubs),
                first=place == 0,
            ).documents
        ]
        for gone in {each.name for each in config.public.iterdir()} - {each.path for each in made}:
            (config.public / gone).unlink()
        files.write_all(config.public, made)
        self.documents.load(config.public, now=self.app.now())
        self.hub.published()

    def _articles(self) -> list[Article]:
        return [
            Article(
                key=f"{number:032x}",
                id=f"urn:article:{number}",
                source="blog",
                raw_hash=b"",
                fingerprint=b"",
                title=title,
                content_html="<p>Text.</p>",
                authors=(Person(name="Ann"),),
                first_seen=NOON,
                sort_at=NOON,
            )
            for number, title in enumerate(self.titles)
        ]

    async def ask(self, **said: str) -> httpx.Response:
        """A request to the hub; ``topic="feed.atom"`` stands for ``hub.topic`` with that address."""
        form = {"hub.mode": "subscribe", "hub.topic": "feed.atom", "hub.callback": self.subscriber.url()}
        form |= {f"hub.{name}" if name != "foo" else name: value for name, value in said.items()}
        if "://" not in form["hub.topic"]:
            form["hub.topic"] = SITE + form["hub.topic"]
        return await self.client.post("/hub", content=urlencode(form), headers=FORM)

    async def subscribed(self, **said: str) -> None:
        """A subscription that is accepted, verified and in force."""
        path = said.get("callback", self.subscriber.url()).partition("?")[0].partition(f":{self.subscriber.port}")[2]
        before = len(self.subscriber.asked(path))
        answer = await self.ask(**said)
        assert answer.status_code == 202, answer.text
        await until(lambda: len(self.subscriber.asked(path)) > before)
        await self.settled()

    async def settled(self) -> None:
        """Nothing is asked for, under way, or waits to be written down."""

        async def idle() -> bool:
            waiting = await self.app.db(self.app.store.subscriptions.intents, 1)
            return not waiting and not self.hub._tasks and not self.hub._woken.is_set()

        for _ in range(int(PATIENCE / 0.02)):
            if await idle():
                await asyncio.sleep(0.02)
                if await idle():
                    return
            await asyncio.sleep(0.02)
        pytest.fail("the hub does not come to rest")

    def pass_time(self, by: timedelta) -> None:
        self.clock[0] += by
        self.hub.published()


async def until(what: Callable[[], Any]) -> None:
    for _ in range(int(PATIENCE / 0.02)):
        if what():
            return
        await asyncio.sleep(0.02)
    pytest.fail("waited in vain")
