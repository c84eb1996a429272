"""The history of a subject: its volume, its longest silence and its peaks. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DAY = 86_400.0
_MOST_BARS = 92  # days that are counted one by one; a longer time is counted in weeks
_WEEK = 7  # days
_MOST_PEAKS = 5
_APART = 3  # days between two peaks: what follows a higher peak is its end
_LEAST = 3  # reports of a peak
_ABOVE = 2.0  # times the median of the days with reports


class StoryReport(NamedTuple):
    """A report of a story, seen at `at` (seconds since 1970)."""

    at: float
    story: int


@dataclass(frozen=True, slots=True)
class Step:
    """The reports of the `days` from `day` (UTC) on, and of how many stories they are."""

    day: date
    days: int
    reports: int
    stories: int


@dataclass(frozen=True, slots=True)
class Peak:
    """A day (UTC) with unusually many reports; `story` is the one with most of them."""

    day: date
    reports: int
    stories: int
    story: int


@dataclass(frozen=True, slots=True)
class LongestSilence:
    """The longest time between two reports; a silence that lasts ends `now`."""

    since: datetime
    until: datetime
    lasts: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was reported of a subject from `since` to before `until`.

    `first_at` is the first report of all, also one before `since`; `last_at` is the last one before
    `until`. Both are None where there is none.
    """

    since: datetime
    until: datetime
    reports: int
    stories: int
    first_at: datetime | None
    last_at: datetime | None
    silence: LongestSilence | None
    steps: tuple[Step, ...]
    peaks: tuple[Peak, ...]


def timeline(found: Iterable[StoryReport], since: datetime, until: datetime) -> Timeline:
    """Return the history of a subject; `found` are its reports, also those before `since`."""
    begin, end = since.timestamp(), until.timestamp()
    earlier = sorted(each for each in found if each.at < end)
    inside = [each for each in earlier if each.at >= begin]
    return Timeline(
        since,
        until,
        len(inside),
        len({each.story for each in inside}),
        _moment(earlier[0].at) if earlier else None,
        _moment(earlier[-1].at) if earlier else None,
        _longest_silence([each.at for each in inside], end),
        _steps(inside, since, until),
        _peaks(inside),
    )


def _longest_silence(times: Sequence[float], end: float) -> LongestSilence | None:
    if not times:
        return None
    gaps = list(pairwise([*times, end]))
    since, until = max(gaps, key=lambda gap: gap[1] - gap[0])
    return LongestSilence(_moment(since), _moment(until), lasts=until == end)


def _steps(found: Sequence[StoryReport], since: datetime, until: datetime) -> tuple[Step, ...]:
    first = int(since.timestamp() // _DAY)
    count = max(int(-(-until.timestamp() // _DAY)) - first, 1)  # days, begun ones too
    days = 1 if count <= _MOST_BARS else _WEEK
    grouped = _grouped(found, first, days)
    return tuple(
        Step(
            _day(first + place * days),
            days,
            len(grouped.get(place, ())),
            len(set(grouped.get(place, ()))),
        )
        for place in range(-(-count // days))
    )


def _grouped(found: Sequence[StoryReport], first: int, days: int) -> dict[int, list[int]]:
    """Return the stories of reports by step, each as often as it has reports."""
    groups: dict[int, list[int]] = {}
    for each in found:
        place = (int(each.at // _DAY) - first) // days
        groups.setdefault(place, []).append(each.story)
    return groups


def _peaks(found: Sequence[StoryReport]) -> tuple[Peak, ...]:
    """Return the days with the most reports, the highest first, none beside a higher one."""
    days = _grouped(found, 0, 1)
    counts = [len(stories) for stories in days.values()]
    least = max(_LEAST, _ABOVE * median(counts)) if counts else _LEAST
    chosen: list[int] = []
    for day in sorted(days, key=lambda day: (-len(days[day]), day)):
        if len(days[day]) < least or len(chosen) == _MOST_PEAKS:
            break
        if all(abs(day - other) > _APART for other in chosen):
            chosen.append(day)
    return tuple(_peak(day, days[day]) for day in chosen)


def _peak(day: int, stories: Sequence[int]) -> Peak:
    counts = Counter(stories)
    most = max(counts, key=lambda story: (counts[story], -story))
    return Peak(_day(day), len(stories), len(counts), most)


def _day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
