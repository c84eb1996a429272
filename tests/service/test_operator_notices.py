"""What the operations channel is told, from the database to the outbox."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from fakes import article, feed, topic
from filled import DAY, HOUR, MINUTE, bring
from structlog.testing import capture_logs

from monitor.config.schema import OperationsSettings
from monitor.errors import Mistake
from monitor.model import Unread
from monitor.service import operator_notices

if TYPE_CHECKING:
    from monitor.model import Feed, Notice
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

OPS = OperationsSettings(channel="ops")
ONE, TWO = feed("https://one.example/feed", title="One"), feed("https://two.example/", title="Two")


async def tell(store: Store, now: datetime = NOW, settings: OperationsSettings = OPS) -> list[str]:
    """Return the titles of what is told."""
    return [notice.title for notice in await operator_notices.notify(store, settings, now)]


async def queued(store: Store, channel: str = "ops") -> list[str]:
    """Return the titles of the notices in the outbox."""
    rows = await store.write(
        lambda tx: tx.db.execute(
            "SELECT notice FROM alerts WHERE notice IS NOT NULL AND channel = ? ORDER BY id",
            (channel,),
        ).fetchall()
    )
    return [json.loads(row[0])["title"] for row in rows]


async def poll(store: Store, each: Feed, now: datetime, error: str = "", **ending: Any) -> None:
    """Poll one feed; by default well, with a document that holds something."""

    def change(tx: Transaction) -> None:
        tx.db.execute("UPDATE feeds SET due_at = ? WHERE url = ?", (now.timestamp(), each.url))
        claimed = tx.feeds.claim(now, now + MINUTE, at_most=99, per_host=99, host_delay=0)
        [due] = [one for one in claimed if one.url == each.url]
        known = None if error else ending.pop("known", frozenset({b"12345678"}))
        tx.feeds.record_poll(due, now, now + 5 * MINUTE, error=error, known=known, **ending)
        tx.feeds.release_leases(now)

    await store.write(change)


async def change(store: Store, sql: str, *values: object) -> None:
    await store.write(lambda tx: tx.db.execute(sql, values))


@pytest.fixture
async def context(store: Store) -> Store:
    """Two feeds that were read a week ago, and nothing to tell of."""
    await store.write(lambda tx: tx.feeds.sync([ONE, TWO], NOW - 9 * DAY))
    for each in (ONE, TWO):
        await poll(store, each, NOW - 8 * DAY)
    assert await tell(store, NOW - 8 * DAY) == []
    return store


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No heartbeats."""
    monkeypatch.setattr(operator_notices, "_notify_of_day", lambda *_: [])


# ── feeds ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("quiet")
async def test_a_failing_feed_is_told_of_once_and_its_recovery_once(context: Store) -> None:
    await poll(context, ONE, NOW - 25 * HOUR, error="timeout: no answer")
    first = [
        await tell(context, NOW - 2 * HOUR),
        await tell(context),
        await tell(context, NOW + 9 * HOUR),
    ]
    await poll(context, ONE, NOW + 10 * HOUR)
    then = [await tell(context, NOW + (10 + hours) * HOUR) for hours in range(3)]

    assert first == [[], ["One is failing"], []]
    assert then == [["One is well again"], [], []]
    assert await queued(context) == ["One is failing", "One is well again"]


@pytest.mark.usefixtures("quiet")
async def test_a_feed_that_fails_again_is_told_of_again(context: Store) -> None:
    titles = []
    for day in (0, 3):
        await poll(context, ONE, NOW + day * DAY, error="timeout")
        titles += await tell(context, NOW + (day + 1) * DAY)
        await poll(context, ONE, NOW + (day + 2) * DAY)
        titles += await tell(context, NOW + (day + 2) * DAY)
    assert titles == ["One is failing", "One is well again"] * 2


@pytest.mark.usefixtures("quiet")
async def test_how_long_a_feed_may_fail_is_configured(context: Store) -> None:
    await poll(context, ONE, NOW - 3 * HOUR, error="timeout")

    assert await tell(context, settings=OPS) == []
    soon = OperationsSettings(channel="ops", failing_after="3h")  # type: ignore[arg-type] # as written
    assert await tell(context, settings=soon) == ["One is failing"]


