"""Only what is new, for readers that ask for it: asked of a real server, by real readers."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import feedparser
import httpx
import pytest
from lxml import etree

from aggregator.model import Article, Editions, Output, Person, Site, version_of
from aggregator.publish import assemble, documents
from aggregator.publish.parts import marks, without
from aggregator.serve import AtOnce, Deltas, Documents, WebServer, create_app, deltas
from aggregator.serve.coding import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SITE = Site(title="Planet", url="https://planet.example/", id="tag:planet.example,2026:planet")
FEED = {"A-IM": "feed", "Accept-Encoding": "identity"}
TEXT = "A sentence that repeats. " * 20


async def nothing() -> bytes:
    return b"{}"


def article(name: str, at: datetime = NOON, **fields: Any) -> Article:
    given: dict[str, Any] = {
        "key": name.encode().hex().rjust(32, "0"),
        "id": f"urn:{name}",
        "source": "blog",
        "raw_hash": b"",
        "fingerprint": b"",
        "title": name,
        "url": f"https://blog.example/{name}",
        "content_html": f"<p>{TEXT}</p>",
        "authors": (Person(name="Ann"),),
        "first_seen": at,
        "sort_at": at,
    }
    return Article(**(given | fields))


@dataclass
class Planet:
    """A publisher and its server: as pipeline and service do, without a database."""

    folder: Path
    documents: Documents = field(default_factory=Documents)
    deltas: Deltas = field(default_factory=lambda: Deltas(without))
    editions: dict[str, Editions] = field(default_factory=dict)
    now: datetime = NOON
    port: int = 0
    seen: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """Of what the application answered."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def publish(self, *articles: Article, withdrawn: tuple[Article, ...] = (), restarted: bool = False) -> None:
        self.now += timedelta(hours=6)
        feed = assemble(articles, {}, {}, SITE, Output(id="main"), first=False, withdrawn=withdrawn)
        self.folder.mkdir(exist_ok=True)
        for each in documents(feed, first=False).documents:
            path = self.folder / each.path
            if path.exists() and path.read_bytes() == each.body:
                continue
            path.write_bytes(each.body)
            os.utime(path, (self.now.timestamp(),) * 2)  # newsboat drops what has the Last-Modified of the time before
            found = marks(each.path.partition(".")[2], each.body)
            if found is not None:
                known = self.editions.get(each.path, Editions(path=each.path))
                self.editions[each.path] = known.after(version_of(each.body), found, self.now)
        if restarted:
            self.documents, self.deltas = Documents(), Deltas(without)
        self.documents.load(self.folder, now=self.now + timedelta(days=400))
        self.documents.compress()
        self.deltas.load(self.editions)


@contextmanager
def running(planet: Planet) -> Iterator[None]:
    def saw(path: str, agent: bytes, address: str) -> None:
        planet.seen.append(path)

    app = create_app(planet.documents, unready=lambda: None, status=nothing, deltas=planet.deltas, saw=saw)

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def told(message: Any) -> None:
            if message["type"] == "http.response.start":
                planet.statuses.append(message["status"])
            await send(message)

        await app(scope, receive, told)

    loop, server = asyncio.new_event_loop(), WebServer(watched, at_once=AtOnce(planet.documents, saw))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start("127.0.0.1", planet.port), loop).result(10)
    planet.port = server.port
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(1), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def planet(tmp_path: Path) -> Iterator[Planet]:
    made = Planet(tmp_path / "public")
    with running(made):
        yield made


def get(planet: Planet, path: str = "/main.atom", method: str = "GET", **headers: str) -> httpx.Response:
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.request(method, planet.url + path, headers={**FEED, **said}, trust_env=False)


def ids(answer: httpx.Response) -> list[str]:
    if "json" in answer.headers["content-type"]:
        return [each["id"] for each in json.loads(answer.content)["items"]]
    zipped = answer.headers.get("content-encoding") == "zstd"  # httpx knows it only with a library we do not have
    tree = etree.fromstring(zstd.decompress(answer.content) if zipped else answer.content)
    return tree.xpath("//item/guid/text()") or tree.xpath(
        "//a:entry/a:id/text()", namespaces={"a": "http://www.w3.org/2005/Atom"}
    )


A, B, C, D = (article(each, NOON - n * timedelta(hours=1)) for n, each in enumerate("abcd"))


