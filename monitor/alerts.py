"""Which alerts an article's hits make, and what a silence holds back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.model import Alert, AlertState, Report, Silence, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


CATCHING_UP = 3_600.0  # seconds; what piled up in a longer outage comes as one digest


@dataclass(frozen=True, slots=True)
class Arrival:
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


def plan(
    hits: Sequence[str], topics: Mapping[str, Topic], channels: Sequence[str], arrival: Arrival
) -> list[Alert]:
    """Return one alert for each channel that a hit topic is routed to.

    `hits` are topic ids; a topic without channels goes to all of `channels`. What a first poll
    or a long outage brings is sent as a digest. Alerts whose topics are all too old are kept in
    that state.
    """
    routed: dict[str, list[str]] = {}
    for topic_id in hits:
        for channel in topics[topic_id].channels or channels:
            routed.setdefault(channel, []).append(topic_id)
    return [_alert(channel, ids, topics, arrival) for channel, ids in routed.items()]


def _alert(channel: str, ids: list[str], topics: Mapping[str, Topic], arrival: Arrival) -> Alert:
    fresh = [topic_id for topic_id in ids if not _too_old(topics[topic_id], arrival)]
    state = AlertState.PENDING if fresh else AlertState.TOO_OLD
    catching_up = arrival.first_poll or arrival.outage > CATCHING_UP
    return Alert(channel, tuple(fresh or ids), state, digest=catching_up)


def _too_old(topic: Topic, arrival: Arrival) -> bool:
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


def silenced(report: Report, silences: Iterable[Silence], now: datetime) -> bool:
    """Whether silences hold a report back: each of its topics (here by id) must be silenced."""
    active = [s for s in silences if s.starts_at <= now < s.ends_at and _concerns(s, report)]
    return bool(active) and all(
        any(silence.topic in {"", topic_id} for silence in active) for topic_id in report.topics
    )


def _concerns(silence: Silence, report: Report) -> bool:
    words = f"{report.title} {report.excerpt.text}".casefold()
    return silence.term.casefold() in words and silence.publisher.casefold() in {
        "",
        report.publisher.casefold(),
    }
