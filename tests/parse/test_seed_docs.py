"""The examples of docs/seeds.md are true: each file is read to what stands under it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aggregator import pictures
from aggregator.fetch import folder
from aggregator.model import Document
from aggregator.parse import captured_bytes, captured_site, frontmatter, html, markdown, text
from aggregator.publish import media

if TYPE_CHECKING:
    from aggregator.parse.seed import SeedResult

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "seeds.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```(\w+) (\S+)\n(.*?)^```\n\n```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
READERS = {"txt": text.parse_seed, "md": markdown.parse_seed, "html": html.parse_seed}
SEEN = datetime(2026, 11, 23, tzinfo=UTC)


def facts(result: SeedResult) -> dict[str, Any]:
    """A result in the words of the page."""
    entry = result.entry
    if entry is None:
        return {"published_at_all": False, "warnings": list(result.warnings)}

    def moment(value: datetime | None) -> str | None:
        return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else None

    return {
        "title": entry.title and entry.title.value,
        "summary": entry.summary and entry.summary.value,
        "html": entry.contents[0].value if entry.contents else None,
        "published": moment(entry.published),
        "updated": moment(entry.updated),
        "authors": [each.name for each in entry.authors],
        "tags": [each.term for each in entry.categories],
        "link": entry.links[0].href if entry.links else None,
        "attribution": entry.attribution,
        "rating": entry.rating and [entry.rating.helpful, entry.rating.total],
        "language": entry.language,
        "image": entry.image,
        "id": entry.raw_id,
        "warnings": list(result.warnings),
    }


def test_the_page_has_an_example_for_each_format() -> None:
    assert {name.rpartition(".")[2] for _, name, _, _ in EXAMPLES} == set(READERS)
    assert len(EXAMPLES) >= 8
    assert len(EXAMPLES) == PAGE.count("```json"), "an example without what is read in it, or the other way round"


@pytest.mark.parametrize(("name", "body", "expected"), [(each[1], each[2], each[3]) for each in EXAMPLES])
def test_an_example_is_read_to_what_stands_under_it(name: str, body: str, expected: str) -> None:
    document = Document(body=body.encode(), url=f"file:///seeds/{name}", name=name)
    found = facts(READERS[name.rpartition(".")[2]](document, SEEN))
    wanted = json.loads(expected)
    assert {key: found.get(key) for key in wanted} == wanted
    assert found["warnings"] == wanted.get("warnings", [])


def test_the_page_says_what_pictures_are_published() -> None:
    said = PAGE[PAGE.index("## Pictures") : PAGE.index("## Encodings")]
    names = re.findall("JPEG|PNG|GIF|WebP|AVIF", said)
    assert {each.lower().replace("jpeg", "jpg") for each in names} == set(media.KINDS)
    assert {each.removeprefix(".").replace("jpeg", "jpg") for each in folder.PICTURES} == set(media.KINDS)
    assert f"at most {folder.PICTURE_BYTES // 1024**2} MiB each and {pictures.MOST} in an article" in said


def test_the_page_says_what_shows_that_a_page_was_saved() -> None:
    assert captured_site._ENOUGH_SIGNS == 4
    assert "four or more of these signs" in PAGE
    assert f"at least {captured_site._SHORT} columns of text, white space not counted" in PAGE


def test_the_page_says_how_large_an_article_may_be() -> None:
    assert f"hold at most {captured_bytes.LONGEST // 1024**2} MiB" in PAGE
    assert f"nested more than {html._DEEPEST} deep" in PAGE


def test_every_key_of_front_matter_has_a_row_in_the_table() -> None:
    rows = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]+) \|", PAGE, re.MULTILINE))))
    assert rows == set(frontmatter.KEYS)
