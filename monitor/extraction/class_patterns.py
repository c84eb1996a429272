"""Patterns over classes of words: a class is a letter, a pattern a regular expression.

All matches are found, also those that overlap, as spaCy's Matcher does; that would take 46 MB.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LONGEST = 25  # classes of a match; the longest pattern of this program takes 17


class ClassMatch(NamedTuple):
    """A match: the name of its pattern, its first class and its end."""

    name: str
    start: int
    end: int


class ClassPatterns:
    """Named patterns; a class is one letter, so a sentence of n words has n letters."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._patterns = {name: re.compile(pattern) for name, pattern in patterns.items()}

    def all(self, classes: Sequence[str]) -> list[ClassMatch]:
        """Return all matches, pattern by pattern in the order of their starts."""
        sentence = "".join(classes)
        return [
            ClassMatch(name, start, end)
            for name, pattern in self._patterns.items()
            for start, end in _matches(pattern, sentence)
        ]

    def longest(self, classes: Sequence[str]) -> list[ClassMatch]:
        """Return of each pattern the longest matches that do not overlap, the longest first."""
        taken: set[tuple[str, int]] = set()
        kept = []
        for match in sorted(self.all(classes), key=lambda each: each.start - each.end):
            places = {(match.name, at) for at in range(match.start, match.end)}
            if taken.isdisjoint(places):
                kept.append(match)
                taken |= places
        return kept


def _matches(pattern: re.Pattern[str], sentence: str) -> Iterator[tuple[int, int]]:
    start = 0
    while found := pattern.search(sentence, start):
        start = found.start()
        for end in range(start + 1, min(len(sentence), start + _LONGEST) + 1):
            if pattern.fullmatch(sentence, start, end):
                yield start, end
        start += 1
