"""What silences hold back, and what is said when they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from conftest import NOW
from fakes import topic

from monitor.alerts import reminder, silenced
from monitor.alerts.silences import Silence
from monitor.model import AlertItem, Excerpt, Notice


def report(
    *topics: str,
    title: str = "ICBM test",
    text: str = "",
    publisher: str = "BBC",
    story: int = 7,
) -> AlertItem:
    return AlertItem(
        topics=topics or ("icbm",),
        title=title,
        link="https://news.example/1",
        publisher=publisher,
        published_at=NOW,
        excerpt=Excerpt(text, ()),
        story=story,
    )


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def silence(
    topic: str = "",
    term: str = "",
    publisher: str = "",
    *,
    story: int = 0,
    starts_at: datetime = NOW - HOUR,
    ends_at: datetime = NOW + HOUR,
) -> Silence:
    return Silence(topic, term, publisher, starts_at, ends_at, story=story)


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
    assert bool(silenced(report(), [quiet], NOW)) == held


@pytest.mark.parametrize(
    ("term", "held"), [("drill", True), ("DRILL", True), ("launch", True), ("parade", False)]
)
def test_a_silenced_term_is_sought_in_title_and_excerpt_in_any_case(
    term: str, *, held: bool
) -> None:
    told = report(title="Annual Drill begins", text="No launch is planned")
    assert bool(silenced(told, [silence(term=term)], NOW)) == held


@pytest.mark.parametrize(("publisher", "held"), [("BBC", True), ("bbc", True), ("BB", False)])
def test_a_silenced_publisher_is_meant_by_its_full_name(publisher: str, *, held: bool) -> None:
    assert bool(silenced(report(publisher="BBC"), [silence(publisher=publisher)], NOW)) == held


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


@pytest.mark.parametrize(
    ("term", "text", "held"),
    [
        ("escalation", "A step of de-escalation", False),
        ("escalation", "An escalation, they say", True),
        ("drill", "Drilling for oil", False),
        ("annual drill", "The ANNUAL DRILL begins", True),
        ("annual drill", "The annual fire drill", False),
        ("북한", "북한군이 쿠르스크에", True),
        ("Hwasong 19", "The Hwasong-19 flew", True),
    ],
)
def test_a_silenced_term_is_whole_words(term: str, text: str, *, held: bool) -> None:
    assert bool(silenced(report(title=text), [silence(term=term)], NOW)) == held


def test_a_muted_story_is_held_back_and_no_other() -> None:
    muted = silence(story=7)
    assert silenced(report(story=7), [muted], NOW) == (muted,)
    assert not silenced(report(story=8), [muted], NOW)


def test_a_silence_of_more_than_a_day_reminds_of_its_end() -> None:
    ended = replace(
        silence("icbm", "drill", starts_at=NOW - 2 * DAY, ends_at=NOW), comment="why", id=4
    )
    told = reminder(ended, {"icbm": topic("icbm")})
    assert told == Notice(
        "silence:4", "silence", "A silence has ended: topic ICBM, “drill”", ("why",)
    )


def test_short_silences_and_muted_stories_end_without_a_word() -> None:
    week = silence(story=7, starts_at=NOW - 7 * DAY, ends_at=NOW)
    assert reminder(silence("icbm", starts_at=NOW - DAY, ends_at=NOW), {}) is None
    assert reminder(week, {}) is None
