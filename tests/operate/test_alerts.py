"""When the operator is told, and when not: what a person would want, by plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aggregator.model import HealthChange, Sight, Standing
from aggregator.operate.alerts import ALERTS, OFTEN, REMINDER, STEADY, UNSTEADY, judge

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Seen:
    """One source, seen again and again; what was told of it."""

    def __init__(self) -> None:
        self.standing: Standing | None = None
        self.changes: list[HealthChange] = []
        self.looks = 0

    def at(self, hours: float, word: str = "ok", *, kind: str = "source", now: float | None = None) -> None:
        """A look so many hours after the start, judged at once or later."""
        self.looks = 0 if word == "ok" else self.looks + 1
        moment = START + hours * HOUR
        seen = Sight(kind=kind, subject="it", word=word, at=moment, looks=self.looks, text="why")  # type: ignore[arg-type]  # a word
        self.standing, new = judge(self.standing, seen, START + (hours if now is None else now) * HOUR)
        self.changes += new

    @property
    def alerts(self) -> list[tuple[str | None, str]]:
        return [(each.alert, each.about) for each in self.changes if each.alert is not None]

    @property
    def states(self) -> list[tuple[str, str]]:
        return [(each.before, each.after) for each in self.changes if each.before != each.after]


def test_trouble_that_lasts_is_told_once_and_that_it_is_over_once() -> None:
    source = Seen()
    for hour in (0, 1, 3, 7, 15, 31):
        source.at(hour, "failing")
    source.at(55)
    assert source.alerts == [("raised", "failing")]
    source.at(60)
    assert source.alerts == [("raised", "failing")]
    source.at(61)
    assert source.alerts == [("raised", "failing"), ("over", "failing")]
    assert source.changes[-1].since == START  # as it was told, not when


def test_what_began_before_it_was_watched_is_told_with_its_beginning() -> None:
    long_ago = START - 9 * 24 * HOUR
    seen = Sight(kind="source", subject="it", word="missing", at=START, since=long_ago, looks=12)
    standing, [told] = judge(None, seen, START)
    assert (told.alert, told.since) == ("raised", long_ago)
    _, [over] = judge(standing, Sight(kind="source", subject="it", at=START + HOUR), START + HOUR)
    assert (over.alert, over.since) == ("over", long_ago)


def test_short_trouble_is_written_down_and_not_told() -> None:
    source = Seen()
    for hour in (0, 1, 3):
        source.at(hour, "failing")
    source.at(7)
    source.at(8)
    assert source.alerts == []
    assert source.states == [("ok", "failing"), ("failing", "ok")]


def test_two_looks_prove_nothing_however_long_they_are_apart() -> None:
    source = Seen()
    source.at(0, "failing")
    source.at(72, "failing")
    assert source.alerts == []
    source.at(96, "failing")
    assert source.alerts == [("raised", "failing")]


def test_time_between_looks_proves_nothing() -> None:
    source = Seen()
    for hour in (0, 1, 3):
        source.at(hour, "failing", now=500)
    assert source.alerts == []


def test_what_is_known_to_stay_is_told_at_once() -> None:
    for word in ("gone", "quarantined", "content-replaced", "missing", "moved", "stale"):
        source = Seen()
        source.at(0, word)
        assert source.alerts == [("raised", word)]
        assert source.states == [("ok", word)]


def test_one_good_look_ends_nothing() -> None:
    source = Seen()
    for hour in (0, 1, 3, 7):
        source.at(hour, "failing")
    source.at(15)
    source.at(15.5, "failing")
    source.at(16)
    assert source.alerts == [("raised", "failing")]
    source.at(22)
    assert source.alerts[1:] == [("over", "failing")]


def test_what_gets_worse_is_told_and_what_gets_better_in_part_is_not() -> None:
    source = Seen()
    for hour in (0, 1, 3, 7):
        source.at(hour, "failing")
    source.at(200, "missing")
    source.at(224, "failing")
    source.at(248, "gone")
    assert source.alerts == [("raised", "failing"), ("raised", "missing"), ("raised", "gone")]
    source.at(300)
    assert source.alerts[3:] == [("over", "gone")]


def test_a_server_that_asks_for_pauses_is_left_alone_for_days() -> None:
    source = Seen()
    for hour in range(0, 71, 7):
        source.at(hour, "rate-limited")
    assert source.alerts == []
    source.at(73, "rate-limited")
    assert source.alerts == [("raised", "rate-limited")]


def test_what_comes_and_goes_is_told_once_and_then_silent() -> None:
    source = Seen()
    for break_ in range(40):
        source.at(2 * break_, "failing")
        source.at(2 * break_ + 1)
    assert source.alerts == [("flapping", "flapping")]
    assert len(source.states) == 2 * OFTEN - 1  # the last of them says that it flaps; then nothing is written down
    assert source.states[-1] == ("failing", "flapping")
    last = 2 * 39 + 1
    source.at(last + STEADY / HOUR - 1)
    assert len(source.alerts) == 1
    source.at(last + STEADY / HOUR)
    assert source.alerts[1:] == [("over", "flapping")]
    assert source.states[-1] == ("flapping", "ok")


def test_nightly_maintenance_is_not_flapping() -> None:
    source = Seen()
    for hour in range(24 * 60):
        source.at(hour, "failing" if hour % 24 in (2, 3) else "ok")
    assert source.alerts == []


def test_what_fails_for_hours_each_day_is_told_twice_and_then_called_flapping() -> None:
    source = Seen()
    for hour in range(24 * 8):
        source.at(hour, "failing" if hour % 24 < 8 else "ok")
    told = [("raised", "failing"), ("over", "failing")] * (ALERTS - 1)
    assert source.alerts == [*told, ("flapping", "flapping")]
    [flapping] = [each for each in source.changes if each.alert == "flapping"]
    assert flapping.text == f"It failed for long {ALERTS} times in 7 days; the last time: why"
    assert flapping.since == START + 6 * HOUR


def test_a_server_that_looks_hit_down_each_time_is_not_called_failing_twice() -> None:
    source = Seen()
    for began in (0, 12, 24, 36):  # up for four hours, down for eight, or down and up and down
        for hour in (0, 1, 3, 7):
            source.at(began + hour, "failing")
        source.at(began + 8)
        source.at(began + 11)
    assert source.alerts == [("raised", "failing")]
    source.at(48)
    source.at(53)
    assert source.alerts == [("raised", "failing"), ("over", "failing")]


def test_what_broke_often_and_then_for_long_is_called_flapping_at_once() -> None:
    source = Seen()
    for break_ in range(UNSTEADY - 1):
        source.at(4 * break_, "failing")
        source.at(4 * break_ + 1)
    for hour in (0, 1, 3, 7):
        source.at(16 + hour, "failing")
    assert source.alerts == [("flapping", "flapping")]
    assert (source.changes[-1].text, source.changes[-1].since) == (
        f"It broke {UNSTEADY} times in 3 days; the last time: why",
        START,
    )
    source.at(16 + STEADY / HOUR, "failing")
    assert source.alerts[1:] == [("raised", "failing")]


def test_what_flapped_and_then_died_is_told() -> None:
    source = Seen()
    for break_ in range(OFTEN):
        source.at(2 * break_, "failing")
        source.at(2 * break_ + 1)
    source.at(24, "failing")
    for day in range(1, 5):
        source.at(24 + 24 * day, "failing")
    assert source.alerts == [("flapping", "flapping"), ("raised", "failing")]


def test_what_flaps_and_is_gone_is_told_at_once() -> None:
    source = Seen()
    for break_ in range(OFTEN):
        source.at(2 * break_, "failing")
        source.at(2 * break_ + 1)
    source.at(30, "gone")
    assert source.alerts[1:] == [("raised", "gone")]


def test_what_stays_wrong_is_told_again_after_a_week_then_two_then_four() -> None:
    source = Seen()
    for day in range(40):
        source.at(24 * day, "gone")
    assert [(each.alert, each.at - START) for each in source.changes] == [
        ("raised", timedelta(0)),
        ("again", REMINDER),
        ("again", 2 * REMINDER),
        ("again", 4 * REMINDER),
    ]


def test_this_machine_is_told_of_after_minutes() -> None:
    machine = Seen()
    for minute in range(4):
        machine.at(minute / 60, "network-down", kind="machine")
    assert machine.alerts == []
    machine.at(5 / 60, "network-down", kind="machine")
    machine.at(6 / 60, kind="machine")
    assert machine.alerts == [("raised", "network-down")]
    machine.at(11 / 60, kind="machine")
    assert machine.alerts[1:] == [("over", "network-down")]


def test_an_output_that_is_held_is_told_at_once_and_over_at_once() -> None:
    output = Seen()
    output.at(0, "held", kind="output")
    output.at(0.1, kind="output")
    assert output.alerts == [("raised", "held"), ("over", "held")]
    assert output.standing is not None  # that it was told lately
    output.at(24 * 8, kind="output")
    assert output.standing is None


def test_what_the_operator_has_seen_to_is_over_without_a_word() -> None:
    source = Seen()
    source.at(0, "moved")
    source.at(1)
    assert source.alerts == [("raised", "moved")]
    assert source.states == [("ok", "moved"), ("moved", "ok")]


def test_of_what_was_always_well_nothing_is_remembered() -> None:
    source = Seen()
    source.at(0, "new")
    source.at(1)
    assert source.standing is None
    assert source.changes == []


def test_of_what_was_well_for_long_nothing_is_remembered() -> None:
    source = Seen()
    source.at(0, "failing")
    source.at(1)
    assert source.standing is not None
    source.at(24 * 4)
    assert source.standing is None


def test_a_look_that_is_seen_twice_changes_nothing() -> None:
    source = Seen()
    for hour in (0, 1, 3, 7):
        source.at(hour, "failing")
    before = source.standing, list(source.changes)
    source.looks -= 1
    source.at(7, "failing")
    assert (source.standing, source.changes) == before
