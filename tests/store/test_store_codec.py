"""Values survive the way to JSON and into a database and back, whatever is in them."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model import (
    Article,
    Category,
    Chapter,
    Credit,
    Enclosure,
    Episode,
    FeedInfo,
    Link,
    Person,
    Place,
    Rating,
    Reference,
    Replies,
    SourceState,
    Wishes,
)
from aggregator.store import codec
from aggregator.store.schema import articles, from_micros, source_state, to_micros

if TYPE_CHECKING:
    from conftest import Make

    from aggregator.store import Store

WILD = st.text(max_size=20)
"""Anything JSON can say: U+0000 and lone surrogates too."""
TAME = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
"""What databases take as text; articles are cleaned down to this."""
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda value: value.replace(tzinfo=UTC))  # noqa: DTZ001 - made aware at once
COUNTS = st.integers(0, 2**62)


def tuples(items: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(items, max_size=3).map(tuple)


def maybe(items: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | items


WILDS = maybe(WILD)
PERSONS = tuples(st.builds(Person, name=WILDS, url=WILDS, email=WILDS))
TAGS = tuples(st.builds(Category, term=WILD, scheme=WILDS, label=WILDS))
LINK = st.builds(Link, href=WILD, rel=WILD, type=WILDS, hreflang=WILDS, title=WILDS, length=maybe(COUNTS))
DEGREES = st.floats(-180, 180)
METRES = maybe(st.floats(allow_nan=False, allow_infinity=False))
WISHES = maybe(st.builds(Wishes, access=WILDS, index=maybe(st.booleans()), listed=maybe(st.booleans())))
INFOS = st.builds(
    FeedInfo,
    **dict.fromkeys(("id", "title", "subtitle", "url", "self_url", "language", "format", "rights"), WILDS),
    **dict.fromkeys(("icon", "logo", "generator", "licence", "new_url"), WILDS),
    authors=PERSONS,
    contributors=PERSONS,
    categories=TAGS,
    links=tuples(LINK),
    wishes=WISHES,
    ended=st.booleans(),
    updated=maybe(TIMES),
    hubs=tuples(WILD),
    ttl=maybe(st.timedeltas(timedelta(0), timedelta(days=4000))),
    skip_hours=tuples(st.integers(0, 23)),
    skip_days=tuples(st.integers(0, 6)),
)
ARTICLES = st.builds(
    Article,
    key=st.just("0" * 32),
    id=TAME,
    source=st.just("a"),
    raw_hash=st.binary(max_size=32),
    fingerprint=st.binary(max_size=32),
    title=TAME,
    url=maybe(TAME),
    summary=maybe(TAME),
    content_html=maybe(TAME),
    words=st.integers(0, 10**6),
    authors=PERSONS,
    contributors=PERSONS,
    tags=TAGS,
    published=maybe(TIMES),
    updated=maybe(TIMES),
    first_seen=TIMES,
    sort_at=TIMES,
    language=WILDS,
    links=tuples(LINK),
    enclosures=tuples(
        st.builds(
            Enclosure,
            url=WILD,
            **dict.fromkeys(("type", "title", "medium", "rendition_of"), WILDS),
            **dict.fromkeys(("length", "duration", "width", "height"), maybe(COUNTS)),
        )
    ),
    image=WILDS,
    rights=WILDS,
    comments=WILDS,
    origin=maybe(INFOS),
    source_updated=maybe(TIMES),
    attribution=WILDS,
    rating=maybe(st.builds(Rating, helpful=COUNTS, total=COUNTS)),
    canonical=WILDS,
    episode=maybe(
        st.builds(
            Episode,
            season=maybe(COUNTS),
            **dict.fromkeys(("season_name", "number", "name", "kind"), WILDS),
            explicit=maybe(st.booleans()),
            transcripts=tuples(LINK),
            chapters=maybe(LINK),
            marks=tuples(st.builds(Chapter, start=st.floats(0, 1e6), title=WILD, url=WILDS, image=WILDS)),
            credits=tuples(st.builds(Credit, name=WILD, role=WILD, group=WILD, url=WILDS, image=WILDS)),
        )
    ),
    places=tuples(
        st.builds(
            Place, shape=WILD, points=tuples(st.tuples(DEGREES, DEGREES)), radius=METRES, elevation=METRES, name=WILDS
        )
    ),
    in_reply_to=tuples(st.builds(Reference, **dict.fromkeys(("ref", "href", "type", "source"), WILDS))),
    replies=maybe(st.builds(Replies, count=maybe(COUNTS), updated=maybe(TIMES), feed=WILDS, post_to=WILDS)),
    licence=WILDS,
    wishes=WISHES,
    not_before=maybe(TIMES),
    duplicate_of=maybe(st.just("f" * 32)),
    left_out=maybe(TAME),
    warnings=tuples(WILD),
)


@given(INFOS)
def test_what_a_feed_says_of_itself_survives_json(info: FeedInfo) -> None:
    assert codec.decode_info(json.loads(json.dumps(codec.encode_info(info)))) == info


@given(TIMES)
def test_times_keep_their_microseconds(value: datetime) -> None:
    assert from_micros(to_micros(value)) == value


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(article=ARTICLES)
def test_an_article_survives_the_database(store: Store, make: Make, article: Article) -> None:
    make.sync(store, make.source(), gap=timedelta(0))
    claim = make.claim(store)
    held = store.articles.find(article.key)
    fields_of_first_sight = {"id", "first_seen", "sort_at", "duplicate_of"}
    store.polls.record(make.plan(claim, **{"updated" if held else "new": (article,)}), claim, make.now)
    got = store.articles.find(article.key)
    assert got is not None
    for each in fields(Article):
        expected = held if held is not None and each.name in fields_of_first_sight else article
        assert getattr(got, each.name) == getattr(expected, each.name), each.name


def test_every_field_of_an_article_has_a_place() -> None:
    columns = {each.name for each in articles.c}
    placed = columns | {"summary", "content_html"} | set(codec.decode_facts({}))
    placed |= {"full_text"}  # whether there is one in full_texts
    placed |= {"markup", "rewritten", "original"}  # in rewritings
    assert {each.name for each in fields(Article)} <= placed


def test_every_field_of_a_state_has_a_place(make: Make) -> None:
    written = set(codec.encode_state(SourceState(source="a", next_poll_at=make.now)))
    assert {each.name for each in fields(SourceState)} - {"source", "location", "validators"} <= written
    assert written <= {each.name for each in source_state.c}


def test_every_field_of_the_flat_values_is_written() -> None:
    link = Link(href="h", rel="r", type="t", hreflang="l", title="n", length=0)
    assert set(codec.encode_flat(link)) == {each.name for each in fields(Link)}
    assert codec.encode_flat(Person(name="A")) == {"name": "A"}


def test_unknown_facts_take_no_room(make: Make) -> None:
    assert codec.encode_facts(make.article(authors=())) == {}
    assert codec.encode_info(FeedInfo()) == {}


def all_of(kind: type) -> set[str]:
    return {each.name for each in fields(kind)}


def test_every_field_of_a_nested_value_is_written(make: Make) -> None:
    link = Link(href="h")
    article = make.article(
        episode=Episode(
            season=1,
            season_name="s",
            number="2",
            name="n",
            kind="k",
            explicit=False,
            transcripts=(link,),
            chapters=link,
            marks=(Chapter(start=1.5, title="t"),),
            credits=(Credit(name="n"),),
        ),
        places=(Place(points=((1.0, 2.0),), radius=1.0, elevation=2.0, name="n"),),
        replies=Replies(count=0, updated=make.now, feed="f", post_to="p"),
        wishes=Wishes(access="deny", index=False, listed=False),
    )
    facts = codec.encode_facts(article)
    assert set(facts["episode"]) == all_of(Episode)
    assert set(facts["places"][0]) == all_of(Place)
    assert set(facts["replies"]) == all_of(Replies)
    assert set(facts["wishes"]) == all_of(Wishes)


def test_an_article_stored_before_a_fact_was_known_lacks_it(make: Make) -> None:
    decoded = codec.decode_facts({"enclosures": [{"url": "https://example.org/1.mp3"}]})
    article = replace(make.article(), **decoded)
    assert article.enclosures == (Enclosure(url="https://example.org/1.mp3"),)
    assert (article.episode, article.places, article.replies, article.wishes) == (None, (), None, None)


@pytest.mark.parametrize(
    "value", [datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC), datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)]
)
def test_times_before_1970_and_after_2038_are_times(value: datetime) -> None:
    assert from_micros(to_micros(value)) == value
