"""Which representation, and whether to send it at all: RFC 9110 for GET and HEAD. Pure."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aggregator.serve.documents import Document, Representation

_ENTITY_TAG = re.compile(rb'(?:W/)?("[^"]*")')


def selected(document: Document, accept_encoding: bytes | None) -> Representation:
    """The gzip representation where there is one and the client wants it at least as much as the plain one.

    Without an ``Accept-Encoding``, or with one that refuses all we have, the plain one (RFC 9110 12.5.3).
    """
    if document.gzip is None or accept_encoding is None:
        return document.identity
    weights = dict(_weights(accept_encoding))
    gzip = weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", 0.0)))
    identity = weights.get(b"identity", 0.0)
    return document.gzip if gzip > 0 and gzip >= identity else document.identity


def status(document: Document, chosen: Representation, headers: Iterable[tuple[bytes, bytes]]) -> int:
    """200, 304 or 412, in the order of RFC 9110 13.2.2: entity tags first, dates only where there are no tags."""
    said: dict[bytes, bytes] = {}
    for name, value in headers:
        said[name] = said[name] + b", " + value if name in said else value
    if b"if-match" in said:
        if not _names(said[b"if-match"], chosen.etag, weak=False):
            return 412
    elif _is_after(document.modified, said.get(b"if-unmodified-since")) is True:
        return 412
    if b"if-none-match" in said:
        return 304 if _names(said[b"if-none-match"], chosen.etag, weak=True) else 200
    return 304 if _is_after(document.modified, said.get(b"if-modified-since")) is False else 200


def _weights(accept: bytes) -> Iterable[tuple[bytes, float]]:
    """Codings with their weight; 1 where none is given, 0 where it cannot be read."""
    for each in accept.lower().split(b","):
        coding, _, parameter = each.partition(b";")
        weight = parameter.strip().removeprefix(b"q=") if parameter.strip() else b"1"
        try:
            yield coding.strip(), float(weight)
        except ValueError:
            yield coding.strip(), 0.0


def _names(condition: bytes, etag: bytes, *, weak: bool) -> bool:
    """Whether a list of entity tags (or ``*``) names this one; weak comparison ignores ``W/`` (RFC 9110 8.8.3.2)."""
    if condition.strip() == b"*":
        return True
    return any(each[1] == etag and (weak or not each[0].startswith(b"W/")) for each in _ENTITY_TAG.finditer(condition))


def _is_after(modified: int, condition: bytes | None) -> bool | None:
    """Whether the document changed after that HTTP date; None where there is no date or it cannot be read."""
    if condition is None:
        return None
    try:
        return modified > parsedate_to_datetime(condition.decode("ascii")).timestamp()
    except (ValueError, OverflowError):
        return None
