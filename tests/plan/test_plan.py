"""What one poll changes: the rules that subscribers feel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.articles import Identified
from aggregator.model import (
    Article,
    Code,
    Failed,
    FeedInfo,
    Fetched,
    Freshness,
    Known,
    KnownArticle,
    NotModified,
    ParsedEntry,
    ParsedFeed,
    Polling,
    PollPlan,
    Source,
    SourceState,
    Validators,
)
from aggregator.plan import plan

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=3)
SOURCE = Source(id="a", url="https://example.org/feed")
FOLDER = Source(id="a", folder=Path("seeds"))
STATE = SourceState(
    source="a", next_poll_at=NOW, validators=Validators(etag='"old"'), body_hash=b"old", parser_version=1
)
FETCHED = Fetched(
    documents=(), validators=Validators(etag='"new"'), final_url=SOURCE.location, body_hash=b"new", status=200
)
COMPLETE = replace(FETCHED, complete=True)
IRI = "https://example.org/1"


def identified(key: str = "k1", claimed: str | None = IRI) -> Identified:
    return Identified(key=key, claimed_id=claimed, entry=ParsedEntry(raw_hash=b"raw2"))


def article(key: str = "k1", **changes: object) -> Article:
    made = Article(
        key=key, id="", source="a", raw_hash=b"raw2", fingerprint=b"f2", title="T", first_seen=NOW, sort_at=NOW
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def held(key: str = "k1", **changes: object) -> KnownArticle:
    made = KnownArticle(
        key=key, id="urn:held", raw_hash=b"raw1", fingerprint=b"f1",
        published=BEFORE, updated=BEFORE, first_seen=BEFORE, sort_at=BEFORE,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def decide(
    entries: list[Identified],
    articles: list[Article],
    known: list[KnownArticle],
    *,
    owners: dict[str, str] | None = None,
    outcome: Fetched = FETCHED,
    source: Source = SOURCE,
    problem: Failed | None = None,
    unread: tuple[str, ...] = (),
    state: SourceState = STATE,
) -> PollPlan:
    return plan(
        source,
        state,
        outcome,
        polling=Polling(),
        now=NOW,
        parser_version=1,
        feed=ParsedFeed(road="test", problem=problem, unread=unread, info=FeedInfo(title="Feed")),
        entries=entries,
        articles=articles,
        known=Known(articles={each.key: each for each in known}, owners=owners or {}),
    )


def without(outcome: NotModified | Failed, state: SourceState = STATE) -> PollPlan:
    return plan(SOURCE, state, outcome, polling=Polling(), now=NOW, parser_version=1)


def failed(code: Code, status: int | None = None) -> Failed:
    return Failed(code=code, detail="what happened", status=status)


# ---- identity


def test_a_new_entry_is_published_under_its_own_id() -> None:
    (new,) = decide([identified()], [article()], []).new
    assert new.id == IRI


def test_an_entry_without_an_iri_gets_a_minted_id_that_is_always_the_same() -> None:
    minted = {decide([identified(claimed=None)], [article()], []).new[0].id for _ in range(2)}
    assert len(minted) == 1
    assert minted.pop().startswith("urn:uuid:")


def test_an_id_held_by_another_source_is_not_taken_over() -> None:
    (new,) = decide([identified()], [article()], [], owners={IRI: "victim"}).new
    assert new.id != IRI
    assert new.duplicate_of == "victim"
    assert any(IRI in warning for warning in new.warnings)


def test_two_entries_of_one_document_never_share_an_id() -> None:
    entries = [identified("k1"), identified("k2")]
    new = decide(entries, [article("k1"), article("k2")], []).new
    assert len({each.id for each in new}) == 2


# ---- edits


def test_a_changed_article_keeps_its_id_and_its_dates_and_moves_updated_to_now() -> None:
    claimed = article(published=NOW, first_seen=NOW, sort_at=NOW)
    (changed,) = decide([identified()], [claimed], [held()]).updated
    assert (changed.id, changed.first_seen, changed.sort_at, changed.published) == ("urn:held", BEFORE, BEFORE, BEFORE)
    assert changed.updated == NOW


def test_a_claimed_update_later_than_the_held_one_is_believed() -> None:
    claimed = article(updated=BEFORE + timedelta(days=1))
    assert decide([identified()], [claimed], [held()]).updated[0].updated == BEFORE + timedelta(days=1)


@pytest.mark.parametrize("claimed", [BEFORE - timedelta(days=1), NOW + timedelta(days=1), None])
def test_a_claimed_update_in_the_past_or_the_future_is_not(claimed: datetime | None) -> None:
    assert decide([identified()], [article(updated=claimed)], [held()]).updated[0].updated == NOW


def test_a_date_that_comes_later_is_accepted_once() -> None:
    (changed,) = decide([identified()], [article(published=NOW)], [held(published=None)]).updated
    assert changed.published == NOW
    assert changed.sort_at == BEFORE


@pytest.mark.parametrize(("source", "outcome"), [(SOURCE, FETCHED), (FOLDER, COMPLETE), (FOLDER, FETCHED)])
def test_new_markup_with_the_same_meaning_is_taken_without_moving_its_date(source: Source, outcome: Fetched) -> None:
    changed = article(fingerprint=b"f1", updated=NOW, content_html="<p>new markup</p>")
    decided = decide([identified()], [changed], [held()], outcome=outcome, source=source)
    (taken,) = decided.refreshed
    assert (taken.content_html, taken.updated, taken.raw_hash) == ("<p>new markup</p>", BEFORE, b"raw2")
    assert (decided.updated, decided.state.detail) == ((), "nothing new")


def test_updated_never_goes_backwards() -> None:
    ahead = NOW + timedelta(days=9)
    assert decide([identified()], [article(updated=NOW)], [held(updated=ahead)]).updated[0].updated == ahead


def test_an_entry_whose_bytes_are_known_is_counted_and_nothing_more() -> None:
    decided = decide([identified()], [], [held(raw_hash=b"raw2")])
    assert (decided.unchanged, decided.new, decided.updated, decided.refreshed) == (1, (), (), ())


def test_what_another_version_of_the_parser_read_otherwise_was_not_edited() -> None:
    entries, made, before = [identified()], [article(updated=NOW)], [held()]
    decided = decide(entries, made, before, state=replace(STATE, parser_version=0))
    assert (decided.updated, decided.unchanged) == ((), 0)
    assert (decided.refreshed[0].fingerprint, decided.refreshed[0].updated) == (b"f2", BEFORE)
    assert decided.state.parser_version == 1
    assert decide(entries, made, before).refreshed == ()


# ---- withdrawals


def test_a_window_withdraws_nothing() -> None:
    assert decide([], [], [held()]).withdrawn == ()


def test_a_folder_withdraws_what_it_no_longer_holds() -> None:
    decided = decide([identified("k2")], [], [held("k1"), held("k2")], outcome=COMPLETE, source=FOLDER)
    assert decided.withdrawn == ("k1",)


def test_what_is_withdrawn_is_not_withdrawn_again() -> None:
    known = [held("k1", withdrawn=True), held("k2")]
    assert decide([identified("k2")], [], known, outcome=COMPLETE, source=FOLDER).withdrawn == ()


def test_a_folder_that_is_suddenly_empty_is_a_failure_and_withdraws_nothing() -> None:
    decided = decide([], [], [held("k1"), held("k2")], outcome=COMPLETE, source=FOLDER)
    assert decided.state.code is Code.EMPTY
    assert decided.withdrawn == ()
    assert decided.state.validators == STATE.validators


def test_the_only_article_of_a_folder_may_be_deleted() -> None:
    decided = decide([], [], [held("k1")], outcome=COMPLETE, source=FOLDER)
    assert (decided.state.code, decided.withdrawn) == (Code.OK, ("k1",))


def test_a_withdrawn_article_that_comes_again_is_the_same_one() -> None:
    (back,) = decide([identified()], [article(fingerprint=b"f1")], [held(withdrawn=True)]).updated
    assert (back.id, back.sort_at, back.updated) == ("urn:held", BEFORE, BEFORE)


def test_a_renamed_file_is_the_same_article() -> None:
    decided = decide(
        [identified("new")], [article("new", fingerprint=b"f1")], [held("k1"), held("k2")], outcome=COMPLETE
    )
    assert decided.aliases == (("new", "k1"),)
    assert [(each.key, each.raw_hash) for each in decided.refreshed] == [("k1", b"raw2")]
    assert (decided.new, decided.withdrawn) == ((), ("k2",))


def test_a_renamed_file_that_is_titled_by_its_name_is_the_same_article() -> None:
    known = [held("k1", raw_hash=b"other", fingerprint=b"f2"), held("k2", raw_hash=b"raw2")]
    decided = decide([identified("new")], [article("new", title="New")], known, outcome=COMPLETE, source=FOLDER)
    assert decided.aliases == (("new", "k2"),)
    assert [(each.key, each.title, each.updated) for each in decided.updated] == [("k2", "New", NOW)]
    assert decided.withdrawn == ("k1",)


@pytest.mark.parametrize("entries", [[], [identified("k2")]])
def test_nothing_is_withdrawn_while_a_file_cannot_be_read_as_an_article(entries: list[Identified]) -> None:
    known = [held("k1"), held("k2"), held("k3")]
    decided = decide(entries, [], known, outcome=COMPLETE, source=FOLDER, unread=("b.md",))
    assert (decided.withdrawn, decided.state.code) == ((), Code.OK)


def test_a_file_is_still_found_under_a_new_name_while_another_cannot_be_read() -> None:
    made = [article("new", fingerprint=b"f1")]
    decided = decide([identified("new")], made, [held("k1")], outcome=COMPLETE, source=FOLDER, unread=("b.md",))
    assert (decided.aliases, decided.new) == ((("new", "k1"),), ())


def test_an_article_is_found_again_by_its_alias() -> None:
    known = Known(articles={"new": held("k1"), "k1": held("k1")})
    entries, articles = [identified("new")], [article("new")]
    feed = ParsedFeed(road="test")
    decided = plan(
        FOLDER, STATE, COMPLETE, polling=Polling(), now=NOW, parser_version=1,
        feed=feed, entries=entries, articles=articles, known=known,
    )  # fmt: skip
    assert [each.key for each in decided.updated] == ["k1"]
    assert decided.withdrawn == ()


def test_files_that_mean_the_same_are_all_withdrawn_when_they_go() -> None:
    known = [held("k1"), held("k2"), held("k3", fingerprint=b"other")]
    decided = decide([identified("k3")], [], known, outcome=COMPLETE, source=FOLDER)
    assert decided.withdrawn == ("k1", "k2")


# ---- state


def test_the_validators_of_a_document_come_with_its_articles() -> None:
    state = decide([identified()], [article()], []).state
    assert (state.validators, state.body_hash, state.code) == (FETCHED.validators, b"new", Code.OK)
    assert (state.detail, state.last_new, state.last_success) == ("1 new", NOW, NOW)


def test_a_document_that_is_not_well_formed_gives_its_entries_but_not_its_validators() -> None:
    """F8."""
    decided = decide([identified()], [article()], [], problem=failed(Code.XML))
    assert len(decided.new) == 1
    assert (decided.state.validators, decided.state.body_hash) == (STATE.validators, b"old")
    assert decided.state.code is Code.XML
    assert decided.state.failures == 1


@pytest.mark.parametrize("code", [Code.DNS, Code.HTTP_5XX, Code.TRUNCATED, Code.TOO_LARGE])
def test_a_failure_keeps_validators_and_articles(code: Code) -> None:
    """F7; F8 for a cut document; F29 and F30 for the articles."""
    decided = without(failed(code))
    assert (decided.state.validators, decided.state.body_hash) == (STATE.validators, STATE.body_hash)
    assert (decided.state.failures, decided.state.since) == (1, NOW)
    assert decided.new == decided.updated == decided.withdrawn == ()


def test_since_is_when_it_began_to_fail_and_when_it_began_to_work_again() -> None:
    second = without(failed(Code.DNS), replace(STATE, failures=1, since=BEFORE, code=Code.DNS)).state
    assert (second.failures, second.since) == (2, BEFORE)
    fine = without(NotModified(final_url="x"), second).state
    assert (fine.failures, fine.since) == (0, NOW)


def test_a_rate_limit_is_no_failure_and_the_host_waits() -> None:
    outcome = replace(failed(Code.RATE_LIMITED, 429), freshness=Freshness(retry_after=timedelta(hours=2)))
    decided = without(outcome, replace(STATE, since=BEFORE))
    assert (decided.state.failures, decided.state.since) == (0, NOW)
    again = without(outcome, replace(decided.state, since=BEFORE))
    assert again.state.since == BEFORE, "it is left alone since the first of them"
    assert without(failed(Code.DNS), decided.state).state.since == NOW
    assert decided.host_wait == decided.state.next_poll_at == NOW + timedelta(hours=2)


def test_304_with_new_validators_replaces_them_and_a_bare_one_keeps_them() -> None:
    """F4, F5."""
    other = Validators(etag='"other"')
    assert without(NotModified(final_url="x", validators=other)).state.validators == other
    assert without(NotModified(final_url="x")).state.validators == STATE.validators


def test_requests_304s_and_bytes_are_counted() -> None:
    state = replace(STATE, requests=4, not_modified=2, bytes=100)
    after = without(NotModified(final_url="x", wire_bytes=11), state).state
    assert (after.requests, after.not_modified, after.bytes) == (5, 3, 111)


def test_the_third_410_over_a_day_is_gone() -> None:
    state = replace(STATE, code=Code.HTTP_4XX, status=410, status_polls=2, status_since=NOW - timedelta(days=2))
    assert without(failed(Code.HTTP_4XX, 410), state).state.code is Code.GONE


def test_what_a_feed_says_of_itself_is_remembered_unless_nothing_could_be_read() -> None:
    assert decide([identified()], [article()], []).state.info.title == "Feed"
    assert decide([], [], [], problem=failed(Code.NOT_A_FEED)).state.info == STATE.info


def test_what_a_feed_says_of_itself_is_cleaned_before_it_is_kept() -> None:
    feed = ParsedFeed(
        road="test", info=FeedInfo(title="<b>A</b>\x0b &amp; B", url="/home", hubs=("https://hub.example/",))
    )
    decided = plan(
        SOURCE, STATE, FETCHED, polling=Polling(), now=NOW, parser_version=1, feed=feed, known=Known()
    )  # fmt: skip
    assert (decided.state.info.title, decided.state.info.url) == ("A & B", "https://example.org/home")
    assert decided.state.info.hubs == ("https://hub.example/",)


# ---- moves

OLD, NEW, OTHER = SOURCE.location, "https://new.example/feed", "https://other.example/feed"
HERE = replace(FETCHED, final_url=OLD)
THERE = replace(FETCHED, final_url=NEW, redirected=True)
MOVED = replace(THERE, moved_to=NEW)
STILL = NotModified(final_url=NEW, status=304, redirected=True, moved_to=NEW)


def look(state: SourceState, outcome: Fetched | NotModified | Failed, now: datetime, **said: Any) -> SourceState:
    """The state after one look; ``said`` is what is read where there is something to read."""
    feed = ParsedFeed(**({"road": "test"} | said)) if isinstance(outcome, Fetched) else None
    known = Known() if feed is not None else None
    return plan(
        SOURCE, state, outcome, polling=Polling(), now=now, parser_version=1, feed=feed, known=known
    ).state  # fmt: skip


def says(url: str) -> dict[str, Any]:
    return {"info": FeedInfo(new_url=url)}


HTML = {"problem": failed(Code.NOT_A_FEED)}
CUT = {"problem": failed(Code.XML), "entries": (ParsedEntry(raw_hash=b"raw"),)}


@pytest.mark.parametrize(
    ("looks", "to", "polls"),
    [
        ([(MOVED, {})], NEW, 1),
        ([(MOVED, {}), (MOVED, {}), (MOVED, {})], NEW, 3),
        ([(MOVED, {}), (STILL, {}), (STILL, {})], NEW, 3),
        ([(HERE, {})], None, 0),
        ([(THERE, {})], None, 0),
        ([(MOVED, {}), (MOVED, {}), (HERE, {})], None, 0),
        ([(MOVED, {}), (THERE, {})], None, 0),
        ([(MOVED, {}), (NotModified(final_url=OLD, status=304), {})], None, 0),
        ([(MOVED, {}), (MOVED, {}), (replace(MOVED, final_url=OTHER, moved_to=OTHER), {})], OTHER, 1),
        # What failed says nothing, unless what it led to is no feed.
        ([(MOVED, {}), (failed(Code.DNS), {}), (MOVED, {})], NEW, 2),
        ([(MOVED, {}), (failed(Code.RATE_LIMITED, 429), {}), (MOVED, {})], NEW, 2),
        ([(MOVED, {}), (MOVED, HTML)], None, 0),
        ([(MOVED, HTML), (MOVED, HTML), (MOVED, HTML)], None, 0),
        ([(MOVED, {}), (MOVED, CUT), (MOVED, {})], NEW, 2),
        # The feed's own word counts where it was read at that address.
        ([(THERE, says(NEW))], NEW, 1),
        ([(MOVED, {}), (THERE, says(NEW)), (STILL, {})], NEW, 3),
        ([(THERE, says(NEW)), (replace(STILL, moved_to=None), {})], NEW, 2),
        ([(THERE, says(OTHER))], None, 0),
        ([(HERE, says(NEW))], None, 0),
        ([(HERE, says(OLD))], None, 0),
        ([(MOVED, says(OTHER))], NEW, 1),
    ],
)  # fmt: skip
def test_a_move_is_counted_while_looks_in_a_row_lead_to_the_same_feed(
    looks: list[tuple[Any, dict[str, Any]]], to: str | None, polls: int
) -> None:
    state = STATE
    for day, (outcome, said) in enumerate(looks):
        state = look(state, outcome, NOW + timedelta(days=day), **said)
    assert (state.moved_to, state.moved_polls) == (to, polls)
    assert (state.moved_since is None) == (to is None)


def test_a_move_is_dated_by_the_first_look_of_the_row() -> None:
    state = STATE
    for day, outcome in enumerate((MOVED, HERE, MOVED, STILL, failed(Code.DNS), MOVED)):
        state = look(state, outcome, NOW + timedelta(days=day))
    assert (state.moved_since, state.moved_polls) == (NOW + timedelta(days=2), 3)


def test_another_target_is_dated_anew() -> None:
    elsewhere = replace(MOVED, final_url=OTHER, moved_to=OTHER)
    state = look(look(STATE, MOVED, NOW), elsewhere, NOW + timedelta(days=7))
    assert (state.moved_since, state.moved_polls) == (NOW + timedelta(days=7), 1)
