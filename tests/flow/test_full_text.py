"""``full_text``: articles have the text of their pages, and nothing of that is an edit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from emptystore import empty_store
from feedserver import FeedServer

from aggregator.articles import compile_rule
from aggregator.config import load
from aggregator.full_text import RETRIES, asks_not_to, may_have, read_if_due
from aggregator.model import ClientCertificate, PageStory, Proxy, Source
from aggregator.operate import article_shape
from aggregator.pipeline import publish_if_due
from aggregator.plan.pages import WAIT
from aggregator.polls import poll_round
from aggregator.reading import read_page
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from aggregator.model import Article
    from aggregator.wiring import App

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BODY = " ".join(
    f"<p>Sentence {n} of a long report about the harbour, its cranes, its ships and the people who work there.</p>"
    for n in range(12)
)
TEASER = "A long report about the harbour, its cranes and the people who work there."


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


def page(body: str = BODY, head: str = "") -> bytes:
    menu = "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(8))
    return (
        f"<html lang='en'><head><title>The harbour | The Paper</title>{head}</head><body><nav><ul>{menu}</ul></nav>"
        f"<article><h1>The harbour</h1>{body}<p><a href='more'>More</a></p></article>"
        "<footer>All rights reserved. Cookies. Imprint.</footer></body></html>"
    ).encode()


def read_pages_here(app: App) -> None:
    """Read pages in this process: the library that does needs a second to be loaded, in each new one."""
    app.reading.page = partial(app.reading.here, read_page)  # type: ignore[method-assign]


@dataclass
class Paper:
    """A feed of teasers, the pages behind it, and the program that reads both."""

    server: FeedServer
    folder: Path
    teasers: dict[str, str] = field(default_factory=lambda: {"one": TEASER})
    more: str = ""
    """What else each entry says."""
    links: dict[str, str] = field(default_factory=dict)
    """By name: where its page is, if not at the feed's server."""
    now: datetime = NOW
    app: App | None = None

    async def open(self, settings: str = "full_text: true", *, apart: bool = False) -> None:
        (self.folder / "config.yaml").write_text(
            "site: {title: T, url: 'http://127.0.0.1:8080/', id: 'tag:t.example,2026:t'}\n"
            "network: {allow: ['127.0.0.1', localhost]}\noutputs: [{id: main, formats: [atom], archive: false}]\n"
            f"sources:\n  - {{id: paper, url: '{self.server.url}/feed', {settings}}}\n"
        )
        config = load(self.folder / "config.yaml", {}, check_rule=compile_rule)
        if self.app is not None:
            await self.app.use(config)
        else:
            self.app = await open_app(config, now=lambda: self.now)
            if not apart:
                read_pages_here(self.app)

    def write(self, name: str, body: bytes, **headers: str) -> None:
        self.server.documents[f"/{name}"] = body
        self.server.headers[f"/{name}"] = {"Content-Type": "text/html; charset=utf-8"} | headers

    async def look(self, later: timedelta = timedelta(0)) -> None:
        """One poll, and one publish."""
        assert self.app is not None
        self.now += later
        items = "".join(
            f"<item><title>The harbour {name}</title><guid>{name}</guid>"
            f"<link>{self.links.get(name, f'{self.server.url}/{name}')}</link>"
            f"<pubDate>Mon, 02 Nov 2026 08:00:00 GMT</pubDate><description>{said}</description>{self.more}</item>"
            for name, said in self.teasers.items()
        )
        feed = f"<rss version='2.0'><channel><title>P</title><link>{self.server.url}/</link>{items}</channel></rss>"
        self.server.documents["/feed"] = feed.encode()
        await poll_round(self.app, {"paper"}, lambda _decided, _seconds: None)
        await publish_if_due(self.app)

    async def read(self, later: timedelta = timedelta(0), rounds: int = 3) -> list[str]:
        """The pages that are due, and one publish; what was asked for."""
        assert self.app is not None
        self.now += later
        before = len(self.server.requests)
        for _ in range(rounds):
            await read_if_due(self.app)
        await publish_if_due(self.app)
        return [each.path for each in self.server.requests[before:]]

    def held(self) -> Article:
        assert self.app is not None
        (article,) = self.app.store.articles.newest(50, now=self.now, visible=False)
        return article

    @property
    def published(self) -> str:
        feed = self.folder / "feeds" / "public" / "feed.atom"
        return feed.read_text(encoding="utf-8") if feed.exists() else ""


