"""What the store knows of one article, gathered for :mod:`aggregator.operate.explain`. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.articles import Ruling, compile_rule, minted_id, names_of, page_hash, rule, select
from aggregator.config import redact
from aggregator.errors import UsageError
from aggregator.last_publish import SETTING, last_publish
from aggregator.model import FOLDED
from aggregator.operate import Explanation, Facts, InOutput, Ruled, explain
from aggregator.outputs.choosing import chosen_anyway, folded_of
from aggregator.publish import assemble, folded_days
from aggregator.publish.digest import period_of
from aggregator.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.articles import Rule
    from aggregator.config import Config
    from aggregator.model import Article, Output, Source, SourceState
    from aggregator.store import Trace

NEAR = 5
"""Sources that are named where nothing is known of an address at their host."""


def read_explanation(config: Config, what: str, now: datetime) -> Explanation:
    """What became of the article with this id, key or address. It may be read beside a running service.

    Raises UsageError where nothing is asked for, StoreError where the store cannot be read.
    """
    what = what.encode("utf-8", "replace").decode().strip()  # an argument in another encoding has lone surrogates
    if not what:
        raise UsageError("name an article by its id, its key or its address; 'aggregator list' shows what there is")
    facts = Facts(asked=what, now=now, host=_host(what))
    with Store.beside(config.store) as store:
        if store is None:
            return explain(replace(facts, near=_near(config, {}, facts.host)))
        return explain(_gather(config, store, facts))


def _gather(config: Config, store: Store, facts: Facts) -> Facts:
    last = last_publish(store.setting(SETTING))
    facts = replace(
        facts,
        published_at=None if last is None else last.at,
        pending=store.publish_seq() > store.published_seq(),
    )
    outputs = _outputs(config, store, facts.now)
    found = store.articles.trace(facts.asked, page_hash(facts.asked) if "://" in facts.asked else None, facts.now)
    if found:
        return _of_article(config, store, facts, found, outputs)
    for each in outputs:
        for digest, lists in each.told.items():
            if digest.id == facts.asked:
                places = _places(outputs, digest, store, facts.now)
                return replace(facts, article=digest, found_by="id", visible=True, lists=lists, outputs=places)
    states = {each.source: each for each in store.polls.states()}
    return replace(facts, near=_near(config, states, facts.host))


def _of_article(config: Config, store: Store, facts: Facts, found: Sequence[Trace], outputs: Sequence[_Made]) -> Facts:
    trace, *others = found
    article = trace.article
    source = next((each for each in config.sources if each.id == article.source), None)
    original = store.articles.trace(article.duplicate_of, None, facts.now) if article.duplicate_of is not None else ()
    told_in = (digest.title for each in outputs for digest, lists in each.told.items() if _holds(lists, article))
    return replace(
        facts,
        article=article,
        found_by=trace.found_by,
        others=tuple(each.article for each in others),
        visible=trace.visible,
        aliases=trace.aliases,
        minted=minted_id(article.source, article.key) == article.id,
        pruned_at=trace.pruned_at,
        removed_at=trace.removed_at,
        on_remove=trace.on_remove,
        source=_hiding(config, source) if source is not None else None,
        state=_hiding_of(config, store.polls.state(article.source)),
        original=original[0].article if original else None,
        through=store.articles.through([article.key]).get(article.key, ()),
        rules=_ruled(source, article, facts.now) if source is not None and trace.pruned_at is None else (),
        rewrites=_rewritten(store, source, article, facts.now) if source is not None else (),
        page=store.full_texts.story_of(article.key),
        versions=store.articles.versions(article.key),
        story=store.stories.of([article.key], facts.now).get(article.key),
        told_in=next(told_in, None) if article.held == FOLDED else None,
        outputs=_places(outputs, article, store, facts.now) if trace.pruned_at is None else (),
    )


def _holds(lists: Iterable[Article], article: Article) -> bool:
    return any(each.key == article.key for each in lists)


def _rewritten(store: Store, source: Source, article: Article, now: datetime) -> tuple[tuple[str, bool], ...]:
    """Which of its source's actions change the article, beginning with what the source said."""
    if not source.rewrite or not article.title:
        return ()
    markup = None if article.full_text else store.rewritings.markups([article.key]).get(article.key)
    ruling = replace(Ruling.of(source), keep=None, drop=None)
    hits = rule([replace(article, markup=markup)], ruling, now).hits.get(article.key, ())
    return tuple((name.text, name in hits) for name in names_of(source) if name.kind == "rewrite")


