"""A clock that nobody sets: rule F37."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.clock import JUMP, Clock, steady

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class Machine:
    """A wall clock that can be set, and a steady one."""

    def __init__(self) -> None:
        self.wall = START
        self.seconds = 77.0

    def passes(self, span: timedelta) -> None:
        self.wall += span
        self.seconds += span.total_seconds()

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.seconds)


@pytest.mark.parametrize("by", [timedelta(days=1), timedelta(days=-1), timedelta(days=-20000), JUMP * 1.01])
def test_time_goes_on_as_it_did_when_the_wall_clock_is_set(by: timedelta) -> None:
    """F37."""
    machine = Machine()
    clock = machine.clock()
    machine.passes(timedelta(hours=1))
    machine.wall += by
    assert clock.now() == START + timedelta(hours=1)
    assert clock.set_by() == by
    clock.follow(by)
    machine.passes(timedelta(hours=1))
    assert clock.now() == machine.wall
    assert clock.began == START + by
    assert clock.set_by() == timedelta(0)


def test_small_corrections_change_nothing() -> None:
    """F37: a poll an hour after the last one is not to come four minutes early."""
    machine = Machine()
    clock = machine.clock()
    machine.wall += JUMP
    assert clock.set_by() == timedelta(0)
    assert clock.now() == START


def test_a_machine_that_slept_has_no_clock_that_was_set() -> None:
    """F38: both clocks have gone on, and what was missed is overdue."""
    machine = Machine()
    clock = machine.clock()
    machine.passes(timedelta(hours=8))
    assert clock.set_by() == timedelta(0)
    assert clock.now() == START + timedelta(hours=8)


def test_the_steady_clock_of_this_machine_never_goes_back() -> None:
    assert steady() <= steady()
