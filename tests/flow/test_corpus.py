"""The real feeds, from their servers to a subscriber's reader."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import feedparser
import pytest
from feedserver import FeedServer
from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
REFERENCE = re.compile(r"""<[^>]+\s(?:href|src|poster|data-src|cite)\s*=\s*["']?([^"'\s>]*)""", re.IGNORECASE)
ABSOLUTE = re.compile(r"(https?|mailto):", re.IGNORECASE)


@pytest.fixture(scope="module")
def published(corpus, tmp_path_factory, make_place):
    """A place where all feeds of the corpus were polled once, and the server they came from."""
    documents = {f"/{each['file']}": Path(each["path"]).read_bytes() for each in corpus}
    with FeedServer(documents) as server:
        place = make_place(tmp_path_factory.mktemp("corpus"))
        place.configure(
            *(f"{{id: f{each['file'][:-4]}, url: '{server.url}/{each['file']}'}}" for each in corpus),
            outputs="[{id: main, limit: 1000}]",
            polling="{per_host: 8}",
        )
        place.rows = place.json_lines("once", "--all")
        yield place, server


def atom(place) -> etree._Element:
    return etree.fromstring(place.published["feed.atom"])


def test_every_feed_is_read(published, corpus) -> None:
    place, _ = published
    codes = Counter(row["code"] for row in place.rows[:-1])
    assert codes == {"ok": len(corpus)}


def test_every_entry_is_complete(published) -> None:
    place, _ = published
    entries = atom(place).findall(f"{ATOM}entry")
    assert len(entries) == 1000
    for entry in entries:
        name = entry.findtext(f"{ATOM}id")
        assert entry.findtext(f"{ATOM}author/{ATOM}name"), name
        assert entry.findtext(f"{ATOM}title"), name
        assert entry.find(f"{ATOM}link") is not None or entry.findtext(f"{ATOM}content"), name
        source = entry[-1]
        assert source.tag == f"{ATOM}source", name
        for part in ("id", "title", "updated"):
            assert source.findtext(f"{ATOM}{part}"), (name, part)
        assert source.find(f"{ATOM}link[@rel='self']") is not None, name


def test_every_reference_is_absolute(published) -> None:
    """O10."""
    place, _ = published
    tree = atom(place)
    links = [link.get("href") for link in tree.iter(f"{ATOM}link")]
    inside = [ref for content in tree.iter(f"{ATOM}content") for ref in REFERENCE.findall(content.text or "")]
    assert len(inside) > 1000
    assert [ref for ref in links + inside if not ABSOLUTE.match(ref)] == []


def test_the_feed_satisfies_the_schema(published, shared) -> None:
    place, _ = published
    schema = etree.RelaxNG(etree.parse(str(shared / "atom.rng")))
    schema.assertValid(atom(place))


def test_a_reader_finds_the_same_ids_titles_and_links(published) -> None:
    place, _ = published
    feed = feedparser.parse(place.published["feed.atom"])
    seen = [(entry.id, entry.title, entry.get("link")) for entry in feed.entries]
    said = [
        (
            entry.findtext(f"{ATOM}id"),
            entry.findtext(f"{ATOM}title"),
            next((link.get("href") for link in entry.findall(f"{ATOM}link") if link.get("rel") == "alternate"), None),
        )
        for entry in atom(place).findall(f"{ATOM}entry")
    ]
    assert not feed.bozo
    assert [each[0] for each in seen] == [each[0] for each in said]
    assert [each[2] for each in seen] == [each[2] for each in said]
    assert sum(a[1] != b[1] for a, b in zip(seen, said, strict=True)) == 0


def test_a_second_round_takes_304s_and_changes_no_byte(published, corpus) -> None:
    place, server = published
    before = place.published
    server.requests.clear()
    rows = place.json_lines("once", "--all")
    assert Counter(row["code"] for row in rows[:-1]) == {"not_modified": len(corpus)}
    assert Counter(server.statuses()) == {304: len(corpus)}
    assert place.published == before


def test_one_changed_feed_changes_exactly_its_entries(published, corpus) -> None:
    place, server = published
    before = {entry.findtext(f"{ATOM}id"): etree.tostring(entry) for entry in atom(place).findall(f"{ATOM}entry")}
    chosen, title = _in_the_window(place, server)
    server.documents[chosen] = server.documents[chosen].replace(title.encode(), b"Quite another title, by test", 1)
    rows = {row["id"]: row for row in place.json_lines("once", "--all")[:-1]}
    changed = rows.pop(f"f{chosen[1:-4]}")
    assert (changed["code"], changed["new"], changed["updated"]) == ("ok", 0, 1)
    assert {row["code"] for row in rows.values()} == {"not_modified"}
    after = {entry.findtext(f"{ATOM}id"): etree.tostring(entry) for entry in atom(place).findall(f"{ATOM}entry")}
    assert set(after) == set(before)
    different = [name for name in after if after[name] != before[name]]
    assert len(different) == 1
    assert b"Quite another title, by test" in after[different[0]]


def _in_the_window(place, server) -> tuple[str, str]:
    """A feed of which an entry is shown whose plain title occurs once in its document: its path, and the title."""
    for entry in feedparser.parse(place.published["feed.atom"]).entries:
        title = entry.title
        if len(title) < 20 or not title.isascii() or any(each in title for each in "&<>'\""):
            continue
        for path, body in server.documents.items():
            if body.count(title.encode()) == 1 and b"<title>" + title.encode() in body:
                return path, title
    pytest.fail("no entry of the corpus has a title that occurs once")
