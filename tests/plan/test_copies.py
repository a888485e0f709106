"""Whether another source has an article already, and whose the id is that it claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.articles import Identified, Rights, minted_id, page_hash
from aggregator.model import (
    ABSORBED,
    OPERATOR,
    PUBLISHER,
    Article,
    Code,
    Duplicates,
    FeedInfo,
    Known,
    KnownArticle,
    ParsedEntry,
    Site,
    Source,
    SourceState,
)
from aggregator.plan import Others
from aggregator.plan.copies import Settled, settle

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=1)
BLOG = Source(id="blog", url="https://www.blog.example/feed.xml")
PLANET = Source(id="planet", url="https://planet.example/atom.xml")
LATE = Source(id="late", url="https://late.example/atom.xml")
SITE = Site(title="We", url="https://we.example/", id="tag:we.example,2026:all")
RIGHTS = Rights.of((BLOG, PLANET, LATE), SITE, ("https://we.example/feed.atom",))
OTHERS = Others(rights=RIGHTS)
PAGE = "https://blog.example/one"
ID = "tag:blog.example,2026:one"
FROM_BLOG = FeedInfo(title="Blog", self_url="https://blog.example/other-feed")
WELL = SourceState(source="blog", next_poll_at=NOW + timedelta(hours=2), code=Code.OK, last_success=BEFORE)


def article(source: Source = PLANET, **changes: Any) -> Article:
    made: dict[str, Any] = {
        "key": "a" * 32,
        "id": "",
        "source": source.id,
        "raw_hash": b"raw",
        "fingerprint": b"print",
        "title": "One",
        "url": PAGE,
        "text_hash": 1,
        "published": NOW,
        "first_seen": NOW,
        "sort_at": NOW,
    }
    made |= changes
    return Article(page_hash=page_hash(made["url"]), **made)


def held(source: Source = BLOG, key: str = "b" * 32, **changes: Any) -> KnownArticle:
    made: dict[str, Any] = {
        "key": key,
        "id": ID,
        "raw_hash": b"raw",
        "fingerprint": b"print",
        "published": BEFORE,
        "updated": None,
        "first_seen": BEFORE,
        "sort_at": BEFORE,
        "source": source.id,
        "title": "One",
        "url": PAGE,
        "text_hash": 2,
    }
    made |= changes
    return KnownArticle(page_hash=page_hash(made["url"]), **made)


def decide(
    new: Article,
    *elsewhere: KnownArticle,
    claimed: str | None = ID,
    source: Source = PLANET,
    others: Others = OTHERS,
    blog: SourceState | None = WELL,
    now: datetime = NOW,
) -> Settled:
    entry = Identified(key=new.key, claimed_id=claimed, entry=ParsedEntry(raw_hash=b"raw"))
    owners = {each.id: each.key for each in elsewhere}
    known = Known(owners=owners, elsewhere=elsewhere, neighbours={} if blog is None else {"blog": blog})
    return settle(new, entry, source, known, owners, others, now)


# ---- whose id is it


@pytest.mark.parametrize(
    ("source", "claimed", "own"),
    [
        (BLOG, ID, True),
        (BLOG, "https://feeds.blog.example/1", True),
        (PLANET, ID, False),
        (PLANET, "https://www.blog.example:8443/1", False),
        (PLANET, "tag:someone@blog.example,2026-01-01:1", False),
        (PLANET, "tag:else.example,2026:1", True),
        (PLANET, "urn:uuid:0e1f2a3b-0000-4000-8000-000000000001", True),
        (PLANET, "https://notblog.example/1", True),
        (Source(id="mine", folder=Path("seeds")), ID, True),
    ],
)
def test_an_id_is_whose_host_it_names_else_whose_it_was_first(source: Source, claimed: str, own: bool) -> None:
    made = decide(article(source), claimed=claimed, source=source).article
    assert (made.id == claimed) is own
    assert made.claimed_id == (None if own else claimed)
    assert own or made.id == minted_id(source.id, made.key)


def test_an_id_that_another_source_holds_is_not_taken_and_hides_nobody() -> None:
    thief = held(PLANET, id="urn:x-some:1", url="https://planet.example/x", title="Buy")
    made = decide(article(BLOG), thief, claimed="urn:x-some:1", source=BLOG).article
    assert (made.id, made.duplicate_of) == (minted_id("blog", made.key), None)
    assert made.claimed_id == "urn:x-some:1"


# ---- what is the same


@pytest.mark.parametrize(
    ("changes", "claimed", "same"),
    [
        ({}, None, True),
        ({"title": "Blog: One", "text_hash": 2}, None, True),
        ({"title": "Else"}, ID, True),
        ({"title": "Else", "origin": FROM_BLOG}, None, True),
        ({"title": "Else"}, None, False),
        ({"url": "https://planet.example/one"}, ID, False),
        ({"url": "https://planet.example/one", "origin": FROM_BLOG}, ID, True),
        ({"url": "https://planet.example/one", "text_hash": 2}, None, False),
        ({"url": None}, None, False),
        ({"url": "http://blog.example/one?utm_source=planet"}, None, True),
        ({"url": PAGE + "#two", "title": "Two"}, None, False),
    ],
)
def test_the_same_is_the_same_page_with_something_else_or_the_same_id_with_its_source_named(
    changes: dict[str, Any], claimed: str | None, same: bool
) -> None:
    made = decide(article(**changes), held(), claimed=claimed).article
    assert made.duplicate_of == ("b" * 32 if same else None)


def test_a_copy_that_came_first_and_names_the_original_gives_way_while_nobody_saw_it() -> None:
    waiting = held(
        PLANET, id="tag:planet.example,2026:1", title="Blog: One", origin=FROM_BLOG, not_before=NOW + timedelta(hours=3)
    )
    settled = decide(article(BLOG), waiting, source=BLOG)
    assert settled.article.duplicate_of is None
    assert settled.gives_way == ((waiting.key, settled.article.key),)


def test_a_copy_that_readers_saw_stays_and_the_original_stands_behind_it() -> None:
    settled = decide(article(BLOG), held(PLANET, id="tag:planet.example,2026:1"), source=BLOG)
    assert settled.article.duplicate_of == "b" * 32
    assert settled.gives_way == ()


def test_what_is_let_out_before_this_poll_is_written_down_counts_as_seen() -> None:
    soon = held(PLANET, not_before=NOW + timedelta(minutes=5))
    assert decide(article(BLOG), soon, source=BLOG).article.duplicate_of == soon.key


@pytest.mark.parametrize("origin", [None, FROM_BLOG])
def test_no_other_words_that_readers_saw_stand_for_an_original(origin: FeedInfo | None) -> None:
    forged = held(PLANET, id="urn:x-minted:1", claimed_id=ID, title="Buy", origin=origin)
    made = decide(article(BLOG), forged, source=BLOG).article
    assert (made.duplicate_of, made.id) == (None, ID)


def test_no_other_words_stand_for_an_honest_copy_of_an_original_that_never_came() -> None:
    forged = held(LATE, id="urn:x-minted:1", claimed_id=ID, title="Buy")
    assert decide(article(), forged, blog=None).article.duplicate_of is None
    waiting = replace(forged, not_before=NOW + timedelta(hours=3))
    assert decide(article(), waiting, blog=None).gives_way == ()
    assert decide(article(), waiting).article.duplicate_of is None


def test_an_original_that_is_held_does_not_give_way_to_a_forgery() -> None:
    waiting = held(held="in a flood: its date is old")
    assert decide(article(title="Buy"), waiting).gives_way == ()
    assert decide(article(), waiting).gives_way == ((waiting.key, "a" * 32),)


def test_who_stands_behind_another_is_no_owner() -> None:
    first, second = held(key="b" * 32, withdrawn=True), held(LATE, key="c" * 32, duplicate_of="b" * 32, id="x:1")
    assert decide(article(), first, second).article.duplicate_of == first.key
    assert decide(article(), second).article.duplicate_of == first.key
    assert decide(article(), first, second).gives_way == ()


@pytest.mark.parametrize("deleted_by", [OPERATOR, PUBLISHER])
def test_what_is_taken_back_comes_back_through_nobody(deleted_by: str) -> None:
    settled = decide(article(), held(withdrawn=True, deleted_by=deleted_by))
    assert (settled.article.duplicate_of, settled.gives_way) == ("b" * 32, ())


def test_who_only_carried_it_does_not_take_it_back_from_the_original() -> None:
    carried = held(PLANET, id="x:1", withdrawn=True, deleted_by=PUBLISHER)
    assert decide(article(BLOG), carried, source=BLOG).article.duplicate_of is None


# ---- waiting for the original


@pytest.mark.parametrize(
    ("changes", "blog", "hours"),
    [
        ({}, WELL, 3),
        ({"origin": FROM_BLOG, "url": "https://planet.example/one"}, WELL, 3),
        ({}, replace(WELL, next_poll_at=NOW + timedelta(days=9)), 24),
        ({}, replace(WELL, next_poll_at=BEFORE), 1),
        ({}, replace(WELL, last_success=None, code=None), 3),
        ({}, replace(WELL, failures=1), None),
        ({}, replace(WELL, code=Code.GONE), None),
        ({}, replace(WELL, quarantine="another feed"), None),
        ({"published": BEFORE - timedelta(hours=2)}, WELL, None),
        ({"published": None}, WELL, 3),
        ({"url": "https://planet.example/one"}, WELL, None),
        ({"url": "https://nobody.example/one"}, WELL, None),
        ({"url": "https://blog.example/one", "origin": FeedInfo(self_url="https://late.example/atom.xml")}, WELL, None),
    ],
)
def test_a_copy_waits_for_an_original_that_is_to_be_expected(
    changes: dict[str, Any], blog: SourceState, hours: int | None
) -> None:
    until = decide(article(**changes), blog=blog).article.not_before
    assert until == (None if hours is None else NOW + timedelta(hours=hours))


def test_who_comments_a_page_whose_article_is_there_does_not_wait() -> None:
    made = decide(article(title="I disagree"), held(), claimed=None).article
    assert (made.duplicate_of, made.not_before) == (None, None)


def test_nobody_waits_where_the_operator_wants_whoever_is_first_or_everybody() -> None:
    for wish in (Duplicates(prefer="first"), Duplicates(show="all")):
        assert decide(article(), others=Others(rights=RIGHTS, duplicates=wish)).article.not_before is None


def test_nobody_waits_for_a_source_that_is_switched_off() -> None:
    rights = Rights.of((replace(BLOG, enabled=False), PLANET), SITE, ())
    assert decide(article(), others=Others(rights=rights)).article.not_before is None


def test_the_second_that_waits_stands_behind_the_first() -> None:
    waiting = held(LATE, id="tag:late.example,2026:1", not_before=NOW + timedelta(hours=3))
    settled = decide(article(), waiting)
    assert (settled.article.duplicate_of, settled.gives_way) == (waiting.key, ())
    assert settled.article.not_before == NOW + timedelta(hours=3)


def test_what_waits_for_a_time_of_its_own_keeps_it_and_sends_nobody_away() -> None:
    waiting = held(PLANET, id="x:1", not_before=NOW + timedelta(hours=3))
    later = NOW + timedelta(days=9)
    for changes in ({}, {"left_out": "drop: all"}):
        settled = decide(article(BLOG, not_before=later, **changes), waiting, source=BLOG)
        assert (settled.article.not_before, settled.gives_way) == (later, ())
    assert decide(article(not_before=later)).article.not_before == later


# ---- our own feed


def test_our_own_feed_is_known_by_its_id_and_by_its_address() -> None:
    assert RIGHTS.is_ours(FeedInfo(id=SITE.id))
    assert RIGHTS.is_ours(FeedInfo(self_url="http://we.example/feed.atom"))
    assert not RIGHTS.is_ours(FeedInfo(id="tag:blog.example,2026:all", self_url="https://we.example/blog/feed.xml"))
    assert RIGHTS.is_our_document("https://www.we.example/feed.atom")
    assert not RIGHTS.is_our_document(None)


def test_what_comes_back_under_an_id_that_we_gave_is_ours_whatever_it_says() -> None:
    given = held(id=minted_id("blog", "b" * 32), url=None, title="One")
    made = decide(article(url="https://planet.example/x", title="Else"), given, claimed=given.id).article
    assert made.duplicate_of == given.key


def test_what_names_us_and_is_not_known_is_kept_and_not_shown() -> None:
    made = decide(article(origin=FeedInfo(id=SITE.id), url="https://gone.example/1"), claimed=None).article
    assert made.held == ABSORBED
