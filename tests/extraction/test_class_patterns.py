"""Patterns over classes of words find every match, also those that overlap."""

from __future__ import annotations

from monitor.extraction.class_patterns import ClassPatterns

PATTERNS = ClassPatterns({"unit": "N[og]{0,4}[PT]", "name": "l?[Nw]{1,3}v"})


def test_all_matches_are_found() -> None:
    assert PATTERNS.all(list("NwNv")) == [("name", 0, 4), ("name", 1, 4), ("name", 2, 4)]


def test_a_gap_is_no_longer_than_its_pattern_says() -> None:
    assert PATTERNS.all(list("NooooP")) == [("unit", 0, 6)]
    assert PATTERNS.all(list("NoooooP")) == []


def test_of_matches_that_overlap_the_longest_is_kept() -> None:
    assert PATTERNS.longest(list("lNwvNv")) == [("name", 0, 4), ("name", 4, 6)]
