"""Notices for the operator: `alerts.operator_notices` decides, the outbox delivers them.

    feeds, alerts, channels, the day ─▶ not notified yet? ─▶ notice in the outbox, and the log

The transaction that adds a notice also marks its subject as notified, so that no notice comes
twice or not at all. Without an operations channel notices go to the log only. Reads no clock.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from monitor.alerts import operator_notices
from monitor.alerts.cron import last_daily
from monitor.errors import StoreError
from monitor.feeds.health import health
from monitor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from monitor.config.schema import OperationsSettings
    from monitor.errors import Mistake
    from monitor.model import Notice
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

log = structlog.get_logger()


async def notify(store: Store, settings: OperationsSettings, now: datetime) -> list[Notice]:
    """Notify about feeds, alerts and channels, and of the day if its heartbeat is due.

    Returns the new notices. Feeds are read outside of the write transaction: reading tens of
    thousands takes a second.
    """
    day = await store.write(lambda tx: _due_day(tx, settings, now))
    feeds = await asyncio.to_thread(_feeds, store.path, now, everything=day is not None)
    observed = _Observation(settings, feeds, day, now)
    return _logged(await store.write(lambda tx: _notify_of_all(tx, observed)))


async def notify_refused(
    store: Store, settings: OperationsSettings, mistakes: Iterable[Mistake | str], now: datetime
) -> list[Notice]:
    """Notify about new configuration mistakes, once each.

    An empty list means that the file is valid again, and clears the mistakes that were notified.
    """
    named = {_name_of(mistake): str(mistake) for mistake in mistakes}

    def change(tx: Transaction) -> list[Notice]:
        notified = tx.history.already_notified("mistake")
        new = {name: mistake for name, mistake in named.items() if name not in notified}
        tx.history.forget_notified("mistake", notified.keys() - named.keys())
        tx.history.mark_notified("mistake", named, now)  # all: a mistake may have moved
        if not new:
            return []
        return _add(tx, settings, operator_notices.reload_notice(list(new.values()), now), now)

    return _logged(await store.write(change))


def _name_of(mistake: Mistake | str) -> str:
    if isinstance(mistake, str):
        return operator_notices.mistake_name("", mistake)
    return operator_notices.mistake_name(mistake.field, mistake.message)


def _feeds(path: Path, now: datetime, *, everything: bool) -> list[operator_notices.FeedWithHealth]:
    """Return feeds with their health: all, or those that may need a person or have needed one."""
    from monitor.store.queries.reader import Reader

    try:
        with Reader(path) as reader:
            return [(feed, health(feed, now)) for feed in reader.records(doubtful=not everything)]
    except StoreError as error:  # the database is open for writing: the cause may pass
        raise StoreError(str(error), passing=True) from error


@dataclass(frozen=True, slots=True)
class _Observation:
    """The state that notices are made of; `day` is set where a heartbeat is due."""

    settings: OperationsSettings
    feeds: list[operator_notices.FeedWithHealth]
    day: _Day | None
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.timezone)


@dataclass(frozen=True, slots=True)
class _Day:
    """A heartbeat notice that was due at `due_at`, and reports on the time from `since` on."""

    due_at: datetime
    since: datetime


def _notify_of_all(tx: Transaction, observed: _Observation) -> list[Notice]:
    return [
        *_notify_of_feeds(tx, observed),
        *_notify_of_alerts(tx, observed),
        *_notify_of_channels(tx, observed),
        *_notify_of_day(tx, observed),
    ]


def _notify_of_feeds(tx: Transaction, observed: _Observation) -> list[Notice]:
    settings, now = observed.settings, observed.now
    notified, enabled = tx.history.already_notified("feed"), tx.history.count_enabled()
    _, last_at = tx.history.already_notified("feeds").get("", ("", None))
    news = operator_notices.feed_news(
        observed.feeds,
        set(map(int, notified)),
        last_at=last_at,
        enabled=enabled,
        failing_after=timedelta(seconds=settings.failing_after),
        now=now,
    )

    over = [*news.off, *(feed for feed, _ in news.well)]
    tx.history.forget_notified("feed", [str(feed.id) for feed in over])
    if not news.worse and not news.well:
        return []

    states = {str(feed.id): health.state for feed, health in news.worse}
    tx.history.mark_notified("feed", states, now)
    tx.history.mark_notified("feeds", {"": ""}, now)
    notice = operator_notices.feed_notice(news, enabled, observed.zone, now)
    return _add(tx, settings, notice, now)


def _notify_of_alerts(tx: Transaction, observed: _Observation) -> list[Notice]:
    """Notify about bugs of this program, and about alerts that failed for good.

    Failed alerts of the operations channel itself go to the log only.
    """
    settings, now = observed.settings, observed.now
    failed = _newly_failed(tx, now)
    own = [each for each in failed if each[1] == settings.channel]
    others = [each for each in failed if each[1] != settings.channel]

    notices: list[Notice] = []
    if bugs := tx.internal_errors.take_unnotified():
        notices = _add(tx, settings, operator_notices.internal_notice(bugs, others, now), now)
    elif others:
        notices = _add(tx, settings, operator_notices.failed_notice(others, now), now)
    if own:
        notices.append(operator_notices.failed_notice(own, now))
    return notices


def _newly_failed(tx: Transaction, now: datetime) -> list[tuple[int, str, str]]:
    """Return (id, channel, reason) of failed alerts not notified yet, and mark them notified."""
    notified, failed = tx.history.already_notified("alert"), tx.history.failed_alerts()
    names = {str(alert_id) for alert_id, _, _ in failed}
    tx.history.forget_notified("alert", notified.keys() - names)
    new = [each for each in failed if str(each[0]) not in notified]
    tx.history.mark_notified("alert", {str(alert_id): "" for alert_id, _, _ in new}, now)
    return new


def _notify_of_channels(tx: Transaction, observed: _Observation) -> list[Notice]:
    """Notify about stopped channels; if the operations channel is one, only the log gets it."""
    settings, now = observed.settings, observed.now
    notified, stopped = tx.history.already_notified("channel"), tx.history.stopped_channels()
    tx.history.forget_notified("channel", notified.keys() - {name for name, _, _ in stopped})
    new = [each for each in stopped if each[0] not in notified]
    tx.history.mark_notified("channel", {name: reason for name, reason, _ in new}, now)

    notices: list[Notice] = []
    for name, reason, since in new:
        notice = operator_notices.stopped_notice(name, reason, since, observed.zone)
        notices += [notice] if name == settings.channel else _add(tx, settings, notice, now)
    return notices


def _due_day(tx: Transaction, settings: OperationsSettings, now: datetime) -> _Day | None:
    """Return the heartbeat notice that is due, late where the service did not run at that hour.

    The first start has no day to report on: it only marks the beginning of the next one.
    """
    due_at = last_daily(settings.heartbeat, settings.timezone, now).astimezone(
        ZoneInfo(settings.timezone)
    )
    last = tx.history.already_notified("heartbeat").get("")
    if last is None or last[1] > now:  # a time in the future was written by a wrong clock
        tx.history.mark_notified("heartbeat", {"": ""}, now)
        return None
    return _Day(due_at, last[1]) if last[1] < due_at else None


def _notify_of_day(tx: Transaction, observed: _Observation) -> list[Notice]:
    """Send the heartbeat notice: a report on the day, which also shows that all works."""
    day, now = observed.day, observed.now
    if day is None:
        return []
    tx.history.mark_notified("heartbeat", {"": ""}, now)
    tx.history.forget_old_outages(now)
    states = Counter(str(health.state) for _, health in observed.feeds)
    report = operator_notices.DayReport(
        day.due_at, tx.history.period_stats(day.since), states, tx.history.longest_unread()
    )
    notice = operator_notices.heartbeat(report, observed.zone, now)
    return _add(tx, observed.settings, notice, now)


def _add(
    tx: Transaction, settings: OperationsSettings, notice: Notice, now: datetime
) -> list[Notice]:
    """Add a notice to the outbox; return it if it is new, or if only the log can have it."""
    if not settings.channel or tx.alerts.add_notice(notice, settings.channel, now):
        return [notice]
    return []


def _logged(notices: list[Notice]) -> list[Notice]:
    for notice in notices:
        level = log.info if notice.severity is Severity.INFO else log.warning
        level("notice", kind=notice.kind, title=notice.title, lines=list(notice.lines))
    return notices
