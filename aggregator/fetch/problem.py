"""How a look ends badly, inside this stage: one exception, turned into the value ``Failed`` at one edge."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from aggregator.model import Freshness

if TYPE_CHECKING:
    from aggregator.model import Code

DETAIL_CHARACTERS = 300


class Problem(Exception):
    """The look cannot go on. ``detail`` is for people; it passes through :func:`one_line`."""

    def __init__(
        self, code: Code, detail: str, *, status: int | None = None, freshness: Freshness | None = None
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = one_line(detail)
        self.status = status
        self.freshness = freshness or Freshness()


def one_line(text: str, most: int = DETAIL_CHARACTERS) -> str:
    """Gives ``text`` as one line of at most ``most`` characters without control, format or surrogate characters.

    Format characters go too: bidirectional overrides and U+009B drive terminals and turn log lines around.
    """
    short = text if len(text) <= most else text[: most - 1] + "\u2026"
    if short.isascii() and short.isprintable():
        return short
    return "".join(" " if unicodedata.category(each)[0] == "C" or each in "\u2028\u2029" else each for each in short)
