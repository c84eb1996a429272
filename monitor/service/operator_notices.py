"""What the program says of itself: `notices` decides, the outbox delivers, the log has it all.

    feeds, alerts, channels, the day ─▶ anything not told yet? ─▶ notice in the outbox, and the log

What was told is remembered in the same transaction, so that nothing is told twice or not at all.
Without an operations channel the log alone has it. Reads no clock.
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
from monitor.errors import StoreError
from monitor.feeds.health import health
from monitor.model import Severity
from monitor.store.queries.reader import Reader

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


async def tell(store: Store, settings: OperationsSettings, now: datetime) -> list[Notice]:
    """Tell what there is to say of feeds and alerts, and the day's heartbeat if it is due.

    Feeds are read beside the one who writes: with tens of thousands that takes a second.
    """
    day = await store.write(lambda tx: _day_due(tx, settings, now))
    feeds = await asyncio.to_thread(_judged, store.path, now, everything=day is not None)
    news = _News(settings, feeds, day, now)
    return _logged(await store.write(lambda tx: _told(tx, news)))


async def tell_refused(
    store: Store, settings: OperationsSettings, mistakes: Iterable[Mistake | str], now: datetime
) -> list[Notice]:
    """Tell why a configuration is refused, each mistake once until it is mended: none are left."""
    named = {_name(mistake): str(mistake) for mistake in mistakes}

    def change(tx: Transaction) -> list[Notice]:
        told = tx.history.already_notified("mistake")
        new = {name: mistake for name, mistake in named.items() if name not in told}
        tx.history.forget_notified("mistake", told.keys() - named.keys())
        tx.history.mark_notified("mistake", dict.fromkeys(new, ""), now)
        return _put(
            tx, settings, [operator_notices.reload_notice(list(new.values()), now)] * bool(new), now
        )

    return _logged(await store.write(change))


def _name(mistake: Mistake | str) -> str:
    if isinstance(mistake, str):
        return operator_notices.mistake_name("", mistake)
    return operator_notices.mistake_name(mistake.field, mistake.message)


def _judged(
    path: Path, now: datetime, *, everything: bool
) -> list[operator_notices.FeedWithHealth]:
    """Return how feeds are: all of them, or those that may need a person or did."""
    try:
        with Reader(path) as reader:
            return [(feed, health(feed, now)) for feed in reader.records(doubtful=not everything)]
    except StoreError as error:  # it is there: whatever keeps it from being read may pass
        raise StoreError(str(error), passing=True) from error


@dataclass(frozen=True, slots=True)
class _News:
    """What may have to be told; `day` is the time for which a heartbeat is due, if one is."""

    settings: OperationsSettings
    feeds: list[operator_notices.FeedWithHealth]
    day: _Day | None
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.timezone)


@dataclass(frozen=True, slots=True)
class _Day:
    """A heartbeat that is due, and since when it has to tell."""

    due_at: datetime
    since: datetime


def _told(tx: Transaction, news: _News) -> list[Notice]:
    abouts = (_of_feeds, _of_alerts, _of_channels, _of_the_day)
    return [notice for about in abouts for notice in about(tx, news)]


def _of_feeds(tx: Transaction, all_news: _News) -> list[Notice]:
    settings, now = all_news.settings, all_news.now
    told, enabled = tx.history.already_notified("feed"), tx.history.count_enabled()
    news = operator_notices.feed_news(
        all_news.feeds,
        set(map(int, told)),
        last_at=tx.history.already_notified("feeds").get("", ("", None))[1],
        enabled=enabled,
        failing_after=timedelta(seconds=settings.failing_after),
        now=now,
    )
    tx.history.forget_notified(
        "feed", [str(feed.id) for feed in (*news.off, *(feed for feed, _ in news.well))]
    )
    if not news.worse and not news.well:
        return []
    tx.history.mark_notified(
        "feed", {str(feed.id): health.state for feed, health in news.worse}, now
    )
    tx.history.mark_notified("feeds", {"": ""}, now)
    return _put(
        tx, settings, [operator_notices.feed_notice(news, enabled, all_news.zone, now)], now
    )


def _of_alerts(tx: Transaction, news: _News) -> list[Notice]:
    """Tell of bugs of ours, and of alerts that failed for good.

    Those of the operations channel itself are logged.
    """
    settings, now = news.settings, news.now
    told, failed = tx.history.already_notified("alert"), tx.history.failed_alerts()
    names = {str(alert_id) for alert_id, _, _ in failed}
    tx.history.forget_notified("alert", told.keys() - names)
    new = [each for each in failed if str(each[0]) not in told]
    tx.history.mark_notified("alert", {str(alert_id): "" for alert_id, _, _ in new}, now)
    ours = [each for each in new if each[1] == settings.channel]
    others = [each for each in new if each[1] != settings.channel]
    found: list[Notice] = []
    if bugs := tx.internal_errors.take_untold():
        found = _put(tx, settings, [operator_notices.internal_notice(bugs, others, now)], now)
    elif others:
        found = _put(tx, settings, [operator_notices.failed_notice(others, now)], now)
    return found + [operator_notices.failed_notice(ours, now)] * bool(ours)


def _of_channels(tx: Transaction, news: _News) -> list[Notice]:
    """Tell of stopped channels; that the operations channel is one, only the log can say."""
    settings, now = news.settings, news.now
    told, stopped = tx.history.already_notified("channel"), tx.history.stopped_channels()
    tx.history.forget_notified("channel", told.keys() - {name for name, _, _ in stopped})
    new = [each for each in stopped if each[0] not in told]
    tx.history.mark_notified("channel", {name: reason for name, reason, _ in new}, now)
    found: list[Notice] = []
    for name, reason, since in new:
        notice = operator_notices.stopped_notice(name, reason, since, news.zone)
        found += [notice] if name == settings.channel else _put(tx, settings, [notice], now)
    return found


def _day_due(tx: Transaction, settings: OperationsSettings, now: datetime) -> _Day | None:
    """Return the heartbeat that is due; late where nothing ran at that hour.

    The first time there is no day to tell of: it is only noted.
    """
    due_at = operator_notices.last_heartbeat_due(
        settings.heartbeat, ZoneInfo(settings.timezone), now
    )
    last = tx.history.already_notified("heartbeat").get("")
    if last is None or last[1] > now:  # a clock that was wrong wrote that
        tx.history.mark_notified("heartbeat", {"": ""}, now)
        return None
    return _Day(due_at, last[1]) if last[1] < due_at else None


def _of_the_day(tx: Transaction, news: _News) -> list[Notice]:
    """Tell how the day was."""
    day, now = news.day, news.now
    if day is None:
        return []
    tx.history.mark_notified("heartbeat", {"": ""}, now)
    tx.history.forget_old_outages(now)
    states = Counter(str(health.state) for _, health in news.feeds)
    report = operator_notices.DayReport(
        day.due_at, tx.history.period_stats(day.since), states, tx.history.longest_unread()
    )
    return _put(tx, news.settings, [operator_notices.heartbeat(report, news.zone, now)], now)


def _put(
    tx: Transaction, settings: OperationsSettings, found: list[Notice], now: datetime
) -> list[Notice]:
    if not settings.channel:
        return found
    return [notice for notice in found if tx.alerts.add_notice(notice, settings.channel, now)]


def _logged(found: list[Notice]) -> list[Notice]:
    for notice in found:
        level = log.info if notice.severity is Severity.INFO else log.warning
        level("notice", kind=notice.kind, title=notice.title, lines=list(notice.lines))
    return found
