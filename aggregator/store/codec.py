"""Values to rows and back. What has no column of its own is JSON: plain, explicit, readable with any tool.

JSON is written in ASCII, so it carries what the databases' own text cannot (U+0000, lone surrogates: JSON feeds may
hold both). Times inside it are microseconds since 1970, durations microseconds. Absent facts are left out.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from aggregator.model import (
    WORDING,
    Article,
    Category,
    Chapter,
    Code,
    Credit,
    Enclosure,
    Episode,
    FeedInfo,
    KnownArticle,
    Link,
    PageText,
    Person,
    Place,
    Rating,
    Reference,
    Replies,
    SourceState,
    Validators,
    Wishes,
    as_shown,
    with_text,
    wording_of,
)
from aggregator.store.schema import from_micros, to_micros

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

_MICROSECOND = timedelta(microseconds=1)


def id_hash(published_id: str) -> bytes:
    """16 bytes that stand for a published id in the unique index."""
    return blake2b(published_id.encode("utf-8", "surrogatepass"), digest_size=16).digest()


# ---- JSON


Flat = Person | Link | Enclosure | Category | Rating | Reference | Wishes | Chapter | Credit


def encode_flat(value: Flat) -> dict[str, Any]:
    """A value of plain strings and numbers as JSON, without what is unknown."""
    return {name: got for name in _FLAT[type(value)] if (got := getattr(value, name)) is not None}


_FLAT = {
    kind: tuple(each.name for each in fields(kind))
    for kind in (Person, Link, Enclosure, Category, Rating, Reference, Wishes, Chapter, Credit)
}


def _encode_episode(episode: Episode) -> dict[str, Any]:
    facts = {name: got for name in _EPISODE_PLAIN if (got := getattr(episode, name)) is not None}
    if episode.transcripts:
        facts["transcripts"] = [encode_flat(each) for each in episode.transcripts]
    if episode.chapters is not None:
        facts["chapters"] = encode_flat(episode.chapters)
    if episode.marks:
        facts["marks"] = [encode_flat(each) for each in episode.marks]
    if episode.credits:
        facts["credits"] = [encode_flat(each) for each in episode.credits]
    return facts


_EPISODE_PLAIN = ("season", "season_name", "number", "name", "kind", "explicit")


def _decode_episode(facts: dict[str, Any]) -> Episode:
    return Episode(
        **{name: facts.get(name) for name in _EPISODE_PLAIN},
        transcripts=tuple(Link(**each) for each in facts.get("transcripts", ())),
        chapters=None if facts.get("chapters") is None else Link(**facts["chapters"]),
        marks=tuple(Chapter(**each) for each in facts.get("marks", ())),
        credits=tuple(Credit(**each) for each in facts.get("credits", ())),
    )


def _encode_place(place: Place) -> dict[str, Any]:
    facts: dict[str, Any] = {"shape": place.shape, "points": [list(each) for each in place.points]}
    facts |= {name: got for name in _PLACE_PLAIN if (got := getattr(place, name)) is not None}
    return facts


_PLACE_PLAIN = ("radius", "elevation", "name")


def _decode_place(facts: dict[str, Any]) -> Place:
    return Place(
        shape=facts["shape"],
        points=tuple((latitude, longitude) for latitude, longitude in facts["points"]),
        **{name: facts.get(name) for name in _PLACE_PLAIN},
    )


def _encode_replies(replies: Replies) -> dict[str, Any]:
    facts = {name: got for name in _REPLIES_PLAIN if (got := getattr(replies, name)) is not None}
    if replies.updated is not None:
        facts["updated"] = to_micros(replies.updated)
    return facts


_REPLIES_PLAIN = ("count", "feed", "post_to")


def _decode_replies(facts: dict[str, Any]) -> Replies:
    return Replies(updated=_time(facts.get("updated")), **{name: facts.get(name) for name in _REPLIES_PLAIN})


def encode_info(info: FeedInfo) -> dict[str, Any]:
    """A feed's word about itself as JSON."""
    facts: dict[str, Any] = {}
    for name in _INFO_TEXTS:
        if (text := getattr(info, name)) is not None:
            facts[name] = text
    for name in _INFO_LISTS:
        if values := getattr(info, name):
            facts[name] = [encode_flat(each) for each in values]
    if info.wishes is not None:
        facts["wishes"] = encode_flat(info.wishes)
    if info.ended:
        facts["ended"] = True
    if info.updated is not None:
        facts["updated"] = to_micros(info.updated)
    if info.hubs:
        facts["hubs"] = list(info.hubs)
    if info.ttl is not None:
        facts["ttl"] = info.ttl // _MICROSECOND
    if info.skip_hours:
        facts["skip_hours"] = list(info.skip_hours)
    if info.skip_days:
        facts["skip_days"] = list(info.skip_days)
    return facts


