"""One poll and one publish, as numbered steps you can read top to bottom.

::

    claim | fetch | parse | illustrate | identify | recall | normalise | resemble | rule | plan | record
    tell | take | gather | assemble | render, read back | hold | archive | pages | write

Data walks down once and nothing is handed back. What a stranger's bytes touch is inside one guard: a failure becomes
an outcome, a bug becomes an outcome and a traceback, and no other source notices.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain
from secrets import token_hex
from time import perf_counter
from typing import TYPE_CHECKING

from aggregator import folders
from aggregator.articles import Ruling, identify, identity_by, key_by_id, minted_id, narrower_keys
from aggregator.errors import ClaimLost, PublishError, StaleKnowledge, StoreError
from aggregator.judging import hits_of
from aggregator.last_publish import ANYWAY, last_publish
from aggregator.last_publish import SETTING as LAST_PUBLISH
from aggregator.lists import follow
from aggregator.logs import about, get_logger
from aggregator.memory import keep
from aggregator.model import FLOOD, OPERATOR, Code, Failed, Fetched, Known, PollPlan, Validators, version_of
from aggregator.outputs import archiving
from aggregator.outputs.choosing import is_behind
from aggregator.outputs.digests import is_over
from aggregator.outputs.gathering import gather
from aggregator.outputs.holding import hold, outcome, report, sound, write_down
from aggregator.outputs.local_pages import maps, publish_pages
from aggregator.outputs.rendering import render
from aggregator.outputs.taking import take
from aggregator.outputs.telling import tell
from aggregator.parse import PARSER_VERSION
from aggregator.pictures import illustrate, lost
from aggregator.plan import Others, is_doubtful, keys_of, plan, standing, with_pages
from aggregator.publish import SITE_DOCUMENTS, files, paths
from aggregator.publish.parts import marks
from aggregator.recording import record
from aggregator.robots import refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from aggregator.articles import Identified, Ruled
    from aggregator.config import Config
    from aggregator.model import (
        Article,
        Claim,
        Outcome,
        ParsedFeed,
        Picture,
        Rendered,
        Source,
        SourceState,
    )
    from aggregator.store import Store
    from aggregator.wiring import App

    Judge = Callable[[Outcome], SourceState | None]
    """Told how a look ended; gives the state to leave the source in where it is not the one to blame."""

log = get_logger()

ATTEMPTS = 3
"""Times a poll is planned again because another source took an id in between."""

NO_RULES = Ruling()
"""Of a source that was removed while it was polled; nothing of that poll is recorded."""

OURS = Failed(code=Code.OWN_FEED, detail="this is our own feed: all in it would come twice; remove the source")


async def poll(app: App, claim: Claim, judge: Judge) -> PollPlan | None:
    """Look at one source once and record what that changes; ``None`` where somebody else took over the claim, or
    the source is gone.

    ``judge`` may spare the source a failure that is not its own: what is given back names the failure all the same.
    Nothing a source does raises, nor a bug that its bytes bring out. Raises StoreError where nothing can be recorded.
    """
    source, now = app.sources.get(claim.source), app.now()
    if source is None:  # it was removed from the configuration a moment ago
        await app.db(app.store.queue.release, claim)
        return None
    try:
        return await _poll(app, source, claim, now, judge)
    except ClaimLost:
        log.warning("claim lost", source=source.id, advice="the poll took longer than its lease; it is done again")
        return None
    except StoreError:
        raise
    except Exception as bug:
        log.exception("bug while polling", source=source.id)
        detail = f"{type(bug).__name__} while polling: a bug of this program; the log has the traceback"
        outcome = Failed(code=Code.INTERNAL, detail=detail)
        decided = plan(source, claim.state, outcome, polling=app.config.polling, now=now, parser_version=PARSER_VERSION)
        await app.db(app.store.polls.record, decided, claim, now)
        return decided


async def _poll(app: App, source: Source, claim: Claim, now: datetime, judge: Judge) -> PollPlan:
    state = _forgetting(claim.state, lost_pictures=await _lost_pictures(app, source))
    others = Others(rights=app.rights, duplicates=app.config.duplicates)
    decide = partial(
        plan, source, state, polling=app.config.polling, now=now, parser_version=PARSER_VERSION, others=others
    )

    # 1. What does the source give?
    outcome = await _look(app, source, state, now)
    await record(app, source, outcome, now)
    spared = judge(outcome)
    if not isinstance(outcome, Fetched):
        decided = decide(outcome)
        written = decided if spared is None else PollPlan(source=source.id, state=spared, asked=outcome.asked)
        await app.db(app.store.polls.record, written, claim, now)
        again = written.state
        return replace(
            decided, state=replace(decided.state, next_poll_at=again.next_poll_at, next_reason=again.next_reason)
        )

    if source.members is not None:
        decided = await follow(app, source, state, outcome, decide)
        await app.db(app.store.polls.record, decided, claim, now)
        return decided

    # 2. What do its documents say?
    with app.step("parse"):
        feed = await app.reading.parse(outcome.documents, source, now)
    feed = await _with_pictures(app, source, feed, outcome.pictures)
    if app.rights.is_ours(feed.info):
        feed = replace(feed, entries=(), tombstones=(), problem=OURS)

    reread = state.parser_version != PARSER_VERSION

    # 3. Which entries are these, and which are deleted?
    by = identity_by(source, state)
    entries = standing(await app.reading.here(identify, feed, source, by), feed.tombstones)
    refs = keys_of(feed.tombstones, source)

    for attempt in range(1, ATTEMPTS + 1):
        # 4. What do we know of them?
        minted = partial(minted_id, source.id)
        known = await app.db(
            app.store.polls.known, source.id, *_named(entries), all_live=outcome.complete, minted=minted
        )
        if refs:
            known = replace(known, buried=await app.db(app.store.polls.named, source.id, refs))

        # 5. Clean those that are new or changed, and only those.
        fresh = tuple(each for each in entries if reread or _is_news(each, known))
        with app.step("normalise"):
            articles = await app.reading.normalise(fresh, feed.info, source, now)
        if isinstance(articles, Failed):
            decided = decide(outcome, feed=replace(feed, problem=articles))
            await app.db(app.store.polls.record, decided, claim, now)
            return decided

        # 6. What might those be that are not known by their keys, or may not be what their keys say?
        doubtful = {each.key: each for each in articles if _is_doubtful(each, known)}
        known = await _resembling(app, source, state, known, fresh, doubtful, now, complete=outcome.complete)
        known = await _as_before(app, known, articles)

        # 7. Which of them does the operator want?
        rules = app.rules.get(source.id, NO_RULES)
        ruled = await app.reading.rule(articles, source, rules, now)
        articles = ruled.articles

        # 8. Which of them do other sources have, and what does all that change?
        # 9. Write it down, whole or not at all.
        settled = partial(
            _counted,
            ruled,
            partial(_with_pages, source, now, partial(decide, outcome, feed=feed, entries=entries, articles=articles)),
        )
        claimed = [each.claimed_id for each in fresh if each.claimed_id is not None and each.key in doubtful]
        try:
            with app.step("record"):
                decided = await app.db(_settle, app, settled, claim, known, tuple(doubtful.values()), claimed, now)
        except StaleKnowledge:
            if attempt == ATTEMPTS:
                raise
            continue
        break
    if decided.state.quarantine is not None and claim.state.quarantine is None:
        advice = f"'aggregator status {source.id}' tells what can be done"
        log.warning("content replaced", source=source.id, text=decided.state.quarantine, advice=advice)
    if flood := [each for each in decided.held if each.held is not None and each.held.startswith(FLOOD)]:
        advice = (
            f"'aggregator list --held' shows them, 'aggregator release {source.id}' publishes them or, silently, not"
        )
        log.warning("flood held", source=source.id, held=len(flood), new=len(decided.new), advice=advice)
    if source.id in app.rules and app.rules[source.id] is not rules:
        await app.judge(source)  # other rules were taken between steps 7 and 9
    elif rules != NO_RULES and source.full_text is not None:  # they are asked of the text of the page, once known
        await app.judge_some(source, [each.key for each in (*decided.updated, *decided.refreshed)])
    return decided


async def _look(app: App, source: Source, state: SourceState, now: datetime) -> Outcome:
    """A look at a source; at one that is a page only where its host does not ask programs to stay away."""
    if app.rights.is_our_document(source.url):
        return OURS
    if source.scrape is None:
        return await app.fetch(source, state, now)
    refused, asked = await refusal(app, source, now)
    if refused is not None:
        return refused
    outcome = await app.fetch(source, state, now)
    return replace(outcome, asked=asked + outcome.asked) if asked else outcome


async def _resembling(
    app: App,
    source: Source,
    state: SourceState,
    known: Known,
    fresh: Sequence[Identified],
    doubtful: Mapping[str, Article],
    now: datetime,
    *,
    complete: bool,
) -> Known:
    """With what the ``doubtful`` articles might be, and with what decides where they stand."""
    if not doubtful:
        return known
    if not complete:
        by = identity_by(source, state)
        entries = [each.entry for each in fresh if each.key in doubtful]
        narrower = [key for each in entries for key in narrower_keys(each, source, by)]
        if by != "auto":
            narrower += [key_by_id(each, source) for each in entries]
        strangers = tuple(doubtful.values())
        known = await app.db(app.store.polls.resembling, source.id, known, strangers, state.upstream, narrower)
    known = replace(known, middle=await app.db(app.store.articles.place, app.config.middle, now))
    if source.limit_per_day is None:
        return known
    days = {now.date(), *(each.sort_at.date() for each in doubtful.values())}
    copies = app.config.duplicates.show == "all"
    return replace(known, per_day=await app.db(app.store.articles.per_day, source.id, days, copies=copies))


async def _as_before(app: App, known: Known, articles: Sequence[Article]) -> Known:
    """With what those articles said before that are known, or were in the last document: a hash tells no edit."""
    said = {known.articles[each.key].key for each in articles if each.key in known.articles}
    said.update(each.key for each in known.upstream)
    return replace(known, before=await app.db(app.store.polls.whole, said)) if said else known


def _settle(
    app: App,
    decide: Callable[..., PollPlan],
    claim: Claim,
    known: Known,
    strangers: Sequence[Article],
    claimed: Sequence[str],
    now: datetime,
) -> PollPlan:
    """Decide and record in the store's own thread, so that of two sources that bring one article at once the second
    knows of the first."""
    if strangers:
        neighbours = {name for each in strangers for name in app.rights.expected(each.origin, each.url)}
        known = app.store.polls.elsewhere(claim.source, known, strangers, claimed, neighbours - {claim.source})
    decided = decide(known=known)
    app.store.polls.record(decided, claim, now)
    return decided


def _with_pages(source: Source, now: datetime, decide: Callable[..., PollPlan], known: Known) -> PollPlan:
    """The decided, with the pages that are to be asked for."""
    return with_pages(decide(known=known), source, now)


def _counted(ruled: Ruled, decide: Callable[..., PollPlan], known: Known) -> PollPlan:
    """The decided, with what the rules hit of what is new."""
    decided = decide(known=known)
    return replace(decided, hits=hits_of(decided.source, ruled.hits, (*decided.new, *decided.held, *decided.earlier)))


async def _with_pictures(app: App, source: Source, feed: ParsedFeed, beside: tuple[Picture, ...]) -> ParsedFeed:
    """The feed with the pictures that lie beside its articles put where readers find them."""
    copy = partial(illustrate, feed, beside, app.config.public, app.config.site.url)
    shown = await app.publishing(copy) if beside else copy()  # nothing to copy: no waiting for a publish under way
    if shown.addresses:
        await app.db(app.store.set_setting, f"pictures of {source.id}", json.dumps(shown.addresses))
    return shown.feed


async def _lost_pictures(app: App, source: Source) -> bool:
    """Whether a picture published for a source is missing by now, or the site has another address."""
    said = await app.db(app.store.setting, f"pictures of {source.id}") if source.folder is not None else None
    return said is not None and await app.publishing(lost, json.loads(said), app.config.public, app.config.site.url)


def _forgetting(state: SourceState, *, lost_pictures: bool) -> SourceState:
    """Without validators where all is to be read again: another version of the parser read the last document, or a
    picture that was published with it is not there."""
    if state.parser_version == PARSER_VERSION and not lost_pictures:
        return state
    return replace(state, validators=Validators(), body_hash=None)


def _named(entries: Sequence[Identified]) -> tuple[list[str], list[str]]:
    return [each.key for each in entries], [each.claimed_id for each in entries if each.claimed_id is not None]


def _is_doubtful(article: Article, known: Known) -> bool:
    held = known.articles.get(article.key)
    return held is None or is_doubtful(article, held)


def _is_news(each: Identified, known: Known) -> bool:
    held = known.articles.get(each.key)
    if held is not None and held.deleted_by == OPERATOR:
        return held.raw_hash != each.entry.raw_hash  # it is not shown, whatever it says; another may have its id by now
    return held is None or held.withdrawn or held.raw_hash != each.entry.raw_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one publish did."""

    written: tuple[str, ...]
    """Paths of the documents whose bytes changed."""
    documents: int
    entries: int
    """Entries of the first output."""
    problems: tuple[str, ...] = ()
    """Entries and documents that could not be published, each with the reason."""


