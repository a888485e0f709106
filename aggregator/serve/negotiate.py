"""Which representation of a document, and whether to send it at all: RFC 9110 for GET and HEAD. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Headers = tuple[tuple[bytes, bytes], ...]

_ENTITY_TAG = re.compile(rb'(?:W/)?("[^"]*")')

_UNSAID = 0.0001
"""The weight of the plain bytes where they are not named: they may be sent, but a coding that is asked for is better
(RFC 9110 12.5.3). The smallest weight that can be said is 0.001."""


_MOST_RANKED, _MOST_BYTES = 64, 200
"""How many ``Accept-Encoding`` are remembered for a document, and of what length: anybody can invent new ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """One document in one content coding."""

    body: bytes = field(repr=False)
    etag: bytes
    """Strong: it names the version of the document and the coding (RFC 9110 8.8.3)."""
    headers: Headers
    """Of a 200."""
    not_modified_headers: Headers
    """Of a 304: what RFC 9110 15.4.5 wants repeated."""
    head: bytes = field(default=b"", repr=False)
    """The headers as they are sent."""
    not_modified_head: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One published document in every coding there is of it."""

    version: str
    """32 hexadecimal digits: a hash of the plain bytes."""
    modified: int
    """When these bytes were first written, in Unix seconds (HTTP dates have no fractions)."""
    codings: Mapping[str, Representation]
    """By the name of the coding; ``identity`` is always there."""
    ranked: dict[bytes, tuple[Representation, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What :func:`acceptable` gave, by ``Accept-Encoding``: few are in use, and reading one is half the work."""

    @property
    def identity(self) -> Representation:
        """The plain bytes."""
        return self.codings["identity"]


def acceptable(document: Document, accept_encoding: bytes | None) -> tuple[Representation, ...]:
    """The representations the client takes, the one to send first: of those it likes alike, the smallest.

    Without an ``Accept-Encoding`` the plain one alone: any would be allowed, but who says nothing often can do nothing
    else. One that refuses all we have gets the plain one, too (RFC 9110 12.4.1 leaves that to the server).
    """
    if accept_encoding is None:
        return (document.identity,)
    known = document.ranked.get(accept_encoding)
    if known is None:
        known = _ranked(document, accept_encoding)
        if len(document.ranked) < _MOST_RANKED and len(accept_encoding) <= _MOST_BYTES:
            document.ranked[accept_encoding] = known
    return known


def _ranked(document: Document, accept_encoding: bytes) -> tuple[Representation, ...]:
    weights = _weights(accept_encoding)
    rest = weights.get("*")
    ranked = []
    for coding, each in document.codings.items():
        unsaid = (_UNSAID if coding == "identity" else 0.0) if rest is None else rest
        weight = weights.get(coding, unsaid)
        if weight > 0:
            ranked.append((-weight, len(each.body), each.etag, each))
    return tuple(each[-1] for each in sorted(ranked, key=lambda each: each[:3])) or (document.identity,)


def decide(document: Document, header: Callable[[bytes], bytes | None]) -> tuple[int, Representation]:
    """200, 304 or 412 and of which representation, in the order of RFC 9110 13.2.2; ``header`` gives a field's value.

    What a client holds may be in another coding than what it would get now: the plain bytes, if it asked before they
    were compressed. Any tag of a representation that it takes is therefore good for a 304, which then repeats that
    very tag: a cache that holds several finds the right one by it (RFC 9111 4.3.3). The tag of one that it does not
    take is not: a cache would give a client without brotli its brotli bytes.
    """
    offered = acceptable(document, header(b"accept-encoding"))
    match = header(b"if-match")
    if match is not None:
        if _named(match, offered, weak=False) is None:
            return 412, offered[0]
    elif _is_after(document.modified, header(b"if-unmodified-since")) is True:
        return 412, offered[0]
    none_match = header(b"if-none-match")
    if none_match is not None:
        held = _named(none_match, offered, weak=True)
        return (200, offered[0]) if held is None else (304, held)
    return 304 if _is_after(document.modified, header(b"if-modified-since")) is False else 200, offered[0]


def _weights(accept: bytes) -> Mapping[str, float]:
    """Codings with their weight; 1 where none is given, 0 where it cannot be read."""
    weights: dict[str, float] = {}
    for each in accept.decode("latin-1").lower().split(","):
        coding, _, parameter = each.partition(";")
        name = coding.strip().removeprefix("x-")  # x-gzip is gzip (RFC 9110 8.4.1.3)
        weight = parameter.strip().removeprefix("q=") if parameter.strip() else "1"
        try:
            weights[name] = float(weight)
        except ValueError:
            weights[name] = 0.0
    return weights


def _named(condition: bytes, offered: tuple[Representation, ...], *, weak: bool) -> Representation | None:
    """Which one a list of entity tags (or ``*``) names; weak comparison ignores ``W/`` (RFC 9110 8.8.3.2)."""
    if condition.strip() == b"*":
        return offered[0]
    if condition == offered[0].etag:
        return offered[0]
    tags = {each[1] for each in _ENTITY_TAG.finditer(condition) if weak or not each[0].startswith(b"W/")}
    return next((each for each in offered if each.etag in tags), None)


def _is_after(modified: int, condition: bytes | None) -> bool | None:
    """Whether the document changed after that HTTP date; None where there is no date or it cannot be read.

    The form of C's ``asctime`` names no zone and is in UTC (RFC 9110 5.6.7), not in that of this machine.
    """
    if condition is None:
        return None
    try:
        date = parsedate_to_datetime(condition.decode("ascii"))
        return modified > (date if date.tzinfo is not None else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
