"""Unusual volumes of a topic: far more stories in a day than usual, or the first for weeks. Pure.

The rule for a surge is that of infectious-disease surveillance (Noufaily et al., An improved
algorithm for outbreak detection in multiple surveillance systems, Statistics in Medicine 32, 2013):
counts of a day follow a negative binomial distribution with the mean and the variance of the days
before, and a count is unusual where so many, or more, would hardly come by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, lgamma, log
from typing import TYPE_CHECKING

from monitor.model import Notice
from monitor.text.counts import sparkline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.model import Topic

BASELINE = 28  # days before the last 24 hours
_ENOUGH = 14  # days of a baseline from which on it is used
_LEAST = 5  # stories of a surge, however quiet its topic
_CHANCE = 0.001  # probability of a false surge: for each topic, one day in three years


@dataclass(frozen=True, slots=True)
class Volume:
    """The number of a topic's stories on each day, the last 24 hours at the end.

    `days` begins with the topic's first hit and has at most `BASELINE` + 1 days; `silent_since` is
    the time of the last hit before the last 24 hours, None for none.
    """

    days: tuple[int, ...]
    silent_since: datetime | None


def chance(count: int, before: Sequence[int]) -> float:
    """Return the probability of `count` stories or more on a day like those `before`.

    Half a story is added to the days before (Jeffreys' prior for a rate), so that a topic without
    any story can surge too.
    """
    mean = (sum(before) + 0.5) / len(before)
    variance = sum((each - mean) ** 2 for each in before) / max(len(before) - 1, 1)
    size = mean**2 / (variance - mean) if variance > mean else float("inf")
    return max(0.0, 1.0 - sum(exp(_log_probability(k, mean, size)) for k in range(count)))


def _log_probability(count: int, mean: float, size: float) -> float:
    """Return the logarithm of the negative binomial probability; of Poisson's at infinite size."""
    if size == float("inf"):
        return count * log(mean) - mean - lgamma(count + 1)
    fail = log(size / (size + mean)) * size
    return (
        lgamma(count + size)
        - lgamma(size)
        - lgamma(count + 1)
        + fail
        + count * log(mean / (size + mean))
    )


def unusual(topic: Topic, volume: Volume, now: datetime) -> Notice | None:
    """Return the notice about a topic's volume, None where the volume is usual.

    The key of the notice names the day, so that a surge is notified once a day; the caller checks
    that none was notified in the last 24 hours.
    """
    *before, today = volume.days
    if len(before) < _ENOUGH or not today:
        return None
    if today >= _LEAST and chance(today, before) < _CHANCE:
        return _surge(topic, volume.days, now)
    if volume.silent_since and now - volume.silent_since >= timedelta(days=_ENOUGH):
        return _first_for_weeks(topic, volume.silent_since, now)
    return None


def _surge(topic: Topic, days: Sequence[int], now: datetime) -> Notice:
    *before, today = days
    usual = sum(before) / len(before)
    return Notice(
        key=f"surge:{topic.id}:{now:%Y-%m-%d}",
        kind="surge",
        title=f"Unusually many stories on {topic.title}: {today} in 24 hours",
        lines=(
            f"Usual: {usual:.1f} a day, {max(before)} at most, in the {len(before)} days before",
            sparkline(days),
        ),
        severity=topic.severity,
        tlp=topic.tlp,
    )


def _first_for_weeks(topic: Topic, since: datetime, now: datetime) -> Notice:
    return Notice(
        key=f"awake:{topic.id}:{now:%Y-%m-%d}",
        kind="awake",
        title=f"{topic.title}: the first story in {(now - since).days} days",
        lines=(f"The last one before came on {since:%Y-%m-%d}",),
        severity=topic.severity,
        tlp=topic.tlp,
    )
