"""Unusual volumes: far more stories in a day than a topic has, or the first after a long silence.

Pure. The rule for a surge is that of infectious-disease surveillance: what is expected follows a
negative binomial distribution whose mean and variance are those of the days before (Noufaily et
al., An improved algorithm for outbreak detection in multiple surveillance systems, Statistics in
Medicine 32, 2013), and a count is unusual where so many, or more, would hardly come by chance.
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
_ENOUGH = 14  # of them, before anything can be said
_LEAST = 5  # stories that a surge has, however quiet its topic
_CHANCE = 0.001  # that so many come without anything unusual: for each topic, every three years


@dataclass(frozen=True, slots=True)
class Volume:
    """How many stories a topic had on each day, the last 24 hours at the end.

    `days` are those since it was first hit, at most `BASELINE` and one; `silent_since` is when it
    was last hit before the last 24 hours, None for never.
    """

    days: tuple[int, ...]
    silent_since: datetime | None


def chance(count: int, before: Sequence[int]) -> float:
    """Return how probable it is that a day brings `count` stories or more, as the days before it.

    Half a story is added to the days before (Jeffreys' prior for a rate), so that a topic without
    any can be told of too.
    """
    mean = (sum(before) + 0.5) / len(before)
    variance = sum((each - mean) ** 2 for each in before) / max(len(before) - 1, 1)
    size = mean**2 / (variance - mean) if variance > mean else float("inf")
    return max(0.0, 1.0 - sum(exp(_log_probability(k, mean, size)) for k in range(count)))


def _log_probability(count: int, mean: float, size: float) -> float:
    """Return the logarithm of the negative binomial probability; of Poisson's for infinite size."""
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
    """Return what there is to say of a topic's volume, or None.

    The key names the day, so that a surge is told once; who stores it asks whether one was told in
    the last 24 hours.
    """
    *before, today = volume.days
    if len(before) < _ENOUGH or not today:
        return None
    if today >= _LEAST and chance(today, before) < _CHANCE:
        return _surge(topic, volume.days, now)
    if volume.silent_since and now - volume.silent_since >= timedelta(days=_ENOUGH):
        return _awake(topic, volume.silent_since, now)
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
    )


def _awake(topic: Topic, since: datetime, now: datetime) -> Notice:
    return Notice(
        key=f"awake:{topic.id}:{now:%Y-%m-%d}",
        kind="awake",
        title=f"{topic.title}: the first story in {(now - since).days} days",
        lines=(f"The last one before came on {since:%Y-%m-%d}",),
        severity=topic.severity,
    )
