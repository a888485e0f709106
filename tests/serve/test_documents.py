"""The public folder as prepared answers."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.model import Link
from aggregator.publish import FORMATS, opml, style
from aggregator.serve import Documents, links
from aggregator.serve.documents import MEDIA_TYPES

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


def test_documents_in_folders_have_addresses_below_and_pages_there_lose_their_ending(public, loaded):
    for name in ("a/first-story.html", "main/archive/1.atom", ".hidden/1.atom", "media/1.png"):
        (public / name).parent.mkdir(parents=True, exist_ok=True)
        (public / name).write_bytes(b"<x/>")
    assert loaded.load(public, now=LATER) == 2
    assert len(loaded) == 12
    assert loaded.get("/a/first-story") is not None
    assert loaded.get("/main/archive/1.atom") is not None


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
    assert gzip.decompress(first.codings["gzip"].body) == first.identity.body
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
    name = "index.html" if extension == "html" else f"feed.{extension}"
    found = links.links(extension, (public / name).read_bytes())
    said = {rel: [link.href for link in found if link.rel == rel] for rel in ("self", "hub", "alternate")}
    home = "https://planet.example/"
    assert said["self"] == [home if extension == "html" else f"{home}feed.{extension}"]
    assert said["hub"] == ["https://hub.example/"]
    assert said["alternate"] == (
        [f"{home}feed.{each}" for each in ("atom", "rss", "json")] if extension == "html" else [home]
    ) or (extension == "rss" and said["alternate"] == [])


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
