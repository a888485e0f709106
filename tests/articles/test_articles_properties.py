"""What holds for whatever a source may say."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.articles import identify, normalise
from aggregator.articles.clean import clean, text_of, text_of_clean
from aggregator.articles.urls import absolute, canonical, is_iri, srcset, untracked
from aggregator.model import (
    Article,
    Category,
    Enclosure,
    Episode,
    FeedInfo,
    Link,
    ParsedEntry,
    ParsedFeed,
    Person,
    Place,
    Reference,
    Replies,
    Source,
    Text,
    Wishes,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = Source(id="s", url="https://s.example/feed", tags=("ours",))
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]")

NAMES = "a b p div span table tr td th tbody caption li ul dd dl h1 pre form button object svg math script style"
NAMES += " template select option img iframe noscript video source title textarea br details summary q ruby rt x-y body"
VALUES = [
    "x",
    "/a",
    "https://a.example/b c",
    "javascript:x",
    "1",
    '"',
    "&quot;",
    "data:image/gif;base64,x",
    "a 1x, b 2x",
]
attributes = st.lists(
    st.tuples(
        st.sampled_from(["href", "src", "srcset", "data-src", "onload", "style", "title", "cite", "poster", "width"]),
        st.sampled_from(VALUES) | st.text(max_size=5),
    ),
    max_size=2,
).map(lambda pairs: "".join(f' {name}="{value}"' for name, value in pairs))
markup = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(NAMES.split()), attributes).map(lambda tag: f"<{tag[0]}{tag[1]}>"),
        st.sampled_from(NAMES.split()).map(lambda name: f"</{name}>"),
        st.sampled_from(
            ["<!--", "-->", "<![CDATA[", "]]>", "&", "&lt;", "&#1;", "&#xd800;", "\n", "<", ">", "\x92", "x"]
        ),
        st.text(max_size=6),
    ),
    max_size=25,
).map("".join)
wild = st.one_of(
    st.text(alphabet=st.characters(), max_size=40),
    st.text(alphabet="ab:/?#[]@%&=;., \n\t\\<>\"'äあ\ud800\x00\x85\ufffe", max_size=40),
    markup,
    st.sampled_from(
        ["https://a.example/ä?b#c", "//h", "http://[", "http://h:99999", "mailto:x", "javascript:x", "", " "]
    ),
)
maybe = st.none() | wild
dates = st.none() | st.datetimes(timezones=st.just(UTC))
counts = st.none() | st.integers(-(2**70), 2**70)
people = st.lists(st.builds(Person, name=maybe, url=maybe, email=maybe), max_size=2).map(tuple)
texts = st.builds(
    Text,
    value=wild,
    type=st.sampled_from(["text/plain", "text/html", "application/xhtml+xml", "image/png", "", "html"]) | wild,
    language=maybe,
    base=maybe,
)
links = st.builds(
    Link,
    href=wild,
    rel=st.sampled_from(["alternate", "via", "enclosure", "replies"]),
    type=maybe, hreflang=maybe, title=maybe, length=counts,
)  # fmt: skip
infos = st.builds(
    FeedInfo,
    contributors=people,
    categories=st.lists(st.builds(Category, term=wild, scheme=maybe, label=maybe), max_size=2).map(tuple),
    links=st.lists(links, max_size=2).map(tuple),
    licence=maybe, new_url=maybe,
    id=maybe, title=maybe, url=maybe, self_url=maybe, language=maybe, authors=people, rights=maybe, icon=maybe,
    updated=dates,
)  # fmt: skip
entries = st.builds(
    ParsedEntry,
    raw_id=maybe,
    raw_id_is_permalink=st.booleans(),
    raw_hash=st.just(b"x"),
    position=st.integers(0, 3000),
    links=st.lists(links, max_size=3).map(tuple),
    title=st.none() | texts,
    summary=st.none() | texts,
    contents=st.lists(texts, max_size=2).map(tuple),
    authors=people,
    contributors=people,
    categories=st.lists(st.builds(Category, term=wild, scheme=maybe, label=maybe), max_size=2).map(tuple),
    published=dates,
    updated=dates,
    enclosures=st.lists(
        st.builds(
            Enclosure,
            url=wild, type=maybe, length=counts, title=maybe, duration=counts, medium=maybe, width=counts,
            height=counts, rendition_of=maybe,
        ),
        max_size=2,
    ).map(tuple),
    image=maybe,
    language=maybe,
    rights=maybe,
    comments=maybe,
    base=maybe,
    source=st.none() | infos,
    attribution=maybe,
    canonical=maybe,
    episode=st.none()
    | st.builds(
        Episode,
        season=counts, season_name=maybe, number=maybe, name=maybe, kind=maybe,
        transcripts=st.lists(links, max_size=2).map(tuple), chapters=st.none() | links,
    ),
    places=st.lists(
        st.builds(
            Place,
            shape=wild,
            points=st.lists(st.tuples(st.floats(), st.floats()), max_size=2).map(tuple),
            radius=st.none() | st.floats(),
            elevation=st.none() | st.floats(),
            name=maybe,
        ),
        max_size=2,
    ).map(tuple),
    in_reply_to=st.lists(
        st.builds(Reference, ref=maybe, href=maybe, type=maybe, source=maybe), max_size=2
    ).map(tuple),
    replies=st.none() | st.builds(Replies, count=counts, updated=dates, feed=maybe, post_to=maybe),
    licence=maybe,
    wishes=st.none() | st.builds(Wishes, access=maybe, index=st.none() | st.booleans()),
)  # fmt: skip


class References(HTMLParser):
    """All addresses in HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "poster", "cite"):
                self.found.append(value or "")
            elif name == "srcset":
                self.found.extend(each.split()[0] for each in (value or "").split(","))


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for each in value for text in strings(each)]
    slots = getattr(value, "__dataclass_fields__", ())
    return [text for name in slots for text in strings(getattr(value, name))]


