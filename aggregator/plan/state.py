"""How a source stands after a look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aggregator.articles import normalise_info
from aggregator.model import Code, Failed, Fetched, NotModified
from aggregator.schedule import next_poll, refresh_at

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import FeedInfo, Known, Outcome, ParsedFeed, Polling, Source, SourceState


def as_outcome(problem: Failed, outcome: Outcome) -> Outcome:
    """What kept the documents from being read is how the look ended; whole entries read all the same are kept."""
    if isinstance(outcome, Fetched):
        return replace(
            problem,
            status=outcome.status,
            final_url=outcome.final_url,
            wire_bytes=outcome.wire_bytes,
            asked=outcome.asked,
        )
    return problem


def unless_emptied(outcome: Fetched, known: Known) -> Outcome:
    """A folder that held several articles and is suddenly empty looks like one that is not mounted."""
    live = sum(not held.withdrawn for held in known.articles.values())
    if live < 2:  # deleting the only article is an ordinary thing to do
        return outcome
    advice = "To withdraw them all, set on_remove: drop and remove the source"
    detail = f"the folder is empty; its {live} articles are kept. {advice}"
    return Failed(code=Code.EMPTY, detail=detail, final_url=outcome.final_url)


def next_state_of(
    source: Source,
    state: SourceState,
    outcome: Outcome,
    feed: ParsedFeed | None,
    info: FeedInfo,
    polling: Polling,
    now: datetime,
    parser_version: int,
) -> tuple[SourceState, datetime | None]:
    """The source's state after this poll, and until when its host is left alone."""
    again = next_poll(source, state, outcome, info, polling, now)
    alike = outcome.status is not None and outcome.status == state.status and state.status_since is not None
    common = replace(
        state,
        location=source.location,
        next_poll_at=again.at,
        next_reason=again.reason,
        last_poll=now,
        status=outcome.status,
        status_since=state.status_since if alike else now,
        status_polls=state.status_polls + 1 if alike else 1,
        refresh_at=refresh_at(source, state, outcome, now),
        requests=state.requests + 1,
        bytes=state.bytes + outcome.wire_bytes,
    )
    if isinstance(outcome, Failed):
        if feed is not None and not feed.entries:  # what it leads to is no feed (fetching.md F44)
            common = replace(common, moved_to=None, moved_since=None, moved_polls=0)
        failed = replace(
            common,
            code=Code.GONE if again.gone else Code.RATE_LIMITED if again.paused else outcome.code,
            detail=outcome.detail,
            failures=state.failures if again.paused else state.failures + 1,
        )
        return replace(failed, since=_since(state, failed, now)), again.host_wait
    fine = replace(common, detail=None, failures=0, last_success=now, final_url=outcome.final_url)
    fine = _count_move(fine, outcome, info)
    if isinstance(outcome, NotModified):
        unchanged = replace(
            fine,
            code=Code.NOT_MODIFIED,
            detail=outcome.reason,
            validators=outcome.validators if outcome.validators is not None else state.validators,
            not_modified=state.not_modified + 1,
        )
        return replace(unchanged, since=_since(state, unchanged, now)), again.host_wait
    taken = replace(
        fine,
        code=Code.OK,
        validators=outcome.validators,
        body_hash=outcome.body_hash,
        parser_version=parser_version,
        info=info,
        road=feed.road if feed is not None else state.road,
        warnings=(*outcome.warnings, *(feed.warnings if feed is not None else ())),
    )
    return replace(taken, since=_since(state, taken, now)), again.host_wait


def _since(before: SourceState, after: SourceState, now: datetime) -> datetime:
    return now if before.since is None or _kind(before) != _kind(after) else before.since


def _kind(state: SourceState) -> str:
    """Of its code: fine, failing, or left alone because the server wishes it."""
    if state.code is Code.RATE_LIMITED:
        return "paused"
    return "fine" if state.code in (Code.OK, Code.NOT_MODIFIED, None) else "failing"


def _count_move(state: SourceState, outcome: Fetched | NotModified, info: FeedInfo) -> SourceState:
    """With how often in a row this source has led to the same new address, and there to a feed.

    Either every redirect on the way was permanent, or the feed itself names the address at which it was read as its
    new one (``itunes:new-feed-url``; without a redirect that is a claim of what has not been looked at).
    """
    to = outcome.moved_to
    if to is None and outcome.redirected and info.new_url == outcome.final_url:
        to = info.new_url
    if to is None or state.quarantine is not None:  # where another feed is, this one has not moved to
        return replace(state, moved_to=None, moved_since=None, moved_polls=0)
    if to == state.moved_to:
        return replace(state, moved_polls=state.moved_polls + 1)
    return replace(state, moved_to=to, moved_since=state.last_poll, moved_polls=1)


def info_of(source: Source, state: SourceState, feed: ParsedFeed | None, outcome: Outcome) -> FeedInfo:
    """What the feed says of itself now.

    Where it has no entries, no more is taken of it than when and where to look: with an empty one first, another feed
    would have its title known before its entries are judged (:mod:`aggregator.plan.quarantine`).
    """
    if feed is None or (feed.problem is not None and not feed.entries):
        return state.info
    hubs = outcome.hubs if isinstance(outcome, Fetched) else ()
    info = normalise_info(feed.info, source.url)
    info = replace(info, hubs=tuple(dict.fromkeys((*hubs, *feed.info.hubs))))
    if feed.entries or state.final_url is None:
        return info
    wishes: dict[str, Any] = {name: getattr(info, name) for name in WHEN_AND_WHERE}
    return replace(state.info, **wishes)


WHEN_AND_WHERE = ("hubs", "ttl", "skip_hours", "skip_days", "new_url", "ended")
"""What a feed without entries may still say."""
