"""When the operator is told that something is wrong, and when that it is over. Pure.

What is seen is written down at once; told is only what a person would want to be called for:

- trouble that has lasted, and was seen more than once (:data:`PATIENCE`); what no time mends is told at once;
- that it is over, once it has been well for a while (:data:`CALM`);
- what comes and goes, once (:data:`FLAPPING`), and nothing more of it until it has been well for days;
- what stays wrong, again after a week, two, four.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aggregator.model import FLAPPING, OK, HealthChange, Standing

if TYPE_CHECKING:
    from datetime import datetime

    from aggregator.model import Sight
    from aggregator.model.alerts import Telling

WELL = frozenset({OK, "new"})
"""Words for what is well: nobody has looked at a new source yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Trouble is told after it has lasted so long and was found by so many looks."""

    lasted: timedelta = timedelta(0)
    looks: int = 1


PATIENCE: dict[str, After] = {
    "failing": After(lasted=timedelta(hours=6), looks=3),
    "rate-limited": After(lasted=timedelta(days=3), looks=3),
    "network-down": After(lasted=timedelta(minutes=5)),
    "store-failing": After(lasted=timedelta(minutes=2)),
    "publish-failing": After(lasted=timedelta(minutes=10)),
    "hub-failing": After(lasted=timedelta(hours=6), looks=3),
    "unreachable": After(lasted=timedelta(hours=1), looks=3),
}
"""All else is told at once: it is known to stay, or somebody has to decide about it.

A source is asked again after 1, 2, 4, 8 hours while it fails, so that six hours are at least four looks of which the
last comes seven hours after the first.
"""

CALM: dict[str, timedelta] = {
    "source": timedelta(hours=6),
    "machine": timedelta(minutes=5),
    "hub": timedelta(hours=1),
}
"""For so long something has been well before it is over, and was seen to be twice; all else is over at once.

