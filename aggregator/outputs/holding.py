"""Which outputs keep their last documents for now, because the new ones look wrong; and how all of them stand then.

An output that is held stays as it is in every format, until its entries are back, the configuration is another, or
somebody says ``aggregator publish --force``. Only what was taken back, by the operator or its publisher, is taken out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aggregator.errors import PublishError
from aggregator.last_publish import ANYWAY, NAMED, SETTING, LastPublish, OutputState
from aggregator.logs import get_logger
from aggregator.model import ABSENT, OPERATOR, PUBLISHER
from aggregator.operate import rfc3339
from aggregator.outputs.rendering import told
from aggregator.publish import documents, gate, paths
from aggregator.publish.assemble import with_entries
from aggregator.publish.compare import Said, doubtful, read_said, said_in, suspicion
from aggregator.publish.profile import Unsound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from aggregator.model import Article, FeedInfo, Output, Rendered
    from aggregator.outputs.rendering import Rendering
    from aggregator.publish import Publication
    from aggregator.store import Store
    from aggregator.wiring import App

log = get_logger()


async def hold(
    app: App, made: Rendering, last: LastPublish | None, infos: Mapping[str, FeedInfo], now: datetime
) -> None:
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
        old = await app.publishing(last_said, app, output, last.documents, first=place == 0)
        if old is None:
            continue
        publication = made.publications[output.id]
        new = said_in(publication.feed)
        if not (asked := doubtful(old, new)):
            continue
        gone = await app.db(_articles, app.store, old.entries.keys() - new.entries.keys())
        refused = {each.id for each in publication.left_out}
        unexplained = {each for each in asked if each in refused or _is_lost(gone[each])}
        if (reason := suspicion(old, new, unexplained)) is None:
            continue
        made.held[output.id] = reason
        del made.publications[output.id]
        if any(_is_taken_back(each) for each in gone.values()):
            lost = [
                replace(each, deleted_at=None, deleted_by=None) for each in gone.values() if each and _is_lost(each)
            ]
            _, back = told(app, infos, output, lost, (), {}, {}, now)
            entries = {each.id: each for each in (*publication.feed.entries, *back.entries)}
            feed = with_entries(publication.feed, tuple(entries[each] for each in old.entries if each in entries))
            try:
                cut = await app.publishing(documents, feed, first=place == 0, previous=publication)
            except PublishError as error:
                made.failed[output.id] = str(error)
            else:
                made.publications[output.id] = cut


def last_said(app: App, output: Output, documents: Collection[str], *, first: bool) -> Said | None:
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


def _articles(store: Store, ids: Iterable[str]) -> dict[str, Article | None]:
    return {each: store.articles.find(each) for each in ids}


def _is_lost(article: Article | None) -> bool:
    """Whether nobody took it back, and it is not merely shown elsewhere, or not any more: the store knows nothing of
    it, or that its file is not there."""
    return article is None or (article.deleted_at is not None and article.deleted_by in (None, ABSENT))


def _is_taken_back(article: Article | None) -> bool:
    return article is not None and (article.deleted_by in (OPERATOR, PUBLISHER) or article.hidden_at is not None)


def sound(made: Rendering, rendered: Iterable[Rendered]) -> list[Rendered]:
    """Those documents that can be read back; of the others the last good ones stay. Those of outputs were read."""
    good = []
    for each in rendered:
        try:
            gate.check_other(each)
        except PublishError as error:
            made.failed[each.path] = str(error)
            log.warning("document not published", path=each.path, problem=str(error))
        else:
            good.append(each)
    return good


def outcome(
    app: App, made: Rendering, documents: Iterable[str], last: LastPublish | None, now: datetime
) -> LastPublish:
    """How all outputs stand after this publish, which wrote these ``documents``.

    Of those that keep their last ones, these are still published, and what they hold is known from then.
    """
    before = last.outputs if last is not None else {}
    states: dict[str, OutputState] = {}
    kept: set[str] = set()
    for place, output in enumerate(app.config.outputs):
        name, publication = output.id, made.publications.get(output.id)
        state = _state(publication) if publication is not None else before.get(name, OutputState())
        said = made.failed.get(name) or made.held.get(name)
        states[name] = replace(state, problem=said, held=name in made.held)
        if publication is None:
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
