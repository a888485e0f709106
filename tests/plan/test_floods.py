"""Whether a batch is believed, what of it is held, where the rest stands, and what a new source brings."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.articles import Identified
from aggregator.model import (
    ABSORBED,
    EARLIER,
    FLOOD,
    Article,
    Code,
    Failed,
    FeedInfo,
    Fetched,
    Known,
    KnownArticle,
    ParsedEntry,
    ParsedFeed,
    Polling,
    PollPlan,
    Source,
    SourceState,
    Validators,
)
from aggregator.plan import plan
from aggregator.plan.arrivals import stood
from aggregator.plan.floods import LEAST, TIMES, believable, habit_after, in_flood

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOURCE = Source(id="a", url="https://example.org/feed")
INFO = FeedInfo(title="A")
STATE = SourceState(
    source="a", next_poll_at=NOW, parser_version=1, last_success=NOW - HOUR, last_new=NOW - DAY, final_url="x",
    info=INFO,
)  # fmt: skip
FETCHED = Fetched(documents=(), validators=Validators(), final_url="x", body_hash=b"new", status=200)
OLD = NOW - 3 * 365 * DAY


def article(key: int, published: datetime | None = NOW, **changes: object) -> Article:
    sort_at = min(published, NOW) if published is not None else NOW
    made = Article(
        key=f"{key:032x}", id=f"urn:{key}", source="a", raw_hash=b"r", fingerprint=b"f", title=f"New {key}",
        published=published, first_seen=NOW, sort_at=sort_at, page_hash=key, text_hash=key,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def held(key: int, published: datetime | None = NOW - DAY, **changes: object) -> KnownArticle:
    made = KnownArticle(
        key=f"{key:032x}", id=f"urn:{key}", raw_hash=b"r", fingerprint=b"f", source="a", title=f"Known {key}",
        published=published, updated=None, first_seen=NOW - DAY, sort_at=NOW - DAY, page_hash=key, text_hash=key,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def entry(key: int) -> Identified:
    return Identified(key=f"{key:032x}", claimed_id=f"urn:{key}", entry=ParsedEntry(raw_hash=b"r"))


KNOWN = tuple(held(1000 + each, NOW - (each + 1) * DAY) for each in range(10))


def flood(
    new: Sequence[Article],
    known: Sequence[KnownArticle] = KNOWN,
    *,
    state: SourceState = STATE,
    order: Sequence[int] = (),
) -> dict[str, str]:
    found = in_flood(
        new, state, [entry(each) for each in order], Known(articles={each.key: each for each in known}), NOW
    )
    return {key: why.removeprefix(FLOOD) for key, why in found.items()}


def signs(new: Sequence[Article], known: Sequence[KnownArticle] = KNOWN, **more: object) -> set[str]:
    return set(flood(new, known, **more).values())  # type: ignore[arg-type]


# ---- how many


@pytest.mark.parametrize(
    ("habit", "number"),
    [
        ((), LEAST),
        ((1, 1, 2), LEAST),
        ((3,), 5 * 3),
        ((1,) * 19 + (50,), LEAST),
        ((1,) * 18 + (50, 50), 5 * 50),
        ((40,), 5 * 40),
    ],
)
def test_as_many_as_five_times_what_is_usual_are_believed(habit: tuple[int, ...], number: int) -> None:
    """The 95th of a hundred looks; one busy day in twenty does not count."""
    assert believable(habit) == number


def test_the_last_twenty_looks_that_brought_anything_are_remembered() -> None:
    assert habit_after((), 3) == (3,)
    assert habit_after((3,), 0) == (3,)
    assert habit_after(tuple(range(20)), 99) == (*range(1, 20), 99)


def test_ten_old_ones_are_shown_and_of_eleven_none() -> None:
    old = [article(each, OLD) for each in range(11)]
    assert flood(old[:LEAST]) == {}
    assert len(flood(old)) == LEAST + 1
    assert flood(old, state=replace(STATE, habit=(3,))) == {}


def test_where_half_look_old_it_is_no_flood_and_where_more_do_those_alone_are_held() -> None:
    old, fresh = [article(each, OLD) for each in range(20)], [article(100 + each) for each in range(20)]
    assert flood([*old, *fresh]) == {}
    assert flood([*old, *fresh[1:]]).keys() == {each.key for each in old}


# ---- what looks old


def test_each_sign_is_told_in_words() -> None:
    new = [article(each, OLD) for each in range(20)]
    assert signs(new) == {"dated over a year ago"}
    assert signs([replace(each, published=NOW - 30 * DAY) for each in new]) == {"dated over 7 days before the newest"}
    assert signs([replace(each, published=None, updated=OLD) for each in new]) == {"dated over a year ago"}
    known = [held(500 + each) for each in range(20)]
    again = [article(each, page_hash=500 + each) for each in range(20)]
    assert signs(again, known) == {"its page is known"}
    assert signs([article(each, title=f"kNOWN {500 + each}") for each in range(20)], known) == {"its title is known"}
    assert signs([article(each, text_hash=500 + each) for each in range(20)], known) == {"its text is known"}


def test_what_was_in_the_last_document_and_what_has_the_same_page_is_known_too() -> None:
    known = tuple(held(500 + each) for each in range(20))
    again = [article(each, page_hash=500 + each) for each in range(20)]
    for found in (Known(upstream=known), Known(same_page=known)):
        assert len(in_flood(again, STATE, (), found, NOW)) == 20


def test_what_new_ones_have_in_common_is_no_sign() -> None:
    """A change log has all its entries on one page; commits are called the same; a photo has no words."""
    known = [held(1, title="Update README")]
    common = [article(10 + each, title="Update README", page_hash=1, text_hash=1) for each in range(20)]
    assert flood(common, known) == {}
    nameless = [article(10 + each, page_hash=None, text_hash=None) for each in range(20)]
    assert flood(nameless, [held(1, page_hash=None, text_hash=None)]) == {}


def test_what_new_ones_have_in_common_with_as_many_known_ones_is_old_in_a_flood() -> None:
    """areweanticheatyet.com's feed (2026-02): an event of one game is called like the others of it."""
    known = [*(held(500 + each) for each in range(20)), *(held(600 + each, title="ARC Raiders") for each in range(4))]
    again = [article(each, title=f"Known {500 + each}") for each in range(20)]
    game = [article(40 + each, title="ARC Raiders") for each in range(4)]
    assert flood([*again, *game], known).keys() == {each.key for each in (*again, *game)}
    more = [article(40 + each, title="ARC Raiders") for each in range(5)]
    assert flood([*again, *more], known).keys() == {each.key for each in again}, "one of them is new"
    assert flood([*again[:5], *game, *(article(60 + each) for each in range(5))], known) == {}, "it is no flood"


