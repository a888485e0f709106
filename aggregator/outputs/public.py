"""What the public may know of, where some outputs are private."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aggregator.articles import Rule
    from aggregator.wiring import App


def public_rules(app: App) -> Mapping[str, Rule] | None:
    """By public output: its query. An article is public if one of these takes it; ``None`` where every article is.

    That is where no output is private, or a public one has no query. Where every output is private, the operator has
    to say that there are other outputs at all (``automatic``), and they have everything.
    """
    outputs = app.config.outputs
    rules = {each.id: app.queries[each.id] for each in outputs if not each.private}
    if len(rules) in (0, len(outputs)):
        return None
    taking = {name: rule for name, rule in rules.items() if rule is not None}
    return taking if len(taking) == len(rules) else None


async def public_sources(app: App) -> Collection[str]:
    """Ids of the configured sources that the public may know of: those of which a public output has an article, and
    all where every article is public. Raises StoreError."""
    rules = public_rules(app)
    if rules is not None:
        return app.sources.keys() & await app.db(app.store.outputs.sources_of, rules.keys())
    if all(each.private for each in app.config.outputs) and not app.config.automatic.sources:
        return frozenset()
    return frozenset(app.sources)
