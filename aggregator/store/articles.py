"""What is held: reading it for a poll, writing what a poll decided, reading it to publish."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, case, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from aggregator.errors import StaleKnowledge
from aggregator.model import ABSENT, ABSORBED, EARLIER, FOLDED, OPERATOR, PUBLISHER, Known
from aggregator.store.codec import (
    BODY,
    CHANGING,
    KNOWN,
    decode_article,
    decode_known,
    encode_article,
    encode_body,
    encode_changing,
    id_hash,
)
from aggregator.store.schema import (
    EPOCH,
    aliases,
    article_bodies,
    articles,
    full_texts,
    in_parts,
    output_entries,
    rewritings,
    source_state,
    sources,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, FromClause

    from aggregator.model import Article, KnownArticle, PollPlan

# What every poll runs is built once: building a statement costs ten times as much as running it.
SAID = select(articles, article_bodies.c.summary, article_bodies.c.content_html, article_bodies.c.facts).join_from(
    articles, article_bodies
)
"""As its source says it: what edits are told by."""
_OF_PAGE = full_texts.c.content_html.label("page_html"), full_texts.c.facts.label("page_facts")
_ITS_PAGE = full_texts.c.key == articles.c.key
_REWRITTEN = rewritings.c.said.label("rewriting"), rewritings.c.content_html.label("rewritten_html")
_ITS_REWRITING = rewritings.c.key == articles.c.key
WHOLE = (
    SAID.add_columns(*_OF_PAGE, *_REWRITTEN)
    .join(full_texts, _ITS_PAGE, isouter=True)
    .join(rewritings, _ITS_REWRITING, isouter=True)
)
"""As it is shown: with the text of its page, where it has that, and as it is rewritten."""
ALL = (
    select(*WHOLE.selected_columns)
    .join_from(articles, article_bodies, isouter=True)
    .join(full_texts, _ITS_PAGE, isouter=True)
    .join(rewritings, _ITS_REWRITING, isouter=True)
)
"""Pruned ones too: their ids are still known."""
HAS_TEXT = articles.c.pruned_at.is_(None)
"""What the indices ``ix_articles_newest`` and ``ix_articles_source`` hold."""
HISTORY = 100
"""Articles by which a source is known again; of a feed of news, a day or two."""
_ACCEPTED = or_(articles.c.held.is_(None), articles.c.held.in_((ABSORBED, EARLIER, FOLDED)))
_FOLDERS = select(source_state.c.source).where(source_state.c.host.startswith("folder:"))
_REMOVED = select(sources.c.source).where(sources.c.removed_at.is_not(None), sources.c.on_remove != "keep")
"""Sources whose articles are shown no longer."""
_NEWEST_ACCEPTED = (
    SAID.where(articles.c.source == bindparam("of"), articles.c.deleted_at.is_(None), HAS_TEXT, _ACCEPTED)
    .order_by(articles.c.sort_at.desc(), articles.c.key.desc())
    .limit(HISTORY)
)
_KNOWN = select(*(articles.c[name] for name in KNOWN), articles.c.deleted_at)
_TAKEN_BACK = (OPERATOR, PUBLISHER)
"""``deleted_by`` of an article that does not come back by being there again."""
_KNOWN_LIVE = _KNOWN.where(
    articles.c.source == bindparam("of"),
    HAS_TEXT,
    or_(articles.c.deleted_at.is_(None), articles.c.deleted_by.in_(_TAKEN_BACK)),
)
_KNOWN_FORGOTTEN = _KNOWN.where(
    articles.c.source == bindparam("of"),
    articles.c.deleted_at > EPOCH,  # by which the index of these fits
    articles.c.deleted_by.in_(_TAKEN_BACK),
    articles.c.pruned_at.is_not(None),
)
"""What was taken back, and has no text any more."""
_KNOWN_KEYS = _KNOWN.where(articles.c.key.in_(bindparam("some", expanding=True)))
_KNOWN_ALIASES = (
    _KNOWN.add_columns(aliases.c.alias)
    .join_from(articles, aliases)
    .where(aliases.c.alias.in_(bindparam("some", expanding=True)))
)
_KNOWN_IDS = _KNOWN.add_columns(articles.c.id_hash).where(
    articles.c.source == bindparam("of"), articles.c.id_hash.in_(bindparam("some", expanding=True))
)
_OWNERS = select(articles.c.id_hash, articles.c.key).where(articles.c.id_hash.in_(bindparam("some", expanding=True)))
_IS = (articles.c.key == bindparam("at")) & (articles.c.source == bindparam("of"))
"""No source touches another's articles, whatever a plan says."""
_SHOWN_AGAIN = {
    name: case((articles.c.deleted_by == OPERATOR, articles.c[name]), else_=None)
    for name in ("deleted_at", "deleted_by")
}
"""Of what the operator retracts while a poll is under way, its plan knows nothing."""
_CHANGE = (
    update(articles)
    .where(_IS)
    .values(
        {name: bindparam(f"new_{name}") for name in CHANGING if name != "duplicate_of"}
        | _SHOWN_AGAIN
        | {"pruned_at": None}
    )
)
_TOUCH = update(articles).where(_IS).values(raw_hash=bindparam("new_hash"), flips=bindparam("new_flips"))
_WITHDRAW = (
    update(articles)
    .where(_IS, articles.c.deleted_at.is_(None))
    .values(deleted_at=bindparam("when"), deleted_by=bindparam("by"))
)