def test_what_is_dated_since_the_last_look_is_posted_since_then() -> None:
    """A source that was switched off for two years: nobody looked when these were new."""
    away = replace(STATE, last_success=NOW - 800 * DAY)
    posted = [article(each, NOW - (each + 1) * 29 * DAY) for each in range(26)]
    known = [held(500, NOW - 900 * DAY)]
    assert flood(posted, known, state=away) == {}
    assert len(flood(posted, known)) == 14, "those of over a year ago: a look an hour ago saw nothing of them"


def test_a_year_to_come_does_not_make_all_else_old() -> None:
    ahead = held(1, NOW + 300 * DAY)
    assert flood([article(each, NOW - DAY) for each in range(20)], [ahead], state=replace(STATE)) == {}


def test_what_another_feed_brought_does_not_tell_what_is_newest() -> None:
    own, theirs = held(1, NOW - 60 * DAY, first_seen=NOW - 60 * DAY), held(2, NOW - DAY, held="another feed")
    batch = [article(each, NOW - 20 * DAY) for each in range(20)]
    assert flood(batch, [own, theirs]) == {}
    assert len(flood(batch, [own, replace(theirs, held=ABSORBED)])) == 20


def test_undated_ones_below_known_ones_look_old() -> None:
    """python/planet #151."""
    undated = [article(each, None) for each in range(20)]
    names = [int(each.key, 16) for each in KNOWN]
    assert signs(undated, order=[*names, *range(20)]) == {"without a date, and among older ones in its feed"}
    assert flood(undated, order=[*range(20), *names]) == {}
    assert flood(undated, order=list(range(20))) == {}, "nothing tells"
    assert flood(undated, order=[names[0], *range(20), *names[1:]]) == {}, "one that is pinned says nothing"


