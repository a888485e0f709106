"""Pages of articles that were taken out of their feeds: are they gone too? Only for sources with ``check_deleted``.

A feed drops its oldest entries all the time. One that goes while older ones stay was taken out; and where its page
answers 404 or 410 on two days, its publisher has deleted it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from aggregator.logs import get_logger
from aggregator.model import Code, Failed, Source
from aggregator.schedule import host_gap

if TYPE_CHECKING:
    from aggregator.model import Outcome
    from aggregator.wiring import App

log = get_logger()

AT_ONCE = 20
"""Pages asked for in one go, one of a host."""

DUE = 500
"""Pages looked at for those: the hosts of most may have asked to be left alone."""

MOST_BYTES = 1024 * 1024
"""Of a page. One that is larger is there."""

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


async def ask_if_due(app: App) -> int:
    """Ask for the pages that are due, one of each host and as the hosts allow; gives how many articles are deleted.

    Raises StoreError.
    """
    deleted = 0
    asked: set[str] = set()
    for page in await app.db(app.store.pages.due, app.now(), DUE):
        source, host = app.sources.get(page.source), Source(id="page", url=page.url).host
        if source is None or not source.check_deleted:
            await app.db(app.store.pages.told, page, missing=False, now=app.now())
            continue
        if host in asked or len(asked) == AT_ONCE:
            continue
        now = app.now()
        if not await app.db(app.store.pages.ask, page, host, host_gap(host), now):
            continue
        asked.add(host)
        missing = _is_missing(await app.page(source.named(page.url, max_bytes=MOST_BYTES), None, now))
        if missing is not None and await app.db(app.store.pages.told, page, missing=missing, now=now):
            log.info("deleted", source=page.source, url=page.url, reason="its page was gone twice")
            deleted += 1
    return deleted


def _is_missing(outcome: Outcome) -> bool | None:
    """Whether a page is gone; ``None`` where it did not say."""
    if not isinstance(outcome, Failed) or outcome.code in (Code.TOO_LARGE, Code.EMPTY):
        return False
    return True if outcome.status in _GONE else None