@pytest.fixture
async def paper(server: FeedServer, tmp_path: Path) -> AsyncIterator[Paper]:
    empty_store(tmp_path)
    made = Paper(server, tmp_path)
    yield made
    if made.app is not None:
        await made.app.close()


async def test_a_new_article_waits_for_its_page_and_is_published_with_its_text(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open(apart=True)
    await paper.look()
    assert "Sentence 3" not in paper.published
    assert "The harbour one" not in paper.published
    assert await paper.read() == ["/robots.txt", "/one"]
    assert "Sentence 3" in paper.published
    assert "Imprint" not in paper.published
    assert f'href="{paper.server.url}/more"' in paper.published.replace("&quot;", '"')
    held = paper.held()
    assert held.full_text
    assert article_shape(held)["full_text"] is True
    assert held.summary == TEASER
    assert held.updated is None
    assert await paper.read(HOUR) == []


async def test_an_article_is_published_as_its_feed_says_it_while_its_site_is_down_and_replaced_quietly(
    paper: Paper,
) -> None:
    paper.server.answers["/one"] = (503, None)
    await paper.open()
    await paper.look()
    assert await paper.read() == ["/robots.txt", "/one"]
    assert TEASER in paper.published
    before = paper.held()
    del paper.server.answers["/one"]
    paper.write("one", page())
    assert await paper.read(RETRIES[0]) == ["/one"]
    assert "Sentence 3" in paper.published
    after = paper.held()
    assert (after.updated, after.published, after.sort_at, after.id) == (
        before.updated, before.published, before.sort_at, before.id
    )  # fmt: skip
    assert after.note is None


async def test_an_article_whose_page_is_never_asked_for_is_published_after_five_minutes(paper: Paper) -> None:
    await paper.open()
    await paper.look()
    assert "The harbour one" not in paper.published
    await paper.look(WAIT)
    assert TEASER in paper.published


async def test_an_edit_is_told_by_the_feed_and_has_the_page_asked_for_again(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open()
    await paper.look()
    await paper.read()
    await paper.look(HOUR)
    assert paper.held().updated is None
    assert await paper.read() == []
    paper.teasers["one"] = "The harbour is closed: all of its cranes fell into the sea in the storm of Monday night."
    paper.write("one", page(BODY.replace("Sentence", "Line") + "<p>The cranes fell during the storm.</p>"))
    await paper.look(HOUR)
    moved = paper.held().updated
    assert moved == paper.now
    assert await paper.read() == ["/one"]
    assert "Line 3" in paper.published
    assert paper.held().updated == moved
    assert "fell into the sea" in (paper.held().summary or "")


async def test_a_page_that_is_as_it_was_keeps_its_text(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open()
    await paper.look()
    await paper.read()
    paper.teasers["one"] = TEASER + " With forty pictures of the new cranes, the old ships and the view from the tower."
    await paper.look(HOUR)
    assert await paper.read() == ["/one"]
    assert paper.server.statuses()[-1] == 304
    assert "Sentence 3" in paper.published


async def test_a_page_is_read_anew_where_its_text_is_told_in_another_way(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open()
    await paper.look()
    await paper.read()
    await paper.open("full_text: {remove: 'p:nth-of-type(2)'}")
    paper.teasers["one"] = TEASER + " With forty pictures of the new cranes, the old ships and the view from the tower."
    await paper.look(HOUR)
    assert await paper.read() == ["/one"]
    assert paper.server.statuses()[-1] == 200
    assert "Sentence 3" in paper.published
    assert "Sentence 1 " not in paper.published


def test_what_one_source_may_read_in_the_own_network_is_not_shown_by_another() -> None:
    wiki, other = Source(id="wiki", url="https://wiki.intra/feed"), Source(id="other", url="https://a.example/feed")
    assert not may_have(other, wiki, "https://wiki.intra/page")
    assert not may_have(other, None, "https://wiki.intra/page")
    assert may_have(wiki, other, "https://wiki.intra/page")
    assert may_have(wiki, replace(wiki, id="two"), "https://wiki.intra/page")
    assert may_have(other, wiki, "https://www.example/page")


async def test_a_page_that_is_not_the_article_leaves_it_as_its_feed_says_it(paper: Paper) -> None:
    paper.write("one", page(), **{"X-Robots-Tag": "noarchive"})
    await paper.open()
    await paper.look()
    await paper.read()
    assert TEASER in paper.published
    held = paper.held()
    assert not held.full_text
    assert paper.app is not None
    told = paper.app.store.full_texts.story_of(held.key)
    assert told is not None
    assert "X-Robots-Tag" in (told.why or "")
    assert await paper.read(HOUR) == []


async def test_robots_txt_is_asked_for_once_a_day_and_obeyed(paper: Paper) -> None:
    paper.server.documents["/robots.txt"] = b"User-agent: *\nDisallow: /\nUser-agent: aggregator\nDisallow: /on\n"
    paper.write("one", page())
    await paper.open()
    await paper.look()
    assert await paper.read() == ["/robots.txt"]
    assert TEASER in paper.published
    paper.teasers["two"] = TEASER
    paper.write("two", page())
    await paper.look(HOUR)
    assert await paper.read() == ["/two"]
    paper.teasers["three"] = TEASER
    await paper.look(24 * HOUR)
    assert await paper.read() == ["/robots.txt", "/three"]


async def test_of_a_robots_txt_of_more_than_512_kib_the_beginning_counts(paper: Paper) -> None:
    rules = b"User-agent: *\nDisallow: /two\n"
    paper.server.documents["/robots.txt"] = rules + b"# and so on\n" * 60_000 + b"Disallow: /one\n"
    paper.write("one", page())
    paper.write("two", page())
    paper.teasers["two"] = TEASER
    await paper.open()
    await paper.look()
    assert await paper.read() == ["/robots.txt", "/one"]


async def test_a_robots_txt_that_cannot_be_read_forbids_for_an_hour(paper: Paper) -> None:
    paper.server.answers["/robots.txt"] = (500, None)
    paper.write("one", page())
    await paper.open()
    await paper.look()
    assert await paper.read() == ["/robots.txt"]
    assert TEASER in paper.published
    assert await paper.read(RETRIES[0]) == []
    paper.server.answers.clear()
    assert await paper.read(2 * HOUR) == ["/robots.txt", "/one"]


async def test_a_host_that_asks_to_be_left_alone_is(paper: Paper) -> None:
    paper.server.answers["/one"] = (429, None)
    paper.server.headers["/one"] = {"Retry-After": "7200"}
    await paper.open()
    await paper.look()
    assert await paper.read() == ["/robots.txt", "/one"]
    assert await paper.read(RETRIES[0]) == []
    assert await paper.read(2 * HOUR) == ["/one"]


async def test_rules_decide_again_on_the_whole_text(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open("full_text: true, drop: 'content ~ \"Sentence 7\"'")
    await paper.look()
    await paper.read()
    assert "The harbour" not in paper.published
    assert "drop rule" in (paper.held().left_out or "")


async def test_what_the_whole_text_decided_stays_while_that_text_is_shown(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open("full_text: true, drop: 'content ~ \"Sentence 7\"'")
    await paper.look()
    await paper.read()
    paper.more = "<category>Harbours</category>"
    await paper.look(HOUR)
    assert [each.term for each in paper.held().tags] == ["Harbours"]
    assert "drop rule" in (paper.held().left_out or "")
    await paper.open("full_text: false, drop: 'content ~ \"Sentence 7\"'")
    await paper.look()
    assert TEASER in paper.published


async def test_selectors_find_the_text_of_a_difficult_page(paper: Paper) -> None:
    paper.write("one", page().replace(b"<article>", b"<div class=x>").replace(b"</article>", b"</div>"))
    await paper.open("full_text: {select: '.x p', remove: 'p:nth-of-type(2)'}")
    await paper.look()
    await paper.read()
    assert "Sentence 3" in paper.published
    assert "Sentence 1 " not in paper.published


async def test_what_is_switched_off_shows_the_feed_again(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open()
    await paper.look()
    await paper.read()
    await paper.open("full_text: false")
    await paper.look()
    assert TEASER in paper.published
    assert "Sentence 3" not in paper.published


async def test_a_new_parser_reads_the_feed_and_not_the_pages(paper: Paper, monkeypatch: Any) -> None:
    paper.write("one", page())
    await paper.open()
    await paper.look()
    await paper.read()
    monkeypatch.setattr("aggregator.pipeline.PARSER_VERSION", 99)
    await paper.look(HOUR)
    assert await paper.read() == []
    assert "Sentence 3" in paper.published


async def test_the_pages_are_in_the_ledger_of_their_host(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open()
    await paper.look()
    await paper.read()
    assert paper.app is not None
    (row,) = paper.app.store.polls.ledger()
    assert row.requests == len(paper.server.requests) == 3
    counts = paper.app.store.full_texts.counts()["paper"]
    assert (counts.waiting, counts.texts, counts.without) == (0, 1, 0)


async def test_nothing_that_the_feed_is_told_in_confidence_goes_to_its_pages(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open("full_text: true, headers: {X-Key: hunter2-and-more}, cookies: {session: very-secret}")
    await paper.look()
    await paper.read()
    asked = {each.path: each.headers for each in paper.server.requests}
    assert asked["/feed"]["X-Key"] == "hunter2-and-more"
    assert not {"X-Key", "Cookie", "Authorization"} & asked["/one"].keys()
    assert asked["/one"]["Accept"].startswith("text/html")


async def test_a_page_that_leads_to_a_host_that_forbids_it_is_not_used(paper: Paper) -> None:
    with FeedServer() as elsewhere:
        elsewhere.documents = {"/robots.txt": b"User-agent: *\nDisallow: /", "/one": page()}
        elsewhere.headers["/one"] = {"Content-Type": "text/html"}
        paper.server.answers["/one"] = (302, f"{elsewhere.url}/one")
        await paper.open()
        await paper.look()
        await paper.read()
        assert [each.path for each in elsewhere.requests] == ["/one", "/robots.txt"]
    assert TEASER in paper.published


async def test_a_feed_has_no_page_read_on_another_host_of_the_own_network(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open()
    paper.links["one"] = f"http://localhost:{paper.server.port}/one"
    await paper.look()
    assert await paper.read() == []
    assert TEASER in paper.published
    assert paper.app is not None
    told = paper.app.store.full_texts.story_of(paper.held().key) or PageStory()
    assert "blocked_addr" in (told.why or "")
    assert told.due is None
    assert paper.app.store.full_texts.rules(f"localhost:{paper.server.port}") is None


def test_what_a_source_names_is_asked_for_as_it_is_itself_but_in_no_confidence() -> None:
    proxy = Proxy(url="http://10.0.0.8:3128")
    source = Source(
        id="a", url="https://wiki.intra/feed", headers=(("X-Key", "k"),), bearer="b", basic_auth=("u", "p"),
        user_agent="me/1", ca=Path("ca.pem"), client_cert=ClientCertificate(cert=Path("me.pem")), proxy=proxy,
    )  # fmt: skip
    own = source.named("https://wiki.intra/page", max_bytes=9)
    assert own == Source(
        id="a", url="https://wiki.intra/page", user_agent="me/1", ca=Path("ca.pem"), proxy=proxy, max_bytes=9
    )
    other = source.named("https://www.example/page", max_bytes=9)
    assert (other.ca, other.public_only, other.proxy) == (None, True, proxy)
    assert replace(source, public_only=True).named("https://wiki.intra/page", max_bytes=9).public_only


async def test_a_bug_that_one_page_brings_out_stops_no_other(paper: Paper) -> None:
    paper.write("one", page())
    await paper.open()
    await paper.look()

    async def broken(*_args: object) -> None:
        raise ZeroDivisionError("a bug")

    assert paper.app is not None
    paper.app.reading.page = broken  # type: ignore[method-assign, assignment]
    assert await paper.read() == ["/robots.txt", "/one"]
    assert TEASER in paper.published
    told = paper.app.store.full_texts.story_of(paper.held().key) or PageStory()
    assert "internal" in (told.why or "")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((), False),
        (("noarchive",), True),
        (("index, NoIndex",), True),
        (("max-snippet:-1, noarchive",), True),
        (("unavailable_after: 25 Jun 2010 15:00:00 PST",), False),
        (("googlebot: noindex",), False),
        (("googlebot: noindex", "aggregator: none"), True),
        (("nofollow",), False),
    ],
)
def test_what_x_robots_tag_asks(said: tuple[str, ...], expected: bool) -> None:
    assert asks_not_to(said, "aggregator") is expected
