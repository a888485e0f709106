"""How everything looks now, each thing in one word."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from aggregator.config import redact
from aggregator.hub.pings import SETTING as HUBS_TOLD
from aggregator.hub.pings import read_told
from aggregator.last_publish import SETTING as LAST_PUBLISH
from aggregator.last_publish import last_publish
from aggregator.model import OK, Sight
from aggregator.operate import State, board

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from aggregator.config import Config
    from aggregator.model import Reached, Source, SourceState, Waiting
    from aggregator.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the running service knows of itself."""

    offline_since: datetime | None = None
    """Since when no host is reached from this machine."""
    doubted: Collection[str] = ()
    """Sources that were not reached, of which it is not known yet whether they or this machine are to blame."""
    problems: Mapping[str, str | None] = field(default_factory=dict)
    """By ``store``, ``publish`` and ``configuration`` what is wrong, if anything is."""


OWN_WORDS = {"store": "store-failing", "publish": "publish-failing", "configuration": "configuration-refused"}

OWN_ADVICE = {
    "store": "Look for the reason in the log: a full disk, rights of its folder, a database that is not there. "
    "It is tried again each second.",
    "publish": "The last documents stay, and it is tried again each second; look at the disk and at the rights of the "
    "folders that are published to.",
    "configuration": "The one before stays in force. Mend config.yaml, and reload it.",
    "network": "Nothing counts against the sources meanwhile. Check the network and the DNS of this machine.",
}


def machine(own: Own, hide: Callable[[str], str], now: datetime) -> Iterator[Sight]:
    """This machine and this program."""
    since = own.offline_since
    yield Sight(
        kind="machine",
        subject="network",
        word="network-down" if since is not None else OK,
        at=now,
        since=since,
        text="no host is reached" if since is not None else None,
        advice=OWN_ADVICE["network"] if since is not None else None,
    )
    for name, problem in own.problems.items():
        wrong = problem is not None
        yield Sight(
            kind="machine",
            subject=name,
            word=OWN_WORDS[name] if wrong else OK,
            at=now,
            text=hide(problem) if problem is not None else None,
            advice=OWN_ADVICE[name] if wrong else None,
        )


def of_sources(
    sources: Iterable[Source],
    states: Mapping[str, SourceState],
    waiting: Mapping[str, Sequence[Waiting]],
    hide: Callable[[str], str],
    now: datetime,
) -> Iterator[Sight]:
    """Those of the sources that are in ``states`` and are not switched off."""
    looked_at = [each for each in sources if each.id in states and each.enabled]
    for row in board(looked_at, states, {}, hide, waiting):
        state = states[row.id]
        word, text = str(row.state), row.text
        if row.state is State.QUARANTINED and state.quarantine is not None:
            word, text = "content-replaced", hide(state.quarantine)
        yield Sight(
            kind="source",
            subject=row.id,
            word=word,
            at=state.last_poll or now,
            since=row.since,
            looks=max(state.failures, state.status_polls),
            text=text if word not in (OK, "new") else None,
            advice=row.advice,
            url=row.url,
            last_success=row.last_success,
            next_try=row.next_poll,
        )


def of_conflicts(
    sources: Iterable[Source], conflicts: Mapping[str, Sequence[str]], hide: Callable[[str], str], now: datetime
) -> Iterator[Sight]:
    """Sources whose articles claim ids of others."""
    for each in sources:
        if each.enabled and (claims := conflicts.get(each.id)):
            more = f"; and {len(claims) - 3} more" if len(claims) > 3 else ""
            yield Sight(
                kind="conflict",
                subject=each.id,
                word="id-conflict",
                at=now,
                text=hide("; ".join(claims[:3]) + more),
                advice="Both are published, each under an id of its own. If one of the sources is no copy you want, "
                "remove it.",
                url=hide(each.location),
            )


def of_outputs(config: Config, store: Store) -> Iterator[Sight]:
    """The outputs, as they stand since the last publish."""
    last = last_publish(store.setting(LAST_PUBLISH))
    if last is None:
        return
    for output in config.outputs:
        state = last.outputs.get(output.id)
        if state is None:
            continue
        word, text, advice = OK, None, None
        if state.problem is not None:
            word, text = "held" if state.held else "not-published", state.problem
            advice = state.advice or "The last documents stay until it can be made."
        elif state.left_out:
            first = state.problems[0]
            word, text = "left-out", f"{state.left_out} left out, such as {first['id']}: {first['reason']}"
        text = redact(text, config.secrets) if text is not None else None
        yield Sight(kind="output", subject=output.id, word=word, at=last.at, text=text, advice=advice)


def of_hubs(config: Config, store: Store, now: datetime) -> Iterator[Sight]:
    """Hubs of others that are told what was published."""
    for hub, told in read_told(store.setting(HUBS_TOLD)).items():
        if hub in config.websub.hubs:
            yield Sight(
                kind="hub",
                subject=hub,
                word="hub-failing" if told.failures else OK,
                at=now,
                looks=told.failures,
                text=told.problem,
                advice="Those who subscribed there learn late of what is new; ask who runs it, or remove it."
                if told.failures
                else None,
                last_success=told.last,
                next_try=told.next_try,
            )


def of_receivers(config: Config, reached: Mapping[str, Reached], now: datetime) -> Iterator[Sight]:
    """Those who are told, as far as they can be."""
    for receiver in config.alerts:
        state = reached.get(receiver.id)
        if state is None:
            continue
        failing = state.failures > 0
        yield Sight(
            kind="receiver",
            subject=receiver.id,
            word="unreachable" if failing else OK,
            at=now,
            since=state.failing_since,
            looks=state.failures,
            text=state.problem if failing else None,
            advice="What it was not told is told once it can be." if failing else None,
            last_success=state.told_at,
            next_try=state.next_try if failing else None,
        )


UNMATCHED = timedelta(days=90)
"""Without a hit, after which a rule may be one that was meant otherwise."""


def of_rules(store: Store, hide: Callable[[str], str], now: datetime) -> Iterator[Sight]:
    """Rules in force that have not matched anything for long."""
    for rule in store.rule_counts.read():
        last = rule.last or rule.since
        if last < now - UNMATCHED:
            mark = blake2b(rule.text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
            yield Sight(
                kind="rule",
                subject=f"{rule.owner} {rule.kind} {mark}",
                word="never-matched",
                at=now,
                since=last,
                text=hide(f"{rule.kind}: {rule.text}"),
                advice="If it has done its work, remove it; 'aggregator rules test' shows what it would take.",
            )
