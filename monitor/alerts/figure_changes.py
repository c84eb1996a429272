"""Whether a figure is news to a story, and how to say so. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.model import Approx

_EXACT = 100  # smaller counts are not rounded: a third victim is news
_DIGITS = 2  # which a rounded count keeps
_MEASURED = frozenset({"km", "minutes", "usd", "percent"})
_MEASURE = 0.03  # by which measures may differ: miles are converted
_ABOUT = 0.1  # by which “about 8,000” may differ
_ABOVE = 0.2  # how far “more than 8,000” and “up to 8,000” may be from what is meant
_WORDS = {"": "", "about": "about ", "least": "over ", "most": "up to "}
_LARGE = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


class Amount(Protocol):
    """What is compared: a figure of an article, or one that a story was told."""

    @property
    def value(self) -> float:
        """How many."""

    @property
    def unit(self) -> str:
        """Of what."""

    @property
    def approx(self) -> Approx:
        """How it is meant."""

    @property
    def said_by(self) -> str:
        """Who says so, "" for nobody."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is new about a figure, and a line that tells it.

    `first`: the first of its unit. `raised`: more than all before. `lowered`: less than the most,
    and like none before; seldom a correction, often a part of the whole (500 officers among 8,000
    troops). `also`: the same, said by somebody else.
    """

    kind: Literal["first", "raised", "lowered", "also"]
    line: str


def changed(before: Iterable[Amount], new: Amount) -> Change | None:
    """Return what is new about a figure, None where it repeats one before (oldest first).

    Rounding and approximation are no change: “about 8,000”, “8,000” and 7,950 are the same, and so
    are “more than 8,000” and 8,400.
    """
    told = [each for each in before if each.unit == new.unit]
    if not told:
        return Change("first", line(new))
    same = [each for each in told if is_same(each, new)]
    if not same:
        rose = new.value > max(each.value for each in told)
        last = next((each for each in reversed(told) if _is_speaker(each, new)), told[-1])
        return Change("raised" if rose else "lowered", line(new, last))
    if any(_is_speaker(each, new) for each in same):
        return None
    return Change("also", f"{line(same[-1])}, also {new.said_by}")


def is_same(a: Amount, b: Amount) -> bool:
    """Whether two figures of one unit may mean the same number."""
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
    """Return by how much a count of that size may have been rounded."""
    return 0.0 if value < _EXACT else 10.0 ** (floor(log10(value)) + 1 - _DIGITS) / 2


def _is_speaker(a: Amount, b: Amount) -> bool:
    """Whether one may speak for both: the same name, a part of it, or none."""
    first, second = a.said_by.casefold(), b.said_by.casefold()
    return first in second or second in first


def line(new: Amount, before: Amount | None = None) -> str:
    """Return a figure for people: `troops: 8,000 → about 11,000 (Blinken)`."""
    was = f"{_number(before)} → " if before else ""
    said = f" ({new.said_by})" if new.said_by else ""
    return f"{new.unit}: {was}{_number(new)}{said}"


def _number(amount: Amount) -> str:
    for size, name in _LARGE:
        if amount.value >= size:
            return f"{_WORDS[amount.approx]}{_plain(amount.value / size)} {name}"
    return _WORDS[amount.approx] + _plain(amount.value)


def _plain(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0")
