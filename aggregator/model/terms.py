"""Terms: the names an article is found by besides its source, compared as rules compare them. Pure."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aggregator.model.shared import Category

LONGEST_TERM = 200
"""Characters. A longer tag is a sentence, and finds nothing."""


def fold(text: str) -> str:
    """Text as rules compare it: compatible forms are one (NFKC), case does not matter (casefold).

    The second NFKC is needed because folding can take a text out of the normal form (Unicode 3.13, D146).
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def names_of(tags: Iterable[Category]) -> Iterator[str]:
    """Each tag, and its label, as written."""
    for each in tags:
        yield each.term
        if each.label is not None:
            yield each.label


def languages_of(language: str | None) -> Iterator[str]:
    """``en-GB`` is also ``en``: a shorter range matches a longer tag (RFC 4647 3.3.1)."""
    parts = (language or "").split("-")
    return ("-".join(parts[:count]) for count in range(len(parts), 0, -1) if parts[0])


def tag_term(name: str) -> str | None:
    """What articles with this tag are found by; ``None`` for what no address can name."""
    return _term("tag", name)


def language_term(code: str) -> str | None:
    """What articles in this language are found by; ``None`` for what no address can name."""
    return _term("language", code)


def terms_of(tags: Iterable[Category], language: str | None) -> frozenset[str]:
    """Everything an article with these is found by."""
    found = {*map(tag_term, names_of(tags)), *map(language_term, languages_of(language))}
    return frozenset(each for each in found if each is not None)


def _term(kind: str, name: str) -> str | None:
    """No database keeps U+0000 and halves of characters, and ``.`` and ``..`` are no parts of an address."""
    folded = fold(name)
    if not 0 < len(folded) <= LONGEST_TERM or folded in (".", ".."):
        return None
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in folded):
        return None
    return f"{kind}:{folded}"
