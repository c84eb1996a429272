"""Which alerts an article's hits make, and what silences hold back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from conftest import NOW
from fakes import ago, topic

from monitor.alerts import (
    AlertContext,
    Delivery,
    Route,
    StoryUpdate,
    outage,
    plan_alerts,
    route_to_thread,
    wait_of,
    ways,
)
from monitor.alerts.plan import Alert, ChannelContext
from monitor.model import AlertState, DigestKind, Mode, Severity

TOPICS = {
    "icbm": topic("icbm"),
    "kursk": topic("kursk", "Kursk", channels=("ops",)),
    "both": topic("both", "x", channels=("ops", "desk")),
    "brief": topic("brief", "y", max_age=3_600.0),
    "grave": topic("grave", "z", severity=Severity.CRITICAL, labels=("dprk",)),
    "calm": topic("calm", "w", severity=Severity.INFO, mode=Mode.DIGEST),
    "weekly": topic("weekly", "v", mode=Mode.DIGEST, digest=("0 9 * * mon",)),
    "off": topic("off", "u", mode=Mode.OFF),
}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NIGHT = Delivery(quiet=(time(17), time(7)))


def alerts(
    *hits: str,
    channels: tuple[str, ...] = ("desk",),
    delivery: Delivery = Delivery(),  # noqa: B008 - a frozen value
    **arrival: Any,
) -> list[Alert]:
    usual: dict[str, Any] = {"published_at": NOW, "seen_at": NOW, "first_poll": False}
    context = AlertContext(**(usual | arrival), delivery=delivery, usual_channels=channels)
    return plan_alerts([TOPICS[hit] for hit in hits], context)


def states(*hits: str, **arrival: Any) -> list[AlertState]:
    return [alert.state for alert in alerts(*hits, **arrival)]


def test_no_hit_makes_no_alert() -> None:
    assert alerts() == []


def test_a_hit_makes_one_pending_alert_that_waits_for_other_reports() -> None:
    assert alerts("icbm") == [Alert("desk", ("icbm",), AlertState.PENDING, due_at=NOW + MINUTE)]


def test_a_topic_without_channels_goes_to_all() -> None:
    assert [a.channel for a in alerts("icbm", channels=("a", "b"))] == ["a", "b"]


def test_a_topic_with_channels_goes_only_there() -> None:
    assert [a.channel for a in alerts("kursk")] == ["ops"]


def test_several_hits_are_one_alert_a_channel() -> None:
    routed = {a.channel: a.topics for a in alerts("icbm", "kursk", "both")}
    assert routed == {"desk": ("icbm", "both"), "ops": ("kursk", "both")}


def test_without_channels_there_is_no_alert() -> None:
    assert alerts("icbm", channels=()) == []


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (timedelta(days=1), AlertState.PENDING),
        (timedelta(days=1, seconds=1), AlertState.TOO_OLD),
        (timedelta(hours=-3), AlertState.PENDING),
    ],
)
def test_an_article_older_than_its_topics_max_age_is_too_old(
    age: timedelta, state: AlertState
) -> None:
    assert states("icbm", published_at=NOW - age) == [state]


def test_a_date_without_a_time_is_as_old_as_the_end_of_its_day() -> None:
    day = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    assert states("icbm", published_at=day - timedelta(days=1)) == [AlertState.PENDING]
    assert states("icbm", published_at=day - timedelta(days=2)) == [AlertState.TOO_OLD]


def test_an_alert_names_only_the_topics_that_the_article_is_fresh_for() -> None:
    (alert,) = alerts("icbm", "brief", published_at=ago(NOW, hours=2))
    assert (alert.topics, alert.state) == (("icbm",), AlertState.PENDING)


def test_an_alert_that_is_too_old_for_all_topics_names_them_all() -> None:
    (alert,) = alerts("icbm", "brief", published_at=ago(NOW, days=9))
    assert (alert.topics, alert.state) == (("icbm", "brief"), AlertState.TOO_OLD)


def test_after_an_outage_older_articles_are_still_alerted() -> None:
    old = ago(NOW, hours=30)
    assert states("icbm", published_at=old) == [AlertState.TOO_OLD]
    assert states("icbm", published_at=old, outage=7 * 3_600.0) == [AlertState.PENDING]


def test_an_undated_article_is_as_old_as_the_moment_we_saw_it() -> None:
    assert states("icbm", published_at=None) == [AlertState.PENDING]


def test_an_undated_article_of_a_first_poll_is_too_old() -> None:
    assert states("icbm", published_at=None, first_poll=True) == [AlertState.TOO_OLD]


def test_what_a_first_poll_brings_is_sent_as_a_digest() -> None:
    (alert,) = alerts("icbm", first_poll=True)
    assert (alert.digest, alert.state) == (DigestKind.CATCHING_UP, AlertState.PENDING)


@pytest.mark.parametrize(
    ("ok_at", "seconds"),
    [
        (None, 0.0),
        (NOW, 0.0),
        (NOW - timedelta(seconds=1_200), 0.0),
        (NOW - timedelta(seconds=1_201), 1.0),
        (NOW - timedelta(days=1), 86_400.0 - 1_200.0),
        (NOW + timedelta(hours=1), 0.0),
    ],
)
def test_an_outage_is_counted_beyond_two_intervals(ok_at: datetime | None, seconds: float) -> None:
    assert outage(ok_at, 600.0, NOW) == seconds


# ── routes, severities, hours ─────────────────────────────────────────────────────────────────


def test_routes_add_their_channels_for_topics_that_they_meet() -> None:
    routes = (
        Route(("phone",), severities=frozenset({Severity.CRITICAL})),
        Route(("korea",), labels=frozenset({"dprk"}), mode=Mode.DIGEST),
        Route(("none",), topics=frozenset({"icbm"})),
    )
    assert ways(TOPICS["grave"], routes, ("desk",)) == {"phone": Mode.NOW, "korea": Mode.DIGEST}


def test_a_route_asks_for_all_that_it_names() -> None:
    route = Route(("x",), frozenset({Severity.WARNING}), frozenset({"dprk"}))
    assert ways(TOPICS["grave"], (route,), ("desk",)) == {"desk": Mode.NOW}


def test_the_first_route_that_names_a_channel_says_how() -> None:
    routes = (Route(("desk",), mode=Mode.DIGEST), Route(("desk",), mode=Mode.NOW))
    assert ways(TOPICS["icbm"], routes, ("desk",)) == {"desk": Mode.DIGEST}


def test_a_topics_own_channels_come_before_any_route() -> None:
    assert ways(TOPICS["kursk"], (Route(("desk",)),), ("desk", "ops")) == {"ops": Mode.NOW}


def test_a_topic_that_is_off_makes_no_alert() -> None:
    assert alerts("off") == []


def test_an_alert_is_as_severe_as_the_gravest_of_its_topics() -> None:
    (alert,) = alerts("calm", "grave", "icbm")
    assert alert.severity is Severity.CRITICAL


def test_a_topic_in_digest_mode_waits_for_the_next_digest() -> None:
    (alert,) = alerts("calm", delivery=Delivery(zone="Europe/Berlin"))
    assert (alert.digest, alert.due_at) == (DigestKind.TIMED, NOW.replace(day=1, month=11, hour=7))


def test_a_topic_may_have_digests_of_its_own() -> None:
    (alert,) = alerts("weekly")
    assert alert.due_at == datetime(2024, 11, 4, 9, tzinfo=NOW.tzinfo)


def test_what_hits_a_topic_that_is_told_now_does_not_wait_for_a_digest() -> None:
    (alert,) = alerts("calm", "icbm")
    assert alert.digest is None


def test_in_quiet_hours_alerts_are_held_until_the_morning() -> None:
    (alert,) = alerts("icbm", delivery=NIGHT)
    assert (alert.digest, alert.due_at) == (DigestKind.HELD, NOW.replace(day=1, month=11, hour=7))


def test_quiet_hours_hold_what_a_first_poll_brings() -> None:
    (alert,) = alerts("icbm", delivery=NIGHT, first_poll=True)
    assert alert.digest is DigestKind.HELD


@pytest.mark.parametrize(
    ("hit", "break_through", "held"),
    [
        ("grave", Severity.CRITICAL, False),
        ("icbm", Severity.CRITICAL, True),
        ("icbm", Severity.WARNING, False),
    ],
)
def test_grave_topics_break_through_quiet_hours(
    hit: str, break_through: Severity, *, held: bool
) -> None:
    (alert,) = alerts(hit, delivery=replace(NIGHT, break_through=break_through))
    assert (alert.digest is DigestKind.HELD) == held


def test_a_notice_waits_for_the_end_of_quiet_hours_unless_it_is_grave() -> None:
    assert wait_of(Severity.WARNING, NIGHT, NOW) == 13 * 3_600.0
    assert wait_of(Severity.CRITICAL, NIGHT, NOW) == 0.0
    assert wait_of(Severity.WARNING, Delivery(), NOW) == 0.0


# ── first, reply, or counted ──────────────────────────────────────────────────────────────────

NEW = Alert("desk", ("icbm",), AlertState.PENDING, due_at=NOW + MINUTE)
FACT = StoryUpdate(("troops: 8,000 → 8,900",))
BIG = StoryUpdate(("troops: 8,000 → 11,000",), big=True)
TOLD = ChannelContext(first=True, last_at=NOW - HOUR)


def place(
    alert: Alert = NEW,
    standing: ChannelContext = ChannelContext(),  # noqa: B008 - a frozen value
    traffic: ChannelContext = ChannelContext(),  # noqa: B008 - likewise
    news: StoryUpdate = StoryUpdate(),  # noqa: B008 - likewise
    delivery: Delivery = Delivery(),  # noqa: B008 - likewise
) -> Alert:
    channels = {alert.channel: standing.under(traffic)}
    context = AlertContext(NOW, update=news, channels=channels, delivery=delivery)
    return route_to_thread(alert, TOPICS, context)


def test_the_first_report_of_a_story_is_its_first_message() -> None:
    assert place() == NEW


def test_reports_join_a_message_that_still_waits() -> None:
    soon = NOW + MINUTE / 2
    assert place(standing=ChannelContext(waiting_at=soon)) == replace(NEW, due_at=soon)


def test_a_report_that_repeats_what_was_told_is_only_counted() -> None:
    alert = place(standing=TOLD)
    assert (alert.state, alert.due_at) == (AlertState.COUNTED, None)
    assert alert.reason == "repeats what was told"


def test_a_report_that_repeats_what_a_digest_told_is_only_counted() -> None:
    assert place(standing=ChannelContext(digested=True)).state is AlertState.COUNTED


def test_a_new_fact_is_told_at_once() -> None:
    alert = place(standing=TOLD, news=FACT)
    assert (alert.state, alert.due_at, alert.news) == (AlertState.PENDING, NOW, FACT.lines)
    assert not alert.broadcast


def test_a_big_fact_is_shown_in_the_channel_too() -> None:
    assert place(standing=TOLD, news=BIG).broadcast


def test_small_news_keep_a_pause_after_the_last_message_of_the_story() -> None:
    standing = replace(TOLD, last_at=NOW - MINUTE)
    assert place(standing=standing, news=FACT).due_at == NOW + 9 * MINUTE
    assert place(standing=standing, news=BIG).due_at == NOW


def test_a_story_that_goes_on_is_told_again_after_its_repeat_interval() -> None:
    alert = place(
        standing=replace(TOLD, last_at=NOW - 24 * HOUR), news=StoryUpdate(standing="4 publishers")
    )
    assert (alert.news, alert.broadcast) == (("still going on: 4 publishers",), True)
    assert place(standing=replace(TOLD, last_at=NOW - 23 * HOUR)).state is AlertState.COUNTED


def test_what_is_too_old_stays_so() -> None:
    old = replace(NEW, state=AlertState.TOO_OLD, due_at=None)
    assert place(old, TOLD, news=BIG) == old


def test_news_in_quiet_hours_are_held_like_any_alert() -> None:
    held = replace(NEW, digest=DigestKind.HELD, due_at=NOW + 9 * HOUR)
    alert = place(held, TOLD, news=BIG)
    assert (alert.digest, alert.due_at, alert.news) == (held.digest, held.due_at, BIG.lines)


def test_a_report_joins_the_digest_that_is_to_tell_its_story() -> None:
    later = NOW + HOUR
    alert = place(standing=ChannelContext(digest=DigestKind.OVERFLOW, digest_at=later))
    assert (alert.digest, alert.due_at) == (DigestKind.OVERFLOW, later)


def test_a_grave_report_does_not_wait_for_a_digest_that_is_to_tell_its_story() -> None:
    grave = replace(NEW, topics=("grave",), severity=Severity.CRITICAL)
    standing = ChannelContext(digest=DigestKind.HELD, digest_at=NOW + HOUR)
    assert place(grave, standing) == grave


# ── limits of a channel ───────────────────────────────────────────────────────────────────────

FULL = ChannelContext(sent=15, waiting=5, oldest_at=NOW - HOUR / 2)


def test_beyond_its_limit_a_channel_gets_one_digest_when_the_hour_is_over() -> None:
    alert = place(traffic=FULL)
    assert (alert.digest, alert.due_at) == (DigestKind.OVERFLOW, NOW + HOUR / 2)


def test_what_is_too_much_joins_the_digest_that_waits() -> None:
    soon = NOW + MINUTE
    assert place(traffic=replace(FULL, overflow_at=soon)).due_at == soon


def test_replies_count_towards_the_limit_too() -> None:
    assert place(standing=TOLD, traffic=FULL, news=BIG).digest is DigestKind.OVERFLOW


def test_the_first_message_of_a_grave_story_passes_the_limit_and_its_replies_do_not() -> None:
    grave = replace(NEW, topics=("grave",), severity=Severity.CRITICAL)
    assert place(grave, traffic=FULL).digest is None
    assert place(grave, TOLD, FULL, BIG).digest is DigestKind.OVERFLOW


def test_below_the_limit_and_without_one_all_go_out() -> None:
    assert place(traffic=replace(FULL, sent=14)).digest is None
    assert place(traffic=FULL, delivery=Delivery(per_hour=0)).digest is None


def test_what_comes_while_a_channel_is_stopped_goes_into_its_digest() -> None:
    until = NOW + HOUR
    alert = place(traffic=ChannelContext(stopped_until=until))
    assert (alert.digest, alert.due_at) == (DigestKind.MENDED, until)


@pytest.mark.parametrize("kind", [DigestKind.TIMED, DigestKind.HELD])
def test_a_stopped_channel_leaves_digests_at_their_time(kind: DigestKind) -> None:
    later = replace(NEW, digest=kind, due_at=NOW + 9 * HOUR)
    assert place(later, traffic=ChannelContext(stopped_until=NOW + HOUR)) == later
