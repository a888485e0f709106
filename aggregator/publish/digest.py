"""An entry for each day or week, with all that was published in it. Pure.

A digest is made when its period is over, and changes only where something it lists is taken back. Which articles are of
which period is written down when an output takes them (:mod:`aggregator.store.members`), so each is told of once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from html import escape, unescape
from typing import TYPE_CHECKING

from aggregator.model import Article, FeedInfo, Link, Person
from aggregator.model.value import Value
from aggregator.publish import valid
from aggregator.publish.assemble import at_home, below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from aggregator.model import Output, Site

KEPT = {"daily": 90, "weekly": 52}
"""Periods that an output reaches back, at most."""

LISTED = 1000
"""Articles that a digest lists: with half a kilobyte for each line, a tenth of the largest document there is."""

RELATED = 20
"""Of them those that are links of the entry as well."""

_LINE = 200
"""Characters of a summary at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period(Value):
    """A day or a week, in UTC; a week begins on Monday (ISO 8601)."""

    start: datetime
    end: datetime

    @property
    def title(self) -> str:
        """For people: ``23 November 2026``, ``16 to 22 November 2026``."""
        last = self.end - timedelta(days=1)
        if last == self.start:
            return f"{last.day} {last:%B %Y}"
        first = f"{self.start.day}" + (f" {self.start:%B}" if self.start.month != last.month else "")
        return f"{first} to {last.day} {last:%B %Y}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Value):
    """What a digest has to tell."""

    articles: tuple[Article, ...] = ()
    """Those to list, the newest first; :data:`LISTED` at most."""
    count: int = 0
    """How many there are."""
    left_at: datetime | None = None
    """When the last of them was taken back."""


@dataclass(slots=True)
class Digests:
    """Digests that were made, and of which configuration and names of sources."""

    of: object = None
    made: dict[tuple[str, Period], Article | None] = field(default_factory=dict)
    """By output and period."""


def period_of(kind: str, moment: datetime) -> Period:
    """The day (``daily``) or week (``weekly``) that a moment is in."""
    start = datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
    if kind == "daily":
        return Period(start=start, end=start + timedelta(days=1))
    start -= timedelta(days=start.weekday())
    return Period(start=start, end=start + timedelta(days=7))


def periods(kind: str, now: datetime) -> Iterator[Period]:
    """Those that are over and told of, the last one first."""
    period = period_of(kind, now)
    for _ in range(KEPT[kind]):
        period = period_of(kind, period.start - timedelta(days=1))
        yield period


def id_of(site: Site, output: Output, period: Period) -> str:
    """The id of the entry, whatever it lists."""
    return below(site.id, "digest", f"{output.id}\0{output.digest}\0{period.start.date().isoformat()}")


def digest(told: Told, period: Period, names: Mapping[str, str], site: Site, output: Output) -> Article | None:
    """The entry of a period; withdrawn where all that it told of was taken back, ``None`` where there was nothing.

    ``names`` has the titles of the sources by their ids.
    """
    if not told.count and told.left_at is None:
        return None
    if not output.private:
        told = replace(told, articles=tuple(at_home(each, site) for each in told.articles))
    digest_id = id_of(site, output, period)
    left = told.left_at if told.left_at is not None and told.left_at > period.end else None
    return Article(
        key=digest_id.removeprefix("urn:uuid:").replace("-", ""),
        id=digest_id,
        source=output.id,
        raw_hash=b"",
        fingerprint=b"",
        title=f"{output.title or site.title}: {period.title}",
        content_html=_content(told, names),
        words=sum(len(each.title.split()) + len(_summary(each).split()) for each in told.articles),
        authors=(Person(name=site.author or site.title),),
        published=period.end,
        updated=left,
        first_seen=period.end,
        sort_at=period.end,
        links=tuple(_related(told.articles)),
        origin=FeedInfo(id=site.id, title=site.title, url=site.url),
        deleted_at=told.left_at if not told.count else None,
    )


def _content(told: Told, names: Mapping[str, str]) -> str:
    """By source, in the order of their names."""
    by_source: defaultdict[str, list[Article]] = defaultdict(list)
    for each in told.articles:
        by_source[each.source].append(each)
    named = sorted(
        (names.get(source) or _brought(articles) or source, source) for source, articles in by_source.items()
    )
    parts = []
    for name, source in named:
        lines = "".join(f"<li>{_line(each)}</li>" for each in by_source[source])
        parts.append(f"<h2>{escape(name, quote=False)}</h2><ul>{lines}</ul>")
    beyond = told.count - len(told.articles)
    if beyond > 0:
        parts.append(f"<p>And {beyond:,} more.</p>")
    return "".join(parts)


def _brought(articles: Sequence[Article]) -> str | None:
    """What their source is called by what is left of them after the database was lost, until it is read again."""
    return next((each.origin.title for each in articles if each.origin is not None and each.origin.title), None)


_SECTION = re.compile(r"<h2>([^<]*)</h2><ul>(.*?)</ul>", re.DOTALL)
_LISTED = re.compile(r'<li><a href="([^"]*)">([^<]*)</a>(?:: ([^<]*))?</li>')


def listed_in(content_html: str) -> Iterator[tuple[str, str, str | None, str]]:
    """Address, title, summary and source's name of each article with an address that the content of a digest lists."""
    for name, lines in _SECTION.findall(content_html):
        for href, title, summary in _LISTED.findall(lines):
            yield unescape(href), unescape(title), unescape(summary) or None, unescape(name)


def _line(article: Article) -> str:
    address, title = _address(article), escape(article.title, quote=False)
    linked = title if address is None else f'<a href="{escape(address)}">{title}</a>'
    summary = _summary(article)
    return f"{linked}: {escape(summary, quote=False)}" if summary else linked


def _summary(article: Article) -> str:
    """What it is about, in a line; nothing where that is its title again."""
    text = " ".join((article.summary or "").split())
    if text in ("", article.title):
        return ""
    if len(text) <= _LINE:
        return text
    cut = text[:_LINE]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut else cut}…"


def _related(articles: Sequence[Article]) -> Iterable[Link]:
    for each in articles[:RELATED]:
        if (address := _address(each)) is not None:
            yield Link(rel="related", href=address, title=each.title)


def _address(article: Article) -> str | None:
    """Its page, else its first file."""
    claimed = (article.url, *(each.url for each in article.enclosures))
    return next((address for each in claimed if (address := valid.web_address(each)) is not None), None)
