"""One entry for each day on which a source said more than its ``limit_per_day``: "12 more from X". Pure.

Which articles are folded is decided when they are found (:mod:`aggregator.plan.fairness`); here they are told.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, time
from html import escape, unescape
from typing import TYPE_CHECKING

from aggregator.model import Article, FeedInfo, Link
from aggregator.publish import valid
from aggregator.publish.assemble import at_home, below, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from aggregator.model import Output, Site, Source

RELATED = 20
"""Folded articles that are links of the entry as well; its content lists all."""
LISTED = 1000
"""Folded articles that are listed: with 1 kB for each line, a fifth of the largest document there is."""

_LINE = re.compile(r'<li><a href="([^"]*)">([^<]*)</a></li>')


def folded_days(
    folded: Iterable[Article],
    infos: Mapping[str, FeedInfo],
    sources: Mapping[str, Source],
    site: Site,
    output: Output,
) -> tuple[Article, ...]:
    """An entry for each source and day of these articles, to be published among the others.

    ``folded`` holds every folded article of these days that the output's query takes, withdrawn and hidden ones too:
    they are not listed, and that they left moves ``updated``.
    """
    days: defaultdict[tuple[str, date], list[Article]] = defaultdict(list)
    for each in folded if output.private else (at_home(each, site) for each in folded):
        days[each.source, each.sort_at.date()].append(each)
    found = []
    for (source, day), articles in days.items():
        info = infos.get(source, FeedInfo())
        # After the database was lost, what the source says of itself is known from the entry alone, until it is read.
        like = articles[0] if info == FeedInfo() else replace(articles[0], origin=None)
        name = source_of(like, info, sources.get(source), site, like.first_seen).title or source
        if (told := _digest(source, day, articles, name, site, output)) is not None:
            found.append(replace(told, origin=like.origin))
    return tuple(found)


def _digest(
    source: str, day: date, articles: Sequence[Article], name: str, site: Site, output: Output
) -> Article | None:
    """It stands where the newest of them would, so it leaves the output no sooner than they would have left it.

    Its id is of its source and day; of an output with a query also of that, whose list is another. It is published at
    the beginning of the day. ``updated`` is when one of them was found or withdrawn last.
    """
    listed = sorted((each for each in articles if _is_listed(each)), key=lambda each: (each.sort_at, each.key))
    if not listed:
        return None
    digest_id = digest_id_of(source, day, site, output)
    return Article(
        key=digest_id.removeprefix("urn:uuid:").replace("-", ""),
        id=digest_id,
        source=source,
        raw_hash=b"",
        fingerprint=b"",
        title=f"{len(listed)} more from {name}",
        content_html=_content(listed, name, day),
        words=sum(len(each.title.split()) for each in listed[:LISTED]),
        published=datetime.combine(day, time(), UTC),
        updated=max(map(_joined_or_left, articles)),
        first_seen=min(each.first_seen for each in articles),
        sort_at=listed[-1].sort_at,
        links=tuple(_related(listed)),
    )


def digest_id_of(source: str, day: date, site: Site, output: Output) -> str:
    """The id of the entry of this source and day, whatever it lists."""
    scope = "" if output.query is None else f"\0{output.id}"
    return below(site.id, "folded", f"{source}\0{day.isoformat()}{scope}")


def listed_in(content_html: str) -> tuple[tuple[str, str], ...]:
    """Address and title of each article with an address that the content of such an entry lists."""
    return tuple((unescape(href), unescape(title)) for href, title in _LINE.findall(content_html))


def _joined_or_left(article: Article) -> datetime:
    return max(each for each in (article.first_seen, article.not_before, article.deleted_at) if each is not None)


def _is_listed(article: Article) -> bool:
    taken_back = article.deleted_at is not None or article.hidden_at is not None
    return not taken_back and article.left_out is None


def _related(listed: Sequence[Article]) -> Iterable[Link]:
    for each in listed[:RELATED]:
        if (address := _address(each)) is not None:
            yield Link(rel="related", href=address, title=each.title)


def _content(listed: Sequence[Article], name: str, day: date) -> str:
    lines = "".join(f"<li>{_line(each)}</li>" for each in listed[:LISTED])
    beyond = f"<p>And {len(listed) - LISTED} more.</p>" if len(listed) > LISTED else ""
    return f"<p>More from {escape(name)} of {day.day} {day:%B %Y}:</p><ul>{lines}</ul>{beyond}"


def _address(article: Article) -> str | None:
    """Its page, else its first file."""
    claimed = (article.url, *(each.url for each in article.enclosures))
    return next((address for each in claimed if (address := valid.web_address(each)) is not None), None)


def _line(article: Article) -> str:
    address = _address(article)
    title = escape(article.title)
    return title if address is None else f'<a href="{escape(address)}">{title}</a>'
