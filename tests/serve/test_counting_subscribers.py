"""How requests for feeds become a number of subscribers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from aggregator.serve import AtOnce, Documents, Subscribers, WebServer, create_app, subscribers

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FEEDLY = "Feedly/1.0 (+http://www.feedly.com/fetcher.html; {} subscribers)"
READER = "NetNewsWire (RSS Reader; https://netnewswire.com/)"


class Counting:
    """A counter and what it is told."""

    def __init__(self) -> None:
        self.count = Subscribers(NOON)

    def saw(self, *agents: str, path: str = "/feed.atom", address: str = "192.0.2.1") -> None:
        for agent in agents:
            self.count.saw(path, agent.encode("latin-1"), address, "main")

    def restart(self, now: datetime) -> None:
        self.count = Subscribers(now, self.count.as_text())

    @property
    def numbers(self) -> tuple[int, int]:
        tally = self.count.tally()
        assert tally.total == tally.announced + tally.bare
        return tally.announced, tally.bare


@pytest.fixture
def counting() -> Counting:
    return Counting()


def test_nobody_is_counted_at_first(counting: Counting) -> None:
    assert counting.numbers == (0, 0)


def test_what_services_announce_is_added_up(counting: Counting) -> None:
    counting.saw(
        FEEDLY.format(12), "Feedbin feed-id:7 - 5 subscribers", "Small/1.0 (+https://small.example; 2 readers)"
    )
    assert counting.numbers == (19, 0)
    assert counting.count.tally().as_json() == {
        "total": 19,
        "announced": 19,
        "bare": 0,
        "services": [
            {"service": "feedbin", "output": "main", "subscribers": 5},
            {"service": "feedly", "output": "main", "subscribers": 12},
            {"service": "small.example", "output": "main", "subscribers": 2},
        ],
    }


def test_a_service_counts_once_for_an_output_in_however_many_formats(counting: Counting) -> None:
    for path in ("/feed.atom", "/feed.rss", "/main.json"):
        counting.saw(FEEDLY.format(12), path=path)
    counting.saw(FEEDLY.format(4), path="/main.rss")
    assert counting.numbers == (12, 0)
    counting.saw(FEEDLY.format(3), path="/cars.atom")
    assert counting.numbers == (15, 0)


@pytest.mark.parametrize("path", ["/", "/main.html", "/opml.xml", "/style.css", "/feed", "", "/main/archive/7.atom"])
def test_what_is_no_feed_is_not_counted(counting: Counting, path: str) -> None:
    counting.saw(FEEDLY.format(12), READER, path=path)
    assert counting.numbers == (0, 0)


def test_the_highest_number_of_three_days_counts(counting: Counting) -> None:
    counting.saw(FEEDLY.format(12))
    counting.count.turn(NOON + DAY)
    counting.saw(FEEDLY.format(9))
    counting.count.turn(NOON + 2 * DAY)
    assert counting.numbers == (12, 0)
    counting.count.turn(NOON + 3 * DAY)
    assert counting.numbers == (9, 0)
    counting.count.turn(NOON + 4 * DAY)
    assert counting.numbers == (0, 0)


def test_readers_count_as_one_each_by_address_and_agent(counting: Counting) -> None:
    counting.saw(READER, READER, "newsboat/2.21 (Linux x86_64)")
    counting.saw(READER, address="2001:db8::1")
    assert counting.numbers == (0, 3)


def test_browsers_are_not_counted(counting: Counting) -> None:
    counting.saw("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "")
    assert counting.numbers == (0, 0)


def test_another_copy_of_this_program_is_one_reader_so_that_two_cannot_count_each_other_up(counting: Counting) -> None:
    counting.saw("aggregator/0.1 (+https://other.example/; 500 subscribers)")
    assert counting.numbers == (0, 1)


def test_yesterdays_readers_count_until_there_are_more_today(counting: Counting) -> None:
    counting.saw(*(f"Reader-{n}/1.0" for n in range(3)))
    counting.count.turn(NOON + DAY)
    assert counting.numbers == (0, 3)
    counting.saw(*(f"Reader-{n}/1.0" for n in range(4)))
    assert counting.numbers == (0, 4)
    counting.count.turn(NOON + 3 * DAY)
    assert counting.numbers == (0, 0)


def test_nothing_of_a_reader_is_kept_after_its_day(counting: Counting) -> None:
    def known() -> tuple[set[bytes], bytes]:
        return set(counting.count._clients), counting.count._key

    counting.saw(READER)
    clients, key = known()
    counting.count.turn(NOON + DAY)
    assert known()[0] == set()
    assert not counting.count._addresses
    counting.saw(READER)
    assert len(clients | known()[0]) == 2
    assert known()[1] != key


def test_what_is_written_down_tells_no_address_and_no_reader(counting: Counting) -> None:
    counting.saw(READER, FEEDLY.format(12))
    text = counting.count.as_text()
    assert "feedly" in text
    assert not any(word in text for word in ("192.0.2.1", "NetNewsWire", *map(bytes.hex, counting.count._clients)))


def test_a_restart_counts_nobody_twice_and_forgets_nobody(counting: Counting) -> None:
    counting.saw(READER, "newsboat/2.21", FEEDLY.format(12))
    counting.restart(NOON + timedelta(hours=1))
    assert counting.numbers == (12, 2)
    counting.saw(READER)
    assert counting.numbers == (12, 2)
    counting.restart(NOON + DAY)
    assert counting.numbers == (12, 2)
    counting.restart(NOON + 2 * DAY)
    assert counting.numbers == (12, 0)
    counting.restart(NOON + 9 * DAY)
    assert counting.numbers == (0, 0)


def test_a_clock_that_is_set_back_keeps_no_reader_of_the_other_day(counting: Counting) -> None:
    counting.saw(READER, FEEDLY.format(12))
    counting.count.turn(NOON - 30 * DAY)
    assert counting.numbers == (0, 0)


@pytest.mark.parametrize(
    ("agent", "believed"),
    [
        ("NewsBlur Feed Fetcher - 999999 subscribers", 999_999),
        ("NewsBlur Feed Fetcher - 1000000 subscribers", 0),
        (f"NewsBlur Feed Fetcher - {'9' * 500} subscribers", 0),
        ("Small/1.0 (+https://small.example; 1000 subscribers)", 1_000),
        ("Small/1.0 (+https://small.example; 1001 subscribers)", 0),
    ],
)
def test_who_claims_too_much_is_not_believed(counting: Counting, agent: str, believed: int) -> None:
    counting.saw(agent)
    assert counting.numbers == (believed, 0)


def test_of_an_endless_agent_the_beginning_is_read(counting: Counting) -> None:
    counting.saw("Small/1.0 (5 subscribers)" + "x" * 60_000, "9" * 60_000 + " subscribers")
    assert counting.numbers[0] == 5


def test_a_hundred_unknown_services_are_remembered_and_every_known_one(counting: Counting) -> None:
    counting.saw(*(f"Service-{n}/1.0 (+https://s{n}.example; 1 subscribers)" for n in range(150)))
    counting.saw(FEEDLY.format(12), "Service-3/2.0 (+https://s3.example; 6 subscribers)")
    assert counting.numbers == (subscribers.UNKNOWN + 5 + 12, 0)


def test_readers_are_told_apart_up_to_a_number(counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "CLIENTS", 10)
    counting.saw(*(f"Reader-{n}/1.0" for n in range(30)))
    assert counting.numbers == (0, 10)


def test_one_address_cannot_be_any_number_of_readers(counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "CLIENTS_OF_ONE", 10)
    names = [f"Reader-{n}/1.0" for n in range(30)]
    counting.saw(*names, *names)
    assert counting.numbers == (0, 10)
    for n in range(30):
        counting.saw("Reader/1.0", address=f"2001:db8::{n:x}")
    assert counting.numbers == (0, 20)
    counting.saw(READER, address="2001:db8:0:1::1")
    counting.saw(READER, address="fe80::1%eth0")
    counting.saw(READER, address="")
    assert counting.numbers == (0, 23)
    counting.count.turn(NOON + DAY)
    counting.saw(*names)
    counting.count.turn(NOON + 2 * DAY)
    assert counting.numbers == (0, 10)


class Seen(list[tuple[str, bytes, str]]):
    """What the web server told."""

    def __call__(self, path: str, agent: bytes, address: str) -> None:
        self.append((path, agent, address))


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture(params=[True, False], ids=["at once", "by the application"])
def fast(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def asked(loaded: Documents, seen: Seen, fast: bool, *requests: tuple[str, str, dict[str, str]]) -> list[int]:
    async def status() -> bytes:
        return b"{}"

    at_once = AtOnce(loaded, seen) if fast else None
    server = WebServer(create_app(loaded, unready=lambda: None, status=status, saw=seen), at_once=at_once)
    await server.start("127.0.0.1", 0)
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", trust_env=False, headers={"User-Agent": "Reader/1"}
        ) as client:
            return [(await client.request(how, path, headers=more)).status_code for how, path, more in requests]
    finally:
        await server.stop(1)


async def test_documents_that_are_given_or_unchanged_are_told_with_agent_and_address(
    loaded: Documents, seen: Seen, fast: bool
) -> None:
    document = loaded.get("/feed.atom")
    assert document is not None
    same = {"If-None-Match": document.identity.etag.decode(), "Accept-Encoding": "identity"}
    assert await asked(loaded, seen, fast, ("GET", "/feed.rss", {}), ("GET", "/feed.atom", same)) == [200, 304]
    assert seen == [("/feed.rss", b"Reader/1", "127.0.0.1"), ("/feed.atom", b"Reader/1", "127.0.0.1")]


async def test_other_requests_are_not_told(loaded: Documents, seen: Seen, fast: bool) -> None:
    codes = await asked(
        loaded,
        seen,
        fast,
        ("HEAD", "/feed.atom", {}),
        ("POST", "/feed.atom", {}),
        ("GET", "/nothing.atom", {}),
        ("GET", "/healthz", {}),
        ("GET", "/feed.atom", {"If-Match": '"another"'}),
    )
    assert (codes, seen) == ([200, 405, 404, 200, 412], [])


async def test_an_address_of_the_client_that_a_header_claims_means_nothing(
    loaded: Documents, seen: Seen, fast: bool
) -> None:
    await asked(
        loaded, seen, fast, ("GET", "/feed.atom", {"X-Forwarded-For": "198.51.100.9", "Forwarded": "for=198.51.100.9"})
    )
    assert [address for _, _, address in seen] == ["127.0.0.1"]
