"""When a feed is polled and an alert is sent again: outcome × now → due time. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b

DAY = 86_400.0
SEND_LEASE = 90.0  # seconds; longer than a send may take (30)
STOPPED_FOR = 1_200.0  # seconds; a channel that its operator must mend is tried 3 times an hour
_FIRST_RETRY = 5.0
_LONGEST_RETRY = 900.0
_JITTER = 0.05


def next_poll(
    url: str, interval: float, failures: int, retry_after: float | None, now: datetime
) -> datetime:
    """Return when a feed is due again.

    After `failures` polls in a row that failed, the interval doubles with each, up to a day. A
    server's Retry-After can only lengthen it, up to a day.
    """
    wait = interval if not failures else min(interval * 2.0 ** min(failures, 32), DAY)
    wait *= 1 + _JITTER * _fraction(url)
    if retry_after is not None:
        wait = max(wait, min(retry_after, DAY))
    return now + timedelta(seconds=wait)


def next_send(attempts: int, retry_after: float | None, now: datetime) -> datetime:
    """Return when an alert is due again after `attempts` sends that failed for passing reasons."""
    wait = min(_FIRST_RETRY * 2.0 ** min(max(attempts - 1, 0), 16), _LONGEST_RETRY)
    return now + timedelta(seconds=wait if retry_after is None else min(retry_after, DAY))


def _fraction(url: str) -> float:
    """Return a number in [0, 1) that is always the same for an address.

    It spreads feeds that were added together, and a test can foretell it.
    """
    return int.from_bytes(blake2b(url.encode(), digest_size=4).digest()) / 2**32
