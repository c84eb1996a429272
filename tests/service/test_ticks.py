"""Ticks by the loop's time: what a jump of the wall clock does not change."""

from __future__ import annotations

from datetime import timedelta

from conftest import NOW

from monitor.service.ticks import Every

TWELVE_YEARS = timedelta(days=12 * 365)


def test_a_tick_fires_at_once_and_then_each_interval() -> None:
    every = Every(5)
    assert every.get_next_fire_time(None, NOW) == NOW
    late = NOW + timedelta(seconds=1)
    assert every.get_next_fire_time(NOW, late) == NOW + timedelta(seconds=5)


def test_a_tick_that_is_twelve_years_late_fires_once() -> None:
    now = NOW + TWELVE_YEARS
    assert Every(0.5).get_next_fire_time(NOW, now) == now + timedelta(seconds=0.5)
