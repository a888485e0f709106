"""An answer that refuses names who refuses; a header may name feeds."""

from __future__ import annotations

import pytest

from aggregator.fetch.links import feeds, hubs
from aggregator.fetch.status import refusal
from aggregator.model import Code, Freshness

BASE = "https://a.example/blog/"


@pytest.mark.parametrize(
    ("status", "fields", "detail"),
    [
        (403, {"cf-mitigated": ["challenge"], "server": ["cloudflare"]}, "403 Forbidden from Cloudflare's bot check"),
        (403, {"server": ["cloudflare"]}, "403 Forbidden from Cloudflare"),
        (403, {"x-datadome": ["protected"]}, "403 Forbidden from DataDome's bot check"),
        (403, {"server": ["nginx"]}, "403 Forbidden"),
        (404, {"server": ["cloudflare"]}, "404 Not Found"),
    ],
)
def test_it_is_said_who_refuses(status: int, fields: dict[str, list[str]], detail: str) -> None:
    problem = refusal(status, Freshness(), fields)
    assert (problem.code, problem.detail) == (Code.HTTP_4XX, detail)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('</f.xml>; rel="alternate"; type="application/rss+xml"', ("https://a.example/f.xml",)),
        ("<f.json>; rel=feed", ("https://a.example/blog/f.json",)),
        ('</de>; rel="alternate"; hreflang="de"', ()),
        ("</wp-json/>; rel=\"https://api.w.org/\"", ()),
        ("<javascript:1>; rel=feed", ()),
    ],
)  # fmt: skip
def test_feeds_in_a_header_are_found(value: str, found: tuple[str, ...]) -> None:
    assert feeds([value], BASE) == found


def test_hubs_and_feeds_are_told_apart() -> None:
    value = '<https://hub.example/>; rel="hub", </f>; rel=alternate; type="application/atom+xml; charset=utf-8"'
    assert (hubs([value], BASE), feeds([value], BASE)) == (("https://hub.example/",), ("https://a.example/f",))
