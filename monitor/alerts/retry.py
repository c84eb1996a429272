"""When a channel takes its next message after a send that failed, and whose turn it is. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.text.durations import DAY

SEND_LEASE = 90.0  # seconds; longer than the timeout of a send (30)
STOPPED_FOR = 1_200.0  # seconds between tries of a channel that its operator must mend
_FIRST_RETRY = 5.0  # seconds
_LONGEST_RETRY = 300.0  # seconds
_TURN = 6  # sends in a row of one message; together 5 minutes


def next_send(failures: int, retry_after: float | None, now: datetime) -> datetime:
    """Return when a channel is tried again after `failures` sends in a row that failed.

    The waits grow from 5 seconds to 5 minutes. `retry_after` is the server's Retry-After in
    seconds, followed up to a day.
    """
    wait = min(_FIRST_RETRY * 2.0 ** min(max(failures - 1, 0), 16), _LONGEST_RETRY)
    return now + timedelta(seconds=wait if retry_after is None else min(retry_after, DAY))


def turn_after(attempts: int, failures: int, ready_at: datetime, now: datetime) -> datetime | None:
    """Return when a message that failed is due again, None for its place before all later ones.

    Its channel rests until `ready_at`, after `failures` sends in a row. A message that failed more
    often than its channel may itself be the reason: the others do not wait for it. For the same
    reason it lets another go first at every sixth of its `attempts`.
    """
    if attempts > failures:
        return max(ready_at, next_send(attempts, None, now))
    if attempts % _TURN == 0:
        return ready_at + (ready_at - now)
    return None
