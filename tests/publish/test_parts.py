"""A document is cut where its entries end, whatever they say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from aggregator.model import Article, Category, Enclosure, Output, Person, Site
from aggregator.publish import FORMATS, assemble, documents
from aggregator.publish.parts import MARK, marks, without

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SITE = Site(title="Planet </channel><item>", url="https://planet.example/", id="tag:planet.example,2026:planet")
TRICKS = (
    "</entry>\n<entry><id>x</id></entry>",
    "</item>\n<item><guid>x</guid></item>",
    '"},\n{"id":"x"},\n{',
    '"items":[\n{"id":"x"}\n]}\n',
    "]]></entry>\n<entry><![CDATA[",
    "<!-- </entry>\n<entry> -->",
    '<at:deleted-entry ref="x"/>',
    "\n,\n\n",
)


def article(n: int, text: str = "text", **fields: object) -> Article:
    given: dict[str, object] = {
        "key": f"{n:032x}",
        "id": f"urn:article:{n}",
        "source": "blog",
        "raw_hash": b"",
        "fingerprint": b"",
        "title": text.replace("\n", " ") or "?",
        "summary": text,
        "content_html": f"<p>{text}</p>",
        "url": f"https://blog.example/{n}",
        "authors": (Person(name=text.replace("\n", " ") or "?"),),
        "tags": (Category(term=text.replace("\n", " ") or "?"),),
        "first_seen": NOON,
        "sort_at": NOON - timedelta(minutes=n),
    }
    return Article(**(given | fields))  # type: ignore[arg-type]  # what a test says


def published(*articles: Article, withdrawn: tuple[Article, ...] = ()) -> dict[str, bytes]:
    feed = assemble(articles, {}, {}, SITE, Output(id="main"), first=False, withdrawn=withdrawn)
    return {each.path.partition(".")[2]: each.body for each in documents(feed, first=False).documents}


def ids(extension: str, body: bytes) -> list[str]:
    if extension == "json":
        return [each["id"] for each in json.loads(body)["items"]]
    if extension == "rss":
        return [each.findtext("guid") for each in etree.fromstring(body).iterfind("channel/item")]
    atom = "{http://www.w3.org/2005/Atom}"
    return [each.findtext(f"{atom}id") for each in etree.fromstring(body).iterfind(f"{atom}entry")]


def graves(body: bytes) -> list[str]:
    found = etree.fromstring(body).iterfind("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    return [each.get("ref") for each in found]


@pytest.mark.parametrize("extension", ["atom", "rss", "json"])
def test_only_what_is_not_known_is_left_and_the_frame_stays(extension: str) -> None:
    before = published(article(2), article(3))[extension]
    after = published(article(1), article(2), article(3, "edited"))[extension]
    delta = without(extension, after, frozenset(marks(extension, before)))
    assert delta is not None
    assert ids(extension, delta) == ["urn:article:1", "urn:article:3"]
    assert without(extension, after, frozenset()) == after
    start = min(after.find(each) for each in (b"<entry", b"<item>", b'{"id"') if each in after)
    assert delta.startswith(after[:start])
    assert delta.endswith(after[-10:])


@pytest.mark.parametrize("extension", ["atom", "rss", "json"])
def test_a_document_without_anything_new_is_still_a_feed(extension: str) -> None:
    body = published(article(1))[extension]
    delta = without(extension, body, frozenset(marks(extension, body)))
    assert delta is not None
    assert ids(extension, delta) == []
    empty = published()[extension]
    assert (without(extension, empty, frozenset()), marks(extension, empty)) == (empty, ())


def test_tombstones_are_cut_as_entries_are() -> None:
    gone = (article(8, deleted_at=NOON, deleted_by="publisher"), article(9, id="urn:b>", deleted_at=NOON))
    unexplained = replace(gone[0], id="urn:c", deleted_by="x")
    before = published(article(1), withdrawn=gone[:1])["atom"]
    after = published(article(1), withdrawn=(*gone, unexplained))["atom"]
    delta = without("atom", after, frozenset(marks("atom", before)))
    assert delta is not None
    assert graves(after) == ["urn:article:8", "urn:b>", "urn:c"]
    assert (ids("atom", delta), graves(delta)) == ([], ["urn:b>", "urn:c"])


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("extension", ["atom", "rss", "json"])
def test_no_content_can_fool_it(extension: str, trick: str) -> None:
    tricky = [article(n, f"{trick} {n}") for n in range(3)]
    gone = article(9, id=f"urn:{trick}".replace("\n", ""), deleted_at=NOON)
    body = published(*tricky, withdrawn=(gone,))[extension]
    found = marks(extension, body)
    assert len(found) == 3 + (extension == "atom")
    for place, wanted in enumerate(["urn:article:0", "urn:article:1", "urn:article:2"]):
        delta = without(extension, body, {*found} - {found[place]})
        assert delta is not None
        assert ids(extension, delta) == [wanted]


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(
        st.lists(st.sampled_from([*TRICKS, "a", " ", "é", "<", ">", '"', "\\"])).map("".join), min_size=1, max_size=4
    ),
    data=st.data(),
)
def test_every_choice_of_entries_is_cut_exactly(texts: list[str], data: st.DataObject) -> None:
    for extension, body in published(*(article(n, text) for n, text in enumerate(texts))).items():
        if extension == "html":
            continue
        found = marks(extension, body)
        everything = ids(extension, body)
        wanted = data.draw(st.sets(st.sampled_from(range(len(texts)))))
        delta = without(extension, body, {each for n, each in enumerate(found) if n not in wanted})
        assert delta is not None
        assert ids(extension, delta) == [each for n, each in enumerate(everything) if n in wanted]


def test_pages_and_complete_feeds_are_not_cut() -> None:
    body = published(article(1))
    assert (without("html", body["html"], frozenset()), marks("html", body["html"])) == (None, None)
    complete = body["atom"].replace(
        b"<id>", b'<fh:complete xmlns:fh="http://purl.org/syndication/history/1.0"/><id>', 1
    )
    assert (without("atom", complete, frozenset()), marks("atom", complete)) == (None, None)


@pytest.mark.parametrize("extension", ["atom", "rss", "json"])
def test_what_is_no_document_of_ours_is_not_cut(extension: str) -> None:
    body = published(article(1), article(2))[extension]
    for wrong in (b"", b"{}", body.replace(b"\n", b" "), body.replace(b"\n", b"\n\n")):
        assert without(extension, wrong, frozenset()) in (None, wrong)


def test_a_mark_has_eight_bytes_and_every_feed_format_is_cut() -> None:
    body = published(article(1), article(2))
    assert {name for name in FORMATS if marks(name, body[name])} == set(FORMATS) - {"html"}
    assert {len(each) for each in marks("atom", body["atom"])} == {MARK} == {8}


def test_a_cut_entry_has_the_bytes_of_the_whole_document() -> None:
    enclosed = article(1, enclosures=(Enclosure(url="https://blog.example/a.mp3", type="audio/mpeg", length=1),))
    whole = published(enclosed, article(2))["atom"]
    delta = without("atom", whole, frozenset(marks("atom", published(article(2))["atom"])))
    assert delta is not None
    lines = whole.split(b"\n")
    assert delta.split(b"\n") == [each for each in lines if b"<id>urn:article:2</id>" not in each]
