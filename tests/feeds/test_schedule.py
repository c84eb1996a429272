"""When a feed is polled and an alert is sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from amounts import many
from conftest import NOW
from fakes import feed
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alerts.retry import next_send
from monitor.feeds.schedule import (
    LONGEST,
    SHORTEST,
    NextPoll,
    PollYield,
    after_failure,
    after_poll,
    is_gap,
    next_poll,
    usual_interval,
)
from monitor.model import DueFeed, Pace, PollingHints
from monitor.text.durations import DAY, HOUR

URL = "https://news.example/rss"
FIXED = feed(URL)
FREE = feed(URL, adapts=True)
MINUTE = 60.0
examples = settings(derandomize=True, max_examples=many(100), deadline=None)


def wait(
    interval: float = 600.0, failures: int = 0, retry_after: float | None = None, url: str = URL
) -> float:
    return (next_poll(url, interval, failures, retry_after, NOW) - NOW).total_seconds()


def test_a_feed_that_answers_is_due_after_its_interval() -> None:
    assert 600 <= wait(600) <= 630


@pytest.mark.parametrize(("failures", "intervals"), [(1, 2), (2, 4), (3, 8), (5, 32)])
def test_the_interval_doubles_with_each_failure(failures: int, intervals: int) -> None:
    assert wait(600, failures) == pytest.approx(wait(600) * intervals)


def test_a_feed_that_failed_often_is_still_tried_every_day() -> None:
    assert wait(600, failures=10_000) == pytest.approx(wait(DAY))


def test_the_same_feed_always_waits_the_same_time() -> None:
    assert wait() == wait()


def test_feeds_that_were_added_together_spread_out() -> None:
    waits = {round(wait(url=f"https://{n}.example/rss")) for n in range(50)}
    assert len(waits) > 15


def test_a_servers_retry_after_lengthens_the_wait() -> None:
    assert 7_200 <= wait(600, 1, retry_after=7_200) <= 7_200 * 1.05


def test_feeds_that_a_server_sent_away_together_do_not_come_back_together() -> None:
    waits = {round(wait(600, 1, 7_200, url=f"https://{n}.example/rss")) for n in range(50)}
    assert len(waits) > 40


@pytest.mark.parametrize("retry_after", [0.0, 1.0, -5.0])
def test_a_servers_retry_after_never_shortens_the_wait(retry_after: float) -> None:
    assert wait(600, 1, retry_after) == wait(600, 1)


@pytest.mark.parametrize("retry_after", [1e12, float("inf")])
def test_no_retry_after_puts_a_feed_to_sleep_for_more_than_a_day(retry_after: float) -> None:
    assert wait(600, 1, retry_after) == DAY


@examples
@given(
    url=st.text(),
    interval=st.floats(1, DAY),
    failures=st.integers(0, 10**9),
    retry_after=st.none() | st.floats(allow_nan=False),
)
def test_a_feed_is_due_in_the_future_but_never_later_than_a_day_and_5_percent(
    url: str, interval: float, failures: int, retry_after: float | None
) -> None:
    due = next_poll(url, interval, failures, retry_after, NOW)
    assert NOW < due <= NOW + timedelta(seconds=DAY * 1.05)


@examples
@given(interval=st.floats(1, DAY), failures=st.integers(0, 100))
def test_another_failure_never_brings_the_next_poll_nearer(interval: float, failures: int) -> None:
    assert wait(interval, failures) <= wait(interval, failures + 1)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (7, 300), (8, 300), (10_000, 300)]
)
def test_a_failed_send_waits_five_seconds_then_twice_as_long_up_to_five_minutes(
    attempts: int, seconds: int
) -> None:
    assert next_send(attempts, None, NOW) == NOW + timedelta(seconds=seconds)


def test_a_channel_that_says_when_is_believed() -> None:
    assert next_send(1, 2.0, NOW) == NOW + timedelta(seconds=2)
    assert next_send(9, 2.0, NOW) == NOW + timedelta(seconds=2)


@examples
@given(attempts=st.integers(0, 10**9), retry_after=st.none() | st.floats(0.001, 1e15))
def test_an_alert_is_due_in_the_future_but_never_later_than_a_day(
    attempts: int, retry_after: float | None
) -> None:
    due = next_send(attempts, retry_after, NOW)
    assert NOW < due <= NOW + timedelta(days=1)


# ── the pace of a feed ────────────────────────────────────────────────────────────────────────


def due(ago: float = 600.0, entries: int = 30, **state: object) -> DueFeed:
    """A feed that was polled so many seconds ago, with so many entries."""
    polled_at = NOW - timedelta(seconds=ago)
    known = frozenset(number.to_bytes(8) for number in range(entries))
    found = DueFeed(1, URL, NOW, 0.0, "", "", b"", known, 0, polled_at, polled_at)
    return replace(found, **state)  # type: ignore[arg-type] # as named


def brought(
    new: int = 0,
    served: int = 30,
    *,
    ttl: float = 0.0,
    hours: tuple[int, ...] = (),
    days: tuple[int, ...] = (),
    fresh_for: float = 0.0,
) -> PollYield:
    return PollYield(served, new, PollingHints(ttl, frozenset(hours), frozenset(days)), fresh_for)


def planned(found: PollYield, state: DueFeed | None = None, now: datetime = NOW) -> float:
    return (after_poll(FREE, state or due(), found, now).due_at - now).total_seconds()


def lived(
    per_hour: float, *, days: float = 3, served: int = 30, **polling_hints: float
) -> NextPoll:
    """Poll a feed with steady news as it asks, for so many days; return the last plan."""
    state, now, told = due(), NOW, 0.0
    while True:
        came = per_hour * (now - NOW).total_seconds() / HOUR
        new, told = int(came) - int(told), came
        plan = after_poll(FREE, state, brought(min(new, served), served, **polling_hints), now)  # type: ignore[arg-type] # as named
        if now > NOW + timedelta(days=days):
            return plan
        state = replace(state, pace=plan.pace, ok_at=now)
        now = plan.due_at


def waits(plan: NextPoll) -> float:
    assert plan.pace.interval is not None
    return plan.pace.interval


def test_a_feed_without_an_interval_begins_with_the_usual_one() -> None:
    first = due(first_polled_at=None, ok_at=None, entries=0)
    assert 600 <= planned(brought(30), first) <= 630


@pytest.mark.parametrize(
    ("per_hour", "seconds"), [(60, SHORTEST), (3, 600), (1, 1_800), (0.2, 9_000), (0.02, LONGEST)]
)
def test_a_feed_is_polled_so_often_that_a_poll_brings_half_an_entry(
    per_hour: float, seconds: float
) -> None:
    assert waits(lived(per_hour)) == pytest.approx(seconds, rel=0.35)


def test_a_feed_that_wakes_up_is_polled_more_often_at_once() -> None:
    quiet = due(ago=LONGEST, pace=Pace(rate=0.01, interval=LONGEST))
    assert planned(brought(12), quiet) < HOUR / 2


def test_a_feed_with_an_interval_keeps_it_whatever_comes() -> None:
    for found in (brought(), brought(30), brought(ttl=DAY, hours=tuple(range(20)))):
        assert after_poll(FIXED, due(), found, NOW).due_at == next_poll(URL, 600, 0, None, NOW)


@pytest.mark.parametrize("wish", [{"ttl": 2 * HOUR}, {"fresh_for": 2 * HOUR}])
def test_what_its_server_wishes_makes_polls_rarer(wish: dict[str, float]) -> None:
    assert 2 * HOUR <= planned(brought(**wish)) <= 2.1 * HOUR  # type: ignore[arg-type] # as named


def test_no_wish_lets_entries_scroll_off() -> None:
    busy = lived(per_hour=20, served=10, ttl=6 * HOUR)
    assert waits(busy) == pytest.approx(0.5 * HOUR / 2, rel=0.35)  # when half of it is new


def test_no_wish_keeps_a_feed_away_for_more_than_six_hours() -> None:
    quiet = due(pace=Pace(rate=0.01))
    assert planned(brought(ttl=30 * DAY, fresh_for=365 * DAY), quiet) == LONGEST


# NOW is a Thursday, at 18:00


def test_a_poll_is_put_off_to_the_end_of_the_hours_that_are_skipped() -> None:
    assert planned(brought(hours=(18, 19, 20))) == 3 * HOUR


def test_hours_that_are_skipped_go_on_after_midnight() -> None:
    late = NOW.replace(hour=22)
    assert planned(brought(hours=(22, 23, 0, 1)), now=late) == 4 * HOUR


def test_a_day_that_is_skipped_is_still_looked_at_every_six_hours() -> None:
    assert planned(brought(days=(3, 4))) == LONGEST


def test_the_day_after_one_that_is_skipped_begins_at_midnight() -> None:
    assert planned(brought(days=(3,))) == 6 * HOUR
    assert planned(brought(days=(3,)), now=NOW.replace(hour=21)) == 3 * HOUR


def test_a_feed_that_wants_every_hour_skipped_is_polled_all_the_same() -> None:
    assert planned(brought(hours=tuple(range(24)))) == LONGEST


# Gaps


@pytest.mark.parametrize(
    ("before", "served", "new", "gapped"),
    [
        (30, 30, 30, True),  # nothing of the last poll is left
        (30, 30, 28, True),  # but two, such as pinned entries
        (30, 30, 27, False),
        (30, 30, 0, False),
        (30, 1, 1, False),  # the document was emptied, as some are at midnight
        (30, 15, 15, True),
        (2, 2, 2, True),
        (1, 1, 1, False),  # one entry is always another
        (0, 30, 30, False),  # nothing was there that could be missed
        (30, 0, 0, False),
    ],
)
def test_a_gap_is_where_next_to_nothing_of_the_last_poll_is_left(
    before: int, served: int, new: int, *, gapped: bool
) -> None:
    assert is_gap(due(entries=before), brought(new, served)) is gapped


def test_a_first_poll_has_no_gap() -> None:
    assert not is_gap(due(first_polled_at=None), brought(30))


def test_after_a_gap_polls_come_nearer_until_they_overlap() -> None:
    """30 entries that are all replaced in an hour, polled every six hours."""
    state = due(ago=LONGEST, pace=Pace(rate=0.01, interval=LONGEST))
    gaps = 0
    for _ in range(9):
        assert state.ok_at is not None
        span = (NOW - state.ok_at).total_seconds()
        plan = after_poll(FREE, state, brought(min(30, int(span / 120))), NOW)
        gaps += plan.gapped
        assert not plan.gapped or waits(plan) <= span / 4
        state = replace(state, pace=plan.pace, ok_at=NOW - timedelta(seconds=waits(plan)))
    assert gaps == 1
    assert waits(plan) < 0.5 * HOUR


def test_a_gap_of_a_feed_with_an_interval_is_told_but_changes_nothing() -> None:
    plan = after_poll(FIXED, due(), brought(30), NOW)
    assert plan.gapped
    assert plan.due_at == next_poll(URL, 600, 0, None, NOW)


# Failures


def test_a_quiet_feed_that_fails_is_not_tried_sooner_than_it_would_be_polled() -> None:
    quiet = due(pace=Pace(rate=0.01))
    assert after_failure(FREE, quiet, 1, None, NOW) == NOW + timedelta(seconds=LONGEST)
    assert after_failure(FREE, quiet, 7, None, NOW) > NOW + timedelta(seconds=LONGEST)


def test_a_feed_with_an_interval_fails_as_ever() -> None:
    found = after_failure(FIXED, due(pace=Pace(rate=0.01)), 3, None, NOW)
    assert found == next_poll(URL, 600, 3, None, NOW)


def test_the_usual_interval_of_a_feed_is_what_was_planned() -> None:
    state = due(pace=Pace(rate=0.01, interval=LONGEST))
    assert usual_interval(FREE, state) == LONGEST
    assert usual_interval(FREE, due()) == 600
    assert usual_interval(FIXED, state) == 600


# Whatever a feed does

hours = st.frozensets(st.integers(0, 23))
polling_hints = st.builds(PollingHints, st.floats(0, 1e9), hours, st.frozensets(st.integers(0, 6)))
paces = st.builds(Pace, st.none() | st.floats(0, 1e9), st.none() | st.floats(0, 1e9), polling_hints)
answers = st.integers(0, 20_000).flatmap(
    lambda served: st.builds(
        PollYield, st.just(served), st.integers(0, served), polling_hints, st.floats(0, 1e12)
    )
)
dues = st.builds(due, st.floats(-DAY, 30 * DAY), st.integers(0, 50), pace=paces)


@examples
@given(state=dues, found=answers, interval=st.floats(1, 30 * DAY))
def test_a_feed_is_polled_between_two_minutes_and_six_hours(
    state: DueFeed, found: PollYield, interval: float
) -> None:
    free = replace(FREE, interval=interval)
    wait = (after_poll(free, state, found, NOW).due_at - NOW).total_seconds()
    assert min(SHORTEST, interval) - 1e-3 <= wait <= max(LONGEST, interval) + 1e-3


@examples
@given(state=dues, found=answers)
def test_the_same_past_has_the_same_future(state: DueFeed, found: PollYield) -> None:
    assert after_poll(FREE, state, found, NOW) == after_poll(FREE, state, found, NOW)


@examples
@given(state=dues, found=answers)
def test_more_news_never_puts_the_next_poll_off(state: DueFeed, found: PollYield) -> None:
    none = replace(found, new=0)
    assert after_poll(FREE, state, found, NOW).due_at <= after_poll(FREE, state, none, NOW).due_at


@examples
@given(state=dues, failures=st.integers(1, 100), after=st.none() | st.floats(0, 1e12))
def test_another_failure_never_brings_a_feed_without_an_interval_nearer(
    state: DueFeed, failures: int, after: float | None
) -> None:
    first = after_failure(FREE, state, failures, after, NOW)
    second = after_failure(FREE, state, failures + 1, after, NOW)
    assert NOW < first <= second <= NOW + timedelta(seconds=DAY * 1.05)


@examples
@given(state=dues, failures=st.integers(1, 100), after=st.floats(0, 1e12), adapts=st.booleans())
def test_no_feed_is_tried_before_its_servers_retry_after(
    state: DueFeed, failures: int, after: float, *, adapts: bool
) -> None:
    found = after_failure(replace(FREE, adapts=adapts), state, failures, after, NOW)
    assert (found - NOW).total_seconds() >= min(after, DAY) - 1e-3
