"""The public folder as prepared answers."""

from __future__ import annotations

import gzip
import os
import random
from datetime import UTC, datetime, timedelta

import brotli
import pytest
from backports import zstd

from aggregator.model import Link
from aggregator.publish import FORMATS, opml, style
from aggregator.serve import Documents, documents, links
from aggregator.serve.answer import Request, answer
from aggregator.serve.documents import MEDIA_TYPES, max_age

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=30)


def test_every_published_file_has_its_path_and_the_index_is_the_root(loaded):
    paths = ["/", "/feed.atom", "/feed.rss", "/feed.json", "/main.atom", "/main.html", "/opml.xml", "/style.css"]
    assert all(loaded.get(path) is not None for path in paths)
    assert loaded.get("/index.html") is None
    assert len(loaded) == 10


def test_only_published_documents_are_served(public, loaded):
    (public / ".hidden.atom").write_bytes(b"x")
    (public / ".main.atom.0123456789abcdef.part").write_bytes(b"x")
    (public / "notes.txt").write_bytes(b"x")
    (public / "folder.atom").mkdir()
    loaded.load(public, now=LATER)
    assert len(loaded) == 10


def test_a_second_load_prepares_only_what_changed(public, loaded, publish):
    before = loaded.get("/style.css")
    assert loaded.load(public, now=LATER) == 0
    publish(public, "First", "Second")
    assert loaded.load(public, now=LATER) == 8
    assert loaded.get("/style.css") is before
    assert b"Second" in loaded.get("/feed.atom").identity.body


UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}


@pytest.mark.parametrize("coding", UNPACK)
def test_every_coding_holds_the_same_bytes(loaded, coding):
    document = loaded.get("/feed.atom")
    assert UNPACK[coding](document.codings[coding].body) == document.identity.body
    assert len(document.codings[coding].body) < len(document.identity.body)


def test_what_is_new_is_served_plain_until_it_was_compressed(public, loaded, publish):
    publish(public, "First", "Second")
    loaded.load(public, now=LATER)
    assert list(loaded.get("/feed.atom").codings) == ["identity"]
    assert list(loaded.get("/style.css").codings) == ["identity", "gzip", "zstd", "br"]
    loaded.compress()
    assert list(loaded.get("/feed.atom").codings) == ["identity", "gzip", "zstd", "br"]


def test_what_was_asked_for_before_it_was_compressed_is_sent_compressed_afterwards(public):
    documents = Documents()
    documents.load(public, now=LATER)
    asked = Request("GET", "/feed.atom", b"", {b"accept-encoding": b"gzip"})
    before = answer(documents, asked)
    documents.compress()
    after = answer(documents, asked)
    assert (before.body, gzip.decompress(after.body)) == (documents.get("/feed.atom").identity.body,) * 2
    held = dict(before.headers)[b"etag"]
    again = answer(documents, asked._replace(fields={**asked.fields, b"if-none-match": held}))
    assert (again.status, dict(again.headers)[b"etag"]) == (304, held)


def test_the_same_bytes_are_compressed_once(loaded):
    feed, main = loaded.get("/feed.atom"), loaded.get("/main.atom")
    assert all(feed.codings[each].body is main.codings[each].body for each in UNPACK)


def test_how_long_an_answer_may_be_kept_is_taken_up_by_the_next_load(public, loaded):
    loaded.max_age = timedelta(minutes=20)
    assert (b"cache-control", b"public, max-age=900") in loaded.get("/feed.atom").identity.headers
    assert loaded.load(public, now=LATER) == 10
    assert (b"cache-control", b"public, max-age=1200") in loaded.get("/feed.atom").identity.headers


@pytest.mark.parametrize(
    ("interval", "kept"), [(1, 15), (30, 15), (40, 20), (60, 30), (24 * 60, 30)], ids=lambda minutes: f"{minutes} min"
)
def test_an_answer_may_be_kept_for_half_the_time_between_two_looks_at_a_source(interval, kept):
    """O25."""
    assert max_age(timedelta(minutes=interval)) == timedelta(minutes=kept)


