"""When a feed is polled and an alert is sent again: outcome × now → due time. Pure.

A feed whose configuration names an interval keeps it. Any other is polled at the pace of its
news: so often that a poll brings half a new entry, as polls of the last hours tell. What the
server and the document wish (max-age, Expires, ttl) makes that slower, but never so slow that
entries might scroll off between two polls; skipHours and skipDays put it off, and all of it stays
within two minutes and six hours. One that a hub pushes is polled every six hours, until its lease
ends or a poll finds what was not pushed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from math import exp
from typing import TYPE_CHECKING

from monitor.model import Pace, PollingHints
from monitor.text.durations import DAY, HOUR

if TYPE_CHECKING:
    from monitor.model import DueFeed, Feed

SHORTEST, LONGEST = 120.0, 21_600.0  # seconds between polls; a `polling.interval` beyond widens it
_JITTER = 0.05
_PER_POLL = 0.5  # new entries that a poll should bring
_MEMORY = 6 * HOUR  # over which the rate is smoothed: a night makes a feed quiet, a lunch does not
_SOONEST = 60.0  # seconds; the rate is not told from polls that are nearer to each other
_STILL_THERE = 0.1  # the share of a document below which entries may have scrolled off


@dataclass(frozen=True, slots=True)
class PollYield:
    """What a poll brought: how many entries were `served`, and how many of them are `new`.

    `fresh_for`: for how many seconds the server says that nothing will change. `pushed`: a hub
    brought it.
    """

    served: int
    new: int
    polling_hints: PollingHints
    fresh_for: float = 0.0
    pushed: bool = False


@dataclass(frozen=True, slots=True)
class NextPoll:
    """When a feed is polled next, what was learned, and whether entries may have been missed.

    `unpushed`: the feed's hub, on which one relied, did not push what a poll then found.
    """

    due_at: datetime
    pace: Pace
    gapped: bool
    unpushed: bool = False


def after_poll(feed: Feed, due: DueFeed, brought: PollYield, now: datetime) -> NextPoll:
    """Plan the next poll after one that went well."""
    gapped = is_gap(due, brought) and not brought.pushed
    rate = _learned(feed, due, brought, now, gapped=gapped)
    if feed.adapts:
        wait = _wanted(feed, rate, brought) * (1 + _JITTER * _fraction(due.url))
        due_at = now + timedelta(seconds=_bounded(wait, feed))
        due_at = _awake(due_at, brought.polling_hints, now + timedelta(seconds=_longest(feed)))
    else:
        due_at = next_poll(due.url, feed.interval, 0, None, now)
    relied = feed.adapts and due.pushed_until is not None and due.pushed_until > now
    unpushed = relied and brought.new > 0 and not brought.pushed
    if relied and not unpushed and due.pushed_until:
        due_at = max(due_at, min(now + timedelta(seconds=_longest(feed)), due.pushed_until))
    pace = Pace(rate, (due_at - now).total_seconds(), brought.polling_hints)
    return NextPoll(due_at, pace, gapped, unpushed)


def after_failure(
    feed: Feed, due: DueFeed, failures: int, retry_after: float | None, now: datetime
) -> datetime:
    """Return when a feed is tried again after `failures` polls in a row that failed.

    Never sooner than it would be polled if it answered.
    """
    due_at = next_poll(due.url, feed.interval, failures, retry_after, now)
    if not feed.adapts:
        return due_at
    pace = due.pace
    usual = _bounded(_usual(feed, pace.rate) * (1 + _JITTER * _fraction(due.url)), feed)
    due_at = max(due_at, now + timedelta(seconds=usual))
    return _awake(due_at, pace.polling_hints, now + timedelta(seconds=_longest(feed)))


def next_poll(
    url: str, interval: float, failures: int, retry_after: float | None, now: datetime
) -> datetime:
    """Return when a feed with a fixed interval is due again.

    After `failures` polls in a row that failed, the interval doubles with each, up to a day. A
    server's Retry-After can only lengthen it, up to a day.
    """
    jitter = 1 + _JITTER * _fraction(url)
    wait = interval if not failures else min(interval * 2.0 ** min(failures, 32), DAY)
    wait *= jitter
    if retry_after is not None:
        wait = max(wait, min(retry_after * jitter, DAY))
    return now + timedelta(seconds=wait)


def is_gap(due: DueFeed, brought: PollYield) -> bool:
    """Whether entries may have come and gone since the last poll.

    That is so where next to none of a document's entries were there before, and it is about as
    full as it was: one that empties itself at midnight has lost nothing. A document of one entry
    tells nothing.
    """
    before = len(due.known)
    if due.first_polled_at is None or before < 2 or brought.served * 2 < before:  # noqa: PLR2004
        return False
    return brought.served - brought.new < brought.served * _STILL_THERE


def latest(feed: Feed) -> float:
    """Return within how many seconds a feed is polled unless it fails."""
    return _longest(feed) if feed.adapts else feed.interval * (1 + _JITTER)


def after_internal_error(feed: Feed, due: DueFeed, now: datetime) -> datetime:
    """Return when a feed is polled again after a bug of ours: at its usual pace, no backoff."""
    return now + timedelta(seconds=usual_interval(feed, due))


def usual_interval(feed: Feed, due: DueFeed) -> float:
    """Return how many seconds there should have been between the last poll and this one."""
    return max(feed.interval, due.pace.interval or 0.0) if feed.adapts else feed.interval


def _learned(
    feed: Feed, due: DueFeed, brought: PollYield, now: datetime, *, gapped: bool
) -> float | None:
    """Return the smoothed rate of new entries an hour; a first poll tells none.

    After a gap it is at least twice the rate of what was still there, so that polls come nearer
    until they overlap.
    """
    if due.first_polled_at is None or due.ok_at is None:
        return due.pace.rate
    span = max((now - due.ok_at).total_seconds(), _SOONEST)
    before = _assumed(feed) if due.pace.rate is None else due.pace.rate
    rate = before + (1 - exp(-span / _MEMORY)) * (brought.new * HOUR / span - before)
    return max(rate, 2 * brought.served * HOUR / span) if gapped else rate


def _assumed(feed: Feed) -> float:
    """Return the rate at which a feed would be polled at the interval it starts with."""
    return _PER_POLL * HOUR / max(feed.interval, 1.0)


def _usual(feed: Feed, rate: float | None) -> float:
    """Return the seconds in which half a new entry comes."""
    rate = _assumed(feed) if rate is None else rate
    return _PER_POLL * HOUR / rate if rate > _PER_POLL / 1e6 else DAY


def _wanted(feed: Feed, rate: float | None, brought: PollYield) -> float:
    """Return the seconds to wait by the feed's rate, and by the server's wishes.

    They are followed until half of the document would be new.
    """
    usual = _usual(feed, rate)
    half_new = usual / _PER_POLL * brought.served / 2
    return max(usual, min(max(brought.polling_hints.ttl, brought.fresh_for), half_new))


def _bounded(wait: float, feed: Feed) -> float:
    return min(max(wait, min(SHORTEST, feed.interval)), _longest(feed))


def _longest(feed: Feed) -> float:
    return max(LONGEST, feed.interval)


def _awake(due_at: datetime, polling_hints: PollingHints, latest: datetime) -> datetime:
    """Put a poll off to the end of the hours and days that the feed wants skipped.

    Not beyond `latest`: news may come on a Sunday all the same.
    """
    awake = due_at
    while _asleep(awake, polling_hints) and awake < latest:
        awake = awake.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return max(due_at, min(awake, latest))


def _asleep(at: datetime, polling_hints: PollingHints) -> bool:
    return at.hour in polling_hints.skip_hours or at.weekday() in polling_hints.skip_days


def _fraction(url: str) -> float:
    """Return a number in [0, 1) that is always the same for an address.

    It spreads feeds that were added together, and a test can foretell it.
    """
    return int.from_bytes(blake2b(url.encode(), digest_size=4).digest()) / 2**32
