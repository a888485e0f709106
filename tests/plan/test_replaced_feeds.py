"""Is it still the feed it was? Measured on the real ones: each in the place of each other, and each as it may grow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from aggregator.articles import Identified, identify, in_words, is_replaced, normalise, normalise_info
from aggregator.model import (
    ABSORBED,
    DROPPED,
    Article,
    Code,
    Document,
    Enclosure,
    Failed,
    FeedInfo,
    Fetched,
    Known,
    KnownArticle,
    NotModified,
    ParsedEntry,
    ParsedFeed,
    Polling,
    PollPlan,
    Source,
    SourceState,
    Validators,
)
from aggregator.parse import parse
from aggregator.plan import plan

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
URL = "https://blog.example/feed"
BLOG = FeedInfo(title="A Blog of Birds", url="https://blog.example/", self_url=URL)
CASINO = FeedInfo(title="Casino Bonus 777", url="https://casino.example/", self_url=URL)


def post(number: int, host: str = "blog.example", **changes: Any) -> Article:
    made: dict[str, Any] = {
        "key": f"{number:032x}",
        "id": f"https://{host}/?p={number}",
        "source": "a",
        "raw_hash": b"r%d" % number,
        "fingerprint": b"f%d" % number,
        "title": f"{host} no. {number}, on the swallows of that year",
        "url": f"https://{host}/{number}",
        "first_seen": NOW,
        "sort_at": NOW - timedelta(hours=number),
    }
    return Article(**(made | changes))


PAST = tuple(post(number) for number in range(10))
SPAM = tuple(post(number, "casino.example") for number in range(50, 55))


# ---- the judgement


def test_a_feed_that_shares_nothing_is_another_one() -> None:
    assert is_replaced(BLOG, PAST, CASINO, SPAM, {URL})


@pytest.mark.parametrize(
    ("now", "articles"),
    [
        (CASINO, (*SPAM, replace(SPAM[0], url="https://blog.example/new"))),
        (CASINO, (replace(SPAM[0], url="http://www.blog.example/new"),)),
        (CASINO, (replace(SPAM[0], id="http://blog.example/?p=99"),)),
        (CASINO, (replace(SPAM[0], id="tag:blog.example,2026:99"),)),
        (CASINO, (replace(SPAM[0], enclosures=(Enclosure(url="https://blog.example/99.mp3"),)),)),
        (CASINO, (replace(SPAM[0], canonical="https://blog.example/99"),)),
        (CASINO, (*SPAM, replace(SPAM[0], title=PAST[3].title.upper()))),
        (replace(CASINO, url="https://www.blog.example/"), SPAM),
        (replace(CASINO, title="a blog  of birds"), SPAM),
    ],
    ids=["link", "www", "id", "tag", "file", "canonical", "title", "site", "title of the feed"],
)
def test_one_thing_in_common_is_enough(now: FeedInfo, articles: tuple[Article, ...]) -> None:
    assert not is_replaced(BLOG, PAST, now, articles, {URL})


def test_a_feeds_own_id_or_address_counts_unless_it_is_where_it_was_asked_for() -> None:
    moved = replace(BLOG, id="urn:x:birds", self_url="https://feeds.example/birds")
    for known in ({"id": "urn:x:birds"}, {"self_url": "https://feeds.example/birds"}):
        assert not is_replaced(moved, PAST, replace(CASINO, **known), SPAM, {URL})
    asked = {URL, "https://feeds.example/birds"}
    assert is_replaced(moved, PAST, replace(CASINO, self_url="https://feeds.example/birds"), SPAM, asked)


def test_short_titles_are_shared_by_accident_but_not_two_of_them() -> None:
    past = (replace(PAST[0], title="Hello world!"), replace(PAST[1], title="About"), *PAST[2:])
    one = (replace(SPAM[0], title="Hello world!"), *SPAM[1:])
    two = (one[0], replace(SPAM[1], title="about"), *SPAM[2:])
    assert is_replaced(BLOG, past, CASINO, one, {URL})
    assert not is_replaced(BLOG, past, CASINO, two, {URL})


def test_of_two_articles_nothing_is_judged() -> None:
    assert not is_replaced(BLOG, PAST[:2], CASINO, SPAM, {URL})
    assert is_replaced(BLOG, PAST[:3], CASINO, SPAM, {URL})


def links(numbers: range) -> tuple[Article, ...]:
    return tuple(
        replace(post(number), id=f"urn:uuid:{number}", url=f"https://s{number}.example/") for number in numbers
    )


def test_a_feed_of_links_is_known_by_what_it_says_of_itself() -> None:
    later = links(range(50, 60))
    assert not is_replaced(BLOG, links(range(10)), replace(BLOG, title="Renamed"), later, {URL})
    assert not is_replaced(BLOG, links(range(10)), replace(BLOG, url=None), later, {URL})
    assert is_replaced(BLOG, links(range(10)), CASINO, SPAM, {URL})


def test_that_a_feed_of_links_once_led_there_too_means_nothing() -> None:
    past = (replace(links(range(1))[0], url="https://casino.example/1"), *links(range(1, 10)))
    assert is_replaced(BLOG, past, CASINO, SPAM, {URL})


def test_where_there_never_was_anything_to_know_it_by_nothing_is_judged() -> None:
    untold = FeedInfo(title="Links")
    assert not is_replaced(untold, links(range(10)), FeedInfo(title="Renamed"), links(range(50, 60)), {URL})


def test_both_titles_are_told_and_long_ones_cut() -> None:
    assert in_words(BLOG, CASINO, 5) == (
        'the feed is called "Casino Bonus 777" now, it was "A Blog of Birds"; '
        "none of its 5 entries shares an id, a host or a title with what was known"
    )
    assert in_words(FeedInfo(), CASINO, 1).endswith(
        "it was nothing; its only entry does not share an id, a host or a title with what was known"
    )
    assert len(in_words(replace(BLOG, title="x" * 999), replace(BLOG, title="y" * 999), 2000)) < 300


# ---- what a poll makes of it


SOURCE = Source(id="a", url=URL)
STATE = SourceState(
    source="a", next_poll_at=NOW, code=Code.OK, parser_version=1, final_url=URL, info=BLOG, last_success=NOW,
    last_poll=NOW - timedelta(days=1), last_new=NOW - timedelta(days=1),
)  # fmt: skip
FETCHED = Fetched(documents=(), validators=Validators(etag='"new"'), final_url=URL, body_hash=b"new", status=200)


def look(
    articles: tuple[Article, ...] = SPAM,
    info: FeedInfo = CASINO,
    state: SourceState = STATE,
    known: Known | None = None,
    source: Source = SOURCE,
    outcome: Fetched = FETCHED,
    problem: Failed | None = None,
) -> PollPlan:
    known = Known(history=PAST) if known is None else known
    entries = tuple(Identified(key=a.key, claimed_id=a.id, entry=ParsedEntry(raw_hash=a.raw_hash)) for a in articles)
    fresh = tuple(a for a in articles if a.key not in known.articles)
    return plan(
        source, state, outcome, polling=Polling(), now=NOW, parser_version=1, entries=entries, articles=fresh,
        known=known, feed=ParsedFeed(info=info, road="fast", problem=problem, entries=tuple(e.entry for e in entries)),
    )  # fmt: skip


def already(article: Article, held: str | None) -> KnownArticle:
    return KnownArticle(
        key=article.key, id=article.id, raw_hash=article.raw_hash, fingerprint=article.fingerprint, published=None,
        updated=None, first_seen=NOW, sort_at=NOW, held=held,
    )  # fmt: skip


def test_what_is_new_in_another_feed_is_held_with_the_reason_and_the_source_keeps_its_name() -> None:
    made = look()
    words = in_words(BLOG, CASINO, 5)
    assert (made.new, len(made.held), {each.held for each in made.held}) == ((), 5, {words})
    assert (made.state.quarantine, made.state.quarantined_at) == (words, NOW)
    assert made.state.detail == f"5 held: {words}"
    assert (made.state.code, made.state.failures) == (Code.OK, 0), "the look itself went well"
    assert made.state.info.title == "A Blog of Birds"
    assert made.state.last_new == STATE.last_new
    assert made.state.validators == Validators(etag='"new"')


QUARANTINED = look().state
WAITING = Known(articles={each.key: already(each, "why") for each in SPAM}, history=PAST)


def test_it_stays_so_for_as_long_as_the_other_feed_is_there() -> None:
    later = replace(QUARANTINED, quarantined_at=NOW - timedelta(days=3))
    same = look(state=later, known=WAITING)
    assert (same.held, same.state.quarantine is not None, same.state.quarantined_at) == ((), True, later.quarantined_at)
    more = look((*SPAM, post(99, "casino.example")), state=later, known=WAITING)
    assert ([each.key for each in more.held], more.new) == ([post(99).key], ())
    for outcome in (NotModified(final_url=URL), Failed(code=Code.DNS, detail="no such name")):
        left = plan(SOURCE, later, outcome, polling=Polling(), now=NOW, parser_version=1)
        assert (left.state.quarantine, left.state.quarantined_at) == (later.quarantine, later.quarantined_at)
        assert left.state.info == BLOG
    assert look((), info=FeedInfo(), state=later).state.quarantine == later.quarantine, "an empty feed says nothing"


def test_when_the_old_feed_is_back_what_is_new_in_it_passes() -> None:
    back = look((PAST[0], post(20)), BLOG, QUARANTINED, Known(articles={PAST[0].key: already(PAST[0], None)}))
    assert ([each.held for each in back.new], back.held) == ([None], ())
    assert (back.state.quarantine, back.state.quarantined_at, back.state.detail) == (None, None, "1 new")
    assert look((post(20),), BLOG, QUARANTINED).state.quarantine is None, "all its entries are new, but the host is not"


def test_an_empty_feed_first_does_not_make_the_other_one_known() -> None:
    emptied = look((), CASINO)
    assert (emptied.state.info, emptied.state.quarantine) == (BLOG, None)
    assert look(state=emptied.state).state.quarantine is not None
    assert look((), CASINO, state=replace(STATE, final_url=None)).state.info.title == CASINO.title


@pytest.mark.parametrize(("held", "passes"), [(None, True), (ABSORBED, True), ("why", False), (DROPPED, False)])
def test_what_the_operator_let_in_is_history_and_what_he_dropped_is_not(held: str | None, passes: bool) -> None:
    known = Known(articles={SPAM[0].key: already(SPAM[0], held)}, history=PAST)
    assert (look(known=known).state.quarantine is None) is passes


def test_an_article_that_is_held_stays_held_when_it_is_edited_and_does_not_count() -> None:
    known = replace(WAITING, articles={SPAM[0].key: already(SPAM[0], "why")})
    edited = replace(SPAM[0], fingerprint=b"other", raw_hash=b"other")
    entries = (Identified(key=edited.key, claimed_id=edited.id, entry=ParsedEntry(raw_hash=b"other")),)
    made = plan(
        SOURCE, QUARANTINED, FETCHED, polling=Polling(), now=NOW, parser_version=1, entries=entries, articles=[edited],
        known=known, feed=ParsedFeed(info=CASINO, road="fast"),
    )  # fmt: skip
    assert (made.updated, [each.held for each in made.refreshed]) == ((), ["why"])


def test_an_address_the_operator_changed_himself_is_not_judged() -> None:
    assert look(state=replace(STATE, final_url=None)).state.quarantine is None


def test_a_folder_is_never_judged() -> None:
    folder = Source(id="a", folder=Path("seeds"))
    made = look(source=folder, known=Known(), outcome=replace(FETCHED, complete=True))
    assert (len(made.new), made.held) == (5, ())


def test_entries_read_out_of_a_broken_feed_are_held_too() -> None:
    broken = look(problem=Failed(code=Code.XML, detail="not well-formed at line 2"))
    assert (broken.state.code, broken.new, len(broken.held)) == (Code.XML, (), 5)


def test_a_permanent_redirect_to_another_feed_is_no_move() -> None:
    moved = replace(FETCHED, redirected=True, moved_to="https://casino.example/feed")
    seen = replace(STATE, moved_to=moved.moved_to, moved_since=NOW - timedelta(days=9), moved_polls=5)
    assert look(outcome=moved, state=seen).state.moved_to is None
    unchanged = NotModified(final_url=URL, redirected=True, moved_to=moved.moved_to)
    assert plan(SOURCE, QUARANTINED, unchanged, polling=Polling(), now=NOW, parser_version=1).state.moved_to is None
    assert look(BLOG_MOVED, BLOG, outcome=moved).state.moved_polls == 1, "the same feed elsewhere is"


BLOG_MOVED = tuple(
    replace(each, key=f"{n + 100:032x}", url=f"https://casino.example/{n}") for n, each in enumerate(PAST)
)


# ---- the real ones


@dataclass(frozen=True)
class Real:
    name: str
    source: Source
    feed: ParsedFeed
    entries: tuple[Identified, ...]
    articles: tuple[Article, ...]

    @property
    def info(self) -> FeedInfo:
        return normalise_info(self.feed.info, self.source.url)


def read(feed: ParsedFeed, source: Source, name: str = "") -> Real:
    entries = identify(feed, source)
    return Real(name, source, feed, entries, normalise(entries, feed.info, source, NOW))


@pytest.fixture(scope="module")
def real(corpus: list[dict[str, str]]) -> list[Real]:
    found = []
    for each in corpus:
        source = Source(id="s", url=each["url"])
        document = Document(body=Path(each["path"]).read_bytes(), url=each["url"])
        feed = parse((document,), source, NOW)
        entries = tuple(replace(e, contents=(), summary=None) if e.title else e for e in feed.entries)  # faster
        found.append(read(replace(feed, entries=entries), source, each["file"]))
    return found


def differs(before: Real, later: Real) -> bool:
    if {each.key for each in before.entries} & {each.key for each in later.entries}:
        return False
    asked = {str(before.source.url)}
    return is_replaced(before.info, before.articles[:100], later.info, later.articles, asked)


def test_nearly_every_feed_in_the_place_of_another_is_told(real: list[Real]) -> None:
    """Of all 11,449 pairs 44 are missed, 42 of them blogs of one platform."""
    known = [each for each in real if len(each.articles) >= 3]
    pairs = [(one, other) for place, one in enumerate(known) for other in real[place % 4 :: 4] if one is not other]
    missed = {(one.name, other.name) for one, other in pairs if not differs(one, other)}
    assert len(pairs) > 2_500
    assert len(missed) <= len(pairs) * 0.005, sorted(missed)
    platforms = ("blogger.com", "time.com")  # tag:blogger.com ids; two feeds of one magazine
    by_name = {each.name: each for each in real}
    for one, other in missed:
        shared = {host for name in (one, other) for each in by_name[name].articles for host in (each.id, each.url)}
        assert any(place in str(host) for place in platforms for host in shared), (one, other)


def _with(real: Real, change: Callable[[ParsedEntry], ParsedEntry], **info: Any) -> Real:
    """The feed with its entries changed, and with other ids and hashes so that none of them is known."""
    entries = tuple(replace(change(each), raw_hash=b"x" + each.raw_hash) for each in real.feed.entries)
    return read(replace(real.feed, entries=entries, info=replace(real.feed.info, **info)), real.source)


def _elsewhere(url: str | None) -> str | None:
    parts = urlsplit(url or "")
    return parts._replace(netloc="moved.example").geturl() if parts.netloc else url


def _all_new(entry: ParsedEntry) -> ParsedEntry:
    """Another article of the same site: other id, other page, other words."""
    links = tuple(replace(each, href=f"{each.href.rstrip('/')}/{entry.position}-x") for each in entry.links)
    title = None if entry.title is None else replace(entry.title, value=f"{entry.position} quite another story")
    raw_id = None if entry.raw_id is None else f"{entry.raw_id}-new"
    return replace(entry, raw_id=raw_id, links=links, title=title, canonical=None)


def _other_scheme(entry: ParsedEntry) -> ParsedEntry:
    raw_id = entry.raw_id or ""
    turned = raw_id.replace("https:", "http:") if raw_id.startswith("https:") else raw_id.replace("http:", "https:")
    return replace(entry, raw_id=turned if turned != raw_id else f"x{raw_id}")


def _moved(entry: ParsedEntry) -> ParsedEntry:
    links = tuple(replace(each, href=_elsewhere(each.href) or "") for each in entry.links)
    return replace(entry, raw_id=f"https://moved.example/{entry.position}", links=links, canonical=None, enclosures=())


LATER: dict[str, Callable[[Real], Real]] = {
    "half of it and another title": lambda each: read(
        replace(each.feed, entries=each.feed.entries[: max(1, len(each.feed.entries) // 2)], info=FeedInfo(title="X")),
        each.source,
    ),
    "all entries new": lambda each: _with(each, _all_new),
    "all entries new, another title": lambda each: _with(each, _all_new, title="Renamed"),
    "all entries new, another title, no site": lambda each: _with(each, _all_new, title="Renamed", url=None),
    "ids of another scheme, another title": lambda each: _with(each, _other_scheme, title="Renamed"),
    "all moved to another host": lambda each: _with(each, _moved, url="https://moved.example/"),
    "all moved to another host, another title": lambda each: _with(
        each, _moved, title="Renamed", url="https://moved.example/", self_url=None, id=None
    ),
}


@pytest.mark.parametrize("how", LATER)
def test_no_feed_is_held_for_what_feeds_do(real: list[Real], how: str) -> None:
    wrongly = [each.name for each in real if differs(each, LATER[how](each))]
    assert wrongly == []