@pytest.mark.usefixtures("quiet")
async def test_a_feed_that_was_closed_is_told_of_at_once(context: Store) -> None:
    await poll(context, ONE, NOW, error="http-410: Gone", gone=True)
    assert await tell(context) == ["One is closed"]
    await context.write(lambda tx: tx.feeds.resume(ONE.url, NOW + DAY))
    assert await tell(context, NOW + DAY) == []
    await poll(context, ONE, NOW + DAY)
    assert await tell(context, NOW + DAY) == ["One is well again"]


@pytest.mark.usefixtures("quiet")
async def test_a_feed_that_leaves_the_configuration_is_forgotten(context: Store) -> None:
    await poll(context, ONE, NOW - DAY, error="timeout")
    await tell(context)
    await context.write(lambda tx: tx.feeds.sync([TWO], NOW))
    assert await tell(context, NOW + DAY) == []
    assert await context.write(lambda tx: tx.history.already_notified("feed")) == {}


@pytest.mark.usefixtures("quiet")
async def test_a_document_without_entries_is_told_of_after_a_day(context: Store) -> None:
    await bring(context, ONE, [article("Weather")], NOW - 30 * HOUR)
    await poll(context, ONE, NOW - 25 * HOUR, known=frozenset())
    await poll(context, ONE, NOW - HOUR, known=frozenset())
    assert await tell(context) == ["One is empty"]
    await poll(context, ONE, NOW + HOUR)
    assert await tell(context, NOW + HOUR) == ["One is well again"]


@pytest.mark.usefixtures("quiet")
async def test_a_stale_feed_is_told_of_when_the_ledger_says_so(store: Store) -> None:
    await store.write(lambda tx: tx.feeds.sync([ONE], NOW - 31 * DAY))
    for day in range(30, 2, -1):
        news = [article(f"News {day} {number}") for number in range(9)]
        await bring(store, ONE, news, NOW - day * DAY)
    await poll(store, ONE, NOW)

    [notice] = await operator_notices.notify(store, OPS, NOW)
    assert notice.title == "One is stale"
    assert notice.lines[0].startswith("One: stale since 2024-10-28 18:00: ")
    assert "nothing new; usually 9 a day" in notice.lines[0]
    await bring(store, ONE, [article("At last")], NOW + HOUR)
    assert await tell(store, NOW + HOUR) == ["One is well again"]


# ── alerts and channels ───────────────────────────────────────────────────────────────────────


async def fail_alert(store: Store, channel: str, title: str, now: datetime = NOW) -> None:
    await bring(
        store, ONE, [article(title, published_at=now)], now, topics=[topic()], channels=[channel]
    )
    await change(
        store,
        "UPDATE alerts SET state = 'failed', due_at = NULL, reason = 'too_long'"
        " WHERE state = 'pending' AND notice IS NULL",
    )


@pytest.mark.usefixtures("quiet")
async def test_alerts_that_failed_for_good_are_told_of_once(context: Store) -> None:
    await fail_alert(context, "desk", "An ICBM")
    assert [await tell(context), await tell(context)] == [["1 alert could not be delivered"], []]
    await fail_alert(context, "desk", "A second ICBM", NOW + HOUR)
    assert await tell(context, NOW + HOUR) == ["1 alert could not be delivered"]
    assert await queued(context) == ["1 alert could not be delivered"] * 2


@pytest.mark.usefixtures("quiet")
async def test_what_failed_on_the_operations_channel_itself_goes_into_the_log(
    context: Store,
) -> None:
    await fail_alert(context, "ops", "An ICBM")
    with capture_logs() as logs:
        assert await tell(context) == ["1 alert could not be delivered"]
    assert await queued(context) == []
    assert [(each["event"], each["log_level"]) for each in logs] == [("notice", "warning")]