def test_a_feed_with_the_oldest_first_is_read_from_its_end() -> None:
    known = [held(1000 + each, None, first_seen=NOW - (20 - each) * DAY) for each in range(10)]
    names = [int(each.key, 16) for each in known]
    undated = [article(each, None) for each in range(20)]
    assert flood(undated, known, order=[*names, *range(20)]) == {}
    assert len(flood(undated, known, order=[*range(20), *names])) == 20


# ---- in a poll


def decide(
    new: Sequence[Article],
    known: Sequence[KnownArticle] = KNOWN,
    *,
    state: SourceState = STATE,
    source: Source = SOURCE,
    middle: datetime | None = None,
    problem: Failed | None = None,
) -> PollPlan:
    held_by_key = {each.key: each for each in known}
    names = [int(key, 16) for key in (*(each.key for each in new), *held_by_key)]
    return plan(
        source,
        state,
        replace(FETCHED, complete=source.folder is not None),
        polling=Polling(),
        now=NOW,
        parser_version=1,
        feed=ParsedFeed(info=INFO, road="t", problem=problem),
        entries=[entry(each) for each in names],
        articles=new,
        known=Known(articles=held_by_key, middle=middle),
    )


def test_a_flood_is_held_and_what_is_new_beside_it_is_shown_and_counted() -> None:
    decided = decide([*(article(each, OLD) for each in range(300)), article(999)])
    assert [each.title for each in decided.new] == ["New 999"]
    assert len(decided.held) == 300
    assert {each.held for each in decided.held} == {f"{FLOOD}dated over a year ago"}
    assert (decided.state.code, decided.state.detail, decided.state.habit) == (Code.OK, "1 new, 300 held", (1,))
    assert decided.state.quarantine is None
    assert (decided.state.last_new, decided.state.info) == (NOW, INFO)


def test_a_flood_alone_is_no_news() -> None:
    decided = decide([article(each, OLD) for each in range(300)])
    assert (decided.new, decided.state.habit, decided.state.last_new) == ((), (), STATE.last_new)


def test_a_folder_is_the_operators_own_and_never_a_flood() -> None:
    folder = Source(id="a", folder=Path("seeds"))
    state = replace(STATE, location=folder.location, late=True)
    assert len(decide([article(each, OLD) for each in range(300)], source=folder, state=state).new) == 300
    first = SourceState(source="a", next_poll_at=NOW, parser_version=1, late=True)
    assert len(decide([article(each, OLD) for each in range(300)], (), source=folder, state=first).new) == 300


FRESH = SourceState(source="a", next_poll_at=NOW, parser_version=1)


def test_the_first_look_is_no_flood_and_no_habit() -> None:
    decided = decide([article(each, OLD) for each in range(300)], (), state=FRESH)
    assert (len(decided.new), decided.held, decided.state.habit) == (300, (), ())


def test_a_late_source_brings_its_newest_that_rules_take_under_their_own_dates() -> None:
    new = [article(each, OLD + each * DAY, left_out="drop" if each % 2 else None) for each in range(300)]
    decided = decide(new, (), state=replace(FRESH, late=True), middle=NOW - DAY)
    taken = [each for each in decided.new if each.left_out is None]
    assert [each.title for each in taken] == [f"New {each}" for each in range(200, 300, 2)]
    assert all(each.sort_at == each.published for each in decided.new)
    assert {each.held for each in decided.earlier} == {EARLIER}
    assert len(decided.new) + len(decided.earlier) == 300
    assert decided.held == ()


