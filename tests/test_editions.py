"""Versions of a document: which are known, and what is new since each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Editions, version_of
from aggregator.model.editions import MOST, REMEMBERED

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def name(text: object) -> str:
    return version_of(str(text).encode())


def mark(text: object) -> bytes:
    return str(text).encode().rjust(8, b"-")


def grown(*versions: str, step: timedelta = MINUTE, start: datetime = NOON) -> Editions:
    """Versions as texts, each character one part."""
    editions = Editions(path="main.atom")
    for place, text in enumerate(versions):
        editions = editions.after(name(text), map(mark, text), start + place * step)
    return editions


def news(editions: Editions, version: str, present: str) -> str | None:
    number = editions.number_of(name(version))
    if number is None:
        return None
    known = editions.known_in(number)
    return "".join(each for each in present if mark(each) not in known)


def test_what_is_new_since_a_version_are_the_parts_it_had_not() -> None:
    editions = grown("ab", "cab", "dca")
    assert [news(editions, each, "dca") for each in ("ab", "cab", "dca", "other")] == ["dc", "d", "", None]
    assert editions.present == name("dca")


def test_a_version_is_named_by_the_hash_of_its_bytes() -> None:
    assert version_of(b"x") == sha256(b"x").hexdigest()[:32]
    assert Editions(path="main.atom").present == ""


def test_a_part_that_was_away_is_new_again() -> None:
    assert news(grown("ab", "b", "ab"), "b", "ab") == "a"


def test_a_version_that_comes_back_is_the_latest() -> None:
    editions = grown("a", "ab", "a")
    assert editions.present == name("a")
    assert news(editions, "ab", "a") == ""
    assert news(editions, "a", "a") == ""


def test_a_version_is_forgotten_a_month_after_it_was_replaced() -> None:
    quiet = grown("a", "ab", step=REMEMBERED * 2)
    assert news(quiet, "a", "ab") == "b", "it was there until a moment ago"
    later = NOON + REMEMBERED * 2 + REMEMBERED
    assert news(quiet.after(name("abc"), map(mark, "abc"), later), "a", "abc") == "bc"
    assert news(quiet.after(name("abc"), map(mark, "abc"), later + MINUTE), "a", "abc") is None


def test_so_many_versions_are_known_at_most() -> None:
    editions = Editions(path="main.atom")
    for n in range(MOST + 10):
        editions = editions.after(name(n), [mark(n)], NOON + n * MINUTE)
    assert editions.number_of(name(9)) is None
    assert editions.number_of(name(10)) is not None
    assert len(editions.versions) == MOST * 24


def test_a_clock_that_goes_back_makes_no_version_older_than_one_before_it() -> None:
    editions = grown("a", "ab", "abc", step=-MINUTE)
    assert [news(editions, each, "abc") for each in ("a", "ab", "abc")] == ["bc", "c", ""]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sets(st.sampled_from("abcdef")).map(lambda each: "".join(sorted(each))), min_size=1, max_size=12))
def test_nothing_that_is_new_is_ever_missed(versions: list[str]) -> None:
    editions = grown(*versions)
    for each in versions:
        said = news(editions, each, versions[-1])
        assert said is not None
        assert set(versions[-1]) - set(each) <= set(said)


def test_a_name_is_found_only_where_a_name_stands() -> None:
    inside = Editions(path="x", versions=b"a" * 16 + b"b" * 8 + b"b" * 16 + b"\0" * 7 + b"\7")
    assert inside.number_of("62" * 16) == 7
    assert inside.number_of("61" * 8 + "62" * 8) is None
    assert Editions(path="x").number_of("61" * 16) is None