class _Upserts(NamedTuple):
    """Each dialect has its own ``ON CONFLICT``."""

    article: Any
    body: Any
    alias: Any


def _upserts(insert: Any) -> _Upserts:
    """A withdrawn article that comes again as new gets its old row back: id and dates stay."""
    row, body, alias = insert(articles), insert(article_bodies), insert(aliases)
    return _Upserts(
        row.on_conflict_do_update(
            index_elements=["key"],
            set_={name: row.excluded[name] for name in CHANGING}
            | {"deleted_at": None, "deleted_by": None, "pruned_at": None},
            where=(articles.c.deleted_by == ABSENT) & (articles.c.source == row.excluded.source),
        ),
        body.on_conflict_do_update(index_elements=["key"], set_={name: body.excluded[name] for name in BODY}),
        alias.on_conflict_do_update(index_elements=["alias"], set_={"key": alias.excluded.key}),
    )


_UPSERTS = {"sqlite": _upserts(sqlite.insert), "postgresql": _upserts(postgresql.insert)}


# ---- for a poll


def known(
    db: Connection,
    source: str,
    keys: Collection[str],
    ids: Collection[str],
    *,
    all_live: bool,
    minted: Callable[[str], str] | None = None,
) -> Known:
    """See :meth:`aggregator.store.faces.polls.Polls.known`."""
    held: dict[str, KnownArticle] = {}
    if all_live:
        for statement in (_KNOWN_LIVE, _KNOWN_FORGOTTEN):
            held.update((row[0], decode_known(row)) for row in db.execute(statement, {"of": source}))
    held.update(by_keys(db, set(keys) - held.keys()))
    if minted is not None:
        held.update(_by_minted(db, source, {id_hash(minted(key)): key for key in set(keys) - held.keys()}))
    owners: dict[str, str] = {}
    hashes = {id_hash(each): each for each in ids}
    for some in in_parts(sorted(hashes)):
        owners.update((hashes[hashed], key) for hashed, key in db.execute(_OWNERS, {"some": some}))
    history: tuple[Article, ...] = ()
    if keys and not all_live and not any(each.accepted for each in held.values()):
        history = tuple(map(decode_article, db.execute(_NEWEST_ACCEPTED, {"of": source})))
    return Known(articles=held, owners=owners, history=history)


def _by_minted(db: Connection, source: str, names: Mapping[bytes, str]) -> dict[str, KnownArticle]:
    """Articles under the ids that these keys give: a store made again from the documents may have those alone."""
    found: dict[str, KnownArticle] = {}
    for part in in_parts(sorted(names)):
        for *row, hashed in db.execute(_KNOWN_IDS, {"of": source, "some": part}):
            found[names[hashed]] = decode_known(row)
    return found


