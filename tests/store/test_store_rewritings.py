"""What is shown in place of what sources said, and how often rules hit, in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model import Category, LiveRule, Markup, Person, RuleHits, as_said, as_shown, wording_of
from aggregator.model.terms import tag_term

if TYPE_CHECKING:
    from datetime import datetime

    from conftest import Make

    from aggregator.model import Article
    from aggregator.store import Store

DAY = timedelta(days=1)
MARKUP = Markup(html='<p class="x">é</p>', base="https://a.example/")


def rewritten(article: Article, **changes: object) -> Article:
    return replace(article, rewritten=replace(wording_of(article), **changes))  # type: ignore[arg-type]


def everything(article: Article) -> Article:
    """Every field of it otherwise, or gone."""
    return rewritten(
        article,
        title="Other \u2028 title",
        url="https://other.example/",
        summary=None,
        content_html="<p>Other</p>",
        words=1,
        authors=(Person(name="Other", email="o@example.org"),),
        tags=(Category(term="Other", scheme="https://example.org/"),),
        language="de",
        image=None,
        warnings=("a", "b"),
    )


def test_what_is_rewritten_comes_back_as_it_is_shown_with_what_was_said(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source())
    plain = make.article(1, summary="S", image="https://a.example/i.png", tags=(Category(term="Said"),), sort_at=now)
    make.record(store, new=(everything(plain), make.article(2, sort_at=now - DAY)))
    first, second = store.articles.newest(9, now=now)
    assert first == as_shown(everything(plain))
    assert as_said(first) == plain
    assert second.original is None
    assert store.articles.find(plain.key) == store.articles.find("https://other.example/") == first
    assert store.articles.trace("https://other.example/", None, now)[0].article == first
    other, said = tag_term("other"), tag_term("said")
    assert other is not None
    assert said is not None
    assert [each.key for each in store.articles.newest_of(other, 9, now=now)] == [plain.key]
    assert store.articles.newest_of(said, 9, now=now) == ()
    assert store.polls.whole([plain.key])[plain.key] == plain, "edits are told by what was said"
    assert store.polls.known("a", [plain.key], []).articles[plain.key].title == plain.title


def test_other_rules_are_followed_and_what_changed_meanwhile_is_left_alone(
    store: Store, make: Make, now: datetime
) -> None:
    make.sync(store, make.source())
    plain = tuple(replace(make.article(n, sort_at=now - n * DAY), markup=MARKUP) for n in (1, 2))
    make.record(store, new=plain)
    assert store.rewritings.markups([each.key for each in plain]) == {each.key: MARKUP for each in plain}
    seq = store.publish_seq()
    stale = replace(rewritten(plain[1], title="Stale"), raw_hash=b"another")
    assert store.rewritings.follow([replace(rewritten(plain[0], title="New"), left_out="drop"), stale]) == 1
    assert store.publish_seq() == seq + 1
    assert [each.title for each in store.articles.newest(9, now=now, visible=False)] == ["New", plain[1].title]
    assert [each.left_out for each in store.articles.newest(9, now=now, visible=False)] == ["drop", None]
    assert {row.key for row in store.outputs.queued(9, now, copies=False).articles} <= {plain[1].key}
    assert plain[0].key in store.outputs.queued(9, now, copies=False).keys
    assert store.rewritings.follow([plain[0]]) == 1
    assert [each.original for each in store.articles.newest(9, now=now)] == [None, None]


def test_what_is_rewritten_goes_with_the_text(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    plain = make.article(1, sort_at=now - 400 * DAY, first_seen=now - 400 * DAY)
    make.record(store, new=(replace(everything(plain), markup=MARKUP),))
    pruned = store.articles.prune(plain.source, aged=now - DAY, beyond=None, needed=(), after=None, now=now, limit=9)
    assert pruned.texts == 1
    assert store.rewritings.markups([plain.key]) == {}
    assert store.articles.trace(plain.key, None, now)[0].article.original is None


def test_a_source_that_is_to_be_read_again_is_asked_for_all_of_it(store: Store, make: Make, now: datetime) -> None:
    make.sync(store, make.source())
    plain = make.article(1, sort_at=now)
    make.record(store, new=(plain,), state={"upstream": (plain.key,), "body_hash": b"1"})
    store.rewritings.read_again(plain.source)
    state = store.polls.state(plain.source)
    assert state is not None
    assert (state.body_hash, state.validators.etag) == (None, None)
    held = store.polls.known(plain.source, [plain.key], []).articles[plain.key]
    assert (held.raw_hash, held.fingerprint) == (b"", plain.fingerprint)


def test_rules_are_counted_for_as_long_as_they_are_in_force(store: Store, now: datetime) -> None:
    drop = LiveRule(owner="a", kind="drop", text="title " * 800)
    query = LiveRule(owner="a", kind="query", text="title")
    counts = store.rule_counts
    assert counts.follow([drop, query], now) == {drop, query}
    assert counts.follow([drop, query], now + DAY) == frozenset()
    counts.count([RuleHits(rule=drop, articles=3, last=now), RuleHits(rule=query, articles=1, last=now + DAY)])
    counts.count([RuleHits(rule=drop, articles=2, last=now - DAY)])
    counts.count([RuleHits(rule=replace(drop, text="gone"), articles=1, last=now)])
    read = {each.kind: (each.matched, each.last, each.since) for each in counts.read()}
    assert read == {"drop": (5, now, now), "query": (1, now + DAY, now)}
    assert counts.follow([query], now + DAY) == frozenset()
    assert counts.follow([drop, query], now + 2 * DAY) == {drop}
    read = {each.kind: (each.matched, each.last, each.since) for each in counts.read()}
    assert read == {"drop": (0, None, now + 2 * DAY), "query": (1, now + DAY, now)}
