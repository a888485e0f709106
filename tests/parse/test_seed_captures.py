"""Whole captures in the manner of news agencies, invented here, in many languages: each part is put where it belongs.

``captured_texts.json`` has their parts from top to bottom, with the facts that are in them.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from aggregator.model import Document, ParsedEntry, Rating
from aggregator.parse.text import parse_seed

SEEN = datetime(2026, 11, 23, tzinfo=UTC)
CAPTURES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("captured_texts.json").read_text(encoding="utf-8")
)


def read(given: dict[str, Any], above: str = "") -> ParsedEntry:
    order = ("title", "summary", "byline", "opening", "caption", "body", "caption")
    text = above + "\n\n".join([*(given[each] for each in order if each in given), *given["tail"]])
    found = parse_seed(Document(body=text.encode(), url="file:///s/c.txt", name="c.txt"), SEEN).entry
    assert found is not None
    return found


def test_there_are_captures_in_more_than_ten_languages() -> None:
    assert len(CAPTURES) > 10


@pytest.mark.parametrize("language", CAPTURES)
def test_each_part_of_a_capture_ends_up_where_it_belongs(language: str) -> None:
    given = CAPTURES[language]
    found = read(given)
    assert (found.title and found.title.value, found.summary and found.summary.value) == (
        given["title"],
        given["summary"],
    )
    assert found.attribution == given["agency"]
    assert [each.name for each in found.authors] == [given.get("author", given["agency"])]
    assert found.published == datetime(2026, 11, given["day"], tzinfo=UTC)
    votes = given.get("rating")
    assert found.rating == (Rating(helpful=votes[0], total=votes[1]) if votes else None)
    html = unescape(found.contents[0].value)
    assert re.findall("<p>(.*?)</p>", html) == [given["opening"], given["body"]]
    assert re.findall("<figcaption>(.*?)</figcaption>", html) == [given["caption"]]
    for line in given["tail"]:
        assert line not in html


@pytest.mark.parametrize("language", CAPTURES)
def test_a_title_of_ones_own_takes_the_place_of_the_captured_one(language: str) -> None:
    given = CAPTURES[language]
    found = read(given, "---\ntitle: Mine\n---\n")
    assert (found.title and found.title.value, found.summary and found.summary.value) == ("Mine", given["summary"])
    assert re.findall("<p>(.*?)</p>", unescape(found.contents[0].value)) == [given["opening"], given["body"]]


STYLES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("captured_styles.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("style", STYLES)
def test_a_capture_in_another_style_is_read_as_a_person_reads_it(style: str) -> None:
    given = STYLES[style]
    result = parse_seed(Document(body=given["text"].encode(), url="file:///s/c.txt", name="c.txt"), SEEN)
    found = result.entry
    assert found is not None
    assert (found.title and found.title.value, found.summary and found.summary.value) == (
        given["title"],
        given["summary"],
    )
    assert ([each.name for each in found.authors], found.attribution) == (given["authors"], given["agency"])
    assert (found.published and found.published.isoformat()[:16]) == given["published"]
    blocks = re.findall("<(p|figcaption|li)>(.*?)</", unescape(found.contents[0].value))
    assert [f"{tag}: {text}" for tag, text in blocks] == given["blocks"]
    assert len(result.warnings) == given["warnings"]


def test_a_file_of_nothing_but_furniture_is_no_article() -> None:
    body = b"Share:\n\nRead more\n\nSubscribe to our newsletter\n"
    result = parse_seed(Document(body=body, url="file:///s/c.txt", name="c.txt"), SEEN)
    assert (result.entry, result.warnings) == (None, ("c.txt: nothing to publish, the file has no text",))
