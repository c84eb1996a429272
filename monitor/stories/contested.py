"""Contested figures: what each speaker says of one thing, and for which side. Pure.

`killed: Ukraine 3,000 (Zelensky) · South Korea 2,000 · Russia denies`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.text.counts import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.stories.state import ReportedFigure

_APART = 0.05  # share by which values differ before they are another claim, not a rounded one
_COUNTLESS = frozenset({"ordinal", "minutes", "percent"})  # units that nobody contests


@dataclass(frozen=True, slots=True)
class Position:
    """What one speaker says: from `low` to `high`; `side` is the country spoken for, "" unknown."""

    speaker: str
    side: str
    low: float
    high: float

    @property
    def range(self) -> str:
        """The range in words: `3,000` or `2,000 to 3,000`."""
        low, high = number(self.low), number(self.high)
        return low if low == high else f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class ContestedFigure:
    """A thing counted, what each speaker says of it (the largest first), and which sides deny."""

    kind: str
    positions: tuple[Position, ...]
    denied_by: tuple[str, ...] = ()


def contested(
    figures: Iterable[ReportedFigure], sides: Mapping[str, str], denied_by: Sequence[str] = ()
) -> tuple[ContestedFigure, ...]:
    """Return the figures of a story on which speakers differ, or which a side denies.

    `sides` has the country that a speaker speaks for, by the speaker's name. A figure without a
    speaker is its publisher's.
    """
    kinds: defaultdict[str, defaultdict[str, list[ReportedFigure]]]
    kinds = defaultdict(lambda: defaultdict(list))
    for figure in figures:
        if figure.unit not in _COUNTLESS:
            speaker = figure.said_by or figure.publisher
            kinds[figure.label or figure.unit][speaker].append(figure)
    found = [_contested(kind, speakers, sides, denied_by) for kind, speakers in kinds.items()]
    return tuple(each for each in found if each.denied_by or _differ(each.positions))


def _contested(
    kind: str,
    speakers: Mapping[str, Sequence[ReportedFigure]],
    sides: Mapping[str, str],
    denied_by: Sequence[str],
) -> ContestedFigure:
    positions = []
    for speaker, told in speakers.items():
        values = [figure.value for figure in told]
        positions.append(Position(speaker, sides.get(speaker, ""), min(values), max(values)))
    positions.sort(key=lambda position: (-position.high, position.speaker))
    claimed = {position.side for position in positions}
    return ContestedFigure(kind, tuple(positions), tuple(s for s in denied_by if s not in claimed))


def _differ(positions: Sequence[Position]) -> bool:
    """Whether any two speakers' ranges lie apart."""
    lows = [position.low for position in positions]
    highs = [position.high for position in positions]
    return len(positions) > 1 and max(lows) > (1 + _APART) * min(highs)