@pytest.mark.parametrize("path", ["/main.atom", "/main.rss", "/main.json"])
def test_who_has_a_known_version_gets_what_is_new(planet: Planet, path: str) -> None:
    """O20."""
    planet.publish(B, C)
    old = get(planet, path)
    assert old.status_code == 200
    planet.publish(A, B, C)
    whole = get(planet, path)
    answer = get(planet, path, If_None_Match=old.headers["etag"])
    assert (answer.status_code, answer.headers["im"], ids(answer)) == (226, "feed", ["urn:a"])
    assert answer.headers["etag"] == whole.headers["etag"]
    assert get(planet, path, If_None_Match=answer.headers["etag"]).status_code == 304
    assert path == "/main.json" or not feedparser.parse(answer.content).bozo


def test_its_headers_are_those_of_the_whole_document_but_for_what_makes_it_a_part(planet: Planet) -> None:
    planet.publish(B, C)
    old = get(planet)
    planet.publish(A, B, C)
    whole = get(planet)
    answer = get(planet, If_None_Match=old.headers["etag"])
    said, usual = dict(answer.headers), dict(whole.headers)
    for each in (said, usual):
        each.pop("date")
    assert said.pop("im") == "feed"
    assert said.pop("delta-base") == old.headers["etag"]
    assert said.pop("cache-control") == "no-store, im"
    assert usual.pop("cache-control").startswith("public, max-age=")
    assert [each.strip() for each in said.pop("vary").split(",")] == ["A-IM", "If-None-Match", "Accept-Encoding"]
    assert usual.pop("vary") == "Accept-Encoding"
    assert int(said.pop("content-length")) == len(answer.content) < int(usual.pop("content-length"))
    assert said == usual
    assert answer.content.split(b"<entry>")[0] == whole.content.split(b"<entry>")[0], "the head is the whole one's"


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_each_coding_has_its_own_tag_and_any_tag_tells_the_version(planet: Planet, coding: str) -> None:
    planet.publish(B, C)
    old = get(planet)
    planet.publish(A, B, C)
    whole = get(planet, Accept_Encoding=coding)
    assert whole.headers["content-encoding"] == coding
    answer = get(planet, If_None_Match="W/" + old.headers["etag"], Accept_Encoding=coding)
    assert (answer.status_code, ids(answer)) == (226, ["urn:a"])
    assert (answer.headers["etag"], answer.headers["content-encoding"]) == (whole.headers["etag"], coding)
    again = get(planet, If_None_Match=old.headers["etag"][:-1] + '-gz"')
    assert (again.status_code, again.headers.get("content-encoding")) == (226, None)


def test_head_says_what_get_says(planet: Planet) -> None:
    planet.publish(B, C)
    tag = get(planet).headers["etag"]
    planet.publish(A, B, C)
    answers = [get(planet, method=each, If_None_Match=tag) for each in ("GET", "HEAD")]
    for each in answers:
        each.headers.pop("date")
    assert (answers[1].status_code, answers[1].headers) == (226, answers[0].headers)
    assert answers[1].content == b""


def test_of_several_versions_the_one_after_which_least_is_new(planet: Planet) -> None:
    tags = []
    for articles in ((C, D), (B, C, D), (A, B, C, D)):
        planet.publish(*articles)
        tags.append(get(planet).headers["etag"])
    answer = get(planet, If_None_Match=f'"{"0" * 32}", {tags[0]}, W/{tags[1]}')
    assert (answer.status_code, ids(answer), answer.headers["delta-base"]) == (226, ["urn:a"], tags[1])
    assert ids(get(planet, If_None_Match=tags[0])) == ["urn:a", "urn:b"]
    assert get(planet, If_None_Match=", ".join(tags)).status_code == 304


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("feed", 226),
        ("vcdiff, FEED ;q=0.5, gzip", 226),
        ("gzip,feed;q=1.000", 226),
        ("feed;q=0", 200),
        ("feed ; q=0.000", 200),
        ("feedback", 200),
        ("vcdiff", 200),
        ("x-feed", 200),
        ("", 200),
        (None, 200),
    ],
)
def test_only_who_asks_gets_it(planet: Planet, asked: str | None, status: int) -> None:
    planet.publish(B, C)
    tag = get(planet).headers["etag"]
    planet.publish(A, B, C)
    headers = {"Accept-Encoding": "identity", "If-None-Match": tag} | ({"A-IM": asked} if asked is not None else {})
    answer = httpx.get(f"{planet.url}/main.atom", headers=headers, trust_env=False)
    assert answer.status_code == status
    assert len(ids(answer)) == (1 if status == 226 else 3)


