"""Places of an article that are near another place, without comparing each with each.

Places are sorted by where they begin. Only those that begin in the stretch of tokens which a
distance reaches are compared, and the search ends at the nearest: a text of 300 places on both
sides costs a few comparisons a place, not 300.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from monitor.matching.language.expression import SENTENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.matching.tokenized import Span, TokenizedArticle


def is_near(place: Span, other: Span, words: int, tokenized: TokenizedArticle) -> bool:
    """Whether two places have at most `words` words between them, or (SENTENCE) one sentence."""
    if words == SENTENCE:
        return tokenized.together(place, other)
    apart = tokenized.apart(place, other)
    return apart is not None and apart <= words


class Neighbours:
    """The places of one side of a distance of `words` words, or of a SENTENCE."""

    def __init__(self, places: Iterable[Span], words: int, tokenized: TokenizedArticle) -> None:
        given = tuple(places)
        self._places = sorted(given, key=_begin)  # stable: of equal beginnings the first given
        last_first = given[::-1]
        self._reversed = sorted(last_first, key=_begin)
        self._begins = list(map(_begin, self._places))
        self._longest = max((place.end - place.start for place in given), default=0)
        self._words = words
        self._tokenized = tokenized

    def nearest(self, place: Span) -> Span | None:
        """Return the near place whose beginning is nearest to that of `place`, but `place` itself.

        Of two as far away the one before; of equal beginnings the one that was given first; None
        where none is near.
        """
        for other in self._candidates(place):
            is_itself = other[:3] == place[:3]  # a word is not near itself
            if not is_itself and is_near(place, other, self._words, self._tokenized):
                return other
        return None

    def has_near(self, place: Span) -> bool:
        """Whether a place is near, `place` itself included."""
        return any(
            is_near(place, other, self._words, self._tokenized) for other in self._candidates(place)
        )

    def _candidates(self, place: Span) -> Iterator[Span]:
        """Yield the places that may be near, those of the same field first."""
        yield from self._outwards(place)
        if over := self._tokenized.reach_over_border(place, self._words):
            field, first, last = over
            low = bisect_left(self._begins, (field, first - self._longest))
            high = bisect_right(self._begins, (field, last))
            nearest_first = self._places[low:high]
            yield from nearest_first if field else nearest_first[::-1]

    def _outwards(self, place: Span) -> Iterator[Span]:
        """Yield the places that may be near, those first that begin nearest to `place`."""
        first, last = self._tokenized.reach(place, self._words)
        low = bisect_left(self._begins, (place.field, first - self._longest))
        high = bisect_right(self._begins, (place.field, last))
        after = bisect_left(self._begins, (place.field, place.start), low, high)
        before = after - 1
        while before >= low or after < high:
            if after >= high or (before >= low and self._is_nearer(before, after, place)):
                yield self._reversed[before]
                before -= 1
            else:
                yield self._places[after]
                after += 1

    def _is_nearer(self, before: int, after: int, place: Span) -> bool:
        begin = place.start
        return begin - self._places[before].start <= self._places[after].start - begin


def _begin(place: Span) -> tuple[int, int]:
    return place.field, place.start