def _ruled(source: Source, article: Article, now: datetime) -> tuple[Ruled, ...]:
    rules = {"keep": source.keep, "drop": source.drop}
    return tuple(
        Ruled(name=name, text=text, matches=compile_rule(text).matches(article, now))
        for name, text in rules.items()
        if text is not None
    )


# ---- the outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """One output as the next publish makes it."""

    output: Output
    query: Rule | None
    chosen: tuple[Article, ...]
    told: Mapping[Article, tuple[Article, ...]]
    """The entries of days, and what each of them lists."""
    ids: tuple[str, ...]
    """Of its entries, in their order."""


def _outputs(config: Config, store: Store, now: datetime) -> tuple[_Made, ...]:
    site = replace(config.site, id=store.setting("site.id") or config.site.id)
    infos, sources = store.polls.infos(), {each.id: each for each in config.sources}
    queries = [None if each.query is None else compile_rule(each.query) for each in config.outputs]
    copies = config.duplicates.show == "all"
    every = [
        chosen_anyway(output, store, query, now, copies=copies) if output.digest is None else ()
        for output, query in zip(config.outputs, queries, strict=True)
    ]
    folded = folded_of(store, config.outputs, every, now)
    made = []
    for output, query, chosen in zip(config.outputs, queries, every, strict=True):
        taken = tuple(select(folded, query, now)) if output.digest is None else ()
        told = {
            each: tuple(one for one in taken if one.source == each.source and one.sort_at.date() == each.sort_at.date())
            for each in folded_days(taken, infos, sources, site, output)
        }
        feed = assemble((*chosen, *told), infos, sources, site, output, first=False)
        ids = tuple(each.id for each in feed.entries)
        made.append(_Made(output=output, query=query, chosen=chosen, told=told, ids=ids))
    return tuple(made)


def _places(outputs: Sequence[_Made], article: Article, store: Store, now: datetime) -> tuple[InOutput, ...]:
    return tuple(
        InOutput(
            id=each.output.id,
            place=each.ids.index(article.id) + 1 if article.id in each.ids else None,
            taken=article in each.told or each.query is None or each.query.matches(article, now),
            query=each.output.query,
            limit=each.output.limit,
            per_source=each.output.per_source,
            entries=len(each.ids),
            oldest=min((one.sort_at for one in each.chosen if one.pinned_at is None), default=None),
            digest=_digest(each.output, article, store, now),
        )
        for each in outputs
    )


def _digest(output: Output, article: Article, store: Store, now: datetime) -> tuple[str, bool] | None:
    """The day or week in which an output with digests took the article, and whether it is over."""
    if output.digest is None:
        return None
    periods = [period_of(output.digest, moment) for moment in store.outputs.joined_at(output.id, [article.key])]
    return next(((each.title, each.end <= now) for each in periods), None)


# ---- what is not known


def _host(what: str) -> str | None:
    try:
        host = urlsplit(what).hostname if "://" in what else None
    except ValueError:  # such as "http://[::1"
        return None
    return host.removeprefix("www.") if host is not None else None


def _near(
    config: Config, states: Mapping[str, SourceState], host: str | None
) -> tuple[tuple[Source, SourceState | None], ...]:
    """Sources whose feed, or whose site, is at this host."""
    if host is None:
        return ()
    found = []
    for each in config.sources:
        state = states.get(each.id)
        site = state.info.url if state is not None else None
        if host in (_host(each.url or ""), _host(site or "")):
            found.append((_hiding(config, each), _hiding_of(config, state)))
    return tuple(found[:NEAR])


def _hiding(config: Config, source: Source) -> Source:
    """The source without the secrets of its address."""
    return replace(source, url=redact(source.url, config.secrets)) if source.url is not None else source


def _hiding_of(config: Config, state: SourceState | None) -> SourceState | None:
    """The state without secrets in what the last look said."""
    if state is None or state.detail is None:
        return state
    return replace(state, detail=redact(state.detail, config.secrets))
