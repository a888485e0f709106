"""Documents that only those with a token may read. To all others they are not there.

A token comes in the address (``?token=``), as ``Authorization: Bearer`` (RFC 6750), or as the password of ``Basic``
(RFC 7617), whatever the user name is. No challenge is ever sent: it would tell that there is something.
"""

from __future__ import annotations

from base64 import b64decode
from hashlib import blake2b
from hmac import compare_digest
from secrets import token_bytes
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aggregator.model import Output
    from aggregator.serve.answer import Request
    from aggregator.serve.documents import Documents

_OF_THE_FIRST = ("", "index", "feed")
"""Names of documents that the first output has besides its own."""


def owner(path: str, first: str) -> str:
    """The id of the output a document at this path would be of; ``first`` is that of the first output."""
    name = path[1:].partition("/")[0].partition(".")[0]
    return first if name in _OF_THE_FIRST else name


def shown(request: Request) -> Iterator[bytes]:
    """What the request shows as tokens: one in its address, one in its header, or none."""
    for part in request.query.split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"token":
            yield unquote_to_bytes(value)
            break
    scheme, _, credentials = (request.header(b"authorization") or b"").partition(b" ")
    if scheme.lower() == b"bearer":
        yield credentials.strip()
    elif scheme.lower() == b"basic":
        try:
            yield b64decode(credentials.strip(), validate=True).partition(b":")[2]
        except ValueError:
            return


class Private:
    """The private documents, and who may read which. ``documents`` are those of the private folder."""

    def __init__(self, documents: Documents, outputs: Sequence[Output] = ()) -> None:
        self.documents = documents
        self._key = token_bytes(32)
        self.use(outputs)

    def use(self, outputs: Sequence[Output]) -> None:
        """From the next request on the tokens of these outputs are valid, and no others."""
        self._first = outputs[0].id if outputs else ""
        self._outputs = frozenset(each.id for each in outputs if each.private)
        self._tokens = [
            (each.id, self._digest(secret.encode()))
            for each in outputs
            if each.tokens is not None
            for _, secret in each.tokens
        ]

    def holds(self, path: str) -> bool:
        """Whether a document at this path would be of a private output."""
        return owner(path, self._first) in self._outputs

    def opened(self, request: Request) -> Documents | None:
        """The private documents, where the request shows a token of the output it asks for a document of.

        Every token of every output is compared, and none by what it begins with, so that the time this takes tells
        neither whether there is such an output nor how much of a token is right.
        """
        presented = [self._digest(each) for each in shown(request)] or [self._digest(b"")]
        granted = [output for output, expected in self._tokens for each in presented if compare_digest(expected, each)]
        may = owner(request.path, self._first) in granted and self._is_its_own(request.path)
        return self.documents if may else None

    def _is_its_own(self, path: str) -> bool:
        """Whether what is at a name of the first output is of that: until the next publish after another has become
        the first, it is of the one before, which this token does not open."""
        name, _, ending = path[1:].partition(".")
        if name not in _OF_THE_FIRST:
            return True
        found, own = self.documents.get(path), self.documents.get(f"/{self._first}.{ending or 'html'}")
        return found is not None and own is not None and found.version == own.version

    def _digest(self, token: bytes) -> bytes:
        return blake2b(token, digest_size=32, key=self._key).digest()
