"""Addresses: absolute and legal for publishing, alike for comparing."""

from __future__ import annotations

import pytest

from aggregator.articles.urls import absolute, canonical, is_iri, is_tracker, srcset, untracked, web

BASE = "https://blog.example/2026/post?x=1"


@pytest.mark.parametrize(
    ("ref", "made"),
    [
        ("https://a.example/", "https://a.example/"),
        ("HTTPS://A.Example/B", "HTTPS://A.Example/B"),
        ("/a", "https://blog.example/a"),
        ("a/../b", "https://blog.example/2026/b"),
        ("?y", "https://blog.example/2026/post?y"),
        ("#f", "https://blog.example/2026/post?x=1#f"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("  https://a.example/\n", "https://a.example/"),
        ("https://a.exa\nmple/", "https://a.example/"),
        ("https://a.example/b c", "https://a.example/b%20c"),
        ('https://a.example/<b>"c"', "https://a.example/%3Cb%3E%22c%22"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://a.example/%41", "https://a.example/%41"),
        ("https://a.example/[b]?c=[d]#[e]", "https://a.example/%5Bb%5D?c=%5Bd%5D#%5Be%5D"),
        ("https://a.example/#a#b", "https://a.example/#a%23b"),
        ("https://a.example\\b\\c", "https://a.example/b/c"),
        ("https:/a.example/b", "https://a.example/b"),
        ("https://bücher.example/ü", "https://bücher.example/ü"),
        ("https://a.example/\u202egpj.exe", "https://a.example/%E2%80%AEgpj.exe"),
        ("https://[::1]:8080/a", "https://[::1]:8080/a"),
        ("mailto:jane@a.example", "mailto:jane@a.example"),
        ("mailto:jane@a.example?subject=a b", "mailto:jane@a.example?subject=a%20b"),
        ("", None),
        ("   ", None),
        ("javascript:alert(1)", None),
        ("java\tscript:alert(1)", None),
        ("\x01javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("ftp://a.example/", None),
        ("file:///etc/passwd", None),
        ("feed://a.example/", None),
        ("https://", None),
        ("https://./", None),
        ("https://a b.example/", None),
        ("https://a.example:99999/", None),
        ("https://a.example:x/", None),
        ("https://a.example:0/", None),
        ("https://[bad/", None),
        ("mailto:", None),
        ("https://a.example/" + "x" * 5000, None),
        ("https://a.example/" + "ä" * 2000 + '"' * 2000, None),
    ],
)
def test_a_reference_is_absolute_and_legal_or_nothing(ref: str, made: str | None) -> None:
    assert absolute(ref, BASE) == made
    assert made is None or absolute(made) == made


def test_nothing_has_no_address() -> None:
    assert absolute(None, BASE) is None


@pytest.mark.parametrize("base", [None, "", "x", "https://[bad", "mailto:a@b", "\ud800", "file:///a"])
def test_a_useless_base_counts_as_none(base: str | None) -> None:
    assert absolute("/a", base) is None
    assert absolute("//a.example/", base) == "https://a.example/"


def test_pictures_are_not_fetched_by_mail() -> None:
    assert web("mailto:a@b.example") is None


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://a.example/b", "https://a.example/b"),
        ("https://a.example/b/", "https://a.example/b"),
        ("https://a.example", "https://a.example/"),
        ("https://A.EXAMPLE/b", "https://a.example/b"),
        ("https://a.example:443/b", "https://a.example/b"),
        ("http://a.example:80/b", "https://a.example/b"),
        ("https://www.a.example/b", "https://a.example/b"),
        ("https://m.a.example/b", "https://a.example/b"),
        ("https://amp.a.example/b", "https://a.example/b"),
        ("https://a.example/b/amp/", "https://a.example/b"),
        ("https://a.example/b?amp=1", "https://a.example/b"),
        ("https://a.example/b#c", "https://a.example/b"),
        ("https://a.example/b?utm_source=x&utm_medium=y", "https://a.example/b"),
        ("https://a.example/b?fbclid=1&c=2", "https://a.example/b?c=2"),
        ("https://a.example/ä", "https://a.example/%c3%a4"),
        ("https://a.example/b c", "https://a.example/b%20c"),
    ],
)
def test_addresses_of_one_page_are_canonically_one(url: str, same: str) -> None:
    assert canonical(url) == canonical(same)


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://a.example/b", "https://a.example/B"),
        ("https://a.example/b?c=1", "https://a.example/b?c=2"),
        ("https://a.example/b", "https://b.example/b"),
        ("https://a.example:8080/b", "https://a.example/b"),
        ("https://m.example/b", "https://example/b"),
        ("https://a.example/b?id=1", "https://a.example/b"),
        ("https://a.example/ampere", "https://a.example/"),
    ],
)
def test_addresses_of_different_pages_stay_different(url: str, other: str) -> None:
    assert canonical(url) != canonical(other)


