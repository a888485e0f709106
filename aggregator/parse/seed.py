"""What a local article is read to, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.model import ParsedEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedResult:
    """One local article; ``entry`` is ``None`` where it is a draft or cannot be read, and ``warnings`` say why.

    Every ``parse_seed(document: Document) -> SeedResult`` of :mod:`aggregator.parse` gives this.
    """

    entry: ParsedEntry | None = None
    draft: bool = False
    """Its author wants it published nowhere: nothing is wrong with the file."""
    warnings: tuple[str, ...] = ()