@pytest.mark.parametrize("tag", ['"0123456789abcdef0123456789abcdef"', '"x"', "W/", '"', "*x", '""' * 2000])
def test_who_has_a_version_that_is_not_known_gets_the_whole(planet: Planet, tag: str) -> None:
    planet.publish(B, C)
    planet.publish(A, B, C)
    answer = get(planet, If_None_Match=tag)
    assert (answer.status_code, len(ids(answer))) == (200, 3)
    assert "im" not in answer.headers


def test_without_a_tag_or_with_any_there_is_no_delta(planet: Planet) -> None:
    planet.publish(B, C)
    planet.publish(A, B, C)
    assert get(planet).status_code == 200
    assert get(planet, If_None_Match="*").status_code == 304
    assert get(planet, If_Modified_Since="Sun, 01 Nov 2020 12:00:00 GMT").status_code == 200


def test_what_would_be_no_smaller_is_sent_whole(planet: Planet) -> None:
    planet.publish(A)
    tag = get(planet).headers["etag"]
    planet.publish(B)
    for _ in range(2):
        answer = get(planet, If_None_Match=tag)
        assert (answer.status_code, ids(answer)) == (200, ["urn:b"])


def test_a_version_of_another_document_says_nothing(planet: Planet) -> None:
    planet.publish(B, C)
    tag = get(planet, "/main.rss").headers["etag"]
    planet.publish(A, B, C)
    assert get(planet, If_None_Match=tag).status_code == 200


def test_what_changed_and_what_was_taken_back_is_told(planet: Planet) -> None:
    planet.publish(A, B, C)
    tag = get(planet).headers["etag"]
    edited = article("b", B.sort_at, title="b, edited", updated=planet.now)
    gone = article("c", C.sort_at, deleted_at=planet.now, deleted_by="publisher")
    planet.publish(A, edited, withdrawn=(gone,))
    answer = get(planet, If_None_Match=tag)
    assert (answer.status_code, ids(answer)) == (226, ["urn:b"])
    assert b"deleted-entry ref=" in answer.content
    planet.publish(D, A, edited, withdrawn=(gone,))
    later = get(planet, If_None_Match=answer.headers["etag"])
    assert (later.status_code, ids(later)) == (226, ["urn:d"])
    assert b"deleted-entry ref=" not in later.content, "that one was told"


def test_a_page_and_a_style_sheet_have_no_deltas(planet: Planet) -> None:
    planet.publish(B, C)
    tag = get(planet, "/main.html").headers["etag"]
    planet.publish(A, B, C)
    assert get(planet, "/main.html", If_None_Match=tag).status_code == 200


def test_a_document_that_is_not_the_one_written_down_is_sent_whole(planet: Planet) -> None:
    planet.publish(B, C)
    tag = get(planet).headers["etag"]
    planet.publish(A, B, C)
    path = planet.folder / "main.atom"
    path.write_bytes(path.read_bytes().replace(b"Planet", b"Comet."))
    planet.documents.load(planet.folder, now=planet.now + timedelta(days=400))
    assert get(planet, If_None_Match=tag).status_code == 200


def test_other_conditions_come_first(planet: Planet) -> None:
    planet.publish(B, C)
    tag = get(planet).headers["etag"]
    planet.publish(A, B, C)
    assert get(planet, If_None_Match=tag, If_Match=tag).status_code == 412
    assert get(planet, If_None_Match=tag, method="POST").status_code == 405


def test_it_counts_as_a_reader(planet: Planet) -> None:
    planet.publish(B, C)
    tag = get(planet).headers["etag"]
    planet.publish(A, B, C)
    planet.seen.clear()
    assert get(planet, If_None_Match=tag).status_code == 226
    assert planet.seen == ["/main.atom"]


