"""What a source takes back, and what stays taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.articles import Identified, identify
from aggregator.model import (
    ABSENT,
    OPERATOR,
    PUBLISHER,
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
    Tombstone,
)
from aggregator.plan import keys_of, plan, standing

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=3)
HOUR = timedelta(hours=1)
SOURCE = Source(id="a", url="https://example.org/feed")
FOLDER = Source(id="a", folder=Path("seeds"))
STATE = SourceState(source="a", next_poll_at=NOW, parser_version=1)
FETCHED = Fetched(documents=(), final_url=SOURCE.location, body_hash=b"new", status=200)
GRAVE = Tombstone(ref="tag:1", when=BEFORE)


def entry(key: str = "k1", raw_id: str | None = "tag:1", **said: object) -> Identified:
    return Identified(key=key, claimed_id=raw_id, entry=ParsedEntry(raw_id=raw_id, raw_hash=b"r2", **said))  # type: ignore[arg-type]


def article(key: str = "k1", **changes: object) -> Article:
    made = Article(
        key=key, id="", source="a", raw_hash=b"r2", fingerprint=b"f2", title="T", first_seen=NOW, sort_at=NOW
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def held(key: str = "k1", by: str | None = None, **changes: object) -> KnownArticle:
    made = KnownArticle(
        key=key, id="tag:1", raw_hash=b"r1", fingerprint=b"f1", source="a", published=BEFORE, updated=BEFORE,
        first_seen=BEFORE, sort_at=BEFORE, withdrawn=by is not None, deleted_by=by,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def decide(
    *known: KnownArticle,
    graves: tuple[Tombstone, ...] = (GRAVE,),
    buried: dict[str, KnownArticle] | None = None,
    entries: tuple[Identified, ...] = (),
    source: Source = SOURCE,
    outcome: Fetched = FETCHED,
    problem: Failed | None = None,
) -> PollPlan:
    return plan(
        source,
        STATE,
        outcome,
        polling=Polling(),
        now=NOW,
        parser_version=1,
        feed=ParsedFeed(road="test", problem=problem, tombstones=graves, info=FeedInfo(title="Feed")),
        entries=entries,
        articles=[article(each.key) for each in entries],
        known=Known(articles={each.key: each for each in known}, buried=buried or {}),
    )


# ---- an entry and its tombstone in one document


@pytest.mark.parametrize(
    ("updated", "published", "stands"),
    [
        (BEFORE + HOUR, None, True),
        (BEFORE, None, True),  # RFC 6721 section 3: "or equal to"
        (BEFORE - HOUR, BEFORE + HOUR, False),
        (None, BEFORE + HOUR, True),
        (None, BEFORE - HOUR, False),
        (None, None, False),
    ],
)
def test_an_entry_stands_beside_its_tombstone_if_it_was_updated_then_or_later(
    updated: datetime | None, published: datetime | None, stands: bool
) -> None:
    beside = entry(updated=updated, published=published)
    assert standing([beside], [GRAVE]) == ((beside,) if stands else ())


def test_of_several_tombstones_of_an_entry_the_latest_counts() -> None:
    beside = entry(updated=BEFORE)
    assert standing([beside], [replace(GRAVE, when=BEFORE - HOUR), GRAVE]) == (beside,)
    assert standing([beside], [replace(GRAVE, when=BEFORE + HOUR), GRAVE]) == ()


def test_a_tombstone_that_does_not_say_when_says_nothing_against_an_entry() -> None:
    assert len(standing([entry()], [replace(GRAVE, when=None)])) == 1


def test_entries_without_tombstones_stand() -> None:
    others = (entry("k2", "tag:2"), entry("k3", None))
    assert standing(others, [GRAVE]) == others
    assert standing(others, []) == others


# ---- what is deleted


def test_what_a_tombstone_names_is_deleted() -> None:
    decided = decide(buried={"tag:1": held()})
    assert (decided.deleted, decided.withdrawn, decided.state.detail) == (("k1",), (), "1 withdrawn")


def test_what_is_withdrawn_already_is_not_deleted_again() -> None:
    assert decide(buried={"tag:1": held(by=PUBLISHER)}).deleted == ()


def test_two_tombstones_of_one_article_delete_it_once() -> None:
    graves = (GRAVE, Tombstone(ref="tag:old", when=BEFORE))
    assert decide(graves=graves, buried={"tag:1": held(), "tag:old": held()}).deleted == ("k1",)


def test_an_article_that_the_document_holds_under_another_id_is_not_deleted() -> None:
    there = entry("k9", "tag:new")
    known = Known(articles={"k9": held()}, buried={"tag:1": held()})
    decided = plan(
        SOURCE, STATE, FETCHED, polling=Polling(), now=NOW, parser_version=1,
        feed=ParsedFeed(road="test", tombstones=(GRAVE,)), entries=(there,), articles=[article("k9")], known=known,
    )  # fmt: skip
    assert decided.deleted == ()


def test_a_document_that_could_not_be_read_to_its_end_deletes_nothing() -> None:
    cut = Failed(code=Code.TRUNCATED, detail="cut off")
    assert decide(buried={"tag:1": held()}, problem=cut).deleted == ()


def test_what_another_feed_only_carried_is_withdrawn_there_and_not_deleted() -> None:
    carried = held(origin=FeedInfo(title="Somebody's"))
    decided = decide(buried={"tag:1": carried})
    assert (decided.deleted, decided.withdrawn) == ((), ("k1",))


def test_in_a_folder_what_is_deleted_is_not_merely_absent() -> None:
    decided = decide(
        held(), held("k2"), buried={"tag:1": held()}, entries=(entry("k2", "tag:2"),), source=FOLDER,
        outcome=replace(FETCHED, complete=True),
    )  # fmt: skip
    assert (decided.deleted, decided.withdrawn) == (("k1",), ())


# ---- what is taken out of a feed


@pytest.mark.parametrize(
    ("before", "after", "vanished"),
    [
        (("k3", "k2", "k1"), ("k3", "k1"), ("k2",)),
        (("k3", "k2", "k1"), ("k2", "k1"), ("k3",)),
        (("k3", "k2", "k1"), ("k4", "k3", "k2"), ()),  # it made room
        (("k3", "k2", "k1"), ("k4",), ()),  # as long as nothing of it is left, that tells nothing
        ((), ("k1",), ()),
        (("k2", "k1"), ("k1", "k2"), ()),
    ],
)
def test_what_leaves_before_others_that_stay_was_taken_out(
    before: tuple[str, ...], after: tuple[str, ...], vanished: tuple[str, ...]
) -> None:
    for wanted in (True, False):
        decided = plan(
            replace(SOURCE, check_deleted=wanted), replace(STATE, upstream=before), FETCHED,
            polling=Polling(), now=NOW, parser_version=1, feed=ParsedFeed(road="test"),
            entries=tuple(entry(key, key) for key in after), articles=(),
            known=Known(articles={key: held(key) for key in after}),
        )  # fmt: skip
        assert decided.vanished == (vanished if wanted else ())


def test_of_what_is_deleted_no_page_is_asked_for() -> None:
    decided = plan(
        replace(SOURCE, check_deleted=True), replace(STATE, upstream=("k2", "k1")), FETCHED,
        polling=Polling(), now=NOW, parser_version=1, feed=ParsedFeed(road="test", tombstones=(GRAVE,)),
        entries=(entry("k1", "tag:k1"),), articles=(),
        known=Known(articles={"k1": held("k1")}, buried={"tag:1": held("k2")}),
    )  # fmt: skip
    assert (decided.deleted, decided.vanished) == (("k2",), ())


# ---- what comes back


@pytest.mark.parametrize(("by", "back"), [(ABSENT, True), (PUBLISHER, False), (OPERATOR, False)])
def test_only_what_was_absent_comes_back_by_being_there(by: str, back: bool) -> None:
    decided = decide(held(by=by), entries=(entry(updated=NOW),), graves=())
    assert bool(decided.updated) == back
    assert (decided.new, decided.refreshed) == ((), ())


@pytest.mark.parametrize(("by", "back"), [(PUBLISHER, True), (OPERATOR, False)])
def test_a_publisher_restores_what_he_deleted_and_not_what_the_operator_retracted(by: str, back: bool) -> None:
    decided = decide(held(by=by), entries=(entry(updated=NOW),))
    assert bool(decided.updated) == back


def test_a_retracted_article_does_not_come_back_under_another_file_name() -> None:
    renamed = entry("k2", "new name.md")
    known = held(by=OPERATOR, raw_hash=b"r2")
    decided = decide(known, entries=(renamed,), graves=(), source=FOLDER, outcome=replace(FETCHED, complete=True))
    assert (decided.new, decided.updated, decided.withdrawn) == ((), (), ())
    assert decided.aliases == (("k2", "k1"),)


def test_a_file_that_says_what_two_did_is_the_one_that_was_not_retracted() -> None:
    known = (held("k0", by=OPERATOR, raw_hash=b"r2"), held("k1", raw_hash=b"r2"))
    decided = decide(
        *known, entries=(entry("k2", "new.md"),), graves=(), source=FOLDER, outcome=replace(FETCHED, complete=True)
    )
    assert decided.aliases == (("k2", "k1"),)


# ---- by which names


def test_an_id_is_looked_for_by_the_key_that_an_entry_of_it_has() -> None:
    feed = ParsedFeed(road="test", entries=(ParsedEntry(raw_id="tag:1", raw_hash=b"r"),))
    (found,) = identify(feed, SOURCE)
    assert keys_of([GRAVE, GRAVE], SOURCE) == {"tag:1": found.key}
    assert keys_of([GRAVE], replace(SOURCE, id="b"))["tag:1"] != found.key
    assert keys_of([], SOURCE) == {}
