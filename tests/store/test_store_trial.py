"""What is tried on a copy of a store happens in the copy alone, and as it would in the store."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.store import Store, on_trial

HOUR = timedelta(hours=1)


def test_a_trial_begins_with_what_is_stored_and_leaves_it_as_it_was(
    store: Store, url: str, make: Any, now: datetime
) -> None:
    make.sync(store, make.source(on_remove="drop"), make.source("b"))
    make.record(store, new=(make.article(1), make.article(2)))
    queued, seq = store.outputs.queued(10, now, copies=False).keys, store.publish_seq()
    with on_trial(url) as trial:
        assert {each.key for each in trial.articles.newest(10, now=now)} == {make.article(1).key, make.article(2).key}
        assert trial.outputs.queued(10, now, copies=False).keys == queued
        assert make.sync(trial, make.source("b")).removed == ("a",)
        assert trial.articles.newest(10, now=now) == ()
        trial.set_setting("tried", "yes")
        assert trial.publish_seq() > seq
        trial.articles.mark_left_out({make.article(1).key: "drop"})
    assert len(store.articles.newest(10, now=now)) == 2
    assert store.setting("tried") is None
    assert store.publish_seq() == seq
    assert {each.source for each in store.polls.states()} == {"a", "b"}


def test_what_the_store_does_by_itself_it_does_in_a_trial_too(store: Store, url: str, make: Any, now: datetime) -> None:
    """What is new or changed is queued for the outputs by triggers, numbered behind what is queued already."""
    make.sync(store, make.source())
    make.record(store, new=(make.article(1),))
    with on_trial(url) as trial:
        make.record(trial, new=(make.article(2),), now=now + HOUR)
        found = trial.outputs.queued(10, now + HOUR, copies=False)
        assert set(found.keys) == {make.article(1).key, make.article(2).key}
    assert set(store.outputs.queued(10, now + HOUR, copies=False).keys) == {make.article(1).key}


def test_the_store_is_written_to_while_something_is_tried(store: Store, url: str, make: Any, now: datetime) -> None:
    make.sync(store, make.source())
    with on_trial(url) as trial:
        make.sync(trial, make.source(enabled=False))
        make.record(store, new=(make.article(1),))
        assert trial.articles.newest(10, now=now) == ()
    assert len(store.articles.newest(10, now=now)) == 1


def test_where_there_is_no_store_yet_an_empty_one_is_tried(tmp_path: Path, now: datetime) -> None:
    with on_trial(f"sqlite:///{tmp_path}/none.db") as trial:
        assert trial.articles.newest(10, now=now) == ()
    assert list(tmp_path.iterdir()) == []
