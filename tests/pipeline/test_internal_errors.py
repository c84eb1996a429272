"""A bug of ours costs one poll or one message, is told once, and is nobody else's fault."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from fakes import Recorder, item
from newsroom import Newsroom, opened
from structlog.testing import capture_logs

from monitor import alerts
from monitor.config.schema import OperationsSettings
from monitor.service import operator_notices
from monitor.store.queries.reader import Reader
from monitor.store.queries.status import problems, status
from monitor.store.tables.outbox import OutboxTable
from monitor.store.tables.reports import ReportReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.model import DueFeed, Feed, Fetched, Message
    from monitor.store.database import Store

OPS = OperationsSettings(channel="ops")


@pytest.fixture
async def newsroom(store: Store, now: datetime) -> AsyncIterator[Newsroom]:
    """Two feeds, polled once while they were empty."""
    async with opened(store, now, feeds=("a", "b")) as room:
        room.serve("a")
        room.serve("b")
        await room.poll()
        yield room


def broken(*_: Any, **__: Any) -> Any:
    """A bug."""
    raise KeyError("nobody foresaw this")


def feeds(room: Newsroom) -> dict[str, dict[str, Any]]:
    with Reader(room.store.path) as reader:
        return {row["title"]: row for row in reader.feeds(room.now)}


def alert_rows(room: Newsroom) -> list[tuple[Any, ...]]:
    with Reader(room.store.path) as reader:
        rows = reader._all("SELECT state, reason FROM alert_list ORDER BY id", {})
    return [(row["state"], row["reason"]) for row in rows]


async def told(room: Newsroom) -> list[Any]:
    return await operator_notices.notify(room.store, OPS, room.now)


async def test_a_module_that_cannot_be_loaded_ends_the_polls_that_need_it(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.serve("a", item("ICBM launched"))
    with monkeypatch.context() as damaged:
        damaged.setitem(sys.modules, "monitor.pipeline.ingest", None)  # its import fails
        async with asyncio.timeout(5):
            results = await newsroom.poll(hours=1)
    assert "internal-error" in {result.outcome for result in results}


class Buggy(Recorder):
    """A channel with a bug in how it renders some messages."""

    def __init__(self, *, in_plain: bool = False) -> None:
        super().__init__()
        self.in_plain = in_plain

    async def send(self, message: Message) -> str:
        if "BUG" in message.reports[0].title and (self.in_plain or not message.plain):
            broken()
        return await super().send(message)


def with_channel(room: Newsroom, channel: Recorder) -> Recorder:
    room.context = replace(room.context, channels={"desk": channel})
    return channel


# ── polls ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_bug_in_planning_alerts_is_not_the_fault_of_the_feed(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.serve("a", item("ICBM", newsroom.now))
    newsroom.serve("b", item("Weather", newsroom.now))
    monkeypatch.setattr(alerts, "plan_alerts", broken)
    polled = await newsroom.poll(minutes=11)

    assert sorted(each.outcome for each in polled) == ["internal-error", "ok"]
    row = feeds(newsroom)["a"]
    assert (row["state"], row["failures"], row["error"]) == ("ok", 0, "")


async def test_a_feed_with_a_bug_is_polled_at_its_usual_pace_and_read_once_it_is_mended(
    newsroom: Newsroom,
) -> None:
    newsroom.serve("a", item("ICBM", newsroom.now))
    scan_one, newsroom.context = (
        newsroom.context.scan_one,
        replace(newsroom.context, scan_one=broken),
    )
    await newsroom.poll(minutes=11)
    assert await newsroom.poll(minutes=9) == []
    newsroom.context = replace(newsroom.context, scan_one=scan_one)
    assert {each.outcome for each in await newsroom.poll(minutes=1)} == {"ok"}
    assert await newsroom.deliver() == ["sent"]


async def test_an_answer_that_the_store_cannot_take_costs_its_own_poll_only(
    newsroom: Newsroom,
) -> None:
    fetch = newsroom.context.fetch

    async def odd(each: Feed, due: DueFeed) -> Fetched:
        fetched = await fetch(each, due)
        return replace(fetched, etag="\udce1") if each.url.endswith("b") else fetched

    newsroom.serve("a", item("News", newsroom.now))
    newsroom.serve("b", item("News", newsroom.now))
    newsroom.context = replace(newsroom.context, fetch=odd)
    polled = await newsroom.poll(minutes=11)
    assert sorted(each.outcome for each in polled) == ["internal-error", "ok"]


async def test_a_bug_is_logged_with_its_traceback(newsroom: Newsroom) -> None:
    newsroom.context = replace(newsroom.context, fetch=broken)
    with capture_logs() as logs:
        await newsroom.poll(minutes=11)
    entry = next(each for each in logs if each["event"] == "internal error")
    assert entry["kind"].startswith("polling: KeyError at poll.py:")
    assert isinstance(entry["exc_info"], KeyError)
    assert entry["exc_info"].__traceback__ is not None


# ── messages ──────────────────────────────────────────────────────────────────────────────────


async def test_a_message_that_cannot_be_rendered_goes_out_as_plain_text(
    newsroom: Newsroom,
) -> None:
    channel = with_channel(newsroom, Buggy())
    newsroom.serve("a", item("ICBM BUG", newsroom.now))
    await newsroom.poll(minutes=11)
    assert await newsroom.deliver() == ["retry", "sent"]
    assert [message.plain for message in channel.sent] == [True]


async def test_a_message_that_cannot_be_rendered_at_all_fails_and_the_others_go_on(
    newsroom: Newsroom,
) -> None:
    with_channel(newsroom, Buggy(in_plain=True))
    newsroom.serve("a", item("ICBM BUG", newsroom.now), item("ICBM over Alaska", newsroom.now))
    await newsroom.poll(minutes=11)
    assert sorted(await newsroom.deliver()) == ["failed", "retry", "sent"]
    assert await newsroom.deliver(days=1) == []
    assert sorted(alert_rows(newsroom)) == [("failed", "internal error: KeyError"), ("sent", "")]


async def test_a_report_that_cannot_be_read_keeps_no_other_message_from_being_claimed(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = ReportReader._report

    def buggy(reports: ReportReader, row: Any, *rest: Any) -> Any:
        return broken() if row["id"] == 1 else read(reports, row, *rest)

    monkeypatch.setattr(ReportReader, "_report", buggy)
    newsroom.serve("a", item("ICBM", newsroom.now), item("ICBM over Alaska", newsroom.now))
    await newsroom.poll(minutes=11)
    assert sorted(await newsroom.deliver()) == ["failed", "retry", "sent"]


async def test_what_may_have_been_sent_is_looked_up_before_it_is_sent_as_plain_text(
    newsroom: Newsroom,
) -> None:
    channel = with_channel(newsroom, Recorder(errors=[KeyError("after it was sent")]))
    channel.found = "ref-already-there"
    newsroom.serve("a", item("ICBM", newsroom.now))
    await newsroom.poll(minutes=11)
    assert await newsroom.deliver() == ["retry", "sent"]
    assert channel.sent == []


async def test_a_sent_message_that_cannot_be_recorded_is_not_sent_again(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.serve("a", item("ICBM", newsroom.now))
    await newsroom.poll(minutes=11)
    monkeypatch.setattr(OutboxTable, "mark_sent", broken)
    assert await newsroom.deliver() == ["failed"]
    assert len(newsroom.channel.sent) == 1


# ── who is told ───────────────────────────────────────────────────────────────────────────────


async def test_the_operations_channel_is_told_once_however_often_it_happens(
    newsroom: Newsroom,
) -> None:
    newsroom.context = replace(newsroom.context, fetch=broken)
    await newsroom.poll(minutes=11)
    [notice] = await told(newsroom)
    await newsroom.poll(minutes=11)
    assert await told(newsroom) == []
    assert (notice.severity, notice.title[:31]) == ("critical", "Internal error: polling: KeyErr")


async def test_a_bug_and_the_alert_that_it_cost_are_one_notice(newsroom: Newsroom) -> None:
    with_channel(newsroom, Buggy(in_plain=True))
    newsroom.serve("a", item("ICBM BUG", newsroom.now))
    await newsroom.poll(minutes=11)
    await newsroom.deliver()
    [notice] = await told(newsroom)
    assert "1 alert could not be delivered" in notice.title
    assert "desk: internal error: KeyError (1 alert)" in notice.lines


async def test_a_new_version_that_has_the_bug_still_is_told_of_again(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.context = replace(newsroom.context, fetch=broken)
    await newsroom.poll(minutes=11)
    assert len(await told(newsroom)) == 1
    monkeypatch.setattr("monitor.store.tables.internal_errors.__version__", "99")
    await newsroom.poll(minutes=11)
    assert len(await told(newsroom)) == 1


async def test_status_shows_the_bugs_of_the_last_day(newsroom: Newsroom) -> None:
    newsroom.context = replace(newsroom.context, fetch=broken)
    await newsroom.poll(minutes=11)
    path, now = newsroom.store.path, newsroom.now
    shown = [each for each in problems(status(path, now), now) if "internal error" in each]
    assert len(shown) == 1
    assert "2 times" in shown[0]
    later = now.replace(day=now.day - 1)
    assert status(path, later.replace(month=later.month + 2)).bugs == ()
