"""What the service counts, for Prometheus."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from monitor.errors import PollReason
from monitor.model import AlertState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.model import PollResult, QueueStats

_KILLED = frozenset({PollReason.PARSE_TIMEOUT, PollReason.WORKER_DIED})


class Metrics:
    """Counters of this process since it started, and gauges of the database's queues."""

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

    def polled(self, polled: PollResult) -> None:
        """Count a poll and what it brought."""
        self._polls.labels(polled.outcome).inc()
        self._killed.inc(polled.outcome in _KILLED)
        for outcome in polled.outcomes:
            self._articles.labels(str(outcome)).inc()
        for topic in polled.hits:
            self._hits.labels(topic).inc()

    def delivered(self, outcome: str) -> None:
        """Count a send."""
        self._sends.labels(outcome).inc()

    @contextmanager
    def tick(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        with self._ticks.labels(name).time():
            yield

    def pulse(self, pulse: QueueStats) -> None:
        """Show how the queues are."""
        for state in AlertState:
            self._alerts.labels(str(state)).set(pulse.alerts.get(state, 0))
        for queue, due, lag in (
            ("feeds", pulse.feeds_due, pulse.feeds_lag),
            ("alerts", pulse.alerts_due, pulse.alerts_lag),
        ):
            self._due.labels(queue).set(due)
            self._lag.labels(queue).set(lag)

    def text(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self._registry)
