"""Pages of articles, the hosts they are on, and recorded answers: on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from aggregator.model import Asked, Exchange, PageText, ReadPage, Validators
from aggregator.store import packed
from aggregator.store.full_texts import MOST_WAITING

if TYPE_CHECKING:
    from conftest import Make

    from aggregator.model import Article, Claim
    from aggregator.store import Store

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
TEXT = PageText(html="<p>The whole text of it</p>", words=5, summary="What the feed says", image="https://a.example/i")


def begin(store: Store, make: Make) -> Claim:
    """A source that is polled now."""
    make.sync(store, make.source())
    return make.claim(store)


@pytest.fixture
def held(store: Store, make: Make) -> Article:
    """An article that waits for its page."""
    claim = begin(store, make)
    until = make.now + 5 * MINUTE
    article = make.article("one", not_before=until, summary=None)
    store.polls.record(make.plan(claim, new=(article,), pages=((article.key, until),)), claim, make.now)
    return article


def test_a_page_is_due_at_once_and_its_text_is_shown_in_place_of_the_feeds(
    store: Store, make: Make, held: Article
) -> None:
    (page,) = store.full_texts.due(make.now, 10)
    assert (page.url, page.article.content_html, page.article.full_text) == (held.url, held.content_html, False)
    assert store.articles.newest(10, now=make.now) == ()
    before = store.publish_seq()
    store.full_texts.told(
        ReadPage(key=held.key, text=TEXT, body_hash=b"1" * 32, final_url=page.url), "1", None, make.now
    )
    (shown,) = store.articles.newest(10, now=make.now)
    assert (shown.content_html, shown.full_text, shown.words) == (TEXT.html, True, 5)
    assert (shown.summary, shown.image) == (TEXT.summary, TEXT.image)
    assert store.polls.whole([held.key])[held.key].content_html == held.content_html
    assert (shown.fingerprint, shown.updated, shown.sort_at) == (held.fingerprint, held.updated, held.sort_at)
    assert store.publish_seq() == before + 1
    assert store.full_texts.due(make.now + timedelta(days=99), 10) == ()


def test_a_page_that_did_not_come_keeps_its_text_and_is_asked_for_again(
    store: Store, make: Make, held: Article
) -> None:
    store.full_texts.told(ReadPage(key=held.key, text=TEXT), "1", None, make.now)
    again = make.now + MINUTE
    store.full_texts.told(ReadPage(key=held.key, keeps=True, why="timeout", again=again, tries=1), "1", None, make.now)
    assert store.articles.newest(10, now=make.now)[0].full_text
    assert store.full_texts.due(make.now, 10) == ()
    assert store.full_texts.due(again, 10)[0].tries == 1
    store.full_texts.told(ReadPage(key=held.key, why="it is gone"), "1", None, make.now)
    assert store.articles.newest(10, now=make.now)[0].content_html == held.content_html
    assert store.full_texts.counts()["a"].without == 1


def test_who_waits_is_let_out_and_what_waits_for_another_reason_is_not(store: Store, make: Make, held: Article) -> None:
    store.full_texts.let_out()
    assert [each.key for each in store.articles.newest(10, now=make.now)] == [held.key]
    assert len(store.full_texts.due(make.now, 10)) == 1


def test_a_source_that_wants_no_pages_any_more_shows_its_feed(store: Store, make: Make, held: Article) -> None:
    store.full_texts.told(ReadPage(key=held.key, text=TEXT), "1", None, make.now)
    store.full_texts.follow(["a"])
    assert store.articles.newest(10, now=make.now)[0].full_text
    store.full_texts.follow([])
    assert not store.articles.newest(10, now=make.now)[0].full_text
    assert held.key in store.outputs.queued(10, make.now, copies=False).keys


def test_the_same_page_is_not_asked_for_twice_a_day(store: Store, make: Make, held: Article) -> None:
    (page,) = store.full_texts.due(make.now, 10)
    store.full_texts.told(ReadPage(key=held.key, text=TEXT, body_hash=b"1" * 32), "1", None, make.now)
    other = replace(page, article=make.article("two"))
    assert store.full_texts.elsewhere(other, "1", make.now) == ("a", TEXT)
    assert store.full_texts.elsewhere(page, "1", make.now) is None
    assert store.full_texts.elsewhere(other, "2", make.now) is None
    assert store.full_texts.elsewhere(other, "1", make.now + SECOND) is None


def test_nobody_waits_for_the_page_of_what_was_taken_back(store: Store, make: Make, held: Article) -> None:
    assert store.full_texts.next_due() == make.now
    make.sync(store)
    assert store.full_texts.next_due() is None
    assert store.full_texts.due(make.now, 10) == ()


def test_validators_come_back_with_the_page(store: Store, make: Make, held: Article) -> None:
    said = Validators(etag='"x"', last_modified="yesterday")
    read = ReadPage(key=held.key, again=make.now, validators=said, final_url="https://f/", body_hash=b"h" * 32)
    store.full_texts.told(read, "1", None, make.now)
    (page,) = store.full_texts.due(make.now, 10)
    assert (page.validators, page.final_url, page.body_hash, page.recipe) == (said, "https://f/", b"h" * 32, None)
    store.full_texts.told(replace(read, text=TEXT), "1", None, make.now)
    assert store.full_texts.due(make.now, 10)[0].recipe == "1"


def test_of_too_many_pages_the_oldest_articles_keep_the_text_of_their_feed(store: Store, make: Make) -> None:
    claim = begin(store, make)
    until = make.now + 5 * MINUTE
    articles = [make.article(n, not_before=until, sort_at=make.now - n * SECOND) for n in range(MOST_WAITING + 5)]
    pages = tuple((each.key, until) for each in articles)
    store.polls.record(make.plan(claim, new=tuple(articles), pages=pages), claim, make.now)
    assert len(store.full_texts.due(make.now, 1000)) == MOST_WAITING
    assert len(store.articles.newest(1000, now=make.now)) == 5


# ---- hosts


def test_a_host_is_asked_for_one_page_at_a_time_and_as_often_as_it_may(store: Store, make: Make, held: Article) -> None:
    (page,) = store.full_texts.due(make.now, 10)
    host, gap, now = "pages.example:443", SECOND, make.now
    assert store.full_texts.take(page, host, gap, 20 * SECOND, now)
    assert not store.full_texts.take_host(host, gap, 20 * SECOND, now + 19 * SECOND)
    assert store.full_texts.due(now, 10) == ()
    store.full_texts.leave(host, gap, 10 * SECOND, None, now + SECOND)
    assert not store.full_texts.take_host(host, gap, 20 * SECOND, now + 10 * SECOND)
    assert store.full_texts.take_host(host, gap, 20 * SECOND, now + 11 * SECOND)
    store.full_texts.leave(host, gap, gap, now + MINUTE, now + 12 * SECOND)
    assert not store.full_texts.take_host(host, gap, 20 * SECOND, now + 59 * SECOND)
    assert store.full_texts.take_host(host, gap, 20 * SECOND, now + MINUTE)


def test_pages_of_a_host_that_may_not_be_asked_make_way_for_those_of_others(
    store: Store, make: Make, held: Article
) -> None:
    (page,) = store.full_texts.due(make.now, 10)
    host, now, later = "pages.example:443", make.now, make.now + MINUTE
    store.full_texts.leave(host, SECOND, SECOND, later, now)
    assert not store.full_texts.take_host(host, SECOND, 20 * SECOND, now, [page.article.key])
    assert store.full_texts.next_due() == later
    store.full_texts.leave(host, SECOND, SECOND, later + MINUTE, now)
    assert not store.full_texts.take(page, host, SECOND, 20 * SECOND, later, [page.article.key])
    assert store.full_texts.next_due() == later + MINUTE


def test_pages_and_polls_of_a_host_wait_for_each_other(store: Store, make: Make) -> None:
    claim = begin(store, make)
    host, now = "a.example:443", make.now
    assert not store.full_texts.take_host(host, SECOND, 20 * SECOND, now + 5 * SECOND)  # it is polled
    store.polls.record(make.plan(claim, state={"next_poll_at": now + 6 * SECOND}), claim, now)
    assert store.full_texts.take_host(host, SECOND, 20 * SECOND, now + 5 * SECOND)
    assert store.queue.claim(now + 6 * SECOND, 9, MINUTE) == ()
    store.full_texts.leave(host, SECOND, 10 * SECOND, None, now + 6 * SECOND)
    assert len(store.queue.claim(now + 7 * SECOND, 9, MINUTE)) == 1


def test_what_robots_txt_said_is_remembered_and_forgotten_with_its_host(store: Store, make: Make) -> None:
    texts, now = store.full_texts, make.now
    assert texts.rules("b.example:443") is None
    texts.keep_rules("b.example:443", "User-agent: *", now + MINUTE, now)
    texts.keep_rules("c.example:443", None, now + MINUTE, now)
    assert texts.rules("b.example:443") == ("User-agent: *", now + MINUTE)
    assert texts.rules("c.example:443") == (None, now + MINUTE)
    later = now + timedelta(days=9)
    texts.keep_rules("d.example:443", "", later, later)
    assert texts.rules("b.example:443") is None


def test_pages_are_in_the_ledger(store: Store, make: Make, held: Article) -> None:
    asked = Asked(host="pages.example:443", at=make.now, took=SECOND, conditional=False, status=429, wire_bytes=7)
    store.full_texts.told(ReadPage(key=held.key, asked=(asked,), host_wait=make.now + MINUTE), "1", None, make.now)
    store.full_texts.count((replace(asked, status=200),), None)
    row = next(each for each in store.polls.ledger() if each.host == "pages.example:443")
    assert (row.requests, row.rate_limited, row.bytes, row.ignored_waits) == (2, 1, 14, 0)


# ---- recorded answers


def noise(size: int) -> bytes:
    """What cannot be compressed."""
    return b"".join(sha256(bytes([n % 256, n // 256])).digest() for n in range(size // 32 + 1))[:size]


def answer(body: bytes = b"<rss/>", status: int = 200) -> Exchange:
    return Exchange(status=status, url="https://a.example/feed", headers=(("etag", '"1"'),), body=body, wire_bytes=9)


def keep(store: Store, make: Make, name: str, said: Exchange, *, keep: int = 2, max_bytes: int = 10**6) -> None:
    store.recordings.keep(name, make.now, packed(said, max_bytes), keep=keep, max_bytes=max_bytes)


def test_the_last_answers_are_kept_and_failures_push_out_no_document(store: Store, make: Make) -> None:
    for n in range(3):
        keep(store, make, "a", answer(f"<rss>{n}</rss>".encode()))
        keep(store, make, "a", answer(b"", 500 + n))
    kept = [each.exchange for each in store.recordings.of("a")]
    assert [each.status for each in kept] == [200, 501, 200, 502]
    assert kept[2] == answer(b"<rss>2</rss>")
    store.recordings.follow(["b"])
    assert store.recordings.of("a") == ()


def test_all_together_take_no_more_room_than_they_may(store: Store, make: Make) -> None:
    for n in range(20):
        keep(store, make, f"s{n}", answer(noise(400)), max_bytes=4000)
    left = [n for n in range(20) if store.recordings.of(f"s{n}")]
    assert left == list(range(20 - len(left), 20))
    assert 5 <= len(left) < 20


def test_of_an_answer_that_is_too_large_the_head_is_kept(store: Store, make: Make) -> None:
    keep(store, make, "a", answer(noise(5000)), max_bytes=8000)
    (kept,) = store.recordings.of("a")
    assert (kept.exchange.body, kept.left_out) == (b"", 5000)
