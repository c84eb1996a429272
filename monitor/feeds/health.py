"""The state of a feed, from its record in the database. Pure.

A feed is *stale* when it is silent for longer than its own usual rate explains. The average of each
day of the week, over the last eight weeks (so weekends and weekly bulletins are known), gives the
number of entries expected since the last one. Entries that came at random (Poisson) would leave
twelve expected ones out once in e¹² = 160,000 silences. News comes in bursts and rests on holidays,
so a stale feed lacks twelve entries *and* half as many again as in its longest silence before. A
day counts for eight entries at most: busy feeds are given a day and a half, and nights never
matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from monitor.errors import POISONS, PollReason
from monitor.text.durations import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class FeedState(StrEnum):
    """The state of a feed."""

    OK = "ok"
    NEW = "new"  # not polled yet
    FAILING = "failing"
    POISONOUS = "poisonous"  # froze a parser
    BLOCKED = "blocked"  # the server refuses programs
    EMPTY = "empty"  # answers without entries
    STALE = "stale"  # silent for longer than its own usual rate explains
    GAPPED = "gapped"  # entries may have been missed in the last week
    CLOSED = "closed"  # by its publisher
    OFF = "off"

    @property
    def needs_a_person(self) -> bool:
        """Whether a person has to look: the feed does not become well by itself."""
        return self in _NEED_PERSON

    @property
    def is_well(self) -> bool:
        """Whether the feed is read, and brings entries as usual."""
        return self in {FeedState.OK, FeedState.GAPPED}


_NEED_PERSON = frozenset({
    FeedState.FAILING, FeedState.POISONOUS, FeedState.BLOCKED, FeedState.EMPTY, FeedState.STALE,
    FeedState.CLOSED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """The record of a feed in the database.

    `ok_at` is its last good poll, `due_at` the next one, `news_at` the arrival of its newest entry;
    entries of the first poll do not count. `reason` is the PollReason of a failing feed, `error`
    its text for people. `days` has (day, new entries) for days with any, counted from 1970-01-01
    (UTC), for eight weeks before `news_at`. `empty_since`: the document has had no entries since.
    """

    id: int
    url: str
    title: str
    enabled: bool
    due_at: datetime
    error: str = ""
    reason: str = ""
    failing_since: datetime | None = None
    gone_at: datetime | None = None
    first_polled_at: datetime | None = None
    ok_at: datetime | None = None
    empty_since: datetime | None = None
    had_entries: bool = False
    news_at: datetime | None = None
    gap_since: datetime | None = None
    gap_at: datetime | None = None
    days: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a feed: since when, why, and its next poll (None: never)."""

    state: FeedState
    reason: str = ""
    since: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """A span of time in which a feed, or (`feed` is empty) the service, was not reliable.

    `feed` is the title and `url` the address of the feed. `until` is None for an outage that lasts.
    """

    feed: str
    url: str
    reason: str
    since: datetime
    until: datetime | None

    def length(self, now: datetime) -> timedelta:
        """Return the length of the outage, up to `now` where it lasts."""
        return (self.until or now) - self.since


@dataclass(frozen=True, slots=True)
class PeriodStats:
    """The counts of the time since `since`: entries by outcome, alerts made by state.

    `polled` is the number of feeds read, `articles` of new articles, `sent` of messages, `waiting`
    of alerts that are still to be sent. `stopped` are names of channels.
    """

    since: datetime
    polled: int
    outcomes: Mapping[str, int]
    articles: int
    alerts: Mapping[str, int]
    sent: int
    waiting: int
    outages: tuple[Outage, ...] = ()
    stopped: tuple[str, ...] = ()


HISTORY = 56  # days of the usual rate
_LEARNED = 14  # days of history from which on the rate is known
_MISSED = 12.0  # entries expected, but missing, of a stale feed
_LONGER = 1.5  # times the entries expected in the longest silence before
_BUSY = 8  # entries that a day counts for at most
_A_DAY = timedelta(days=1)
_GAP_SHOWN = timedelta(days=7)  # how long a gap is a feed's state
_BLOCKS = frozenset({PollReason.HTML, PollReason.HTTP_DENIED, PollReason.BLOCKED})


def health(feed: FeedRecord, now: datetime) -> Health:
    """Return the state of a feed; where several states apply, the worst."""
    return _unread(feed) or _lacking(feed, now) or Health(FeedState.OK, next_at=feed.due_at)


