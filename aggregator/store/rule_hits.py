"""How often each rule in force hit: which articles it took or changed, and when it last did."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from aggregator.model import RuleCount
from aggregator.store.schema import in_parts, latest, output_entries, rule_counts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from aggregator.model import LiveRule, RuleHits
    from aggregator.store.database import Database

_OF = rule_counts.c
_THIS = and_(_OF.owner == bindparam("of"), _OF.kind == bindparam("is_a"), _OF.hash == bindparam("hashed"))
_AT: Any = bindparam("at", type_=_OF.last.type)
_COUNT = (
    update(rule_counts)
    .where(_THIS)
    .values(
        matched=_OF.matched + bindparam("more"),
        last=latest(func.coalesce(_OF.last, _AT), _AT),
    )
)
_ADD: dict[str, Any] = {
    "sqlite": sqlite.insert(rule_counts).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(rule_counts).on_conflict_do_nothing(),
}


class RuleCounts:
    """How often each rule in force hit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def follow(self, live: Collection[LiveRule], now: datetime) -> frozenset[LiveRule]:
        """Counts these rules from now on, those that are counted already further, and no others; gives those that were
        not counted before."""
        wanted = {_name(each): each for each in live}
        with self._database.writing() as db:
            counted = {(row.owner, row.kind, row.hash) for row in db.execute(select(_OF.owner, _OF.kind, _OF.hash))}
            for part in in_parts(sorted(counted - wanted.keys())):
                names = [{"of": owner, "is_a": kind, "hashed": hashed} for owner, kind, hashed in part]
                db.execute(delete(rule_counts).where(_THIS), names)
            fresh = {name: wanted[name] for name in sorted(wanted.keys() - counted)}
            rows = [
                {"owner": owner, "kind": kind, "hash": hashed, "text": each.text, "since": now, "matched": 0}
                for (owner, kind, hashed), each in fresh.items()
            ]
            if rows:
                db.execute(_ADD[db.dialect.name], rows)
        return frozenset(fresh.values())

    def count(self, hits: Iterable[RuleHits]) -> None:
        """Counts them."""
        with self._database.writing() as db:
            count(db, hits)

    def read(self) -> tuple[RuleCount, ...]:
        """All that are counted, by owner, kind and text."""
        ordered = select(rule_counts).order_by(_OF.owner, _OF.kind, _OF.text)
        with self._database.reading() as db:
            return tuple(
                RuleCount(
                    owner=row.owner, kind=row.kind, text=row.text, matched=row.matched, last=row.last, since=row.since
                )
                for row in db.execute(ordered)
            )

    def taken(self, output: str, keys: Collection[str]) -> frozenset[str]:
        """Those of these articles that an output has taken already."""
        found: set[str] = set()
        of = output_entries.c
        with self._database.reading() as db:
            for part in in_parts(sorted(keys)):
                found.update(db.scalars(select(of.key).where(of.output == output, of.key.in_(part), of.taken)))
        return frozenset(found)


def count(db: Connection, hits: Iterable[RuleHits]) -> None:
    """Counts them, as far as their rules are still in force."""
    rows = [{**_params(each), "more": each.articles, "at": each.last} for each in hits]
    if rows:
        db.execute(_COUNT, rows)


def _params(rule: RuleHits) -> dict[str, Any]:
    owner, kind, hashed = _name(rule.rule)
    return {"of": owner, "is_a": kind, "hashed": hashed}


def _name(rule: LiveRule) -> tuple[str, str, bytes]:
    """A text may be longer than an index entry of PostgreSQL."""
    return rule.owner, rule.kind, blake2b(rule.text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