@pytest.mark.parametrize(("first", "new"), [(None, 300), (0, 0), (7, 7), (400, 300)])
def test_how_many_is_said_for_each_source(first: int | None, new: int) -> None:
    batch = [article(each, OLD + each * DAY) for each in range(300)]
    decided = decide(batch, (), state=replace(FRESH, late=True), source=replace(SOURCE, first=first))
    assert len(decided.new) == new


def test_a_look_that_broke_off_is_not_the_first_whole_one() -> None:
    """And a feed that always breaks off is guarded like any other from its second look on."""
    broken = Failed(code=Code.XML, detail="broken")
    late = replace(FRESH, late=True)
    assert len(decide([article(each, OLD) for each in range(80)], (), state=late, problem=broken).new) == 50
    again = replace(late, last_new=NOW - DAY)
    assert len(decide([article(each, OLD) for each in range(80)], state=again, problem=broken).held) == 80
    assert len(decide([article(each, OLD) for each in range(80)], state=again).new) == 50


# ---- where they stand


def test_what_is_dated_below_the_middle_stands_with_those_of_today_in_its_own_order() -> None:
    batch = [article(1, NOW - 2 * DAY), article(2, NOW - 40 * DAY), article(3, NOW - 30 * DAY), article(4)]
    one, two, three, four = stood(batch, NOW - 5 * DAY, NOW)
    assert (one, four) == (batch[0], batch[3])
    assert NOW - timedelta(seconds=1) < two.sort_at < three.sort_at < NOW
    assert (two.published, two.first_seen) == (NOW - 40 * DAY, NOW)
    assert stood(batch, None, NOW) == tuple(batch), "while there are few, all of them are seen"


def test_a_date_is_frozen_and_so_is_from_when_on_an_article_is_shown() -> None:
    """``future: hold``: an event that is put off after it was shown is not hidden again."""
    known = held(1, NOW - DAY, not_before=NOW - DAY, raw_hash=b"other")
    (changed,) = decide([article(1, NOW + 9 * DAY, not_before=NOW + 9 * DAY)], [known]).refreshed
    assert (changed.published, changed.not_before) == (NOW - DAY, NOW - DAY)


