"""How a feed is: pure decisions on what is known of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from filled import DAY, HOUR, MINUTE
from hypothesis import given
from hypothesis import strategies as st
from measured import less_than

from monitor.errors import PollReason
from monitor.feeds.health import HISTORY, FeedRecord, FeedState, day_of, health, is_stale, last_days

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

# NOW is a Thursday.
LONG_AGO = NOW - 100 * DAY


def known(**facts: Any) -> FeedRecord:
    """A feed that is read every ten minutes."""
    usual: dict[str, Any] = {
        "id": 1, "url": "https://one.example/feed", "title": "One", "enabled": True,
        "due_at": NOW + MINUTE, "first_polled_at": LONG_AGO, "ok_at": NOW, "had_entries": True,
        "news_at": NOW,
    }  # fmt: skip
    return FeedRecord(**(usual | facts))


def silent(
    quiet: timedelta, bring: Callable[[int], int], *, days: int = HISTORY, until: datetime = NOW
) -> FeedRecord:
    """A feed that brought so many entries on each day (of a weekday, Monday 0), then nothing."""
    news_at = until - quiet
    last = day_of(news_at)
    brought = ((day, bring((day + 3) % 7)) for day in range(last - days + 1, last + 1))
    return known(
        first_polled_at=news_at - days * DAY,
        ok_at=until,
        news_at=news_at,
        days=tuple((day, entries) for day, entries in brought if entries),
    )


def state(feed: FeedRecord, now: datetime = NOW) -> FeedState:
    return health(feed, now).state


# ── one word each ─────────────────────────────────────────────────────────────────────────────


def test_a_feed_that_is_read_and_brings_news_is_ok() -> None:
    found = health(known(), NOW)

    assert (found.state, found.reason, found.since) == (FeedState.OK, "", None)
    assert found.next_at == NOW + MINUTE


def test_a_feed_that_was_not_read_yet_is_new() -> None:
    assert state(known(ok_at=None, first_polled_at=None, had_entries=False)) is FeedState.NEW


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (PollReason.HTTP, FeedState.FAILING),
        (PollReason.TIMEOUT, FeedState.FAILING),
        (PollReason.NOT_A_FEED, FeedState.FAILING),
        (PollReason.PARSE_TIMEOUT, FeedState.POISONOUS),
        (PollReason.PARSE_MEMORY, FeedState.POISONOUS),
        (PollReason.WORKER_DIED, FeedState.POISONOUS),
        (PollReason.HTML, FeedState.BLOCKED),
        (PollReason.HTTP_DENIED, FeedState.BLOCKED),
        (PollReason.EMPTY, FeedState.EMPTY),
    ],
)
def test_the_reason_of_a_failure_names_the_state(reason: str, word: FeedState) -> None:
    text = "http-500: words for people, which nobody reads again"
    found = health(known(failing_since=NOW - HOUR, error=text, reason=reason), NOW)

    assert (found.state, found.reason, found.since) == (word, text, NOW - HOUR)
    assert found.next_at == NOW + MINUTE
    assert found.state.needs_a_person


def test_a_closed_feed_is_never_due() -> None:
    found = health(known(enabled=False, gone_at=NOW - DAY, error="http-410: Gone"), NOW)

    assert (found.state, found.since, found.next_at) == (FeedState.CLOSED, NOW - DAY, None)
    assert found.state.needs_a_person


def test_a_feed_that_is_off_needs_nobody_however_it_was() -> None:
    found = health(known(enabled=False, failing_since=NOW - DAY, error="timeout"), NOW)

    assert (found.state, found.next_at) == (FeedState.OFF, None)
    assert not found.state.needs_a_person


def test_a_feed_that_had_entries_and_has_none_is_empty() -> None:
    found = health(known(empty_since=NOW - HOUR), NOW)

    assert (found.state, found.since) == (FeedState.EMPTY, NOW - HOUR)


@pytest.mark.parametrize(("hours", "word"), [(23, FeedState.OK), (24, FeedState.EMPTY)])
def test_a_feed_that_never_had_entries_is_empty_after_a_day(hours: int, word: FeedState) -> None:
    assert state(known(had_entries=False, empty_since=NOW - hours * HOUR, news_at=None)) is word


@pytest.mark.parametrize(("days", "word"), [(6.9, FeedState.GAPPED), (7, FeedState.OK)])
def test_a_gap_is_told_for_a_week(days: float, word: FeedState) -> None:
    gap_at = NOW - days * DAY
    found = health(known(gap_at=gap_at, gap_since=gap_at - HOUR), NOW)

    assert found.state is word
    assert not found.state.needs_a_person
    assert found.since == (gap_at - HOUR if word is FeedState.GAPPED else None)


def test_the_worst_that_is_true_is_told() -> None:
    feed = known(failing_since=NOW, error="timeout", empty_since=NOW - DAY, gap_at=NOW)
    assert state(feed) is FeedState.FAILING


# ── stale ─────────────────────────────────────────────────────────────────────────────────────


def test_a_busy_feed_is_stale_after_a_day_and_a_half() -> None:
    assert not is_stale(silent(timedelta(hours=35), lambda _: 100))
    assert is_stale(silent(timedelta(hours=37), lambda _: 100))


def test_a_night_makes_no_feed_stale() -> None:
    assert not is_stale(silent(timedelta(hours=16), lambda _: 300))


def test_a_stale_feed_tells_since_when_and_what_it_usually_brings() -> None:
    found = health(silent(3 * DAY, lambda _: 40), NOW)

    assert (found.state, found.since) == (FeedState.STALE, NOW - 3 * DAY)
    assert found.reason == "nothing new; usually 40 a day"
    assert found.state.needs_a_person


def test_a_weekend_makes_no_feed_stale_that_rests_on_weekends() -> None:
    def weekdays(day: int) -> int:
        return 20 if day < 5 else 0

    friday = NOW + DAY
    monday_morning = friday + timedelta(days=2, hours=15)
    feed = silent(monday_morning - friday, weekdays, until=monday_morning)
    assert not is_stale(feed)
    assert is_stale(silent(4 * DAY + HOUR, weekdays, until=friday + 4 * DAY))


def test_a_weekly_bulletin_is_stale_when_two_are_missing() -> None:
    def on_thursdays(day: int) -> int:
        return 20 if day == 3 else 0

    assert not is_stale(silent(13 * DAY, on_thursdays, until=NOW - DAY))
    assert is_stale(silent(15 * DAY, on_thursdays, until=NOW + DAY))


def test_a_feed_is_given_half_as_long_again_as_its_longest_silence() -> None:
    def but_for_a_holiday(feed: FeedRecord) -> FeedRecord:
        rest = {day_of(NOW) - 30 - day for day in range(4)}
        days = tuple(each for each in feed.days if each[0] not in rest)
        return known(
            first_polled_at=feed.first_polled_at, ok_at=feed.ok_at, news_at=feed.news_at, days=days
        )

    assert not is_stale(but_for_a_holiday(silent(5 * DAY, lambda _: 20)))
    assert is_stale(but_for_a_holiday(silent(8 * DAY, lambda _: 20)))


def test_a_feed_that_brings_little_is_never_stale_soon() -> None:
    def once_a_week(day: int) -> int:
        return int(day == 0)

    assert not is_stale(silent(60 * DAY, once_a_week))


def test_what_is_usual_must_be_learned_first() -> None:
    assert not is_stale(silent(10 * DAY, lambda _: 50, days=12))
    assert is_stale(silent(10 * DAY, lambda _: 50, days=16))


def test_a_stale_feed_stays_stale() -> None:
    assert is_stale(silent(400 * DAY, lambda _: 50))


def test_decades_of_silence_take_no_longer_than_a_day() -> None:
    ages_ago = silent(50 * 365 * DAY, lambda _: 50)
    with less_than(2.0):
        assert all(is_stale(ages_ago) for _ in range(2_000))


def test_silence_is_counted_to_the_last_good_poll() -> None:
    """While nothing runs, nothing can be seen: after an outage the first poll decides."""
    feed = silent(HOUR, lambda _: 100)
    assert state(feed, NOW + 9 * DAY) is FeedState.OK


@given(
    st.lists(st.integers(0, 50), min_size=HISTORY, max_size=HISTORY),
    st.floats(0, 90),
    st.floats(0, 90),
)
def test_a_longer_silence_never_makes_a_stale_feed_well(
    counts: list[int], one: float, other: float
) -> None:
    shorter, longer = sorted((one, other))
    first = day_of(NOW) - HISTORY
    feeds = [
        known(
            first_polled_at=NOW - (HISTORY + 1) * DAY,
            news_at=NOW,
            ok_at=NOW + quiet * DAY,
            days=tuple((first + n + 1, count) for n, count in enumerate(counts) if count),
        )
        for quiet in (shorter, longer)
    ]
    assert is_stale(feeds[0]) <= is_stale(feeds[1])


# ── its last weeks ────────────────────────────────────────────────────────────────────────────


def test_the_last_days_end_with_today() -> None:
    today = day_of(NOW)
    assert last_days({today: 3, today - 2: 1, today - 3: 9}, NOW, 3) == [1, 0, 3]
