"""The face of the store. Each method is one transaction; what it wrote is on disk when it returns."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from aggregator.errors import StoreError
from aggregator.store import (
    archives,
    articles,
    claims,
    digests,
    editions,
    elsewhere,
    full_texts,
    held,
    local,
    members,
    memory,
    operated,
    pages,
    retention,
    rewritings,
    rule_hits,
    stories,
    terms,
    versions,
    withdrawn,
)
from aggregator.store.changes import count_change
from aggregator.store.check import problems
from aggregator.store.codec import decode_info, decode_state
from aggregator.store.figures import StoreFigures
from aggregator.store.full_texts import FullTexts
from aggregator.store.health_changes import HealthChanges
from aggregator.store.ledger import read_ledger, write_ledger
from aggregator.store.lists import Lists
from aggregator.store.log import read_log, write_log
from aggregator.store.opening import is_there, open_database
from aggregator.store.recordings import Recordings
from aggregator.store.resembling import resembling
from aggregator.store.rewritings import Rewritings
from aggregator.store.rule_hits import RuleCounts
from aggregator.store.schema import EPOCH, counters, settings, source_state, sources
from aggregator.store.subscriptions import Subscriptions
from aggregator.store.sync import sync
from aggregator.store.trace import trace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date, datetime
    from typing import Self

    from sqlalchemy import Connection

    from aggregator.model import (
        ArchiveDocument,
        Article,
        Candidate,
        Claim,
        Editions,
        FeedInfo,
        HostLedger,
        Known,
        KnownArticle,
        PollPlan,
        Source,
        SourceState,
        Story,
        Vanished,
        Version,
        Waiting,
    )
    from aggregator.store.database import Database
    from aggregator.store.lock import InstanceLock
    from aggregator.store.log import PollRecord
    from aggregator.store.members import Undecided
    from aggregator.store.stories import Decide, Signed
    from aggregator.store.sync import SyncResult
    from aggregator.store.trace import Trace


class Store:
    """The memory, in SQLite or PostgreSQL. Synchronous, and safe to call from several threads.

    Every method may raise StoreError with what happened and what to do; nothing is then half written.
    """

    def __init__(self, database: Database, lock: InstanceLock, *, locked: bool) -> None:
        self._database = database
        self._lock = lock
        self._locked = locked
        self.subscriptions = Subscriptions(database)
        """What our hub remembers."""
        self.lists = Lists(database)
        """What lists of feeds name that are followed."""
        self.figures = StoreFigures(database)
        """What is measured of it."""
        self.health_changes = HealthChanges(database)
        """What has changed of how things stand, and who was told."""
        self.full_texts = FullTexts(database)
        """What the pages of articles say."""
        self.recordings = Recordings(database)
        """What sources answered last."""
        self.rewritings = Rewritings(database)
        """What is shown of articles in place of what their sources said."""
        self.rule_counts = RuleCounts(database)
        """How often each rule in force hit."""

    @classmethod
    def open(cls, url: str, *, lock: bool = True) -> Self:
        """The store at ``sqlite:///FILE`` or ``postgresql://USER@HOST/DB``, made or migrated if need be.

        With ``lock`` it is ours alone until it is closed or the process ends, and what a killed process had claimed
        is due again: at once, or of a stranger's host when the claim would have run out. Without, it may be looked at
        beside a running service. Raises StoreLocked with the holder's process id; StoreError for a damaged, foreign
        or newer database, which is left as it is.
        """
        database, guard = open_database(url, lock=lock)
        store = cls(database, guard, locked=lock)
        if lock:
            try:
                with database.writing() as db:
                    claims.give_back_all(db)
            except BaseException:
                store.close()
                raise
        return store

    @staticmethod
    def exists(url: str) -> bool:
        """Whether there is anything to look at; a PostgreSQL database is taken to be there."""
        return is_there(url)

    def close(self) -> None:
        """Ends all connections and gives the lock back. May be called again."""
        self._database.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # ---- configuration

    def sync(
        self,
        configured: Sequence[Source],
        now: datetime,
        spread: Callable[[Source], datetime],
        gap: Callable[[str], timedelta],
    ) -> SyncResult:
        """Brings the tables in line with the configured sources.

        A new source is first due at ``spread(source)``; ``gap(host)`` is the least time between two starts on a
        host. Another address forgets what was learnt at the old one and is due now. A source that is gone is not
        polled any more, and ``on_remove`` as it last was decides whether its articles are still shown; when it comes
        back so do they, and its state. Polls under way of gone and moved sources are fenced off. What a clock that was
        ahead put off for longer than any poll asks for (``SOURCE_AHEAD``, ``HOST_AHEAD``) is due now.
        """
        with self._database.writing() as db:
            result, visible = sync(db, configured, now, spread, gap)
            if visible:
                count_change(db)
        return result

    # ---- the queue

    def claim(
        self,
        now: datetime,
        limit: int,
        lease: timedelta,
        *,
        busy_hosts: Collection[str] = (),
        only: Collection[str] | None = None,
        force: bool = False,
        again: timedelta = timedelta(0),
    ) -> tuple[Claim, ...]:
        """The right to poll up to ``limit`` due sources until ``now + lease``, oldest first, one per host.

        ``busy_hosts`` are left alone. ``only`` names sources to poll whether they are due or not; the gap between two
        starts on a host holds for them too, and a pause unless ``force``. ``again`` is the least time until a
        stranger's host (one with a gap) is asked again where nothing comes of the claim. Raises StoreLocked if the
        lock was lost to another instance.
        """
        if self._locked:
            self._lock.confirm()
        with self._database.writing() as db:
            return claims.take(db, now, limit, lease, busy_hosts, only, force, again)

    def next_due(
        self,
        now: datetime,
        *,
        busy_hosts: Collection[str] = (),
        only: Collection[str] | None = None,
        force: bool = False,
    ) -> datetime | None:
        """When :meth:`claim` with the same arguments may next give something: ``now`` or later; None for never."""
        with self._database.reading() as db:
            return claims.next_due(db, now, busy_hosts, only, force)

    def release(self, claim: Claim) -> None:
        """Gives the source back unpolled, due as before. Nothing happens if the claim is no longer valid."""
        with self._database.writing() as db:
            claims.give_back(db, claim)

    def poll_now(self, wanted: Collection[str], now: datetime) -> None:
        """Makes these sources due at once, as far as their hosts allow; not those that are being polled or disabled."""
        with self._database.writing() as db:
            claims.poll_now(db, wanted, now)

    def put_off_rereading(self, later: Mapping[str, datetime], parser_version: int, now: datetime) -> None:
        """Makes those of ``later`` due at the time named there that are overdue and were read by another parser.

        Their next requests have no validators to send, and are not to come all at once.
        """
        with self._database.writing() as db:
            claims.put_off(db, later, parser_version, now)

    def clock_was_set(self, since: datetime, by: timedelta) -> None:
        """Moves what was written by a clock that has been set ``by`` so much: waits last as long as they did.

        ``since`` is when that clock began to count, by itself. Sources polled before then keep their times. No poll may
        be under way.
        """
        with self._database.writing() as db:
            claims.set_clock(db, since, by)

    # ---- one poll

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

    def pages_due(self, now: datetime, limit: int) -> tuple[Vanished, ...]:
        """Articles that were taken out of their feeds and whose pages are to be asked for, the longest due first."""
        with self._database.writing() as db:
            return pages.due(db, now, limit)

    def ask_page(self, page: Vanished, host: str, gap: timedelta, now: datetime) -> bool:
        """Whether the page's host may be asked now; it is then not asked again for ``gap``, nor the page for a day."""
        with self._database.writing() as db:
            return pages.ask(db, page, host, gap, now)

    def page_told(self, page: Vanished, *, missing: bool, now: datetime) -> bool:
        """Writes down what a page told; whether the article is deleted with that, which takes two days."""
        with self._database.writing() as db:
            deleted = pages.told(db, page, missing=missing, now=now)
            if deleted:
                count_change(db)
            return deleted

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
            return count_change(db) if _is_visible(plan, claim) else _counter(db, "publish_seq")

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

    def log(self, source: str | None = None, limit: int = 100) -> tuple[PollRecord, ...]:
        """The newest polls that changed something or failed, of one source or of all; kept for a week."""
        with self._database.reading() as db:
            return read_log(db, source, limit)

    def ledger(self) -> tuple[HostLedger, ...]:
        """How each host that was asked has been treated, by name."""
        with self._database.reading() as db:
            return read_ledger(db)

    # ---- articles

    def newest(
        self,
        limit: int,
        *,
        now: datetime,
        before: tuple[datetime, str] | None = None,
        source: str | None = None,
        output: str | None = None,
        since: tuple[datetime, str] | None = None,
        visible: bool = True,
        pinned: bool = False,
        copies: bool = False,
        held: Mapping[str, Article] = MappingProxyType({}),
    ) -> tuple[Article, ...]:
        """The newest articles, by ``sort_at`` and then ``key``, both descending; or those that are ``pinned``, the last
        one first.

        ``before`` goes on after the last one of the page before, ``since`` is where to end. Of an ``output`` only what
        it has taken is given.
        ``visible`` leaves out what is withdrawn, hidden, left out by a rule, held for the operator or until after
        ``now``, of a removed source that does not keep its articles, or a duplicate of an article to which none of this
        applies, or that was taken back or hidden itself. ``held`` are articles by key that were read before and have
        not changed since: only the others are read.
        """
        with self._database.reading() as db:
            return articles.newest(
                db,
                limit,
                now=now,
                before=before,
                source=source,
                output=output,
                since=since,
                visible=visible,
                pinned=pinned,
                copies=copies,
                held=held,
            )

    def newest_of(
        self,
        term: str,
        limit: int,
        *,
        now: datetime,
        before: tuple[datetime, str] | None = None,
        copies: bool = False,
    ) -> tuple[Article, ...]:
        """As :meth:`newest`, of the visible articles with a tag or in a language (:mod:`aggregator.model.terms`)."""
        with self._database.reading() as db:
            return terms.newest_of(db, term, limit, now=now, before=before, copies=copies)

    def index_more(self, limit: int) -> int:
        """Lets ``limit`` more of the articles be found by their terms that were there before these were written down,
        the newest first; gives how many these were, 0 where all are found."""
        with self._database.writing() as db:
            return terms.index_more(db, limit)

    def withdrawn(self, now: datetime, since: datetime, limit: int) -> tuple[Article, ...]:
        """What readers may have seen and is taken back since then, each with ``deleted_at``.

        At most ``limit`` articles that were withdrawn, the latest first, and as many of removed sources with
        ``on_remove: tombstone``, which count as withdrawn when their source was removed. Nothing that a rule left out,
        that was hidden, held, or not yet due: that takes no tombstone.
        """
        with self._database.reading() as db:
            return withdrawn.withdrawn(db, now, since, limit)

    def per_day(self, source: str, days: Collection[date], *, copies: bool = False) -> Mapping[date, int]:
        """How many articles of a source are shown, or were, of each of these days (UTC); with ``copies`` those count
        that repeat another source's."""
        with self._database.reading() as db:
            return articles.per_day(db, source, days, copies=copies)

    def place(self, number: int, now: datetime) -> datetime | None:
        """``sort_at`` of the visible article that is the ``number``-th newest; None where there are fewer."""
        with self._database.reading() as db:
            return articles.place(db, number, now)

    def article(self, key_or_id_or_url: str) -> Article | None:
        """One article, visible or not: by key, else by published id, else the newest with this address."""
        with self._database.reading() as db:
            return articles.find(db, key_or_id_or_url)

    def at_page(self, page_hash: int, limit: int) -> tuple[Article, ...]:
        """The newest articles, visible or not, whose address has this hash."""
        with self._database.reading() as db:
            return operated.at_page(db, page_hash, limit)

    def operate(
        self, hand: operated.Hand, keys: Collection[str], now: datetime, *, undo: bool = False
    ) -> frozenset[str]:
        """Retracts, hides or pins articles, or undoes it; gives the keys of those for which that changed anything.

        No poll undoes it, not even one that is under way; it may be done while another instance polls. To undo a
        retraction takes back a publisher's deletion as well.
        """
        with self._database.writing() as db:
            changed = operated.operate(db, hand, keys, now, undo=undo)
            if changed:
                count_change(db)
            return changed

    def trace(self, what: str, page_hash: int | None, now: datetime) -> tuple[Trace, ...]:
        """All that is held under a key, an id, or at an address (``page_hash`` is the address's), the likeliest first.

        Articles without a text too, by all keys they are found by, and by the ids that their sources gave them.
        """
        with self._database.reading() as db:
            return trace(db, what, page_hash, now)

    def versions(self, key: str) -> tuple[Version, ...]:
        """What an article said before each of its last edits, the latest first."""
        with self._database.reading() as db:
            return versions.read(db, key)

    def through(self, keys: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Key -> the sources that have the same article too, in the order they came; those without any are absent."""
        with self._database.reading() as db:
            return elsewhere.through(db, keys)

    def conflicts(self) -> Mapping[str, tuple[str, ...]]:
        """Source -> which of its articles came under ids of other sources without being the same, in words."""
        with self._database.reading() as db:
            return elsewhere.conflicts(db)

    def counts(self) -> Mapping[str, int]:
        """Source -> how many of its articles are not withdrawn; sources without any are absent."""
        with self._database.reading() as db:
            return articles.counts(db)

    def held(self, limit: int) -> tuple[Article, ...]:
        """The newest articles that wait for the operator, of all sources."""
        with self._database.reading() as db:
            return held.waiting(db, limit)

    def waiting(self) -> Mapping[str, tuple[Waiting, ...]]:
        """Source -> why and how many of its articles wait for the operator; sources without any are absent."""
        with self._database.reading() as db:
            return held.reasons(db)

    def let_go(self, source: str, now: datetime, *, silent: bool = False, middle: int | None = None) -> int:
        """Lets the articles of a source go that wait for the operator; gives how many they were.

        They are shown with their own ids and dates; those that would stand below the ``middle``-th newest article stand
        with what is new now. With ``silent`` they never are: known, so that they do not come as
        new again, and taken for a part of the source where it is in quarantine. That ends with it, and what is at the
        address is the source from now on. May be done while another instance polls.
        """
        with self._database.writing() as db:
            let = held.let_go(db, source, now, silent=silent, middle=middle)
            if let and not silent:
                count_change(db)
            return let

    def mark_left_out(self, changes: Mapping[str, str | None]) -> None:
        """Key -> the rule that leaves the article out, or None to show it."""
        with self._database.writing() as db:
            if articles.mark_left_out(db, changes):
                count_change(db)

    def infos(self) -> Mapping[str, FeedInfo]:
        """Source -> what its feed last said of itself; removed sources too, as their articles may still be shown."""
        with self._database.reading() as db:
            rows = db.execute(select(source_state.c.source, source_state.c.info)).all()
        return {row.source: decode_info(row.info) for row in rows}

    # ---- stories

    def follow_stories(self, now: datetime, *, wanted: bool) -> None:
        """Whether it is decided of what is new in which stories it is; what is recent is then made up for.

        Which articles belong together is kept while it is not.
        """
        with self._database.writing() as db:
            stories.follow(db, now, wanted=wanted)

    def undecided(self, limit: int, now: datetime) -> tuple[Article, ...]:
        """Articles whose place among the stories is to be decided, first seen first."""
        with self._database.reading() as db:
            return stories.undecided(db, limit, now)

    def place_in_stories(self, signed: Sequence[Signed], decide: Decide, now: datetime) -> None:
        """Decides in which stories these articles are, one after the other, and lets others find them from now on.

        Each is compared with a few dozen articles within 72 hours of it, however many are held.
        """
        with self._database.writing() as db:
            if stories.place(db, signed, decide, now):
                count_change(db)

    def stories(self, keys: Collection[str], now: datetime) -> Mapping[str, Story]:
        """Key -> the story it is in, with all its articles; of those that are in none there is nothing."""
        with self._database.reading() as db:
            return stories.stories_of(db, keys, now)

    def nearby(self, signed: Signed) -> tuple[Candidate, ...]:
        """The few articles of the last two weeks that share the rarest keys with this one."""
        with self._database.reading() as db:
            return tuple(stories.nearby(db, signed))

    # ---- what the outputs have

    def queued(self, limit: int, now: datetime, *, copies: bool) -> Undecided:
        """What is new or changed since every output was last asked about it, or is as old now as a rule has it: about
        ``limit`` articles of each.

        With ``copies`` those may be taken that repeat another which is shown.
        """
        with self._database.reading() as db:
            return members.queued(db, limit, now, copies=copies)

    def stored(
        self, limit: int, before: tuple[datetime, str] | None, now: datetime, *, copies: bool = False
    ) -> Undecided:
        """A page of all that is held with a text, the newest first, for an output with a rule it was not asked by.

        ``before`` is where the page before ended.
        """
        with self._database.reading() as db:
            return members.stored(db, limit, before, now, copies=copies)

    def take(
        self,
        undecided: Undecided,
        taken: Mapping[str, Collection[str]],
        later: Mapping[str, datetime] = MappingProxyType({}),
        made: Mapping[str, str] = MappingProxyType({}),
        *,
        since: Mapping[str, Mapping[str, datetime]] = MappingProxyType({}),
        now: datetime = EPOCH,
    ) -> None:
        """Writes down which of the ``undecided`` each output takes: output -> keys. Other outputs stay as they are.

        ``later`` are those to ask about again, and when. ``made`` are settings that say by which rules that was
        decided, and how far. ``since`` says, of outputs with digests, when what is taken could first be read: what was
        taken already and could be read before ``now`` keeps the time it has.
        """
        with self._database.writing() as db:
            members.take(db, undecided, taken, later, since, now)
            for name, value in made.items():
                _set(db, name, value)

    def forget_output(self, output: str, limit: int) -> int:
        """Takes away what an output had, at most ``limit`` articles at once; gives how many these were."""
        with self._database.writing() as db:
            return members.forget(db, output, limit)

    def joined(
        self, output: str, start: datetime, end: datetime, limit: int, now: datetime, *, copies: bool
    ) -> tuple[tuple[Article, ...], int, datetime | None]:
        """The newest visible articles that an output with digests took from ``start`` to before ``end``, how many there
        are, and when the last of those that are not was withdrawn."""
        with self._database.reading() as db:
            return digests.joined(db, output, start, end, limit, now, copies=copies)

    def joined_at(self, output: str, keys: Collection[str]) -> tuple[datetime, ...]:
        """When an output with digests took these articles, as far as it did."""
        with self._database.reading() as db:
            return digests.joined_at(db, output, keys)

    def joined_since(self, output: str, since: datetime) -> frozenset[str]:
        """Keys of what an output with digests took since then."""
        with self._database.reading() as db:
            return digests.joined_since(db, output, since)

    def unarchived(self, output: str, limit: int) -> tuple[str, ...]:
        """Keys of the newest articles that an output has taken and no archive document has yet."""
        with self._database.reading() as db:
            return members.unarchived(db, output, limit)

    # ---- publishing

    def with_page(
        self, outputs: Collection[str], now: datetime, limit: int, *, copies: bool
    ) -> tuple[tuple[str, bytes], ...]:
        """Key and ``raw_hash`` of the newest local articles that have a page here: that one of these outputs takes, and
        that are visible."""
        with self._database.reading() as db:
            return local.with_page(db, outputs, now, limit, copies=copies)

    def publish_seq(self) -> int:
        """The number of the last change that readers can see; it only grows."""
        with self._database.reading() as db:
            return _counter(db, "publish_seq")

    def published_seq(self) -> int:
        """Up to which change everything is published."""
        with self._database.reading() as db:
            return _counter(db, "published_seq")

    def mark_published(self, seq: int) -> None:
        """Everything up to this change is published. An older number than before is ignored."""
        with self._database.writing() as db:
            db.execute(
                update(counters).where(counters.c.name == "published_seq", counters.c.value < seq).values(value=seq)
            )

    def folded(self, since: datetime, limit: int, now: datetime) -> tuple[Article, ...]:
        """The newest articles beyond a limit of their day, since then; also those that are withdrawn or hidden."""
        with self._database.reading() as db:
            return articles.folded(db, since, limit, now)

    def next_release(self, now: datetime) -> datetime | None:
        """When the next article that is held until a time of its own becomes visible, without any poll."""
        with self._database.reading() as db:
            return articles.next_release(db, now)

    # ---- beyond the database

    def unsaved(self, limit: int) -> memory.Unsaved:
        """What the memory file does not say yet, about ``limit`` lines of it."""
        with self._database.reading() as db:
            return memory.unsaved_lines(db, limit)

    def unsaved_numbers(self) -> tuple[int, ...]:
        """The numbers of all that it does not say yet: they are saved once all is written anew."""
        with self._database.reading() as db:
            return memory.unsaved_numbers(db)

    def saved(self, numbers: Sequence[int], name: str, position: str) -> None:
        """The memory file says these by now; the setting ``name`` tells up to where."""
        with self._database.writing() as db:
            memory.cross_out(db, numbers)
            _set(db, name, position)

    def kept(self, kind: type[memory.Line], after: str, limit: int) -> tuple[memory.Line, ...]:
        """A page of all that the memory file has to say of one kind, by key, alias or source; begins after ``""``."""
        with self._database.reading() as db:
            return memory.page(db, kind, after, limit)

    def remake(
        self,
        lines: Sequence[memory.Line],
        texts: Mapping[str, Article],
        now: datetime,
        name: str,
        *,
        late: bool = False,
    ) -> int:
        """Takes in what a memory file says beyond what is known here; gives how many articles that are.

        ``texts`` are their texts by key, where there are any; all others are known and shown nowhere, as if pruned.
        What is known here already stays as it is. Sources that are not configured count as removed. The setting
        ``name`` is forgotten, so that the file is written anew. ``late`` says that not all may be known that sources
        brought before: of those that were never read, the newest articles are taken, as of any that is added late.
        """
        with self._database.writing() as db:
            count = memory.remake(db, lines, texts, now, late=late)
            db.execute(delete(settings).where(settings.c.name == name))
            if count:
                count_change(db)
            return count

    def prune(
        self,
        source: str,
        *,
        aged: datetime | None,
        beyond: datetime | None,
        needed: Collection[str],
        after: tuple[datetime, str] | None,
        now: datetime,
        limit: int,
    ) -> retention.Pruned:
        """Takes away the texts of a source's articles that were seen and are dated before ``aged``, or are dated
        before ``beyond``; looks at ``limit`` of them, the oldest ``after`` the place where the last batch ended.

        Kept are those in ``needed``, those that are still in the source's document, pinned, or waiting for the
        operator. What an article is known by stays: it does not come as new again.
        """
        with self._database.writing() as db:
            return retention.prune(
                db, source, aged=aged, beyond=beyond, needed=needed, after=after, now=now, limit=limit
            )

    def full(self, source: str, number: int) -> datetime | None:
        """``sort_at`` of the ``number``-th newest article of a source that has a text; None where there are fewer."""
        with self._database.reading() as db:
            return retention.full(db, source, number)

    def texts(self) -> Mapping[str, int]:
        """Source -> how many of its articles have a text; sources without any are absent."""
        with self._database.reading() as db:
            return retention.texts(db)

    # ---- what readers have

    def note_editions(self, published: Mapping[str, tuple[str, Sequence[bytes]]], now: datetime) -> None:
        """That these documents were published: path -> the name of the version, and a mark of each of its parts."""
        with self._database.writing() as db:
            editions.note(db, published, now)

    def editions(self, paths: Collection[str] | None = None) -> Mapping[str, Editions]:
        """Path -> its known versions, of all documents or of these; those without any are absent."""
        with self._database.reading() as db:
            return editions.read(db, paths)

    def forget_editions(self, paths: Collection[str]) -> None:
        """Documents that are published no longer."""
        with self._database.writing() as db:
            editions.forget(db, paths)

    # ---- archive documents

    def archive_chain(self, output: str) -> tuple[tuple[ArchiveDocument, ...], int]:
        """The archive documents of an output, the oldest first, and the highest number it ever gave to one."""
        with self._database.reading() as db:
            return archives.chain(db, output), _highest(db, output)

    def archive_highest(self, output: str) -> int:
        """The highest number that an output ever gave to an archive document; 0 for none."""
        with self._database.reading() as db:
            return _highest(db, output)

    def archived(self, output: str, ids: Collection[str]) -> Mapping[str, tuple[tuple[int, datetime], ...]]:
        """Id -> the documents that hold an entry, each with its ``updated`` there; those in none are absent."""
        with self._database.reading() as db:
            return archives.held(db, output, ids)

    def archived_in(self, output: str, number: int, now: datetime, *, copies: bool) -> tuple[Article, ...]:
        """The visible articles whose entries are in a document, as far as they have a text."""
        with self._database.reading() as db:
            return archives.inside(db, output, number, now, copies=copies)

    def waiting_for_archive(self, output: str, limit: int, now: datetime, *, copies: bool) -> tuple[archives.Open, ...]:
        """What an output has and can be seen, and is in no archive document as it is now: the oldest of it."""
        with self._database.writing() as db:
            return archives.waiting(db, output, limit, now, copies=copies)

    def seen(
        self, now: datetime, *, keys: Collection[str] = (), ids: Collection[str] = (), copies: bool
    ) -> tuple[Article, ...]:
        """The visible ones of these articles, by key or by published id."""
        with self._database.reading() as db:
            return archives.texts(db, now, keys=keys, ids=ids, copies=copies)

    def taken_back(self, *, copies: bool) -> archives.TakenBack:
        """What was taken back or hidden, and may still be in archive documents. What sources have that came back waits
        to be archived again."""
        with self._database.writing() as db:
            return archives.taken_back(db, copies=copies)

    def taken_out(self, numbers: Sequence[int]) -> None:
        """No document holds any longer what these notes of the queue speak of."""
        with self._database.writing() as db:
            archives.cross_out(db, numbers)

    def record_archive(self, output: str, written: archives.Written, highest: int) -> None:
        """Writes down which documents are new, which are replaced, and what is in them."""
        with self._database.writing() as db:
            archives.record(db, output, written)
            _set(db, f"{ARCHIVED}{output}", str(highest))

    def remake_archive(
        self,
        output: str,
        documents: Sequence[tuple[ArchiveDocument, Sequence[tuple[str, datetime]]]],
        highest: int,
    ) -> None:
        """Forgets what is known of an output's archive documents and takes in what these say, each with the id and
        ``updated`` of its entries. What was taken back meanwhile comes into the queue."""
        with self._database.writing() as db:
            archives.remake(db, output, documents)
            _set(db, f"{ARCHIVED}{output}", str(highest))

    def forget_archive(self, output: str) -> None:
        """The output has no archive documents any more; which numbers it gave out stays known."""
        with self._database.writing() as db:
            archives.forget(db, output)

    # ---- the rest

    def setting(self, name: str) -> str | None:
        """A fact stored under this name, such as the site's id."""
        with self._database.reading() as db:
            return db.scalar(select(settings.c.value).where(settings.c.name == name))

    def set_setting(self, name: str, value: str) -> None:
        """Stores it."""
        with self._database.writing() as db:
            _set(db, name, value)

    def check(self) -> tuple[str, ...]:
        """Problems with the database's integrity, each a sentence; reads all of it. Raises nothing."""
        found: list[str] = []
        try:
            with self._database.reading() as db:
                found.extend(problems(db))
        except StoreError as error:
            found.append(str(error))
        return tuple(found)


def _is_visible(plan: PollPlan, claim: Claim) -> bool:
    """Whether a reader can see any of it: articles, or what the source says of itself, which entries carry."""
    shown = any(each.left_out is None for each in plan.new)  # a duplicate too, once what it repeats is hidden
    changed = plan.updated or plan.refreshed or plan.withdrawn or plan.deleted
    return shown or bool(changed) or plan.state.info != claim.state.info


ARCHIVED = "archive numbers of "
"""Begins the name of the setting that has the highest number an output ever gave to an archive document."""


def _highest(db: Connection, output: str) -> int:
    return int(db.scalar(select(settings.c.value).where(settings.c.name == f"{ARCHIVED}{output}")) or 0)


def _set(db: Connection, name: str, value: str) -> None:
    db.execute(delete(settings).where(settings.c.name == name))
    db.execute(insert(settings).values(name=name, value=value))


_COUNTER = select(counters.c.value).where(counters.c.name == bindparam("wanted"))


def _counter(db: Connection, name: str) -> int:
    return int(db.execute(_COUNTER, {"wanted": name}).scalar_one())