def test_a_large_document_is_cut_beside_the_event_loop_and_each_delta_once(
    planet: Planet, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuts: list[str] = []

    def cut(extension: str, body: bytes, known: Any) -> bytes | None:
        cuts.append(threading.current_thread().name)
        return without(extension, body, known)

    planet.deltas._cut = cut
    many = [article(f"n{n}", NOON - timedelta(minutes=n)) for n in range(200)]
    planet.publish(*many)
    tag = get(planet).headers["etag"]
    planet.publish(A, *many)
    answers = [get(planet, If_None_Match=tag, method=each) for each in ("HEAD", "GET", "GET")]
    assert [each.status_code for each in answers] == [226] * 3
    assert len(answers[-1].content) < 3000 < deltas.LARGE < len(get(planet).content)
    assert len(cuts) == 1
    assert cuts[0].startswith("asyncio_")
    planet.publish(B, A, *many)
    assert ids(get(planet, If_None_Match=tag)) == ["urn:a", "urn:b"]
    assert len(cuts) == 2


def test_answers_that_are_kept_have_an_end(planet: Planet, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = []
    for n in range(12):
        planet.publish(*(article(f"n{m}", NOON + timedelta(minutes=m)) for m in range(n + 3)))
        tags.append(get(planet).headers["etag"])
    sizes = [len(get(planet, If_None_Match=each).content) for each in tags[:-1]]
    planet.deltas.load(planet.editions)
    assert planet.deltas._bytes == 0
    monkeypatch.setattr(deltas, "MOST_BYTES", sum(sizes) // 2)
    assert [len(get(planet, If_None_Match=each).content) for each in tags[:-1]] == sizes
    assert 0 < planet.deltas._bytes <= sum(sizes) // 2
    assert planet.deltas._bytes == sum(len(each or b"") for each in planet.deltas._made.values())


@pytest.mark.parametrize("ending", ["atom", "rss", "json"])
def test_feedparser_misses_nothing_over_days(planet: Planet, ending: str) -> None:
    """It sends ``A-IM: feed`` always, and does not know that an answer is a part: it reads what is there."""
    shelf: list[Article] = []
    has: dict[str, str] = {}
    etag, statuses = None, []
    for day in range(16):
        new = [article(f"day{day}-{n}", NOON + timedelta(days=day, minutes=n)) for n in range(day % 3)]
        shelf = sorted([*shelf, *new], key=lambda each: each.sort_at, reverse=True)[:8]
        if day % 5 == 4:
            last = shelf[-1]
            edited = article(last.id[4:], last.sort_at, title=f"edited on day {day}", updated=NOON + timedelta(day))
            shelf = [*shelf[:-1], edited]
        planet.publish(*shelf)
        if day % 4 == 3:
            continue  # the reader is asleep
        if ending == "json":
            answer = get(planet, "/main.json", **({"If_None_Match": etag} if etag else {}))
            read = json.loads(answer.content)["items"] if answer.status_code != 304 else []
            etag, found = answer.headers["etag"], {each["id"]: each["title"] for each in read}
            statuses.append(answer.status_code)
        else:
            said = feedparser.parse(f"{planet.url}/main.{ending}", etag=etag)
            assert not said.bozo, said.get("bozo_exception")
            etag, found = said.etag, {each.id: each.title for each in said.entries}
            statuses.append(said.status)
        has |= found
        assert {each.id: each.title for each in shelf}.items() <= has.items(), f"day {day}"
    assert statuses[0] == 200
    assert {226, 304} <= set(statuses)


def test_what_was_known_is_known_after_a_restart(tmp_path: Path) -> None:
    planet = Planet(tmp_path / "public")
    planet.publish(B, C)
    with running(planet):
        tag = get(planet).headers["etag"]
    planet.publish(A, B, C, restarted=True)
    with running(planet):
        assert ids(get(planet, If_None_Match=tag)) == ["urn:a"]


@pytest.mark.skipif(shutil.which("newsboat") is None, reason="newsboat is not on this machine")
@pytest.mark.parametrize("ending", ["atom", "rss"])
def test_newsboat_keeps_what_it_has_and_gets_what_is_new(planet: Planet, tmp_path: Path, ending: str) -> None:
    """It sends ``A-IM: feed`` since newsbeuter 2.10, with the tag it got."""
    (tmp_path / "urls").write_text(f"{planet.url}/main.{ending}\n", encoding="utf-8")
    (tmp_path / "config").write_text("max-items 0\nuse-proxy no\n", encoding="utf-8")
    files = ["-C", tmp_path / "config", "-u", tmp_path / "urls", "-c", tmp_path / "cache.db"]

    def titles() -> set[str]:
        environ = {**os.environ, "HOME": str(tmp_path), "no_proxy": "127.0.0.1"}
        subprocess.run(["newsboat", *files, "-x", "reload"], env=environ, capture_output=True, check=True, timeout=60)
        with closing(sqlite3.connect(tmp_path / "cache.db")) as database:
            return {row[0] for row in database.execute("SELECT title FROM rss_item")}

    planet.publish(B, C)
    assert titles() == {"b", "c"}
    planet.publish(A, B, C)
    assert titles() == {"a", "b", "c"}
    planet.publish(D, A, B)
    assert titles() == {"a", "b", "c", "d"}
    planet.publish(article("e"), D, A)
    assert titles() == {"a", "b", "c", "d", "e"}
    assert planet.statuses == [226, 226], "it stores a tag only with the second look"
