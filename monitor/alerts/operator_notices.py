"""What the operations channel is told: of feeds, alerts, reloads, and each day. Pure.

Nothing is told twice while it lasts: `operations` remembers what was told, and hands that in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.model import FeedState, Notice, Severity
from monitor.text.counts import counted
from monitor.text.normalize import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import tzinfo

    from monitor.model import FeedRecord, Health, Outage, PeriodStats

FeedWithHealth = tuple["FeedRecord", "Health"]
_APART = timedelta(hours=1)  # between two notices about feeds
_MOST = 15  # lines of a list
_FEW = 3  # feeds that may all fail without it being a sign of more
_BLIND_AFTER = timedelta(hours=1)  # so long half of all feeds may fail
_SUDDEN = frozenset({FeedState.CLOSED, FeedState.STALE})  # what was given its time already
_READ = ("hit", "near-miss", "no-match", "duplicate")


# ── feeds ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class FeedNews:
    """Feeds that need a person now, that are `well` again, and that are `off`: ask no more."""

    worse: tuple[FeedWithHealth, ...] = ()
    well: tuple[FeedWithHealth, ...] = ()
    off: tuple[FeedRecord, ...] = ()


def feed_news(
    judged: Iterable[FeedWithHealth],
    told: Collection[int],
    *,
    last_at: datetime | None,
    enabled: int,
    failing_after: timedelta,
    now: datetime,
) -> FeedNews:
    """Return what to tell of feeds; `told` are those (by id) told of, `last_at` when that was.

    A feed is told of when it fails for `failing_after`, and with it all that fail for half as long:
    what one fault has done is one message. Where half of all feeds fail, an hour is enough.
    """
    judged = list(judged)
    off = tuple(f for f, health in judged if f.id in told and health.state is FeedState.OFF)
    if last_at and last_at <= now < last_at + _APART:
        return FeedNews(off=off)
    needy = [each for each in judged if each[1].state.needs_a_person]
    if _is_ours(needy, enabled):
        failing_after = min(failing_after, _BLIND_AFTER)
    new = [each for each in needy if each[0].id not in told]
    ripe = any(_lasts(each, failing_after, now) for each in new)
    return FeedNews(
        worse=tuple(each for each in new if ripe and _lasts(each, failing_after / 2, now)),
        well=tuple(each for each in judged if each[0].id in told and each[1].state.is_well),
        off=off,
    )


def _is_ours(judged: Sequence[FeedWithHealth], enabled: int) -> bool:
    """Whether so many feeds fail that the fault is more likely on our side."""
    failing = sum(health.state is FeedState.FAILING for _, health in judged)
    return failing >= _FEW and 2 * failing >= enabled


def _lasts(judged: FeedWithHealth, wanted: timedelta, now: datetime) -> bool:
    health = judged[1]
    return health.state in _SUDDEN or not health.since or now - health.since >= wanted


def feed_notice(news: FeedNews, enabled: int, zone: tzinfo, now: datetime) -> Notice:
    """Return what there is to say of feeds; `news` has some that are worse, or well again."""
    lines = [_ill(each, zone) for each in news.worse[:_MOST]]
    lines += _and_more(len(news.worse) - _MOST)
    if _is_ours(news.worse, enabled):
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
    if len(news.worse) == 1 and not news.well:
        feed, health = news.worse[0]
        return f"{feed.title} is {health.state}"
    if not news.worse:
        only = len(news.well) == 1
        return f"{news.well[0][0].title if only else counted(len(news.well), 'feed')} " + (
            "is well again" if only else "are well again"
        )
    states = Counter(str(health.state) for _, health in news.worse)
    how = ", ".join(f"{count} {state}" for state, count in states.most_common())
    need = "needs" if len(news.worse) == 1 else "need"
    title = f"{counted(len(news.worse), 'feed')} {need} a look: {how}"
    return f"{title}; {len(news.well)} well again" if news.well else title


def _ill(judged: FeedWithHealth, zone: tzinfo) -> str:
    feed, health = judged
    since = f" since {_local(health.since, zone)}" if health.since else ""
    tried = f"; next try {_local(health.next_at, zone)}" if health.next_at else ""
    return f"{feed.title}: {health.state}{since}: {health.reason}{tried}"


def _titles(judged: Sequence[FeedWithHealth]) -> str:
    names = [feed.title for feed, _ in judged[:_MOST]]
    return ", ".join([*names, *_and_more(len(judged) - _MOST)])


# ── alerts ────────────────────────────────────────────────────────────────────────────────────


def internal_notice(
    bugs: Sequence[tuple[str, str, int]], failed: Sequence[tuple[int, str, str]], now: datetime
) -> Notice:
    """Return what to say of bugs of this program (kind, feed or channel, times).

    Alerts that `failed` meanwhile are told with them: one fault is one message.
    """
    lines = [f"{kind}, {counted(times, 'time')}, last {about}" for kind, about, times in bugs]
    lines.append("This is a bug of monitor, not of a feed or channel: its log has the traceback.")
    told = failed_notice(failed, now) if failed else None
    return Notice(
        key=f"internal:{now:%Y-%m-%dT%H:%M:%SZ}",
        kind="internal",
        title=f"Internal error: {bugs[0][0]}" + (f"; {told.title}" if told else ""),
        lines=(*lines, *(told.lines if told else ())),
        severity=Severity.CRITICAL,
    )


def failed_notice(failed: Sequence[tuple[int, str, str]], now: datetime) -> Notice:
    """Return what to say of alerts (id, channel, reason) that are tried no more."""
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
    """Return what to say of a channel that its operator must mend."""
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


# ── reloads ───────────────────────────────────────────────────────────────────────────────────


def mistake_name(field: str, message: str) -> str:
    """Return by what a mistake is recognised, wherever in the file it has moved."""
    return digest(field, message).hex()


def reload_notice(mistakes: Sequence[str], now: datetime) -> Notice:
    """Return what to say of a configuration that is refused, with the mistakes not told before."""
    return Notice(
        key=f"reload:{now:%Y-%m-%dT%H:%M:%S.%fZ}",
        kind="reload",
        title="The changed configuration is refused; the one before stays in use",
        lines=(*mistakes[:_MOST], *_and_more(len(mistakes) - _MOST)),
        severity=Severity.WARNING,
    )


# ── each day ──────────────────────────────────────────────────────────────────────────────────


def last_heartbeat_due(at: str, zone: tzinfo, now: datetime) -> datetime:
    """Return the last moment that was `at` (such as `08:00`) in a zone."""
    hour, minute = map(int, at.split(":"))
    local = now.astimezone(zone)
    today = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayReport:
    """All that a heartbeat tells of; `unread` is the feed not read for the longest time."""

    due_at: datetime
    tally: PeriodStats
    states: Mapping[str, int]
    unread: tuple[str, datetime | None] | None


def heartbeat(report: DayReport, zone: tzinfo, now: datetime) -> Notice:
    """Return the daily sign of life, with what the time since the last one brought."""
    tally = report.tally
    hits = tally.outcomes.get("hit", 0)
    # reports that repeat a story are told by their count in its first message
    unsent = bool(hits) and not tally.sent and not tally.alerts.get("counted")
    counts = [
        counted(sum(report.states.values()) - report.states.get("off", 0), "feed"),
        counted(tally.articles, "article"),
        counted(hits, "hit"),
        counted(tally.sent, "alert") + " sent",
    ]
    warn = unsent or bool(tally.stopped) or bool(tally.outages) or not tally.polled
    return Notice(
        key=f"heartbeat:{report.due_at:%Y-%m-%d}",
        kind="heartbeat",
        title=f"Heartbeat {report.due_at:%Y-%m-%d}: {', '.join(counts)}",
        lines=tuple(_day_lines(report, unsent=unsent, zone=zone, now=now)),
        severity=Severity.WARNING if warn else Severity.INFO,
    )


def _day_lines(report: DayReport, *, unsent: bool, zone: tzinfo, now: datetime) -> Iterable[str]:
    tally = report.tally
    if unsent:
        yield "Hits, but not one alert was sent: see below what became of them."
    if tally.stopped:
        yield f"Stopped channels: {', '.join(tally.stopped)}"
    yield from (_outage(each, zone) for each in tally.outages)
    states = ", ".join(f"{report.states[state]} {state}" for state in _listed(report.states))
    yield f"Feeds: {tally.polled:,} read; {states or 'none'}"
    yield f"Coverage: {_coverage(tally.outcomes)}"
    made = ", ".join(f"{count:,} {state}" for state, count in sorted(tally.alerts.items()))
    waiting = f"; {tally.waiting:,} waiting" if tally.waiting else ""
    yield f"Alerts: {made or 'none made'}{waiting}"
    if report.unread:
        title, read_at = report.unread
        yield f"Longest not read: {title}, {_local(read_at, zone) if read_at else 'never yet'}"
    yield f"Since {_local(tally.since, zone)}" + (", late" if now - report.due_at > _LATE else "")


_LATE = timedelta(minutes=10)


def _listed(states: Mapping[str, int]) -> list[str]:
    return [str(state) for state in FeedState if states.get(state)]


def _coverage(outcomes: Mapping[str, int]) -> str:
    read, unread = sum(outcomes.get(name, 0) for name in _READ), outcomes.get("unread", 0)
    names = {"hit": "hit", "near-miss": "near miss", "duplicate": "duplicate"}
    parts = [counted(outcomes.get(name, 0), what) for name, what in names.items()]
    share = f"{100 * read / (read + unread):.1f} %" if read else "none"
    return f"{share} of {counted(read + unread, 'new entry')} read: {', '.join(parts)}"


def _outage(outage: Outage, zone: tzinfo) -> str:
    until = _local(outage.until, zone) if outage.until else "now"
    return f"The service was not running from {_local(outage.since, zone)} to {until}"


def _and_more(count: int) -> list[str]:
    return [f"and {count:,} more"] if count > 0 else []


def _local(at: datetime | None, zone: tzinfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""
