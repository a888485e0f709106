"""What to write down about one poll. Pure: decided here, obeyed by the store.

``plan`` is given what the source said (the outcome, its entries, the articles made of the new and changed ones) and
what was known before, and gives back one ``PollPlan``. The rules that subscribers feel are all here:

* an article's ``id``, ``first_seen`` and ``sort_at`` are decided at first sight and never again;
* its ``published`` is the first date that was accepted;
* ``updated`` moves only when the meaning changed, and never backwards; what changed besides (a link target, a tag, a
  picture) is taken all the same, under the old date;
* only a source whose documents are complete (a folder) and could all be read withdraws an article by no longer naming
  it, and a file that was renamed is the same article;
* an id that another source's article already holds is not taken from it (RFC 4287 8.4);
* what is new in a feed that has nothing in common with what it was is held until the operator releases it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aggregator.articles import in_words, is_replaced, minted_id, normalise_info
from aggregator.model import Code, Failed, Fetched, NotModified, PollPlan
from aggregator.schedule import next_poll

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from aggregator.articles import Identified
    from aggregator.model import (
        Article,
        FeedInfo,
        Known,
        KnownArticle,
        Outcome,
        ParsedFeed,
        Polling,
        Source,
        SourceState,
    )


def plan(
    source: Source,
    state: SourceState,
    outcome: Outcome,
    *,
    polling: Polling,
    now: datetime,
    parser_version: int,
    feed: ParsedFeed | None = None,
    entries: Sequence[Identified] = (),
    articles: Iterable[Article] = (),
    known: Known | None = None,
) -> PollPlan:
    """Decide what one poll changes.

    ``outcome`` is how the look ended, ``feed`` what was read where there was something to read, ``entries`` all
    identified entries of it, ``articles`` those of them that are new or changed, ``known`` what the store holds of
    them. ``now`` is when the poll's request began. Raises nothing.
    """
    if feed is not None and feed.problem is not None:
        outcome = _as_outcome(feed.problem, outcome)
    elif known is not None and not entries and isinstance(outcome, Fetched) and outcome.complete:
        outcome = outcome if feed is not None and feed.unread else _unless_emptied(outcome, known)
    articles = tuple(articles)
    info = _info(source, state.info, feed, outcome)
    quarantine = _quarantine(source, state, outcome, info, entries, articles, known)
    if quarantine is not None:
        info = state.info  # what is published of the source stays its own
        state = replace(state, quarantine=quarantine, quarantined_at=state.quarantined_at or now)
    else:
        state = replace(state, quarantine=None, quarantined_at=None)
    next_state, host_wait = _next_state(source, state, outcome, feed, info, polling, now, parser_version)
    if feed is None or known is None:
        return PollPlan(
            source=source.id,
            state=next_state,
            wire_bytes=outcome.wire_bytes,
            asked=outcome.asked,
            host_wait=host_wait,
        )
    complete = isinstance(outcome, Fetched) and outcome.complete
    reread = state.parser_version != parser_version
    changes = _compare(source, entries, articles, known, now, complete=complete, reread=reread)
    if quarantine is not None:
        changes = replace(changes, new=(), held=tuple(replace(each, held=quarantine) for each in changes.new))
    if feed.unread:  # an article that is missing may be in a file that could not be read
        changes = replace(changes, withdrawn=())
    if next_state.code is Code.OK:
        found = changes.words()
        next_state = replace(next_state, detail=found if quarantine is None else f"{found}: {quarantine}")
    if changes.new:
        next_state = replace(next_state, last_new=now)
    return PollPlan(
        source=source.id,
        state=next_state,
        new=changes.new,
        updated=changes.updated,
        refreshed=changes.refreshed,
        aliases=changes.aliases,
        withdrawn=changes.withdrawn,
        held=changes.held,
        unchanged=changes.unchanged,
        wire_bytes=outcome.wire_bytes,
        asked=outcome.asked,
        host_wait=host_wait,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    """What one poll found, sorted."""

    new: tuple[Article, ...]
    updated: tuple[Article, ...]
    refreshed: tuple[Article, ...]
    aliases: tuple[tuple[str, str], ...]
    withdrawn: tuple[str, ...]
    unchanged: int
    held: tuple[Article, ...] = ()

    def words(self) -> str:
        """``3 new, 1 changed``, for people."""
        found = {"new": self.new, "changed": self.updated, "withdrawn": self.withdrawn, "held": self.held}
        counts = ((len(those), word) for word, those in found.items())
        return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing new"


def _as_outcome(problem: Failed, outcome: Outcome) -> Outcome:
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


def _unless_emptied(outcome: Fetched, known: Known) -> Outcome:
    """A folder that held several articles and is suddenly empty looks like one that is not mounted."""
    live = sum(not held.withdrawn for held in known.articles.values())
    if live < 2:  # deleting the only article is an ordinary thing to do
        return outcome
    advice = "To withdraw them all, set on_remove: drop and remove the source"
    detail = f"the folder is empty; its {live} articles are kept. {advice}"
    return Failed(code=Code.EMPTY, detail=detail, final_url=outcome.final_url)


def _next_state(
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
    common = replace(
        state,
        location=source.location,
        next_poll_at=again.at,
        next_reason=again.reason,
        last_poll=now,
        status=outcome.status,
        requests=state.requests + 1,
        bytes=state.bytes + outcome.wire_bytes,
        since=now if state.since is None or (state.failures > 0) != isinstance(outcome, Failed) else state.since,
    )
    if isinstance(outcome, Failed):
        if feed is not None and not feed.entries:  # what it leads to is no feed (fetching.md F44)
            common = replace(common, moved_to=None, moved_since=None, moved_polls=0)
        rate_limited = outcome.code is Code.RATE_LIMITED
        failed = replace(
            common,
            code=Code.GONE if again.gone else outcome.code,
            detail=outcome.detail,
            failures=state.failures if rate_limited else state.failures + 1,
            since=state.since if rate_limited else common.since,
        )
        return failed, again.host_wait
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
        return unchanged, again.host_wait
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
    return taken, again.host_wait


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


def _info(source: Source, before: FeedInfo, feed: ParsedFeed | None, outcome: Outcome) -> FeedInfo:
    if feed is None or (feed.problem is not None and not feed.entries):
        return before
    hubs = outcome.hubs if isinstance(outcome, Fetched) else ()
    info = normalise_info(feed.info, source.url)
    return replace(info, hubs=tuple(dict.fromkeys((*hubs, *feed.info.hubs))))


def _quarantine(
    source: Source,
    state: SourceState,
    outcome: Outcome,
    info: FeedInfo,
    entries: Sequence[Identified],
    articles: Iterable[Article],
    known: Known | None,
) -> str | None:
    """Why what is new at the source is held, in words; ``None`` where it is still the feed it was.

    A look that gave no entries leaves it as it was. An address that the operator has changed himself, and that was
    never read since, has no past to be held to.
    """
    if known is None or not entries:
        return state.quarantine
    if state.final_url is None or any(held.accepted for held in known.articles.values()):
        return None
    asked = {each for each in (source.url, state.final_url, outcome.final_url) if each is not None}
    if not is_replaced(state.info, known.history, info, articles, asked):
        return None
    return in_words(state.info, info, len(entries))


def _compare(
    source: Source,
    entries: Sequence[Identified],
    articles: Iterable[Article],
    known: Known,
    now: datetime,
    *,
    complete: bool,
    reread: bool,
) -> _Changes:
    """Sort what was read into new, updated, refreshed and unchanged, and find what was renamed or withdrawn.

    Where another version of the parser read these articles before (``reread``), that they are different now is its
    doing: nobody edited them, and readers must not see them again.
    """
    made = {article.key: article for article in articles}
    gone = _gone(entries, known) if complete else {}
    owners = dict(known.owners)
    new: list[Article] = []
    updated: list[Article] = []
    refreshed: list[Article] = []
    aliases: list[tuple[str, str]] = []
    unchanged = 0
    for entry in entries:
        held, article = known.articles.get(entry.key), made.get(entry.key)
        if held is None and article is not None and (held := _renamed(article, gone)) is not None:
            del gone[held.key]
            aliases.append((entry.key, held.key))
        if article is None:
            unchanged += 1
        elif held is None:
            fresh = _named(article, entry, owners, source)
            owners.setdefault(fresh.id, fresh.key)
            new.append(fresh)
        elif held.withdrawn:
            updated.append(_as_held(article, held))
        elif reread or article.fingerprint == held.fingerprint or held.held is not None:  # an edit nobody sees
            refreshed.append(_as_held(article, held))
        else:
            updated.append(replace(_as_held(article, held), updated=_moved(article.updated, held, now)))
    return _Changes(
        new=tuple(new),
        updated=tuple(updated),
        refreshed=tuple(refreshed),
        aliases=tuple(aliases),
        withdrawn=tuple(sorted(gone)),
        unchanged=unchanged,
    )


def _gone(entries: Sequence[Identified], known: Known) -> dict[str, KnownArticle]:
    """Articles a folder no longer holds under the names it had, by key and in its order."""
    named = {held.key for entry in entries if (held := known.articles.get(entry.key)) is not None}
    live = (held for held in known.articles.values() if not held.withdrawn and held.key not in named)
    return {each.key: each for each in sorted(live, key=lambda held: held.key)}


def _renamed(article: Article, gone: Mapping[str, KnownArticle]) -> KnownArticle | None:
    """The article a new file is under its old name: the one that says, else the one that means, the same.

    A file without a title is titled by its name, so that another name gives it another meaning, but no other hash.
    """
    said = (each for each in gone.values() if each.raw_hash == article.raw_hash)
    meant = (each for each in gone.values() if each.fingerprint == article.fingerprint)
    return next(said, None) or next(meant, None)


def _named(article: Article, entry: Identified, owners: dict[str, str], source: Source) -> Article:
    """With the id it is published under: its own where it has one and nobody else holds it, else a minted one.

    An id held by another article is never taken over: the claimant is kept, under a minted id, and not shown.
    """
    owner = owners.get(entry.claimed_id) if entry.claimed_id is not None else None
    if entry.claimed_id is not None and owner in (None, article.key):
        return replace(article, id=entry.claimed_id)
    minted = replace(article, id=minted_id(source.id, entry.key))
    if owner is None:
        return minted
    warning = f"its id {entry.claimed_id} is already held by another article, which is the one that is shown"
    return replace(minted, duplicate_of=owner, warnings=(*article.warnings, warning))


def _as_held(article: Article, held: KnownArticle) -> Article:
    """The new text under the old identity and dates."""
    return replace(
        article,
        key=held.key,
        id=held.id,
        first_seen=held.first_seen,
        sort_at=held.sort_at,
        published=held.published or article.published,
        updated=held.updated,
        duplicate_of=held.duplicate_of,
        held=held.held,
    )


def _moved(claimed: datetime | None, held: KnownArticle, now: datetime) -> datetime:
    """When a changed article was updated: as it claims, where that is later than before and not in the future."""
    before = held.updated or held.published or held.first_seen
    return claimed if claimed is not None and before < claimed <= now else max(now, held.updated or now)
