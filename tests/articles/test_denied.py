"""What its publisher does not want published again is held, and shown nowhere (access:restriction, row 40)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.articles import apply_rules, compile_rule, identify, normalise
from aggregator.model import DENIED, Document, Source
from aggregator.parse import parse

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SOURCE = Source(id="blog", url="https://blog.example/feed")
FEED = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:access="http://www.bloglines.com/about/specs/fac-1.0">
<id>urn:f</id><title>Blog</title>{feed}
<entry><id>urn:1</id><title>One</title>{entry}</entry>
<entry><id>urn:2</id><title>Two</title></entry></feed>"""


def denied(feed: str = "", entry: str = "", keep: str | None = None) -> list[bool]:
    body = FEED.format(feed=feed, entry=entry).encode()
    said = parse((Document(body=body, url=SOURCE.url or ""),), SOURCE, NOW)
    articles = normalise(identify(said, SOURCE), said.info, SOURCE, NOW)
    rule = compile_rule(keep) if keep is not None else None
    return [each.left_out == DENIED for each in apply_rules(articles, rule, None, NOW)]


DENY = '<access:restriction relationship="deny"/>'
ALLOW = '<access:restriction relationship="allow"/>'


@pytest.mark.parametrize(
    ("feed", "entry", "left_out"),
    [
        ("", "", [False, False]),
        (DENY, "", [True, True]),
        ("", DENY, [True, False]),
        (DENY, ALLOW, [False, True]),
        (ALLOW, "", [False, False]),
    ],
    ids=["nothing said", "feed denies", "entry denies", "entry allows what its feed denies", "feed allows"],
)
def test_what_is_denied_is_left_out(feed: str, entry: str, left_out: list[bool]) -> None:
    assert denied(feed, entry) == left_out


def test_no_rule_of_the_operator_brings_it_back() -> None:
    assert denied(DENY, keep='title ~ "One" or title ~ "Two"') == [True, True]
