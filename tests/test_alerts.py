"""Which alerts an article's hits make, and what silences hold back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from conftest import NOW
from fakes import ago, topic

from monitor.alerts import Arrival, outage, plan, silenced
from monitor.model import Alert, AlertState, Excerpt, Report, Silence

TOPICS = {
    "icbm": topic("icbm"),
    "kursk": topic("kursk", "Kursk", channels=("ops",)),
    "both": topic("both", "x", channels=("ops", "desk")),
    "brief": topic("brief", "y", max_age=3_600.0),
}


def alerts(*hits: str, channels: tuple[str, ...] = ("desk",), **arrival: Any) -> list[Alert]:
    usual: dict[str, Any] = {"published_at": NOW, "seen_at": NOW, "first_poll": False}
    return plan(hits, TOPICS, channels, Arrival(**(usual | arrival)))


def states(*hits: str, **arrival: Any) -> list[AlertState]:
    return [alert.state for alert in alerts(*hits, **arrival)]


def test_no_hit_makes_no_alert() -> None:
    assert alerts() == []


def test_a_hit_makes_one_pending_alert() -> None:
    assert alerts("icbm") == [Alert("desk", ("icbm",), AlertState.PENDING, digest=False)]


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
    assert (alert.digest, alert.state) == (True, AlertState.PENDING)


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


def report(
    *topics: str, title: str = "ICBM test", text: str = "", publisher: str = "BBC"
) -> Report:
    return Report(
        topics=topics or ("icbm",),
        title=title,
        link="https://news.example/1",
        publisher=publisher,
        published_at=NOW,
        excerpt=Excerpt(text, ()),
    )


HOUR = timedelta(hours=1)


def silence(
    topic: str = "",
    term: str = "",
    publisher: str = "",
    *,
    starts_at: datetime = NOW - HOUR,
    ends_at: datetime = NOW + HOUR,
) -> Silence:
    return Silence(topic, term, publisher, starts_at, ends_at)


def test_without_silences_nothing_is_held_back() -> None:
    assert not silenced(report(), [], NOW)


def test_a_silenced_topic_is_held_back() -> None:
    assert silenced(report("icbm"), [silence("icbm")], NOW)


def test_another_topics_silence_holds_nothing_back() -> None:
    assert not silenced(report("icbm"), [silence("kursk")], NOW)


def test_a_report_with_one_topic_that_is_not_silenced_goes_out() -> None:
    assert not silenced(report("icbm", "kursk"), [silence("icbm")], NOW)


def test_silences_of_all_its_topics_together_hold_a_report_back() -> None:
    assert silenced(report("icbm", "kursk"), [silence("icbm"), silence("kursk")], NOW)


@pytest.mark.parametrize(
    ("starts", "ends", "held"),
    [(0, 60, True), (-60, 0, False), (1, 60, False), (-60, 1, True)],
)
def test_a_silence_holds_from_its_beginning_until_just_before_its_end(
    starts: int, ends: int, *, held: bool
) -> None:
    starts_at, ends_at = NOW + timedelta(seconds=starts), NOW + timedelta(seconds=ends)
    quiet = silence("icbm", starts_at=starts_at, ends_at=ends_at)
    assert silenced(report(), [quiet], NOW) is held


@pytest.mark.parametrize(
    ("term", "held"), [("drill", True), ("DRILL", True), ("launch", True), ("parade", False)]
)
def test_a_silenced_term_is_sought_in_title_and_excerpt_in_any_case(
    term: str, *, held: bool
) -> None:
    told = report(title="Annual Drill begins", text="No launch is planned")
    assert silenced(told, [silence(term=term)], NOW) is held


@pytest.mark.parametrize(("publisher", "held"), [("BBC", True), ("bbc", True), ("BB", False)])
def test_a_silenced_publisher_is_meant_by_its_full_name(publisher: str, *, held: bool) -> None:
    assert silenced(report(publisher="BBC"), [silence(publisher=publisher)], NOW) is held


@pytest.mark.parametrize(
    "other",
    [
        silence("kursk", "test", "BBC"),
        silence("icbm", "parade", "BBC"),
        silence("icbm", "test", "Reuters"),
    ],
)
def test_everything_that_a_silence_names_must_be_met(other: Silence) -> None:
    assert silenced(report(), [silence("icbm", "test", "BBC")], NOW)
    assert not silenced(report(), [other], NOW)
