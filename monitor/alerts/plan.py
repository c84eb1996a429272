"""Which alerts an article's hits make, what of them is sent, and when. Pure.

Two steps: `plan_alerts` looks at the article, its topics and the clock; then `route_to_thread` at
what its channel already knows of the story, and at how busy that is. Both read one `AlertContext`;
what is known of a channel is a value of its own, as an article goes to several. Whatever is held
back has only a later due time, and says in which digest it goes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from monitor.alerts.cron import next_digest
from monitor.alerts.quiet_hours import quiet_until
from monitor.alerts.routes import ways
from monitor.alerts.settings import Delivery
from monitor.alerts.updates import StoryUpdate
from monitor.model import AlertState, DigestKind, Mode, Severity, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert before it is stored: an article's hits, for one channel.

    An alert with a `digest` is sent together with the channel's others of that kind. `due_at` None
    means now; alerts in another state than pending are never sent. `news` are the lines that are
    new to the story; `broadcast` shows a reply in the channel too; `reason` says why an alert is
    not sent.
    """

    channel: str
    topics: tuple[str, ...]
    state: AlertState
    digest: DigestKind | None = None
    due_at: datetime | None = None
    severity: Severity = Severity.WARNING
    news: tuple[str, ...] = ()
    broadcast: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel knows of a story, what is on its way there, and how busy the channel is.

    Of the story: its `first` message is sent, or being sent; `digested`: a digest told it. The
    others are when things happen, None for never: `waiting_at` goes out a message that reports can
    still join, `digest_at` a `digest` that they can; `last_at` went out the last message of its
    own.

    Of all stories: messages `sent` in the last hour, the oldest at `oldest_at`; `waiting` are to go
    out soon. `overflow_at` goes out the digest of what was too much, if there is one, and
    `overflow_sent_at` went out the last one. A channel that its operator must mend is
    `stopped_until` it is tried again.
    """

    first: bool = False
    digested: bool = False
    waiting_at: datetime | None = None
    digest: DigestKind | None = None
    digest_at: datetime | None = None
    last_at: datetime | None = None
    sent: int = 0
    waiting: int = 0
    oldest_at: datetime | None = None
    overflow_at: datetime | None = None
    overflow_sent_at: datetime | None = None
    stopped_until: datetime | None = None

    @property
    def is_notified(self) -> bool:
        """Whether readers have, or are about to have, the story's first message."""
        return self.first or self.digested

    def under(self, load: ChannelContext) -> ChannelContext:
        """Return what is known of the story where the channel is as busy as `load` tells."""
        return replace(
            self,
            sent=load.sent,
            waiting=load.waiting,
            oldest_at=load.oldest_at,
            overflow_at=load.overflow_at,
            overflow_sent_at=load.overflow_sent_at,
            stopped_until=load.stopped_until,
        )


