"""Which documents look like successors of the last one, and which do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.publish import FORMATS
from aggregator.publish.compare import MANY, RENAMED, Said, doubtful, read_said, said_in, suspicion


def said(*numbers: int, prefix: str = "urn:a", feed: str | None = "urn:feed") -> Said:
    return Said(id=feed, entries={f"{prefix}:{n}": (f"Article {n}", f"https://e.org/{n}") for n in numbers})


def gone(last: Said, new: Said) -> frozenset[str]:
    return frozenset(last.entries.keys() - new.entries.keys())


TWENTY = said(*range(20))


@pytest.mark.parametrize(("staying", "asked"), [(0, 20), (5, 15), (10, 10), (11, 0), (20, 0)])
def test_it_is_asked_why_entries_are_gone_where_they_are_many_and_half_of_them(staying, asked):
    new = said(*range(staying))
    assert len(doubtful(TWENTY, new)) == asked


def test_of_a_small_feed_all_may_go():
    assert not doubtful(said(*range(MANY - 1)), said())
    assert suspicion(said(*range(MANY - 1)), said(), gone(said(*range(MANY - 1)), said())) is None


@pytest.mark.parametrize(("unexplained", "suspicious"), [(20, True), (10, True), (9, False), (0, False)])
def test_what_is_gone_for_a_reason_does_not_count(unexplained, suspicious):
    lost = frozenset(list(TWENTY.entries)[:unexplained])
    assert (suspicion(TWENTY, said(), lost) is not None) == suspicious


def test_as_many_as_stay_have_to_be_lost_however_many_were_taken_back():
    hundred = said(*range(100))
    new = said(*range(12))
    lost = frozenset(list(hundred.entries)[12:23])
    assert len(lost) == 11
    assert suspicion(hundred, new, lost) is None
    assert suspicion(hundred, said(*range(11)), lost) is not None


def test_the_words_say_how_many_and_name_one():
    reason = suspicion(TWENTY, said(), gone(TWENTY, said()))
    assert reason is not None
    assert reason.startswith(
        "20 of its 20 entries would be gone, and nobody took them back, such as 'Article 0' (urn:a"
    )


@pytest.mark.parametrize("renamed", [0, 1, RENAMED - 1, RENAMED, 20])
def test_entries_under_other_ids_are_told_by_title_and_page(renamed):
    new = Said(
        id="urn:feed",
        entries={**said(*range(renamed), prefix="urn:b").entries, **said(*range(renamed, 20)).entries},
    )
    lost = gone(TWENTY, new)
    assert bool(doubtful(TWENTY, new)) == (renamed >= RENAMED)
    reason = suspicion(TWENTY, new, lost)
    assert (reason is not None) == (renamed >= RENAMED)
    if reason is not None:
        assert "urn:a:0 under urn:b:0" in reason


def test_a_new_entry_with_the_title_of_an_old_one_that_stays_is_no_other_id():
    new = Said(id="urn:feed", entries={**TWENTY.entries, **said(*range(20), prefix="urn:b").entries})
    assert not doubtful(TWENTY, new)


def test_entries_without_a_page_are_not_told_to_be_the_same():
    last = Said(id=None, entries={f"urn:a:{n}": ("Untitled", None) for n in range(9)})
    new = Said(id=None, entries={f"urn:b:{n}": ("Untitled", None) for n in range(9)})
    assert not doubtful(last, new)
    assert suspicion(last, new, gone(last, new)) is None


def test_another_id_of_the_feed_is_suspicious_where_both_are_known():
    other = said(*range(20), feed="urn:other")
    assert "urn:feed and would be urn:other" in (suspicion(TWENTY, other, ()) or "")
    assert suspicion(said(1, feed=None), other, ()) is None


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_file_says_is_what_was_published_in_it(name, feed, article):
    made = feed(article(1), article(2, title="A <b> & c"), article(3, url=None))
    expected = said_in(made)
    read = read_said(name, FORMATS[name].render(made))
    assert read.entries == expected.entries
    assert read.id == (made.id if name == "atom" else None)


@pytest.mark.parametrize("name", ["atom", "rss", "json"])
def test_a_file_that_is_cut_off_is_not_taken_for_a_small_feed(name, feed, article):
    body = FORMATS[name].render(feed(article(1), article(2)))
    with pytest.raises(ValueError, match="cannot be read back"):
        read_said(name, body[: len(body) // 2])


def test_an_entry_that_only_changes_its_title_is_no_other(feed, article):
    before, after = feed(article(1), article(2)), feed(article(1), article(2, title="Better"))
    assert not doubtful(said_in(before), said_in(replace(after)))
