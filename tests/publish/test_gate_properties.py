"""Whatever an article holds, the gate takes what is made of it: assembling and the profile know the same rules."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
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
    Output,
    Person,
    Place,
    Reference,
    Replies,
    Site,
)
from aggregator.publish import assemble, documents

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SITE = Site(title="Planet", url="https://planet.example/", id="tag:planet.example,2026:planet")

words = st.one_of(
    st.sampled_from(["", " ", "\u00a0", "\t", "<b>", "&amp;", "]]>", "a\nb", "\u200f", "\U0001f600", "x" * 300]),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=12),
)
maybe = st.none() | words
address = st.one_of(
    st.sampled_from(
        [
            *(
                "https://e.org/",
                "http://e.org:80/a?b=c&d#e",
                "https://ü.example/ä",
                "/path",
                "javascript:x",
                "//e.org/",
            ),
            *(
                "https://e.org/a b",
                'https://e.org/"<>',
                "https://user:word@e.org/",
                "https://e.org/%zz",
                "mailto:a@b.c",
            ),
            *(
                "https://",
                "http://[::1",
                "https://e.org/\u202e",
                "https://e.org/{a}|b^c`d\\",
                "HTTPS://E.ORG/",
                "urn:x:y",
            ),
        ]
    ),
    words,
)
number = st.none() | st.integers(-5, 2**70)
kind = st.sampled_from(["audio/mpeg", "audio", "text/html; charset=x", "a/b/c", "", "é/é", "*/*"])
tongue = st.none() | st.sampled_from(["en", "en_US", "zh-Hant-TW", "klingon_!", "", "x-" + "y" * 9, "de-"])
moment = st.none() | st.integers(-(2**31), 2**33).map(lambda second: datetime.fromtimestamp(second, UTC))
person = st.builds(Person, name=words, url=st.none() | address, email=maybe)
link = st.builds(
    Link,
    href=address,
    rel=st.sampled_from(
        ["alternate", "via", "related", "self", "hub", "license", "replies", "enclosure", "x y", "edit"]
    ),
    type=kind,
    hreflang=tongue,
    title=maybe,
    length=number,
)
file = st.builds(
    Enclosure,
    url=address,
    type=kind,
    length=number,
    title=maybe,
    duration=number,
    medium=maybe,
    width=number,
    height=number,
    rendition_of=st.none() | address,
)
episode = st.builds(
    Episode,
    season=number,
    season_name=maybe,
    number=st.none() | st.sampled_from(["1", "3.5", "-1", "²", "", "1e5", "nan", "12a"]),
    name=maybe,
    kind=maybe,
    explicit=st.none() | st.booleans(),
    transcripts=st.tuples(link),
    chapters=st.none() | link,
    marks=st.tuples(
        st.builds(Chapter, start=st.floats(0, 1e6), title=words, url=st.none() | address, image=st.none() | address)
    ),
    credits=st.tuples(st.builds(Credit, name=words, role=words, group=words, url=st.none() | address)),
)
degrees = st.floats(-90, 90)
place = st.builds(
    Place,
    shape=st.sampled_from(["point", "line", "polygon", "box", "circle"]),
    points=st.lists(st.tuples(degrees, degrees), min_size=1, max_size=3).map(tuple),
    radius=st.none() | st.floats(0, 1e9),
    elevation=st.none() | st.floats(-1e4, 1e5),
    name=maybe,
)
info = st.builds(
    FeedInfo,
    id=maybe | address,
    title=maybe,
    subtitle=maybe,
    url=st.none() | address,
    self_url=st.none() | address,
    language=tongue,
    authors=st.lists(person, max_size=2).map(tuple),
    rights=maybe,
    icon=st.none() | address,
    logo=st.none() | address,
    updated=moment,
)
article = st.builds(
    Article,
    key=st.just("0" * 32),
    id=st.sampled_from(["tag:https://e.org,2026:1", "urn:x:y", "https://e.org/ä", "tag:e.org,2026:1"]),
    source=st.just("blog"),
    raw_hash=st.just(b""),
    fingerprint=st.just(b""),
    title=words,
    url=st.none() | address,
    summary=maybe,
    content_html=maybe.map(
        lambda text: None if text is None else f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>"
    ),
    authors=st.lists(person, max_size=2).map(tuple),
    contributors=st.lists(person, max_size=2).map(tuple),
    published=moment,
    updated=moment,
    first_seen=st.just(NOON),
    sort_at=st.just(NOON),
    language=tongue,
    tags=st.lists(st.builds(Category, term=words, scheme=maybe | address, label=maybe), max_size=3).map(tuple),
    links=st.lists(link, max_size=4).map(tuple),
    enclosures=st.lists(file, max_size=3).map(tuple),
    episode=st.none() | episode,
    places=st.lists(place, max_size=2).map(tuple),
    in_reply_to=st.lists(
        st.builds(Reference, ref=maybe | address, href=st.none() | address, type=kind, source=st.none() | address),
        max_size=2,
    ).map(tuple),
    replies=st.none()
    | st.builds(Replies, count=number, updated=moment, feed=st.none() | address, post_to=st.none() | address),
    comments=st.none() | address,
    image=st.none() | address,
    rights=maybe,
    origin=st.none() | info,
)


@settings(max_examples=60, deadline=None)
@given(article, info)
def test_nothing_that_an_article_holds_is_refused(article: Article, info: FeedInfo) -> None:
    feed = assemble((article,), {"blog": info}, {}, SITE, Output(id="main"), first=True)
    publication = documents(feed, first=True)
    assert publication.problems == ()
    assert len(publication.feed.entries) == 1