A source for as long as it has to fail until that is told: looks that are further and further apart may hit a server
that comes and goes while it is down each time, and what was over after an hour was told again the same day.
"""

SERIOUS: tuple[str, ...] = ("rate-limited", "failing", FLAPPING, "missing", "content-replaced", "quarantined", "gone")
"""What may follow each other at one source, the weightiest last: it is told of what is weightier than it was told."""

UNSAID = frozenset({"moved", "never-matched", "left-out", "id-conflict"})
"""What is over without a word: the operator has seen to it himself, or it was nothing that is to be over."""

OFTEN = 10
OFTEN_WITHIN = timedelta(days=3)
"""So many breaks within that time are flapping: a server that is down each night has three."""

UNSTEADY = 5
"""And so many, the last of which lasts: it is not called failing. One that is down each night has four at most."""

ALERTS = 3
ALERTS_WITHIN = timedelta(days=7)
"""And so many alerts."""

STEADY = timedelta(days=3)
"""What has flapped is over when it was well for so long; what flaps is told to fail when it has failed for so long."""

REMINDER = timedelta(days=7)
"""After which it is told again that something is wrong; then after twice as long each time."""

REMEMBERED = 40
"""Breaks of one subject that are known, the latest."""


def judge(was: Standing | None, seen: Sight, now: datetime) -> tuple[Standing | None, tuple[HealthChange, ...]]:
    """How something stands after it was seen so, and what has changed.

    ``was`` is how it stood; ``None`` where it was well and there was nothing to remember, which may come back, too.
    """
    if seen.word in WELL:
        return (None, ()) if was is None else _well(was, seen, now)
    return _unwell(was or Standing(kind=seen.kind, subject=seen.subject), seen, now)


def _well(was: Standing, seen: Sight, now: datetime) -> tuple[Standing | None, tuple[HealthChange, ...]]:
    since = min(was.well_since or seen.at, seen.at)
    over = was.raised is not None and _is_over(was.raised, seen, since)
    stands = replace(_forgetting(was, seen.at), word=OK, since=None, well_since=since)
    if over:
        stands = replace(stands, raised=None, raised_at=None, raised_since=None, told_at=None)
    remembered = stands if stands.raised is not None or stands.breaks or stands.raises else None
    telling: Telling | None = "over" if over and was.raised not in UNSAID else None
    changed = was.word not in WELL and was.raised != FLAPPING
    if telling is None and not changed:
        return remembered, ()
    before = was.word if changed else FLAPPING if was.raised == FLAPPING else OK
    about = was.raised if over and was.raised is not None else was.word
    began = was.raised_since or was.raised_at if over else was.since
    return remembered, (_change(seen, now, (before, OK), about, began, telling),)


def _is_over(raised: str, seen: Sight, since: datetime) -> bool:
    """Whether it has been well for long enough; what was known to stay does not come back by itself."""
    if raised == FLAPPING:
        return seen.at - since >= STEADY
    return raised not in PATIENCE or seen.at - since >= CALM.get(seen.kind, timedelta(0))


def _unwell(was: Standing, seen: Sight, now: datetime) -> tuple[Standing, tuple[HealthChange, ...]]:
    broke = was.word in WELL
    kept = _forgetting(was, seen.at)
    stands = replace(
        kept,
        word=seen.word,
        since=min(was.since or seen.at, seen.at),
        well_since=None,
        breaks=(*kept.breaks, seen.at)[-REMEMBERED:] if broke else kept.breaks,
    )
    telling = _telling(stands, seen, now)
    if telling is not None:
        word, alert = telling
        stands = _told(stands, word, alert, seen, now)
    else:
        word, alert = seen.word, None
    silent = was.raised == FLAPPING and alert is None
    changed = was.word != seen.word and not silent
    if alert == "flapping":
        broken = len(stands.breaks) >= UNSTEADY
        times, within = (stands.breaks, OFTEN_WITHIN) if broken else (stands.raises, ALERTS_WITHIN)
        did = "It broke" if broken else "It failed for long"
        text = f"{did} {len(times)} times in {within.days} days; the last time: {seen.text or seen.word}"
        seen = replace(seen, text=text)
        return stands, (_change(seen, now, (seen.word, FLAPPING), FLAPPING, min(times), alert),)
    if alert is None and not changed:
        return stands, ()
    before = was.word if changed else seen.word
    return stands, (_change(seen, now, (before, seen.word), word, _began(stands, seen), alert),)


def _telling(stands: Standing, seen: Sight, now: datetime) -> tuple[str, Telling] | None:
    """What is told of it now, and by which word."""
    after = PATIENCE.get(seen.word, After())
    lasted = seen.at - (stands.since or seen.at)
    lasts = lasted >= after.lasted and seen.looks >= after.looks
    raised = stands.raised
    if raised is None and lasts:
        often = len(stands.raises) >= ALERTS - 1 or len(stands.breaks) >= UNSTEADY
        again = often and seen.word in PATIENCE
        return (FLAPPING, "flapping") if again else (seen.word, "raised")
    if raised == FLAPPING and lasts and (seen.word not in PATIENCE or lasted >= STEADY):
        return seen.word, "raised"
    if raised not in (None, FLAPPING) and lasts and _weight(seen.word) > _weight(raised):
        return seen.word, "raised"
    if raised in (None, *PATIENCE) and len(stands.breaks) >= OFTEN:
        return FLAPPING, "flapping"
    if raised is None or stands.told_at is None or stands.raised_at is None:
        return None
    return (raised, "again") if now - stands.told_at >= max(REMINDER, stands.told_at - stands.raised_at) else None


def _began(stands: Standing, seen: Sight) -> datetime | None:
    """Since when it is so: what was wrong before it was watched, or shows only after days, began before it was seen."""
    return min(filter(None, (stands.since, seen.since)), default=None)


def _told(stands: Standing, word: str, alert: Telling, seen: Sight, now: datetime) -> Standing:
    if alert == "again":
        return replace(stands, told_at=now)
    raises = (*stands.raises, now)[-REMEMBERED:]
    since = min(stands.breaks, default=seen.at) if alert == "flapping" else _began(stands, seen)
    return replace(stands, raised=word, raised_at=now, raised_since=since, told_at=now, raises=raises)


def _forgetting(was: Standing, now: datetime) -> Standing:
    """Without what is too long ago to be called often."""
    breaks = tuple(each for each in was.breaks if each > now - OFTEN_WITHIN)
    return replace(was, breaks=breaks, raises=tuple(each for each in was.raises if each > now - ALERTS_WITHIN))


def _weight(word: str) -> int:
    return SERIOUS.index(word) if word in SERIOUS else 0


def _change(
    seen: Sight, now: datetime, states: tuple[str, str], about: str, since: datetime | None, alert: Telling | None
) -> HealthChange:
    return HealthChange(
        at=now,
        kind=seen.kind,
        subject=seen.subject,
        before=states[0],
        after=states[1],
        about=about,
        alert=alert,
        since=since,
        text=seen.text,
        advice=seen.advice,
        url=seen.url,
        last_success=seen.last_success,
        next_try=seen.next_try,
    )
