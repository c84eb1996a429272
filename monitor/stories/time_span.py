"""When an article, or the articles of a story, appeared, and the days that they name. Pure.

A report of Thursday on “the drones that struck on Sunday” belongs to Sunday: its distance from a
story is that of the day it names. Such a report looks back, and the story does not go on with it:
else the next strike, a day after the report, would seem to be a part of the story.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.stories.features import DAY
from monitor.text import durations

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LOOKS_BACK = timedelta(hours=12)  # from a story's last article on; less is the same day's news


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """When an article, or a story's articles, were published; one moment where that is known."""

    first: datetime
    last: datetime

    def days_from(self, other: TimeSpan) -> float:
        """Return the days between two spans, 0 where they overlap."""
        gap = max(self.first - other.last, other.first - self.last, timedelta())
        return gap.total_seconds() / durations.DAY

    def joined(self, other: TimeSpan) -> TimeSpan:
        """Return the span of both; an `other` longer than a day (a month, a year) adds nothing."""
        if other.last - other.first > timedelta(days=1):
            return self
        return TimeSpan(min(self.first, other.first), max(self.last, other.last))

    @property
    def width(self) -> float:
        """Length in days."""
        return (self.last - self.first).total_seconds() / durations.DAY

    def days_from_named(self, days: Sequence[date]) -> float:
        """Return the days from the span to the nearest of the days named; infinite for none."""
        first, last = self.first.date(), self.last.date()
        gaps = (max(first - day, day - last, timedelta()).days for day in days)
        return min(gaps, default=float("inf"))

    def told_later(self, report: TimeSpan, days: Sequence[date]) -> bool:
        """Whether a later `report` looks back at this span, by a day that it names."""
        is_later = report.first - self.last > _LOOKS_BACK
        return is_later and self.days_from_named(days) == 0


def named_days(features: Iterable[str]) -> list[date]:
    """Return the days among features."""
    days = (name[len(DAY) + 1 :] for name in features if name.startswith(f"{DAY}:"))
    return [date.fromisoformat(day) for day in days]
