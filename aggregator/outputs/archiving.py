"""What leaves the subscription documents goes into archive documents, and what is taken back comes out of them.

Three steps of one publish (RFC 5005 section 4; :mod:`aggregator.publish.chain` says what becomes of the documents):

1. :func:`prepare`: the documents on disk are what the store says; where it was lost, it learns from them.
2. :func:`archive`: new documents are written, to which nothing links yet; then the store knows of them.
3. :func:`settle`, once the subscription documents link to them: documents that stay are linked anew, and those that
   were replaced go.

At each moment whoever walks from a subscription document finds all there is. Where the program is killed between two
of these, the first step of the next run puts right what was left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator.errors import PublishError
from aggregator.folders import folder_of
from aggregator.logs import get_logger
from aggregator.model import ArchiveDocument
from aggregator.outputs import archive_folder as folder
from aggregator.outputs.archive_changes import Archive, Changing
from aggregator.outputs.choosing import is_behind
from aggregator.outputs.rendering import frame_of, linked
from aggregator.publish import archive as documents
from aggregator.publish import chain, files
from aggregator.publish.archive import Said

if TYPE_CHECKING:
    from collections.abc import Collection

    from aggregator.model import Output, PublishedFeed
    from aggregator.outputs.gathering import Gathered
    from aggregator.outputs.rendering import Rendering
    from aggregator.publish.chain import Change
    from aggregator.store import Store
    from aggregator.wiring import App

log = get_logger()

AGAIN = "archives wait until"
"""The setting that says when there is something to archive without any news; empty where there is not."""

LOOKED_AFTER = 10
"""Documents of which each publish looks whether they are there still."""

SKIPPED = 100
"""Numbers that are not given out after the store was lost: documents with them may be gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is left to do for an output once its subscription document is written."""

    feed: PublishedFeed
    change: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """What one publish did to the archives, and what is left to do."""

    archives: dict[str, Archive]
    """By output, as they are then."""
    steps: tuple[Step, ...] = ()
    again: datetime | None = None
    """When there is something to archive without any news."""
    done: tuple[int, ...] = ()
    """Notes of what was taken back that every output has dealt with."""


def has_archive(output: Output) -> bool:
    """Whether an output has archive documents: these are Atom, and for everybody."""
    return output.archive and not output.private and "atom" in output.formats


def history(app: App) -> dict[str, str]:
    """By output: the address of its newest archive document."""
    found = {name: _newest(app, name, each) for name, each in app.archives.items()}
    return {name: address for name, address in found.items() if address is not None}


def _newest(app: App, output: str, known: Archive) -> str | None:
    return f"{app.config.site.url}{documents.path(output, known.chain[-1].number)}" if known.chain else None


def is_due(store: Store, now: datetime) -> bool:
    """Whether there is something to archive though nothing is new."""
    again = store.setting(AGAIN)
    return bool(again) and datetime.fromisoformat(str(again)) <= now


# ---- 1. what there is


async def prepare(app: App) -> None:
    """Know the archives of all outputs, and have on disk what they are. Raises OSError, StoreError."""
    wanted = {each.id: each for each in app.config.outputs if has_archive(each)}
    if not app.archives or any(each.edition != app.edition for each in app.archives.values()):
        for name in await app.publishing(files.archives, app.config.public):
            if name not in wanted:
                await app.publishing(folder.remove_all, app.config.public, name)
                await app.db(app.store.archives.forget, name)
    for name in app.archives.keys() - wanted.keys():
        del app.archives[name]
    for name, output in wanted.items():
        known = app.archives.get(name)
        if known is None or known.edition != app.edition:
            app.archives[name] = await _opened(app, output)
        elif known.chain:
            some = [known.chain[(known.looked_at + n) % len(known.chain)].number for n in range(LOOKED_AFTER)]
            below = app.config.folder_of(output)
            gone = [each for each in some if not (below / documents.path(name, each)).exists()]
            known.missing |= frozenset(gone)
            known.looked_at = (known.looked_at + LOOKED_AFTER) % len(known.chain)


async def _opened(app: App, output: Output) -> Archive:
    """An output's archive as the store knows it, the documents on disk made to agree with it."""
    public = app.config.folder_of(output)
    known, highest = await app.db(app.store.archives.chain, output.id)
    there = await app.publishing(files.archived, public, output.id)
    subscribed = await app.publishing(files.read, public, f"{output.id}.atom") or b""
    newest = documents.number_in(documents.previous(subscribed))
    if (newest or 0) > highest or (there and not highest):
        known, highest = await _learnt(app, output, there, newest)
    feed = frame_of(app, output)
    missing = await app.publishing(folder.agree, public, app.config.site.url, feed, known, there)
    return Archive(app.edition, known, highest, shown=folder.shown(subscribed), missing=missing)


