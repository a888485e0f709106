"""Which pictures an entry shows, and how it is pointed to where they are published."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.model import Document, Enclosure, ParsedEntry, Text
from aggregator.parse import SEEDS
from aggregator.parse.pictures import path_of, shown, with_pictures

NEW = Enclosure(url="https://site.example/media/00.png", type="image/png", length=7)


def entry(html: str, image: str | None = None) -> ParsedEntry:
    return ParsedEntry(raw_hash=b"x", image=image, contents=(Text(value=html, type="text/html"),))


def pointed(html: str) -> str:
    return with_pictures(entry(html), {"a.png": NEW}).contents[0].value


def test_the_pictures_of_an_entry_are_its_own_and_those_in_its_text_each_once() -> None:
    found = entry('<p><img src="a.png"><IMG SRC="b%20c.png"><img src=""><img alt="x"><img src="a.png"></p>', "own.png")
    assert shown(found) == ("own.png", "a.png", "b%20c.png")
    assert shown(entry("<p>img src=a.png</p>")) == ()


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("a.png", "/seeds/trip/a.png"),
        ("../b.png", "/seeds/b.png"),
        ("b%20c.png?v=2#x", "/seeds/trip/b c.png"),
        ("b c.png", "/seeds/trip/b c.png"),
        ("e\u0301.png", "/seeds/trip/\xe9.png"),
        ("/etc/a.png", "/etc/a.png"),
        ("https://x.example/a.png", None),
        ("//x.example/a.png", None),
        ("data:image/png;base64,AAAA", None),
        ("http://[", None),
    ],
)
def test_a_reference_means_a_file_or_leads_to_the_web(reference: str, path: str | None) -> None:
    assert path_of(reference, "file:///seeds/trip/day.md") == path
    assert path_of("a.png", "https://x.example/feed") is None
    assert path_of("a.png", None) is None


def test_a_picture_is_pointed_to_its_new_address_alone() -> None:
    html = '<p>A &amp; b <img src="a.png" alt="x" srcset="a@2x.png 2x" data-src="lazy.png"> <img src="other.png"></p>'
    assert pointed(html) == f'<p>A &amp; b <img src="{NEW.url}" alt="x"> <img src="other.png"></p>'
    assert pointed('<picture><source srcset="a.webp"><img src="a.png"></picture>') == f'<img src="{NEW.url}">'
    assert pointed("<p>no <b>picture") == "<p>no <b>picture"
    assert pointed("<p><img src=other.png>") == "<p><img src=other.png>", "untouched where nothing is published"


def test_the_own_picture_of_an_article_is_an_enclosure_and_those_in_the_text_are_not() -> None:
    found = with_pictures(entry('<img src="a.png">', "a.png"), {"a.png": NEW})
    assert (found.image, found.enclosures, found.pictures) == (NEW.url, (NEW,), (NEW.url,))
    assert with_pictures(entry('<img src="a.png">'), {"a.png": NEW}).enclosures == ()


def test_the_raw_hash_changes_with_the_pictures_and_only_with_them() -> None:
    plain = entry('<img src="a.png">')
    assert with_pictures(plain, {}) is plain
    one, same = (with_pictures(plain, {"a.png": NEW}).raw_hash for _ in range(2))
    other = with_pictures(plain, {"a.png": Enclosure(url="https://site.example/media/11.png")}).raw_hash
    assert one == same
    assert len({plain.raw_hash, one, other}) == 3


@pytest.mark.parametrize(("count", "told"), [(1, "1 picture in the page itself"), (2, "2 pictures in the page itself")])
def test_pictures_within_a_page_are_told_of_and_placeholders_are_not(count: int, told: str) -> None:
    picture = f'<p>Text <img alt="x" src="data:image/png;base64,{"A" * 500}"></p>'
    placeholder = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="a.png">'
    for name in ("a.html", "a.md"):
        body = f"<h1>Title</h1>{placeholder}{picture * count}" if name == "a.html" else f"# Title\n\n{picture * count}"
        document = Document(body=body.encode(), url=f"file:///seeds/{name}", name=name)
        found = SEEDS[name[1:]](document, datetime(2026, 11, 23, tzinfo=UTC))
        (warning,) = found.warnings
        assert warning.startswith(f"{name}: {told} (data:) left out")
