"""``/ops.atom``: what has changed lately, as a feed for the operator. It is nobody else's: nothing of it is published.
Pure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from aggregator.alerting.message import alert_id, command_for, in_words, one_line
from aggregator.model import OK, RECOVERED, Category, FeedInfo, Link, Person, PublishedEntry, PublishedFeed
from aggregator.publish import FORMATS, document
from aggregator.publish.assemble import EMPTY_SINCE, below

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from aggregator.model import HealthChange, Site

PATH = "ops.atom"
NEWEST = 100
TOGETHER = 10
"""So many sources of which the same is seen in one look, or more, are one entry."""


def for_everybody(changes: Iterable[HealthChange], private: Collection[str]) -> tuple[HealthChange, ...]:
    """Without those of the outputs ``private``, and of receivers: whom the operator is told by is nobody's business."""
    hidden = {("output", each) for each in private}
    return tuple(each for each in changes if each.kind != "receiver" and (each.kind, each.subject) not in hidden)


def ops_feed(changes: Iterable[HealthChange], site: Site) -> bytes:
    """The document of these, the newest first. Raises PublishError."""
    entries = tuple(_entry(group, site) for group in _grouped(changes))
    feed = PublishedFeed(
        id=below(site.id, "operator", "health"),
        output="ops",
        title=f"{site.title}: health",
        site_url=f"{site.url}status",
        self_urls=(("atom", f"{site.url}{PATH}"),),
        updated=max((each.updated for each in entries), default=EMPTY_SINCE),
        entries=entries,
        private=True,
    )
    return document(feed, "atom", FORMATS["atom"]).documents[0].body


def _grouped(changes: Iterable[HealthChange]) -> list[list[HealthChange]]:
    """One by one, but for what many sources have in common."""
    alike: dict[tuple[object, ...], list[HealthChange]] = {}
    for each in changes:
        alike.setdefault((each.at, each.kind, each.after, each.about), []).append(each)
    groups: list[list[HealthChange]] = []
    for group in alike.values():
        groups += [group] if len(group) >= TOGETHER else [[each] for each in group]
    return sorted(groups, key=lambda group: max(each.seq for each in group), reverse=True)


def _entry(group: list[HealthChange], site: Site) -> PublishedEntry:
    first = group[0]
    at = first.at.replace(microsecond=0)
    page = f"{site.url}status"
    if len(group) == 1:
        title, body = one_line(in_words(first)), _one(first)
        name = alert_id(first)
    else:
        title = f"{len(group)} {first.kind}s: {first.about if first.after != OK else 'well again'}"
        body = "<ul>" + "".join(f"<li>{_text(in_words(each))}</li>" for each in group) + "</ul>"
        name = f"{first.at.isoformat()} {first.kind} {first.after} {first.about}"
    return PublishedEntry(
        id=below(site.id, "health", name),
        title=title,
        updated=at,
        published=at,
        links=(Link(href=page, type="text/html"),),
        authors=(Person(name=site.title),),
        content_html=body,
        categories=(Category(term=first.kind), Category(term=RECOVERED if first.after == OK else first.after)),
        source=FeedInfo(id=below(site.id, "operator", "health"), title=f"{site.title}: health", updated=at),
    )


def _one(change: HealthChange) -> str:
    lines = [change.text, change.advice, change.url]
    told = "".join(f"<p>{_text(each)}</p>" for each in lines if each)
    return f"{told}<p><code>{_text(command_for(change))}</code></p>"


def _text(words: str) -> str:
    """An entry with a character that XML cannot hold would be left out."""
    return escape(one_line(words), quote=False)
