"""What the database keeps of feeds' health: news by day, outages, and what was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from fakes import article, feed
from filled import DAY, HOUR, MINUTE, bring

from monitor.feeds.health import FeedState, day_of, health
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from monitor.feeds.health import Outage
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

ONE, TWO = feed("https://one.example/feed", title="One"), feed("https://two.example/", title="Two")


@pytest.fixture
async def store(store: Store) -> Store:
    await store.write(lambda tx: tx.feeds.sync([ONE, TWO], NOW))
    return store


async def poll(store: Store, now: datetime, *, error: str = "", **ending: Any) -> None:
    """Poll the first feed."""

    def change(tx: Transaction) -> None:
        claimed = tx.feeds.claim(now, now + MINUTE, at_most=99, per_host=99, host_delay=0)
        [due] = [each for each in claimed if each.url == ONE.url]
        tx.feeds.record_poll(due, now, now + MINUTE, error=error, **ending)
        tx.feeds.release_leases(now)

    await store.write(change)


def one(path: Path) -> dict[str, Any]:
    with Reader(path) as reader:
        return next(row for row in reader.feeds(NOW + DAY) if row["url"] == ONE.url)


def outages(path: Path, now: datetime = NOW + 9 * DAY) -> list[Outage]:
    with Reader(path) as reader:
        return reader.outages(NOW - DAY, now)


def state(path: Path, now: datetime) -> FeedState:
    with Reader(path) as reader:
        [record] = [each for each in reader.records(doubtful=False) if each.url == ONE.url]
    return health(record, now).state


def news(*titles: str) -> Sequence[Any]:
    return [article(title) for title in titles]


# ── news by day ───────────────────────────────────────────────────────────────────────────────


async def test_what_a_first_poll_brings_is_no_news(store: Store) -> None:
    await bring(store, ONE, news("a", "b", "c"), NOW)
    row = one(store.path)

    assert (row["entries"], row["news_at"], sum(row["news"])) == (3, None, 0)


async def test_new_entries_are_counted_by_day(store: Store) -> None:
    await bring(store, ONE, [], NOW)
    await bring(store, ONE, news("a", "b"), NOW + HOUR)
    await bring(store, ONE, news("b", "c"), NOW + 2 * HOUR)
    await bring(store, ONE, news("d"), NOW + DAY)
    row = one(store.path)

    assert row["news"][-3:] == [0, 3, 1]
    assert row["news_at"] == "2024-11-01T18:00:00Z"


async def test_the_same_news_count_for_each_feed(store: Store) -> None:
    for at, brought in ((NOW, news()), (NOW + HOUR, news("a"))):
        for each in (ONE, TWO):
            await bring(store, each, brought, at)
    rows = await store.write(
        lambda tx: tx.db.execute("SELECT day, entries FROM news_days").fetchall()
    )
    assert rows == [(day_of(NOW), 1)] * 2


async def test_a_feed_that_comes_back_after_a_pause_is_read_like_a_new_one(store: Store) -> None:
    await bring(store, ONE, [], NOW)
    for feeds, at in (([TWO], NOW + MINUTE), ([ONE, TWO], NOW + HOUR)):
        await store.write(lambda tx, feeds=feeds, at=at: tx.feeds.sync(feeds, at))  # type: ignore[misc]
    await bring(store, ONE, news("a", "b"), NOW + 2 * HOUR)

    assert sum(one(store.path)["news"]) == 0


# ── documents without entries ─────────────────────────────────────────────────────────────────


async def test_since_when_a_document_is_empty_is_kept(store: Store) -> None:
    await poll(store, NOW, known=frozenset())
    await poll(store, NOW + HOUR, known=frozenset())
    await poll(store, NOW + 2 * HOUR)  # not modified
    await poll(store, NOW + 3 * HOUR, error="timeout")
    assert one(store.path)["empty_since"] == "2024-10-31T18:00:00Z"
    await poll(store, NOW + 4 * HOUR, known=frozenset({b"12345678"}))
    assert one(store.path)["empty_since"] is None


# ── outages ───────────────────────────────────────────────────────────────────────────────────


async def test_a_feed_that_failed_for_an_hour_leaves_an_outage(store: Store) -> None:
    await poll(store, NOW, error="http-500")
    await poll(store, NOW + HOUR, error="timeout")
    await poll(store, NOW + 2 * HOUR)
    [outage] = outages(store.path)

    assert (outage.feed, outage.url, outage.reason) == ("One", ONE.url, "timeout")
    assert (outage.since, outage.until) == (NOW, NOW + 2 * HOUR)
    assert outage.length(NOW + DAY) == 2 * HOUR


async def test_a_failure_that_passes_within_the_hour_leaves_none(store: Store) -> None:
    await poll(store, NOW, error="http-500")
    await poll(store, NOW + 59 * MINUTE)
    assert outages(store.path) == []


async def test_an_outage_that_goes_on_has_no_end(store: Store) -> None:
    await poll(store, NOW, error="http-500")
    [outage] = outages(store.path)

    assert (outage.reason, outage.until) == ("failing: http-500", None)
    assert outage.length(NOW + DAY) == DAY


async def test_a_gap_is_an_outage_from_one_poll_to_the_next(store: Store) -> None:
    await poll(store, NOW)
    await poll(store, NOW + HOUR, gapped=True)
    [outage] = outages(store.path)

    assert (outage.reason, outage.since, outage.until) == ("gap", NOW, NOW + HOUR)


async def test_old_outages_are_not_told(store: Store) -> None:
    await poll(store, NOW, error="http-500")
    await poll(store, NOW + 2 * HOUR)
    with Reader(store.path) as reader:
        assert reader.outages(NOW + 3 * HOUR, NOW + DAY) == []


@pytest.mark.parametrize("jump", [12 * 365 * DAY, -365 * DAY])
async def test_a_clock_that_is_set_changes_no_feeds_health(store: Store, jump: timedelta) -> None:
    for day in range(20):
        at = NOW + day * DAY
        await bring(store, ONE, news(*map(str, range(9 * day, 9 * day + 18))), at)
    assert state(store.path, at) == FeedState.OK
    await store.write(lambda tx: tx.service.shift_due(jump.total_seconds()))
    assert state(store.path, at + jump) == FeedState.OK
    await bring(store, ONE, news("188", "one more"), at + jump + DAY)
    await store.write(lambda tx: tx.service.shift_due(-jump.total_seconds()))
    assert state(store.path, at + DAY) == FeedState.OK


# ── what was told ─────────────────────────────────────────────────────────────────────────────


async def test_what_was_told_is_remembered_by_kind_until_it_is_over(store: Store) -> None:
    def change(tx: Transaction) -> list[dict[str, tuple[str, datetime]]]:
        tx.history.mark_notified("feed", {"1": "failing", "12": "stale"}, NOW)
        tx.history.mark_notified("feeds", {"": ""}, NOW)
        tx.history.forget_notified("feed", ["1"])
        return [
            tx.history.already_notified("feed"),
            tx.history.already_notified("feeds"),
            tx.history.already_notified("alert"),
        ]

    assert await store.write(change) == [{"12": ("stale", NOW)}, {"": ("", NOW)}, {}]
