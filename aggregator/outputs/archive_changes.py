"""What one publish changes in the archive of one output: which documents are closed, and which are replaced."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from aggregator.errors import PublishError
from aggregator.logs import get_logger
from aggregator.model import Rendered
from aggregator.outputs import archive_folder as folder
from aggregator.outputs.choosing import covered
from aggregator.outputs.rendering import told
from aggregator.publish import archive as documents
from aggregator.publish import chain, files
from aggregator.publish.fairness import digest_id_of
from aggregator.store import NO_ARCHIVE, Written

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from aggregator.model import ArchiveDocument, Article, Output, PublishedEntry
    from aggregator.outputs.gathering import Gathered
    from aggregator.publish import Publication
    from aggregator.publish.archive import Said
    from aggregator.publish.chain import Change
    from aggregator.store import Open, TakenBack
    from aggregator.wiring import App

log = get_logger()

WAITING = timedelta(days=1)
"""For so long at most an entry is in no document that came too late for the subscription document."""

LEAST = 100
"""Entries beside the subscription document that are archived without waiting; or its own limit, if that is more."""

CLOSED_AT_ONCE = 4
"""Documents closed in one publish for an output: 2,000 entries take two or three seconds; the next one goes on."""

REPLACED_AT_ONCE = 100
"""Documents replaced, or made again, in one publish for an output."""

READ_AT_ONCE = 2000
"""Entries of which a publish reads the texts, the oldest that wait: no more than it closes documents of."""

LOOKED_AT = 5000
"""Entries that wait of which a publish knows."""

SPARE = 200
"""Bytes that the numbers of a document and those around it may have more than was counted."""

FOLDED_AT_MOST = 5000
"""Folded articles that are told of again, the newest."""

Closing = Literal["nothing", "beyond", "all"]
"""What is archived: nothing yet, what is beside the subscription document, or what is in it as well."""


@dataclass(slots=True)
class Archive:
    """What is known of an output's archive between two publishes."""

    edition: str
    chain: tuple[ArchiveDocument, ...]
    """The oldest first."""
    highest: int
    shown: Mapping[str, Said] = field(default_factory=dict)
    """The entries of the subscription document on disk, by id."""
    missing: frozenset[int] = frozenset()
    """Documents that are not on disk, or damaged."""
    looked_at: int = 0
    """Where the next publish goes on to look for missing ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry that is to be archived."""

    entry: PublishedEntry
    sort_at: datetime
    key: str
    piece: bytes = field(default=b"", repr=False)
    """As the subscription document has it; empty where that does not."""


def closing(late: Sequence[datetime], *, left: bool, first: bool, least: int, now: datetime) -> Closing:
    """What to archive now.

    ``late`` tells since when each entry waits that never was in the subscription document, ``left`` whether there is
    one that was and is not any more, ``first`` whether no document has ever been closed. What is in the subscription
    document is archived with what left it: so a steady flow gives documents of its length, and not one for each entry.
    """
    if left:
        return "all"
    if first and late:
        return "beyond"
    if any(since <= now - WAITING for since in late):
        return "all"
    return "beyond" if len(late) >= least else "nothing"


