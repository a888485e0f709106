"""Which outputs keep their last documents for now, because the new ones look wrong; and how all of them stand then.

An output that is held stays as it is in every format, until its entries are back, the configuration is another, or
somebody says ``aggregator publish --force``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.last_publish import ANYWAY, NAMED, SETTING, LastPublish, OutputState
from aggregator.logs import get_logger
from aggregator.model import ABSENT
from aggregator.operate import rfc3339
from aggregator.publish import paths
from aggregator.publish.compare import Said, doubtful, read_said, said_in, suspicion
from aggregator.publish.profile import Unsound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from aggregator.model import Output
    from aggregator.publish import Publication
    from aggregator.rendering import Rendering
    from aggregator.store import Store
    from aggregator.wiring import App

log = get_logger()


async def hold(app: App, made: Rendering, last: LastPublish | None) -> None:
    """Take out of ``made`` what should not replace the documents of the last publish, and say why in ``made.held``.

    Nothing is held where these were made by another configuration, or where the operator wants it published anyway.
    Raises StoreError, OSError.
    """
    made.accepted = await app.db(app.store.setting, ANYWAY) or None
    if last is None or last.configuration != app.configuration or made.accepted is not None:
        return
    for place, output in enumerate(app.config.outputs):
        if output.id not in made.publications:
            continue
        old = await app.publishing(_last_said, app, output, last.documents, first=place == 0)
        if old is None:
            continue
        publication = made.publications[output.id]
        new = said_in(publication.feed)
        asked = doubtful(old, new)
        refused = asked & {each.id for each in publication.left_out}
        unexplained = refused | await app.db(_unexplained, app.store, asked - refused)
        if (reason := suspicion(old, new, unexplained)) is not None:
            made.held[output.id] = reason
            del made.publications[output.id]


def _last_said(app: App, output: Output, documents: Collection[str], *, first: bool) -> Said | None:
    """What readers have of it: as it was published by this process, else as it is read from the first of its files."""
    folder = app.config.folder_of(output)
    there = [each for each in paths(output, first=first) if each in documents and (folder / each).exists()]
    if not there:
        return None
    if output.id in app.published:
        return said_in(app.published[output.id].feed)
    return _read(folder / there[0])


def _read(path: Path) -> Said | None:
    try:
        return read_said(path.suffix[1:], path.read_bytes())
    except Unsound as error:
        log.warning("a published document cannot be read", path=str(path), text=str(error), advice="it is replaced")
        return None


def _unexplained(store: Store, ids: Iterable[str]) -> frozenset[str]:
    """Those that nobody took back, and that are not merely shown elsewhere, or not any more: the store knows nothing of
    them, or that their files are not there."""
    found = {each: store.article(each) for each in ids}
    return frozenset(
        each
        for each, article in found.items()
        if article is None or (article.deleted_at is not None and article.deleted_by in (None, ABSENT))
    )


def outcome(
    app: App, made: Rendering, documents: Iterable[str], last: LastPublish | None, now: datetime
) -> LastPublish:
    """How all outputs stand after this publish, which wrote these ``documents``.

    Of those that keep their last ones, these are still published, and what they hold is known from then.
    """
    before = last.outputs if last is not None else {}
    states = {name: _state(each) for name, each in made.publications.items()}
    kept: set[str] = set()
    for place, output in enumerate(app.config.outputs):
        if output.id in states:
            continue
        said = made.failed.get(output.id) or made.held.get(output.id)
        held = output.id in made.held
        states[output.id] = replace(before.get(output.id, OutputState()), problem=said, held=held)
        kept.update(paths(output, first=place == 0))
    return LastPublish(
        at=now,
        edition=app.edition,
        configuration=app.configuration,
        documents=tuple(sorted({*documents, *(kept & {*(last.documents if last is not None else ())})})),
        outputs=states,
    )


def report(last: LastPublish | None, this: LastPublish) -> None:
    """Tell the operator of what was not wrong before."""
    before = last.outputs if last is not None else {}
    for name, state in this.outputs.items():
        was = before.get(name, OutputState())
        known = {each["id"] for each in was.problems}
        for each in state.problems:
            if each["id"] not in known and state.problem is None:
                log.warning("entry left out", output=name, **each)
        if state.problem is not None and (was.problem is None or was.held != state.held):
            advice = state.advice or "the last documents stay"
            log.warning(
                "output held" if state.held else "output not published",
                output=name,
                problem=state.problem,
                advice=advice,
            )


def write_down(store: Store, this: LastPublish, accepted: str | None) -> None:
    """What was accepted by the operator is done with that."""
    store.set_setting(SETTING, this.as_text())
    if accepted is not None and store.setting(ANYWAY) == accepted:
        store.set_setting(ANYWAY, "")


def _state(publication: Publication) -> OutputState:
    feed = publication.feed
    sizes = {each.path.rpartition(".")[2]: len(each.body) for each in publication.documents}
    named = publication.left_out[:NAMED]
    return OutputState(
        entries=len(feed.entries),
        updated=rfc3339(feed.updated),
        bytes=dict(sorted(sizes.items())),
        left_out=len(publication.left_out),
        problems=tuple({"id": each.id, "source": each.source, "reason": each.reason} for each in named),
        cut=publication.cut,
    )
