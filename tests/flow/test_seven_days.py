"""Seven days of a clock of our own before publishers who keep a score of their reader, through twenty restarts."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lxml import etree
from publishers import (
    START,
    Feed,
    Publishers,
    Site,
    cut,
    empty,
    every,
    from_day,
    page,
    redirect,
    renewed,
    retry_at,
    slowly,
    status,
    touched,
)
from scoring import DAY, HOUR, NOTHING, sheet
from simulated_reader import Life

from aggregator.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import SourceState

END = START + 7 * DAY
SECOND = timedelta(seconds=1)
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def sites(port: Callable[[], int]) -> tuple[Site, ...]:
    """Fifty-odd sources, each of a character of its own."""
    made: list[Site] = []

    def site(name: str, answers: Any, *, host: str | None = None, beside: dict[str, Any] | None = None, **more: Any):
        place = f"{host or name + '.example'}/{name}.xml"
        made.append(Site(id=name, places={place: answers} | (beside or {}), **more))

    often, rarely = {"interval": "2h", "apart": 2 * HOUR}, {"interval": "8h", "apart": 8 * HOUR}
    for n in range(4):
        site(f"plain{n}", Feed(f"plain{n}", period=(9 + n) * HOUR), **rarely)
    site("busy", Feed("busy", period=2 * HOUR))
    for n in range(6):
        site(f"planet{n}", Feed(f"planet{n}"), host="planet.example", **rarely)

    # Validators: opaque, and of the last document that was stored.
    site("etagonly", Feed("etagonly", modified=None), **rarely)
    site("dateonly", Feed("dateonly", etag=None), **rarely)
    site("weak", Feed("weak", etag='W/"{name}-{n}"'), **rarely)
    site("gzipped", Feed("gzipped", etag='"{n}-gzip"'), **rarely)
    site("unquoted", Feed("unquoted", etag="{name}-{n}"), **rarely)
    site("latin", Feed("latin", etag='"\xe9t\xe9-{n}"'), **rarely)
    site("odddate", Feed("odddate", etag=None, modified="%A, %d-%b-%y %H:%M:%S +0000"), **rarely)
    site("unix", Feed("unix", etag=None, modified="%Y-%m-%dT%H:%M:%SZ"), **rarely)
    site("touched", touched(Feed("touched")), **rarely)
    site("renewed", renewed(Feed("renewed")), ends=("not_modified",), **rarely)
    site("bare", Feed("bare", etag=None, modified=None))
    site("frozen", Feed("frozen", etag=None, modified=None, period=30 * DAY))
    site("losing", from_day(2, Feed("losing", etag=None, modified=None), Feed("losing")))
    site("losingdate", from_day(2, Feed("losingdate", modified=None), Feed("losingdate")), **rarely)
    site("uncached", Feed("uncached", extra=(("Cache-Control", "no-store, no-cache"), ("Expires", "0"))), **rarely)

    # Freshness.
    site("maxage", Feed("maxage", extra=(("Cache-Control", "max-age=7200"),), asks=2 * HOUR))
    site("aged", Feed("aged", extra=(("Cache-Control", "max-age=14400"), ("Age", "3600")), asks=3 * HOUR))
    site("year", Feed("year", extra=(("Cache-Control", "public, max-age=31536000"),), asks=DAY))
    site(
        "invites",
        Feed("invites", extra=(("Cache-Control", "max-age=3000"),), asks=3000 * SECOND),
        apart=3000 * SECOND,
    )
    site("ttl", Feed("ttl", channel="<ttl>180</ttl>"), apart=3 * HOUR)
    hours = "".join(f"<hour>{each}</hour>" for each in range(6))
    site("sleeps", Feed("sleeps", channel=f"<skipHours>{hours}</skipHours>", skip_hours=tuple(range(6))))
    hours = "".join(f"<hour>{each}</hour>" for each in range(24))
    site("neverawake", Feed("neverawake", channel=f"<skipHours>{hours}</skipHours>"), **rarely)

    # Refusals.
    wait = ("Retry-After", "9000")
    site("limited", every(5, status(429, wait, host_asks=9000 * SECOND), Feed("limited")), host="tenants.example",
         ends=("ok", "not_modified", "rate_limited"))  # fmt: skip
    for n in range(4):
        site(f"tenant{n}", Feed(f"tenant{n}"), host="tenants.example", **rarely)
    site("limiteddate", every(7, retry_at(429, 3 * HOUR), Feed("limiteddate")),
         ends=("ok", "not_modified", "rate_limited"), **often)  # fmt: skip
    site("limitedalways", status(429), ends=("rate_limited",))
    site("limitedslowly", slowly(every(3, status(429, wait, host_asks=9000 * SECOND), Feed("limitedslowly"), first=1),
         0.05 * SECOND), ends=("ok", "not_modified", "rate_limited"))  # fmt: skip
    fresh = Feed("freshslowly", extra=(("Cache-Control", "max-age=10800"),), asks=3 * HOUR)
    site("freshslowly", slowly(fresh, 0.05 * SECOND))
    site("busyserver", every(6, status(503, ("Retry-After", "10800"), host_asks=3 * HOUR), Feed("busyserver")),
         ends=("ok", "not_modified", "rate_limited"), **often)  # fmt: skip
    site("forbidden", status(403), ends=("http_4xx",))
    site("login", from_day(4, Feed("login"), status(401)), **rarely)
    site("missing", status(404), ends=("http_4xx",))
    site("away", from_day(3, Feed("away"), from_day(1, status(404), Feed("away"))), **often)
    site("gone", from_day(1, status(410), Feed("gone")), ends=("gone",))
    site("goneonce", every(1000, status(410), Feed("goneonce"), first=9), **rarely)
    site("broken", status(500), ends=("http_5xx",))
    site("flaky", every(4, status(500), Feed("flaky")), ends=("ok", "not_modified", "http_5xx"), **often)

    # Documents that are none.
    site("cuts", every(3, cut(Feed("cuts", period=5 * HOUR)), Feed("cuts", period=5 * HOUR), first=0),
         ends=("ok", "not_modified", "truncated"))  # fmt: skip
    site("wall", every(9, page, Feed("wall")), ends=("ok", "not_modified", "not_a_feed"), **rarely)
    site("empties", every(8, empty, Feed("empties")), ends=("ok", "not_modified", "empty"), **rarely)
    site("unasked", lambda _ask, _number: status(304)(_ask, _number), ends=("unexpected_status",))

    # Redirects.
    new = "moved-to.example/feed.xml"
    site("moved", redirect(301, new, port), beside={new: Feed("moved")}, **rarely)
    new = "moves-to.example/feed.xml"
    site("moves", from_day(2, redirect(308, new, port), Feed("moves")), beside={new: Feed("moves")}, **rarely)
    new = "elsewhere.example/now.xml"
    site("elsewhere", redirect(302, new, port), beside={new: Feed("elsewhere")}, **rarely)
    one, two = "fliphere.example/a.xml", "fliphere.example/b.xml"
    site("flips", every(2, redirect(302, two, port), redirect(302, one, port), first=1),
         beside={one: Feed("flips"), two: Feed("flips", etag='"other-{n}"')}, **rarely)  # fmt: skip
    return tuple(made)


ENDS = {"held, killed": 5, "busy, killed": 3, "idle, killed": 2, "held, stopped": 4, "idle, stopped": 6}
"""What the program was doing when it ended (a server held its answer, a poll was about to start, nothing), and how."""


async def live_through(life: Life, chance: random.Random) -> None:
    """Seven days with twenty restarts; three of them within a minute."""
    ends = chance.sample(list(ENDS), sum(ENDS.values()), counts=list(ENDS.values()))
    moments = sorted(START + chance.random() * 6.7 * DAY for _ in ends[2:])
    moments = sorted([*moments, moments[9] + 20 * SECOND, moments[9] + 40 * SECOND])
    await life.start()
    for end, moment in zip(ends, moments, strict=True):
        await life.until(moment)
        doing, how = end.split(", ")
        if doing == "held":
            await life.held()
        elif doing == "busy":
            await life.busy(chance.random() * 0.02)
        if how == "killed":
            await life.kill()
        else:
            await life.publish()
            await life.stop()
        life.pause(chance.choice([0, 0, 5, 60, 1200, 4 * 3600]) * SECOND)
        await life.start()
    await life.until(END)
    await life.publish()
    await life.stop()


async def test_seven_days_and_twenty_restarts_without_a_violation(place, tmp_path) -> None:
    chance = random.Random(20261123)
    publishers = Publishers(())
    publishers = Publishers(sites(lambda: publishers.port))
    async with publishers:
        place.configure(
            *(_configured(each, publishers.port) for each in publishers.sites),
            outputs="[{id: main, limit: 1000, formats: [atom]}]",
        )
        life = Life(publishers, place.folder / "config.yaml", tmp_path / "log.txt")
        await live_through(life, chance)
    assert not publishers.scorer.violations, sheet(publishers.scorer.violations)
    assert life.ended == {"killed": 10, "stopped": 11}
    assert len(publishers.scorer.lost) >= 9, "those that were held when the program ended"
    assert_asked_enough_and_not_too_much(publishers)
    with Store.open(f"sqlite:///{place.folder / 'var' / 'aggregator.db'}", lock=False) as store:
        assert store.check() == ()
        stored = Counter((each.source, each.title) for each in store.articles.newest(10_000, now=END, visible=False))
        states = {each.source: each for each in store.polls.states()}
    assert_all_is_held_once(publishers, stored)
    assert published(place) == Counter(title for _, title in stored)
    assert_states_are_true(publishers, states, life.looks)


def assert_asked_enough_and_not_too_much(publishers: Publishers) -> None:
    """One whole document without being asked for, but where nothing else can be; and nobody is forgotten."""
    whole = Counter(
        each.ask.place
        for each in publishers.scorer.tickets
        if each.ask.validators == NOTHING and each.answer is not None and each.answer.status in (200, 304)
        if not each.lost
    )
    allowed = {"bare": 999, "frozen": 999, "losing": 999, "unasked": 999, "flips": 999, "cuts": 2}
    for place, count in whole.items():
        assert count <= allowed.get(publishers.owners[place].id, 1), place
    asked = Counter(each.ask.place for each in publishers.scorer.tickets)
    assert asked.keys() == publishers.owners.keys()
    hourly, rarely = asked["busy.example/busy.xml"], asked["plain0.example/plain0.xml"]
    assert hourly > 0.8 * 7 * 24 / 1.05
    assert rarely > 0.8 * 7 * 3 / 1.05


def assert_all_is_held_once(publishers: Publishers, stored: Counter[tuple[str, str]]) -> None:
    """All entries that reached the program for certain, none that was never sent, and each of them once."""
    assert set(stored.values()) == {1}
    sent, heard = set(), set()
    for each in publishers.scorer.tickets:
        if each.answer is None or each.answer.cut:
            continue
        entries = {(publishers.owners[each.ask.place].id, title) for title in each.answer.entries}
        sent |= entries
        heard |= set() if each.lost else entries
    assert heard <= stored.keys() <= sent
    assert len(stored) > 500


def published(place: Any) -> Counter[str]:
    """Titles in the published feed, whose entries have an id each."""
    feed = etree.fromstring(place.published["main.atom"])
    ids = Counter(feed.xpath("a:entry/a:id/text()", namespaces=ATOM))
    assert set(ids.values()) == {1}
    return Counter(feed.xpath("a:entry/a:title/text()", namespaces=ATOM))


def assert_states_are_true(publishers: Publishers, states: dict[str, SourceState], looks: Counter[str]) -> None:
    for site in publishers.sites:
        state = states[site.id]
        assert state.code in site.ends, f"{site.id} is {state.code}: {state.detail}"
        lost = sum(each.lost for each in publishers.of(site.id))
        assert looks[site.id] <= state.requests <= looks[site.id] + lost, site.id
        assert state.next_poll_at > END - 5 * SECOND, f"{site.id} is late"
        assert (state.failures == 0) == (state.code in ("ok", "not_modified", "rate_limited")), site.id
    moved = {name: state.moved_to for name, state in states.items() if state.moved_to is not None}
    assert moved == {
        "moved": f"http://moved-to.example:{publishers.port}/feed.xml",
        "moves": f"http://moves-to.example:{publishers.port}/feed.xml",
    }


def _configured(site: Site, port: int) -> str:
    host, _, path = next(iter(site.places)).partition("/")
    interval = f", interval: {site.interval}" if site.interval is not None else ""
    return f"{{id: {site.id}, url: 'http://{host}:{port}/{path}'{interval}}}"
