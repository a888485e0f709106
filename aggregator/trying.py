"""A rule tried on what is stored: what it takes, why, and what would go and come in each output. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from aggregator.errors import UsageError
from aggregator.operate import rfc3339, rules_rows
from aggregator.planning import between, published_by
from aggregator.store import Store, on_trial
from aggregator.wiring import App, utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime, timedelta

    from aggregator.articles import Rule
    from aggregator.config import Config
    from aggregator.model import Article
    from aggregator.operate import RuleRow
    from aggregator.planning import Entries

PAGE = 500
"""Stored articles looked at at once."""

As = Literal["keep", "drop", "query"]


def read_rules(config: Config) -> tuple[RuleRow, ...]:
    """The rules that are in force, by owner and kind, with how often each hit. Raises StoreError."""
    with Store.beside(config.store) as store:
        if store is None:
            return ()
        return rules_rows(store.rule_counts.read(), utc_now())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A stored article, and what a rule says of it."""

    article: Article
    takes: bool
    rule: Rule
    at: datetime

    @property
    def reason(self) -> str:
        """What decided, in words."""
        return self.rule.explain(self.article, self.at)

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "takes": self.takes,
            "id": self.article.id,
            "source": self.article.source,
            "title": self.article.title,
            "url": self.article.url,
            "published": rfc3339(self.article.published),
            "reason": self.reason,
        }


def try_rule(
    config: Config, rule: Rule, *, since: timedelta | None = None, sources: Collection[str] = ()
) -> Iterator[Tried]:
    """What the rule says of each stored article, the newest first, a page of them in memory at a time.

    Those are asked about that stand in the time since then, and are of ``sources``, if any are named; also those that
    are not shown. Raises StoreError, and UsageError for a source that is not configured.
    """
    _known(sources, [each.id for each in config.sources], "source")
    now = utc_now()
    with Store.beside(config.store) as store:
        if store is None:
            return
        for article in _stored(store, now, now - since if since is not None else None, sources):
            yield Tried(article=article, takes=rule.matches(article, now), rule=rule, at=now)


def _stored(store: Store, now: datetime, since: datetime | None, sources: Collection[str]) -> Iterator[Article]:
    only = next(iter(sources)) if len(sources) == 1 else None
    before: tuple[datetime, str] | None = None
    while page := store.articles.newest(PAGE, now=now, before=before, source=only, visible=False):
        for each in page:
            if since is not None and each.sort_at < since:
                return
            if not sources or each.source in sources:
                yield each
        before = (page[-1].sort_at, page[-1].key)


def with_rule(config: Config, rule: Rule, role: As, *, sources: Collection[str] = (), output: str = "") -> Config:
    """The configuration with the rule in this role: of these sources (of all, where none is named), or of this output.
    Raises UsageError for one that is not configured."""
    if role == "query":
        _known([output], [each.id for each in config.outputs], "output")
        outputs = (replace(each, query=rule.text) if each.id == output else each for each in config.outputs)
        return replace(config, outputs=tuple(outputs))
    _known(sources, [each.id for each in config.sources], "source")
    kept: dict[str, Any] = {role: rule.text}
    changed = (replace(each, **kept) if not sources or each.id in sources else each for each in config.sources)
    return replace(config, sources=tuple(changed))


async def try_in_outputs(
    config: Config,
    changed: Config,
    *,
    now: Callable[[], datetime] = utc_now,
    progress: Callable[[str], None] = lambda _: None,
) -> Mapping[str, Entries]:
    """By output, which entries would go and come with the ``changed`` configuration; on a copy of the store, by the
    code of a reload and of a publish. Raises StoreError."""
    progress("copying the store")
    with on_trial(config.store) as store:
        app = App(config, store, now)
        try:
            progress("what readers have now")
            await app.use(config)
            before, _ = await published_by(app)
            progress("what they would have")
            await app.use(changed)
            after, _ = await published_by(app)
        finally:
            await app.close()
    return {name: between(before.get(name, ()), after.get(name, ())) for name in before}


def _known(names: Collection[str], configured: Collection[str], what: str) -> None:
    for name in names:
        if name not in configured:
            raise UsageError(f"no {what} is called {name}; there are {', '.join(sorted(configured)[:20])}")
