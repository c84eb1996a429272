"""What freezes, hangs, drips or never ends costs its own slot: others are polled, alerts go out."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from conftest import NOW
from fakes import Recorder, context, feed, feed_server, in_thread, item, rss, topic
from servers import NEW, http, sending

from monitor.errors import ParseError
from monitor.feeds import schedule
from monitor.feeds.fetch import Fetcher
from monitor.feeds.health import FeedState
from monitor.matching.compile import pack
from monitor.pipeline import deliver, poll
from monitor.pipeline.context import Politeness
from monitor.scan.scan import Source
from monitor.scan.workers import Workers
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fakes import FeedServer

    from monitor.model import Feed
    from monitor.pipeline.context import PipelineContext
    from monitor.pipeline.results import PollResult
    from monitor.scan.workers import ScanOne
    from monitor.store.database import Store

MINUTE = 60.0
DEADLINE = 3.0  # seconds; the rest of what is scanned here takes milliseconds
# feedparser looks for an e-mail address in it, for a time that grows with its square: 30 seconds.
FREEZING = rss(item("A").replace("</item>", f"<author>{'a' * 120_000}</author><svg/></item>"))


@dataclass
class Newsroom:
    """A desk whose feed `good` brings an ICBM, beside others that do not behave."""

    context: PipelineContext
    server: FeedServer
    channel: Recorder
    now: datetime = NOW
    polls: list[asyncio.Task[PollResult]] = field(default_factory=list)

    async def claim(self) -> None:
        """Start a poll of each feed that is due, as the service does each second."""
        for due in await poll.claim_feeds(self.context, self.now):
            self.polls.append(asyncio.create_task(poll.poll_one(self.context, due)))

    async def good(self) -> PollResult:
        """Wait for the poll that ends: that of the good feed."""
        ended, _ = await asyncio.wait(self.polls, return_when=asyncio.FIRST_COMPLETED, timeout=60)
        (poll,) = ended
        self.polls.remove(poll)
        return poll.result()

    async def poll(self) -> list[str]:
        """Poll whatever is due to its end; return how each ended."""
        await self.claim()
        polls, self.polls = self.polls, []
        return sorted(polled.outcome for polled in await asyncio.gather(*polls))

    async def deliver(self) -> list[str]:
        return await deliver.deliver(self.context, self.now)

    def row(self, url: str) -> Any:
        with Reader(self.context.store.path) as reader:
            return next(row for row in reader.feeds(self.now) if row["url"] == url)


@asynccontextmanager
async def opened(
    store: Store, *others: str, scan_one: ScanOne = in_thread
) -> AsyncIterator[Newsroom]:
    """All feeds were polled once before, so that what comes is news, and are due again."""
    limits: Any = {"timeout": MINUTE, "max_body": 1 << 20, "user_agent": "test", "at_once": 8}
    async with feed_server() as server, Fetcher(**limits) as fetcher:
        good = f"{server.url}/good"
        feeds: list[Feed] = [feed(url) for url in (good, *others)]
        server.documents["good"] = rss()
        channel = Recorder()
        room = Newsroom(
            context(
                store, feeds, [topic()], {"desk": channel}, fetch=fetcher.fetch, scan_one=scan_one
            ),
            server,
            channel,
        )
        await store.write(lambda tx: tx.feeds.sync(feeds[:1], NOW))
        assert await room.poll() == ["ok"]
        room.now += timedelta(minutes=11)
        await store.write(lambda tx: tx.feeds.sync(feeds, room.now))
        server.documents["good"] = rss(item("ICBM", room.now))
        try:
            yield room
        finally:
            for poll in room.polls:
                poll.cancel()
            await asyncio.gather(*room.polls, return_exceptions=True)


# ── servers ───────────────────────────────────────────────────────────────────────────────────

ANSWERS: dict[str, dict[str, Any]] = {
    "hangs": {"pieces": []},
    "hangs after its headers": {"pieces": [http("200 OK", "Content-Length: 500")]},
    "drips": {"pieces": [http("200 OK"), *[b"x"] * 5_000], "pause": 0.01},
    "drips headers": {"pieces": [b"HTTP/1.1 200 OK\r\n", *[b"X-A: 1\r\n"] * 5_000], "pause": 0.01},
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_a_server_that_does_not_end_holds_up_no_other_feed_and_no_alert(
    store: Store, answer: dict[str, Any]
) -> None:
    async with (
        sending(*answer["pieces"], pause=answer.get("pause", 0.0), hang=True) as slow,
        opened(store, slow) as room,
    ):
        await room.claim()
        polled = await room.good()
        assert (polled.outcome, [hit.topic for hit in polled.hits]) == ("ok", ["icbm"])
        assert await room.deliver() == ["sent"]
        assert len(room.polls) == 1  # the slow one goes on


async def test_an_endless_body_ends_at_the_limit_while_others_go_on(store: Store) -> None:
    endless = [http("200 OK"), *[b"x" * 65_536] * 1_000]
    async with sending(*endless) as url, opened(store, url) as room:
        assert await room.poll() == ["ok", "too-large"]
        assert await room.deliver() == ["sent"]


async def test_many_servers_that_hang_leave_the_other_slots_free(store: Store) -> None:
    async with sending(hang=True) as slow:
        urls = [f"{slow}/{number}" for number in range(5)]
        async with opened(store, *urls) as room:
            room.context = replace(room.context, politeness=Politeness(6, 100, 0.0))
            await room.claim()
            assert (await room.good()).outcome == "ok"
            assert await room.deliver() == ["sent"]


# ── the parser ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.unmeasured
async def test_a_feed_that_freezes_the_parser_costs_one_worker_and_slack_goes_on(
    store: Store,
) -> None:
    async with (
        Workers(2, 4 * DEADLINE, topics=pack([topic()])) as workers,
        sending(http("200 OK", body=FREEZING.encode())) as freezing,
        opened(store, freezing, scan_one=workers) as room,
    ):
        await room.claim()
        assert [hit.topic for hit in (await room.good()).hits] == ["icbm"]
        assert await room.deliver() == ["sent"]
        assert len(room.polls) == 1  # the other worker is still at it
        assert (await room.good()).outcome == "parse-timeout"


@pytest.mark.slow
@pytest.mark.unmeasured
async def test_it_is_marked_as_poisonous_with_the_reason_and_tried_again_later_and_later(
    store: Store,
) -> None:
    async with Workers(1, DEADLINE) as workers, opened(store, scan_one=workers) as room:
        room.server.documents["good"] = FREEZING
        url = f"{room.server.url}/good"
        waits = []
        for _ in range(3):
            assert await room.poll() == ["parse-timeout"]
            row = room.row(url)
            due_at = datetime.fromisoformat(row["due_at"])
            waits.append((due_at - room.now).total_seconds())
            room.now = due_at + timedelta(seconds=1)
        assert row["state"] == FeedState.POISONOUS
        assert row["reason"] == "parse-timeout: parsing took longer than 3 s"
        assert row["failures"] == 3
        assert [round(late / early) for early, late in pairwise(waits)] == [2, 2]
        room.server.documents["good"] = rss(item("ICBM", room.now))
        assert await room.poll() == ["ok"]
        assert room.row(url)["state"] == FeedState.OK


def test_a_poisonous_feed_is_tried_at_growing_intervals_up_to_a_day() -> None:
    due = replace(NEW, url="https://news.example/rss")
    waits = [
        (schedule.after_failure(feed(due.url), due, failures, None, NOW) - NOW).total_seconds()
        for failures in range(1, 12)
    ]
    assert waits == sorted(waits)
    assert waits[0] >= 1_200
    assert 86_400 <= waits[-1] <= 86_400 * 1.05


@pytest.mark.slow
@pytest.mark.unmeasured
async def test_poison_after_poison_leaves_the_workers_whole() -> None:
    async with Workers(2, DEADLINE) as workers:
        source = Source("https://news.example/")

        async def scanned(body: str) -> str:
            try:
                await workers(body.encode(), source, frozenset(), pack([]))
            except ParseError as error:
                return error.reason
            return "ok"

        reasons = await asyncio.gather(*(scanned(FREEZING) for _ in range(4)))
        assert reasons == ["parse-timeout"] * 4
        assert await asyncio.gather(*(scanned(rss()) for _ in range(4))) == ["ok"] * 4