def by_keys(db: Connection, keys: Collection[str]) -> dict[str, KnownArticle]:
    """What is held under these keys, or under these aliases, by the key it was asked for with."""
    held: dict[str, KnownArticle] = {}
    for part in in_parts(sorted(keys)):
        held.update((row[0], decode_known(row)) for row in db.execute(_KNOWN_KEYS, {"some": part}))
    for part in in_parts(sorted(set(keys) - held.keys())):
        held.update((alias, decode_known(row)) for *row, alias in db.execute(_KNOWN_ALIASES, {"some": part}))
    return held


def write(db: Connection, plan: PollPlan, now: datetime) -> None:
    """Writes a plan's articles. Raises StaleKnowledge where the plan was made on knowledge that is no longer true."""
    if fresh := plan.new + plan.held + plan.earlier:
        _insert(db, plan, fresh)
    if plan.updated or plan.refreshed:
        _update(db, plan, plan.updated + plan.refreshed)
    if plan.untouched:
        _touch(db, plan)
    if plan.aliases:
        db.execute(_UPSERTS[db.dialect.name].alias, [{"alias": alias, "key": key} for alias, key in plan.aliases])
    for keys, by in ((plan.deleted, PUBLISHER), (plan.withdrawn, ABSENT)):
        if keys:
            db.execute(_WITHDRAW, [{"at": key, "of": plan.source, "when": now, "by": by} for key in keys])


def _insert(db: Connection, plan: PollPlan, fresh: Collection[Article]) -> None:
    upserts = _UPSERTS[db.dialect.name]
    try:
        inserted = db.execute(
            upserts.article,
            [encode_article(each) for each in fresh],
            execution_options={"preserve_rowcount": True},  # else unknown where many rows go in one statement
        )
    except IntegrityError as error:
        raise _stale(plan, "an id that it gives out was taken in between") from error
    if inserted.rowcount != len(fresh):
        raise _stale(plan, "an article that it takes for new is held already")
    db.execute(upserts.body, [encode_body(each) for each in fresh])


def _update(db: Connection, plan: PollPlan, changes: Collection[Article]) -> None:
    changed = db.execute(
        _CHANGE,
        [
            {
                "at": each.key,
                "of": plan.source,
                **{f"new_{name}": value for name, value in encode_changing(each).items()},
            }
            for each in changes
        ],
    )
    if changed.rowcount != len(changes):
        raise _stale(plan, "an article that it changes is not held")
    db.execute(_UPSERTS[db.dialect.name].body, [encode_body(each) for each in changes])  # a pruned one has none


def _touch(db: Connection, plan: PollPlan) -> None:
    seen = [{"at": key, "of": plan.source, "new_hash": raw, "new_flips": flips} for key, raw, flips in plan.untouched]
    if db.execute(_TOUCH, seen).rowcount != len(seen):
        raise _stale(plan, "an article that it leaves as it is is not held")


def _stale(plan: PollPlan, what: str) -> StaleKnowledge:
    return StaleKnowledge(f"{plan.source}: {what}; nothing of this poll was written, recall and plan again")


def mark_left_out(db: Connection, changes: Mapping[str, str | None]) -> bool:
    """See :meth:`aggregator.store.faces.articles.Articles.mark_left_out`; whether there was anything to change."""
    if changes:
        db.execute(
            update(articles).where(articles.c.key == bindparam("at")).values(left_out=bindparam("why")),
            [{"at": key, "why": why} for key, why in sorted(changes.items())],
        )
    return bool(changes)


# ---- to publish


