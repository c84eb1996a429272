"""The due time of a feed's next poll: outcome × now → due time. Pure.

A feed with an interval in the configuration keeps it. Any other feed is polled at the pace of its
new entries: so often that a poll brings half a new entry, by the polls of the last hours. Wishes of
the server and the document (max-age, Expires, ttl) make polls rarer, but never so rare that entries
might scroll off between two polls; skipHours and skipDays put polls off; and the wait stays between
two minutes and six hours. A feed that a hub pushes is polled every six hours, until its lease ends
or a poll finds an entry that was not pushed.
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

# Seconds between polls; a `polling.interval` outside of them widens the range.
SHORTEST, LONGEST = 120.0, 21_600.0
_SOON = 30.0  # seconds until the rest of an answer is asked for
_JITTER = 0.05  # share of the wait that is added at most
_PER_POLL = 0.5  # new entries that a poll should bring
_MEMORY = 6 * HOUR  # seconds of smoothing: a night makes a feed quiet, a lunch does not
_SHORTEST_SPAN = 60.0  # seconds between two polls that the rate is computed with, at least
_STILL_THERE = 0.1  # share of known entries in a document below which others may have scrolled off


@dataclass(frozen=True, slots=True)
class PollYield:
    """The yield of a poll: the number of entries `served`, and of those that are `new`.

    `fresh_for` are the seconds for which, by the server's headers, nothing will change. `pushed`: a
    hub sent the document.
    """

    served: int
    new: int
    polling_hints: PollingHints
    fresh_for: float = 0.0
    pushed: bool = False


@dataclass(frozen=True, slots=True)
class NextPoll:
    """The due time of a feed's next poll, and its pace.

    `gapped`: entries may have been missed since the last poll. `unpushed`: the poll found entries
    that the feed's hub, with a running lease, had not pushed.
    """

    due_at: datetime
    pace: Pace
    gapped: bool
    unpushed: bool = False


def after_poll(feed: Feed, due: DueFeed, brought: PollYield, now: datetime) -> NextPoll:
    """Return the plan for the next poll after one that went well."""
    gapped = is_gap(due, brought) and not brought.pushed
    rate = _smoothed_rate(feed, due, brought, now, gapped=gapped)
    latest_at = now + timedelta(seconds=_longest(feed))
    if feed.adapts:
        wait = _wait(feed, rate, brought) * _jitter(due.url)
        due_at = now + timedelta(seconds=_bounded(wait, feed))
        due_at = _after_skipped(due_at, brought.polling_hints, latest_at)
    else:
        due_at = next_poll(due.url, feed.interval, 0, None, now)

    pushed_until = due.pushed_until if feed.adapts else None
    is_pushed = pushed_until is not None and pushed_until > now
    unpushed = is_pushed and brought.new > 0 and not brought.pushed
    if pushed_until and is_pushed and not unpushed:
        due_at = max(due_at, min(latest_at, pushed_until))

    pace = Pace(rate, (due_at - now).total_seconds(), brought.polling_hints)
    return NextPoll(due_at, pace, gapped, unpushed)


def after_failure(
    feed: Feed, due: DueFeed, failures: int, retry_after: float | None, now: datetime
) -> datetime:
    """Return when a feed is due again after `failures` failed polls in a row.

    Never sooner than a feed that answers. `retry_after` is in seconds.
    """
    due_at = next_poll(due.url, feed.interval, failures, retry_after, now)
    if not feed.adapts:
        return due_at
    pace = due.pace
    usual_wait = _bounded(_usual_wait(feed, pace.rate) * _jitter(due.url), feed)
    due_at = max(due_at, now + timedelta(seconds=usual_wait))
    latest_at = now + timedelta(seconds=_longest(feed))
    return _after_skipped(due_at, pace.polling_hints, latest_at)


def after_cut_off(feed: Feed, due: DueFeed, now: datetime) -> datetime:
    """Return when a feed is due again whose answer ended early: soon, for the rest of it.

    The wait doubles from half a minute with each such answer in a row, up to the usual one.
    """
    wait = min(_SOON * 2.0 ** min(due.failures, 32), usual_interval(feed, due))
    return now + timedelta(seconds=wait * _jitter(due.url))


def next_poll(
    url: str, interval: float, failures: int, retry_after: float | None, now: datetime
) -> datetime:
    """Return when a feed with a fixed interval (seconds) is due again.

    The interval doubles with each of the `failures` in a row, up to a day. The server's Retry-After
    (seconds) can only lengthen the wait, up to a day.
    """
    jitter = _jitter(url)
    wait = interval if not failures else min(interval * 2.0 ** min(failures, 32), DAY)
    wait *= jitter
    if retry_after is not None:
        wait = max(wait, min(retry_after * jitter, DAY))
    return now + timedelta(seconds=wait)


def is_gap(due: DueFeed, brought: PollYield) -> bool:
    """Whether entries may have come and gone since the last poll.

    A gap is a document with hardly any known entry that is about as full as before: a feed that
    empties itself at midnight has lost nothing. A document of one entry shows nothing.
    """
    before = len(due.known)
    if due.first_polled_at is None or before < 2 or brought.served * 2 < before:  # noqa: PLR2004
        return False
    return brought.served - brought.new < brought.served * _STILL_THERE


def latest(feed: Feed) -> float:
    """Return the seconds within which a feed is polled unless it fails."""
    return _longest(feed) if feed.adapts else feed.interval * (1 + _JITTER)


def after_internal_error(feed: Feed, due: DueFeed, now: datetime) -> datetime:
    """Return when a feed is polled after an internal error: at its usual pace, without backoff."""
    return now + timedelta(seconds=usual_interval(feed, due))


def usual_interval(feed: Feed, due: DueFeed) -> float:
    """Return the planned seconds between the last poll and this one."""
    return max(feed.interval, due.pace.interval or 0.0) if feed.adapts else feed.interval


def _smoothed_rate(
    feed: Feed, due: DueFeed, brought: PollYield, now: datetime, *, gapped: bool
) -> float | None:
    """Return the new entries an hour, smoothed exponentially; unchanged by a first poll.

    After a gap the rate is at least twice that of the served entries, so that polls become more
    frequent until their documents overlap.
    """
    if due.first_polled_at is None or due.ok_at is None:
        return due.pace.rate
    span = max((now - due.ok_at).total_seconds(), _SHORTEST_SPAN)
    before = _rate_at_first(feed) if due.pace.rate is None else due.pace.rate
    measured = brought.new * HOUR / span
    rate = before + (1 - exp(-span / _MEMORY)) * (measured - before)
    return max(rate, 2 * brought.served * HOUR / span) if gapped else rate


def _rate_at_first(feed: Feed) -> float:
    """Return the rate (new entries an hour) that leads to the feed's first interval."""
    return _PER_POLL * HOUR / max(feed.interval, 1.0)


