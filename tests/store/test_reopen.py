"""What a killed process had claimed is due again when the store is opened anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.errors import ClaimLost
from aggregator.model import PollPlan, Source
from aggregator.store import Store

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_claim_of_a_process_that_is_gone_does_not_outlive_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    store = Store.open(url)
    store.sync([Source(id="a", url="https://example.org/a")], NOW, lambda _: NOW, lambda _: timedelta(0))
    (before,) = store.queue.claim(NOW, 1, MINUTE)
    store.close()
    with Store.open(url) as store:
        (again,) = store.queue.claim(NOW, 1, MINUTE)
        assert again.source == "a"
        with pytest.raises(ClaimLost):
            store.polls.record(PollPlan(source="a", state=before.state), before, NOW)


def test_a_stranger_who_may_have_been_asked_is_not_asked_again_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with Store.open(url) as store:
        store.sync([Source(id="a", url="https://example.org/a")], NOW, lambda _: NOW, lambda _: MINUTE / 60)
        (before,) = store.queue.claim(NOW, 1, MINUTE, again=60 * MINUTE)
    with Store.open(url) as store:
        assert store.queue.claim(NOW + 59 * MINUTE, 1, MINUTE) == ()
        state = store.polls.state("a")
        assert state is not None
        assert (state.next_poll_at, state.next_reason) == (NOW + 60 * MINUTE, "the last look was broken off")
        with pytest.raises(ClaimLost):
            store.polls.record(PollPlan(source="a", state=before.state), before, NOW)
        (by_hand,) = store.queue.claim(NOW + MINUTE, 1, MINUTE, only=["a"])
        store.queue.release(by_hand)
    with Store.open(url) as store:
        (again,) = store.queue.claim(NOW + 60 * MINUTE, 1, MINUTE)
        assert again.source == "a"


def test_a_look_beside_the_service_leaves_its_claims_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with Store.open(url) as store:
        store.sync([Source(id="a", url="https://example.org/a")], NOW, lambda _: NOW, lambda _: timedelta(0))
        (claim,) = store.queue.claim(NOW, 1, MINUTE)
        Store.open(url, lock=False).close()
        store.polls.record(PollPlan(source="a", state=claim.state), claim, NOW)