def newest(
    db: Connection,
    limit: int,
    *,
    now: datetime,
    before: tuple[datetime, str] | None,
    source: str | None,
    output: str | None,
    since: tuple[datetime, str] | None,
    visible: bool,
    pinned: bool,
    copies: bool,
    held: Mapping[str, Article],
) -> tuple[Article, ...]:
    """See :meth:`aggregator.store.faces.articles.Articles.newest`."""
    wanted: list[ColumnElement[bool]] = [HAS_TEXT, *([articles.c.pinned_at.is_not(None)] if pinned else [])]
    columns = select(articles.c.key) if held else WHOLE
    whole, of = columns, articles
    if source is not None:
        wanted.append(articles.c.source == source)
    if output is not None:
        whole = columns.join(output_entries, output_entries.c.key == articles.c.key)
        wanted += [output_entries.c.output == output, output_entries.c.taken]
        of = output_entries if not pinned else articles  # by whose index they are found
    if before is not None:
        wanted.append(tuple_(of.c.sort_at, of.c.key) < tuple_(*bound(before)))
    if since is not None:
        wanted.append(tuple_(of.c.sort_at, of.c.key) >= tuple_(*bound(since)))
    if visible:
        wanted += shown(now, copies=copies)
    order = articles.c.pinned_at if pinned else of.c.sort_at
    page = whole.where(*wanted).order_by(order.desc(), of.c.key.desc()).limit(limit)
    if not held:
        return tuple(decode_article(row) for row in db.execute(page))
    keys = db.scalars(page).all()
    found = {key: held[key] for key in keys if key in held}
    for part in in_parts(sorted(set(keys) - found.keys())):
        found.update((row.key, decode_article(row)) for row in db.execute(WHOLE.where(articles.c.key.in_(part))))
    return tuple(found[key] for key in keys)


def place(db: Connection, number: int, now: datetime) -> datetime | None:
    """See :meth:`aggregator.store.faces.articles.Articles.place`."""
    order = articles.c.sort_at.desc(), articles.c.key.desc()
    row = select(articles.c.sort_at).where(*shown(now)).order_by(*order).offset(number - 1).limit(1)
    found: datetime | None = db.scalar(row)
    return found


def shown(now: datetime, *, copies: bool = False) -> tuple[ColumnElement[bool], ...]:
    """What an article must be to be shown; with ``copies`` it may repeat another one that is."""
    return own_right(articles, now) if copies else (*own_right(articles, now), shown_once(now))


_OWNER, _OTHER = articles.alias("owner"), articles.alias("other")


def shown_once(now: datetime) -> ColumnElement[bool]:
    """Whether an article is no copy of another that stands for it.

    A copy is hidden while the article it repeats is shown: that one's source may be removed, or leave it out by a rule
    of its own, or have it no longer, and the other source still says it. What was hidden or retracted here, or deleted
    by its publisher, is not shown in a copy either, nor a local article whose file is gone in one that has its id from
    us. Of several copies of an article that is not there the one that was
    found first stands for all.
    """
    owner, other = _OWNER, _OTHER
    present = owner.c.deleted_at.is_(None), owner.c.left_out.is_(None), owner.c.source.not_in(_REMOVED)
    folds = and_(owner.c.held == FOLDED, *present)
    own = or_(and_(*own_right(owner, now)), folds)
    file_gone = and_(
        owner.c.deleted_by == ABSENT, owner.c.id_hash == articles.c.claim_hash, owner.c.source.in_(_FOLDERS)
    )
    stands = or_(own, file_gone, owner.c.hidden_at.is_not(None), owner.c.deleted_by.in_(_TAKEN_BACK))
    owners = select(owner.c.key).where(owner.c.key == articles.c.duplicate_of, stands)
    earlier = tuple_(other.c.first_seen, other.c.key) < tuple_(articles.c.first_seen, articles.c.key)
    stands = or_(and_(*own_right(other, now), earlier), other.c.hidden_at.is_not(None), other.c.deleted_by == OPERATOR)
    others = select(other.c.key).where(other.c.duplicate_of == articles.c.duplicate_of, stands).limit(1)
    # Scalars and not EXISTS, for which PostgreSQL reads all articles (100,000: 60 ms a page) instead of the few.
    alone = and_(owners.scalar_subquery().is_(None), others.scalar_subquery().is_(None))
    return or_(articles.c.duplicate_of.is_(None), alone)


