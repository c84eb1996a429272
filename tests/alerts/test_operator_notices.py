"""What the operations channel is told: pure decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from conftest import NOW
from filled import DAY, HOUR, MINUTE

from monitor.alerts import operator_notices
from monitor.alerts.operator_notices import DayReport, FeedNews, feed_news, feed_notice, heartbeat
from monitor.feeds.health import FeedRecord, FeedState, Health, Outage, PeriodStats
from monitor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

    from monitor.model import Notice

BERLIN = ZoneInfo("Europe/Berlin")


def judged(
    number: int, state: FeedState, since: datetime | None = None, reason: str = "timeout"
) -> tuple[FeedRecord, Health]:
    feed = FeedRecord(number, f"https://{number}.example/", f"Feed {number}", True, NOW)
    return feed, Health(state, reason, since, NOW + HOUR)


def failing(number: int, for_: timedelta) -> tuple[FeedRecord, Health]:
    return judged(number, FeedState.FAILING, NOW - for_)


def news(
    *feeds: tuple[FeedRecord, Health],
    told: Collection[int] = (),
    last_at: datetime | None = None,
    enabled: int = 100,
) -> FeedNews:
    return feed_news(feeds, told, last_at=last_at, enabled=enabled, failing_after=DAY, now=NOW)


def ids(feeds: Sequence[tuple[FeedRecord, Health]]) -> list[int]:
    return [feed.id for feed, _ in feeds]


# ── which feeds are told of ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("hours", "told"), [(23.9, []), (24, [1])])
def test_a_feed_is_told_of_when_it_fails_for_a_day(hours: float, told: list[int]) -> None:
    assert ids(news(failing(1, hours * HOUR)).worse) == told


@pytest.mark.parametrize("state", [FeedState.STALE, FeedState.CLOSED])
def test_a_stale_and_a_closed_feed_are_told_of_at_once(state: FeedState) -> None:
    assert ids(news(judged(1, state, NOW)).worse) == [1]


@pytest.mark.parametrize("state", [FeedState.BLOCKED, FeedState.POISONOUS, FeedState.EMPTY])
def test_whatever_needs_a_person_is_told_of(state: FeedState) -> None:
    assert ids(news(judged(1, state, NOW - DAY)).worse) == [1]


@pytest.mark.parametrize("state", [FeedState.OK, FeedState.GAPPED, FeedState.NEW, FeedState.OFF])
def test_of_a_feed_that_needs_nobody_nothing_is_told(state: FeedState) -> None:
    assert news(judged(1, state, NOW - DAY)) == FeedNews()


def test_nothing_is_told_twice() -> None:
    assert news(failing(1, 2 * DAY), told={1}) == FeedNews()


def test_what_one_fault_has_done_is_one_message() -> None:
    """Slow feeds notice an outage hours after the fast ones."""
    found = news(*(failing(number, (30 - number) * HOUR) for number in range(20)))
    assert len(found.worse) == 19  # all that fail for half a day


def test_where_half_of_all_feeds_fail_an_hour_is_enough() -> None:
    feeds = [failing(number, HOUR) for number in range(5)]
    assert len(news(*feeds, enabled=10).worse) == 5
    assert news(*feeds, enabled=11) == FeedNews()
    assert news(*feeds[:2], enabled=2) == FeedNews()


def test_a_feed_that_is_well_again_is_told_of_once() -> None:
    found = news(judged(1, FeedState.OK), judged(2, FeedState.GAPPED), told={1, 2})
    assert ids(found.well) == [1, 2]
    assert news(judged(1, FeedState.OK)) == FeedNews()


def test_one_that_waits_to_be_read_again_is_not_well_yet() -> None:
    assert news(judged(1, FeedState.NEW), told={1}) == FeedNews()


def test_one_that_was_switched_off_is_forgotten_without_a_word() -> None:
    found = news(judged(1, FeedState.OFF), told={1})
    assert (found.worse, found.well, [feed.id for feed in found.off]) == ((), (), [1])


def test_between_two_notices_about_feeds_lies_an_hour() -> None:
    feed = failing(1, DAY)
    assert news(feed, last_at=NOW - 59 * MINUTE) == FeedNews()
    assert ids(news(feed, last_at=NOW - HOUR).worse) == [1]


def test_a_clock_that_was_wrong_holds_no_notice_back() -> None:
    assert ids(news(failing(1, DAY), last_at=NOW + 30 * DAY).worse) == [1]


# ── how they are told of ──────────────────────────────────────────────────────────────────────


def told(found: FeedNews, enabled: int = 100) -> Notice:
    return feed_notice(found, enabled, BERLIN, NOW)


def test_one_feed_is_told_of_in_the_title() -> None:
    notice = told(FeedNews(worse=(failing(1, DAY),)))

    assert notice.title == "Feed 1 is failing"
    assert notice.severity is Severity.WARNING
    assert notice.lines == (
        "Feed 1: failing since 2024-10-30 19:00: timeout; next try 2024-10-31 20:00",
        "`monitor feeds --failing` lists what needs a person.",
    )


def test_a_recovery_is_told_of() -> None:
    notice = told(FeedNews(well=(judged(1, FeedState.OK),)))

    assert (notice.title, notice.lines) == ("Feed 1 is well again", ())
    assert notice.severity is Severity.INFO


def test_many_recoveries_are_one_notice() -> None:
    notice = told(FeedNews(well=tuple(judged(n, FeedState.OK) for n in range(2))))
    assert (notice.title, notice.lines) == ("2 feeds are well again", ("Feed 0, Feed 1",))


def test_three_hundred_failing_feeds_are_one_short_message() -> None:
    worse = [failing(number, DAY) for number in range(300)]
    notice = told(FeedNews(worse=(*worse, judged(300, FeedState.STALE, NOW - 9 * DAY))), 310)

    assert notice.title == "301 feeds need a look: 300 failing, 1 stale"
    assert "network first" in notice.lines[0]
    assert notice.lines[-2] == "and 286 more"
    assert len(notice.lines) == 18


def test_worse_and_better_share_a_notice() -> None:
    notice = told(FeedNews(worse=(failing(1, DAY),), well=(judged(2, FeedState.OK),)))

    assert notice.title == "1 feed needs a look: 1 failing; 1 well again"
    assert "Well again: Feed 2" in notice.lines


# ── alerts and reloads ────────────────────────────────────────────────────────────────────────


def test_alerts_that_failed_are_counted_by_channel_and_reason() -> None:
    failed = [(1, "desk", "too_long"), (2, "desk", "too_long"), (3, "mail", "refused")]
    notice = operator_notices.failed_notice(failed, NOW)

    assert notice.title == "3 alerts could not be delivered"
    assert notice.lines[:2] == ("desk: too_long (2 alerts)", "mail: refused (1 alert)")
    assert notice.severity is Severity.CRITICAL


def test_a_stopped_channel_tells_what_to_do() -> None:
    notice = operator_notices.stopped_notice("desk", "Slack: invalid_auth", NOW, BERLIN)

    assert notice.title == "Channel desk is stopped: its alerts wait"
    assert notice.lines[0] == "Since 2024-10-31 19:00: Slack: invalid_auth"
    assert "`monitor alerts test desk`" in notice.lines[1]


def test_a_refused_configuration_is_told_with_its_mistakes() -> None:
    notice = operator_notices.reload_notice([f"config.yaml:{n}:1: wrong" for n in range(20)], NOW)

    assert notice.title == "The changed configuration is refused; the one before stays in use"
    assert notice.lines[0] == "config.yaml:0:1: wrong"
    assert notice.lines[-1] == "and 5 more"


def test_a_mistake_is_the_same_wherever_it_has_moved() -> None:
    name = operator_notices.mistake_name("topics[0].titel", "unknown key")
    assert name == operator_notices.mistake_name("topics[0].titel", "unknown key")
    assert name != operator_notices.mistake_name("topics[0].any", "unknown key")


# ── the heartbeat ─────────────────────────────────────────────────────────────────────────────


def period_stats(**figures: Any) -> PeriodStats:
    usual: dict[str, Any] = {
        "since": NOW - DAY, "polled": 37, "articles": 1200, "sent": 9, "waiting": 0,
        "outcomes": {"hit": 14, "near-miss": 60, "no-match": 1100, "duplicate": 25, "unread": 6},
        "alerts": {"sent": 9, "digested": 3, "silenced": 2},
    }  # fmt: skip
    return PeriodStats(**(usual | figures))


def beat(states: dict[str, int] | None = None, now: datetime = NOW, **figures: Any) -> Notice:
    states = states or {"ok": 37, "failing": 2, "stale": 1, "off": 4}
    report = DayReport(NOW, period_stats(**figures), states, ("Feed 7", NOW - 3 * DAY))
    return heartbeat(report, BERLIN, now)


def test_a_heartbeat_tells_the_day_in_figures() -> None:
    notice = beat()

    assert notice.title == "Heartbeat 2024-10-31: 40 feeds, 1,200 articles, 14 hits, 9 alerts sent"
    assert notice.lines == (
        "Feeds: 37 read; 37 ok, 2 failing, 1 stale, 4 off",
        "Coverage: 99.5 % of 1,205 new entries read: 14 hits, 60 near misses, 25 duplicates",
        "Alerts: 3 digested, 9 sent, 2 silenced",
        "Longest not read: Feed 7, 2024-10-28 19:00",
        "Since 2024-10-30 19:00",
    )
    assert (notice.severity, notice.key) == (Severity.INFO, "heartbeat:2024-10-31")


def test_hits_of_which_no_alert_was_sent_are_a_warning() -> None:
    notice = beat(sent=0, alerts={"silenced": 14}, waiting=3)

    assert notice.severity is Severity.WARNING
    assert notice.lines[0].startswith("Hits, but not one alert was sent")
    assert "Alerts: 14 silenced; 3 waiting" in notice.lines


def test_a_day_that_only_repeated_a_story_is_no_warning() -> None:
    assert beat(sent=0, alerts={"counted": 14}).severity is Severity.INFO


def test_a_day_on_which_no_feed_was_read_is_a_warning() -> None:
    assert beat(polled=0).severity is Severity.WARNING


def test_a_day_without_hits_is_no_warning() -> None:
    assert beat(sent=0, alerts={}, outcomes={"no-match": 3}).severity is Severity.INFO


def test_a_day_without_any_entry_is_told_too() -> None:
    notice = beat(sent=0, alerts={}, outcomes={}, articles=0, polled=0)
    assert "Coverage: none of 0 new entries read: 0 hits, 0 near misses, 0 duplicates" in (
        notice.lines
    )


def test_the_time_in_which_nothing_ran_is_told() -> None:
    notice = beat(outages=(Outage("", "", "not running", NOW - 9 * HOUR, NOW - HOUR),))

    assert notice.severity is Severity.WARNING
    assert "The service was not running from 2024-10-31 10:00 to 2024-10-31 18:00" in notice.lines


def test_a_late_heartbeat_says_so() -> None:
    assert beat(now=NOW + 11 * MINUTE).lines[-1] == "Since 2024-10-30 19:00, late"


def test_stopped_channels_are_told_each_day() -> None:
    notice = beat(stopped=("desk",))
    assert notice.severity is Severity.WARNING
    assert "Stopped channels: desk" in notice.lines
