"""How a feed is, from what the database knows of it. Pure.

A feed is *stale* when it stays silent against its own usual rate. What it usually brings on each
day of the week (its last eight weeks; so weekends, and a weekly bulletin, are known) tells how many
entries should have come since its last one. Were they to come at random (Poisson), twelve would
fail to come once in e¹² = 160,000 silences; but news comes in bursts and rests on holidays, so
twelve must be missing *and* half as many again as in the longest silence it had before. A day
counts for eight at most: busy feeds are given a day and a half, and nights never matter.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.errors import POISONS, PollReason
from monitor.model import FeedState, Health
from monitor.text.durations import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from monitor.model import FeedRecord

HISTORY = 56  # days from which the usual rate is told
_LEARNED = 14  # days that are too few to tell it
_MISSED = 12.0  # entries that should have come
_LONGER = 1.5  # than what it missed in its longest silence
_BUSY = 8  # entries; a day counts for no more
_A_DAY = timedelta(days=1)
_GAP_TOLD = timedelta(days=7)  # for so long a gap is worth a word
_BLOCKS = frozenset({PollReason.HTML, PollReason.HTTP_DENIED})


def health(feed: FeedRecord, now: datetime) -> Health:
    """Return how a feed is; where several things are true of it, the worst."""
    return _unread(feed) or _read_in_vain(feed, now) or Health(FeedState.OK, next_at=feed.due_at)


def _unread(feed: FeedRecord) -> Health | None:
    """Return what keeps a feed from being read, if anything does."""
    if feed.gone_at:
        return Health(FeedState.CLOSED, feed.error, feed.gone_at)
    if not feed.enabled:
        return Health(FeedState.OFF)
    if feed.failing_since:
        return Health(_failure(feed.reason), feed.error, feed.failing_since, feed.due_at)
    return None if feed.ok_at else Health(FeedState.NEW, next_at=feed.due_at)


def _read_in_vain(feed: FeedRecord, now: datetime) -> Health | None:
    """Return why a feed that is read does not bring what it should, if that is so."""
    if feed.empty_since and (feed.had_entries or now - feed.empty_since >= _A_DAY):
        reason = "it has no entries"
        return Health(FeedState.EMPTY, reason, feed.empty_since, feed.due_at)
    if is_stale(feed):
        return Health(FeedState.STALE, _silence(feed), feed.news_at, feed.due_at)
    if feed.gap_at and now - feed.gap_at < _GAP_TOLD:
        reason = "entries may have been missed"
        return Health(FeedState.GAPPED, reason, feed.gap_since, feed.due_at)
    return None


def _failure(reason: str) -> FeedState:
    if reason in POISONS:
        return FeedState.POISONOUS
    if reason in _BLOCKS:
        return FeedState.BLOCKED
    return FeedState.EMPTY if reason == PollReason.EMPTY else FeedState.FAILING


# ── stale ─────────────────────────────────────────────────────────────────────────────────────


def is_stale(feed: FeedRecord) -> bool:
    """Whether a feed's silence, up to its last good poll, is longer than it ever should be.

    Never one with less than two weeks of history.
    """
    if not feed.ok_at or not feed.news_at or feed.ok_at - feed.news_at <= _A_DAY:
        return False
    days = _history(feed)
    if len(days) < _LEARNED:
        return False
    usual = _usual_week(days)
    missed = _expected(usual, feed.news_at, feed.ok_at)
    return missed >= max(_MISSED, _LONGER * _longest_silence(days, usual))


def _history(feed: FeedRecord) -> list[tuple[int, int]]:
    """Return (day, new entries) for each day from its first poll to its newest entry."""
    if not feed.news_at or not feed.first_polled_at:
        return []
    last = day_of(feed.news_at)
    first = max(day_of(feed.first_polled_at) + 1, last - HISTORY + 1)
    counts = dict(feed.days)
    return [(day, counts.get(day, 0)) for day in range(first, last + 1)]


def _usual_week(days: Iterable[tuple[int, int]]) -> list[float]:
    """Return what each day of the week brings on average, the day on which 1970 began first."""
    sums, counts = [0] * 7, [0] * 7
    for day, entries in days:
        sums[day % 7] += min(entries, _BUSY)
        counts[day % 7] += 1
    return [total / max(count, 1) for total, count in zip(sums, counts, strict=True)]


def _expected(usual: Sequence[float], since: datetime, until: datetime) -> float:
    """Return how many entries would usually have come between two moments."""
    begin, end = since.timestamp() / DAY, until.timestamp() / DAY
    return sum(
        usual[day % 7] * (min(day + 1, end) - max(day, begin))
        for day in range(int(begin), int(end) + 1)
    )


def _longest_silence(days: Iterable[tuple[int, int]], usual: Sequence[float]) -> float:
    """Return how many entries would usually have come in the longest run of days without any.

    Half a day before such a run and half a day after it belong to the silence.
    """
    longest = silence = half = 0.0
    for day, entries in days:
        half_after = usual[day % 7] / 2
        if entries:
            longest = max(longest, silence and silence + half + half_after)
            silence, half = 0.0, half_after
        else:
            silence += usual[day % 7]
    return longest


def _silence(feed: FeedRecord) -> str:
    days = _history(feed)
    rate = sum(entries for _, entries in days) / len(days)
    usual = f"{rate:.0f} a day" if rate >= 2 else f"{rate * 7:.0f} a week"  # noqa: PLR2004
    return f"nothing new; usually {usual}"


# ── its last weeks ────────────────────────────────────────────────────────────────────────────


def day_of(at: datetime) -> int:
    """Return the number of a day (UTC) since 1970."""
    return int(at.astimezone(UTC).timestamp() // DAY)


def last_days(days: Mapping[int, int], now: datetime, count: int) -> list[int]:
    """Return the new entries of each of so many days, today last."""
    today = day_of(now)
    return [days.get(day, 0) for day in range(today - count + 1, today + 1)]
