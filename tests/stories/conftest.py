"""Articles with everything filled in that a test does not care about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model import Article

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def article() -> Callable[..., Article]:
    def made(title: str, text: str = "", *, source: str = "a", hours: float = 0, **fields: Any) -> Article:
        digest = sha256(f"{source} {title}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        at = NOW + timedelta(hours=hours)
        given: dict[str, Any] = {
            "key": digest,
            "id": f"tag:{source}.example,2026:{digest}",
            "source": source,
            "raw_hash": b"",
            "fingerprint": b"",
            "title": title,
            "summary": text or None,
            "first_seen": at,
            "sort_at": at,
        }
        return Article(**(given | fields))

    return made
