"""RSS 0.9 to 2.0, RDF, Atom 0.3 and 1.0: the only door to feedparser.

feedparser is given a stream, never bytes or text: those it may open as a file or address (6.0.14, measured). Its
sanitiser and resolver stay off; cleaning happens once, later, and only for new entries.
"""

from __future__ import annotations

import io
from typing import Any
from xml.sax import SAXParseException

import feedparser

from aggregator.model import Code, Document, Failed, ParsedFeed
from aggregator.parse import claims, fields, newest, outline, prolog, quirks, salvage

ROAD = "feedparser"
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
"""Replaces every prolog: the text is Unicode by now, and nothing else may stand before the root element."""

_HARMLESS = ("unbound prefix", "undefined entity")
"""What expat calls an error though nothing is missing: a prefix nobody declared, an entity that was salvaged."""


def parse(document: Document, text: str) -> ParsedFeed:
    """The feed in this document, whose decoded text is ``text``. Never raises.

    Entries that could be read are kept whatever is wrong; ``problem`` then says what (codes ``xml``,
    ``xml_forbidden``, ``xml_limit``, ``not_a_feed``).
    """
    if prolog.read(text).declares_entities:
        return _refused(Code.XML_FORBIDDEN, "entity declarations are not allowed; ask the publisher to remove them")
    mended = text
    warnings = []
    for quirk in quirks.ALL:
        mended, warning = quirk(mended)
        if warning:
            warnings.append(warning)
    data = (_DECLARATION + mended).encode("utf-8")
    seen = outline.read(data, document.url)
    if seen.limit:
        return _refused(Code.XML_LIMIT, seen.limit, *warnings)

    def ask(data: bytes) -> Any:
        return feedparser.parse(
            io.BytesIO(data), response_headers=_headers(document), sanitize_html=False, resolve_relative_uris=False
        )

    try:
        result = ask(data)
    except (MemoryError, RecursionError) as error:
        return _refused(Code.XML_LIMIT, f"too much for the parser ({type(error).__name__})", *warnings)
    except Exception as error:  # feedparser is not exception-safe (feedparser #599): whatever it is, it is one answer
        salvaged = salvage.read(data, document.url, ask)
        why = f"({type(error).__name__}: {error})"
        if salvaged is None:
            return _refused(Code.XML, f"feedparser gave up {why}", *warnings)
        result, lost = salvaged
        warnings.append(claims.line(f"feedparser gave up {why}; read in pieces, entries lost: {lost}"))
    else:
        if _is_broken(result):
            result = salvage.fuller(result, data, document.url, ask)
    return _read(result, seen, warnings, text)


def _headers(document: Document) -> dict[str, str]:
    headers = {"content-type": "application/xml; charset=utf-8"}
    if document.url.startswith(("http://", "https://")):  # feedparser makes file://a/b of file:///a/b
        headers["content-location"] = document.url
    return headers


def _refused(code: Code, detail: str, *warnings: str) -> ParsedFeed:
    return ParsedFeed(road=ROAD, problem=Failed(code=code, detail=claims.line(detail)), warnings=warnings)


def _is_broken(result: Any) -> bool:
    error = result.get("bozo_exception")
    return isinstance(error, SAXParseException) and not any(each in str(error) for each in _HARMLESS)


def _read(result: Any, seen: outline.Outline, warnings: list[str], text: str) -> ParsedFeed:
    info = fields.info(result["feed"], result["version"], seen, warnings)
    given = result["entries"][: newest.ENTRIES]
    notes = seen.notes([claims.text(dict.get(each, "id")) for each in given])
    entries = tuple(
        fields.entry(each, position=position, feed=info, noted=noted, outline=seen)
        for position, (each, noted) in enumerate(zip(given, notes, strict=True))
    )
    problem = None
    error = result.get("bozo_exception")
    if not entries and not result["version"]:
        problem = Failed(code=Code.NOT_A_FEED, detail="XML without a feed in it")
    elif _is_broken(result) and isinstance(error, SAXParseException):
        line, column = _place(error, text)
        entries = entries[:-1] if quirks.ends_within_an_entry(text) else entries
        read = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
        detail = f"not well-formed at line {line}, column {column}; {read} read"
        problem = Failed(code=Code.XML, detail=detail)
    elif error is not None:
        said = error.getMessage() if isinstance(error, SAXParseException) else error
        warnings.append(claims.line(f"not quite well-formed: {said}"))
    if problem is None and seen.headless:
        warnings.append(outline.HEADLESS)
    return ParsedFeed(
        info=info,
        entries=entries,
        tombstones=seen.tombstones,
        road=ROAD,
        problem=problem,
        warnings=tuple(warnings),
    )


def _place(error: SAXParseException, text: str) -> tuple[int, int]:
    """Line and column in the document as it came, both from 1; our declaration stands in for its prolog."""
    removed = text[: len(text) - len(quirks.text_before_root(text)[0])]
    line = (error.getLineNumber() or 1) - 1  # of the text from the root element on
    column = (error.getColumnNumber() or 0) + 1
    if line <= 1:
        column += len(removed) - (removed.rfind("\n") + 1)
    return max(line, 1) + removed.count("\n"), column
