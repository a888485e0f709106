"""Which entry is which, and under which id it is published."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.articles import Identified, identify, minted_id, published_id
from aggregator.model import Link, ParsedEntry, ParsedFeed, Source, Text

SOURCE = Source(id="blog", url="https://blog.example/feed.xml")


def entry(**claimed: Any) -> ParsedEntry:
    title, link = claimed.pop("title", None), claimed.pop("link", None)
    return ParsedEntry(
        raw_hash=b"x",
        title=None if title is None else Text(value=title),
        links=() if link is None else (Link(href=link),),
        **claimed,
    )


def found(*entries: ParsedEntry, source: Source = SOURCE) -> tuple[Identified, ...]:
    return identify(ParsedFeed(entries=entries, road="test"), source)


def key(one: ParsedEntry, source: Source = SOURCE) -> str:
    (identified,) = found(one, source=source)
    return identified.key


def test_a_key_is_32_hex_digits() -> None:
    assert re.fullmatch("[0-9a-f]{32}", key(entry(raw_id="1")))


def test_the_key_follows_the_id_whatever_else_changes() -> None:
    before = entry(raw_id="1", title="Old", link="https://blog.example/old")
    after = entry(raw_id="1", title="New", link="https://blog.example/new", position=7)
    assert key(before) == key(after)


def test_the_same_id_in_two_sources_is_two_articles() -> None:
    assert key(entry(raw_id="1")) != key(entry(raw_id="1"), Source(id="other", url=SOURCE.url))


def test_without_an_id_the_link_identifies_however_it_is_spelled() -> None:
    spelled = ["https://blog.example/a", "http://www.blog.example/a/?utm_source=rss", "/a"]
    assert len({key(entry(link=link, title=str(n))) for n, link in enumerate(spelled)}) == 1


def test_a_fragment_makes_another_entry_since_change_logs_put_all_on_one_page() -> None:
    assert key(entry(link="https://blog.example/log#v1")) != key(entry(link="https://blog.example/log#v2"))


def test_without_id_and_link_the_words_identify() -> None:
    one = entry(title="A", contents=(Text(value="some words"),))
    reflowed = entry(title=" A ", contents=(Text(value="some\n  words"),), position=3)
    other = entry(title="A", contents=(Text(value="other words"),))
    assert key(one) == key(reflowed) != key(other)


def test_an_id_and_a_link_of_the_same_spelling_do_not_collide() -> None:
    assert key(entry(raw_id="//blog.example/a#")) != key(entry(link="https://blog.example/a"))


def test_a_huge_id_is_still_told_apart_to_its_last_letter() -> None:
    huge = "https://blog.example/" + "x" * 5000
    (one,) = found(entry(raw_id=huge + "1"))
    assert one.key != key(entry(raw_id=huge + "2"))
    assert one.claimed_id is None


def test_of_the_same_entry_twice_the_latest_stays() -> None:
    old = entry(raw_id="1", title="T", link="/a", updated=datetime(2026, 1, 1, tzinfo=UTC), rights="old")
    new = entry(raw_id="1", title="T", link="/a", updated=datetime(2026, 1, 2, tzinfo=UTC), rights="new", position=1)
    for order in itertools.permutations([old, new]):
        (kept,) = found(*order)
        assert kept.entry.rights == "new"
        assert kept.key == key(old)


def test_of_the_same_undated_entry_twice_the_first_stays() -> None:
    (kept,) = found(entry(raw_id="1", title="T", rights="first"), entry(raw_id="1", title="T", rights="second"))
    assert kept.entry.rights == "first"


def test_different_entries_with_one_guid_are_all_kept_and_none_claims_it() -> None:
    guid = "https://blog.example/"
    entries = [entry(raw_id=guid, title="T", link=f"/{n}", position=n) for n in range(10)]
    kept = found(*entries)
    assert len({each.key for each in kept}) == 10
    assert all(each.claimed_id is None for each in kept)


@pytest.mark.parametrize("shared", [{"raw_id": "g"}, {"raw_id": "g", "link": "/a"}, {"link": "/a"}])
def test_entries_that_share_guid_and_link_are_told_apart_by_title(shared: dict[str, str]) -> None:
    assert len(found(entry(title="One", **shared), entry(title="Two", position=1, **shared))) == 2


def test_untitled_entries_that_share_a_guid_are_told_apart_by_their_words() -> None:
    notes = [entry(raw_id="g", contents=(Text(value=words),)) for words in ("one", "two", "one")]
    assert len(found(*notes)) == 2


def test_an_event_that_happens_twice_is_two_entries_where_only_the_date_differs() -> None:
    days = [datetime(2024, 4, 11, tzinfo=UTC), datetime(2024, 4, 13, tzinfo=UTC), datetime(2024, 4, 13, tzinfo=UTC)]
    assert len(found(*(entry(title="Broken", published=day) for day in days))) == 2


def test_keys_do_not_depend_on_the_place_in_the_document() -> None:
    entries = [
        entry(raw_id="g", title="A", link="/a"),
        entry(raw_id="g", title="B", link="/b"),
        entry(raw_id="g", title="C", link="/b"),
        entry(raw_id="h", title="A"),
        entry(title="A", published=datetime(2024, 1, 1, tzinfo=UTC)),
        entry(title="A", published=datetime(2024, 1, 2, tzinfo=UTC)),
    ]
    seen = {
        frozenset((each.key, each.entry.title, each.entry.links, each.entry.published) for each in found(*order))
        for order in itertools.permutations(entries)
    }
    assert len(seen) == 1
    assert len(next(iter(seen))) == len(entries)


def test_entries_keep_the_order_of_the_document() -> None:
    entries = [entry(raw_id=str(n % 3), title=str(n), position=n) for n in range(9)]
    assert [each.entry.position for each in found(*entries)] == list(range(9))


@pytest.mark.parametrize(
    "claimed",
    [
        "https://blog.example/?p=1",
        "http://blog.example/ä",
        "tag:blog.example,2020:1",
        "tag:https://blog.example,2020:1",
        "urn:uuid:60a76c80-d399-11d9-b91C-0003939e0af6",
        "yt:video:abc",
        "HTTP://BLOG.EXAMPLE/A",
    ],
)
def test_an_id_that_is_an_iri_is_published_character_for_character(claimed: str) -> None:
    (one,) = found(entry(raw_id=claimed))
    assert published_id(one, SOURCE) == one.claimed_id == claimed


@pytest.mark.parametrize(
    "claimed",
    [
        "12345",
        "cc243bb9510e3c9223ccd7169e1649e1",
        "/2026/post",
        "Post: one",
        "Title:one",
        "https://blog.example/a b",
        "https://blog.example/a\nb",
        "https:///nowhere",
        "http:blog.example",
        "blog.example:80/x",
        "javascript:alert(1)",
        "data:text/html,x",
        "urn:x",
        "https://blog.example/%zz",
        "https://blog.example/a#b#c",
        "https://blog.example/\u202egnp.exe",
        "https://blog.example/\ud800",
    ],
)
def test_an_id_that_is_no_iri_gets_a_minted_one(claimed: str) -> None:
    (one,) = found(entry(raw_id=claimed))
    assert one.claimed_id is None
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                        published_id(one, SOURCE))  # fmt: skip


def test_minted_ids_never_change() -> None:
    assert minted_id("blog", "0" * 32) == "urn:uuid:34002dc8-9837-5184-b21c-7c8cd5f9ad47"
    assert minted_id("blog", "a") != minted_id("blog", "b")
    assert minted_id("blo", "ga") != minted_id("blog", "a")


def test_keys_never_change() -> None:
    assert key(entry(raw_id="1")) == "cb7b570949ec79a5390a98c67233179a"
    assert key(entry(link="/a")) == "36d810aea23798d969c13d6f1c0a80dd"
    assert key(entry(title="A")) == "280353433160375cd8c9b81de0519de6"
