"""Which of several feeds is meant. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aggregator.operate import rfc3339
from aggregator.parse.discovery import ORDER, Found, is_of_comments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from aggregator.model import Article, Failed, FeedInfo, Fetched

WHOLE = 1200
"""Characters of text in the middle article from which on a feed is taken to have whole texts."""
ALIKE = 0.8
"""Share of the articles of the smaller of two feeds from which on these count as the same articles."""
_TAG = re.compile(r"<[^>]*>")
FORMATS = ("atom", "json", "rss")
"""Of two feeds with the same articles, the one that says more of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A feed that was found, read as a poll would read it."""

    url: str
    """The address to write into the configuration."""
    asked: str
    """The address that was asked for."""
    final: str
    """Where it came from, after redirects."""
    how: str
    """How it was found: one of :data:`ORDER`."""
    title: str | None
    format: str | None
    entries: int
    latest: datetime | None
    text: str
    """``full text``, ``summaries`` or ``titles``."""
    characters: int
    """Of text in the middle article."""
    hubs: tuple[str, ...]
    """Who tells of changes at once (WebSub)."""
    validators: tuple[str, ...]
    """``ETag`` and ``Last-Modified``, as far as the server sends them."""
    comments: bool
    """Whether it is of comments."""
    self_url: str | None
    warnings: tuple[str, ...]
    articles: frozenset[str]
    """What tells its articles."""
    same_as: int | None = None
    """Place, from 1, of a feed before it with the same articles."""
    known: str | None = None
    """Id of the source that it is already."""

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        names = (
            "url",
            "asked",
            "how",
            "title",
            "format",
            "entries",
            "text",
            "characters",
            "comments",
            "same_as",
            "known",
        )
        lists = {"hubs": list(self.hubs), "validators": list(self.validators), "warnings": list(self.warnings)}
        return {name: getattr(self, name) for name in names} | {"latest": rfc3339(self.latest)} | lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An address at which there was no feed."""

    url: str
    how: str
    problem: Failed


def candidate(
    found: Found, got: Fetched, info: FeedInfo, articles: Sequence[Article], warnings: Iterable[str]
) -> Candidate:
    """What is to be known of a feed: ``articles`` are all that are in it."""
    lengths = [len(_TAG.sub("", each.content_html or each.summary or "")) for each in articles]
    middle = round(median(lengths)) if lengths else 0
    sent = (("ETag", got.validators.etag), ("Last-Modified", got.validators.last_modified))
    return Candidate(
        url=proposed(found.url, got),
        asked=found.url,
        final=got.final_url,
        how=found.how,
        title=info.title or found.title,
        format=info.format,
        entries=len(articles),
        latest=max((date for each in articles if (date := each.published or each.updated) is not None), default=None),
        text="full text" if middle >= WHOLE else "summaries" if middle else "titles",
        characters=middle,
        hubs=tuple(dict.fromkeys((*got.hubs, *info.hubs))),
        validators=tuple(name for name, value in sent if value is not None),
        comments=is_of_comments(found.url, info.title or found.title),
        self_url=info.self_url,
        warnings=tuple(warnings),
        articles=frozenset(each.url or each.id for each in articles),
    )


def proposed(asked: str, got: Fetched) -> str:
    """Where redirects led to, if they say so for good or stay at the host; a detour to another host may change any day
    (RFC 9110 15.4.3), and the address asked for stays."""
    if got.moved_to is not None:
        return got.moved_to
    same = (urlsplit(asked).hostname or "") == (urlsplit(got.final_url).hostname or "")
    return got.final_url if same else asked


def ranked(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The likeliest first: feeds of articles before those of comments, with entries before without, as surely as they
    were found, then as the page has them. Of those with the same articles, the one with the fuller text leads, then by
    format; the others follow it at once and say so."""
    once: dict[str, Candidate] = {}
    for each in found:
        once.setdefault(each.final, each)
    groups: list[list[Candidate]] = []
    for each in sorted(once.values(), key=lambda each: (each.comments, not each.entries, ORDER.index(each.how))):
        alike = next((group for group in groups if _are_alike(group[0], each)), None)
        if alike is None:
            groups.append([each])
        else:
            alike.append(each)
    result: list[Candidate] = []
    for group in groups:
        first, *others = sorted(group, key=_worth)
        result.append(first)
        place = len(result)
        result.extend(replace(each, same_as=place) for each in others)
    return tuple(result)


def _are_alike(one: Candidate, other: Candidate) -> bool:
    both = len(one.articles & other.articles)
    return bool(both) and both >= ALIKE * min(len(one.articles), len(other.articles))


def _worth(each: Candidate) -> tuple[bool, int]:
    kind = (each.format or "").rstrip("0123456789.")
    return each.text != "full text", FORMATS.index(kind) if kind in FORMATS else len(FORMATS)


def only_choice(found: Sequence[Candidate]) -> Candidate | None:
    """The one that is meant where nobody can be asked: the only one that is of articles and not the same again."""
    real = [each for each in found if not each.comments and each.same_as is None]
    return real[0] if len(real) == 1 else None
