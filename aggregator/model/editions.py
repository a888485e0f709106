"""Which versions of a published document are known, and since when each of its parts is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from struct import calcsize, iter_unpack, pack
from typing import TYPE_CHECKING

from aggregator.model.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

REMEMBERED = timedelta(days=30)
"""For how long a version is known after it was replaced: a reader that comes once a month is told what is new."""

MOST = 500
"""Versions of one document that are known, the latest."""

_VERSION = ">16sQ"
_VERSION_BYTES = calcsize(_VERSION)
_PART = ">8sQ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def version_of(body: bytes) -> str:
    """The name of these very bytes: 32 hexadecimal digits of their SHA-256. The ETag of a document is made of it."""
    return sha256(body).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Editions(Value):
    """The versions of one document, and of its present parts the first version since which each is there.

    Packed, as there are hundreds of each for every document. Versions are numbered by the time at which they came, in
    microseconds since 1970, which never goes back.
    """

    path: str
    """Such as ``main.atom``."""
    versions: bytes = field(default=b"", repr=False)
    """Each 16 bytes of its name and its number, the present one last."""
    parts: bytes = field(default=b"", repr=False)
    """Each a mark of 8 bytes and the number since which it is in every version."""

    @property
    def present(self) -> str:
        """The name of the version that is there now; empty where there is none."""
        return self.versions[-_VERSION_BYTES:-8].hex()

    def number_of(self, version: str) -> int | None:
        """When the version with this name came; None for one that is not known."""
        name = bytes.fromhex(version)
        place = self.versions.find(name)
        while place > 0 and place % _VERSION_BYTES:
            place = self.versions.find(name, place + 1)
        return int.from_bytes(self.versions[place + len(name) : place + _VERSION_BYTES]) if place >= 0 else None

    def known_in(self, number: int) -> frozenset[bytes]:
        """Marks of the present parts that whoever has the version of that number has."""
        return frozenset(mark for mark, since in iter_unpack(_PART, self.parts) if since <= number)

    def after(self, version: str, marks: Iterable[bytes], now: datetime) -> Editions:
        """With one more version, that has these parts; what is too old or too much is forgotten."""
        name = bytes.fromhex(version)
        before = self._versions()
        micros = (now - _EPOCH) // timedelta(microseconds=1)
        number = max(micros, before[-1][1] + 1 if before else 0)
        since = dict(iter_unpack(_PART, self.parts))
        kept = [*(each for each in before if each[0] != name), (name, number)][-MOST:]
        oldest = number - REMEMBERED // timedelta(microseconds=1)
        replaced = [came for _, came in kept[1:]]
        fresh = [each for each, at in zip(kept, [*replaced, number], strict=True) if at >= oldest]
        return Editions(
            path=self.path,
            versions=b"".join(pack(_VERSION, *each) for each in fresh),
            parts=b"".join(pack(_PART, each, since.get(each, number)) for each in marks),
        )

    def _versions(self) -> list[tuple[bytes, int]]:
        return list(iter_unpack(_VERSION, self.versions))
