"""Numbers of things as people say them."""

from __future__ import annotations


def count(number: int, word: str, words: str | None = None) -> str:
    """``1 source``, ``2 sources``, ``10,000 entries``."""
    return f"{number} {word}" if number == 1 else f"{number:,} {words or f'{word}s'}"
