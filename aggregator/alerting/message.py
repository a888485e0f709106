"""What a receiver is sent, in words and for programs. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aggregator.model import FLAPPING, OK, PUBLISH, RECOVERED
from aggregator.operate import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aggregator.model import HealthChange, Receiver, Site, Source

IN_WORDS = 50
"""Alerts that a message spells out; of more it has the names."""

NAMED = 200
"""Names that it has then."""

LISTED = 500
"""Alerts that a message has for programs."""

LONGEST = 500
"""Characters of one text: what a server says is not more than that."""

MACHINE = {
    "network": "This machine",
    "store": "The store",
    "publish": "Publishing",
    "configuration": "The configuration",
}
"""What is not well of this machine, by subject."""

HAS = {
    "network-down": "been offline",
    "store-failing": "been failing",
    "publish-failing": "been failing",
    "configuration-refused": "been refused",
    "rate-limited": "been asking for pauses",
    "content-replaced": "had another feed at its address",
    "quarantined": "had many old articles held",
    "moved": "been at another address",
    "stale": "been silent for longer than it ever is",
    "id-conflict": "been claiming ids of other sources",
    "not-published": "not been published",
    "left-out": "lacked entries that no document can hold",
    "never-matched": "not matched anything",
    "hub-failing": "not taken what it is told",
    "unreachable": "not been reached",
    FLAPPING: "been coming and going",
}
"""What follows "has", where "been" and the word alone would say less."""

COMMANDS = {
    "source": "aggregator status {subject}",
    "conflict": "aggregator status {subject}",
    "rule": "aggregator rules list",
    "output": "aggregator status",
    "hub": "aggregator status",
    "receiver": "aggregator alerts test {subject}",
    "network": "aggregator status",
    "store": "aggregator doctor",
    "publish": "aggregator publish",
    "configuration": "aggregator check",
}
"""What to type next, by kind, of this machine by subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, whatever way it goes."""

    id: str
    """The same for the same message, so that one that is sent twice can be recognised."""
    kind: str
    """``alerts``, ``publish`` or ``test``."""
    subject: str
    """One line."""
    text: str
    facts: dict[str, Any]
    bad: bool
    """Whether something is wrong that was not told before."""


def wants(receiver: Receiver, change: HealthChange, source: Source | None) -> bool:
    """Whether this is told to this receiver; ``source`` is the one it is about, if it is about one."""
    asked = change.about in receiver.on and (change.alert != "over" or RECOVERED in receiver.on)
    if not asked or change.alert is None or (change.kind == "receiver" and change.subject == receiver.id):
        return False
    if change.kind not in ("source", "conflict", "rule") or not (receiver.sources or receiver.tags):
        return True
    named = change.subject.partition(" ")[0] in receiver.sources
    return named or (source is not None and not set(receiver.tags).isdisjoint(source.tags))


def alerts_message(changes: Sequence[HealthChange], site: Site, now: datetime) -> Message:
    """Of these, the oldest first."""
    worst_first = sorted(changes, key=lambda each: (each.alert == "over", each.kind != "machine", each.seq))
    spelt = worst_first[:IN_WORDS]
    rest = worst_first[IN_WORDS:]
    blocks = [_block(each) for each in spelt]
    if rest:
        names = ", ".join(f"{each.subject} ({_word(each)})" for each in rest[:NAMED])
        more = f" and {len(rest) - NAMED} more" if len(rest) > NAMED else ""
        blocks.append(f"And {len(rest)} more: {names}{more}.\n  aggregator status")
    ids = [alert_id(each) for each in changes]
    return Message(
        id=_digest("alerts", *ids),
        kind="alerts",
        subject=f"{site.title}: {_headline(changes)}",
        text="\n\n".join(blocks) + f"\n\n{site.url}status\n",
        facts={
            "type": "alerts",
            "site": {"title": site.title, "url": site.url},
            "sent": rfc3339(now),
            "text": _headline(changes),
            "alerts": [change_facts(each) for each in (changes if len(changes) <= LISTED else worst_first[:LISTED])],
            "more": max(0, len(changes) - LISTED),
        },
        bad=any(each.alert != "over" for each in changes),
    )


def publish_message(
    entries: Sequence[tuple[str, str, str | None, str | None]], documents: Sequence[str], site: Site, now: datetime
) -> Message:
    """Of new entries, each its output, id, title and page; ``documents`` are the paths of what they are in."""
    titles = {key: one_line(title or "") for _, key, title, _ in entries}
    first = next(iter(titles.values()))
    headline = first if len(titles) == 1 else f"{len(titles)} new entries, such as {_cut(first, 100)}"
    lines = [f"{one_line(title or key)}\n  {one_line(url or key)}" for _, key, title, url in entries[:IN_WORDS]]
    if len(entries) > IN_WORDS:
        lines.append(f"And {len(entries) - IN_WORDS} more.")
    return Message(
        id=_digest(PUBLISH, *(f"{output} {key}" for output, key, _, _ in entries)),
        kind=PUBLISH,
        subject=f"{site.title}: {_cut(headline, 150)}",
        text="\n".join(lines) + f"\n\n{site.url}\n",
        facts={
            "type": PUBLISH,
            "site": {"title": site.title, "url": site.url},
            "sent": rfc3339(now),
            "text": headline,
            "documents": [f"{site.url}{each}" for each in documents],
            "entries": [
                {"output": output, "id": key, "title": title, "url": url} for output, key, title, url in entries
            ],
        },
        bad=False,
    )


def trial_message(receiver: Receiver, site: Site, now: datetime) -> Message:
    """What ``aggregator alerts test`` sends."""
    said = f"This is a test of the receiver {receiver.id}; nothing is wrong."
    return Message(
        id=_digest("test", receiver.id, now.isoformat()),
        kind="test",
        subject=f"{site.title}: test",
        text=f"{said}\n\n{site.url}status\n",
        facts={
            "type": "test",
            "site": {"title": site.title, "url": site.url},
            "sent": rfc3339(now),
            "text": said,
            "alerts": [],
        },
        bad=False,
    )


def alert_id(change: HealthChange) -> str:
    """The same for the same alert, however often it is sent."""
    return _digest(change.at.isoformat(), change.kind, change.subject, change.about, change.alert or "")


def in_words(change: HealthChange) -> str:
    """One line: ``heise has been failing since 2026-11-23 02:10 UTC``."""
    since = f" since {change.since:%Y-%m-%d %H:%M} UTC" if change.since is not None else ""
    name = _name(change)
    has = HAS.get(change.about, f"been {change.about}")
    if change.alert == "over" or (change.alert is None and change.after == OK):
        return f"{name} is well again" + (f"; it had {has}{since}" if change.about not in (OK, "new") else "")
    return f"{'Still: ' if change.alert == 'again' else ''}{name} has {has}{since}"


def command_for(change: HealthChange) -> str:
    """What to type to see more of it."""
    key = change.subject if change.kind == "machine" else change.kind
    return COMMANDS.get(key, "aggregator status").format(subject=change.subject)


def _name(change: HealthChange) -> str:
    if change.kind in ("source", "conflict"):
        return change.subject
    if change.kind == "machine":
        return MACHINE.get(change.subject, change.subject)
    return f"{change.kind} {change.subject}"


def _block(change: HealthChange) -> str:
    """All that is known of it, a line each."""
    lines = [in_words(change)]
    if change.url is not None:
        lines.append(change.url)
    if change.alert != "over":
        lines += [_cut(change.text, LONGEST)] if change.text else []
        known = {"last success": change.last_success, "next try": change.next_try}
        times = [f"{name} {at:%Y-%m-%d %H:%M} UTC" for name, at in known.items() if at is not None]
        lines += ["; ".join(times)] if times else []
        lines += [change.advice] if change.advice else []
    lines.append(command_for(change))
    return "\n  ".join(one_line(each) for each in lines)


def one_line(text: str) -> str:
    """What a stranger wrote, without what would end the line or mean something to a terminal."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _headline(changes: Sequence[HealthChange]) -> str:
    if len(changes) == 1:
        return in_words(changes[0])
    counts = Counter(_word(each) for each in changes)
    machine = {_word(each) for each in changes if each.kind == "machine"}
    worst_first = sorted(counts.items(), key=lambda each: (each[0] == RECOVERED, each[0] not in machine, -each[1]))
    return ", ".join(f"{count} {word}" for word, count in worst_first)


def _word(change: HealthChange) -> str:
    return RECOVERED if change.alert == "over" else change.about


def change_facts(change: HealthChange) -> dict[str, Any]:
    """It, for programs."""
    times = ("at", "since", "last_success", "next_try")
    return {
        "id": alert_id(change),
        "alert": change.alert,
        "kind": change.kind,
        "subject": change.subject,
        "word": change.about,
        "says": in_words(change),
        "text": _cut(change.text, LONGEST) if change.text else None,
        "advice": change.advice,
        "command": command_for(change),
        "url": change.url,
        **{name: rfc3339(getattr(change, name)) for name in times},
    }


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:32]