@pytest.mark.usefixtures("quiet")
async def test_a_stopped_channel_is_told_of_each_time_it_stops(context: Store) -> None:
    titles = []
    for hours in (0, 2):
        at = NOW + hours * HOUR

        def stop(tx: Transaction, at: datetime = at) -> None:
            tx.channels.stop("desk", "Slack: invalid_auth", at, at + MINUTE)

        await context.write(stop)
        titles += await tell(context, at) + await tell(context, at + MINUTE)
        await change(context, "UPDATE channels SET stopped_at = NULL")
        titles += await tell(context, at + HOUR)
    assert titles == ["Channel desk is stopped: its alerts wait"] * 2


@pytest.mark.usefixtures("quiet")
async def test_that_the_operations_channel_is_stopped_only_the_log_says(context: Store) -> None:
    await context.write(
        lambda tx: tx.channels.stop("ops", "Slack: invalid_auth", NOW, NOW + MINUTE)
    )
    with capture_logs() as logs:
        await tell(context)
    assert logs[0]["title"] == "Channel ops is stopped: its alerts wait"
    assert await queued(context) == []


# ── reloads ───────────────────────────────────────────────────────────────────────────────────

WRONG = Mistake("config.yaml", 3, 5, "topics[0].titel", "unknown key")
MOVED = Mistake("config.yaml", 9, 5, "topics[0].titel", "unknown key")
OTHER = Mistake("config.yaml", 9, 5, "feeds[0].url", "is required")


async def refuse(store: Store, *mistakes: Mistake | str) -> list[Notice]:
    return await operator_notices.notify_refused(store, OPS, mistakes, NOW)


async def test_each_mistake_of_a_reload_is_told_once(store: Store) -> None:
    told = [await refuse(store, each) for each in (WRONG, MOVED)]
    assert [len(each) for each in told] == [1, 0]
    assert told[0][0].lines == ("config.yaml:3:5: topics[0].titel: unknown key",)


async def test_another_mistake_is_told_without_the_first(store: Store) -> None:
    await refuse(store, WRONG)
    [notice] = await operator_notices.notify_refused(store, OPS, [WRONG, OTHER], NOW + MINUTE)
    assert notice.lines == ("config.yaml:9:5: feeds[0].url: is required",)
    assert len(await queued(store)) == 2


async def test_a_mistake_that_was_mended_is_told_when_it_comes_back(store: Store) -> None:
    await refuse(store, WRONG)
    await refuse(store)
    [notice] = await operator_notices.notify_refused(store, OPS, [WRONG], NOW + MINUTE)
    assert "unknown key" in notice.lines[0]


async def test_whatever_else_refuses_a_reload_is_told_too(store: Store) -> None:
    [notice] = await refuse(store, "another database needs a restart")
    assert notice.lines == ("another database needs a restart",)


# ── each day ──────────────────────────────────────────────────────────────────────────────────

EIGHT = NOW.replace(hour=8) + DAY


async def test_a_heartbeat_comes_once_a_day(context: Store) -> None:
    moments = [EIGHT - MINUTE, EIGHT, EIGHT + MINUTE, EIGHT + DAY - MINUTE, EIGHT + DAY]
    await tell(context)  # the one of today is over

    told = [await tell(context, at) for at in moments]
    assert [len(each) for each in told] == [0, 1, 0, 0, 1]
    assert told[1][0].startswith("Heartbeat 2024-11-01: 2 feeds, 0 articles, 0 hits, 0 alerts")


async def test_the_first_start_tells_of_no_day_that_was_before_it(store: Store) -> None:
    assert await tell(store) == []


async def test_a_heartbeat_that_was_missed_comes_late(context: Store) -> None:
    await tell(context)
    [notice] = await operator_notices.notify(context, OPS, EIGHT + 5 * HOUR)
    assert notice.lines[-1].endswith(", late")