def test_private_documents_are_for_nobody_but_the_reader(public):
    documents = Documents(private=True)
    documents.load(public, now=LATER)
    said = dict(documents.get("/feed.atom").identity.headers)
    assert said[b"cache-control"] == b"private, max-age=900"
    assert said[b"x-robots-tag"].startswith(b"noindex")
    assert b"access-control-allow-origin" not in said


@pytest.fixture
def deep(public):
    for name in ("a/first-story.html", "main/archive/1.atom", ".hidden/1.atom", "media/1.png"):
        (public / name).parent.mkdir(parents=True, exist_ok=True)
        (public / name).write_bytes(b"<x>" + name.encode() * 100)
    return public


async def test_documents_in_folders_have_addresses_below_and_pages_there_lose_their_ending(loaded, deep):
    assert loaded.load(deep, now=LATER) == 2
    assert len(loaded) == 12
    for path, name in {"/a/first-story": "a/first-story.html", "/main/archive/1.atom": "main/archive/1.atom"}.items():
        assert loaded.get(path) is None
        await loaded.ready(path)
        assert loaded.get(path).identity.body == (deep / name).read_bytes()
        assert gzip.decompress(loaded.get(path).codings["gzip"].body) == (deep / name).read_bytes()
    for path in ("/a/first-story.html", "/.hidden/1.atom", "/media/1.png", "/a", "/a/"):
        await loaded.ready(path)
        assert loaded.get(path) is None


async def test_a_document_in_a_folder_is_read_again_when_it_changed_and_gone_when_it_is(loaded, deep):
    loaded.load(deep, now=LATER)
    await loaded.ready("/a/first-story")
    before = loaded.get("/a/first-story")
    await loaded.ready("/a/first-story")
    assert loaded.get("/a/first-story") is before
    (deep / "a/first-story.html").write_bytes(b"<x>changed")
    assert loaded.load(deep, now=LATER) == 1
    assert loaded.get("/a/first-story") is None
    await loaded.ready("/a/first-story")
    assert loaded.get("/a/first-story").identity.body == b"<x>changed"
    (deep / "main/archive/1.atom").unlink()
    await loaded.ready("/main/archive/1.atom")  # its file is gone before the next load
    assert loaded.get("/main/archive/1.atom") is None


async def test_of_documents_in_folders_those_asked_for_last_are_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "RECENT_BYTES", 40_000)
    for n in range(10):
        (tmp_path / "a").mkdir(exist_ok=True)
        (tmp_path / "a" / f"{n}.html").write_bytes(random.Random(n).randbytes(5_000).hex().encode())
    held = Documents()
    held.load(tmp_path, now=LATER)
    for n in range(10):
        await held.ready(f"/a/{n}")
        held.get("/a/0")
    kept = [n for n in range(10) if held.get(f"/a/{n}") is not None]
    assert kept == [0, 9]


def test_a_file_that_is_gone_is_no_longer_served(public, loaded):
    (public / "main.rss").unlink()
    loaded.load(public, now=LATER)
    assert loaded.get("/main.rss") is None


def test_what_was_served_stays_when_the_folder_cannot_be_read(tmp_path, loaded):
    with pytest.raises(FileNotFoundError):
        loaded.load(tmp_path / "gone", now=LATER)
    assert loaded.get("/feed.atom") is not None


def test_each_coding_has_its_own_strong_tag_that_follows_its_bytes(public, loaded, publish):
    first = loaded.get("/feed.atom")
    assert first.identity.etag == f'"{first.version}"'.encode()
    assert first.codings["gzip"].etag == f'"{first.version}-gz"'.encode()
    assert first.codings["br"].etag == f'"{first.version}-br"'.encode()
    assert first.codings["zstd"].etag == f'"{first.version}-zst"'.encode()
    os.utime(public / "feed.atom", (1, 1))  # touched, not changed
    loaded.load(public, now=LATER)
    assert loaded.get("/feed.atom").version == first.version
    publish(public, "Other")
    loaded.load(public, now=LATER)
    assert loaded.get("/feed.atom").identity.etag != first.identity.etag


