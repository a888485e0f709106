"""robots.txt as RFC 9309 has it."""

from __future__ import annotations

import time

import pytest

from aggregator.fetch import Robots, token
from aggregator.fetch.robots import BEGINNING, beginning


def allows(text: str, path: str, product: str = "aggregator") -> bool:
    return Robots.read(text, product).allows(f"https://site.example{path}")


@pytest.mark.parametrize(
    ("agent", "expected"),
    [("aggregator/0.1.0 (+https://a.example/)", "aggregator"), ("Mozilla/5.0", "mozilla"), ("", "*"), ("1x", "*")],
)
def test_the_product_token_is_the_beginning_of_the_user_agent(agent: str, expected: str) -> None:
    assert token(agent) == expected


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow: /a", "/abc", False),
        ("user-AGENT :  *  # all\n  disallow :/a # not this", "/abc", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Aggregator\nDisallow: /x", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Aggregator\nDisallow: /x", "/x", False),
        ("User-agent: aggregator/2.0\nDisallow: /x", "/x", False),
        ("User-agent: other\nUser-agent: aggregator\nDisallow: /x", "/x", False),
        ("User-agent: other\nDisallow: /\nUser-agent: aggregator\nAllow: /", "/x", True),
        ("User-agent: aggregator\nDisallow: /a\nUser-agent: other\nDisallow: /\nUser-agent: aggregator\nDisallow: /b",
         "/b", False),
        ("User-agent: aggregator\n\nUser-agent: *\nDisallow: /", "/x", False),
        ("User-agent: aggregator\nDisallow:\n\nUser-agent: *\nDisallow: /", "/x", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?a=1", True),
        ("User-agent: *\nDisallow: /a*c*e", "/abcde", False),
        ("User-agent: *\nDisallow: /a*c*e", "/acbd", True),
        ("User-agent: *\nDisallow: /*?print=", "/x?print=1", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /%7Ejoe/", "/~joe/x", False),
        ("User-agent: *\nDisallow: /~joe/", "/%7ejoe/x", False),
        ("User-agent: *\nDisallow: /ä", "/%C3%A4/x", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("\ufeffUser-agent: *\r\nDisallow: /", "/a", False),
        ("Sitemap: https://site.example/s.xml\nUser-agent: *\nCrawl-delay: 5\nDisallow: /a", "/a", False),
        ("Disallow: /", "/a", True),
        ("<html>\nnot found", "/a", True),
    ],
)  # fmt: skip
def test_what_is_allowed(text: str, path: str, expected: bool) -> None:
    assert allows(text, path) is expected


def test_a_pattern_of_stars_takes_no_time() -> None:
    text = "User-agent: *\nDisallow: /" + "*a" * 5000 + "$"
    began = time.process_time()
    assert allows(text, "/" + "a" * 4000 + "b")
    assert time.process_time() - began < 1


def test_of_a_large_one_the_beginning_is_read_and_no_line_that_is_cut() -> None:
    first = b"User-agent: *\nDisallow: /first\n"
    body = first + b"#" * (BEGINNING - len(first) - 12) + b"\nDisallow: /last\n"
    assert len(body) > BEGINNING
    said = beginning(body)
    assert not allows(said, "/first")
    assert allows(said, "/other"), "of /last only the slash is within what is read"
    assert not allows(beginning(body[: len(first)] + b"Disallow: /last\n"), "/last")
    assert beginning(b"x" * (BEGINNING + 1)) == ""
