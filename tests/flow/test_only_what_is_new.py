"""A publish reads, renders and writes what is new, and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.model import Article, Code, PollPlan
from aggregator.pipeline import publish
from aggregator.publish import FORMATS
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aggregator.model import PublishedEntry
    from aggregator.wiring import App

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def article(number: int, **fields: Any) -> Article:
    given: dict[str, Any] = {
        "key": f"{number:032x}",
        "id": f"https://a.example/{number}",
        "source": "a",
        "raw_hash": f"{number}".encode(),
        "fingerprint": f"{number}".encode(),
        "title": f"Number {number}",
        "url": f"https://a.example/{number}",
        "content_html": f"<p>The text of {number}</p>",
        "first_seen": NOW,
        "sort_at": NOW - timedelta(minutes=number),
    }
    return Article(**(given | fields))


async def started(folder: Path) -> App:
    said = {
        "site": {"title": "Planet", "url": "https://planet.example/"},
        "store": f"sqlite:///{folder}/store.db",
        "public": str(folder / "public"),
        "sources": [{"id": "a", "url": "https://a.example/feed"}],
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(said))
    return await open_app(load(path, {}, check_rule=compile_rule), now=lambda: NOW)


def brings(app: App, **told: tuple[Article, ...]) -> None:
    (claim,) = app.store.queue.claim(NOW, 1, timedelta(minutes=1), only=["a"], force=True)
    app.store.polls.record(
        PollPlan(source="a", state=replace(claim.state, code=Code.OK, next_poll_at=NOW), **told), claim, NOW
    )
    with app.store._database.writing() as db:
        db.exec_driver_sql("UPDATE hosts SET free_at = 0")  # it may be asked again at once


def titles(folder: Path) -> list[str]:
    return [each["title"] for each in json.loads((folder / "public" / "feed.json").read_bytes())["items"]]


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[tuple[str, str]]]:
    """How often each entry was rendered: (format, id)."""
    counted: Counter[tuple[str, str]] = Counter()

    def counting(name: str) -> Any:
        entry = FORMATS[name].entry

        def count(published: PublishedEntry) -> bytes:
            counted[name, published.id] += 1
            return entry(published)

        return count

    assert isinstance(FORMATS, dict)
    for name in FORMATS:
        monkeypatch.setitem(FORMATS, name, replace(FORMATS[name], entry=counting(name)))
    return counted


async def test_an_entry_is_rendered_once_however_often_it_is_published(
    tmp_path: Path, rendered: Counter[tuple[str, str]]
) -> None:
    app = await started(tmp_path)
    brings(app, new=tuple(article(each) for each in range(1, 6)))
    await publish(app)
    assert len(rendered) == 5 * len(FORMATS)
    brings(app, new=(article(0),))
    await publish(app)
    await publish(app)
    assert len(rendered) == 6 * len(FORMATS)
    assert set(rendered.values()) == {1}
    await app.close()


async def test_after_a_restart_what_is_shown_is_rendered_again_once_and_to_the_same_bytes(
    tmp_path: Path, rendered: Counter[tuple[str, str]]
) -> None:
    app = await started(tmp_path)
    brings(app, new=tuple(article(each) for each in range(3)))
    await publish(app)
    await app.close()
    app = await started(tmp_path)
    assert (await publish(app)).written == ()
    brings(app, new=(article(3),))
    await publish(app)
    twice = {f"https://a.example/{each}": 2 for each in range(3)}
    assert rendered == {(name, id_): n for name in FORMATS for id_, n in {**twice, "https://a.example/3": 1}.items()}
    await app.close()


async def test_a_document_that_says_the_same_is_not_touched(tmp_path: Path) -> None:
    app = await started(tmp_path)
    brings(app, new=(article(1),))
    await publish(app)
    public = tmp_path / "public"
    before = {each: (each.stat().st_ino, each.stat().st_mtime_ns) for each in public.glob("*.*")}
    assert {each.suffix for each in before} >= {".atom", ".rss", ".json", ".html", ".xml", ".css"}
    assert (await publish(app)).written == ()
    assert {each: (each.stat().st_ino, each.stat().st_mtime_ns) for each in public.glob("*.*")} == before
    await app.close()


async def test_what_changed_since_is_read_again(tmp_path: Path) -> None:
    app = await started(tmp_path)
    brings(app, new=tuple(article(each) for each in range(4)))
    await publish(app)
    keys = [article(each).key for each in range(4)]

    brings(app, updated=(article(0, title="Edited", updated=NOW),))
    await publish(app)
    assert titles(tmp_path) == ["Edited", "Number 1", "Number 2", "Number 3"]
    brings(app, refreshed=(article(1, raw_hash=b"1", summary="Said otherwise"),))
    await publish(app)
    items = json.loads((tmp_path / "public" / "feed.json").read_bytes())["items"]
    assert items[1]["summary"] == "Said otherwise"
    app.store.articles.operate("pin", [keys[3]], NOW)
    await publish(app)
    assert titles(tmp_path) == ["Number 3", "Edited", "Number 1", "Number 2"]
    app.store.articles.operate("pin", [keys[3]], NOW, undo=True)
    app.store.articles.operate("hide", [keys[0]], NOW)
    await publish(app)
    assert titles(tmp_path) == ["Number 1", "Number 2", "Number 3"]
    await app.close()
