"""Counts in words and as bars."""

from __future__ import annotations

from monitor.text.counts import counted, sparkline


def test_a_count_stands_with_its_noun_in_singular_or_plural() -> None:
    assert counted(1, "feed") == "1 feed"
    assert counted(0, "feed") == "0 feeds"
    assert counted(2, "miss") == "2 misses"
    assert counted(1_200, "entry") == "1,200 entries"


def test_a_sparkline_has_a_bar_for_each_count_and_a_dot_for_none() -> None:
    assert sparkline([0, 1, 50, 100]) == "·▁▄█"
    assert sparkline([0, 0]) == "··"
    assert sparkline([1, 1]) == "██"
    assert sparkline([]) == ""


def test_the_largest_count_has_the_highest_bar() -> None:
    assert sparkline((0, 2, 4, 7, 14)) == "·▂▃▄█"
