"""One poisoned entry changes nothing for the others: it is published validly, or left out alone and named.

A file in ``poison/`` for each class of mistake that a naive merge of real feeds makes, under the W3C validator's name
where it has one, and for those of its catalogue that no real feed has made so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import validator

from aggregator.articles import identify, normalise, normalise_info
from aggregator.model import Document, Output, Person, PublishedEntry, Site, Source
from aggregator.parse import parse
from aggregator.publish import Publication, assemble, documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from aggregator.model import Article, FeedInfo

POISON = Path(__file__).parent / "poison"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SITE = Site(title="Planet", url="https://planet.example/", id="tag:planet.example,2026:planet", language="en")
HEALTHY = b"""<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:healthy</id><title>Healthy</title>
<link href="https://healthy.example/"/><author><name>Hal</name></author>
<entry><id>urn:healthy:1</id><title>One</title><updated>2026-11-01T09:00:00Z</updated>
<link href="https://healthy.example/1"/><content type="html">&lt;p&gt;One.&lt;/p&gt;</content></entry>
<entry><id>urn:healthy:2</id><title>Two</title><updated>2026-11-03T09:00:00Z</updated>
<link href="https://healthy.example/2"/><content type="html">&lt;p&gt;Two.&lt;/p&gt;</content></entry></feed>"""
CHECKS = {"atom": validator.atom, "rss": validator.rss, "json": validator.json_feed}
BIG = (b"@3,000,000 letters@", b"letters " * 375_000)


@dataclass(frozen=True)
class Read:
    """What is held of one source."""

    source: Source
    info: FeedInfo
    articles: tuple[Article, ...]


@cache
def read(name: str) -> Read:
    body = HEALTHY if name == "healthy" else (POISON / name).read_bytes().replace(*BIG)
    source = Source(id=name, url=f"https://{'healthy' if name == 'healthy' else 'poison'}.example/feed")
    said = parse((Document(body=body, url=source.url or ""),), source, NOW)
    held = normalise(identify(said, source), said.info, source, NOW)
    return Read(source, normalise_info(said.info, source.url), held)


def merged(*names: str) -> Publication:
    every = [read(each) for each in names]
    feed = assemble(
        [article for each in every for article in each.articles],
        {each.source.id: each.info for each in every},
        {each.source.id: each.source for each in every},
        SITE,
        Output(id="main"),
        first=True,
    )
    return documents(feed, first=True)


def entry_of(name: str) -> PublishedEntry:
    """The newest poisoned entry as it is published."""
    found = [each for each in merged("healthy", name).feed.entries if not each.id.startswith("urn:healthy:")]
    assert found, f"{name} is not published"
    return found[0]


CASES = sorted(path.name for path in POISON.iterdir())


def test_there_is_a_case_for_each_class() -> None:
    assert len(CASES) > 45


@pytest.mark.parametrize("name", CASES)
def test_the_healthy_entries_are_the_same_bytes(name: str) -> None:
    alone, together = merged("healthy"), merged("healthy", name)
    for entry in alone.feed.entries:
        assert together.pieces[entry] == alone.pieces[entry]
        for document in together.documents:
            piece = alone.pieces[entry][document.path.rpartition(".")[2]]
            assert document.body.count(piece) == 1, document.path


ACCEPTED = {
    "ImplausibleDate-2099.atom": {"ImplausibleDate: tag:poison.example,2026:1 published 2099-12-31T00:00:00+00:00"}
}
"""A date to come is its source's word and stays (docs/dates.md); only the place and ``updated`` are of today."""


@pytest.mark.parametrize("name", CASES)
def test_o1_every_document_is_valid(name: str) -> None:
    for document in merged("healthy", name).documents:
        form = document.path.rpartition(".")[2]
        if form in CHECKS and document.path.startswith("feed."):
            found = CHECKS[form](document.body, f"https://planet.example/{document.path}", NOW)
            assert [each for each in found if "date_published" not in each or name not in ACCEPTED] == sorted(
                ACCEPTED.get(name, ()) if form == "atom" else ()
            )


@pytest.mark.parametrize("name", CASES)
def test_the_poison_is_published(name: str) -> None:
    """None of these has to be left out. What cannot be published at all is in test_publication.py."""
    publication = merged("healthy", name)
    expected = {each.id for each in read(name).articles}
    assert expected
    assert expected <= {each.id for each in publication.feed.entries}
    assert publication.problems == ()