async def publish_if_due(app: App, wait: Callable[[], Awaitable[None]] | None = None) -> Published | None:
    """Publish what readers have not been shown yet; ``None`` where the documents say all there is to say. ``wait`` is
    asked for the moment at which to begin (:mod:`aggregator.coalescing`)."""
    if await app.db(_is_due, app.store, app.config, app.edition, app.now()):
        if wait is not None:
            await wait()
        return await publish(app)
    await keep(app)
    return None


def _is_due(store: Store, config: Config, edition: str, now: datetime) -> bool:
    """After a change in the store, another configuration or version, a lost file, or a seed's ``publish_at``, and while
    there are articles of which an output has not been asked."""
    if _is_bereft(store, config):
        return False
    last = store.setting(LAST_PUBLISH)
    if last is None or store.setting(ANYWAY) or store.publish_seq() > store.published_seq():
        return True
    facts = json.loads(last)
    if facts["edition"] != edition or not all(
        (folders.folder_of(config, each) / each).exists() for each in facts["documents"]
    ):
        return True
    if is_behind(store, config.outputs, copies=config.duplicates.show == "all"):
        return True
    if archiving.is_due(store, now):
        return True
    if is_over(config, datetime.fromisoformat(facts["at"]), now):
        return True
    released = store.outputs.next_release(datetime.fromisoformat(facts["at"]))
    return released is not None and released <= now