Arrivals = st.lists(
    st.lists(st.timedeltas(min_value=timedelta(days=-900), max_value=timedelta(days=30)), max_size=5), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(Arrivals, st.lists(st.integers(10, 40), min_size=1, max_size=3), st.integers(2, 4))
def test_every_article_is_in_every_document_once_whatever_its_date(
    arrivals: list[list[timedelta]], limits: list[int], divisor: int
) -> None:
    """The rule of docs/dates.md, with outputs that take all articles, or every second, third or fourth.

    Up to half of the shortest output come between two publishes, in up to five a look.
    """
    half = max(1, min(limits) // 2)
    shown: list[tuple[datetime, int]] = []
    count, now = 0, NOW
    waiting: list[int] = []
    for batch in arrivals:
        now += HOUR
        ranked = sorted(shown, reverse=True)
        middle = ranked[half - 1][0] if len(ranked) >= half else None
        made = [
            article(count + place, now + away, sort_at=min(now + away, now), first_seen=now)
            for place, away in enumerate(batch)
        ]
        for each in stood(made, middle, now):
            shown.append((each.sort_at, int(each.key, 16)))
            waiting.append(int(each.key, 16))
        count += len(batch)
        if len(waiting) + 5 <= half:
            continue
        for limit in limits:
            document = [number for _, number in sorted(shown, reverse=True)][:limit]
            assert set(waiting) <= set(document)
            of_query = [number for _, number in sorted(shown, reverse=True) if number % divisor == 0][:limit]
            assert {each for each in waiting if each % divisor == 0} <= set(of_query)
        waiting = []


# ---- at random


@st.composite
def looks(draw: st.DrawFn) -> tuple[SourceState, list[KnownArticle], list[Article], list[Article]]:
    """A source with some habit, what is known of it, and a batch: genuine posts and old ones."""
    last = NOW - draw(st.timedeltas(min_value=HOUR, max_value=900 * DAY))
    habit = draw(st.lists(st.integers(1, 60), max_size=20))
    known = [
        held(10_000 + each, last - draw(st.timedeltas(HOUR, 2000 * DAY)), first_seen=last)
        for each in range(draw(st.integers(0, 15)))
    ]
    genuine = [
        article(each, draw(st.datetimes(last.replace(tzinfo=None), NOW.replace(tzinfo=None))).replace(tzinfo=UTC))
        for each in range(draw(st.integers(0, 40)))
    ]
    signs = st.sampled_from(["year", "title", "page"]) if known else st.just("year")
    old = []
    for each in range(draw(st.integers(0, 60))):
        sign = draw(signs)
        was = draw(st.sampled_from(known)) if known else None
        if sign == "year" or was is None:
            old.append(article(500 + each, min(last, NOW - 365 * DAY) - draw(st.timedeltas(HOUR, 900 * DAY))))
        elif sign == "title":
            old.append(article(500 + each, NOW, title=was.title))
        else:
            old.append(article(500 + each, NOW, page_hash=was.page_hash))
    return replace(STATE, last_success=last, habit=tuple(habit)), known, genuine, old


@settings(max_examples=300, deadline=None)
@given(looks(), st.randoms(use_true_random=False))
def test_a_genuine_post_is_never_held(
    look: tuple[SourceState, list[KnownArticle], list[Article], list[Article]], chance: Random
) -> None:
    """features.md N1: one with a date since the last look and a title and page that nobody knows."""
    state, known, genuine, old = look
    batch = [*genuine, *old]
    chance.shuffle(batch)
    found = flood(batch, known, state=state)
    assert not found.keys() & {each.key for each in genuine}
    if len(batch) <= max(LEAST, TIMES * max(state.habit, default=0)) and len(state.habit) < 20:
        assert found == {}
    dated = {each.key for each in old if each.published != NOW}
    if len(batch) > believable(state.habit) and 2 * len(dated) > len(batch):
        assert dated <= found.keys()


# ---- on real posting times


@pytest.fixture(scope="module")
def traces(shared: Path) -> list[dict[str, Any]]:
    path = shared / "traces" / "posting_times.json"
    if not path.exists():
        pytest.skip("no posting times")
    feeds: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["feeds"]
    return feeds


@pytest.mark.parametrize("every", [HOUR, DAY, 14 * DAY], ids=["hourly", "daily", "fortnightly"])
def test_no_look_at_a_real_source_is_called_a_flood(traces: list[dict[str, Any]], every: timedelta) -> None:
    """Posts as they came, seen at looks so far apart, of which a feed shows its newest ``w``."""
    many = 0
    for feed in traces:
        times = [at for at in accumulate(feed["t"]) if at > 946684800]  # some are dated in the year 1
        step, seen = every.total_seconds(), 1
        habit: tuple[int, ...] = ()
        while seen < len(times):
            look = times[seen] + step
            until = bisect_right(times, look)
            window = times[max(seen, until - feed["w"]) : until]
            if len(window) > believable(habit):
                many += 1
                now = datetime.fromtimestamp(look, UTC)
                known = [held(1, datetime.fromtimestamp(times[seen - 1], UTC), first_seen=now)]
                state = replace(STATE, last_success=datetime.fromtimestamp(look - step, UTC))
                new = [
                    article(n, datetime.fromtimestamp(at // 86400 * 86400 if feed.get("stamp") else at, UTC))
                    for n, at in enumerate(window)
                ]
                assert in_flood(new, state, (), Known(articles={"k": known[0]}), now) == {}, feed["id"]
            habit = habit_after(habit, len(window))
            seen = max(until, bisect_left(times, look))
    assert many > 0, "some looks bring more than is usual, and are believed for their dates"
