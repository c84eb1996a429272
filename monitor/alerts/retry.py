"""The due time of an alert whose send failed: exponential backoff, or the server's wish. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.text.durations import DAY

SEND_LEASE = 90.0  # seconds; longer than the timeout of a send (30)
STOPPED_FOR = 1_200.0  # seconds between tries of a channel that its operator must mend
_FIRST_RETRY = 5.0  # seconds
_LONGEST_RETRY = 900.0  # seconds


def next_send(attempts: int, retry_after: float | None, now: datetime) -> datetime:
    """Return when an alert is due again after `attempts` sends that failed for passing reasons.

    `retry_after` is the server's Retry-After in seconds, followed up to a day.
    """
    wait = min(_FIRST_RETRY * 2.0 ** min(max(attempts - 1, 0), 16), _LONGEST_RETRY)
    return now + timedelta(seconds=wait if retry_after is None else min(retry_after, DAY))