async def _learnt(
    app: App, output: Output, there: Collection[int], newest: int | None
) -> tuple[tuple[ArchiveDocument, ...], int]:
    """The store was lost, or is older than the documents on disk: it learns from these."""
    said, entries = await app.publishing(folder.said, app.config.folder_of(output), output.id, there)
    found = tuple(
        ArchiveDocument(number=number, place=place, entries=len(entries[number]))
        for place, number in enumerate(chain.rebuilt(said, newest), start=1)
    )
    highest = max((*there, newest or 0)) + SKIPPED
    inside = [(each, entries[each.number]) for each in found]
    await app.db(app.store.archives.remake, output.id, inside, highest)
    log.warning("archive known from its documents", output=output.id, documents=len(found))
    return found, highest


# ---- 2. what goes into documents, and out of them


async def archive(app: App, made: Rendering, gathered: Gathered) -> Archived:
    """Close documents of what leaves the subscription documents that are about to be published, and replace those that
    hold what was taken back. What is ``made`` is linked to them.

    Until it is settled nothing is known of the archives: where this publish fails, the next one looks at all of it.
    Raises OSError, StoreError.
    """
    archives, app.archives = app.archives, {}
    copies = app.config.duplicates.show == "all"
    taken = await app.db(app.store.archives.taken_back, copies=copies)
    behind = await app.db(is_behind, app.store, app.config.outputs, copies=copies)
    steps: list[Step] = []
    waits: list[datetime] = []
    done = True
    for place, output in enumerate(app.config.outputs):
        known, publication = archives.get(output.id), made.publications.get(output.id)
        if known is None or publication is None:
            done = done and known is None
            continue
        held = output.id in made.held  # what is merely not there may come back
        out = replace(taken, ids=taken.ids - taken.absent) if held else taken
        changing = Changing(app, output, known, publication, gathered, out, behind=behind)
        change = await changing.write()
        if change is not None:
            address = _newest(app, output.id, known)
            try:
                publication = await app.publishing(linked, publication, address, first=place == 0)
            except PublishError as error:  # its last documents stay, and lead to what is there still
                made.failed[output.id] = str(error)
                del made.publications[output.id], archives[output.id]
                done = False
                continue
            made.publications[output.id] = publication
        steps.append(Step(feed=publication.feed, change=change))
        for problem in changing.problems:
            log.warning("not archived", problem=problem)
        waits += changing.waits
        done = done and not changing.unfinished and not (held and taken.absent)
    if taken.more and done:
        waits.append(gathered.now)
    return Archived(
        archives=archives,
        steps=tuple(steps),
        again=min(waits, default=None),
        done=taken.numbers if done else (),
    )


# ---- 3. what is left


async def settle(app: App, archived: Archived) -> None:
    """Once the subscription documents are written: link the documents around those that are new, and take away those
    that were replaced. Raises OSError, StoreError."""
    site = app.config.site.url
    for step in archived.steps:
        public = folder_of(app.config, f"{step.feed.output}.atom")
        known, change = archived.archives[step.feed.output], step.change
        known.shown = {
            each.id: Said(id=each.id, updated=each.updated, published=each.published) for each in step.feed.entries
        }
        if change is not None:
            known.missing |= await app.publishing(
                folder.link, public, site, step.feed, change.chain, set(change.moved) - known.missing
            )
            await app.publishing(files.remove_archived, public, step.feed.output, change.gone)
    if archived.done:
        await app.db(app.store.archives.taken_out, archived.done)
    again = archived.again.isoformat() if archived.again is not None else ""
    if again != (await app.db(app.store.setting, AGAIN) or ""):
        await app.db(app.store.set_setting, AGAIN, again)
    app.archives = archived.archives
