"""All documents of an output together: the gate, odd entries, the size limit, and what is reused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from lxml import etree

from aggregator.errors import PublishError
from aggregator.model import Category, Enclosure, FeedInfo, Link, Output, Person, Rendered
from aggregator.publish import FORMATS, documents, gate

ATOM = {"a": "http://www.w3.org/2005/Atom"}

BAD_FOR_XML = ["\x00", "\x1b", "\x0b", "\ufffe", "\uffff", "\ud800"]

ODD = {
    "no title but white space": {"title": " "},
    "tag id with a scheme in it": {"id": "tag:https://blog.example,2020:1"},
    "category scheme that is a word": {"tags": (Category(term="x", scheme="AccessClassName"),)},
    "three pages": {"links": (Link(href="https://blog.example/b"), Link(href="https://blog.example/c"))},
    "enclosures": {"enclosures": tuple(Enclosure(url=f"https://blog.example/{n}.mp3") for n in range(3))},
    "enclosure type and length": {"enclosures": (Enclosure(url="https://blog.example/a", type="audio", length=-5),)},
    "e-mail that is none": {"authors": (Person(name="Ann", email="hidden"),)},
    "no author": {"authors": ()},
    "spaces in the link": {"url": "https://blog.example/a b c"},
    "javascript as link": {"url": "javascript:alert(1)"},
    "markup in title and names": {"title": "a &#8220;<b>", "authors": (Person(name="<i>Ann</i> &amp;"),)},
    "year 1": {"published": None, "updated": None},
    "neither content nor summary": {"summary": None, "content_html": None},
    "neither page nor content": {"url": None, "summary": None, "content_html": None},
    "empty content": {"content_html": "", "summary": ""},
    "unknown relation": {"links": (Link(rel="standout", href="https://blog.example/x"),)},
    "language that is none": {"language": "klingon_!"},
    "another aggregator's entry": {"origin": FeedInfo(title="Far")},
    "C1 controls": {"title": "a\x85b\x9bc", "content_html": "<p>\x92</p>"},
    "broken HTML": {"content_html": "<p>a <b>b <![CDATA[ ]]> --> </div>"},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_article_is_published_in_every_format(name, feed, article):
    publication = documents(feed(article(1), article(2, **ODD[name]), article(3)), first=True)
    assert publication.problems == ()
    assert len(publication.feed.entries) == 3
    root = etree.fromstring(publication.documents[0].body)
    for entry in root.findall("a:entry", ATOM):
        links = [link for link in entry.findall("a:link", ATOM) if link.get("rel") == "alternate"]
        kinds = [(link.get("type"), link.get("hreflang")) for link in links]
        assert len(kinds) == len(set(kinds))
        assert links or entry.find("a:content", ATOM) is not None
        assert entry.find("a:content", ATOM) is not None or entry.find("a:summary", ATOM) is not None
        assert entry.findtext("a:author/a:name", namespaces=ATOM)


@pytest.mark.parametrize("bad", ["3f2a-bare-hex", "urn:x\ny", "/path", "urn:a b"])
def test_an_id_that_is_no_iri_is_left_out_alone_and_named(bad, feed, article):
    """The validator calls it an error (InvalidFullLink); articles get another id before they are stored."""
    publication = documents(feed(article(1), article(2, id=bad), article(3)), first=True)
    assert [entry.title for entry in publication.feed.entries] == ["Article 3", "Article 1"]
    (problem,) = publication.problems
    assert repr(bad) in problem
    assert "Element id failed to validate content" in problem


def test_odd_articles_satisfy_the_schema(shared, feed, article):
    odd = [article(n, **{"id": f"urn:odd:{n}", **said}) for n, said in enumerate(ODD.values())]
    publication = documents(feed(*odd), first=True)
    assert len(publication.feed.entries) == len(ODD)
    etree.RelaxNG(etree.parse(shared / "atom.rng")).assertValid(etree.fromstring(publication.documents[0].body))


def test_text_that_breaks_out_of_its_place_in_the_page_is_stopped_by_the_gate(feed, article):
    """It cannot come out of the cleaning; the gate is the second lock."""
    breaking = article(2, content_html='</article><article data-id="x">')
    publication = documents(feed(article(1), breaking), first=True)
    assert [entry.title for entry in publication.feed.entries] == ["Article 1"]
    (problem,) = publication.problems
    assert "as html" in problem


@pytest.mark.parametrize("character", BAD_FOR_XML, ids=ascii)
@pytest.mark.parametrize("field", ["title", "summary", "content_html", "id"])
def test_an_entry_no_xml_can_hold_is_left_out_alone_and_named(character, field, feed, article):
    poison = article(2, **{field: f"bad {character} one"})
    publication = documents(feed(article(1), poison, article(3)), first=True)
    assert [entry.title for entry in publication.feed.entries] == ["Article 3", "Article 1"]
    (problem,) = publication.problems
    assert "'main'" in problem
    assert "'The Blog'" in problem
    for each in publication.documents:
        gate.check(each, publication.feed)


def test_the_date_of_the_feed_is_that_of_what_is_really_in_it(feed, article):
    publication = documents(feed(article(1), article(2, title="\x00")), first=True)
    assert publication.feed.updated == publication.feed.entries[0].updated
    assert publication.documents[0].updated == publication.feed.updated


def test_nothing_is_published_where_no_entry_can_be(feed, article):
    with pytest.raises(PublishError, match="none of its 1 entries"):
        documents(feed(article(title="\x00")), first=True)


def test_the_first_output_is_also_the_feed_of_the_site(feed, article):
    publication = documents(feed(article()), first=True)
    bodies = {each.path: each.body for each in publication.documents}
    assert list(bodies) == [
        "feed.atom",
        "main.atom",
        "feed.rss",
        "main.rss",
        "feed.json",
        "main.json",
        "index.html",
        "main.html",
    ]
    assert bodies["feed.atom"] == bodies["main.atom"]
    assert bodies["index.html"] == bodies["main.html"]


def test_another_output_has_its_own_documents_only(assembled, article):
    made = assembled([article()], output=Output(id="cars", formats=("rss", "json")), first=False)
    assert [each.path for each in documents(made, first=False).documents] == ["cars.rss", "cars.json"]


@pytest.mark.parametrize("name", ["feed", "index", "opml", "style"])
def test_an_output_cannot_take_the_place_of_another_document(name, assembled):
    with pytest.raises(PublishError, match="choose another id"):
        documents(assembled([], output=Output(id=name), first=False), first=False)


def test_the_first_output_may_be_called_feed(assembled):
    made = documents(assembled([], output=Output(id="feed"), first=True), first=True)
    assert [each.path for each in made.documents] == ["feed.atom", "feed.rss", "feed.json", "index.html", "feed.html"]


def test_an_unknown_format_is_refused_by_name(assembled):
    with pytest.raises(PublishError, match="unknown format 'gopher'"):
        documents(assembled([], output=Output(id="main", formats=("gopher",)), first=True), first=True)


def test_no_document_grows_over_the_limit_and_the_newest_entries_stay(feed, article):
    """O14: 5,000,000 bytes."""
    large = [article(n, content_html="<p>" + "x" * 400_000 + "</p>") for n in range(20)]
    publication = documents(feed(*large), first=True)
    assert [entry.title for entry in publication.feed.entries] == [f"Article {n}" for n in range(19, 7, -1)]
    assert all(4_500_000 < len(each.body) <= gate.MAX_BYTES for each in publication.documents)
    (problem,) = publication.problems
    assert "the newest 12 of 20 entries" in problem


def test_an_entry_that_would_fill_half_a_document_is_left_out_and_the_rest_stays(feed, article):
    publication = documents(feed(article(1), article(2, content_html="&lt;" * 700_000)), first=True)
    assert [entry.title for entry in publication.feed.entries] == ["Article 1"]
    assert "bytes as" in publication.problems[0]


def test_an_unchanged_entry_is_not_rendered_again_and_the_bytes_are_the_same(feed, article, monkeypatch):
    first = documents(feed(article(1), article(2)), first=True)
    rendered = []
    counted = {
        name: replace(kind, entry=lambda entry, kind=kind: (rendered.append(entry.id), kind.entry(entry))[1])
        for name, kind in FORMATS.items()
    }
    monkeypatch.setattr("aggregator.publish.FORMATS", counted)
    changed = feed(article(1), article(2, title="New title"), article(3))
    again = documents(changed, first=True, previous=first)
    assert sorted(set(rendered)) == ["tag:blog.example,2026:2", "tag:blog.example,2026:3"]
    assert again.documents == documents(changed, first=True).documents


def changed(rendered: Rendered, body: bytes) -> Rendered:
    return replace(rendered, body=body)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("harm", ["cut", "one entry less", "one entry twice", "an entry of another", "too large"])
def test_the_gate_refuses_a_document_that_is_not_sound(name, harm, feed, article):
    made = feed(article(1), article(2))
    rendered = Rendered(path=f"main.{name}", media_type="", body=FORMATS[name].render(made), updated=made.updated)
    gate.check(rendered, made)
    one, two = (FORMATS[name].entry(entry) for entry in made.entries)
    frame = FORMATS[name].frame(made)
    other = FORMATS[name].entry(feed(article(9)).entries[0])
    body = {
        "cut": rendered.body[: len(rendered.body) // 2],
        "one entry less": frame.filled([one]),
        "one entry twice": frame.filled([one, one]),
        "an entry of another": frame.filled([one, other]),
        "too large": rendered.body + b" " * gate.MAX_BYTES,
    }[harm]
    with pytest.raises(PublishError, match=rf"main\.{name} was not published, the last good one stays"):
        gate.check(changed(rendered, body), made)
    assert two != other


def test_the_gate_refuses_an_empty_document_of_a_feed_with_entries(feed, article):
    made = feed(article())
    body = FORMATS["json"].render(feed())
    assert json.loads(body)["items"] == []
    with pytest.raises(PublishError, match="0 entries where 1"):
        gate.check(Rendered(path="main.json", media_type="", body=body, updated=made.updated), made)


def test_the_gate_refuses_two_entries_with_one_id(feed, article):
    made = feed(article())
    twice = replace(made, entries=made.entries * 2)
    body = FORMATS["atom"].render(twice)
    with pytest.raises(PublishError, match="the same id"):
        gate.check(Rendered(path="main.atom", media_type="", body=body, updated=made.updated), twice)
