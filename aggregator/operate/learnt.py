"""What has been learnt of a source, in plain sentences. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.operate.health import posting_dates
from aggregator.operate.silence import cadence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aggregator.model import FullTextCounts, Source, SourceState


def learnt(source: Source, state: SourceState | None) -> tuple[tuple[str, str], ...]:
    """Names and sentences; nothing of a source that was not looked at yet."""
    return tuple(_learnt(source, state)) if state is not None and state.last_poll is not None else ()


def _learnt(source: Source, state: SourceState) -> Iterator[tuple[str, str]]:
    if state.info.title is not None:
        yield "feed", f"calls itself {state.info.title!r}" + (f", {state.info.format}" if state.info.format else "")
    if source.folder is None:
        yield "cadence", _cadence(state)
    if state.habit:
        yield "new at once", f"{min(state.habit)} to {max(state.habit)} articles at a look that brings any"
    if source.url is not None:
        yield "unchanged", _unchanged(state)
    if state.told_by is not None:
        yield "identity", f"its entries are told apart by their {state.told_by}, as their ids do not hold still"
    if state.info.hubs:
        yield "hubs", ", ".join(state.info.hubs)
    if source.url is not None and state.refresh_at is not None:
        yield "whole", f"the whole document is asked for again from {state.refresh_at:%Y-%m-%d %H:%M} UTC on"


def _cadence(state: SourceState) -> str:
    told = cadence(posting_dates(state.posted))
    missed = f"counts as stale after {told.allowed.days} days without a post"
    if told.usual is None:
        return f"not known yet, of {len(state.posted)} days with posts; {missed}"
    usual = told.usual / timedelta(days=1)
    often = "every day" if usual < 1.5 else f"every {round(usual)} days"
    return f"posts {often}, by the last {len(state.posted)} days with posts; {missed}"


def _unchanged(state: SourceState) -> str:
    named = {"ETag": state.validators.etag, "Last-Modified": state.validators.last_modified}
    sent = [name for name, value in named.items() if value is not None]
    share = f"{state.not_modified:,} of {state.requests:,} looks found it unchanged"
    if not sent:
        return f"{share}; the server gives no validators, so each look costs it a whole document"
    return f"{share}; the server gives {' and '.join(sent)}"


def of_pages(pages: FullTextCounts | None) -> tuple[tuple[str, str], ...]:
    """How the pages of its articles stand, where it has the full text of those."""
    if pages is None:
        return ()
    waiting = f"; {pages.waiting} to be asked for" if pages.waiting else ""
    return (("pages", f"{pages.texts} gave the text of their article, {pages.without} did not{waiting}"),)
