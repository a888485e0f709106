"""What was taken back is said in Atom (RFC 6721), and what is pinned stands first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from lxml import etree

from aggregator.errors import PublishError
from aggregator.model import ABSENT, OPERATOR, PUBLISHER, Document, Output, Source, Tombstone
from aggregator.parse import parse
from aggregator.publish import documents, gate
from aggregator.publish.assemble import EMPTY_SINCE
from aggregator.publish.atom import ATOM

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=2, microseconds=5)
GRAVES = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


@pytest.fixture
def taken_back(assembled, article):
    """``taken_back(live, *gone)``: the feed of these articles, without those."""

    def build(live, *gone, **output):
        return assembled(live, output=Output(id="main", **output), first=True, withdrawn=gone)

    return build


def rendered(feed, extension="atom"):
    """The document of a feed that has this extension."""
    (found,) = (each for each in documents(feed, first=False).documents if each.path.endswith(f".{extension}"))
    return found


def test_what_was_withdrawn_gets_a_tombstone_before_the_entries(taken_back, article):
    """O18."""
    feed = taken_back([article(1)], article(2, deleted_at=LATER, deleted_by=PUBLISHER))
    root = etree.fromstring(rendered(feed).body)
    (grave,) = root.iterfind(GRAVES)
    assert dict(grave.attrib) == {"ref": "tag:blog.example,2026:2", "when": "2026-11-03T12:00:00+00:00"}
    assert [each.text for each in grave] == ["deleted by its publisher"]
    names = [etree.QName(each).localname for each in root]
    assert names.index("deleted-entry") < names.index("entry")


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (ABSENT, "withdrawn by its source"),
        (PUBLISHER, "deleted by its publisher"),
        (OPERATOR, "taken out of this feed"),
        (None, "withdrawn by its source"),
    ],
)
def test_a_tombstone_says_who_took_it_back(taken_back, article, by, said):
    (grave,) = taken_back([], article(1, deleted_at=LATER, deleted_by=by)).tombstones
    assert grave.comment == said


def test_tombstones_are_the_latest_first_and_ties_are_ordered_by_id(taken_back, article):
    gone = [
        article(1, deleted_at=NOON),
        article(2, deleted_at=LATER),
        article(3, id="urn:b", deleted_at=NOON),
        article(4, id="urn:a", deleted_at=NOON),
    ]
    for order in permutations(gone):
        refs = [each.ref for each in taken_back([], *order).tombstones]
        assert refs == ["tag:blog.example,2026:2", "tag:blog.example,2026:1", "urn:a", "urn:b"]


def test_an_entry_that_is_there_has_no_tombstone(taken_back, article):
    feed = taken_back([article(1)], article(2, id=article(1).id, deleted_at=LATER))
    assert feed.tombstones == ()
    assert feed.updated == article(1).published


def test_a_feed_is_as_new_as_its_last_withdrawal(taken_back, article):
    assert taken_back([article(1)], article(2, deleted_at=LATER)).updated == LATER.replace(microsecond=0)
    assert taken_back([article(1, updated=LATER + timedelta(days=1))], article(2, deleted_at=LATER)).updated > LATER
    assert taken_back([], article(2)).updated == EMPTY_SINCE


def test_only_atom_has_tombstones_and_nothing_is_declared_without_them(taken_back, article):
    gone = article(2, deleted_at=LATER)
    feed = taken_back([article(1)], gone)
    for extension in ("rss", "json", "html"):
        assert gone.id.encode() not in rendered(feed, extension).body
    assert b"tombstones" not in rendered(taken_back([article(1)])).body


def test_the_document_is_valid_with_tombstones(taken_back, article, shared):
    feed = taken_back([article(1)], article(2, deleted_at=LATER, deleted_by=OPERATOR))
    etree.RelaxNG(etree.parse(shared / "atom.rng")).assertValid(etree.fromstring(rendered(feed).body))


def test_the_same_articles_give_the_same_bytes(taken_back, article):
    gone = [article(n, deleted_at=NOON) for n in range(2, 5)]
    bodies = {rendered(taken_back([article(1)], *order)).body for order in permutations(gone)}
    assert len(bodies) == 1


def test_another_aggregator_reads_what_is_said(taken_back, article):
    """This one, for example."""
    feed = taken_back([article(1)], article(2, id="tag:x&y<z", deleted_at=LATER), article(3, deleted_at=NOON))
    document = Document(body=rendered(feed).body, url="https://planet.example/feed.atom")
    read = parse((document,), Source(id="planet", url="https://planet.example/feed.atom"), LATER)
    assert [each.ref for each in read.tombstones] == ["tag:x&y<z", "tag:blog.example,2026:3"]
    assert read.tombstones[0].when == LATER.replace(microsecond=0)


def test_the_gate_refuses_a_document_that_lacks_a_tombstone(taken_back, article):
    with_one = taken_back([article(1)], article(2, deleted_at=LATER))
    without = rendered(taken_back([article(1)]))
    with pytest.raises(PublishError, match="holds 0 tombstones where 1 were to be written"):
        gate.check(without, with_one)


def test_the_gate_refuses_a_tombstone_of_an_entry_that_is_there(taken_back, article):
    feed = taken_back([article(1)], article(2, deleted_at=LATER))
    bad = replace(feed, tombstones=(Tombstone(ref=article(1).id, when=LATER),))
    with pytest.raises(PublishError, match=f"says of an entry that it is deleted: {article(1).id}"):
        gate.check(replace(rendered(feed), body=ATOM.render(bad)), bad)


# ---- pinned


def shown(feed):
    return [each.title for each in feed.entries]


def test_pinned_articles_are_first_the_last_pinned_before_the_others(taken_back, article):
    articles = [article(1, pinned_at=NOON), article(2, pinned_at=LATER), article(3), article(4)]
    for order in permutations(articles):
        assert shown(taken_back(order)) == ["Article 2", "Article 1", "Article 4", "Article 3"]


def test_pinned_articles_take_the_place_of_the_oldest_and_are_never_cut_off(taken_back, article):
    articles = [article(1, pinned_at=NOON), article(2, pinned_at=NOON), *(article(n) for n in range(3, 8))]
    assert shown(taken_back(articles, limit=3)) == ["Article 2", "Article 1", "Article 7"]
    assert shown(taken_back(articles, limit=1)) == ["Article 2", "Article 1"]
