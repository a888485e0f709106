"""Which archive documents there are, in which order, and what becomes of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import ArchiveDocument
from aggregator.publish.chain import Change, Links, changed, links, rebuilt


def chain_of(*numbers: int) -> tuple[ArchiveDocument, ...]:
    return tuple(ArchiveDocument(number=each, place=place, entries=9) for place, each in enumerate(numbers, start=1))


def numbers(change: Change) -> list[int]:
    return [each.number for each in change.chain]


def test_closed_documents_are_the_newest_and_get_the_next_numbers() -> None:
    change = changed(chain_of(1, 2), 2, closing=[100, 7])
    assert numbers(change) == [1, 2, 3, 4]
    assert change.closed == (3, 4)
    assert [each.entries for each in change.chain] == [9, 9, 100, 7]
    assert change.moved == (2,), "only the one before has another beside it than it had"
    assert change.highest == 4
    assert not change.gone


def test_a_replaced_document_stands_where_it_stood_under_a_new_number() -> None:
    change = changed(chain_of(1, 2, 3), 3, left={2: 8})
    assert numbers(change) == [1, 4, 3]
    assert change.replaced == {2: 4}
    assert change.gone == (2,)
    assert change.moved == (1, 3)
    assert change.highest == 4


def test_a_document_of_which_nothing_is_left_drops_out() -> None:
    change = changed(chain_of(1, 2, 3), 3, left={2: 0})
    assert numbers(change) == [1, 3]
    assert change.emptied == (2,)
    assert change.moved == (1, 3)
    assert changed(chain_of(1), 1, left={1: 0}).chain == ()


def test_a_number_is_given_out_once_even_if_its_document_is_gone() -> None:
    emptied = changed(chain_of(1), 1, left={1: 0})
    assert changed(emptied.chain, emptied.highest, closing=[5]).closed == (2,)


def test_nothing_to_do_changes_nothing() -> None:
    change = changed(chain_of(1, 2), 5)
    assert (change.chain, change.highest, change.moved, change.gone) == (chain_of(1, 2), 5, (), ())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)))), max_size=8))
def test_whatever_happens_no_number_comes_twice_and_what_stays_keeps_its_order(
    steps: list[tuple[int, list[tuple[int, int]]]],
) -> None:
    chain: tuple[ArchiveDocument, ...] = ()
    highest, given_out = 0, set[int]()
    for closing, taken in steps:
        left = {chain[at % len(chain)].number: kept for at, kept in taken} if chain else {}
        change = changed(chain, highest, closing=[1] * closing, left=left)
        fresh = {*change.closed, *change.replaced.values()}
        assert not fresh & given_out
        given_out |= fresh
        before = [change.replaced.get(each.number, each.number) for each in chain]
        after = numbers(change)
        assert [each for each in after if each in before] == [each for each in before if each not in change.emptied]
        assert after[len(after) - len(change.closed) :] == list(change.closed)
        assert [each.place for each in change.chain] == sorted({each.place for each in change.chain})
        was, is_ = links(chain), links(change.chain)
        assert set(change.moved) == {each for each in is_ if each in was and is_[each] != was[each]}
        chain, highest = change.chain, change.highest


# ---- after the store was lost


def test_the_order_is_learnt_by_walking_from_the_newest() -> None:
    said = links(chain_of(1, 9, 4, 7))
    assert rebuilt(said, 7) == (1, 9, 4, 7)


def test_a_walk_that_comes_to_an_end_leaves_out_what_it_did_not_meet() -> None:
    said = {**links(chain_of(1, 5, 3)), 2: Links(before=1, after=3), 6: Links(before=3)}
    assert rebuilt(said, 3) == (1, 5, 3), "2 was replaced by 5, and nobody was ever shown 6"


def test_behind_a_missing_document_the_walk_goes_on() -> None:
    said = dict(links(chain_of(1, 2, 3, 4, 5)))
    del said[3]
    assert rebuilt(said, 5) == (1, 2, 4, 5)


def test_without_a_subscription_document_the_last_one_that_nothing_leads_to_is_the_newest() -> None:
    assert rebuilt(links(chain_of(3, 1, 8)), None) == (3, 1, 8)
    assert rebuilt(links(chain_of(3, 1, 8)), 99) == (3, 1, 8), "the newest one is gone"
    assert rebuilt({}, None) == ()


def test_a_ring_of_documents_is_walked_once() -> None:
    assert rebuilt({1: Links(before=2), 2: Links(before=1)}, 2) == (1, 2)