@pytest.mark.parametrize("text", ["not a url", "", "tag:a,2020:b", "javascript:x"])
def test_what_is_no_address_is_compared_as_it_is(text: str) -> None:
    assert canonical(text) == text


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://a.example/?utm_source=x", "https://a.example/"),
        ("https://a.example/?a=1&UTM_Source=x&b=2#c", "https://a.example/?a=1&b=2#c"),
        ("https://a.example/?a&&b", "https://a.example/?a&&b"),
        ("https://a.example/?utm=1", "https://a.example/?utm=1"),
        ("https://a.example/#?utm_source=x", "https://a.example/#"),
        ("https://a.example/", "https://a.example/"),
    ],
)
def test_only_parameters_that_follow_people_go(url: str, bare: str) -> None:
    assert untracked(url) == bare


@pytest.mark.parametrize(
    ("url", "counts"),
    [
        ("https://pixel.wp.com/b.gif", True),
        ("http://x.pixel.wp.com/b.gif", True),
        ("https://feeds.feedburner.com/~r/x", True),
        ("https://feeds.feedburner.com/x.png", False),
        ("https://notpixel.wp.com.example/b.gif", False),
        ("https://a.example/pixel.wp.com/b.gif", False),
        ("https://a.example/?pixel.wp.com/", False),
    ],
)
def test_reader_counters_are_known_by_host_and_path(url: str, counts: bool) -> None:
    assert is_tracker(url) is counts


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("a.png", "https://blog.example/2026/a.png"),
        ("a.png 1x, b.png 2x", "https://blog.example/2026/a.png 1x, https://blog.example/2026/b.png 2x"),
        ("a.png 1x,b.png 2x", "https://blog.example/2026/a.png 1x, https://blog.example/2026/b.png 2x"),
        ("a.png, b.png 2x", "https://blog.example/2026/a.png, https://blog.example/2026/b.png 2x"),
        ("a,b.png 480w", "https://blog.example/2026/a%2Cb.png 480w"),
        ("data:image/gif;base64,xx 1x, b.png 2x", "https://blog.example/2026/b.png 2x"),
        ("javascript:x", None),
        ("a.png 1x, " * 5000, None),
        (" , ", None),
        ("", None),
    ],
)
def test_every_candidate_of_a_srcset_is_absolute(given: str, made: str | None) -> None:
    assert srcset(given, BASE) == made
    assert made is None or srcset(made, None) == made


def test_an_iri_is_told_from_a_word_with_a_colon() -> None:
    assert is_iri("tag:a.example,2020:b")
    assert not is_iri("Note: this")


def test_a_picture_has_at_most_fifty_sizes() -> None:
    made = srcset(", ".join(f"/{number}.png {number}w" for number in range(1, 200)), BASE)
    assert made is not None
    assert made.count(" ") == 2 * 50 - 1
    assert srcset(made, None) == made
