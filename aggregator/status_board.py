"""What ``/status`` and ``/status.json`` show, made at most every few seconds, beside the event loop.

``operate`` decides what is said of a source; here it is gathered for all of them, and kept for those who come next:
ten thousand sources take a second of processor time.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from aggregator.config import redact
from aggregator.hub.pings import websub_rows
from aggregator.last_publish import SETTING as LAST_PUBLISH
from aggregator.last_publish import last_publish
from aggregator.operate import (
    Group,
    State,
    ago,
    counts,
    grouped,
    learnt,
    ledger_in_words,
    ledger_rows,
    needs_you,
    offline_in_words,
    output_problems,
    output_rows,
    rfc3339,
)
from aggregator.publish.html import operators_page
from aggregator.store.log import without_secrets
from aggregator.views import board_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aggregator.last_publish import LastPublish
    from aggregator.model import HostLedger
    from aggregator.operate import Health
    from aggregator.serve.status import Wanted
    from aggregator.wiring import App

SECONDS = 5.0
"""For which a board is shown to all who ask."""
SHARE = 0.1
"""Of a processor at most that goes into making boards: one that takes a second of it is shown for ten."""
LONGEST = 60.0
"""For which one is shown, whatever it takes."""
LISTED = 500
"""Sources on a page at most."""
ALIKE = 100
"""Of them at most to whom the same advice applies, where no state was asked for."""
POLLS = 50
"""Of one source that are shown."""
PAGES = 50
"""That are kept with a board: many may ask, but few for different things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Board:
    """How everything stood at one moment."""

    at: datetime
    rows: tuple[Health, ...]
    ledger: tuple[HostLedger, ...]
    last: LastPublish | None
    facts: dict[str, Any]
    """As machines read them."""
    body: bytes
    until: float
    """When the next one is made."""
    pages: dict[Wanted, bytes | None] = field(default_factory=dict)


class StatusBoard:
    """The board of a running service. ``offline_since`` and ``problems`` tell what only that knows, ``subscribers``
    how many there are."""

    def __init__(
        self,
        app: App,
        *,
        offline_since: Callable[[], datetime | None],
        problems: Callable[[], Sequence[str]],
        subscribers: Callable[[], int],
    ) -> None:
        self._app = app
        self._offline_since = offline_since
        self._problems = problems
        self._subscribers = subscribers
        self._board: _Board | None = None
        self._making = asyncio.Lock()

    def forget(self) -> None:
        """What was made is of another configuration."""
        self._board = None

    async def as_json(self) -> bytes:
        """``/status.json``. Raises StoreError."""
        return (await self._current()).body

    async def page(self, wanted: Wanted) -> bytes | None:
        """``/status``, all of it, one state, or one source; ``None`` where there is no such. Raises StoreError."""
        made = await self._current()
        if wanted not in made.pages:
            page = await asyncio.to_thread(self._page, made, wanted)
            while len(made.pages) >= PAGES:
                made.pages.pop(next(iter(made.pages)))
            made.pages[wanted] = page
        return made.pages[wanted]

    async def _current(self) -> _Board:
        async with self._making:
            if self._board is None or time.monotonic() >= self._board.until:
                known = (self._offline_since(), tuple(self._problems()), self._subscribers(), self._app.now())
                self._board = await asyncio.to_thread(self._gather, *known)
            return self._board

    def _gather(
        self, offline_since: datetime | None, problems: tuple[str, ...], subscribers: int, now: datetime
    ) -> _Board:
        began = time.thread_time()
        config, store = self._app.config, self._app.store
        hide = partial(redact, secrets=config.secrets)
        rows = board_of(config, store)
        last = last_publish(store.setting(LAST_PUBLISH))
        outputs = [each for each in config.outputs if not each.private]
        ledger = store.polls.ledger()
        offline = offline_in_words([each.reason for each in rows]) if offline_since is not None else None
        facts = {
            "sources": [row.as_json() for row in rows],
            "outputs": output_rows(outputs, last),
            "subscribers": {"total": subscribers},
            "websub": websub_rows(store, now),
            "hosts": ledger_rows(ledger, hide),
            "offline_since": rfc3339(offline_since),
            "problems": [*map(hide, problems), *filter(None, (offline,)), *output_problems(outputs, last)],
            "published": rfc3339(last.at) if last is not None else None,
            "at": rfc3339(now),
        }
        body = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        until = time.monotonic() + min(max(SECONDS, (time.thread_time() - began) / SHARE), LONGEST)
        return _Board(at=now, rows=rows, ledger=ledger, last=last, facts=facts, body=body, until=until)

    # ---- pages

    def _page(self, made: _Board, wanted: Wanted) -> bytes | None:
        site, hide = self._app.config.site, partial(redact, secrets=self._app.config.secrets)
        common = {"now": made.at, "ago": partial(ago, now=made.at), "refresh": wanted.refresh, "asked": wanted.query}
        if wanted.source is not None:
            return self._of_one(made, wanted.source, common)
        rows = [each for each in made.rows if wanted.state in (None, each.state)]
        shown = rows if wanted.state is not None else [each for each in rows if needs_you(each) or len(rows) <= LISTED]
        page = shown[wanted.start : wanted.start + LISTED]
        hosts = hide(ledger_in_words(made.ledger)) if made.ledger else None
        return operators_page(
            "status.html",
            site,
            counts=counts(made.rows),
            total=len(made.rows),
            needing=sum(map(needs_you, made.rows)),
            state=wanted.state,
            groups=_sections(page, None if wanted.state is not None else ALIKE),
            start=wanted.start,
            listed=len(page),
            matching=len(shown),
            left_out=len(rows) - len(shown),
            following=wanted.start + LISTED if len(shown) > wanted.start + LISTED else None,
            facts=made.facts,
            published=made.last.at if made.last is not None else None,
            hosts=hosts,
            **common,
        )

    def _of_one(self, made: _Board, name: str, common: dict[str, Any]) -> bytes | None:
        row = next((each for each in made.rows if each.id == name), None)
        source = self._app.sources.get(name)
        if row is None or source is None:
            return None
        config, store = self._app.config, self._app.store
        hide = partial(redact, secrets=config.secrets)
        polls = [without_secrets(each, hide) for each in store.polls.log(name, POLLS)]
        told = [(what, hide(words)) for what, words in learnt(source, store.polls.state(name))]
        ledger = [each for each in made.ledger if each.host == source.host]
        return operators_page(
            "status_of_one.html",
            config.site,
            row=row,
            polls=polls,
            learnt=told,
            hosts=hide(ledger_in_words(ledger)) if ledger else None,
            articles=f"{config.site.url}sources/{name}" if config.automatic.sources else None,
            **common,
        )


def _sections(
    rows: Sequence[Health], most: int | None
) -> list[tuple[Group, list[tuple[str | None, Sequence[Health], int]]]]:
    """Group by group: advice, those whom it is for, and how many more there are."""
    return [
        (group, [(advice, those[:most], len(those) - len(those[:most])) for advice, those in alike.items()])
        for group, alike in grouped(rows).items()
    ]


STATES = frozenset(map(str, State))
