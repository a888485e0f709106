"""One archive document: what RFC 5005 section 4 wants of it, and that what is in it stays to the byte."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import validator
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from aggregator.errors import PublishError
from aggregator.publish import archive
from aggregator.publish.chain import Links

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aggregator.model import Article, PublishedFeed, Rendered

SITE = "https://planet.example/"
ATOM = "{http://www.w3.org/2005/Atom}"
FH = "{http://purl.org/syndication/history/1.0}"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def made(feed: Callable[..., PublishedFeed], article: Callable[..., Article]) -> Callable[..., Rendered]:
    """``made(number, before, after, *articles)``: a document, and the output it is of."""

    def make(number: int, before: int | None, after: int | None, *articles: Article) -> Rendered:
        whole = feed(*(articles or [article(each) for each in range(3)]))
        stands = archive.standing(whole, SITE, number, Links(before=before, after=after))
        return archive.document(whole, {each: archive.rendered(each) for each in whole.entries}, stands, number)

    return make


def links(body: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in etree.fromstring(body).iterfind(f"{ATOM}link"):
        found.setdefault(each.get("rel"), []).append(each.get("href"))
    return found


def test_it_is_a_feed_document_of_its_output_that_says_where_it_stands(made: Callable[..., Rendered]) -> None:
    """O15."""
    document = made(4, 3, 5)
    root = etree.fromstring(document.body)
    assert document.path == "main/archive/4.atom"
    assert root.findtext(f"{ATOM}id") == "tag:planet.example,2026:planet"
    assert len(root.findall(f"{FH}archive")) == 1
    assert root.find(f"{FH}archive").text is None, "RFC 5005: an empty element"
    assert links(document.body) == {
        "alternate": ["https://planet.example/"],
        "self": ["https://planet.example/main/archive/4.atom"],
        "current": ["https://planet.example/feed.atom"],
        "prev-archive": ["https://planet.example/main/archive/3.atom"],
        "next-archive": ["https://planet.example/main/archive/5.atom"],
    }, "no hub: nobody can subscribe to what does not change"


def test_the_first_and_the_last_have_one_link_less(made: Callable[..., Rendered]) -> None:
    assert "prev-archive" not in links(made(1, None, 2).body)
    assert "next-archive" not in links(made(2, 1, None).body)


def test_the_validator_finds_nothing(made: Callable[..., Rendered], shared: Path) -> None:
    document = made(4, 3, 5)
    assert validator.atom(document.body, f"{SITE}{document.path}", NOW) == []
    etree.RelaxNG(etree.parse(shared / "atom.rng")).assertValid(etree.fromstring(document.body))


def test_what_the_validator_knows_of_archives(
    made: Callable[..., Rendered], feed: Callable[..., PublishedFeed]
) -> None:
    """O15 to O17: FeedHistoryRelInEntry, MissingCurrentInArchive and ArchiveIncomplete of the validator."""
    root = etree.fromstring(made(4, 3, 5).body)
    history = {"prev-archive", "next-archive", "current", "first", "last", "previous", "next"}
    assert not [
        each for each in root.iter(f"{ATOM}link") if each.getparent() is not root and each.get("rel") in history
    ]
    assert [each.get("rel") for each in root.iterfind(f"{ATOM}link")].count("current") == 1
    assert root.find(f"{FH}complete") is None, "a document is an archive, or complete"


def test_the_subscription_document_leads_to_the_newest(feed: Callable[..., PublishedFeed]) -> None:
    from aggregator.publish.assemble import history_of
    from aggregator.publish.atom import ATOM as FORMAT

    body = FORMAT.render(replace(feed(), history=history_of(f"{SITE}main/archive/7.atom")))
    assert links(body)["prev-archive"] == [f"{SITE}main/archive/7.atom"]
    assert "current" not in links(body)
    assert etree.fromstring(body).find(f"{FH}archive") is None
    assert archive.previous(body) == f"{SITE}main/archive/7.atom"
    assert archive.number_in(archive.previous(body)) == 7
    assert archive.previous(FORMAT.render(feed())) is None
    assert archive.number_in(None) is None


def test_entries_are_the_same_bytes_as_in_the_subscription_document(
    made: Callable[..., Rendered], feed: Callable[..., PublishedFeed], article: Callable[..., Article]
) -> None:
    from aggregator.publish.atom import ATOM as FORMAT

    articles = [article(each) for each in range(3)]
    subscribed = FORMAT.render(feed(*articles))
    for each in archive.entries_of(made(1, None, None, *articles).body):
        assert each.piece in subscribed


def test_a_document_that_is_linked_anew_changes_in_nothing_else(made: Callable[..., Rendered]) -> None:
    document = made(4, 3, None)
    stands = archive.standing_of(document.body)
    assert archive.moved(document.body, stands) == document.body
    following = replace(stands, links={**stands.links, "next-archive": f"{SITE}main/archive/5.atom"})
    moved = archive.moved(document.body, following)
    assert moved == made(4, 3, 5).body
    assert archive.moved(moved, stands) == document.body


def test_a_document_can_get_another_id_and_site(made: Callable[..., Rendered]) -> None:
    body = made(4, 3, 5).body
    elsewhere = archive.Standing(
        feed_id="urn:x:<&>", links={"self": "https://new.example/a?b&c", "current": "https://x/"}
    )
    moved = archive.moved(body, elsewhere)
    assert archive.standing_of(moved) == elsewhere
    assert archive.entries_of(moved) == archive.entries_of(body)
    assert etree.fromstring(moved).findtext(f"{ATOM}id") == "urn:x:<&>"


def test_an_entry_is_cut_out_and_the_others_stay_to_the_byte(
    made: Callable[..., Rendered], article: Callable[..., Article]
) -> None:
    articles = [
        article(each, title=f"<entry> & {each}", content_html=f"<p>&lt;entry&gt; {each}</p>") for each in range(4)
    ]
    body = made(4, 3, 5, *articles).body
    before = archive.entries_of(body)
    assert [each.id for each in before] == [f"tag:blog.example,2026:{each}" for each in (3, 2, 1, 0)]
    for gone in ([0], [3], [1, 2], [0, 1, 2, 3]):
        ids = {f"tag:blog.example,2026:{each}" for each in gone}
        cut = archive.without(body, ids)
        assert archive.entries_of(cut) == tuple(each for each in before if each.id not in ids)
        assert archive.standing_of(cut) == archive.standing_of(body)
        etree.fromstring(cut)
    assert archive.without(body, set()) == body


def test_of_an_entry_its_own_id_and_dates_are_read_and_not_those_of_its_source(
    made: Callable[..., Rendered], article: Callable[..., Article]
) -> None:
    one = article(1)
    (said,) = archive.entries_of(made(1, None, None, one).body)
    assert (said.id, said.updated, said.published) == (one.id, one.published, one.published)


@pytest.mark.parametrize("body", [b"", b"<feed></feed>", b"\0\1", b"<html><body>404</body></html>"])
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="id"):
        archive.standing_of(body)


def test_a_document_that_is_not_what_was_rendered_is_refused(
    feed: Callable[..., PublishedFeed], article: Callable[..., Article]
) -> None:
    whole = feed(article(1), article(2))
    stands = archive.standing(whole, SITE, 1, Links())
    twice = replace(whole.entries[1], id=whole.entries[0].id)
    with pytest.raises(PublishError, match="same id"):
        archive.document(whole, {whole.entries[0]: b"<entry/>", twice: b"<entry/>"}, stands, 1)


def test_an_entry_that_no_document_can_hold_is_told(
    feed: Callable[..., PublishedFeed], article: Callable[..., Article]
) -> None:
    (huge,) = feed(article(1, content_html=f"<p>{'x' * 2_600_000}</p>")).entries
    with pytest.raises(ValueError, match="bytes"):
        archive.rendered(huge)


# ---- how many entries a document has


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=60), st.integers(60, 200))
def test_entries_are_divided_in_their_order_into_documents_they_fit_in(sizes: list[int], space: int) -> None:
    parts = list(archive.parts(sizes, space))
    assert [each for part in parts for each in sizes[part]] == sizes
    assert all(sizes[part] for part in parts)
    assert all(sum(sizes[part]) + len(sizes[part]) - 1 < space + 40 for part in parts)


def test_documents_are_alike_in_length() -> None:
    def lengths(count: int) -> list[int]:
        return [part.stop - part.start for part in archive.parts([1] * count, 10**6)]

    assert lengths(11) == [11]
    assert lengths(500) == [500]
    assert lengths(501) == [251, 250]
    assert lengths(1600) == [400] * 4
    assert not lengths(0)


def test_an_entry_that_is_larger_than_the_space_has_a_document_of_its_own() -> None:
    assert [part.stop - part.start for part in archive.parts([5, 500, 5], 100)] == [1, 1, 1]
