"""When a feed is polled and an alert is sent again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import NOW
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.schedule import DAY, next_poll, next_send

URL = "https://news.example/rss"
examples = settings(derandomize=True, max_examples=100, deadline=None)


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
    assert wait(600, 1, retry_after=7_200) == 7_200


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
    ("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (8, 640), (9, 900), (10_000, 900)]
)
def test_a_failed_send_waits_five_seconds_then_twice_as_long_up_to_a_quarter_hour(
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