def _is_bereft(store: Store, config: Config) -> bool:
    """Whether the store has nothing to show though documents are published: it is a new one in a lost one's place, and
    they could not be read (:mod:`aggregator.memory`).

    Its first publish would take every entry from the subscribers; it waits for the first articles.
    """
    if store.setting(LAST_PUBLISH) is not None or store.articles.texts():
        return False
    return any(True for folder in folders.folders_of(config) for _ in folder.glob("*.atom"))


async def publish(app: App) -> Published:
    """Render every output from the store and replace the files that changed.

    Raises OSError where the public folder cannot be written, PublishError where an empty store would replace the
    documents of a lost one; the old documents are then still there.
    """
    began = perf_counter()
    with about(publish=token_hex(4)), app.traces.span("publish"):
        published = await _publish(app)
    app.figures.published(len(published.written), perf_counter() - began)
    return published


async def _publish(app: App) -> Published:
    if await app.db(_is_bereft, app.store, app.config):
        raise PublishError(
            f"{app.config.public}: the store is new and holds no article, so publishing would empty the feed that is "
            "there; run 'aggregator once' first, or remove the documents"
        )
    # What only some may read lies where nobody else can.
    await app.publishing(folders.prepare, app.config)

    # What was given out is never given out again, even if the database is lost the moment this is published.
    await keep(app)

    # Of what is new, what tells of the same event?
    await tell(app)

    # And what of it does each output take? What comes after this is published the next time.
    seq = await app.db(app.store.publish_seq)
    await take(app)

    # 10. What is there to say?
    now = app.now()
    with app.step("choose"):
        gathered = await gather(app, now)

    # 11. Say it in every format, and read each document back.
    await archiving.prepare(app)
    with app.step("render"):
        made = await app.publishing(render, app, gathered, archiving.history(app))

    # 12. Does it follow from what was published last?
    last = last_publish(await app.db(app.store.setting, LAST_PUBLISH))
    await hold(app, made, last, gathered.infos, now)

    # 13. Close archive documents of what leaves the others; replace those that hold what was taken back.
    archived = await archiving.archive(app, made, gathered)
    rendered = [*chain.from_iterable(each.documents for each in made.publications.values()), *made.documents]

    # 14. Give local articles that have no page elsewhere one of ours.
    own_pages = await publish_pages(app, gathered.infos, now, keep=bool(made.held))
    rendered.extend(maps(app, made, own_pages, now))
    rendered = sound(made, rendered)

    # 15. Replace the files that changed, and remove those of outputs that are gone.
    with app.step("write"):
        written = await app.publishing(_write, app.config, rendered)
    app.published.update(made.publications)
    await archiving.settle(app, archived)
    stay = {each.path for each in rendered} | made.failed.keys()
    gone = await app.publishing(_remove, app.config, frozenset(last.documents if last is not None else ()) - stay)

    # 16. Write down what readers have from now on, so that they can be told what is new since.
    editions = await app.publishing(_editions, rendered, written)
    await app.db(app.store.outputs.note_editions, editions, now)
    await app.db(app.store.outputs.forget_editions, gone)

    this = outcome(app, made, (each.path for each in rendered), last, now)
    await app.db(write_down, app.store, this, made.accepted)
    await app.db(app.store.mark_published, seq)
    first = app.published.get(app.config.outputs[0].id)
    entries = len(first.feed.entries) if first is not None else 0
    report(last, this)
    if written:
        log.info("published", documents=list(written), entries=entries)
    return Published(written=written, documents=len(rendered), entries=entries, problems=made.problems)


