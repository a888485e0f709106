"""Outputs that nobody configured, made when they are asked for: of a tag, a source, a language, or a search. Pure.

Each is an output like any other, with a query in the language of rules; here is what address is which, and back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from aggregator.model import Link
from aggregator.model.terms import LONGEST_TERM, fold
from aggregator.model.value import Value

if TYPE_CHECKING:
    from typing import Literal

    from aggregator.model import Automatic, Site

    Kind = Literal["tags", "sources", "languages", "search"]

FORMATS = ("atom", "rss", "json", "html")

LONGEST_QUERY = 500
"""Characters of a search."""

MOST_WORDS = 20
"""Words of a search: each is looked for in every title and text."""

_NAMES = {"tags": "tag", "languages": "language", "sources": "source"}
"""Kind of output -> the field of rules that it is of."""

_ENDING = re.compile(r"\.(atom|rss|json|html)")
_WORDS = re.compile(r'"([^"]+)"|([^\s"]+)')


class Unclear(ValueError):
    """A search that cannot be understood; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Value):
    """What an address asks for."""

    kind: Kind
    name: str
    """The tag and the language as rules compare them, the source's id, or what is searched for; ``""`` asks for a list
    of what there is (of searches: for the form)."""
    format: str

    @property
    def output(self) -> str:
        """The id of the output that this is, in every format: ``tags/cars``."""
        return f"{self.kind}/{self.name}"


def asked_at(path: str, query: bytes) -> Asked | None:
    """What the address asks for; ``None`` where it is none of these.

    ``path`` is decoded: ``/tags/a/b.atom`` is of the tag ``a/b``, as is ``/tags/a%2Fb.atom``. Raises Unclear for a
    search that is too long or no text.
    """
    first, slash, rest = path.removeprefix("/").partition("/")
    stem, dot, ending = first.rpartition(".")
    if not slash and (first if not dot else stem) in ("search", "tags", "sources"):
        kind, kind_format = (stem, ending) if dot else (first, "html")
        if kind == "search" and kind_format in FORMATS:
            return Asked(kind="search", name=_searched(query), format=kind_format)
        return Asked(kind=kind, name="", format="html") if not dot else None  # type: ignore[arg-type]  # as just asked
    if not slash or first not in _NAMES:
        return None
    name, format_ = (rest[: -len(found[0])], found[1]) if (found := _last_ending(rest)) else (rest, "html")
    name = name if first == "sources" else fold(name)
    if not 0 < len(name) <= LONGEST_TERM or "\ufffd" in name:
        return None
    return Asked(kind=first, name=name, format=format_)  # type: ignore[arg-type]  # one of _NAMES


def _last_ending(rest: str) -> re.Match[str] | None:
    return _ENDING.fullmatch(rest, rest.rfind(".")) if "." in rest else None


def typed(query: bytes) -> str:
    """What somebody wanted to search for, to be shown to him again: also where it cannot be."""
    text = query[: 6 * LONGEST_QUERY].decode("ascii", "replace")
    try:
        given = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=10)
    except ValueError:
        return ""
    words = next((value for name, value in given if name == "q"), "")
    return "".join(each if each.isprintable() else " " for each in words)


def _searched(query: bytes) -> str:
    if len(query) > 6 * LONGEST_QUERY:  # no byte of UTF-8 takes more than three characters in percent
        raise Unclear(f"The search is too long: at most {LONGEST_QUERY} characters are possible.")
    try:
        given = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=10)
    except ValueError as error:
        raise Unclear("The search is no text: write it as UTF-8, percent-encoded.") from error
    words = " ".join(next((value for name, value in given if name == "q"), "").split())
    if len(words) > LONGEST_QUERY:
        raise Unclear(f"The search has {len(words)} characters; at most {LONGEST_QUERY} are possible.")
    if not words.isprintable():
        raise Unclear("The search has characters that cannot be seen; leave them out.")
    return words


def address(site: Site, asked: Asked) -> str:
    """The one address that is published for this."""
    if asked.kind == "search":
        ending = "" if asked.format == "html" else f".{asked.format}"
        return f"{site.url}search{ending}" + (f"?q={quote(asked.name, safe='')}" if asked.name else "")
    if not asked.name:
        return f"{site.url}{asked.kind}"
    ending = f".{asked.format}" if asked.format != "html" or _last_ending(asked.name) else ""
    return f"{site.url}{asked.kind}/{quote(asked.name, safe='')}{ending}"


def pages_of(site: Site, there: Automatic, *, home: bool) -> tuple[Link, ...]:
    """The lists of what there is, and the search, for people; where that is another one, the first page (``home``)."""
    kinds = (("sources", "Sources", there.sources), ("tags", "Tags", there.tags), ("search", "Search", there.search))
    lists = tuple(Link(href=f"{site.url}{kind}", title=title) for kind, title, is_there in kinds if is_there)
    return (Link(href=site.url, title=site.title), *lists) if home else lists


def query_of(asked: Asked) -> str:
    """What it takes, as a rule; of a search that is not written as one. Raises Unclear for one of too many words."""
    if asked.kind == "search":
        return _all_of(asked.name)
    return f"{_NAMES[asked.kind]} = {_quoted(asked.name)}"


def _all_of(text: str) -> str:
    """Every word, and every "phrase in quotes", in the title or in the text."""
    words = [phrase or word for phrase, word in _WORDS.findall(text)]
    if not words:
        raise Unclear("The search has no word in it.")
    if len(words) > MOST_WORDS:
        raise Unclear(f"The search has {len(words)} words; at most {MOST_WORDS} are possible.")
    return " and ".join(f"(title ~ {each} or content ~ {each})" for each in map(_quoted, words))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
