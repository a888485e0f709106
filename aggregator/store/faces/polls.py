"""What a poll has to know before it is decided, and what it came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from aggregator.store import (
    articles,
    claims,
    elsewhere,
    full_texts,
    pages,
    rewritings,
    rule_hits,
    stories,
    terms,
    versions,
    withdrawn,
)
from aggregator.store.changes import count_change, counter
from aggregator.store.codec import decode_info, decode_state
from aggregator.store.ledger import read_ledger, write_ledger
from aggregator.store.log import read_log, write_log
from aggregator.store.resembling import resembling
from aggregator.store.schema import source_state, sources

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from aggregator.model import (
        Article,
        Claim,
        FeedInfo,
        HostLedger,
        Known,
        KnownArticle,
        PollPlan,
        SourceState,
    )
    from aggregator.store.database import Database
    from aggregator.store.log import PollRecord


class Polls:
    """What a poll has to know before it is decided, and what it came to.

    Each method is one transaction, and may raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(
        self,
        source: str,
        keys: Collection[str],
        ids: Collection[str],
        *,
        all_live: bool = False,
        minted: Callable[[str], str] | None = None,
    ) -> Known:
        """What is held of these articles, and whose these published ids are.

        ``all_live`` adds every article of the source that is not withdrawn. Withdrawn ones are found by key, and keep
        their id. ``minted`` tells which id is made from a key: an article under that id is found by it.
        """
        with self._database.reading() as db:
            return articles.known(db, source, keys, ids, all_live=all_live, minted=minted)

    def resembling(
        self,
        source: str,
        known: Known,
        strangers: Collection[Article],
        upstream: Sequence[str],
        narrower: Collection[str] = (),
    ) -> Known:
        """``known`` with all of the source that ``strangers``, articles not known by their keys, might be.

        ``upstream`` are the keys of its last document, ``narrower`` other keys they may have been held under.
        """
        with self._database.reading() as db:
            return resembling(db, source, known, strangers, upstream, narrower)

    def elsewhere(
        self,
        source: str,
        known: Known,
        strangers: Collection[Article],
        claimed: Collection[str],
        neighbours: Collection[str],
    ) -> Known:
        """``known`` with all of other sources that ``strangers`` might repeat, and how ``neighbours`` stand.

        ``claimed`` are the ids that their source gave them. Nothing may be recorded between this and the plan that is
        made on it: two sources may bring the same article at once.
        """
        with self._database.reading() as db:
            return elsewhere.elsewhere(db, source, known, strangers, claimed, neighbours)

    def named(self, source: str, refs: Mapping[str, str]) -> Mapping[str, KnownArticle]:
        """Which articles of a source these ids are of: those it is published under, and those the source gave it.

        ``refs`` maps each id to the key that an entry of this id has, by which older names of an article are found.
        """
        with self._database.reading() as db:
            return withdrawn.named(db, source, refs)

    def whole(self, keys: Collection[str]) -> Mapping[str, Article]:
        """Those of the articles with these keys that are held with their text, by key, visible or not."""
        with self._database.reading() as db:
            return versions.whole(db, keys)

    def record(self, plan: PollPlan, claim: Claim, now: datetime) -> int:
        """Writes down one poll, whole or not at all; gives the number of the last visible change.

        Raises ClaimLost if the claim is no longer valid, StaleKnowledge if another poll took an id or a key that the
        plan gives out.
        """
        if plan.source != claim.source:
            raise ValueError(f"a plan for {plan.source} cannot be recorded under a claim of {claim.source}")
        with self._database.writing() as db:
            answering = plan.asked[-1].host if plan.asked else None
            claims.finish(db, claim, plan.state, plan.host_wait, answering)
            changed = {each.key for each in (*plan.new, *plan.held, *plan.earlier, *plan.updated, *plan.refreshed)}
            terms.remove(db, changed)
            articles.write(db, plan, now)
            rewritings.write(db, plan)
            terms.add(db, changed)
            elsewhere.give_way(db, plan.gives_way, now)
            versions.add(db, plan.versions)
            stories.enqueue(db, plan.new + plan.held + plan.updated)
            pages.note(db, plan.vanished, now)
            full_texts.note(db, plan, now)
            rule_hits.count(db, plan.hits)
            write_log(db, plan, claim.state, now)
            write_ledger(db, plan, claim.state)
            return count_change(db) if _is_visible(plan, claim) else counter(db, "publish_seq")

    def state(self, source: str) -> SourceState | None:
        """What is remembered of a source, also of one that was removed; None if it was never configured."""
        with self._database.reading() as db:
            row = db.execute(select(source_state).where(source_state.c.source == source)).first()
        return None if row is None else decode_state(row)

    def states(self) -> tuple[SourceState, ...]:
        """What is remembered of every configured source, by id."""
        configured = select(source_state).join(sources).where(sources.c.removed_at.is_(None))
        with self._database.reading() as db:
            return tuple(decode_state(row) for row in db.execute(configured.order_by(source_state.c.source)))

    def infos(self) -> Mapping[str, FeedInfo]:
        """Source -> what its feed last said of itself; removed sources too, as their articles may still be shown."""
        with self._database.reading() as db:
            rows = db.execute(select(source_state.c.source, source_state.c.info)).all()
        return {row.source: decode_info(row.info) for row in rows}

    def log(self, source: str | None = None, limit: int = 100) -> tuple[PollRecord, ...]:
        """The newest polls that changed something or failed, of one source or of all; kept for a week."""
        with self._database.reading() as db:
            return read_log(db, source, limit)

    def ledger(self) -> tuple[HostLedger, ...]:
        """How each host that was asked has been treated, by name."""
        with self._database.reading() as db:
            return read_ledger(db)


def _is_visible(plan: PollPlan, claim: Claim) -> bool:
    """Whether a reader can see any of it: articles, or what the source says of itself, which entries carry."""
    shown = any(each.left_out is None for each in plan.new)  # a duplicate too, once what it repeats is hidden
    changed = plan.updated or plan.refreshed or plan.withdrawn or plan.deleted
    return shown or bool(changed) or plan.state.info != claim.state.info
