"""Only what is new since the version that a reader has: RFC 3229 with the instance manipulation ``feed``.

``feed`` is Bob Wyman's ("Using RFC3229 with Feeds", 2004), in no registry, and asked for by feedparser, newsboat,
Liferea, Vienna, NewsBlur and others: the answer is a feed that holds the entries that are new or changed, and nothing
has to be put together to read it.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from aggregator.serve.answer import Answer
from aggregator.serve.coding import CODINGS
from aggregator.serve.negotiate import acceptable

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from aggregator.model import Editions
    from aggregator.serve.answer import Request
    from aggregator.serve.documents import Documents
    from aggregator.serve.negotiate import Document, Headers, Representation

    Cut = Callable[[str, bytes, Container[bytes]], bytes | None]
    """The document with this ending of its name and these bytes, without the parts whose marks are known; None where
    it is not to be cut."""

MOST_BYTES = 16 * 1024 * 1024
"""Of the answers that are kept; those that were asked for longest ago go first."""

LARGE = 64 * 1024
"""A document of more bytes is cut in a thread: cutting and compressing 5 MB takes up to a third of a second."""

_FEED = re.compile(rb"(?:^|,)[ \t]*feed[ \t]*(?:;[ \t]*q[ \t]*=[ \t]*([0-9.]+)[ \t]*)?(?=,|$)", re.IGNORECASE)
_TAG = re.compile(rb'(?:W/)?("([0-9a-f]{32})(?:-[a-z]{2,4})?")')

_CACHING = {b"content-length", b"cache-control", b"vary"}
_NOT_STORED = b"no-store, im"
"""A cache that knows nothing of deltas must not take one for the document, ``im`` tells one that does that it may have
it all the same (RFC 3229 section 10.8; its examples and Wyman's say both)."""


class Held(NamedTuple):
    """The latest known version a reader has."""

    tag: bytes
    """Its entity tag as the reader gave it, without ``W/``."""
    number: int


def held(request: Request, editions: Editions) -> Held | None:
    """What the reader has of a document, where it asks for what is new since (``A-IM: feed``). Pure.

    Of several versions the latest, as least is new since that one. A tag of any coding will do: the entries are cut
    from the plain bytes. None where it does not ask, or has no version that is known.
    """
    wanted = request.header(b"a-im")
    if wanted is None or not any(each[1] is None or each[1].strip(b"0.") for each in _FEED.finditer(wanted)):
        return None
    known = [
        Held(each[1], number)
        for each in _TAG.finditer(request.header(b"if-none-match") or b"")
        if (number := editions.number_of(each[2].decode())) is not None
    ]
    return max(known, key=lambda each: each.number, default=None)


class Deltas:
    """Answers that hold only what is new, each made once. ``cut`` takes a document apart."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut
        self._editions: Mapping[str, Editions] = {}
        self._made: OrderedDict[tuple[str, bytes, int], bytes | None] = OrderedDict()
        """Path, tag of the present representation and number of the version held -> the body; None for no use."""
        self._bytes = 0
        self._making = asyncio.Lock()

    def load(self, editions: Mapping[str, Editions]) -> None:
        """The known versions of these documents, by their paths, such as ``main.atom``."""
        self._editions = {**self._editions, **editions}
        for key in [each for each in self._made if each[0] in editions]:
            self._bytes -= len(self._made.pop(key) or b"")

    async def instead(self, request: Request, documents: Documents) -> Answer | None:
        """The answer with what is new, in place of the whole document.

        None where that is not asked for, cannot be told or would be no smaller.
        """
        path, document = request.path[1:], documents.get(request.path)
        editions = self._editions.get(path)
        if editions is None or document is None or editions.present != document.version:
            return None
        has = held(request, editions)
        if has is None:
            return None
        whole = acceptable(document, request.header(b"accept-encoding"))[0]
        key = (path, whole.etag, has.number)
        if key not in self._made:
            async with self._making:
                if key not in self._made:
                    known = editions.known_in(has.number)
                    large = len(document.identity.body) > LARGE
                    made = (
                        await asyncio.to_thread(self._body, path, document, whole, known)
                        if large
                        else self._body(path, document, whole, known)
                    )
                    self._keep(key, made)
        self._made.move_to_end(key)
        body = self._made[key]
        if body is None:
            return None
        headers = _headers(whole, len(body), has.tag)
        return Answer(status=226, headers=headers, body=body if request.method == "GET" else b"")

    def _body(self, path: str, document: Document, whole: Representation, known: Container[bytes]) -> bytes | None:
        delta = self._cut(path.rpartition(".")[2], document.identity.body, known)
        if delta is None:
            return None
        for coding in CODINGS:
            if document.codings.get(coding.name) is whole:
                delta = coding.compress(delta)
        return delta if len(delta) < len(whole.body) else None

    def _keep(self, key: tuple[str, bytes, int], made: bytes | None) -> None:
        self._made[key] = made
        self._bytes += len(made or b"")
        while self._bytes > MOST_BYTES and len(self._made) > 1:
            self._bytes -= len(self._made.popitem(last=False)[1] or b"")


def _headers(whole: Representation, length: int, base: bytes) -> Headers:
    """Those of the whole document, its tag too: that is what the reader has afterwards (RFC 3229 section 10.4.1)."""
    said = dict(whole.headers)
    vary = said.get(b"vary", b"Accept-Encoding")
    private = said.get(b"cache-control", b"").startswith(b"private")
    return (
        (b"im", b"feed"),
        (b"delta-base", base),
        (b"content-length", str(length).encode()),
        (b"cache-control", b"private, " + _NOT_STORED if private else _NOT_STORED),
        (b"vary", b"A-IM, If-None-Match, " + vary),
        *(each for each in whole.headers if each[0] not in _CACHING),
    )