def own_right(of: FromClause, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What an article must be to be shown, whatever it is a duplicate of."""
    return (
        of.c.deleted_at.is_(None),
        of.c.hidden_at.is_(None),
        of.c.left_out.is_(None),
        of.c.held.is_(None),
        or_(of.c.not_before.is_(None), of.c.not_before <= now),
        of.c.source.not_in(_REMOVED),
    )


def bound(place: tuple[datetime, str]) -> tuple[Any, Any]:
    """A place in the order of articles, to compare with their ``sort_at`` and ``key``."""
    sort_at, key = place
    return (
        bindparam("sort_at", sort_at, type_=articles.c.sort_at.type, unique=True),
        bindparam("key", key, type_=articles.c.key.type, unique=True),
    )


def shown_as(url: str) -> ColumnElement[bool]:
    """Whether this is the address of an article as it is rewritten."""
    return articles.c.key.in_(select(rewritings.c.key).where(rewritings.c.url_hash == id_hash(url)))


def find(db: Connection, what: str) -> Article | None:
    """See :meth:`aggregator.store.faces.articles.Articles.find`."""
    tries: list[ColumnElement[bool]] = [articles.c.id_hash == id_hash(what), articles.c.url == what]
    if re.fullmatch(r"[0-9a-f]{32}", what):
        tries.insert(0, articles.c.key == what)
    for each in (*tries, shown_as(what)):
        row = db.execute(ALL.where(each).order_by(articles.c.sort_at.desc(), articles.c.key.desc()).limit(1)).first()
        if row is not None:
            return decode_article(row)
    return None


_IS_FOLDED = (
    articles.c.held == literal(FOLDED, literal_execute=True),  # in the statement itself, or no partial index fits
    HAS_TEXT,
    articles.c.sort_at >= bindparam("since", type_=articles.c.sort_at.type),
    or_(articles.c.not_before.is_(None), articles.c.not_before <= bindparam("now", type_=articles.c.sort_at.type)),
    articles.c.source.not_in(_REMOVED),
)


def folded(db: Connection, since: datetime, limit: int, now: datetime) -> tuple[Article, ...]:
    """See :meth:`aggregator.store.faces.outputs.Outputs.folded`."""
    newest = articles.c.sort_at.desc(), articles.c.key.desc()
    page = WHOLE.where(*_IS_FOLDED).order_by(*newest).limit(limit)
    return tuple(decode_article(row) for row in db.execute(page, {"since": since, "now": now}))


_OF_A_DAY = (
    select(func.count())
    .select_from(articles)
    .where(
        articles.c.source == bindparam("of"),
        HAS_TEXT,
        articles.c.sort_at >= bindparam("start", type_=articles.c.sort_at.type),
        articles.c.sort_at < bindparam("end", type_=articles.c.sort_at.type),
        articles.c.held.is_(None),
        articles.c.left_out.is_(None),
    )
)


def per_day(db: Connection, source: str, days: Collection[date], *, copies: bool) -> dict[date, int]:
    """See :meth:`aggregator.store.faces.articles.Articles.per_day`."""
    of_a_day = _OF_A_DAY if copies else _OF_A_DAY.where(articles.c.duplicate_of.is_(None))
    found = {}
    for each in sorted(days):
        start = datetime.combine(each, time(), UTC)
        found[each] = db.scalar(of_a_day, {"of": source, "start": start, "end": start + timedelta(days=1)}) or 0
    return found


def next_release(db: Connection, now: datetime) -> datetime | None:
    """See :meth:`aggregator.store.faces.outputs.Outputs.next_release`."""
    soonest: datetime | None = db.scalar(select(func.min(articles.c.not_before)).where(articles.c.not_before > now))
    return soonest


def counts(db: Connection) -> dict[str, int]:
    """See :meth:`aggregator.store.faces.articles.Articles.counts`."""
    live = select(articles.c.source, func.count().label("live")).where(articles.c.deleted_at.is_(None))
    return {row.source: row.live for row in db.execute(live.group_by(articles.c.source))}
