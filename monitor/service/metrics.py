"""The service's metrics, for Prometheus.

Counters are of this process since it started. Gauges tell of the database, from the last heartbeat
(queues, alerts, channels, the last poll) or from the moment at which they are read (feeds).
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from monitor import __version__
from monitor.errors import POISONS, StoreError
from monitor.model import AlertState
from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from monitor.feeds.health import FeedState
    from monitor.pipeline.results import PollResult
    from monitor.service.trouble import Trouble
    from monitor.store.tables.heartbeat import QueueStats


# They are there from the start: Prometheus sees no increase in a counter's first value.
_POLLS = ("ok", "unchanged", "internal-error")
_SENDS = ("sent", "retry", "failed")


class Metrics:
    """The metrics of one run of the service on the database at `path`."""

    def __init__(self, path: Path, trouble: Trouble) -> None:
        self._path = path
        self._registry = registry = CollectorRegistry()
        self._polls = Counter("monitor_polls", "Polls by outcome.", ["outcome"], registry=registry)
        self._articles = Counter(
            "monitor_entries", "New entries by outcome.", ["outcome"], registry=registry
        )
        self._hits = Counter("monitor_hits", "Hits by topic.", ["topic"], registry=registry)
        self._sends = Counter("monitor_sends", "Sends by outcome.", ["outcome"], registry=registry)
        self._killed = Counter("monitor_workers_killed", "Workers that froze.", registry=registry)
        self._ticks = Histogram(
            "monitor_tick_seconds", "How long ticks took.", ["tick"], registry=registry
        )
        for outcome in _POLLS:
            self._polls.labels(outcome)
        for outcome in _SENDS:
            self._sends.labels(outcome)
        self._add_gauges()
        Info("monitor_build", "The version of the program.", registry=registry).info(
            {"version": __version__}
        )
        Gauge(
            "monitor_waiting_seconds",
            "How long the service has waited for what keeps it from storing anything, 0: it works.",
            registry=registry,
        ).set_function(lambda: trouble.seconds)

    def _add_gauges(self) -> None:
        registry = self._registry
        self._feeds = Gauge("monitor_feeds", "Feeds by state.", ["state"], registry=registry)
        self._last_poll = Gauge(
            "monitor_last_poll_timestamp_seconds",
            "When a feed was last read and that was stored, in seconds since 1970, 0 for never.",
            registry=registry,
        )
        self._stopped = Gauge(
            "monitor_channel_stopped",
            "Whether a channel is stopped until its operator acts.",
            ["channel"],
            registry=registry,
        )
        self._alerts = Gauge("monitor_alerts", "Alerts by state.", ["state"], registry=registry)
        self._due = Gauge("monitor_queue_due", "What is due now.", ["queue"], registry=registry)
        self._lag = Gauge(
            "monitor_queue_lag_seconds", "How overdue the oldest is.", ["queue"], registry=registry
        )

    def count_poll(self, result: PollResult) -> None:
        """Count a poll, its new entries and its hits."""
        self._polls.labels(result.outcome).inc()
        self._killed.inc(result.outcome in POISONS)
        for outcome in set(result.outcomes):  # most are alike, and each call has its price
            self._articles.labels(str(outcome)).inc(result.outcomes.count(outcome))
        for hit in result.hits:
            self._hits.labels(hit.topic).inc()

    def count_send(self, outcome: str) -> None:
        """Count a send by its outcome, as `deliver_one` returns it."""
        self._sends.labels(outcome).inc()

    @contextmanager
    def tick(self, name: str) -> Iterator[None]:
        """Measure the seconds that the body of the `with` block takes."""
        with self._ticks.labels(name).time():
            yield

    def set_queues(self, stats: QueueStats, channels: Iterable[str]) -> None:
        """Set the gauges of both queues, of these channels, and of the last poll."""
        self._last_poll.set(stats.polled_at)
        self._stopped.clear()
        for name in channels:
            self._stopped.labels(name).set(name in stats.stopped)
        for state in AlertState:
            self._alerts.labels(str(state)).set(stats.alert_states.get(state, 0))
        for name, queue in (("feeds", stats.polls), ("alerts", stats.alerts)):
            self._due.labels(name).set(queue.due)
            self._lag.labels(name).set(queue.overdue)

    async def text(self) -> bytes:
        """Return all metrics in Prometheus's text format.

        While the database cannot be read, feeds are counted as they were before.
        """
        try:
            states = await asyncio.to_thread(self._feed_states)
        except StoreError:
            states = {}
        for state, count in states.items():
            self._feeds.labels(str(state)).set(count)
        return generate_latest(self._registry)

    def _feed_states(self) -> Mapping[FeedState, int]:
        from monitor.store.queries.reader import Reader

        with Reader(self._path) as reader:
            return reader.feed_states(utc_now())
