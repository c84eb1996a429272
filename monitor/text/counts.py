"""Counts for people: in words (`1 feed`, `1,200 entries`), and as a line of bars. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def counted(count: int, noun: str) -> str:
    """Return `1 feed`, `1,200 entries`, `2 misses`, `3 days`."""
    if count == 1:
        return f"1 {noun}"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{count:,} {noun[:-1]}ies"
    return f"{count:,} {noun}{'es' if noun.endswith('s') else 's'}"


def number(value: float) -> str:
    """Return a number with separators: `15,000`, `1.5`."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,g}"


def sparkline(counts: Sequence[int]) -> str:
    """Return one bar a count, the largest count the highest bar; a count of 0 is a dot."""
    largest = max(counts, default=0)
    return "".join(_bar(count, largest) for count in counts)


def _bar(count: int, largest: int) -> str:
    return _BARS[(count * len(_BARS) - 1) // largest] if count else "·"
