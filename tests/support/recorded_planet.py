"""A small planet whose articles are recorded without any source being asked, and published by the program's own code.

The clock is ours, the store, the public folder and all that is written there are real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from aggregator.config import load
from aggregator.model import Article, Code, Person, PollPlan
from aggregator.pipeline import Published, publish, publish_if_due
from aggregator.wiring import App, open_app

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SITE = "https://planet.example/"
LEASE = timedelta(minutes=1)


class RecordedPlanet:
    """One installation: ``await start()``, then record, publish, ``await stop()``, and again."""

    def __init__(
        self,
        folder: Path,
        *,
        sources: Iterable[str] = ("a",),
        outputs: str = "[{id: main, limit: 10, formats: [atom]}]",
        site: str = SITE,
        store: str = "",
    ) -> None:
        self.folder, self.sources, self.outputs, self.site, self.store = folder, tuple(sources), outputs, site, store
        self.on_remove: dict[str, str] = {}
        self.now = START
        self.app: App

    @property
    def public(self) -> Path:
        return self.folder / "feeds" / "public"

    async def start(self) -> None:
        sources = [
            f"  - {{id: {each}, url: 'https://{each}.example/feed', on_remove: {self.on_remove.get(each, 'keep')}}}"
            for each in self.sources
        ]
        lines = [
            f"site: {{title: Planet, url: '{self.site}', id: 'tag:planet.example,2026:planet'}}",
            f"outputs: {self.outputs}",
            *([f"store: '{self.store}'"] if self.store else []),
            "sources:" if sources else "sources: []",
            *sources,
        ]
        path = self.folder / "config.yaml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.app = await open_app(load(path, {}), now=lambda: self.now)

    async def stop(self) -> None:
        await self.app.close()

    async def restart(self, between: Callable[[], object] = lambda: None) -> None:
        await self.stop()
        between()
        await self.start()

    async def publish(self) -> Published:
        return await publish(self.app)

    async def publish_if_due(self) -> Published | None:
        return await publish_if_due(self.app)

    # ---- what sources bring

    def article(self, name: object, source: str = "a", **said: Any) -> Article:
        at = said.get("sort_at", self.now)
        usual: dict[str, Any] = {
            "key": sha256(f"{source} {name}".encode()).hexdigest()[:32],
            "id": f"tag:{source}.example,2026:{name}",
            "source": source,
            "raw_hash": sha256(str(name).encode()).digest(),
            "fingerprint": sha256(str(name).encode()).digest()[:16],
            "title": f"Article {name}",
            "url": f"https://{source}.example/{name}",
            "content_html": f"<p>The text of {name}.</p>",
            "authors": (Person(name="Ann Author"),),
            "published": at,
            "first_seen": self.now,
            "sort_at": at,
        }
        return Article(**(usual | said))

    def record(self, source: str = "a", **fields: Any) -> None:
        """One poll of a source that brought this (fields of ``PollPlan``)."""
        self.now += timedelta(seconds=5)  # what a host is left alone for
        store = self.app.store
        (claim,) = store.queue.claim(self.now, 1, LEASE, only=[source], force=True)
        state = replace(claim.state, next_poll_at=self.now, next_reason="test", code=Code.OK)
        store.polls.record(PollPlan(source=source, state=state, **fields), claim, self.now)

    def post(self, *names: object, source: str = "a", **said: Any) -> list[str]:
        """New articles, a minute apart unless a date is given; their ids."""
        articles = []
        for name in names:
            self.now += timedelta(minutes=1)
            articles.append(self.article(name, source, **said))
        self.record(source, new=tuple(articles))
        return [each.id for each in articles]

    def edit(self, entry_id: str, text: str) -> None:
        """Its source says something else in it."""
        held = self.app.store.articles.find(entry_id)
        assert held is not None
        changed = replace(held, content_html=f"<p>{text}</p>", updated=self.now, raw_hash=text.encode()[:32])
        self.record(held.source, updated=(changed,))

    def delete(self, entry_id: str) -> None:
        """Its source deletes it."""
        held = self.app.store.articles.find(entry_id)
        assert held is not None
        self.record(held.source, deleted=(held.key,))

    def operate(self, hand: Any, *ids: str, undo: bool = False) -> None:
        """What the operator does."""
        found = [self.app.store.articles.find(each) for each in ids]
        self.app.store.articles.operate(hand, [each.key for each in found if each is not None], self.now, undo=undo)

    def say_again(self, entry_id: str, content_html: str) -> None:
        """Its source is read anew, as after a retraction is undone: what has no text any more gets the one it had."""
        held = self.app.store.articles.find(entry_id)
        assert held is not None
        if not held.title:
            name = entry_id.rpartition(":")[2]
            said = self.article(name, sort_at=held.sort_at, updated=held.updated, content_html=content_html)
            self.record(held.source, refreshed=(said,))
