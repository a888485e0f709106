"""Rules that changed decide anew on what is already stored, a page at a time: polls write in between."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aggregator.articles import apply_rules, compile_rule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from aggregator.articles import Rule
    from aggregator.model import Source
    from aggregator.store import Store

    Rules = tuple[Rule | None, Rule | None]
    """A source's ``keep`` and ``drop``."""
    Place = tuple[datetime, str]
    Run = Callable[..., Awaitable[tuple[int, Place | None]]]
    """Runs a store call in the store's own thread."""

RULES = "rules"
"""The setting that says by which rules the articles held were judged."""

PAGE = 500
"""Articles judged at once."""


def rules_of(source: Source) -> Rules:
    """Its rules, ready to be asked."""
    return _compiled(source.keep), _compiled(source.drop)


def unjudged(store: Store, sources: Sequence[Source]) -> tuple[Source, ...]:
    """The sources whose articles were judged by other rules than they have now. Raises StoreError."""
    before, now = json.loads(store.setting(RULES) or "{}"), _wanted(sources)
    return tuple(each for each in sources if before.get(each.id) != now.get(each.id))


def all_judged(store: Store, sources: Sequence[Source]) -> None:
    """Write down that they are. Raises StoreError."""
    now = _wanted(sources)
    if json.loads(store.setting(RULES) or "{}") != now:
        store.set_setting(RULES, json.dumps(now))


async def judge(run: Run, store: Store, source: Source, rules: Rules, now: datetime) -> int:
    """Let its rules decide anew on all articles of a source; how many of them are otherwise than before. Raises
    StoreError."""
    changed, place = await run(_judge_page, store, source, rules, now, None)
    while place is not None:
        more, place = await run(_judge_page, store, source, rules, now, place)
        changed += more
    return changed


def _judge_page(
    store: Store, source: Source, rules: Rules, now: datetime, before: Place | None
) -> tuple[int, Place | None]:
    page = store.newest(PAGE, now=now, before=before, source=source.id, visible=False)
    judged = zip(page, apply_rules(page, *rules, now), strict=True)
    changed = {was.key: is_.left_out for was, is_ in judged if was.left_out != is_.left_out}
    store.mark_left_out(changed)
    return len(changed), (page[-1].sort_at, page[-1].key) if len(page) == PAGE else None


def _wanted(sources: Sequence[Source]) -> dict[str, list[str | None]]:
    return {each.id: [each.keep, each.drop] for each in sources if each.keep is not None or each.drop is not None}


def _compiled(text: str | None) -> Rule | None:
    return compile_rule(text) if text is not None else None
