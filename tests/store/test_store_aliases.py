"""An article that turned out to be one held under another key is found by both."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aggregator.model import Article, PollPlan, Source, SourceState
from aggregator.store import Store

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ONE, TWO, THREE = "1" * 32, "2" * 32, "3" * 32


def article(key: str) -> Article:
    return Article(
        key=key, id=f"urn:{key}", source="a", raw_hash=b"r", fingerprint=b"f", title="T", first_seen=NOW, sort_at=NOW
    )


def record(store: Store, **changes: object) -> None:
    (claim,) = store.queue.claim(NOW, 1, timedelta(minutes=1), only=["a"])
    state = SourceState(source="a", next_poll_at=NOW + timedelta(hours=1))
    store.polls.record(PollPlan(source="a", state=state, **changes), claim, NOW)  # type: ignore[arg-type]


def test_an_alias_leads_to_the_article_and_may_move_on(store: Store) -> None:
    store.sync([Source(id="a", url="https://example.org/a")], NOW, lambda _: NOW, lambda _: timedelta(0))
    record(store, new=(article(ONE),))
    record(store, aliases=((TWO, ONE),), refreshed=(replace(article(ONE), raw_hash=b"r2"),))
    known = store.polls.known("a", [TWO, THREE], []).articles
    assert set(known) == {TWO}
    assert (known[TWO].key, known[TWO].raw_hash) == (ONE, b"r2")
    record(store, updated=(replace(article(ONE), title="New"),))
    assert store.polls.known("a", [TWO], []).articles[TWO].key == ONE


def test_all_live_names_the_article_by_its_key_and_by_the_alias_asked_for(store: Store) -> None:
    store.sync([Source(id="a", url="https://example.org/a")], NOW, lambda _: NOW, lambda _: timedelta(0))
    record(store, new=(article(ONE), article(THREE)), aliases=((TWO, ONE),))
    known = store.polls.known("a", [TWO], [], all_live=True).articles
    assert {name: each.key for name, each in known.items()} == {ONE: ONE, THREE: THREE, TWO: ONE}
