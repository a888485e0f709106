"""``/status`` and ``/status.json``: the whole board, one state, one source; and what it costs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import lxml.html
import pytest
from starlette.applications import Starlette

from aggregator.config import load
from aggregator.model import HELD, Asked, Code, PollPlan
from aggregator.serve.guard import Guard
from aggregator.serve.status import status_routes
from aggregator.status_board import LISTED, STATES, StatusBoard
from aggregator.websub import Limit
from aggregator.wiring import open_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from aggregator.wiring import App

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
REASON = f"{HELD}, this machine seems to be offline since 09:00 UTC, not a-secret-word"
EVIL = "<script>alert(1)</script> &amp; \u202e \x9b"


class Place:
    """A store with what a test puts in it, and the pages that are made of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.offline: datetime | None = None
        self.tokens: tuple[str, ...] = ()
        self.problems: list[str] = []
        self.app: App

    async def open(self, *names: str, more: str = "") -> None:
        path = self.folder / "config.yaml"
        sources = "".join(f"  - {{id: {name}, url: 'https://{name}.example/feed'{more}}}\n" for name in names)
        path.write_text(
            "site: {title: 'Planet <Test>', url: 'https://planet.example/sub/'}\n"
            f"store: sqlite:///{self.folder}/store.db\npublic: {self.folder}/public\nsources:\n{sources}"
        )
        self.app = await open_app(load(path, {}))
        self.board = StatusBoard(
            self.app, offline_since=lambda: self.offline, problems=lambda: self.problems, subscribers=lambda: 3
        )

    def poll(self, source: str, **state: Any) -> None:
        store = self.app.store
        (claim,) = store.queue.claim(NOW, 1, HOUR, only=[source], force=True)
        facts = {"code": Code.OK, "last_poll": NOW, "last_success": NOW, "since": NOW, "next_poll_at": NOW + HOUR}
        asked = Asked(host=f"{source}.example:443", at=NOW, took=HOUR / 3600, conditional=False, status=200)
        plan = PollPlan(source=source, state=replace(claim.state, **(facts | state)), asked=(asked,), wire_bytes=77)
        store.polls.record(plan, claim, NOW)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        guard = Guard(lambda: self.tokens, Limit(burst=10, a_minute=10))
        app = Starlette(routes=status_routes(self.board.page, guard, STATES))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://planet.example") as client:
            return await client.get(path, **more)

    async def page(self, path: str) -> Any:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return lxml.html.document_fromstring(answer.text)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place(tmp_path)
    try:
        yield made
    finally:
        await made.app.close()


def words(page: Any, path: str) -> list[str]:
    return [" ".join(each.text_content().split()) for each in page.xpath(path)]


async def test_the_page_has_counts_then_who_needs_somebody_and_what_to_do(place: Place) -> None:
    await place.open("fine", "gone", "new")
    place.poll("fine", detail="2 new")
    place.poll("gone", code=Code.GONE, status=410, detail="410 Gone", failures=3, status_since=NOW - 50 * HOUR)
    page = await place.page("/status")
    assert words(page, "//h2")[0] == "3 sources, 1 needs you"
    assert words(page, "//nav[@aria-label='States']//li") == ["1 gone", "1 new", "1 ok"]
    assert words(page, "//h3") == ["To decide", "Waiting", "Well"]
    first = words(page, "//ul[@class='sources']/li")[0]
    assert first.startswith("gone gone: 410 Gone since 2 d ago last success ")
    assert words(page, "//p[@class='advice']")[0].startswith("The publisher took the feed away for good")
    assert words(page, "//title") == ["Status – Planet <Test>"]
    links = [urlpath for each in page.iter("a") if (urlpath := each.get("href"))]
    assert {"/sub/", "/sub/status.json", "/sub/status/fine", "?state=gone", "#board"} <= set(links)
    assert not page.xpath("//script | //*[@style] | //@onclick")
    assert not page.xpath("//meta[@http-equiv='refresh']")