def sound(article: Article) -> None:
    for text in strings(article):
        assert not NOT_XML.search(text), repr(text)
    assert article.title.strip() == article.title != ""
    assert len(article.title.encode()) <= 1024
    assert article.authors
    assert all(author.name for author in article.authors)
    assert is_iri(article.id)
    assert len({tag.term.casefold() for tag in article.tags}) == len(article.tags)
    addresses = [article.url, article.image, article.comments, *(link.href for link in article.links)]
    addresses += [enclosure.url for enclosure in article.enclosures]
    addresses += [enclosure.rendition_of for enclosure in article.enclosures]
    addresses += [article.canonical, article.licence]
    addresses += [address for each in article.in_reply_to for address in (each.href, each.source)]
    if article.replies is not None:
        addresses += [article.replies.feed, article.replies.post_to]
    if article.episode is not None:
        addresses += [each.href for each in article.episode.transcripts]
        assert re.fullmatch(r"[0-9.]+", article.episode.number or "0")
    for place in article.places:
        assert place.points
        assert all(abs(latitude) <= 90 and abs(longitude) <= 180 for latitude, longitude in place.points)
        assert all(math.isfinite(each) for each in (place.radius or 0.0, place.elevation or 0.0))
    if article.wishes is not None:
        assert article.wishes.access in (None, "allow", "deny")
    for address in filter(None, addresses):
        assert re.match(r"https?://[^/\s]", address, re.IGNORECASE)
    for address in References(article.content_html or "").found:
        assert re.match(r"https?://[^/\s]|mailto:.", address, re.IGNORECASE), address
    assert article.sort_at <= article.first_seen == NOW
    for number in (*(link.length for link in article.links), *(each.length for each in article.enclosures)):
        assert number is None or 0 <= number < 2**63
    assert text_of_clean(article.content_html or "") == text_of(article.content_html or "")


@settings(max_examples=100, deadline=None)
@given(st.lists(entries, max_size=3), infos)
def test_whatever_a_source_says_becomes_sound_articles(claimed: list[ParsedEntry], info: FeedInfo) -> None:
    identified = identify(ParsedFeed(entries=tuple(claimed), road="t"), SOURCE)
    assert len({each.key for each in identified}) == len(identified)
    articles = normalise(identified, info, SOURCE, NOW)
    assert len(articles) == len(identified)
    for article in articles:
        sound(article)
    again = normalise(identified, info, SOURCE, NOW + timedelta(days=1))
    assert [each.fingerprint for each in again] == [each.fingerprint for each in articles]


@settings(max_examples=400, deadline=None)
@given(markup, maybe)
def test_cleaning_is_idempotent(html: str, base: str | None) -> None:
    once = clean(html, base)
    assert clean(once, base) == once
    assert clean(once) == once
    assert not NOT_XML.search(once)


@settings(max_examples=300, deadline=None)
@given(wild, maybe)
def test_addresses_are_sound_and_settled(ref: str, base: str | None) -> None:
    made = absolute(ref, base)
    if made is not None:
        assert absolute(made) == made
        assert is_iri(made) or made.startswith("mailto:")
        assert canonical(canonical(made)) == canonical(made)
        assert untracked(untracked(made)) == untracked(made)
    candidates = srcset(ref, base)
    assert candidates is None or srcset(candidates, None) == candidates
