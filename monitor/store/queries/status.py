"""The status of the service on a database, and its problems. Imports sqlite3 and fcntl only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.errors import StoreError
from monitor.store.lock import holder, note_of_holder
from monitor.store.queries.reader import Reader
from monitor.store.tables.heartbeat import OVERDUE
from monitor.store.times import maybe
from monitor.text.durations import SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from monitor.feeds.health import FeedState
    from monitor.store.tables.heartbeat import Queue

_SILENT = 60.0  # seconds without a heartbeat after which the service counts as hanging
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A channel that waits for its operator; `stopped_at` is in ISO 8601."""

    channel: str
    reason: str
    stopped_at: str


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug of this program: its kind, how many times it occurred, the last time and occasion.

    `about` is the feed or the channel of the last occurrence, `last_at` its time in ISO 8601.
    """

    kind: str
    about: str
    times: int
    last_at: str


@dataclass(frozen=True, slots=True)
class Status:
    """The service and its queues. Times are aware UTC, None for never.

    `pid` holds the lock of the database: 0 if it has not written its id, None for no process.
    `waits` says what that process waits for, and since when, "" for nothing.
    `served_by` is the process of the last heartbeat, at `beat_at`. `feed_states` counts the feeds
    that need a person, by state. `refused` are the mistakes for which the last reload was refused,
    each with its place. `bugs` are those of the last day; `alerts_failed` counts alerts that are
    not retried any more. `pages` says how many bytes records of pages take, and what is gone.
    """

    pid: int | None
    waits: str
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
    refused: tuple[str, ...]
    bugs: tuple[Bug, ...]
    stopped: tuple[Stopped, ...]
    polled_at: datetime | None
    sent_at: datetime | None
    pages: str = ""

    @property
    def is_running(self) -> bool:
        """Whether a process works on the database."""
        return self.pid is not None

    @property
    def is_serving(self) -> bool:
        """Whether the process of `pid` also sent the last heartbeat."""
        return self.is_running and self.pid in {0, self.served_by}


def status(database: Path, now: datetime) -> Status:
    """Read the status from the lock and the database.

    Raises StoreError, with the note of a process that works on the database.
    """
    pid = holder(database)
    waits = note_of_holder(database) if pid is not None else ""
    try:
        with Reader(database) as reader:
            return _read(reader, now, pid, waits)
    except StoreError as error:
        if pid is None:
            raise
        raise StoreError(f"process {pid} runs, but {waits or error}") from error


def _read(reader: Reader, now: datetime, pid: int | None, waits: str) -> Status:
    queues, stopped = reader.queues(), reader.stopped_channels()
    polls, alerts = reader.due(now)
    service = reader.service() or {}
    bugs = reader.internal_errors(now - _A_DAY)
    return Status(
        pid=pid,
        waits=waits,
        served_by=service.get("pid"),
        version=service.get("version", ""),
        started_at=maybe(service.get("started_at")),
        beat_at=maybe(service.get("beat_at")),
        feeds=queues["feeds"],
        feeds_failing=queues["feeds_failing"],
        feed_states=_needing_a_person(reader.feed_states(now)),
        polls=polls,
        alerts_waiting=queues["alerts_waiting"],
        alerts=alerts,
        alerts_failed=queues["alerts_failed"],
        refused=tuple(reader.refused_mistakes()),
        bugs=tuple(Bug(row["kind"], row["about"], row["times"], row["last_at"]) for row in bugs),
        stopped=tuple(Stopped(row["name"], row["reason"], row["stopped_at"]) for row in stopped),
        polled_at=maybe(queues["polled_at"]),
        sent_at=maybe(queues["sent_at"]),
        pages=reader.page_records(),
    )


def _needing_a_person(states: Mapping[FeedState, int]) -> dict[str, int]:
    return {str(state): count for state, count in states.items() if count and state.needs_a_person}


def problems(status: Status, now: datetime) -> list[str]:
    """Return the problems that need a person, one sentence each; an empty list if all is well."""
    found = list(filter(None, [status.waits or _service_problem(status, now)]))
    found += [
        f"the last reload was refused, the configuration before is in use: {mistake}"
        for mistake in status.refused
    ]
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


def _service_problem(status: Status, now: datetime) -> str:
    """Return what is wrong with the process, "" if it runs and sends heartbeats."""
    if not status.is_running:
        return "no service is running: start `monitor run`"
    if not status.is_serving:
        return f"process {status.pid} works on the database, but gives no sign of life"
    silent = (now - status.beat_at).total_seconds() if status.beat_at else float("inf")
    if silent > _SILENT:
        return f"the last heartbeat was {span(silent)} ago: the service hangs"
    return ""


def span(seconds: float) -> str:
    """Return a span of time for people: `45 s`, `12 min`, `3 h`, `5 days`."""
    for letter, unit in (("d", "days"), ("h", "h"), ("m", "min")):
        size = SECONDS[letter]
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"
