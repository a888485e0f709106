"""The answer to a request for a document: RFC 9110 for GET and HEAD, and the refusal of every other method. Pure.

Nothing in an answer comes from the request: no ``Host``, no path, no query is ever echoed or redirected to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aggregator.serve import negotiate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aggregator.serve.documents import Documents
    from aggregator.serve.negotiate import Document, Headers

ALLOWED = "GET, HEAD"

SECURITY: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"; ".join(
            (
                b"default-src 'none'",
                b"img-src 'self' https: data:",
                b"style-src 'self'",
                b"base-uri 'none'",
                b"form-action 'none'",
                b"frame-ancestors 'none'",
            )
        ),
    ),
)
"""On every answer, errors too. The pages are safe without the policy; it is the second lock."""


class Request(NamedTuple):
    """What decides about an answer."""

    method: str
    path: str
    """Decoded, without the query: ``/feed.atom``."""
    query: bytes = b""
    fields: Mapping[bytes, bytes] = {}
    """Names in lower case."""

    def header(self, name: bytes) -> bytes | None:
        """The field's value; None where there is none."""
        return self.fields.get(name)


class Answer(NamedTuple):
    """Status, headers and body, ready to be sent; the body of an answer to HEAD is empty."""

    status: int
    headers: Headers
    body: bytes = b""
    head: bytes | None = None
    """The headers as they are sent, where somebody has put them together before."""


def lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Headers as they are sent."""
    return b"".join([b"%b: %b\r\n" % each for each in headers])


def combined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Fields by name; several lines of one name are one list (RFC 9110 5.3)."""
    fields: dict[bytes, bytes] = {}
    for name, value in headers:
        fields[name] = fields[name] + b", " + value if name in fields else value
    return fields


def answer(documents: Documents, request: Request) -> Answer | None:
    """The answer where there is a document at the request's path; None where there is none. The query means nothing."""
    document = documents.get(request.path)
    return answer_with(document, request) if document is not None else None


def answer_with(document: Document, request: Request) -> Answer:
    """The answer to a request for this document."""
    if request.method not in ("GET", "HEAD"):
        return method_not_allowed()
    code, chosen = negotiate.decide(document, request.fields.get)
    if code == 412:
        return text(412, "The document has changed.\n")
    if code == 304:
        return Answer(304, chosen.not_modified_headers, b"", chosen.not_modified_head)
    return Answer(200, chosen.headers, chosen.body if request.method == "GET" else b"", chosen.head)


def path_of(target: str) -> str:
    """The path of a request target; an absolute one has to be accepted (RFC 9112 3.2.2), its host means nothing."""
    if target.startswith("/"):
        return target
    scheme, separator, rest = target.partition("://")
    return "/" + rest.partition("/")[2] if separator and scheme.lower() in ("http", "https") else target


def method_not_allowed() -> Answer:
    """405 for anything but GET and HEAD."""
    return text(405, f"Only {ALLOWED} are possible here.\n", (b"allow", ALLOWED.encode()))


def text(status: int, words: str, *more: tuple[bytes, bytes]) -> Answer:
    """One line for people, true only now."""
    return current(status, words.encode(), b"text/plain; charset=utf-8", *more)


def current(status: int, body: bytes, media_type: bytes, *more: tuple[bytes, bytes]) -> Answer:
    """An answer that is true only now: nobody keeps it."""
    return Answer(
        status=status,
        headers=(
            (b"content-type", media_type),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *SECURITY,
            *more,
        ),
        body=body,
    )