MINTED = "urn:uuid:"
BECOMES: dict[str, Callable[[PublishedEntry], object]] = {
    "MissingSourceElement.rss": lambda one: one.source.id and one.source.title and one.source.updated,
    "MissingElement-author.rss": lambda one: one.authors == (Person(name="poison.example"),),
    "InvalidFullLink-uuid.rss": lambda one: one.id.startswith(MINTED),
    "InvalidFullLink-path.rss": lambda one: one.id.startswith(MINTED),
    "InvalidFullLink-hex.rss": lambda one: one.id.startswith(MINTED),
    "InvalidFullLink-scheme.atom": lambda one: (
        [(each.term, each.scheme) for each in one.categories] == [("x", None), ("y", None)]
    ),
    "DuplicateAtomLink.atom": lambda one: (
        [each.rel for each in one.links] == ["alternate", "enclosure", "related", "related"]
    ),
    "InvalidAddrSpec.atom": lambda one: (
        [(each.name, each.email) for each in one.authors]
        in ([("Ann", None), ("Bob", None)], [("Ann", None), ("Bob", "bob@poison.example")])
    ),
    "InvalidUriChar.rss": lambda one: (
        one.id.startswith(MINTED) and one.url == "https://poison.example/a%20b%7Cc?q=%22x%22"
    ),
    "InvalidTAG.atom": lambda one: one.id == "tag:https://poison.example,2020:1",
    "UnexpectedWhitespace.atom": lambda one: one.id == "tag:poison.example,2026:1",
    "DuplicateEntries.atom": lambda one: one.title == "Poison, later",
    "NotHtml.atom": lambda one: "soup" in (one.content_html or "") and "svg" not in (one.content_html or ""),
    "DangerousStyleAttr.atom": lambda one: one.content_html == "<p>styled</p>",
    "SecurityRisk.atom": lambda one: "<p>risky</p>" in (one.content_html or ""),
    "ContainsHTML.rss": lambda one: one.title == "R&D “quoted” bold" and "<" not in (one.authors[0].name or ""),
    "ImplausibleDate-year-1.atom": lambda one: one.updated.year == 2026 and one.published is None,
    "ImplausibleDate-1970.atom": lambda one: one.updated.year == 2026 and one.published is None,
    "ImplausibleDate-2099.atom": lambda one: one.updated == NOW,
    "SchemeNotIANARegistered.atom": lambda one: one.id == "yt:video:dQw4w9WgXcQ",
    "MissingTextualContent.atom": lambda one: one.summary == "Poison",
    "NotBlank.atom": lambda one: one.content_html is None and one.summary == "Poison" and one.rights is None,
    "BadCharacters.atom": lambda one: one.title == "Poison – ’quoted’" and "“text”" in (one.content_html or ""),
    "UnregisteredAtomLinkRel.atom": lambda one: [each.rel for each in one.links] == ["alternate"],
    "control-characters.atom": lambda one: one.title.startswith("Poison"),
    "control-characters.json": lambda one: one.title.startswith("Poison"),
    "ContainsRelRef.rss": lambda one: 'href="https://poison.example/x"' in (one.content_html or ""),
    "InvalidContact.rss": lambda one: (one.authors[0].name or "").startswith("Ann"),
    "InvalidRFC2822Date.rss": lambda one: one.published is None and one.updated == NOW,
    "InvalidRFC3339Date.atom": lambda one: one.published is None,
    "InvalidMIMEType.rss": lambda one: one.enclosures[0].type is None,
    "InvalidNonNegativeInteger.rss": lambda one: [each.length for each in one.enclosures] == [None, None],
    "InvalidLanguage.atom": lambda one: one.language in (None, "de-DE", "de"),
    "MissingXhtmlDiv.atom": lambda one: "without" in (one.content_html or ""),
    "MissingHref.atom": lambda one: [each.rel for each in one.links] == ["alternate"],
    "RelativeSelf.atom": lambda one: one.source.self_url == "https://poison.example/feed",
    "UnexpectedContentType.atom": lambda one: one.content_html == "<p>A picture.</p>",
    "ValidatorLimit.atom": lambda one: len(one.content_html or "") < 512 * 1024,
    "EncodingMismatch.atom": lambda one: one.title == "Pöison",
    "MediaGroupWithoutAlternatives.rss": lambda one: (
        [each.href for each in one.enclosures] == ["https://poison.example/a.mp4"]
    ),
    "FeedHistoryRelInEntry.atom": lambda one: [each.rel for each in one.links] == ["alternate"],
    "no-title.atom": lambda one: one.title == "Text.",
    "no-id.atom": lambda one: one.id.startswith(MINTED) or one.id.startswith("https://poison.example/"),
    "no-link-nor-content.atom": lambda one: one.content_html == "<p>Poison</p>",
    "javascript.atom": lambda one: one.links == (),
    "two-sources.atom": lambda one: one.source.title in ("One", "Two"),
}
"""What becomes of it."""


@pytest.mark.parametrize("name", BECOMES)
def test_what_becomes_of_the_poison(name: str) -> None:
    assert BECOMES[name](entry_of(name))


def test_o6_an_existing_source_is_kept_and_no_other_mixed_into_it() -> None:
    """A nested aggregator: RFC 4287 4.2.11."""
    one = entry_of("nested-source.atom")
    assert (one.source.id, one.source.title, one.source.self_url) == (
        "tag:origin.example,2020:feed",
        "Origin",
        "https://origin.example/feed",
    )
    assert (one.authors, one.source.authors) == ((Person(name="Olga"),), (Person(name="Olga"),))
    assert (one.rights, one.source.rights) == ("CC BY", "(c) Olga")


def test_o7_the_rights_of_a_feed_are_carried_into_the_source_of_its_entries() -> None:
    assert entry_of("rights-inherited.atom").source.rights == "(c) Poe <all> reserved"
    (atom, rss) = (merged("rights-inherited.atom").documents[place].body for place in (0, 2))
    assert b'<rights type="text">(c) Poe &lt;all&gt; reserved</rights>' in atom
    assert b"<dc:rights>(c) Poe &lt;all&gt; reserved</dc:rights>" in rss


def test_o8_no_signature_of_another_is_claimed() -> None:
    """A source element breaks an enveloped signature (RFC 4287 5.1), so none is passed on."""
    for document in merged("Signature.atom").documents:
        assert b"Signature" not in document.body
        assert b"xmldsig" not in document.body


def test_o12_only_characters_of_xml_are_published() -> None:
    for name in ("control-characters.atom", "control-characters.json", "BadCharacters.atom"):
        for document in merged(name).documents:
            text = document.body.decode("utf-8")
            assert not {*map(chr, range(32)), "\ufffe", "\uffff", "\ufffd"} - set("\n\r\t") & set(text)
