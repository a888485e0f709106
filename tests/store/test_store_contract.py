"""What every backend must do alike: sources, articles, one poll, publishing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import ClaimLost, StaleKnowledge
from aggregator.model import (
    ABSENT,
    Category,
    Code,
    Enclosure,
    FeedInfo,
    Link,
    Person,
    Rating,
    SourceState,
    Validators,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conftest import Make

    from aggregator.store import Store

HOUR = timedelta(hours=1)


# ---- configuration


def test_a_new_source_is_due_when_spread_says(store: Store, make: Make, now: datetime) -> None:
    result = store.sync([make.source()], now, lambda source: now + HOUR, lambda host: timedelta(seconds=1))
    assert result.added == ("a",)
    state = store.polls.state("a")
    assert state == SourceState(source="a", next_poll_at=now + HOUR, location="https://a.example/feed")
    assert store.queue.next_due(now) == now + HOUR


def test_the_same_configuration_again_changes_nothing(store: Store, make: Make) -> None:
    make.sync(store, make.source())
    make.record(store, new=(make.article(),), state={"validators": Validators(etag='"1"')})
    before = store.polls.state("a")
    result = make.sync(store, make.source(), now=make.now + HOUR)
    assert (result.added, result.removed, result.changed) == ((), (), ())
    assert store.polls.state("a") == before


def test_another_address_forgets_the_validators_and_is_due_now(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    known = {
        "validators": Validators(etag='"1"', last_modified="Sun, 22 Nov 2026 11:00:00 GMT"),
        "final_url": "https://a.example/feed",
        "body_hash": b"hash",
        "moved_to": "https://b.example/",
        "moved_since": now,
        "moved_polls": 3,
        "status_since": now,
        "status_polls": 4,
        "refresh_at": now,
        "failures": 3,
        "requests": 9,
    }
    make.record(store, new=(make.article(),), state=known)
    result = make.sync(store, make.source(url="https://new.example/feed"), now=now + 2 * HOUR)
    assert result.changed == ("a",)
    state = store.polls.state("a")
    assert state is not None
    assert (state.location, state.next_poll_at) == ("https://new.example/feed", now + 2 * HOUR)
    assert (state.validators, state.final_url, state.body_hash, state.moved_to) == (Validators(), None, None, None)
    assert (state.moved_since, state.moved_polls) == (None, 0)
    assert (state.status_since, state.status_polls, state.refresh_at) == (None, 0, None)
    assert (state.failures, state.requests) == (0, 9)
    assert store.queue.next_due(now + 2 * HOUR) == now + 2 * HOUR
    assert store.articles.find(make.article().key) is not None


def test_a_poll_of_the_old_address_is_fenced_off(store: Store, make: Make) -> None:
    make.sync(store, make.source())
    claim = make.claim(store)
    make.sync(store, make.source(url="https://new.example/feed"))
    with pytest.raises(ClaimLost, match=r"^a: "):
        store.polls.record(make.plan(claim, new=(make.article(),)), claim, make.now)
    assert store.articles.newest(10, now=make.now) == ()


def test_a_disabled_source_is_not_claimed_until_it_is_enabled(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(enabled=False))
    assert store.queue.claim(now, 10, HOUR) == ()
    assert store.queue.claim(now, 10, HOUR, only=["a"]) == ()
    assert store.queue.next_due(now) is None
    assert make.sync(store, make.source()).changed == ("a",)
    assert [claim.source for claim in store.queue.claim(now, 10, HOUR)] == ["a"]


def test_what_a_clock_that_was_ahead_put_off_is_due_when_it_is_right_again(
    store: Store, make: Make, now: datetime
) -> None:
    ahead = now + timedelta(days=4 * 365)
    polled, claimed, fresh = (make.source(each) for each in ("polled", "claimed", "fresh"))
    make.sync(store, polled, claimed)
    claim = make.claim(store, "polled", ahead)
    asked = make.plan(claim, state={"next_poll_at": ahead + HOUR}, host_wait=ahead + HOUR)
    store.polls.record(asked, claim, ahead)
    make.claim(store, "claimed", ahead)
    make.sync(store, polled, claimed, fresh, now=ahead)
    assert store.queue.next_due(now) is not None
    assert store.queue.claim(now, 10, HOUR) == ()
    make.sync(store, polled, claimed, fresh)
    assert store.queue.next_due(now) == now
    assert {each.source for each in store.queue.claim(now, 10, HOUR)} == {"polled", "claimed", "fresh"}
    assert store.check() == ()


def test_what_a_poll_may_ask_for_is_waited_for_across_a_reload(store: Store, make: Make, now: datetime) -> None:
    waits = {"gone": timedelta(days=30), "rare": timedelta(days=366 * 1.1), "limited": timedelta(days=7)}
    sources = [make.source(each, interval=timedelta(days=366) if each == "rare" else None) for each in waits]
    make.sync(store, *sources)
    for name, wait in waits.items():
        claim = make.claim(store, name)
        host_wait = now + wait if name == "limited" else None
        store.polls.record(make.plan(claim, state={"next_poll_at": now + wait}, host_wait=host_wait), claim, now)
    make.sync(store, *sources)
    for name, wait in waits.items():
        state = store.polls.state(name)
        assert state is not None
        assert state.next_poll_at == now + wait
    assert store.queue.next_due(now, only=["limited"]) == now + waits["limited"]


@pytest.mark.parametrize("on_remove", ["keep", "drop", "tombstone"])
def test_a_removed_sources_articles_are_shown_as_declared(
    store: Store, make: Make, now: datetime, on_remove: str
) -> None:
    make.sync(store, make.source(on_remove=on_remove), make.source("b"))
    make.record(store, new=(make.article(),))
    before = store.publish_seq()
    assert make.sync(store, make.source("b")).removed == ("a",)
    shown = [article.key for article in store.articles.newest(10, now=now)]
    assert shown == ([make.article().key] if on_remove == "keep" else [])
    assert (store.publish_seq() > before) == (on_remove != "keep")
    assert [article.key for article in store.articles.newest(10, now=now, visible=False)] == [make.article().key]
    assert [state.source for state in store.polls.states()] == ["b"]
    assert store.polls.state("a") is not None
    assert make.sync(store, make.source("b")).removed == ()


@pytest.mark.parametrize("on_remove", ["keep", "drop", "tombstone"])
def test_a_source_that_comes_back_brings_its_articles_without_doubles(
    store: Store, make: Make, now: datetime, on_remove: str
) -> None:
    source = make.source(on_remove=on_remove)
    make.sync(store, source)
    make.record(store, new=(make.article(1), make.article(2)), state={"validators": Validators(etag='"1"')})
    make.record(store, withdrawn=(make.article(2).key,), now=now + HOUR)
    make.sync(store, now=now + HOUR)
    before = store.publish_seq()
    assert make.sync(store, source, now=now + HOUR).added == ("a",)
    assert [article.key for article in store.articles.newest(10, now=now)] == [make.article(1).key]
    assert len(store.articles.newest(10, now=now, visible=False)) == 2
    assert (store.publish_seq() > before) == (on_remove != "keep")
    state = store.polls.state("a")
    assert state is not None
    assert state.validators == Validators(etag='"1"')
    assert [claim.source for claim in store.queue.claim(now + 2 * HOUR, 10, HOUR)] == ["a"]


def test_a_poll_of_a_removed_source_is_fenced_off(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    claim = make.claim(store)
    make.sync(store)
    with pytest.raises(ClaimLost):
        store.polls.record(make.plan(claim, new=(make.article(),)), claim, now)
    assert store.articles.newest(10, now=now, visible=False) == ()
    assert store.queue.next_due(now) is None


# ---- one poll


def test_an_article_comes_back_as_it_went_in(store: Store, make: Make, now: datetime) -> None:
    full = make.article(
        summary="Plain \x1f text",
        contributors=(Person(name="B", url="https://b.example/", email="b@b.example"),),
        tags=(Category(term="cars", scheme="https://s.example/", label="Cars"), Category(term="")),
        published=now - HOUR,
        updated=now.replace(microsecond=1),
        sort_at=now.replace(microsecond=999_999),
        language="en",
        links=(Link(href="https://c.example/", rel="via", type="text/html", hreflang="de", title="T", length=0),),
        enclosures=(Enclosure(url="https://d.example/", type="audio/mpeg", length=2**40, title="E", duration=0),),
        image="https://e.example/",
        rights="©",
        comments="https://f.example/",
        origin=FeedInfo(
            id="o", ttl=timedelta(microseconds=1), hubs=("h",), skip_hours=(0, 23), skip_days=(0,), updated=now
        ),
        source_updated=now,
        attribution="Agency",
        rating=Rating(helpful=93, total=132),
        not_before=now - HOUR,
        warnings=("a \x00 in JSON is no trouble", "nor a lone \ud800"),
    )
    make.sync(store, make.source())
    make.record(store, new=(full,))
    assert store.articles.newest(1, now=now) == (full,)


def test_a_state_comes_back_as_it_went_in(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    state = SourceState(
        source="a",
        location="https://a.example/feed",
        next_poll_at=now + HOUR,
        next_reason="max-age 3600 s",
        validators=Validators(etag='W/"\xff"', last_modified="yesterday"),
        final_url="https://z.example/",
        body_hash=b"\x00\xff",
        parser_version=3,
        code=Code.HTTP_5XX,
        detail="503 Service Unavailable",
        status=503,
        since=now - HOUR,
        failures=4,
        last_poll=now,
        last_success=now - 2 * HOUR,
        last_new=now - 3 * HOUR,
        requests=2**40,
        not_modified=7,
        bytes=2**50,
        moved_to="https://m.example/",
        moved_since=now - 4 * HOUR,
        moved_polls=5,
        status_since=now - 5 * HOUR,
        status_polls=6,
        refresh_at=now + 3 * HOUR,
        info=FeedInfo(title="A\x00\ud800", authors=(Person(name="A"),)),
        road="fast",
        warnings=("w",),
    )
    claim = make.claim(store)
    store.polls.record(replace(make.plan(claim), state=state), claim, now)
    assert store.polls.state("a") == state
    assert make.claim(store, now=now + HOUR).state == state
    assert store.polls.infos() == {"a": state.info}


def test_known_tells_what_a_poll_has_to_know(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    kept, withdrawn, foreign = make.article(1), make.article(2), make.article(3, source="b")
    make.record(store, new=(kept, withdrawn))
    make.record(store, "b", new=(foreign,))
    make.record(store, withdrawn=(withdrawn.key,), now=now + HOUR)
    known = store.polls.known(
        "a", [kept.key, withdrawn.key, make.key("unheard of")], [foreign.id, withdrawn.id, "tag:none"]
    )
    assert {key: held.withdrawn for key, held in known.articles.items()} == {kept.key: False, withdrawn.key: True}
    held = known.articles[kept.key]
    for name in ("id", "raw_hash", "fingerprint", "published", "updated", "first_seen", "sort_at", "duplicate_of"):
        assert getattr(held, name) == getattr(kept, name)
    assert known.owners == {foreign.id: foreign.key, withdrawn.id: withdrawn.key}
    assert set(store.polls.known("a", [], [], all_live=True).articles) == {kept.key}
    assert set(store.polls.known("a", [withdrawn.key], [], all_live=True).articles) == {kept.key, withdrawn.key}


def test_a_change_keeps_id_and_dates_of_first_sight(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    first = make.article()
    make.record(store, new=(first,))
    later = replace(
        first, title="New", content_html=None, id="other", first_seen=now + HOUR, sort_at=now + HOUR, updated=now + HOUR
    )
    make.record(store, updated=(later,), now=now + HOUR)
    assert store.articles.find(first.key) == replace(later, id=first.id, first_seen=now, sort_at=now)


def test_a_refreshed_article_is_written_like_an_updated_one_and_shown(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    first = make.article()
    seq = make.record(store, new=(first,))
    refreshed = replace(first, raw_hash=b"other", content_html="<p>other</p>")
    assert make.record(store, refreshed=(refreshed,), now=now + HOUR) > seq
    assert store.articles.find(first.key) == refreshed


@pytest.mark.parametrize("road", ["updated", "new"])
def test_a_withdrawn_article_comes_back_under_its_id(store: Store, make: Make, now: datetime, road: str) -> None:
    make.sync(store, make.source())
    first = make.article()
    make.record(store, new=(first,))
    make.record(store, withdrawn=(first.key,), now=now + HOUR)
    assert store.articles.newest(10, now=now) == ()
    assert store.articles.find(first.id) == replace(first, deleted_at=now + HOUR, deleted_by=ABSENT)
    assert store.articles.counts() == {}
    again = replace(first, title="Again", content_html="<p>again</p>", first_seen=now + HOUR, sort_at=now + HOUR)
    make.record(store, now=now + 2 * HOUR, **{road: (again,)})
    assert store.articles.newest(10, now=now) == (replace(again, first_seen=now, sort_at=now),)


def test_an_id_that_was_taken_in_between_makes_knowledge_stale(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    theirs = make.article(1, source="b")
    make.record(store, "b", new=(theirs,))
    claim = make.claim(store)
    mine = (make.article(0), replace(make.article(1), id=theirs.id))
    state = {"validators": Validators(etag='"mine"')}
    with pytest.raises(StaleKnowledge, match=r"^a: "):
        store.polls.record(make.plan(claim, new=mine, state=state), claim, now)
    assert store.articles.newest(10, now=now) == (theirs,)
    assert store.polls.state("a") == claim.state
    store.polls.record(make.plan(claim, new=(mine[0],), state=state), claim, now)
    assert len(store.articles.newest(10, now=now)) == 2


def test_an_id_is_not_given_out_again_after_its_article_was_withdrawn(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    first = make.article(1)
    make.record(store, new=(first,))
    make.record(store, withdrawn=(first.key,), now=now + HOUR)
    with pytest.raises(StaleKnowledge):
        make.record(store, new=(replace(make.article(2), id=first.id),), now=now + 2 * HOUR)


def test_an_article_that_is_held_already_is_not_new(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    make.record(store, new=(make.article(1),))
    with pytest.raises(StaleKnowledge):
        make.record(store, new=(make.article(0), make.article(1)), now=now + HOUR)
    assert store.articles.find(make.article(0).key) is None


def test_one_source_cannot_touch_anothers_article(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    theirs = make.article(1, source="b")
    make.record(store, "b", new=(theirs,))
    with pytest.raises(StaleKnowledge):
        make.record(store, updated=(replace(theirs, title="Mine", source="a"),))
    with pytest.raises(StaleKnowledge):
        make.record(store, refreshed=(replace(theirs, title="Mine", source="a"),), now=now + 2 * HOUR)
    make.record(store, withdrawn=(theirs.key,), now=now + 4 * HOUR)
    assert store.articles.newest(10, now=now) == (theirs,)


def test_a_plan_is_only_recorded_under_its_own_claim(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    claim = make.claim(store)
    with pytest.raises(ValueError, match="a plan for b"):
        store.polls.record(replace(make.plan(claim), source="b"), claim, now)


def test_a_claim_is_used_up_by_recording(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    claim = make.claim(store)
    store.polls.record(make.plan(claim), claim, now)
    with pytest.raises(ClaimLost):
        store.polls.record(make.plan(claim, new=(make.article(),)), claim, now)
    assert store.articles.newest(10, now=now) == ()


def test_the_log_keeps_changes_and_failures_for_a_week(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    make.record(store, new=(make.article(1), make.article(2)), state={"detail": "2 new"})
    make.record(store, state={"code": Code.NOT_MODIFIED}, now=now + HOUR)
    make.record(store, "b", state={"code": Code.DNS, "detail": "no such host"}, wire_bytes=5, now=now + 2 * HOUR)
    make.record(store, "b", state={"detail": None}, now=now + 3 * HOUR)
    lines = [(line.source, line.code, line.new, line.at) for line in store.polls.log()]
    assert lines == [
        ("b", Code.OK, 0, now + 3 * HOUR),
        ("b", Code.DNS, 0, now + 2 * HOUR),
        ("a", Code.OK, 2, now),
    ]
    assert [line.detail for line in store.polls.log("b")] == [None, "no such host"]
    assert [line.bytes for line in store.polls.log("b", limit=2)] == [0, 5]
    week = timedelta(days=7, hours=1)
    make.record(store, updated=(make.article(1),), now=now + week)
    assert [line.at for line in store.polls.log()] == [now + week, now + 3 * HOUR, now + 2 * HOUR]


# ---- reading


def test_the_newest_come_first_and_pages_meet(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source(), make.source("b"))
    micro = timedelta(microseconds=1)
    mine = [make.article(number, sort_at=now + micro * (number // 3)) for number in range(10)]
    make.record(store, new=tuple(mine))
    theirs = make.article(99, source="b", sort_at=now - HOUR)
    make.record(store, "b", new=(theirs,))
    wanted = sorted([*mine, theirs], key=lambda article: (article.sort_at, article.key), reverse=True)
    assert list(store.articles.newest(99, now=now)) == wanted
    pages = []
    before = None
    while page := store.articles.newest(4, now=now, before=before):
        pages.extend(page)
        before = (page[-1].sort_at, page[-1].key)
    assert pages == wanted
    assert store.articles.newest(99, now=now, source="b") == (theirs,)


def test_what_is_not_to_be_shown_is_not_visible(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    shown = make.article(0)
    hidden = (
        make.article(1, duplicate_of=shown.key),
        make.article(2, left_out="drop: title ~ /ad/"),
        make.article(3, not_before=now + HOUR),
        make.article(4),
    )
    make.record(store, new=(shown, *hidden))
    make.record(store, withdrawn=(hidden[-1].key,), now=now + HOUR)
    assert store.articles.newest(10, now=now) == (shown,)
    assert {article.key for article in store.articles.newest(10, now=now + HOUR)} == {shown.key, hidden[2].key}
    assert len(store.articles.newest(10, now=now, visible=False)) == 5
    assert store.outputs.next_release(now) == now + HOUR
    assert store.outputs.next_release(now + HOUR) is None
    assert store.articles.counts() == {"a": 4}


@pytest.mark.parametrize("how", ["dropped", "tombstoned", "left out", "withdrawn", "held back"])
def test_a_duplicate_is_shown_while_what_it_repeats_is_not(store: Store, make: Make, now: datetime, how: str) -> None:
    on_remove = {"dropped": "drop", "tombstoned": "tombstone"}.get(how, "keep")
    first, second = make.source("a", on_remove=on_remove), make.source("b")
    make.sync(store, first, second)
    owner = make.article(source="a", not_before=now + 9 * HOUR if how == "held back" else None)
    copy = make.article(source="b", duplicate_of=owner.key)
    make.record(store, "a", new=(owner,))
    before = store.publish_seq()
    make.record(store, "b", new=(copy,))
    assert store.publish_seq() > before
    if how != "held back":
        assert store.articles.newest(10, now=now) == (owner,)
    if how == "left out":
        store.articles.mark_left_out({owner.key: "drop: title ~ /one/"})
    elif how == "withdrawn":
        make.record(store, "a", now=now + HOUR, withdrawn=(owner.key,))
    elif how != "held back":
        make.sync(store, second)
    assert [article.id for article in store.articles.newest(10, now=now)] == [copy.id]
    make.sync(store, first, second)
    if how in ("dropped", "tombstoned", "held back"):
        assert store.articles.newest(10, now=now + 9 * HOUR) == (owner,)
    store.articles.mark_left_out({copy.key: "drop: all"})
    assert copy.key not in {article.key for article in store.articles.newest(10, now=now)}


def test_a_removed_source_that_keeps_its_articles_still_hides_duplicates_of_them(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source("a"), make.source("b"))
    owner = make.article(source="a")
    make.record(store, "a", new=(owner,))
    make.record(store, "b", new=(make.article(source="b", duplicate_of=owner.key),))
    make.sync(store, make.source("b"))
    assert store.articles.newest(10, now=now) == (owner,)


def test_marking_what_is_left_out(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    one, two = make.article(1), make.article(2, left_out="old rule")
    seq = make.record(store, new=(one, two))
    store.articles.mark_left_out({one.key: "new rule", two.key: None})
    assert [article.key for article in store.articles.newest(10, now=now)] == [two.key]
    assert store.publish_seq() == seq + 1
    store.articles.mark_left_out({})
    assert store.publish_seq() == seq + 1


def test_an_article_is_found_by_key_id_and_url(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    old = make.article(1, url="https://same.example/")
    new = make.article(2, url="https://same.example/", sort_at=now + HOUR, id="0123456789abcdef" * 2)
    make.record(store, new=(old, new))
    assert store.articles.find(old.key) == old
    assert store.articles.find(old.id) == old
    assert store.articles.find(new.id) == new
    assert store.articles.find("https://same.example/") == new
    assert store.articles.find("https://other.example/") is None


def test_a_long_id_is_no_trouble(store: Store, make: Make) -> None:
    long = make.article(id="tag:example.org,2026:" + "".join(make.key(number) for number in range(400)))
    make.sync(store, make.source())
    make.record(store, new=(long,))
    assert store.articles.find(long.id) == long
    assert store.polls.known("a", [], [long.id]).owners == {long.id: long.key}


# ---- publishing


def test_only_what_readers_can_see_asks_to_be_published(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    start = store.publish_seq()
    later = iter(now + HOUR * number for number in range(99))

    def after(**fields: object) -> int:
        return make.record(store, now=next(later), **fields) - start

    assert after(new=(make.article(1),)) == 1
    assert after() == 1
    assert after(state={"code": Code.DNS}) == 1
    assert after(new=(make.article(2, left_out="rule"),)) == 1
    assert after(state={"info": FeedInfo(title="Renamed")}) == 2
    assert after(updated=(make.article(1, title="New"),)) == 3
    assert after(withdrawn=(make.article(1).key,)) == 4
    assert store.publish_seq() == start + 4


def test_what_was_published_is_remembered_and_never_goes_back(store: Store) -> None:
    assert (store.publish_seq(), store.published_seq()) == (0, 0)
    store.mark_published(5)
    store.mark_published(3)
    assert store.published_seq() == 5


def test_settings_are_kept_across_a_restart(store: Store, another: Callable[[], Store]) -> None:
    assert store.setting("site.id") is None
    store.set_setting("site.id", "tag:example.org,2026:planet")
    store.set_setting("site.id", "tag:example.org,2026:other")
    assert another().setting("site.id") == "tag:example.org,2026:other"


def test_a_sound_store_has_no_problems(store: Store, make: Make) -> None:
    make.sync(store, make.source())
    make.record(store, new=(make.article(),))
    assert store.check() == ()