def test_a_small_document_that_does_not_compress_is_served_plain_only(tmp_path):
    (tmp_path / "a.css").write_bytes(b"a{}")
    documents = Documents()
    documents.load(tmp_path, now=LATER)
    documents.compress()
    assert list(documents.get("/a.css").codings) == ["identity"]


def test_a_document_is_never_newer_than_the_clock(public):
    os.utime(public / "feed.atom", (LATER.timestamp() + 1000, LATER.timestamp() + 1000))
    documents = Documents()
    documents.load(public, now=LATER)
    assert documents.get("/feed.atom").modified == LATER.timestamp()


def test_media_types_are_those_that_were_published(tmp_path):
    published = {kind.extension: kind.media_type for kind in FORMATS.values()}
    published |= {"css": style().media_type, "opml.xml": opml.MEDIA_TYPE}
    assert {name: MEDIA_TYPES[name] for name in published} == published


@pytest.mark.parametrize("extension", ["atom", "rss", "json", "html"])
def test_the_links_of_the_header_are_those_of_the_document(public, extension):
    """O21."""
    name = "index.html" if extension == "html" else f"feed.{extension}"
    found = links.links(extension, (public / name).read_bytes())
    said = {rel: [link.href for link in found if link.rel == rel] for rel in ("self", "hub", "alternate")}
    home = "https://planet.example/"
    assert said["self"] == [home if extension == "html" else f"{home}feed.{extension}"]
    assert said["hub"] == ["https://hub.example/"]
    assert said["alternate"] == (
        [f"{home}feed.{each}" for each in ("atom", "rss", "json")] if extension == "html" else [home]
    ) or (extension == "rss" and said["alternate"] == [])


def test_archives_are_linked_as_in_the_document():
    atom = b"".join(
        b'<link href="https://a.example/%s" rel="%s" type="application/atom+xml"/>' % (rel, rel)
        for rel in (b"prev-archive", b"next-archive", b"current", b"license")
    )
    assert [each.rel for each in links.links("atom", b"<feed>" + atom + b"<entry>")] == [
        "prev-archive",
        "next-archive",
        "current",
    ]


def test_the_links_of_json_are_read_without_its_items():
    feed = b'{"title":"\\"items\\":[","home_page_url":"https://a.example/","feed_url":"https://a.example/f","items":[broken'
    assert [each.href for each in links.links("json", feed)] == ["https://a.example/", "https://a.example/f"]


def test_of_many_hubs_as_many_are_named_as_a_proxy_takes_and_the_document_itself_always():
    hubs = [Link(rel="hub", href=f"https://hub-{n}.example/a-rather-long-path-of-a-hub-for-websub") for n in range(40)]
    relatives = [Link(rel=rel, href=f"https://a.example/{rel}") for rel in ("alternate", "self", "prev-archive")]
    said = links.header((*hubs, *relatives))
    assert len(said) <= links.MOST_BYTES
    assert said.startswith("<https://hub-0.example/")
    assert said.count('rel="hub"') > 20
    assert 'rel="self"' in said
    assert said.isascii()


def test_links_of_entries_are_not_those_of_the_feed():
    atom = b'<feed><link rel="self" href="https://a.example/"/><entry><link rel="self" href="https://b.example/"/>'
    assert [link.href for link in links.links("atom", atom)] == ["https://a.example/"]


def test_a_link_that_does_not_fit_a_header_is_left_to_the_document():
    found = tuple(
        Link(rel="self", href=href)
        for href in (
            "https://a.example/ü",
            'https://a.example/">x',
            "https://a.example/\r\nX: y",
            "https://ok.example/",
        )
    )
    assert links.header(found) == '<https://ok.example/>; rel="self"'
    assert links.header(()) is None


def test_a_folder_is_no_document(tmp_path):
    (tmp_path / "a.atom").mkdir()
    documents = Documents()
    assert documents.load(tmp_path, now=LATER) == 0
