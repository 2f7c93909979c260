"""The clock counts only the time in which an adapter could have been at work."""

from __future__ import annotations

from conformance.clock import Clock


class Time:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_counts_while_it_runs() -> None:
    time = Time()
    clock = Clock(time)
    time.now += 7
    clock.go()
    time.now += 2
    assert clock.read() == 2
    clock.stop()
    time.now += 100
    clock.go()
    time.now += 3
    assert clock.read() == 5


def test_a_lap_begins_again() -> None:
    time = Time()
    clock = Clock(time)
    clock.go()
    time.now += 2
    assert clock.lap() == 2
    assert clock.read() == 0
    time.now += 3
    assert clock.lap() == 3


def test_what_is_spared_does_not_count() -> None:
    time = Time()
    clock = Clock(time)
    clock.go()
    time.now += 10
    clock.spare(8)
    assert clock.read() == 2


def test_a_restart_forgets_also_the_standstill() -> None:
    time = Time()
    clock = Clock(time)
    clock.go()
    time.now += 4
    clock.stop()
    time.now += 5
    clock.restart()
    time.now += 6
    clock.go()
    assert clock.read() == 0
