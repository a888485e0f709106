"""Which articles tell of the same event: finding the few that may, and remembering which do.

Every recent article is in ``story_bands`` under each of its keys (:func:`aggregator.stories.bands`), in order of time:
what a new article is compared with are the nearest of those, however many there are. What is older than :data:`KEPT`
leaves this index; ``story_members`` is for ever.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from struct import pack, unpack
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import bindparam, delete, insert, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.model import Candidate, Member, Signature, Story
from aggregator.store.articles import HAS_TEXT, WHOLE, own_right, shown_once
from aggregator.store.codec import decode_article
from aggregator.store.schema import (
    articles,
    from_micros,
    in_parts,
    settings,
    story_bands,
    story_members,
    story_queue,
    story_signatures,
    to_micros,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from aggregator.model import Article, Placed

KEPT = timedelta(days=14)
"""For so long an article may be found by others; older ones are in no index, and tell no story when they are new."""
NEAREST = 50
"""Articles found by one key at most. A key under which there are so many says little."""
COMPARED = 20
"""Articles that a new one is compared with at most: those that share the rarest keys."""
KEYS = 16
"""Keys of an article at most."""
_PRUNED = 500
"""Articles that leave the index at once."""


class Signed(NamedTuple):
    """An article, what it is told by, and the keys it is found by."""

    article: Article
    signature: Signature
    bands: tuple[int, ...]


class Decide(Protocol):
    """What a new article belongs together with, among ``candidates``. ``publishers`` are those of each story among
    them, ``found`` how many articles there are under each key, :data:`NEAREST` for as many or more."""

    def __call__(
        self,
        own: Signature,
        candidates: Sequence[Candidate],
        publishers: Mapping[str, Collection[str]],
        found: Mapping[int, int],
    ) -> Placed: ...


FOLLOWED = "stories"
"""The setting that is there while stories are told."""

_IS_FOLLOWED = select(settings.c.name).where(settings.c.name == FOLLOWED)
_ENQUEUE: dict[str, Any] = {
    "sqlite": sqlite.insert(story_queue).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(story_queue).on_conflict_do_nothing(),
}


def enqueue(db: Connection, changed: Iterable[Article]) -> None:
    """Remembers that it is to be decided where these belong, where stories are told: they are new or changed."""
    if (keys := [{"key": each.key} for each in changed]) and db.execute(_IS_FOLLOWED).first() is not None:
        db.execute(_ENQUEUE[db.dialect.name], keys)


def follow(db: Connection, now: datetime, *, wanted: bool) -> None:
    """See :meth:`aggregator.store.faces.stories.Stories.follow`."""
    if wanted == (db.execute(_IS_FOLLOWED).first() is not None):
        return
    if wanted:
        db.execute(insert(settings).values(name=FOLLOWED, value=now.isoformat()))
        db.execute(insert(story_queue).from_select(["key"], select(articles.c.key).where(*_tells(now))))
    else:
        db.execute(delete(settings).where(settings.c.name == FOLLOWED))
        for table in (story_queue, story_signatures, story_bands):
            db.execute(delete(table))


_UNDECIDED = WHOLE.join(story_queue, story_queue.c.key == articles.c.key).order_by(
    articles.c.first_seen, articles.c.sort_at, articles.c.key
)


def undecided(db: Connection, limit: int, now: datetime) -> tuple[Article, ...]:
    """See :meth:`aggregator.store.faces.stories.Stories.undecided`."""
    page = _UNDECIDED.where(*_tells(now)).limit(limit)
    return tuple(map(decode_article, db.execute(page)))


def _tells(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """An article that is told from others: neither old nor a copy, and there is something to read."""
    return articles.c.sort_at > now - KEPT, articles.c.duplicate_of.is_(None), HAS_TEXT


def place(db: Connection, signed: Sequence[Signed], decide: Decide, now: datetime) -> bool:
    """See :meth:`aggregator.store.faces.stories.Stories.place`."""
    changed = False
    for each in signed:
        _forget(db, [each.article.key])
        found = _near(db, each.bands, each.signature.at - _WINDOW, each.signature.at + _WINDOW)
        placed = _story_of(db, each.article.key)
        if placed is None:
            candidates, counts = _candidates(db, found)
            decision = decide(each.signature, candidates, _publishers(db, candidates), counts)
            if decision.stories or decision.others:
                _join(db, each, decision, candidates, now)
                changed = True
        _remember(db, each, now)
    tell = select(articles.c.key).where(articles.c.key == story_queue.c.key, *_tells(now)).exists()
    db.execute(delete(story_queue).where(story_queue.c.key.in_([each.article.key for each in signed]) | ~tell))
    _prune(db, now)
    return changed


_WINDOW = timedelta(hours=72)


def _nearest(slot: int) -> Any:
    near = (
        select(story_bands.c.band, story_bands.c.key)
        .where(
            story_bands.c.band == bindparam(f"band{slot}"),
            story_bands.c.at.between(bindparam("since"), bindparam("until")),
        )
        .order_by(story_bands.c.at.desc())
        .limit(NEAREST)
        .subquery()
    )
    return select(near)


_NEAR = union_all(*map(_nearest, range(KEYS)))


def _near(db: Connection, bands: Sequence[int], since: datetime, until: datetime) -> list[tuple[int, str]]:
    """The newest articles under each key: (key of the index, key of the article)."""
    slots = {f"band{slot}": bands[slot] if slot < len(bands) else None for slot in range(KEYS)}
    return [(band, key) for band, key in db.execute(_NEAR, {**slots, "since": since, "until": until})]


_SIGNATURES = select(story_signatures.c.key, story_signatures.c.facts, story_members.c.story).join_from(
    story_signatures, story_members, story_members.c.key == story_signatures.c.key, isouter=True
)
_SIGNED = _SIGNATURES.where(story_signatures.c.key.in_(bindparam("some", expanding=True)))


def _candidates(db: Connection, found: Sequence[tuple[int, str]]) -> tuple[list[Candidate], dict[int, int]]:
    """Those of the found that share the rarest keys, and how many there are under each key."""
    counts: dict[int, int] = defaultdict(int)
    for band, _ in found:
        counts[band] += 1
    weights: dict[str, float] = defaultdict(float)
    for band, key in found:
        weights[key] += 1 / counts[band]
    best = sorted(weights, key=lambda key: (-weights[key], key))[:COMPARED]
    rows = db.execute(_SIGNED, {"some": best}) if best else ()
    return [Candidate(key=row.key, signature=_decode(row.facts), story=row.story) for row in rows], counts


def _publishers(db: Connection, candidates: Sequence[Candidate]) -> dict[str, set[str]]:
    stories = {each.story for each in candidates if each.story is not None}
    if not stories:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    members = select(story_members.c.story, story_members.c.publisher).where(story_members.c.story.in_(stories))
    for story, publisher in db.execute(members):
        found[story].add(publisher)
    return found


def _story_of(db: Connection, key: str) -> str | None:
    found: str | None = db.scalar(select(story_members.c.story).where(story_members.c.key == key))
    return found


def _join(db: Connection, new: Signed, placed: Placed, candidates: Sequence[Candidate], now: datetime) -> None:
    """The oldest story stays; where there is none, it begins with the article that was seen first."""
    story = placed.stories[0] if placed.stories else None
    if len(placed.stories) > 1:
        oldest = (
            select(story_members.c.story)
            .where(story_members.c.story.in_(placed.stories))
            .order_by(story_members.c.joined, story_members.c.story)
            .limit(1)
        )
        story = db.scalars(oldest).one()
        db.execute(update(story_members).where(story_members.c.story.in_(placed.stories)).values(story=story))
    publishers = {each.key: each.signature.publisher for each in candidates}
    publishers[new.article.key] = new.signature.publisher
    fresh = (
        select(articles.c.key, articles.c.id, story_signatures.c.placed)
        .join(story_signatures, story_signatures.c.key == articles.c.key, isouter=True)
        .where(articles.c.key.in_([new.article.key, *placed.others]))
        .order_by(articles.c.first_seen, articles.c.sort_at, articles.c.key)
    )
    rows: list[dict[str, Any]] = []
    for row in db.execute(fresh):
        first = story is None
        if story is None:
            story = uuid5(NAMESPACE_URL, row.id).urn
        rows.append(
            {
                "key": row.key,
                "story": story,
                "publisher": publishers[row.key],
                "joined": (row.placed if first else None) or now,
                "why": None if first else placed.why,
            }
        )
    db.execute(insert(story_members), rows)


def _remember(db: Connection, each: Signed, now: datetime) -> None:
    at = each.signature.at
    row = {"key": each.article.key, "at": at, "placed": now, "facts": _encode(each.signature)}
    db.execute(insert(story_signatures), row | {"bands": pack(f">{len(each.bands)}q", *each.bands)})
    if each.bands:
        db.execute(insert(story_bands), [{"band": band, "at": at, "key": each.article.key} for band in each.bands])


def _forget(db: Connection, keys: Sequence[str]) -> None:
    """Takes articles out of the index; in which stories they are stays."""
    rows = db.execute(
        delete(story_signatures)
        .where(story_signatures.c.key.in_(keys))
        .returning(story_signatures.c.key, story_signatures.c.at, story_signatures.c.bands)
    ).all()
    gone = [
        {"b": band, "a": row.at, "k": row.key} for row in rows for band in unpack(f">{len(row.bands) // 8}q", row.bands)
    ]
    if gone:
        db.execute(_FORGET, gone)


_FORGET = delete(story_bands).where(
    story_bands.c.band == bindparam("b"), story_bands.c.at == bindparam("a"), story_bands.c.key == bindparam("k")
)


def _prune(db: Connection, now: datetime) -> None:
    old = select(story_signatures.c.key).where(story_signatures.c.at < now - KEPT).limit(_PRUNED)
    if keys := db.scalars(old).all():
        _forget(db, keys)


# ---- to publish


def stories_of(db: Connection, keys: Collection[str], now: datetime) -> dict[str, Story]:
    """See :meth:`aggregator.store.faces.stories.Stories.of`."""
    found: dict[str, str] = {}
    for part in in_parts(sorted(keys)):
        rows = select(story_members.c.key, story_members.c.story).where(story_members.c.key.in_(part))
        found.update((key, story) for key, story in db.execute(rows))
    stories: dict[str, Story] = {}
    for some in in_parts(sorted(set(found.values())), 500):
        stories.update(_whole(db, some, now))
    return {key: stories[story] for key, story in found.items() if story in stories}


def _whole(db: Connection, wanted: Sequence[str], now: datetime) -> dict[str, Story]:
    own = (*own_right(articles, now), shown_once(now))
    visible = select(articles.c.key).join(story_members, story_members.c.key == articles.c.key)
    shown = set(db.scalars(visible.where(story_members.c.story.in_(wanted), *own)))
    rows = (
        WHOLE.add_columns(story_members.c.story, story_members.c.joined, story_members.c.why)
        .join(story_members, story_members.c.key == articles.c.key)
        .where(story_members.c.story.in_(wanted), HAS_TEXT)
        .order_by(articles.c.first_seen, articles.c.sort_at, articles.c.key)
    )
    members: dict[str, list[Member]] = defaultdict(list)
    for row in db.execute(rows):
        article = decode_article(row)
        members[row.story].append(Member(article=article, joined=row.joined, shown=article.key in shown, why=row.why))
    return {story: Story(id=story, members=tuple(each)) for story, each in members.items()}


def nearby(db: Connection, signed: Signed) -> list[Candidate]:
    """See :meth:`aggregator.store.faces.stories.Stories.nearby`."""
    at = signed.signature.at
    candidates, _ = _candidates(db, _near(db, signed.bands, at - KEPT, at + KEPT))
    return [each for each in candidates if each.key != signed.article.key]


# ---- signatures as JSON


_TEXTS = ("title", "words", "lead", "names", "capitals", "sketch", "references")


def _encode(signature: Signature) -> dict[str, Any]:
    facts: dict[str, Any] = {"at": to_micros(signature.at), "publisher": signature.publisher}
    if signature.language is not None:
        facts["language"] = signature.language
    return facts | {name: list(value) for name in _TEXTS if (value := getattr(signature, name))}


def _decode(facts: Mapping[str, Any]) -> Signature:
    return Signature(
        at=from_micros(facts["at"]),
        publisher=facts["publisher"],
        language=facts.get("language"),
        **{name: tuple(facts.get(name, ())) for name in _TEXTS},
    )
