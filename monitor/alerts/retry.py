"""When an alert whose send failed is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.text.durations import DAY

SEND_LEASE = 90.0  # seconds; longer than a send may take (30)
STOPPED_FOR = 1_200.0  # seconds; a channel that its operator must mend is tried 3 times an hour
_FIRST_RETRY = 5.0
_LONGEST_RETRY = 900.0


def next_send(attempts: int, retry_after: float | None, now: datetime) -> datetime:
    """Return when an alert is due again after `attempts` sends that failed for passing reasons."""
    wait = min(_FIRST_RETRY * 2.0 ** min(max(attempts - 1, 0), 16), _LONGEST_RETRY)
    return now + timedelta(seconds=wait if retry_after is None else min(retry_after, DAY))