def _usual_wait(feed: Feed, rate: float | None) -> float:
    """Return the seconds in which half a new entry comes."""
    rate = _rate_at_first(feed) if rate is None else rate
    return _PER_POLL * HOUR / rate if rate > _PER_POLL / 1e6 else DAY


def _wait(feed: Feed, rate: float | None, brought: PollYield) -> float:
    """Return the seconds to wait by the feed's rate, or longer by the server's wishes.

    The wishes are followed until half of the document would be new.
    """
    usual = _usual_wait(feed, rate)
    until_half_new = usual / _PER_POLL * brought.served / 2
    wished = max(brought.polling_hints.ttl, brought.fresh_for)
    return max(usual, min(wished, until_half_new))


def _bounded(wait: float, feed: Feed) -> float:
    return min(max(wait, min(SHORTEST, feed.interval)), _longest(feed))


def _longest(feed: Feed) -> float:
    return max(LONGEST, feed.interval)


def _after_skipped(due_at: datetime, polling_hints: PollingHints, latest_at: datetime) -> datetime:
    """Put a poll off to the end of the hours and days that the feed asks to skip.

    Not beyond `latest_at`: news may come on a Sunday all the same.
    """
    at = due_at
    while _is_skipped(at, polling_hints) and at < latest_at:
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return max(due_at, min(at, latest_at))


def _is_skipped(at: datetime, polling_hints: PollingHints) -> bool:
    return at.hour in polling_hints.skip_hours or at.weekday() in polling_hints.skip_days


def _jitter(url: str) -> float:
    """Return a factor from 1 to 1.05 for an address, always the same one.

    The factor spreads feeds that were added together; tests can compute it.
    """
    fraction = int.from_bytes(blake2b(url.encode(), digest_size=4).digest()) / 2**32
    return 1 + _JITTER * fraction
