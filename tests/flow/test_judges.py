"""The real feeds merged by the real program, before judges that are not ours: five readers, the schema of RFC 4287, and
the rules of the W3C feed validator as we have written them down."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import clients
import feedparser
import pytest
import validator
from clients import READERS, Entry
from feedserver import FeedServer
from lxml import etree

from aggregator.articles import identify, minted_id, normalise, normalise_info
from aggregator.model import Document, Output, Site, Source
from aggregator.parse import parse
from aggregator.publish import FORMATS, assemble

ATOM = "{http://www.w3.org/2005/Atom}"
FORMS = ("atom", "rss", "json")
CHECKS = {"atom": validator.atom, "rss": validator.rss, "json": validator.json_feed}
DIFFERENT_ORDER = ("newsboat",)
"""Readers whose database keeps no order but that of the dates."""
FIRST_AUTHOR_ONLY = {
    ("fastfeedparser", "atom"): "fastfeedparser 0.6.5 gives authors=[the first] whatever the document has",
    ("fastfeedparser", "rss"): "the same",
    ("fastfeedparser", "json"): "the same",
    ("sfeed", "atom"): "a line of sfeed(5) has one field for the author; sfeed 1.7 puts the first into it",
    ("sfeed", "rss"): "the same",
}
"""Of entries by several people these name one: their own limits. RFC 4287 4.1.2 allows several authors, the Dublin Core
several creators, and the other readers find all of them in the same documents."""
LAST_AUTHOR_ONLY = {
    ("newsboat", "rss"): "newsboat 2.21 keeps the last dc:creator of an item; of an Atom entry it joins all"
}


@pytest.fixture(scope="module")
def site(corpus, tmp_path_factory, make_place):
    """A place where all feeds of the corpus were polled once."""
    documents = {f"/{each['file']}": Path(each["path"]).read_bytes() for each in corpus}
    with FeedServer(documents) as server:
        place = make_place(tmp_path_factory.mktemp("judges"))
        place.configure(
            *(f"{{id: f{each['file'][:-4]}, url: '{server.url}/{each['file']}'}}" for each in corpus),
            outputs="[{id: main, limit: 1000}]",
            polling="{per_host: 8}",
        )
        (*_, place.totals) = place.json_lines("once", "--all")
    return place


@pytest.fixture(scope="module")
def meant(site) -> list[Entry]:
    """What we mean, as the store holds it: by no document of ours."""
    (listed,) = site.json_lines("list", "--limit", "10000")
    shown = {each["id"]: each for each in listed}
    order = [item["id"] for item in json.loads(site.published["feed.json"])["items"]]
    return [_meant(shown[each]) for each in order]


def _meant(article) -> Entry:
    published, updated = (
        datetime.fromisoformat(article[each]) if article[each] else None for each in ("published", "updated")
    )
    first = published or updated or datetime.fromisoformat(article["first_seen"])
    return Entry(
        id=article["id"],
        title=article["title"],
        link=article["url"] or "",
        published=int(first.timestamp()),
        updated=int(max(first, updated or first).timestamp()),
        authors=tuple(each["name"] for each in article["authors"]),
    )


def test_nothing_is_left_out_of_the_real_feeds(site, meant) -> None:
    assert site.totals["problems"] == []
    assert len(meant) == 1000


CASES = [(reader, form) for reader, (_, forms) in READERS.items() for form in forms]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: " ".join(case))
def found(request, site):
    """What a reader finds in a document."""
    reader, form = request.param
    if not clients.is_there(reader):
        pytest.skip(f"no {reader} on the path: install the Debian package {reader}")
    return reader, form, READERS[reader][0](site.folder / "feeds" / "public" / f"feed.{form}")


def test_o3_a_reader_finds_every_entry_once_and_in_our_order(found, meant) -> None:
    reader, _, entries = found
    ids, ours = [each.id for each in entries], [each.id for each in meant]
    assert len(ids) == len(set(ids))
    assert ids == ours if reader not in DIFFERENT_ORDER else set(ids) == set(ours)


def test_a_reader_finds_our_titles_links_and_dates(found, meant) -> None:
    _, _, entries = found
    by_id = {each.id: each for each in entries}
    for each in meant:
        seen = by_id[each.id]
        assert (seen.title, seen.link) == (each.title, each.link), each.id
        assert seen.published in (each.published, None), each.id
        assert seen.updated in (each.updated, None), each.id


def test_o9_a_reader_finds_our_authors(found, meant) -> None:
    reader, form, entries = found
    by_id = {each.id: each for each in entries}
    for each in meant:
        seen = by_id[each.id].authors
        if seen is None:  # atoma has no field for them in RSS and JSON Feed
            assert reader == "atoma"
        elif (reader, form) in FIRST_AUTHOR_ONLY:
            assert seen == each.authors[:1], each.id
        elif (reader, form) in LAST_AUTHOR_ONLY:
            assert seen == each.authors[-1:], each.id
        elif reader == "newsboat":
            assert seen == (", ".join(each.authors),), each.id
        else:
            assert seen == each.authors, each.id


def test_every_entry_is_dated_by_a_reader_of_atom(site, meant) -> None:
    """feedparser gives both dates: what is not said is not made up."""
    for each, ours in zip(feedparser.parse(site.published["feed.atom"]).entries, meant, strict=True):
        assert each.get("updated") is not None, ours.id


def test_the_page_of_the_feed_is_the_same_to_every_reader(site) -> None:
    """newsboat takes the last alternate of an Atom feed, others the first: there is one."""
    root = etree.fromstring(site.published["feed.atom"])
    pages = [each.get("href") for each in root.findall(f"{ATOM}link") if each.get("rel") == "alternate"]
    assert pages == [f"http://127.0.0.1:{site.port}/"]
    assert feedparser.parse(site.published["feed.atom"]).feed.link == pages[0]
    assert feedparser.parse(site.published["feed.rss"]).feed.link == pages[0]


@pytest.mark.parametrize("form", FORMS)
def test_o1_the_validator_has_nothing_to_say(form, site) -> None:
    location = f"http://127.0.0.1:{site.port}/feed.{form}"
    assert CHECKS[form](site.published[f"feed.{form}"], location, datetime.now(UTC)) == []


def test_o29_the_validator_has_nothing_to_say_of_the_list_of_sources(site) -> None:
    assert validator.opml(site.published["opml.xml"]) == []


# ---- all entries, not only the newest


TOGETHER = 400
"""Entries of one document: at most 5,000,000 bytes."""
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SITE = Site(title="Planet", url="https://planet.example/", id="tag:planet.example,2026:planet")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


def read_all(corpus):
    """What is held of all entries of the corpus; and what they gave as their ids."""
    articles, infos, sources, given = {}, {}, {}, {}
    for each in corpus:
        source = Source(id=each["file"][:-4], url=each["url"])
        said = parse((Document(body=Path(each["path"]).read_bytes(), url=each["url"]),), source, NOW)
        identified = identify(said, source)
        for entry, article in zip(identified, normalise(identified, said.info, source, NOW), strict=True):
            articles[article.id] = article
            given[article.id] = (entry.entry.raw_id, minted_id(source.id, entry.key))
        infos[source.id], sources[source.id] = normalise_info(said.info, source.url), source
    every = list(articles.values())
    return [
        assemble(every[at : at + TOGETHER], infos, sources, SITE, Output(id="main", limit=TOGETHER), first=True)
        for at in range(0, len(every), TOGETHER)
    ], given


@pytest.fixture(scope="module")
def everything(corpus):
    """All entries of the corpus, as published feeds."""
    return read_all(corpus)[0]


@pytest.fixture(scope="module")
def again(corpus):
    """The same, read once more, and what they gave as their ids."""
    return read_all(corpus)


def test_o2_an_id_is_copied_character_for_character_or_minted_for_ever(again, everything) -> None:
    """Read again, the same entries have the same ids: those of their sources, or a ``urn:uuid:`` of the source's id and
    their own."""
    feeds, given = again
    ids = [entry.id for feed in feeds for entry in feed.entries]
    assert ids == [entry.id for feed in everything for entry in feed.entries]
    copied = {each for each in ids if each == given[each][0]}
    assert all(given[each][1] == each and each.startswith("urn:uuid:") for each in set(ids) - copied)
    assert len(copied) > 2_000
    assert all(URI.fullmatch(each) for each in copied)
    assert not any(URI.fullmatch(given[each][0] or "") and " " not in given[each][0] for each in set(ids) - copied)


def test_o4_two_builds_are_the_same_bytes(again, everything) -> None:
    for form in FORMS:
        assert [FORMATS[form].render(each) for each in again[0]] == [FORMATS[form].render(each) for each in everything]


def test_all_entries_of_the_real_feeds_are_judged(everything) -> None:
    assert sum(len(each.entries) for each in everything) > 3500


@pytest.mark.parametrize("form", FORMS)
def test_o1_the_validator_has_nothing_to_say_of_any_entry(form, everything) -> None:
    for feed in everything:
        assert CHECKS[form](FORMATS[form].render(feed), f"https://planet.example/feed.{form}", NOW) == []


def test_o1_every_entry_satisfies_the_schema(everything, shared) -> None:
    schema = etree.RelaxNG(etree.parse(str(shared / "atom.rng")))
    for feed in everything:
        schema.assertValid(etree.fromstring(FORMATS["atom"].render(feed)))
