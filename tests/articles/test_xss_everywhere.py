"""Known vectors in every field of every format that is read, to every format that is published, judged by parsing."""

from __future__ import annotations

import re

import pytest
from harmless import atom_faults, html_faults, json_faults, opml_faults, page_faults, rss_faults
from xss_fields import ATOM_ENTRIES, RSS_ENTRIES
from xss_publish import held, published
from xss_vectors import VECTORS, Vector

HARMLESS_AS_THEY_ARE = {
    "bare-address", "bare-address-broken", "script-overlong-utf8", "script-utf7", "script-full-width",
    "template-language", "escaped", "escaped-twice", "escaped-four-times", "escaped-numbers", "escaped-no-semicolon",
    "escaped-with-tag", "title-unescapes", "address-breaks-attribute", "img-onerror-open-quote",
}  # fmt: skip
"""Vectors that are nothing but text to an HTML parser; what counts on them decodes once too often."""


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: each.name)
def test_the_checker_flags_every_vector_that_is_not_cleaned(vector: Vector) -> None:
    assert bool(html_faults(vector.html)) == (vector.name not in HARMLESS_AS_THEY_ARE)


def test_there_are_enough_vectors_and_no_two_are_one() -> None:
    assert len({each.name for each in VECTORS}) == len({each.html for each in VECTORS}) == len(VECTORS) >= 48
    assert sum(entry.count("{v}") + entry.count("{c}") + entry.count("{vv}") for entry in RSS_ENTRIES.values()) > 80
    assert sum(entry.count("{v}") + entry.count("{c}") + entry.count("{vv}") for entry in ATOM_ENTRIES.values()) > 80


@pytest.mark.parametrize("number", [pytest.param(number, id=each.name) for number, each in enumerate(VECTORS)])
def test_nothing_of_it_is_left_in_any_published_document(number: int) -> None:
    is_xml = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", VECTORS[number].html) is None
    everything = held(number)
    for each in everything:
        if is_xml and not each.hostile.kind.endswith("-raw"):
            assert len(each.articles) == each.hostile.entries, (each.hostile.kind, each.said.problem)
    publication, outlines = published(everything)
    assert publication.problems == ()
    assert len(publication.feed.entries) == sum(len(each.articles) for each in everything)
    bodies = {rendered.path: rendered.body for rendered in publication.documents}
    assert atom_faults(bodies["feed.atom"]) == []
    assert rss_faults(bodies["feed.rss"]) == []
    assert json_faults(bodies["feed.json"]) == []
    assert page_faults(bodies["index.html"], publication.feed) == []
    assert opml_faults(outlines.body) == []