async def test_a_service_that_was_down_tells_it_with_the_heartbeat(context: Store) -> None:
    await tell(context)
    started = NOW - DAY
    await context.write(lambda tx: tx.service.beat(1, "1", started, NOW + HOUR))
    await context.write(lambda tx: tx.service.beat(2, "1", started, EIGHT + 5 * HOUR))
    [notice] = await operator_notices.notify(context, OPS, EIGHT + 5 * HOUR)
    assert "The service was not running from 2024-10-31 19:00 to 2024-11-01 13:00" in notice.lines


async def test_a_short_pause_is_no_outage(context: Store) -> None:
    await tell(context)
    for minutes in (0, 9):
        at = NOW + minutes * MINUTE
        await context.write(lambda tx, at=at: tx.service.beat(1, "1", at, at))  # type: ignore[misc]
    [notice] = await operator_notices.notify(context, OPS, EIGHT)
    assert not any("not running" in line for line in notice.lines)


async def test_a_clock_that_is_set_is_no_outage(context: Store) -> None:
    await tell(context)
    await context.write(lambda tx: tx.service.beat(1, "1", NOW, NOW))
    await context.write(lambda tx: tx.service.shift_due(9 * 3_600.0))
    await context.write(lambda tx: tx.service.beat(1, "1", NOW, NOW + 9 * HOUR))
    [notice] = await operator_notices.notify(context, OPS, EIGHT)
    assert not any("not running" in line for line in notice.lines)


async def test_a_heartbeat_counts_what_came_since_the_last(context: Store) -> None:
    await tell(context)
    entries = [article("An ICBM", published_at=NOW + HOUR), article("Weather")]
    await bring(
        context, ONE, entries, NOW + HOUR, topics=[topic()], unread=[Unread((b"k",), "no title")]
    )
    await poll(context, TWO, NOW + HOUR, error="timeout")
    [notice] = await operator_notices.notify(context, OPS, EIGHT)

    assert notice.title == "Heartbeat 2024-11-01: 2 feeds, 2 articles, 1 hit, 0 alerts sent"
    assert notice.lines[:4] == (
        "Hits, but not one alert was sent: see below what became of them.",
        "Feeds: 1 read; 1 ok, 1 failing",
        "Coverage: 66.7 % of 3 new entries read: 1 hit, 0 near misses, 0 duplicates",
        "Alerts: 1 pending; 1 waiting",
    )
    assert notice.lines[4] == "Longest not read: Two, 2024-10-23 18:00"


async def test_notices_are_not_counted_as_alerts(context: Store) -> None:
    await tell(context)
    await poll(context, ONE, NOW - DAY, error="timeout")
    await tell(context, NOW)
    [notice] = await operator_notices.notify(context, OPS, EIGHT)
    assert "Alerts: none made" in notice.lines


async def test_the_hour_is_that_of_the_zone(context: Store) -> None:
    seoul = OperationsSettings(channel="ops", heartbeat="03:00", timezone="Asia/Seoul")
    await tell(context, NOW - 2 * MINUTE, seoul)
    assert await tell(context, NOW - MINUTE, seoul) == []
    assert len(await tell(context, NOW, seoul)) == 1  # 18:00 UTC


async def test_a_clock_that_was_wrong_does_not_silence_the_heartbeat(context: Store) -> None:
    await tell(context, NOW + 30 * DAY)
    assert await tell(context, NOW) == []
    assert len(await tell(context, EIGHT)) == 1


async def test_without_an_operations_channel_the_log_has_it_all(context: Store) -> None:
    await tell(context)
    with capture_logs() as logs:
        await tell(context, EIGHT, OperationsSettings())
    assert [(each["event"], each["kind"]) for each in logs] == [("notice", "heartbeat")]
    assert await queued(context, "") == []


async def test_a_notice_and_its_memory_are_one_transaction(
    context: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(context)

    def full(*_: object, **__: object) -> bool:
        raise LookupError("no room")

    with monkeypatch.context() as patch:
        patch.setattr("monitor.store.tables.enqueue.AlertTable.add_notice", full)
        with pytest.raises(LookupError):
            await tell(context, EIGHT)
    assert len(await tell(context, EIGHT + timedelta(seconds=1))) == 1
