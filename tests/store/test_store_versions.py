"""What articles said before they were edited, and what is left as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from aggregator.errors import StaleKnowledge
from aggregator.model import Version
from aggregator.store.versions import KEPT

if TYPE_CHECKING:
    from typing import Any

    from aggregator.store import Store


def version(key: str, number: int, make: Any) -> Version:
    return Version(key=key, at=make.now + timedelta(days=number), note=f"edit {number}", title=f"Title {number}")


@pytest.fixture
def held(store: Store, make: Any) -> Any:
    """An article that is held."""
    article = make.article()
    make.sync(store, make.source(), make.source("b"), gap=timedelta(0))
    make.record(store, new=(article,))
    return article


def test_the_last_versions_are_kept_the_latest_first(store: Store, make: Any, held: Any) -> None:
    for number in range(KEPT + 3):
        make.record(store, updated=(held,), versions=(version(held.key, number, make),))
    assert [each.title for each in store.articles.versions(held.key)] == [f"Title {n}" for n in range(KEPT + 2, 2, -1)]


def test_a_version_is_kept_whole(store: Store, make: Any, held: Any) -> None:
    whole = Version(
        key=held.key, at=make.now, note="+1 word", title="T", updated=make.now, summary="S", content_html="<p>C</p>"
    )
    make.record(store, updated=(held,), versions=(whole,))
    assert store.articles.versions(held.key) == (whole,)


def test_an_article_that_was_never_edited_has_no_versions(store: Store, held: Any) -> None:
    assert store.articles.versions(held.key) == ()


def test_two_edits_at_one_time_are_no_error(store: Store, make: Any, held: Any) -> None:
    for _ in range(2):
        make.record(store, updated=(held,), versions=(version(held.key, 1, make),))
    assert len(store.articles.versions(held.key)) == 1


def test_what_is_untouched_keeps_all_but_the_hash_of_its_bytes(store: Store, make: Any, held: Any) -> None:
    before = store.publish_seq()
    make.record(store, untouched=((held.key, b"other bytes", 3),))
    now = store.articles.find(held.key)
    assert now is not None
    assert (now.raw_hash, now.flips, now.content_html, now.title) == (b"other bytes", 3, held.content_html, held.title)
    assert store.publish_seq() == before


def test_no_source_touches_the_article_of_another(store: Store, make: Any, held: Any) -> None:
    with pytest.raises(StaleKnowledge, match="is not held"):
        make.record(store, source="b", untouched=((held.key, b"other bytes", 0),))


def test_what_is_held_is_recalled_whole(store: Store, make: Any, held: Any) -> None:
    assert store.polls.whole([held.key, make.key("unknown")]) == {held.key: held}


def test_a_note_and_what_is_remembered_of_the_past_are_read_back(store: Store, make: Any, held: Any) -> None:
    make.record(store, updated=(replace(held, note="+12 words", past=(b"p" * 16,), flips=1),))
    again = store.articles.find(held.key)
    assert again is not None
    assert (again.note, again.past, again.flips) == ("+12 words", (b"p" * 16,), 1)
