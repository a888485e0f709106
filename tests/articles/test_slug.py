"""The addresses of local articles' pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.articles.slug import slug_of

KEY = "3f2a9c01d4e5f60718293a4b5c6d7e8f"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Rail strike ends", "rail-strike-ends-3f2a9c01d4"),
        ("Café – Straße, Łódź & Ærø!", "cafe-strasse-lodz-aero-3f2a9c01d4"),
        ("Don’t panic: it's 42", "dont-panic-its-42-3f2a9c01d4"),
        ("東京の天気", "3f2a9c01d4"),
        ("../../etc/passwd%00.html?x#y", "etc-passwd-00-html-x-y-3f2a9c01d4"),
        ("word " * 50, "word-" * 12 + "3f2a9c01d4"),
        ("x" * 200, "3f2a9c01d4"),
    ],
)
def test_a_slug_is_of_words_and_a_part_of_the_key(title: str, slug: str) -> None:
    assert slug_of(title, KEY) == slug


@given(st.text())
def test_a_slug_is_a_safe_name_whatever_the_title(title: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug_of(title, KEY))
    assert len(slug_of(title, KEY)) <= 71
    assert Path(slug_of(title, KEY)).name == slug_of(title, KEY)
