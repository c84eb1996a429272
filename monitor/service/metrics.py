"""The service's metrics, for Prometheus."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from monitor.errors import POISONS
from monitor.model import AlertState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.pipeline.ingest import PollResult
    from monitor.store.tables.heartbeat import QueueStats


class Metrics:
    """Counters of this process since it started, and gauges of the two queues in the database."""

    def __init__(self) -> None:
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
        self._alerts = Gauge("monitor_alerts", "Alerts by state.", ["state"], registry=registry)
        self._due = Gauge("monitor_queue_due", "What is due now.", ["queue"], registry=registry)
        self._lag = Gauge(
            "monitor_queue_lag_seconds", "How overdue the oldest is.", ["queue"], registry=registry
        )

    def count_poll(self, result: PollResult) -> None:
        """Count a poll, its new entries and its hits."""
        self._polls.labels(result.outcome).inc()
        self._killed.inc(result.outcome in POISONS)
        for outcome in result.outcomes:
            self._articles.labels(str(outcome)).inc()
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

    def set_queues(self, stats: QueueStats) -> None:
        """Set the gauges of both queues."""
        for state in AlertState:
            self._alerts.labels(str(state)).set(stats.alert_states.get(state, 0))
        for name, queue in (("feeds", stats.polls), ("alerts", stats.alerts)):
            self._due.labels(name).set(queue.due)
            self._lag.labels(name).set(queue.overdue)

    def text(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        return generate_latest(self._registry)
