"""Which alerts an article's hits make, what of them is sent, and when. Pure.

Two steps: `plan_alerts` looks at the article, its topics and the clock; `route_to_thread` at what
its channel already knows of the story, and at how busy that is. Whatever is held back has only a
later due time, and says in which digest it goes out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.alerts.quiet_hours import next_digest, quiet_until
from monitor.alerts.routes import ways
from monitor.model import (
    Alert,
    AlertState,
    ChannelLoad,
    DigestKind,
    Mode,
    Severity,
    StoryInChannel,
    Topic,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from monitor.alerts.settings import Delivery
    from monitor.alerts.updates import StoryUpdate

CATCHING_UP = 3_600.0  # seconds; what piled up in a longer outage comes as one digest
_HOUR = timedelta(hours=1)
_URGENCY = list(Severity)


@dataclass(frozen=True, slots=True)
class ArticleTiming:
    """How an article reached us.

    `served_at`: the moment by its server's clock; only an article that is old by both clocks is
    old, since either may be wrong. `first_poll`: its feed was polled for the first time, so it may
    have been there for days.
    `outage`: for how many seconds longer than usual its feed had not been read before.
    """

    published_at: datetime | None
    seen_at: datetime
    first_poll: bool
    outage: float = 0.0
    served_at: datetime | None = None


def plan_alerts(
    hits: Sequence[str],
    topics: Mapping[str, Topic],
    channels: Sequence[str],
    arrival: ArticleTiming,
    delivery: Delivery,
) -> list[Alert]:
    """Return one alert for each channel that a hit topic is routed to.

    `hits` are topic ids. What a first poll or a long outage brings is sent as a digest, and so is
    what comes in quiet hours. Alerts whose topics are all too old are kept in that state.
    """
    routed: dict[str, dict[Topic, Mode]] = {}
    for topic_id in hits:
        for channel, mode in ways(topics[topic_id], delivery.routes, channels).items():
            routed.setdefault(channel, {})[topics[topic_id]] = mode
    return [_alert(channel, modes, arrival, delivery) for channel, modes in routed.items()]


def _alert(
    channel: str, modes: Mapping[Topic, Mode], arrival: ArticleTiming, delivery: Delivery
) -> Alert:
    fresh = [topic for topic in modes if not _too_old(topic, arrival)]
    told = fresh or list(modes)
    alert = Alert(
        channel,
        tuple(topic.id for topic in told),
        AlertState.PENDING if fresh else AlertState.TOO_OLD,
        severity=max((topic.severity for topic in told), key=_URGENCY.index),
    )
    if not fresh:
        return alert
    if all(modes[topic] is Mode.DIGEST for topic in fresh):
        due = [_digest_at(topic, delivery, arrival.seen_at) for topic in fresh]
        return replace(alert, digest=DigestKind.TIMED, due_at=min(due))
    return _when(alert, arrival, delivery)


def _digest_at(topic: Topic, delivery: Delivery, now: datetime) -> datetime:
    return next_digest(topic.digest or delivery.digests, delivery.zone, now)


def _when(alert: Alert, arrival: ArticleTiming, delivery: Delivery) -> Alert:
    """Return an alert that is told at once with its due time, or held back."""
    now = arrival.seen_at
    ends_at = quiet_until(delivery.quiet, delivery.zone, now)
    if ends_at and not _breaks_through(alert.severity, delivery):
        return replace(alert, digest=DigestKind.HELD, due_at=ends_at)
    if arrival.first_poll or arrival.outage > CATCHING_UP:
        due_at = now + timedelta(seconds=delivery.digest_wait)
        return replace(alert, digest=DigestKind.CATCHING_UP, due_at=due_at)
    return replace(alert, due_at=now + timedelta(seconds=delivery.group_wait))


def _breaks_through(severity: Severity, delivery: Delivery) -> bool:
    return _URGENCY.index(severity) >= _URGENCY.index(delivery.break_through)


def wait_of(severity: Severity, delivery: Delivery, now: datetime) -> float:
    """Return how many seconds a notice waits for the end of the quiet hours."""
    ends_at = quiet_until(delivery.quiet, delivery.zone, now)
    if ends_at is None or _breaks_through(severity, delivery):
        return 0.0
    return (ends_at - now).total_seconds()


def route_to_thread(
    alert: Alert,
    standing: StoryInChannel,
    traffic: ChannelLoad,
    news: StoryUpdate,
    *,
    topics: Mapping[str, Topic],
    delivery: Delivery,
    now: datetime,
) -> Alert:
    """Return a planned alert as its channel takes it.

    A story is told once: a report of one that was told is a reply if it brings news, or if the
    story goes on for so long that it is told again; else it is only counted. Reports of one that
    is about to be told join that message.
    """
    if alert.state is not AlertState.PENDING:
        return alert
    if standing.is_told:
        alert = _continued(alert, standing, news, [topics[each] for each in alert.topics], now)
    elif standing.waiting_at:
        return replace(alert, digest=None, due_at=standing.waiting_at)
    elif standing.digest and not (
        alert.digest is None and _breaks_through(alert.severity, delivery)
    ):
        return replace(alert, digest=standing.digest, due_at=standing.digest_at)
    return _within_limits(alert, standing, traffic, delivery, now)


def _continued(
    alert: Alert,
    standing: StoryInChannel,
    news: StoryUpdate,
    topics: Sequence[Topic],
    now: datetime,
) -> Alert:
    """Return a report of a story that was told before: a reply, or only counted."""
    lines, big = news.lines, news.big
    if not lines and _is_long_ago(standing, topics, now):
        lines, big = (f"still going on: {news.standing}",), True
    if not lines:
        return replace(alert, state=AlertState.COUNTED, digest=None, due_at=None,
                       reason="repeats what was told")  # fmt: skip
    alert = replace(alert, news=lines, broadcast=big)
    if alert.digest:
        return alert
    cooldown = timedelta(seconds=min(topic.cooldown for topic in topics))
    rested_at = standing.last_at + cooldown if standing.last_at and not big else now
    return replace(alert, due_at=max(now, rested_at))


def _is_long_ago(standing: StoryInChannel, topics: Sequence[Topic], now: datetime) -> bool:
    again = [topic.repeat_interval for topic in topics if topic.repeat_interval]
    if not again or standing.last_at is None:
        return False
    return now - standing.last_at >= timedelta(seconds=min(again))


def _within_limits(
    alert: Alert, standing: StoryInChannel, traffic: ChannelLoad, delivery: Delivery, now: datetime
) -> Alert:
    """Return an alert as a digest where its channel is stopped, or has had enough for the hour.

    The first message of a story that breaks through quiet hours breaks through this limit too.
    """
    at_its_time = alert.digest in {DigestKind.TIMED, DigestKind.HELD}
    if alert.state is not AlertState.PENDING or at_its_time:
        return alert
    if traffic.stopped_until:
        return replace(alert, digest=DigestKind.MENDED, due_at=max(now, traffic.stopped_until))
    full = delivery.per_hour and traffic.sent + traffic.waiting >= delivery.per_hour
    urgent = _breaks_through(alert.severity, delivery) and not standing.first
    if not full or alert.digest or urgent:
        return alert
    frees_at = (traffic.oldest_at or now) + _HOUR
    return replace(alert, digest=DigestKind.OVERFLOW, due_at=traffic.overflow_at or frees_at)


def _too_old(topic: Topic, arrival: ArticleTiming) -> bool:
    """Whether an article is too old to alert.

    An undated one is as old as the moment we saw it, but on a feed's first poll it is old.
    """
    if arrival.published_at is None:
        return arrival.first_poll
    age = min(arrival.seen_at, arrival.served_at or arrival.seen_at) - arrival.published_at
    return age > timedelta(seconds=topic.max_age + arrival.outage)


def outage(ok_at: datetime | None, interval: float, now: datetime) -> float:
    """Return by how many seconds a feed's last good poll is overdue, beyond two intervals."""
    if ok_at is None:
        return 0.0
    return max(0.0, (now - ok_at).total_seconds() - 2 * interval)