_INFO_TEXTS = (
    "id", "title", "subtitle", "url", "self_url", "language", "format", "rights", "icon", "logo", "generator",
    "licence", "new_url",
)  # fmt: skip
_INFO_LISTS: dict[str, type[Any]] = {
    "authors": Person, "contributors": Person, "categories": Category, "links": Link,
}  # fmt: skip


def decode_info(facts: dict[str, Any]) -> FeedInfo:
    """The reverse of :func:`encode_info`."""
    texts_and_lists: dict[str, Any] = {name: facts.get(name) for name in _INFO_TEXTS} | {
        name: tuple(kind(**each) for each in facts.get(name, ())) for name, kind in _INFO_LISTS.items()
    }
    return FeedInfo(
        **texts_and_lists,
        wishes=None if facts.get("wishes") is None else Wishes(**facts["wishes"]),
        ended=facts.get("ended", False),
        updated=_time(facts.get("updated")),
        hubs=tuple(facts.get("hubs", ())),
        ttl=None if facts.get("ttl") is None else timedelta(microseconds=facts["ttl"]),
        skip_hours=tuple(facts.get("skip_hours", ())),
        skip_days=tuple(facts.get("skip_days", ())),
    )


def encode_facts(article: Article) -> dict[str, Any]:
    """Those fields of an article that no query looks at, as JSON."""
    facts: dict[str, Any] = {}
    for name in _FACT_TEXTS:
        if (text := getattr(article, name)) is not None:
            facts[name] = text
    for name in _FACT_LISTS:
        if values := getattr(article, name):
            facts[name] = [encode_flat(each) for each in values]
    if article.words:
        facts["words"] = article.words
    if article.origin is not None:
        facts["origin"] = encode_info(article.origin)
    if article.source_updated is not None:
        facts["source_updated"] = to_micros(article.source_updated)
    if article.rating is not None:
        facts["rating"] = encode_flat(article.rating)
    if article.wishes is not None:
        facts["wishes"] = encode_flat(article.wishes)
    if article.episode is not None:
        facts["episode"] = _encode_episode(article.episode)
    if article.places:
        facts["places"] = [_encode_place(each) for each in article.places]
    if article.replies is not None:
        facts["replies"] = _encode_replies(article.replies)
    if article.warnings:
        facts["warnings"] = list(article.warnings)
    return facts


_FACT_TEXTS = (
    "language", "image", "rights", "comments", "attribution", "canonical", "licence", "claimed_id", "note",
)  # fmt: skip
_FACT_LISTS: dict[str, type[Any]] = {
    "authors": Person,
    "contributors": Person,
    "tags": Category,
    "links": Link,
    "enclosures": Enclosure,
    "in_reply_to": Reference,
}


