"""Whether a service runs on a database, and how it does. Light: sqlite3 and fcntl only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.store.lock import holder
from monitor.store.queries.reader import Reader
from monitor.store.times import maybe
from monitor.text.durations import SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

SILENT = 60.0  # seconds without a sign of life that are too many
_A_DAY = timedelta(days=1)
OVERDUE = 600.0  # seconds by which a queue may lag


@dataclass(frozen=True, slots=True)
class Queue:
    """One of the two queues: what is due now, and by how many seconds the oldest is overdue."""

    due: int
    overdue: float


@dataclass(frozen=True, slots=True)
class Stopped:
    """A channel that its operator must mend."""

    channel: str
    reason: str
    stopped_at: str


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug of this program: what happened how often, last with this feed or channel."""

    kind: str
    about: str
    times: int
    last_at: str


@dataclass(frozen=True, slots=True)
class Status:
    """How things are. `pid` works on the database now; 0 if it did not say who it is, None if none.

    `served_by` is the process that gave the last sign of life, at `beat_at`. `feed_states` counts
    the feeds that need a person. `bugs` are those of the last day; `alerts_failed` are not tried
    any more.
    """

    pid: int | None
    served_by: int | None
    version: str
    started_at: datetime | None
    beat_at: datetime | None
    feeds: int
    feeds_failing: int
    feed_states: Mapping[str, int]
    polls: Queue
    alerts_waiting: int
    alerts: Queue
    alerts_failed: int
    bugs: tuple[Bug, ...]
    stopped: tuple[Stopped, ...]
    polled_at: datetime | None
    sent_at: datetime | None

    @property
    def is_running(self) -> bool:
        """Whether a process works on the database."""
        return self.pid is not None

    @property
    def is_serving(self) -> bool:
        """Whether that process is the one which gave the last sign of life."""
        return self.is_running and self.pid in {0, self.served_by}


def status(database: Path, now: datetime) -> Status:
    """Look at the lock and the database. Raises StoreError."""
    with Reader(database) as reader:
        queues, stopped = reader.queues(now), reader.stopped_channels()
        needy = reader.feeds(now, needy=True)
        service = reader.service() or {}
        bugs = reader.internal_errors(now - _A_DAY)
    return Status(
        pid=holder(database),
        served_by=service.get("pid"),
        version=service.get("version", ""),
        started_at=maybe(service.get("started_at")),
        beat_at=maybe(service.get("beat_at")),
        feeds=queues["feeds"],
        feeds_failing=queues["feeds_failing"],
        feed_states=dict(Counter(row["state"] for row in needy)),
        polls=_queue(queues["feeds_due"], queues["feeds_oldest"], now),
        alerts_waiting=queues["alerts_waiting"],
        alerts=_queue(queues["alerts_due"], queues["alerts_oldest"], now),
        alerts_failed=queues["alerts_failed"],
        bugs=tuple(Bug(row["kind"], row["about"], row["times"], row["last_at"]) for row in bugs),
        stopped=tuple(Stopped(row["name"], row["reason"], row["stopped_at"]) for row in stopped),
        polled_at=maybe(queues["polled_at"]),
        sent_at=maybe(queues["sent_at"]),
    )


def _queue(due: int, oldest: float | None, now: datetime) -> Queue:
    return Queue(due, 0.0 if oldest is None else max(0.0, now.timestamp() - oldest))


def problems(status: Status, now: datetime) -> list[str]:
    """Return what needs somebody's attention, a sentence each; nothing if all is well."""
    found = [] if status.is_running else ["no service is running: start `monitor run`"]
    if status.is_running and not status.is_serving:
        found.append(f"process {status.pid} works on the database, but gives no sign of life")
    elif status.is_running and (silent := _silent(status, now)) > SILENT:
        found.append(f"the last heartbeat was {span(silent)} ago: the service hangs")
    found += [
        f"channel {each.channel} is stopped: {each.reason}; `monitor alerts test {each.channel}`"
        for each in status.stopped
    ]
    found += [
        f"internal error {each.kind}, {each.times} times, last at {each.last_at} with {each.about}:"
        " a bug of monitor; its log has the traceback"
        for each in status.bugs
    ]
    for name, queue in (("polls are", status.polls), ("alerts are", status.alerts)):
        if queue.overdue > OVERDUE:
            found.append(f"{name} overdue by {span(queue.overdue)}")
    return found


def _silent(status: Status, now: datetime) -> float:
    return (now - status.beat_at).total_seconds() if status.beat_at else float("inf")


def span(seconds: float) -> str:
    """Return a span of time for people: `45 s`, `12 min`, `3 h`, `5 days`."""
    for letter, unit in (("d", "days"), ("h", "h"), ("m", "min")):
        size = SECONDS[letter]
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"