CATCHING_UP = 3_600.0  # seconds; what piled up in a longer outage comes as one digest
_HOUR = timedelta(hours=1)
_URGENCY = list(Severity)


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What decides, besides the topics that an article hits, which alerts it makes.

    How it reached us: `served_at` is the moment by its server's clock; only an article that is old
    by both clocks is old, since either may be wrong. `first_poll`: its feed was polled for the
    first time, so it may have been there for days. `outage`: for how many seconds longer than usual
    its feed had not been read before. `restored`: it may have been told after the backup that the
    database was restored from.

    What it meets: `update` is what it adds to its story, `channels` what each channel knows of the
    story, and how busy that is. `delivery` are the settings; topics that name no channel go to the
    `usual_channels`.
    """

    seen_at: datetime
    published_at: datetime | None = None
    served_at: datetime | None = None
    first_poll: bool = False
    outage: float = 0.0
    restored: bool = False
    update: StoryUpdate = field(default_factory=StoryUpdate)
    channels: Mapping[str, ChannelContext] = field(default_factory=dict)
    delivery: Delivery = field(default_factory=Delivery)
    usual_channels: tuple[str, ...] = ()


def plan_alerts(topics: Sequence[Topic], context: AlertContext) -> list[Alert]:
    """Return one alert for each channel that a hit topic is routed to, as the channel takes it.

    What a first poll or a long outage brings is sent as a digest, and so is what comes in quiet
    hours. Alerts whose topics are all too old are kept in that state.
    """
    planned = [_alert(channel, modes, context) for channel, modes in _routed(topics, context)]
    by_id = {topic.id: topic for topic in topics}
    return [route_to_thread(alert, by_id, context) for alert in planned]


def channels_of(topics: Sequence[Topic], context: AlertContext) -> list[str]:
    """Return the channels that hit topics are routed to."""
    return [channel for channel, _ in _routed(topics, context)]


def _routed(
    topics: Sequence[Topic], context: AlertContext
) -> Iterable[tuple[str, Mapping[Topic, Mode]]]:
    routed: dict[str, dict[Topic, Mode]] = {}
    for topic in topics:
        routes = ways(topic, context.delivery.routes, context.usual_channels)
        for channel, mode in routes.items():
            routed.setdefault(channel, {})[topic] = mode
    return routed.items()


def _alert(channel: str, modes: Mapping[Topic, Mode], context: AlertContext) -> Alert:
    fresh = [topic for topic in modes if not _too_old(topic, context)]
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
        due = [_digest_at(topic, context.delivery, context.seen_at) for topic in fresh]
        return replace(alert, digest=DigestKind.TIMED, due_at=min(due))
    return _when(alert, context)


def _digest_at(topic: Topic, delivery: Delivery, now: datetime) -> datetime:
    return next_digest(topic.digest or delivery.digests, delivery.zone, now)


def _when(alert: Alert, context: AlertContext) -> Alert:
    """Return an alert that is told at once with its due time, or held back."""
    now, delivery = context.seen_at, context.delivery
    ends_at = quiet_until(delivery.quiet, delivery.zone, now)
    if ends_at and not _breaks_through(alert.severity, delivery):
        return replace(alert, digest=DigestKind.HELD, due_at=ends_at)
    if context.restored:
        due_at = now + timedelta(seconds=delivery.digest_wait)
        return replace(alert, digest=DigestKind.RESTORED, due_at=due_at)
    if context.first_poll or context.outage > CATCHING_UP:
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


def route_to_thread(alert: Alert, topics: Mapping[str, Topic], context: AlertContext) -> Alert:
    """Return a planned alert as its channel takes it.

    A story is told once: a report of one that was told is a reply if it brings news, or if the
    story goes on for so long that it is told again; else it is only counted. Reports of one that
    is about to be told join that message.
    """
    channel = context.channels.get(alert.channel, ChannelContext())
    if alert.state is not AlertState.PENDING:
        return alert
    if channel.is_notified:
        alert = _continued(alert, channel, [topics[each] for each in alert.topics], context)
    elif channel.waiting_at:
        return replace(alert, digest=None, due_at=channel.waiting_at)
    elif channel.digest and not (
        alert.digest is None and _breaks_through(alert.severity, context.delivery)
    ):
        return replace(alert, digest=channel.digest, due_at=channel.digest_at)
    return _within_limits(alert, channel, context.delivery, context.seen_at)


def _continued(
    alert: Alert, channel: ChannelContext, topics: Sequence[Topic], context: AlertContext
) -> Alert:
    """Return a report of a story that was told before: a reply, or only counted."""
    update, now = context.update, context.seen_at
    lines, big = update.lines, update.big
    if not lines and _is_long_ago(channel, topics, now):
        lines, big = (f"still going on: {update.standing}",), True
    if not lines:
        return replace(alert, state=AlertState.COUNTED, digest=None, due_at=None,
                       reason="repeats what was told")  # fmt: skip
    alert = replace(alert, news=lines, broadcast=big)
    if alert.digest:
        return alert
    cooldown = timedelta(seconds=min(topic.cooldown for topic in topics))
    rested_at = channel.last_at + cooldown if channel.last_at and not big else now
    return replace(alert, due_at=max(now, rested_at))


def _is_long_ago(channel: ChannelContext, topics: Sequence[Topic], now: datetime) -> bool:
    again = [topic.repeat_interval for topic in topics if topic.repeat_interval]
    if not again or channel.last_at is None:
        return False
    return now - channel.last_at >= timedelta(seconds=min(again))


def _within_limits(
    alert: Alert, channel: ChannelContext, delivery: Delivery, now: datetime
) -> Alert:
    """Return an alert as a digest where its channel is stopped, or has had enough for the hour.

    The first message of a story that breaks through quiet hours breaks through this limit too.
    """
    at_its_time = alert.digest in {DigestKind.TIMED, DigestKind.HELD}
    if alert.state is not AlertState.PENDING or at_its_time:
        return alert
    if channel.stopped_until:
        return replace(alert, digest=DigestKind.MENDED, due_at=max(now, channel.stopped_until))
    full = delivery.per_hour and channel.sent + channel.waiting >= delivery.per_hour
    urgent = _breaks_through(alert.severity, delivery) and not channel.first
    if not full or alert.digest or urgent:
        return alert
    # one digest an hour, not one each time that a message of the last hour frees its place
    frees_at = (channel.overflow_sent_at or channel.oldest_at or now) + _HOUR
    return replace(alert, digest=DigestKind.OVERFLOW, due_at=channel.overflow_at or frees_at)


def _too_old(topic: Topic, context: AlertContext) -> bool:
    """Whether an article is too old to alert.

    An undated one is as old as the moment we saw it, but on a feed's first poll it is old. One of
    midnight (UTC) is as old as the end of its day: such a date had no time of day.
    """
    published_at = context.published_at
    if published_at is None:
        return context.first_poll
    if published_at.time() == time.min:
        published_at += timedelta(days=1)
    age = min(context.seen_at, context.served_at or context.seen_at) - published_at
    return age > timedelta(seconds=topic.max_age + context.outage)


def outage(ok_at: datetime | None, interval: float, now: datetime) -> float:
    """Return by how many seconds a feed's last good poll is overdue, beyond two intervals."""
    if ok_at is None:
        return 0.0
    return max(0.0, (now - ok_at).total_seconds() - 2 * interval)
