"""Outputs that are made when they are asked for: what is in them, what they cost, and what nobody gets out of them."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import feedparser
import lxml.html
import pytest

from aggregator import asked as asking_module
from aggregator.articles import compile_rule
from aggregator.asked import KEPT, QUEUE, Asking, Busy, Unknown
from aggregator.config import load
from aggregator.model import Article, Category, Code, FeedInfo, Person, PollPlan
from aggregator.publish.automatic import Unclear
from aggregator.serve import Documents
from aggregator.store import Store
from aggregator.wiring import App, open_app

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NASTY = '<img src=x onerror="window.pwned=1">\u202e'

Opened = Callable[..., Any]


def article(n: int, source: str = "a", **fields: Any) -> Article:
    key = sha256(f"{source} {n}".encode()).hexdigest()[:32]
    given: dict[str, Any] = {
        "key": key,
        "id": f"tag:{source}.example,2026:{n}",
        "source": source,
        "raw_hash": key.encode(),
        "fingerprint": key.encode()[:16],
        "title": f"Article {n}",
        "url": f"https://{source}.example/{n}",
        "content_html": f"<p>Text of {n}</p>",
        "authors": (Person(name="Ann"),),
        "first_seen": NOW,
        "sort_at": NOW - n * HOUR,
        "published": NOW - n * HOUR,
    }
    return Article(**(given | fields))


def tags(*names: str) -> tuple[Category, ...]:
    return tuple(Category(term=name) for name in names)


def record(app: App, source: str, now: datetime = NOW, **changes: Any) -> None:
    (claim,) = app.store.queue.claim(now, 1, timedelta(minutes=1), only=[source], force=True)
    info = FeedInfo(title=f"Blog {source.upper()}", url=f"https://{source}.example/")
    state = replace(claim.state, next_poll_at=now + HOUR, next_reason="hourly", code=Code.OK, info=info)
    app.store.polls.record(PollPlan(source=source, state=state, **changes), claim, now)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "store.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def opened(tmp_path_factory: pytest.TempPathFactory, empty: Path) -> Opened:
    """Opens the program with two sources, and these articles."""

    @asynccontextmanager
    async def open_it(*articles: Article, more: str = "") -> AsyncIterator[tuple[App, Asking]]:
        folder = tmp_path_factory.mktemp("planet")
        (folder / "var").mkdir()
        shutil.copy(empty, folder / "var" / "aggregator.db")
        (folder / "config.yaml").write_text(
            "site: {title: Planet, url: 'https://planet.example/', id: 'tag:planet.example,2026:planet'}\n"
            "sources:\n  - {id: a, url: https://a.example/feed}\n  - {id: b, url: https://b.example/feed, title: Bee}\n"
            f"{more}",
            encoding="utf-8",
        )
        config = load(folder / "config.yaml", {}, check_rule=compile_rule)
        app = await open_app(config, now=lambda: NOW)
        try:
            for source in ("a", "b"):
                await app.db(record, app, source, new=tuple(each for each in articles if each.source == source))
            yield app, Asking(app, Documents())
        finally:
            await app.close()

    return open_it


async def body(asking: Asking, path: str, query: bytes = b"") -> bytes:
    return (await asking.document(path, query)).identity.body


async def titles(asking: Asking, path: str, query: bytes = b"") -> list[str]:
    return [each["title"] for each in json.loads(await body(asking, path, query))["items"]]


async def test_a_tag_a_source_a_language_and_a_search_have_their_own_articles(opened: Opened) -> None:
    some = (
        article(1, tags=tags("Cars"), language="en-GB"),
        article(2, "b", tags=tags("CARS"), language="fr", content_html="<p>A hot Summer</p>"),
        article(3, "b", title="Summer time"),
    )
    async with opened(*some) as (_, asking):
        assert await titles(asking, "/tags/cars.json") == ["Article 1", "Article 2"]
        assert await titles(asking, "/sources/b.json") == ["Article 2", "Summer time"]
        assert (
            await titles(asking, "/languages/en.json") == await titles(asking, "/languages/EN-gb.json") == ["Article 1"]
        )
        assert await titles(asking, "/search.json", b"q=summer") == ["Article 2", "Summer time"]
        assert await titles(asking, "/search.json", b"q=hot+summer") == ["Article 2"]
        assert await titles(asking, "/search.json", b"q=source+%3D+%22b%22+and+not+tag+%3D+%22cars%22") == [
            "Summer time"
        ]
        assert await titles(asking, "/search.json", b"q=nothing+like+it") == []


async def test_every_format_says_where_it_is_and_has_one_id(opened: Opened) -> None:
    async with opened(article(1, tags=tags("C# & <b>"), content_html="<p>x</p>")) as (_, asking):
        ids = set()
        for ending in ("atom", "rss"):
            feed = feedparser.parse(await body(asking, f"/tags/c# & <b>.{ending}"))
            assert not feed.bozo
            links = {link["rel"]: link["href"] for link in feed.feed.links if link["rel"] in ("self", "alternate")}
            assert links["self"] == f"https://planet.example/tags/c%23%20%26%20%3Cb%3E.{ending}"
            assert links["alternate"] == "https://planet.example/tags/c%23%20%26%20%3Cb%3E"
            assert feed.feed.title == "Planet: C# & <b>"
            ids.add(feed.feed.get("id"))
        said = json.loads(await body(asking, "/tags/c# & <b>.json"))
        assert said["feed_url"].endswith("/tags/c%23%20%26%20%3Cb%3E.json")
        page = lxml.html.document_fromstring(await body(asking, "/tags/c# & <b>"))
        offered = page.xpath("//link[@rel='alternate']/@href")
        assert [each.rpartition(".")[2] for each in offered] == ["atom", "rss", "json"]
        assert page.xpath("//link[@rel='stylesheet']/@href") == ["/style.css"]
        assert page.xpath("//link[@rel='canonical']/@href") == ["https://planet.example/tags/c%23%20%26%20%3Cb%3E"]


async def test_the_same_output_has_the_same_id_in_another_life(opened: Opened) -> None:
    found = []
    for _ in range(2):
        async with opened() as (_, asking):
            found.append(feedparser.parse(await body(asking, "/sources/a.atom")).feed.id)
    assert found[0] == found[1] != "tag:planet.example,2026:planet"


async def test_what_does_not_exist_is_not_there_and_a_source_without_articles_is_empty(opened: Opened) -> None:
    async with opened(article(1)) as (_, asking):
        for path in ("/tags/none.atom", "/sources/none.atom", "/languages/xx", "/tags/a", "/other/a.atom"):
            with pytest.raises(Unknown):
                await asking.document(path, b"")
        feed = feedparser.parse(await body(asking, "/sources/b.atom"))
        assert (feed.bozo, feed.entries, feed.feed.title) == (False, [], "Planet: Bee")
        assert feedparser.parse(await body(asking, "/sources/a.atom")).feed.title == "Planet: Blog A"


async def test_what_is_taken_back_is_told_by_a_tombstone_and_hidden_articles_are_not_there(opened: Opened) -> None:
    car = tags("car")
    async with opened(article(1, tags=car), article(2, tags=car), article(3, tags=car)) as (app, asking):
        app.store.articles.operate("retract", [article(1).key], NOW)
        app.store.articles.operate("hide", [article(2).key], NOW)
        said = await body(asking, "/tags/car.atom")
        assert b'ref="tag:a.example,2026:1"' in said
        assert [each.title for each in feedparser.parse(said).entries] == ["Article 3"]
        app.store.articles.operate("retract", [article(3).key], NOW)
        asking.forget()
        assert feedparser.parse(await body(asking, "/tags/car.atom")).entries == []


async def test_pinned_articles_come_first_where_they_belong(opened: Opened) -> None:
    async with opened(*(article(n, tags=tags("odd" if n % 2 else "even")) for n in range(60))) as (app, asking):
        app.store.articles.operate("pin", [article(59).key], NOW)
        assert (await titles(asking, "/tags/odd.json"))[:2] == ["Article 59", "Article 1"]
        assert (await titles(asking, "/tags/even.json"))[0] == "Article 0"


async def test_there_are_as_many_entries_as_configured(opened: Opened) -> None:
    some = [article(n, tags=tags("x")) for n in range(60)]
    async with opened(*some) as (_, asking):
        assert len(await titles(asking, "/tags/x.json")) == 50
    async with opened(*some, more="automatic: {limit: 7}\n") as (_, asking):
        assert await titles(asking, "/search.json", b"q=article") == [f"Article {n}" for n in range(7)]


async def test_what_is_configured_away_is_not_there(opened: Opened) -> None:
    some = article(1, tags=tags("x"), language="en")
    async with opened(some, more="automatic: {tags: false, search: false}\n") as (_, asking):
        for path in ("/tags", "/tags/x.atom", "/search"):
            with pytest.raises(Unknown):
                await asking.document(path, b"")
        page = (await body(asking, "/sources")).decode()
        assert "planet.example/tags" not in page
        await asking.document("/languages/en.atom", b"")


async def test_where_all_is_private_nothing_is_made_for_everybody(opened: Opened) -> None:
    private = "outputs: [{id: main, tokens: {phone: abcdefghijklmnopqrstuvwxyz012345}}]\n"
    async with opened(article(1), more=private) as (_, asking):
        with pytest.raises(Unknown):
            await asking.document("/sources/a.atom", b"")
    async with opened(article(1), more=private + "automatic: {sources: true}\n") as (_, asking):
        assert await titles(asking, "/sources/a.json") == ["Article 1"]


async def test_the_lists_name_what_there_is(opened: Opened) -> None:
    some = [article(n, tags=tags("Cars", "a/b" if n else "..")) for n in range(3)]
    async with opened(*some, article(9, tags=tags("cars", "CARS", NASTY))) as (_, asking):
        page = lxml.html.document_fromstring((await body(asking, "/tags")).decode())
        items = page.xpath("//main//li")
        assert [each.find("a").get("href") for each in items[:-1]] == [
            "https://planet.example/tags/a%2Fb",
            "https://planet.example/tags/cars",
        ][-len(items) + 1 :] or len(items) == 3
        said = {each.find("a").text: each.xpath("string(span)").split()[0] for each in items}
        assert said == {"a/b": "2", "Cars": "4", NASTY: "1"}
        assert not page.xpath("//img")
        sources = lxml.html.document_fromstring(await body(asking, "/sources"))
        rows = {each.find("a").text: each for each in sources.xpath("//main//li")}
        assert list(rows) == ["Bee", "Blog A"]
        assert rows["Blog A"].xpath(".//a/@href") == [
            "https://planet.example/sources/a", "https://a.example/", "https://a.example/feed",
        ]  # fmt: skip
        assert "4 articles" in rows["Blog A"].text_content()
        assert "2026-11-22" in rows["Blog A"].text_content()


@pytest.mark.parametrize("path", ["/tags", "/tags/%s", "/search", "/search?"])
async def test_a_hostile_tag_or_search_is_only_ever_text(opened: Opened, path: str) -> None:
    hostile = '"><script>alert(1)</script>'
    async with opened(article(1, tags=tags(hostile), title=hostile, language="en")) as (_, asking):
        query = b"q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E" if path == "/search?" else b""
        page = lxml.html.document_fromstring(await body(asking, path.replace("%s", hostile).rstrip("?"), query))
        assert not page.xpath("//script")
        assert not page.xpath("//@onerror")


async def test_the_search_page_is_for_people_and_no_index(opened: Opened) -> None:
    async with opened(article(1)) as (_, asking):
        document = await asking.document("/search", b"q=article")
        page = lxml.html.document_fromstring(document.identity.body)
        assert page.xpath("//form[@method='get']//input[@name='q']/@value") == ["article"]
        assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
        assert "1 article found among the newest 1." in page.text_content()
        for each in document.codings.values():
            assert dict(each.headers)[b"x-robots-tag"] == b"noindex"
            assert b"form-action 'self'" in dict(each.headers)[b"content-security-policy"]
        for query, said in ((b"q=title+~+x", "title ~ x"), (b"q=" + b"word+" * 21, "word " * 21)):
            refused = await asking.answer("/search", query)
            assert refused.status == 400
            told = lxml.html.document_fromstring(refused.page)
            assert told.xpath("string(//form/p[@role='alert'][@id='problem'])") == refused.words
            assert told.xpath("//input[@aria-describedby='problem']/@value") == [said], "what was typed is there still"


async def test_every_page_leads_back_to_the_first(opened: Opened) -> None:
    async with opened(article(1, tags=tags("Cars"))) as (_, asking):
        for path in ("/tags/cars", "/sources/a", "/tags", "/sources", "/search"):
            page = lxml.html.document_fromstring(await body(asking, path))
            (first, *_) = page.xpath("//nav[@aria-label='Site']//a")
            assert first.get("href") == "https://planet.example/", path


async def test_a_local_article_leads_to_its_page_where_it_has_one(opened: Opened) -> None:
    """What no output takes has no page."""
    local = [article(n, url=None, slug=f"local-{n}") for n in (1, 2)]
    async with opened(*local) as (app, asking):
        (app.config.public / "a").mkdir(parents=True)
        (app.config.public / "a" / "local-1.html").write_text("a page")
        items = json.loads(await body(asking, "/sources/a.json"))["items"]
        assert [each.get("url") for each in items] == ["https://planet.example/a/local-1", None]


@pytest.mark.parametrize("query", [b"q=author", b"q=rights+and+language", b"q=a+%3D+b", b"q=c%2B%2B+%3D+fun"])
async def test_words_that_could_be_a_rule_are_words(opened: Opened, query: bytes) -> None:
    async with opened(article(1, rights="All", language="en")) as (_, asking):
        assert await titles(asking, "/search.json", query) == []


async def test_what_begins_as_a_rule_and_is_none_is_a_mistake(opened: Opened) -> None:
    async with opened(article(1)) as (_, asking):
        for query in (b"q=title+~+summer", b"q=not+(tag+%3D+", b"q=title+~+/(/", b"q=title+~+/(a%7Cb){400}{40}/"):
            with pytest.raises(Unclear, match="begins as a rule"):
                await asking.document("/search.atom", query)


async def test_many_who_ask_for_the_same_wait_for_one_document(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Counter[str]()
    document = asking_module.document

    def counted(feed: Any, *rest: Any) -> Any:
        made[feed.output] += 1
        return document(feed, *rest)

    monkeypatch.setattr(asking_module, "document", counted)
    async with opened(article(1, tags=tags("car"))) as (_, asking):
        ways = ("/tags/car.atom", "/tags/CAR.atom", "/tags/Car.atom")
        found = await asyncio.gather(*(asking.document(ways[n % 3], b"") for n in range(1000)))
        assert len(set(map(id, found))) == 1
        await asking.document(ways[0], b"")
        assert made == {"tags/car": 1}
        asking.forget()
        assert await body(asking, ways[0]) == found[0].identity.body
        assert made == {"tags/car": 2}


async def test_what_was_begun_before_a_publish_is_not_kept_after_it(opened: Opened) -> None:
    async with opened(article(1, tags=tags("car"))) as (app, asking):
        before = asyncio.create_task(titles(asking, "/tags/car.json"))
        await asyncio.sleep(0)
        app.store.articles.operate("pin", [article(1).key], NOW)
        record(app, "b", NOW + HOUR, new=(article(2, "b", tags=tags("car")),))
        asking.forget()
        await before
        assert await titles(asking, "/tags/car.json") == ["Article 1", "Article 2"]


async def test_a_crawler_fills_neither_memory_nor_the_database(opened: Opened) -> None:
    async with opened(*(article(n, tags=tags(f"tag{n}")) for n in range(3))) as (_, asking):
        answers: Counter[int] = Counter()
        for start in range(0, 800, 100):
            found = await asyncio.gather(*(asking.answer(f"/tags/x{start + n}.atom", b"") for n in range(100)))
            answers.update(each.status for each in found)
        assert set(answers) == {404, 503}
        assert answers[404] >= 8 * QUEUE
        assert (len(asking._kept), len(asking._making), asking._kept_bytes) == (0, 0, 0)
        assert await titles(asking, "/tags/tag1.json") == ["Article 1"]


async def test_too_many_at_once_are_asked_to_come_again_and_the_index_does_not_wait_for_searches(
    opened: Opened,
) -> None:
    async with opened(article(1, tags=tags("car"))) as (_, asking):
        searches = [asyncio.create_task(asking.document("/search.atom", b"q=x%d" % n)) for n in range(QUEUE + 5)]
        assert await titles(asking, "/tags/car.json") == ["Article 1"]
        ended = await asyncio.gather(*searches, return_exceptions=True)
        assert sum(isinstance(each, Busy) for each in ended) == 5


async def test_what_is_kept_has_a_bound(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(article(1)) as (_, asking):
        first = await asking.document("/search.json", b"q=article")
        monkeypatch.setattr(asking_module, "KEPT", 3)
        for n in range(9):
            await asking.document("/search.json", b"q=none%d" % n)
        assert len(asking._kept) == 3
        held = sum(asking_module.size(each) for each in asking._kept.values())
        assert asking._kept_bytes == held
        assert KEPT > 3
        monkeypatch.setattr(asking_module, "KEPT_BYTES", 1)
        assert await asking.document("/search.json", b"q=article") is not first
        assert len(asking._kept) == 1


async def test_a_search_that_takes_too_long_is_given_up_and_not_begun_again(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking_module, "SECONDS", 0.0)
    looked: list[int] = []
    look = asking_module._look
    monkeypatch.setattr(asking_module, "_look", lambda *given: (looked.append(1), look(*given))[1])
    async with opened(article(1)) as (_, asking):
        for _ in range(3):
            with pytest.raises(Busy, match="simpler"):
                await asking.document("/search.atom", b"q=article")
        assert looked == [1]
        refused = await asking.answer("/search.atom", b"q=article")
        assert (refused.status, refused.page) == (503, None)


async def test_a_hub_gets_the_bytes_that_readers_get(opened: Opened) -> None:
    async with opened(article(1, tags=tags("car"))) as (_, asking):
        assert await asking.current("/tags/car.atom") == await body(asking, "/tags/car.atom")
        assert await asking.current("/tags/none.atom") is None