class Changing:
    """One output's turn in a publish. ``waits`` and ``problems`` are what is to be told of it afterwards."""

    def __init__(
        self,
        app: App,
        output: Output,
        known: Archive,
        publication: Publication,
        gathered: Gathered,
        taken: TakenBack,
        *,
        behind: bool,
    ) -> None:
        self._app, self._output, self._known, self._publication = app, output, known, publication
        self._chosen, self._behind = gathered.articles[output.id], behind
        self._infos, self._now = gathered.infos, gathered.now
        self._copies = app.config.duplicates.show == "all"
        self._days = taken.days
        self._taken = taken.ids | {digest_id_of(*each, app.config.site, output) for each in taken.days}
        self._shown = {each.id: each for each in publication.feed.entries}
        self._settled: dict[str, int] = {}
        self.waits: list[datetime] = []
        """When there is something to archive without any news."""
        self.problems: list[str] = []
        self.unfinished = False
        """Whether documents still hold what was taken back."""

    async def write(self) -> Change | None:
        """Decide, write the new documents, and have the store know of them; None where all stays as it is.

        Raises OSError, StoreError.
        """
        known, name = self._known, self._output.id
        holding = await self._app.db(self._app.store.archives.archived, name, self._taken)
        numbers = {number for places in holding.values() for number, _ in places}
        cut, made = await self._replacing(numbers)
        left = {number: len(documents.entries_of(body)) for number, body in cut.items()}
        left |= {number: len(items) for number, items in made.items() if number in numbers or not items}
        parts = await self._closing(holding.keys())
        change = chain.changed(known.chain, known.highest, closing=[len(each) for each in parts], left=left)
        again = {change.replaced.get(number, number): items for number, items in made.items() if items}
        whole = {**again, **dict(zip(change.closed, parts, strict=True))}
        try:
            rendered = await self._app.publishing(self._rendered, change, whole, cut)
        except PublishError as error:
            self.problems.append(str(error))
            self.unfinished = True
            return None
        await self._app.publishing(files.write_all, self._app.config.folder_of(self._output), rendered)
        known.missing -= made.keys()
        new = {*change.closed, *change.replaced.values()}
        if new or change.gone or self._settled:
            written = Written(
                documents=tuple(each for each in change.chain if each.number in new),
                entries={
                    number: [(each.entry.id, each.entry.updated) for each in whole[number]] for number in change.closed
                },
                replaced=change.replaced,
                emptied=change.emptied,
                taken=frozenset(holding),
                settled=self._settled,
            )
            await self._app.db(self._app.store.archives.record, name, written, change.highest)
        known.chain, known.highest = change.chain, change.highest
        return change if new or change.gone else None

    def _rendered(
        self, change: Change, whole: Mapping[int, Sequence[Item]], cut: Mapping[int, bytes]
    ) -> list[Rendered]:
        """The bytes of new documents, each between those around it."""
        feed, site, around = self._publication.feed, self._app.config.site.url, chain.links(change.chain)
        rendered = []
        for number, items in whole.items():
            stands = documents.standing(feed, site, number, around[number])
            rendered.append(documents.document(feed, {each.entry: each.piece for each in items}, stands, number))
        for old, new in change.replaced.items():
            if old in cut:
                body = documents.moved(cut[old], documents.standing(feed, site, new, around[new]))
                rendered.append(
                    Rendered(path=documents.path(feed.output, new), media_type="", body=body, updated=feed.updated)
                )
        return rendered

    # ---- what is taken out

    async def _replacing(self, numbers: Collection[int]) -> tuple[dict[int, bytes], dict[int, list[Item]]]:
        """What is left of documents that hold what was taken back; and what can be made again, from the store, of those
        that are missing."""
        known, name = self._known, self._output.id
        some = sorted(numbers)[:REPLACED_AT_ONCE]
        below = self._app.config.folder_of(self._output)
        there = await self._app.publishing(folder.held, below, name, some)
        cut = {number: documents.without(body, self._taken) for number, body in there.items()}
        missing = sorted({*some, *known.missing} - there.keys())[: max(0, REPLACED_AT_ONCE - len(cut))]
        made = {number: await self._again(number) for number in missing}
        if len(some) < len(numbers) or len(made) < len({*some, *known.missing} - there.keys()):
            self.unfinished = True
            self.waits.append(self._now)
        return cut, made

    async def _again(self, number: int) -> list[Item]:
        """A document that is gone, as far as its texts are still there."""
        name = self._output.id
        articles = await self._app.db(
            self._app.store.archives.archived_in, name, number, self._now, copies=self._copies
        )
        items = await self._told(articles, frozenset())
        advice = "as far as their texts are still there"
        log.warning("archive document made again", output=name, number=number, entries=len(items), advice=advice)
        return _newest_first(await self._pieces(items))

    # ---- what is archived

    async def _closing(self, taken: Collection[str]) -> list[list[Item]]:
        """The entries of each document that is to be closed now, the oldest document first."""
        app, name = self._app, self._output.id
        left = await self._left(taken)
        waiting = await app.db(app.store.archives.waiting, name, LOOKED_AT, self._now, copies=self._copies)
        late = [each for each in waiting if each.id not in self._shown and each.id not in left]
        late = [] if self._behind else await self._published(late)
        what = closing(
            [each.since for each in late],
            left=bool(left),
            first=not self._known.highest,
            least=max(LEAST, self._output.limit),
            now=self._now,
        )
        if len(late) > READ_AT_ONCE:
            late, what = late[:READ_AT_ONCE], "beyond"
            self.waits.append(self._now)
        retold = {each for each in self._days if digest_id_of(*each, app.config.site, self._output) in taken}
        if what == "nothing":
            self.waits += [min(each.since for each in late) + WAITING] if late else []
            late = []
        if what == "nothing" and not retold:
            return []
        articles = await app.db(
            app.store.archives.seen, self._now, keys=[each.key for each in late], ids=left.keys(), copies=self._copies
        )
        items = await self._told(await self._uncovered(articles, left), retold | _days(left, articles))
        items = [each for each in items if each.entry.id not in self._shown]
        items += self._subscribed() if what == "all" and items else []
        items = await self._pieces(await self._fresh(items, taken))
        return self._divided(items)

    async def _left(self, taken: Collection[str]) -> dict[str, Said]:
        """What the subscription document has shown, is about to show no longer, and is in no archive as it was."""
        left = {
            each.id: each
            for each in self._known.shown.values()
            if each.id not in self._shown and each.id not in self._taken
        }
        held = await self._app.db(self._app.store.archives.archived, self._output.id, left.keys()) if left else {}
        return {name: each for name, each in left.items() if all(at < each.updated for _, at in held.get(name, ()))}

    async def _published(self, late: list[Open]) -> list[Open]:
        """Of those that wait, what the output has: of what is beyond its ``per_source`` only what it had once."""
        if self._output.per_source is None or not late:
            return late
        held = await self._app.db(self._app.store.archives.archived, self._output.id, [each.id for each in late])
        self._settled.update((each.key, NO_ARCHIVE) for each in late if each.id not in held)
        return [each for each in late if each.id in held]

    async def _uncovered(self, articles: Sequence[Article], left: Collection[str]) -> Sequence[Article]:
        """Without what another article of its story stands for, unless it was shown itself."""
        if self._output.stories != "join":
            return articles
        app, query = self._app, self._app.queries[self._output.id]
        keys = await app.db(covered, app.store, articles, query, self._now)
        hidden = {each.key for each in articles if each.key in keys and each.id not in left}
        self._settled.update((key, NO_ARCHIVE) for key in hidden)
        return [each for each in articles if each.key not in hidden]

    async def _told(self, articles: Sequence[Article], days: Collection[tuple[str | None, date]]) -> list[Item]:
        """What the output says of these articles, and of what is folded of these days."""
        app, store = self._app, self._app.store
        keys = [each.key for each in articles]
        through = await app.db(store.articles.through, keys) if not self._copies else {}
        stories = await app.db(store.stories.of, keys, self._now) if self._output.stories != "off" else {}
        folded: Sequence[Article] = ()
        if days:
            since = datetime.combine(min(day for _, day in days), time(), UTC)
            found = await app.db(store.outputs.folded, since, FOLDED_AT_MOST, self._now)
            folded = [
                each for each in found if {(each.source, each.sort_at.date()), (None, each.sort_at.date())} & {*days}
            ]
        said, feed = await app.publishing(
            told, app, self._infos, self._output, articles, folded, through, stories, self._now
        )
        by_id = {each.id: each for each in said}
        return [Item(entry=each, sort_at=by_id[each.id].sort_at, key=by_id[each.id].key) for each in feed.entries]

    def _subscribed(self) -> list[Item]:
        """What is in the subscription document. A day that is folded stands where the entry below it does."""
        known = {each.id: each for each in self._chosen}
        items = []
        place = self._now
        for each in reversed(self._publication.feed.entries):
            article = known.get(each.id)
            place = article.sort_at if article is not None else place
            piece = self._publication.pieces[each]["atom"]
            items.append(Item(entry=each, sort_at=place, key=article.key if article is not None else "", piece=piece))
        return items

    async def _fresh(self, items: Sequence[Item], taken: Collection[str]) -> list[Item]:
        """Those that are in no document yet as they are now."""
        held = await self._app.db(self._app.store.archives.archived, self._output.id, [each.entry.id for each in items])
        fresh = []
        for each in items:
            places = held.get(each.entry.id, ()) if each.entry.id not in taken else ()
            there = [number for number, updated in places if updated >= each.entry.updated]
            if there:
                self._settled[each.key] = max(there)
            else:
                fresh.append(each)
        self._settled.pop("", None)
        return fresh

    async def _pieces(self, items: Sequence[Item]) -> list[Item]:
        """As they stand in a document; what none can hold is named and left out."""
        pieces, problems = await self._app.publishing(_rendered_alone, items)
        for each, problem in problems:
            self._settled[each.key] = NO_ARCHIVE
            self.problems.append(f"output {self._output.id!r}: entry {each.entry.id!r} is not archived: {problem}")
        return pieces

    def _divided(self, items: Sequence[Item]) -> list[list[Item]]:
        feed = self._publication.feed
        widest = chain.Links(before=self._known.highest + 1, after=self._known.highest + 1)
        space = documents.room(feed, documents.standing(feed, self._app.config.site.url, 1, widest)) - SPARE
        oldest_first = _newest_first(items)[::-1]
        parts = list(documents.parts([len(each.piece) for each in oldest_first], space))
        if len(parts) > CLOSED_AT_ONCE:
            self.waits.append(self._now)
        return [_newest_first(oldest_first[part]) for part in parts[:CLOSED_AT_ONCE]]


def _days(left: Mapping[str, Said], articles: Sequence[Article]) -> set[tuple[str | None, date]]:
    """Of what left and is no article: the days that it may list, of any source."""
    known = {each.id for each in articles}
    return {
        (None, each.published.date())
        for name, each in left.items()
        if name not in known and each.published is not None and each.published.time() == time()
    }


def _rendered_alone(items: Sequence[Item]) -> tuple[list[Item], list[tuple[Item, str]]]:
    pieces: list[Item] = []
    problems: list[tuple[Item, str]] = []
    for each in items:
        try:
            pieces.append(each if each.piece else replace(each, piece=documents.rendered(each.entry)))
        except Exception as error:  # whatever is wrong with one entry must not cost the others; it is named
            problems.append((each, f"{type(error).__name__}: {error}"))
    return pieces, problems


def _newest_first(items: Sequence[Item]) -> list[Item]:
    by_id = sorted(items, key=lambda each: each.entry.id)
    return sorted(by_id, key=lambda each: each.sort_at, reverse=True)