def decode_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """The reverse of :func:`encode_facts`, as keyword arguments for an Article."""
    return {
        **{name: facts.get(name) for name in _FACT_TEXTS},
        **{name: tuple(kind(**each) for each in facts.get(name, ())) for name, kind in _FACT_LISTS.items()},
        "words": facts.get("words", 0),
        "origin": None if facts.get("origin") is None else decode_info(facts["origin"]),
        "source_updated": _time(facts.get("source_updated")),
        "rating": None if facts.get("rating") is None else Rating(**facts["rating"]),
        "wishes": None if facts.get("wishes") is None else Wishes(**facts["wishes"]),
        "episode": None if facts.get("episode") is None else _decode_episode(facts["episode"]),
        "places": tuple(_decode_place(each) for each in facts.get("places", ())),
        "replies": None if facts.get("replies") is None else _decode_replies(facts["replies"]),
        "warnings": tuple(facts.get("warnings", ())),
    }


def _time(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


# ---- rows

FIXED = ("key", "id", "source", "first_seen", "sort_at")
"""Decided at first sight, never written again."""
CHANGING = (
    "raw_hash", "fingerprint", "page_hash", "text_hash", "title", "url", "slug", "published", "updated",
    "not_before", "duplicate_of", "left_out", "held", "past", "flips",
)  # fmt: skip
OPERATED = ("hidden_at", "pinned_at", "deleted_at", "deleted_by")
"""What no poll writes with an article."""
BODY = ("summary", "content_html", "facts")
KNOWN = (
    "key", "id", "raw_hash", "fingerprint", "published", "updated", "first_seen", "sort_at", "duplicate_of", "held",
    "source", "title", "url", "slug", "page_hash", "text_hash", "past", "flips", "deleted_by", "not_before", "left_out",
)  # fmt: skip


def encode_article(article: Article) -> dict[str, Any]:
    """The row of a new article, but for its body."""
    return {
        **{name: getattr(article, name) for name in FIXED},
        **encode_changing(article),
        "id_hash": id_hash(article.id),
        "claim_hash": None if article.claimed_id is None else id_hash(article.claimed_id),
    }


def encode_changing(article: Article) -> dict[str, Any]:
    """The columns that a poll may write again."""
    row = {name: getattr(article, name) for name in CHANGING}
    row["past"] = b"".join(article.past) or None
    return row


def encode_body(article: Article) -> dict[str, Any]:
    """The row of its body."""
    return {
        "key": article.key,
        "summary": article.summary,
        "content_html": article.content_html,
        "facts": encode_facts(article),
    }


def decode_article(row: Row[*tuple[Any, ...]]) -> Article:
    """An article from the joined row of ``articles`` and ``article_bodies``."""
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row's columns
    article = Article(
        **{name: held[name] for name in FIXED + CHANGING + OPERATED} | {"past": _hashes(held["past"])},
        summary=held["summary"],
        content_html=held["content_html"],
        **decode_facts(held["facts"] or {}),  # none where the text is pruned
    )
    page = held.get("page_html")
    if page is not None:
        article = with_text(article, decode_text(page, held["page_facts"]))
    said = held.get("rewriting")
    return article if said is None else as_shown(_rewritten(article, said, held["rewritten_html"]))


_FLAT_WORDING: dict[str, type[Any]] = {"authors": Person, "tags": Category}


def encode_rewriting(article: Article) -> dict[str, Any]:
    """The row that says what is shown in place of what a source said: only what is otherwise."""
    row: dict[str, Any] = {"key": article.key} | dict.fromkeys(("said", "content_html", "markup", "base", "url_hash"))
    if article.markup is not None:
        row |= {"markup": article.markup.html, "base": article.markup.base}
    made = article.rewritten
    if made is None:
        return row
    said: dict[str, Any] = {}
    for name in WORDING:
        value = getattr(made, name)
        if value != getattr(article, name):
            said[name] = [encode_flat(each) for each in value] if name in _FLAT_WORDING else value
    if "content_html" in said:
        row["content_html"], said["content_html"] = made.content_html, True
    if "url" in said and made.url is not None:
        row["url_hash"] = id_hash(made.url)
    return row | {"said": said}


def _rewritten(article: Article, said: dict[str, Any], html: str | None) -> Article:
    changed: dict[str, Any] = {name: tuple(value) if name == "warnings" else value for name, value in said.items()}
    for name, kind in _FLAT_WORDING.items():
        if name in said:
            changed[name] = tuple(kind(**each) for each in said[name])
    if "content_html" in said:
        changed["content_html"] = html
    return replace(article, rewritten=replace(wording_of(article), **changed))


def encode_text(text: PageText | None) -> dict[str, Any]:
    """The columns that hold the text of a page, or that there is none."""
    if text is None:
        return {"content_html": None, "facts": {}}
    facts: dict[str, Any] = {"words": text.words}
    facts |= {name: said for name in ("summary", "image") if (said := getattr(text, name)) is not None}
    return {"content_html": text.html, "facts": facts}


def decode_text(html: str, facts: dict[str, Any]) -> PageText:
    """The reverse of :func:`encode_text`."""
    return PageText(html=html, words=facts["words"], summary=facts.get("summary"), image=facts.get("image"))


def decode_known(row: Sequence[Any]) -> KnownArticle:
    """What a poll has to know of an article, from the columns KNOWN and ``deleted_at``."""
    values: list[Any]
    *values, deleted_at = row
    named = dict(zip(KNOWN, values, strict=True))
    named["past"] = _hashes(named["past"])
    return KnownArticle(**named, withdrawn=deleted_at is not None)


def _hashes(past: bytes | None) -> tuple[bytes, ...]:
    return () if past is None else tuple(past[start : start + 16] for start in range(0, len(past), 16))


DAY_BYTES = 3
"""Of a day as the ordinal that Python gives it: any day of the years 1 to 9999."""


def _days(stored: bytes) -> tuple[date, ...]:
    parts = (stored[start : start + DAY_BYTES] for start in range(0, len(stored), DAY_BYTES))
    return tuple(date.fromordinal(int.from_bytes(each, "big")) for each in parts)


_STATE_PLAIN = (
    "next_poll_at", "next_reason", "final_url", "body_hash", "parser_version", "detail", "status", "since", "failures",
    "last_poll", "last_success", "last_new", "requests", "not_modified", "bytes", "moved_to",
    "moved_since", "moved_polls", "status_since", "status_polls", "refresh_at", "quarantine", "quarantined_at", "road",
    "identity", "late",
)  # fmt: skip


STATE_COLUMNS = (*_STATE_PLAIN, "etag", "last_modified", "code", "info", "warnings", "upstream", "habit", "posted")
"""What :func:`encode_state` gives."""


def encode_state(state: SourceState) -> dict[str, Any]:
    """The columns of a source's state that a poll decides. ``location`` is not among them: ``sync`` decides it."""
    return {
        **{name: getattr(state, name) for name in _STATE_PLAIN},
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "code": state.code,
        "info": encode_info(state.info),
        "warnings": list(state.warnings),
        "upstream": b"".join(map(bytes.fromhex, state.upstream)),
        "habit": list(state.habit),
        "posted": b"".join(each.toordinal().to_bytes(DAY_BYTES, "big") for each in state.posted),
    }


def decode_state(row: Row[*tuple[Any, ...]]) -> SourceState:
    """A source's state from its whole row."""
    held = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row's columns
    return SourceState(
        source=held["source"],
        location=held["location"],
        **{name: held[name] for name in _STATE_PLAIN},
        validators=Validators(etag=held["etag"], last_modified=held["last_modified"]),
        code=None if held["code"] is None else Code(held["code"]),
        info=decode_info(held["info"]),
        warnings=tuple(held["warnings"]),
        upstream=tuple(each.hex() for each in _hashes(held["upstream"])),
        habit=tuple(held["habit"]),
        posted=_days(held["posted"]),
    )
