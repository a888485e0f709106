"""Rules that changed decide anew on what is already stored, a page at a time: polls write in between.

How an article is rewritten is decided with it. Nothing of that is an edit: ``updated`` stays, and nothing comes as new.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from aggregator.articles import names_of, rule
from aggregator.model import LiveRule, RuleHits, as_shown, wording_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.articles import RuleName, Ruling
    from aggregator.model import Article, Output, Source, Wording
    from aggregator.store import Store

    Place = tuple[datetime, str]
    Run = Callable[..., Awaitable[tuple[int, Place | None]]]
    """Runs a store call in the store's own thread."""

RULES = "rules"
"""The setting that says by which rules the articles held were judged."""

COUNTING = "rules being counted"
"""The setting that names the rules whose hits among the articles held are being counted: after a crash, anew."""

PAGE = 500
"""Articles judged at once."""


def live_rules(sources: Sequence[Source], outputs: Sequence[Output]) -> frozenset[LiveRule]:
    """All rules that are in force."""
    named = {LiveRule(owner=each.id, kind=name.kind, text=name.text) for each in sources for name in names_of(each)}
    queries = (LiveRule(owner=each.id, kind="query", text=each.query) for each in outputs if each.query is not None)
    return frozenset((*named, *queries))


def followed(store: Store, live: frozenset[LiveRule], now: datetime) -> frozenset[LiveRule]:
    """Have the hits of these rules counted, and of no others; gives those that :func:`judge` has to count among the
    articles held: new ones, and those a crash kept it from counting to the end. Raises StoreError."""
    unfinished = frozenset(LiveRule(owner=each[0], kind=each[1], text=each[2]) for each in _counting(store))
    counted = {LiveRule(owner=each.owner, kind=each.kind, text=each.text) for each in store.rule_counts.read()}
    fresh = live - (counted - unfinished)
    counting = sorted([each.owner, each.kind, each.text] for each in fresh if each.kind != "query")
    if counting != _counting(store):
        store.set_setting(COUNTING, json.dumps(counting))
    store.rule_counts.follow(live - fresh, now)  # what was counted of those goes
    return store.rule_counts.follow(live, now)


def hits_of(source: str, hits: Mapping[str, Collection[RuleName]], of: Iterable[Article]) -> tuple[RuleHits, ...]:
    """What each rule of a source hit among these articles, the last of which came when the newest was first seen."""
    articles: dict[LiveRule, list[datetime]] = defaultdict(list)
    for each in of:
        for name in hits.get(each.key, ()):
            articles[LiveRule(owner=source, kind=name.kind, text=name.text)].append(each.first_seen)
    return tuple(RuleHits(rule=name, articles=len(seen), last=max(seen)) for name, seen in articles.items())


def unjudged(store: Store, sources: Sequence[Source]) -> tuple[Source, ...]:
    """The sources whose articles were judged by other rules than they have now. Raises StoreError."""
    before, now = _before(store), _wanted(sources)
    return tuple(each for each in sources if before.get(each.id) != now.get(each.id))


def all_judged(store: Store, sources: Sequence[Source]) -> None:
    """Write down that they are; where the markup of a source is looked at from now on, have it read again. Raises
    StoreError."""
    if _counting(store):
        store.set_setting(COUNTING, "[]")
    before, now = _before(store), _wanted(sources)
    if before == now:
        return
    for each in sources:
        if any(one.selects for one in each.rewrite) and not _looks_at_markup(before.get(each.id, [])):
            store.rewritings.read_again(each.id)
    store.set_setting(RULES, json.dumps(now))


async def judge(
    run: Run, store: Store, source: Source, ruling: Ruling, now: datetime, fresh: Collection[LiveRule] = frozenset()
) -> int:
    """Let its rules decide anew on all articles of a source; of how many of them they decide otherwise than before
    whether they are shown. What ``fresh`` rules hit is counted. Raises StoreError."""
    changed, place = await run(_judge_page, store, source, ruling, now, fresh, None)
    while place is not None:
        more, place = await run(_judge_page, store, source, ruling, now, fresh, place)
        changed += more
    return changed


def judge_some(store: Store, source: Source, ruling: Ruling, keys: Collection[str], now: datetime) -> None:
    """Let its rules decide anew on these articles of a source, whose texts are others now. Raises StoreError."""
    held = (each for key in keys if (each := store.articles.find(key)) is not None and each.source == source.id)
    _judge(store, tuple(held), ruling, now)


def _judge_page(
    store: Store,
    source: Source,
    ruling: Ruling,
    now: datetime,
    fresh: Collection[LiveRule],
    before: Place | None,
) -> tuple[int, Place | None]:
    page = store.articles.newest(PAGE, now=now, before=before, source=source.id, visible=False)
    changed, hits = _judge(store, page, ruling, now)
    found = hits_of(source.id, hits, page)
    if fresh and (counted := [each for each in found if each.rule in fresh]):
        store.rule_counts.count(counted)
    return changed, (page[-1].sort_at, page[-1].key) if len(page) == PAGE else None


def _judge(
    store: Store, page: Sequence[Article], ruling: Ruling, now: datetime
) -> tuple[int, Mapping[str, Collection[RuleName]]]:
    if any(each.selects for each in ruling.actions):
        markups = store.rewritings.markups([each.key for each in page])
        page = [each if each.full_text else replace(each, markup=markups.get(each.key)) for each in page]
    ruled = rule(page, ruling, now)
    both = list(zip(page, ruled.articles, strict=True))
    otherwise = [is_ for was, is_ in both if _decision(was) != _decision(as_shown(is_))]
    if otherwise:
        store.rewritings.follow(otherwise)
    return sum(was.left_out != is_.left_out for was, is_ in both), ruled.hits


def _decision(shown: Article) -> tuple[str | None, Wording]:
    return shown.left_out, wording_of(shown)


def _before(store: Store) -> dict[str, list[Any]]:
    said: dict[str, list[Any]] = json.loads(store.setting(RULES) or "{}")
    return said


def _counting(store: Store) -> list[list[str]]:
    said: list[list[str]] = json.loads(store.setting(COUNTING) or "[]")
    return said


def _wanted(sources: Sequence[Source]) -> dict[str, list[Any]]:
    """As JSON has it. Rules are asked of the text of the page, where that is wanted."""
    wanted = {
        each.id: [
            each.keep,
            each.drop,
            [{"action": one.action} | asdict(one) for one in each.rewrite],
            each.full_text is not None,
        ]
        for each in sources
        if each.keep is not None or each.drop is not None or each.rewrite
    }
    as_json: dict[str, list[Any]] = json.loads(json.dumps(wanted))
    return as_json


def _looks_at_markup(judged: list[Any]) -> bool:
    return any(each["action"].startswith("css_") for each in (judged[2] if judged[2:] else ()))
