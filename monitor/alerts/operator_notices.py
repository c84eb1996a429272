"""Notices for the operations channel: feeds, failed alerts, reloads, and a daily heartbeat. Pure.

A condition is notified once while it lasts: `service.operator_notices` remembers what was notified
and passes that in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.feeds.health import FeedState
from monitor.model import Notice, Severity
from monitor.text.counts import counted
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import tzinfo

    from monitor.feeds.health import FeedRecord, Health, Outage, PeriodStats

FeedWithHealth = tuple["FeedRecord", "Health"]
_PAUSE = timedelta(hours=1)  # between two notices about feeds
_MOST = 15  # lines of a list
_FEW = 3  # failing feeds below which the fault is not looked for on our side
_OUR_FAULT_AFTER = timedelta(hours=1)  # how long half of all feeds may fail
_NOTIFY_AT_ONCE = frozenset({FeedState.CLOSED, FeedState.STALE})  # include a waiting period already
_READ = ("hit", "near-miss", "no-match", "duplicate")


# ── feeds ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FeedNews:
    """Changes to notify about: feeds that need a person now, and feeds that are `well` again.

    Feeds that were switched `off` are no longer remembered as notified.
    """

    worse: tuple[FeedWithHealth, ...] = ()
    well: tuple[FeedWithHealth, ...] = ()
    off: tuple[FeedRecord, ...] = ()


def feed_news(
    feeds: Iterable[FeedWithHealth],
    notified: Collection[int],
    *,
    last_at: datetime | None,
    enabled: int,
    failing_after: timedelta,
    now: datetime,
) -> FeedNews:
    """Return the feeds to notify about.

    `notified` are the ids of feeds that need a person, as notified at `last_at`; `enabled` is the
    number of all feeds that are polled.

    The first feed that fails for `failing_after` is notified, together with all that fail for half
    as long: one fault makes one notice. Where half of all feeds fail, one hour is enough.
    """
    feeds = list(feeds)
    known = [each for each in feeds if each[0].id in notified]
    off = tuple(feed for feed, health in known if health.state is FeedState.OFF)
    if last_at and last_at <= now < last_at + _PAUSE:
        return FeedNews(off=off)

    need_person = [each for each in feeds if each[1].state.needs_a_person]
    if _is_our_fault(need_person, enabled):
        failing_after = min(failing_after, _OUR_FAULT_AFTER)

    new = [each for each in need_person if each[0].id not in notified]
    is_due = any(_lasts(each, failing_after, now) for each in new)
    worse = [each for each in new if is_due and _lasts(each, failing_after / 2, now)]
    well = [each for each in known if each[1].state.is_well]
    return FeedNews(worse=tuple(worse), well=tuple(well), off=off)


def _is_our_fault(feeds: Sequence[FeedWithHealth], enabled: int) -> bool:
    """Whether so many feeds fail that the fault is more likely on our side."""
    failing = sum(health.state is FeedState.FAILING for _, health in feeds)
    return failing >= _FEW and 2 * failing >= enabled


def _lasts(feed: FeedWithHealth, at_least: timedelta, now: datetime) -> bool:
    health = feed[1]
    if health.state in _NOTIFY_AT_ONCE or not health.since:
        return True
    return now - health.since >= at_least


def feed_notice(news: FeedNews, enabled: int, zone: tzinfo, now: datetime) -> Notice:
    """Return the notice about feeds; `news` has feeds that are worse, or well again."""
    lines = [_state_line(each, zone) for each in news.worse[:_MOST]]
    lines += _and_more(len(news.worse) - _MOST)
    if _is_our_fault(news.worse, enabled):
        lines.insert(0, "Half of all feeds fail: look at this machine's network first.")
    if news.worse and news.well:
        lines.append(f"Well again: {_titles(news.well)}")
    elif len(news.well) > 1:
        lines.append(_titles(news.well))
    if news.worse:
        lines.append("`monitor feeds --failing` lists what needs a person.")
    return Notice(
        key=f"feeds:{now:%Y-%m-%dT%H:%M:%SZ}",
        kind="feeds",
        title=_feed_title(news),
        lines=tuple(lines),
        severity=Severity.WARNING if news.worse else Severity.INFO,
    )


def _feed_title(news: FeedNews) -> str:
    worse, well = len(news.worse), len(news.well)
    if worse == 0 and well == 1:
        return f"{news.well[0][0].title} is well again"
    if worse == 0:
        return f"{counted(well, 'feed')} are well again"
    if worse == 1 and not well:
        feed, health = news.worse[0]
        return f"{feed.title} is {health.state}"

    states = Counter(str(health.state) for _, health in news.worse)
    by_state = ", ".join(f"{count} {state}" for state, count in states.most_common())
    need = "needs" if worse == 1 else "need"
    title = f"{counted(worse, 'feed')} {need} a look: {by_state}"
    return f"{title}; {well} well again" if well else title


def _state_line(feed_with_health: FeedWithHealth, zone: tzinfo) -> str:
    feed, health = feed_with_health
    since = f" since {_local(health.since, zone)}" if health.since else ""
    next_poll = f"; next try {_local(health.next_at, zone)}" if health.next_at else ""
    return f"{feed.title}: {health.state}{since}: {health.reason}{next_poll}"


def _titles(feeds: Sequence[FeedWithHealth]) -> str:
    titles = [feed.title for feed, _ in feeds[:_MOST]]
    return ", ".join([*titles, *_and_more(len(feeds) - _MOST)])


# ── alerts ────────────────────────────────────────────────────────────────────────────────────


def internal_notice(
    bugs: Sequence[tuple[str, str, int]], failed: Sequence[tuple[int, str, str]], now: datetime
) -> Notice:
    """Return the notice about bugs of this program: (kind, feed or channel, times) each.

    Alerts that `failed` meanwhile are added: one fault makes one notice.
    """
    title = f"Internal error: {bugs[0][0]}"
    lines = [f"{kind}, {counted(times, 'time')}, last {about}" for kind, about, times in bugs]
    lines.append("This is a bug of monitor, not of a feed or channel: its log has the traceback.")
    if failed:
        undelivered = failed_notice(failed, now)
        title = f"{title}; {undelivered.title}"
        lines += undelivered.lines
    return Notice(
        key=f"internal:{now:%Y-%m-%dT%H:%M:%SZ}",
        kind="internal",
        title=title,
        lines=tuple(lines),
        severity=Severity.CRITICAL,
    )


def failed_notice(failed: Sequence[tuple[int, str, str]], now: datetime) -> Notice:
    """Return the notice about alerts (id, channel, reason) that are not sent again."""
    kinds = Counter(f"{channel}: {reason}" for _, channel, reason in failed)
    lines = [f"{kind} ({counted(count, 'alert')})" for kind, count in kinds.most_common(_MOST)]
    return Notice(
        key=f"undelivered:{now:%Y-%m-%dT%H:%M:%SZ}",
        kind="undelivered",
        title=f"{counted(len(failed), 'alert')} could not be delivered",
        lines=(*lines, "`monitor alerts --state failed` lists them; `monitor alerts retry` sends."),
        severity=Severity.CRITICAL,
    )


def stopped_notice(channel: str, reason: str, since: datetime, zone: tzinfo) -> Notice:
    """Return the notice about a channel that its operator must mend."""
    return Notice(
        key=f"channel:{channel}:{since:%Y-%m-%dT%H:%M:%SZ}",
        kind="channel",
        title=f"Channel {channel} is stopped: its alerts wait",
        lines=(
            f"Since {_local(since, zone)}: {reason}",
            f"It is tried three times an hour; `monitor alerts test {channel}` tells what to do.",
        ),
        severity=Severity.CRITICAL,
    )


def waiting_notice(reason: str, since: datetime, zone: tzinfo) -> Notice:
    """Return the notice that the service cannot store what it polls, and why."""
    return Notice(
        key=f"waiting:{since:%Y-%m-%dT%H:%M:%SZ}",
        kind="waiting",
        title="The service waits: it cannot store what it polls",
        lines=(
            f"Since {_local(since, zone)}: {reason}",
            "It is tried again all the time; `monitor status` shows when it is over.",
        ),
        severity=Severity.CRITICAL,
    )


def working_notice(reason: str, since: datetime, zone: tzinfo, now: datetime) -> Notice:
    """Return the notice that the service stores again what it polls."""
    return Notice(
        key=f"working:{since:%Y-%m-%dT%H:%M:%SZ}",
        kind="working",
        title="The service stores again what it polls",
        lines=(f"From {_local(since, zone)} to {_local(now, zone)}: {reason}",),
    )


# ── reloads ───────────────────────────────────────────────────────────────────────────────────


def mistake_name(field: str, message: str) -> str:
    """Return the name of a configuration mistake, the same wherever it stands in the file."""
    return digest(field, message).hex()


def reload_notice(mistakes: Sequence[str], now: datetime) -> Notice:
    """Return the notice about a refused configuration; `mistakes` are those not notified yet."""
    return Notice(
        key=f"reload:{now:%Y-%m-%dT%H:%M:%S.%fZ}",
        kind="reload",
        title="The changed configuration is refused; the one before stays in use",
        lines=(*mistakes[:_MOST], *_and_more(len(mistakes) - _MOST)),
        severity=Severity.WARNING,
    )


# ── each day ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class DayReport:
    """The contents of a heartbeat: `states` has the number of feeds in each state.

    `unread` is the title of the feed not read for the longest time, and when that was last read
    (None: never).
    """

    due_at: datetime
    stats: PeriodStats
    states: Mapping[str, int]
    unread: tuple[str, datetime | None] | None


def heartbeat(report: DayReport, zone: tzinfo, now: datetime) -> Notice:
    """Return the daily sign of life, with the counts since the last one."""
    stats = report.stats
    hits = stats.outcomes.get("hit", 0)
    # A `counted` alert repeats its story: the count in the story's first message stands for it.
    unsent = bool(hits) and not stats.sent and not stats.alerts.get("counted")
    enabled = sum(report.states.values()) - report.states.get("off", 0)
    counts = [
        counted(enabled, "feed"),
        counted(stats.articles, "article"),
        counted(hits, "hit"),
        counted(stats.sent, "alert") + " sent",
    ]
    warn = unsent or bool(stats.stopped) or bool(stats.outages) or not stats.polled
    return Notice(
        key=f"heartbeat:{report.due_at:%Y-%m-%d}",
        kind="heartbeat",
        title=f"Heartbeat {report.due_at:%Y-%m-%d}: {', '.join(counts)}",
        lines=tuple(_day_lines(report, unsent=unsent, zone=zone, now=now)),
        severity=Severity.WARNING if warn else Severity.INFO,
    )


def _day_lines(report: DayReport, *, unsent: bool, zone: tzinfo, now: datetime) -> Iterable[str]:
    stats = report.stats
    if unsent:
        yield "Hits, but not one alert was sent: see below what became of them."
    if stats.stopped:
        yield f"Stopped channels: {', '.join(stats.stopped)}"
    yield from (_outage(outage, zone) for outage in stats.outages)
    yield f"Feeds: {stats.polled:,} read; {_by_state(report.states) or 'none'}"
    yield f"Coverage: {_coverage(stats.outcomes)}"

    made = ", ".join(f"{count:,} {state}" for state, count in sorted(stats.alerts.items()))
    waiting = f"; {stats.waiting:,} waiting" if stats.waiting else ""
    yield f"Alerts: {made or 'none made'}{waiting}"

    if report.unread:
        title, read_at = report.unread
        yield f"Longest not read: {title}, {_local(read_at, zone) if read_at else 'never yet'}"
    late = ", late" if now - report.due_at > _LATE else ""
    yield f"Since {_local(stats.since, zone)}{late}"


_LATE = timedelta(minutes=10)


def _by_state(states: Mapping[str, int]) -> str:
    """Return `12 ok, 1 failing`, in the order of FeedState."""
    return ", ".join(f"{states[state]} {state}" for state in FeedState if states.get(state))


def _coverage(outcomes: Mapping[str, int]) -> str:
    read = sum(outcomes.get(name, 0) for name in _READ)
    entries = read + outcomes.get("unread", 0)
    share = f"{100 * read / entries:.1f} %" if read else "none"
    nouns = {"hit": "hit", "near-miss": "near miss", "duplicate": "duplicate"}
    parts = [counted(outcomes.get(name, 0), noun) for name, noun in nouns.items()]
    return f"{share} of {counted(entries, 'new entry')} read: {', '.join(parts)}"


def _outage(outage: Outage, zone: tzinfo) -> str:
    until = _local(outage.until, zone) if outage.until else "now"
    return f"The service was not running from {_local(outage.since, zone)} to {until}"


def _and_more(count: int) -> list[str]:
    return [f"and {count:,} more"] if count > 0 else []


def _local(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""
