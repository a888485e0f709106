"""What was gathered becomes values; see :mod:`aggregator.parse.fields` for the other road."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.model import Category, Link, ParsedEntry, Person
from aggregator.parse import claims, dates, extensions, fields, limits, rawhash
from aggregator.parse.names import Children

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.parse.fast.reader import Said, Tag


class Entries:
    """Makes the entries of one document; persons and categories that repeat are made once.

    Each is taken in while its elements are at hand, and made at the end, when it is known what the feed says for all.
    """

    def __init__(self, rss: bool) -> None:
        self._rss = rss
        self._taken: list[tuple[dict[str, Any], tuple[str, ...]]] = []
        self._persons: dict[tuple[str | None, ...], Person | None] = {}
        self._categories: dict[tuple[str | None, ...], Category | None] = {}

    def __len__(self) -> int:
        return len(self._taken)

    def made(self, language: str | None) -> Iterator[ParsedEntry]:
        """The entries, hashed; ``language`` is that of those that do not name their own."""
        for position, (values, warnings) in enumerate(self._taken):
            values["language"] = values["language"] or language
            yield ParsedEntry(raw_hash=rawhash.of(values), position=position, warnings=warnings, **values)

    def take(self, said: Said) -> None:
        """One more entry."""
        warnings: list[str] = []
        published = dates.told("published", said.published, warnings) if said.published else None
        if published is None and said.created:
            published = dates.told("created", said.created, warnings)
        updated = dates.told("updated", said.updated, warnings) if said.updated else None
        if self._rss and published is None:
            published, updated = updated, None
        summary, contents = said.summary, claims.distinct(said.contents)
        facts: dict[str, Any] = {}
        if said.extended:
            children = Children(said.element, said.named)
            facts = extensions.entry(children)
            captions = extensions.captions(children)
            summary, contents = extensions.own_texts(captions, summary, contents, rss=self._rss)
        authors = said.authors if any(said.authors) else [said.owner]
        first = said.title or summary or (contents[0] if contents else None)
        values: dict[str, Any] = {
            "raw_id": (said.id or "").strip() or None,
            "raw_id_is_permalink": said.permalink,
            "title": said.title,
            "summary": summary,
            **limits.lists(
                warnings,
                contents=contents,
                links=claims.distinct(map(_link, said.links)) if said.links else (),
                authors=claims.distinct(map(self._person, authors)) if any(authors) else (),
                contributors=claims.distinct(map(self._person, said.contributors)) if said.contributors else (),
                categories=claims.distinct(map(self._category, said.tags)) if said.tags else (),
            ),
            "published": published,
            "updated": updated,
            "language": (said.language or "").strip() or (first and first.language),
            "rights": fields.words(said.rights.value, said.rights.type) if said.rights is not None else None,
            "comments": (said.comments or "").strip() or None,
            "base": said.base,
            "source": fields.source(said.source, warnings) if said.source else None,
            **facts,
        }
        self._taken.append((values, tuple(warnings)))

    def _person(self, said: dict[str, str]) -> Person | None:
        key = said.get("name"), said.get("href"), said.get("email")
        if key not in self._persons:
            self._persons[key] = claims.person(*key)
        return self._persons[key]

    def _category(self, said: Tag) -> Category | None:
        if said not in self._categories:
            self._categories[said] = fields.category(*said)
        return self._categories[said]


def given(said: Said) -> dict[str, object]:
    """What a feed or source says, in feedparser's shape."""
    found: dict[str, object] = {
        **said.given,
        "links": [typed(each) for each in said.links],
        "authors": said.authors if any(said.authors) else [said.owner],
        "contributors": said.contributors,
        "tags": [{"term": term, "scheme": scheme, "label": label} for term, scheme, label in said.tags],
        "updated": said.updated,
        "published": said.published,
        "language": said.language,
    }
    for name, text in (("title", said.title), ("subtitle", said.summary), ("rights", said.rights)):
        if text is not None:
            found[name] = text.value
            found[f"{name}_detail"] = {"type": text.type}
    return found


def typed(link: dict[str, str]) -> dict[str, str]:
    """A link to the feed itself is to Atom unless it says otherwise."""
    return {"type": "application/atom+xml", **link} if link.get("rel") == "self" else link


def _link(said: dict[str, str]) -> Link | None:
    """Enclosures have a field of their own."""
    if not (href := said.get("href", "").strip()):
        return None
    if len(said) == 1:
        return Link(href=href)
    link = fields.link(typed(said))
    return link if link is not None and link.rel != "enclosure" else None
