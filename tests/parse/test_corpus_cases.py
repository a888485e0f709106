"""Documents with something odd about them: each folder of ``tests/corpus`` says what, and what is to be read.

``input.*`` is the document, ``expected.json`` all that is read of it (what is unknown is left out), ``why.md`` the
reason, ``served.json`` the media type where it matters.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.model import Document, ParsedFeed, Source
from aggregator.parse import parse

CASES = sorted(each.parent for each in (Path(__file__).resolve().parent.parent / "corpus").glob("*/why.md"))
URL = "https://example.org/feed"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def read(case: Path) -> ParsedFeed:
    (source,) = case.glob("input.*")
    served = case / "served.json"
    media_type = json.loads(served.read_text(encoding="utf-8"))["media_type"] if served.exists() else None
    document = Document(body=source.read_bytes(), url=URL, media_type=media_type)
    return parse((document,), Source(id="case", url=URL), NOW)


def shown(value: Any) -> Any:
    """The value as JSON, without what is unknown, empty or a hash."""
    if is_dataclass(value):
        found = {
            each.name: shown(getattr(value, each.name))
            for each in fields(value)
            if each.name != "raw_hash" and not (each.default == 0 and getattr(value, each.name) == 0)
        }
        return {name: each for name, each in found.items() if each not in (None, [], {})}
    if isinstance(value, tuple):
        return [shown(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_document_is_read_as_written_down(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(shown(read(case)))) == expected


def test_there_are_cases() -> None:
    assert len(CASES) >= 80