async def test_one_state_and_one_source_have_pages(place: Place) -> None:
    await place.open("fine", "bad")
    place.poll("fine")
    place.poll("bad", code=Code.DNS, detail=EVIL, failures=2, since=NOW - 3 * HOUR)
    page = await place.page("/status?state=failing")
    assert words(page, "//ul[@class='sources']/li/a") == ["bad"]
    assert words(page, "//a[@aria-current='page']") == ["1 failing"]
    one = await place.page("/status/bad")
    assert words(one, "//h1") == ["bad is failing"]
    facts = dict(zip(words(one, "//dt"), words(one, "//dd"), strict=True))
    assert facts["Failing since"] == "3 h ago"
    assert facts["Failures in a row"] == "2"
    assert facts["Cadence"].startswith("not known yet")
    assert words(one, "//tbody/tr/td")[1:5] == ["dns", "-", "1,000", "77"]
    assert (await place.get("/status/nobody")).status_code == 404
    assert (await place.get("/status?state=happy")).status_code == 404
    assert (await place.get("/status?from=x")).status_code == 404


async def test_nothing_of_a_feed_is_markup(place: Place) -> None:
    await place.open("bad")
    place.problems = [EVIL]
    place.poll("bad", code=Code.DNS, detail=EVIL, failures=2, warnings=(EVIL,), next_reason=EVIL)
    for path in ("/status", "/status/bad"):
        answer = await place.get(path)
        assert "<script" not in answer.text
        assert "&lt;script&gt;" in answer.text


async def test_it_comes_again_by_itself_where_that_is_asked_for(place: Place) -> None:
    await place.open("fine")
    place.poll("fine")
    page = await place.page("/status?state=ok&refresh")
    assert page.xpath("//meta[@http-equiv='refresh']/@content") == ["60"]
    assert page.xpath("//a[text()='stop refreshing']/@href") == ["?state=ok"]


async def test_many_sources_are_listed_page_by_page(place: Place) -> None:
    await place.open(*(f"s{number}" for number in range(LISTED + 20)))
    for number in range(3):
        place.poll(f"s{number}", code=Code.DNS, detail="no such name", failures=1)
    page = await place.page("/status")
    assert len(page.xpath("//ul[@class='sources']/li")) == 3
    assert "517 more need nobody" in page.text_content()
    first = await place.page("/status?state=new")
    assert len(first.xpath("//ul[@class='sources']/li")) == LISTED
    (following,) = first.xpath("//nav[@aria-label='Pages']//a/@href")
    assert following == f"?state=new&from={LISTED}"
    last = await place.page(f"/status{following}")
    assert words(last, "//nav[@aria-label='Pages']") == [f"{LISTED + 1} to {LISTED + 17} of {LISTED + 17}"]


async def test_the_same_is_there_for_machines_and_no_secret_is_in_it(place: Place) -> None:
    await place.open("bad", more=", headers: {X-Key: a-secret-word}")
    place.poll("bad", code=Code.DNS, detail="at https://u.example/?k=a-secret-word", failures=1, next_reason=REASON)
    place.offline = NOW
    place.problems = ["cannot write a-secret-word"]
    told = json.loads(await place.board.as_json())
    assert [each["id"] for each in told["sources"]] == ["bad"]
    assert set(told) >= {"sources", "outputs", "hosts", "offline_since", "problems", "subscribers", "websub"}
    assert told["problems"][0] == "cannot write ***"
    assert told["problems"][1].startswith("This machine seems to be offline since 09:00 UTC, not ***, and 1 source")
    for path in ("/status", "/status/bad"):
        assert "a-secret-word" not in (await place.get(path)).text
    assert "a-secret-word" not in json.dumps(told)


async def test_a_board_is_made_once_for_all_who_ask_within_seconds(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.open("fine")
    made = []
    states: Callable[[], Any] = place.app.store.polls.states
    monkeypatch.setattr(place.app.store.polls, "states", lambda: made.append(1) or states())
    for _ in range(5):
        await place.board.as_json()
        await place.page("/status")
    assert len(made) == 1
    place.board.forget()
    await place.board.as_json()
    assert len(made) == 2, "of another configuration it is another"


async def test_only_who_shows_the_token_sees_it_where_there_is_one(place: Place) -> None:
    await place.open("fine")
    place.tokens = ("a-token",)
    assert (await place.get("/status")).status_code == 401
    assert (await place.get("/status/fine")).status_code == 401
    assert (await place.get("/status", headers={"Authorization": "Bearer a-token"})).status_code == 200