def _write(config: Config, rendered: Iterable[Rendered]) -> tuple[str, ...]:
    by_folder: dict[Path, list[Rendered]] = {}
    for each in rendered:
        by_folder.setdefault(folders.folder_of(config, each.path), []).append(each)
    return tuple(chain.from_iterable(files.write_all(folder, each) for folder, each in by_folder.items()))


def _remove(config: Config, before: Iterable[str]) -> frozenset[str]:
    """The documents of outputs and formats that are configured no longer; those that merely failed stay."""
    expected = {path for place, each in enumerate(config.outputs) for path in paths(each, first=place == 0)}
    gone = frozenset(before) - expected - frozenset(SITE_DOCUMENTS)
    for folder in (config.public, config.private):
        for path in gone:
            if (folder / path).exists():
                files.remove(folder, path)
    return gone


def _editions(rendered: Iterable[Rendered], written: Collection[str]) -> dict[str, tuple[str, tuple[bytes, ...]]]:
    """Of each feed that changed, by its path, the name of the version and the marks of its parts."""
    editions: dict[str, tuple[str, tuple[bytes, ...]]] = {}
    known: dict[int, tuple[str, tuple[bytes, ...]] | None] = {}  # two documents may be the same bytes
    for each in rendered:
        if each.path not in written:
            continue
        if id(each.body) not in known:
            found = marks(each.path.rpartition(".")[2], each.body)
            known[id(each.body)] = (version_of(each.body), found) if found is not None else None
        if (edition := known[id(each.body)]) is not None:
            editions[each.path] = edition
    return editions
