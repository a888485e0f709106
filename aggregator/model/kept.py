"""Kept: what is written down beside the documents, to outlive the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.model.value import Value

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Value):
    """What of an article no source can be asked for again: a line of the memory file."""

    key: str
    id: str
    source: str
    first_seen: datetime
    sort_at: datetime
    published: datetime | None = None
    updated: datetime | None = None
    page_hash: int | None = None
    text_hash: int | None = None
    slug: str | None = None
    claim_hash: bytes | None = None
    """Of the id its source gave it, where it is published under another."""
    duplicate_of: str | None = None
    held: str | None = None
    not_before: datetime | None = None
    hidden_at: datetime | None = None
    pinned_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAlias(Value):
    """Another key that an article is found by."""

    alias: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSource(Value):
    """What of a source neither the configuration nor the source says."""

    source: str
    on_remove: str = "keep"
    removed_at: datetime | None = None
    identity: str | None = None
    """As in :class:`SourceState`."""