def _unread(feed: FeedRecord) -> Health | None:
    """Return the state of a feed that is not read, None for one that is."""
    if feed.gone_at:
        return Health(FeedState.CLOSED, feed.error, feed.gone_at)
    if not feed.enabled:
        return Health(FeedState.OFF)
    if feed.failing_since:
        return Health(_failure(feed.reason), feed.error, feed.failing_since, feed.due_at)
    return None if feed.ok_at else Health(FeedState.NEW, next_at=feed.due_at)


def _lacking(feed: FeedRecord, now: datetime) -> Health | None:
    """Return the state of a feed that is read, but lacks entries; None for one that is well."""
    if feed.empty_since and (feed.had_entries or now - feed.empty_since >= _A_DAY):
        reason = "it has no entries"
        return Health(FeedState.EMPTY, reason, feed.empty_since, feed.due_at)
    if is_stale(feed):
        return Health(FeedState.STALE, _silence(feed), feed.news_at, feed.due_at)
    if feed.gap_at and now - feed.gap_at < _GAP_SHOWN:
        reason = "entries may have been missed"
        return Health(FeedState.GAPPED, reason, feed.gap_since, feed.due_at)
    return None


def _failure(reason: str) -> FeedState:
    if reason in POISONS:
        return FeedState.POISONOUS
    if reason == PollReason.CUT_OFF:
        return FeedState.GAPPED  # until the rest of the answer comes
    if reason in _BLOCKS:
        return FeedState.BLOCKED
    return FeedState.EMPTY if reason == PollReason.EMPTY else FeedState.FAILING


# ── stale ─────────────────────────────────────────────────────────────────────────────────────


def is_stale(feed: FeedRecord) -> bool:
    """Whether a feed's silence, up to its last good poll, is too long for its usual rate.

    False with less than two weeks of history.
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
    """Return (day, new entries) for each day from a feed's first poll to its newest entry."""
    if not feed.news_at or not feed.first_polled_at:
        return []
    last = day_of(feed.news_at)
    first = max(day_of(feed.first_polled_at) + 1, last - HISTORY + 1)
    counts = dict(feed.days)
    return [(day, counts.get(day, 0)) for day in range(first, last + 1)]


def _usual_week(days: Iterable[tuple[int, int]]) -> list[float]:
    """Return the average entries of each day of the week, from Thursday (1970-01-01)."""
    sums, counts = [0] * 7, [0] * 7
    for day, entries in days:
        sums[day % 7] += min(entries, _BUSY)
        counts[day % 7] += 1
    return [total / max(count, 1) for total, count in zip(sums, counts, strict=True)]


def _expected(usual: Sequence[float], since: datetime, until: datetime) -> float:
    """Return the number of entries that usually come between two moments."""
    end = until.timestamp() / DAY
    weeks, rest = divmod(end - since.timestamp() / DAY, 7)
    begin = end - rest
    return weeks * sum(usual) + sum(
        usual[day % 7] * (min(day + 1, end) - max(day, begin))
        for day in range(int(begin), int(end) + 1)
    )


def _longest_silence(days: Iterable[tuple[int, int]], usual: Sequence[float]) -> float:
    """Return the number of entries that usually come in the longest run of days without any.

    Half a day before a run and half a day after it belong to the silence.
    """
    longest = silence = half_before = 0.0
    for day, entries in days:
        half_after = usual[day % 7] / 2
        if entries:
            if silence:
                longest = max(longest, half_before + silence + half_after)
            silence, half_before = 0.0, half_after
        else:
            silence += usual[day % 7]
    return longest


def _silence(feed: FeedRecord) -> str:
    days = _history(feed)
    rate = sum(entries for _, entries in days) / len(days)
    usual = f"{rate:.0f} a day" if rate >= 2 else f"{rate * 7:.0f} a week"  # noqa: PLR2004
    return f"nothing new; usually {usual}"


# ── last days ─────────────────────────────────────────────────────────────────────────────────


def day_of(at: datetime) -> int:
    """Return the number of a moment's day (UTC), counted from 1970-01-01."""
    return int(at.astimezone(UTC).timestamp() // DAY)


def last_days(days: Mapping[int, int], now: datetime, count: int) -> list[int]:
    """Return the new entries of each of the last `count` days, today last."""
    today = day_of(now)
    return [days.get(day, 0) for day in range(today - count + 1, today + 1)]
