"""Whether a figure is new to its story, and the line that says so. Pure.

Only figures of one kind are compared: hostages freed with hostages freed. They are the same where
rounding, conversion or words such as “about” explain the difference: `is_same`. Other figures are
a `Change`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.model import Approx

_EXACT = 100  # smaller counts are not rounded: a third victim is news
_DIGITS = 2  # significant digits of a rounded count
_MEASURED = frozenset({"km", "minutes", "usd", "percent"})
# Largest difference of figures that are the same, as a share of the larger one.
_MEASURE = 0.03  # of measures: miles are converted
_ABOUT = 0.1  # from “about 8,000”
_ABOVE = 0.2  # from “more than 8,000” and “up to 8,000”
_WORDS = {"": "", "about": "about ", "least": "over ", "most": "up to "}
_ARROW = " → "
_LARGE = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


class Amount(Protocol):
    """A figure that can be compared: `Figure` of an article, `ReportedFigure` of a story."""

    @property
    def value(self) -> float:
        """The number."""

    @property
    def unit(self) -> str:
        """One of `UNITS`."""

    @property
    def label(self) -> str:
        """The noun and the act where they say more than the unit, else ""."""

    @property
    def approx(self) -> Approx:
        """Whether the number is exact, roughly right, a minimum or a maximum."""

    @property
    def said_by(self) -> str:
        """The source that the text names, "" for none."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that is new to its story, with the line for people.

    `first`: the story's first figure of the kind. `raised`: larger than all before. `lowered`:
    smaller than the largest, and the same as none before; seldom a correction, often a part of the
    whole (500 officers among 8,000 troops). `also`: the same as one before, from another source.
    """

    kind: Literal["first", "raised", "lowered", "also"]
    line: str


def kind_of(amount: Amount) -> str:
    """Return what a figure counts, in words: `drones shot down`; the unit where that is all."""
    return amount.label or amount.unit


def changed(before: Iterable[Amount], new: Amount) -> Change | None:
    """Return how a figure differs from those `before` (oldest first), None for a repetition.

    Rounding and approximation are no change: “about 8,000”, “8,000” and 7,950 are the same, and so
    are “more than 8,000” and 8,400.
    """
    same_kind = [each for each in before if kind_of(each) == kind_of(new)]
    if not same_kind:
        return Change("first", line(new))

    same = [each for each in same_kind if is_same(each, new)]
    if not same:
        rose = new.value > max(each.value for each in same_kind)
        of_source = [each for each in same_kind if _is_same_source(each, new)]
        last = (of_source or same_kind)[-1]
        return Change("raised" if rose else "lowered", line(new, last))
    if any(_is_same_source(each, new) for each in same):
        return None
    return Change("also", f"{line(same[-1])}, also {new.said_by}")


def is_same(a: Amount, b: Amount) -> bool:
    """Whether two figures of one kind may mean the same number."""
    low, high = sorted((a, b), key=lambda each: each.value)
    apart = high.value - low.value
    if a.unit == "ordinal":
        return not apart
    if low.approx == "least" or high.approx == "most":
        return apart <= _ABOVE * high.value
    if "about" in {a.approx, b.approx}:
        return apart <= _ABOUT * high.value
    if a.unit in _MEASURED:
        return apart <= _MEASURE * high.value
    return apart <= _rounding(high.value)


def _rounding(value: float) -> float:
    """Return the largest difference that rounding a count to two digits makes, 0 below 100."""
    if value < _EXACT:
        return 0.0
    digits = floor(log10(value)) + 1
    return 10.0 ** (digits - _DIGITS) / 2


def _is_same_source(a: Amount, b: Amount) -> bool:
    """Whether one source may have said both: the same name, a part of it, or no name."""
    first, second = a.said_by.casefold(), b.said_by.casefold()
    return first in second or second in first


def line(new: Amount, before: Amount | None = None) -> str:
    """Return a figure, after the one `before`: `troops: 8,000 → about 11,000 (Blinken)`."""
    was = f"{in_words(before)}{_ARROW}" if before else ""
    said = f" ({new.said_by})" if new.said_by else ""
    return f"{kind_of(new)}: {was}{in_words(new)}{said}"


def joined(lines: Iterable[str]) -> tuple[str, ...]:
    """Return lines of one message, each once; of several changes of one figure the whole way.

    `troops: 8,000 → 9,000` and `troops: 9,000 → 20,000` are `troops: 8,000 → 20,000`.
    """
    found: dict[str, str] = {}
    for each in lines:
        kind, colon, amounts = each.partition(": ")
        is_change = bool(colon) and _ARROW in amounts
        first = found.get(kind, "").partition(_ARROW)[0]
        begun = is_change and first.startswith(kind + colon)
        found[kind if is_change else each] = (
            f"{first}{_ARROW}{amounts.rpartition(_ARROW)[2]}" if begun else each
        )
    return tuple(found.values())


def in_words(amount: Amount) -> str:
    """Return a figure without what it counts: `about 11,000`, `over 1.2 million`."""
    for size, name in _LARGE:
        if amount.value >= size:
            return f"{_WORDS[amount.approx]}{_plain(amount.value / size)} {name}"
    return _WORDS[amount.approx] + _plain(amount.value)


def _plain(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")
