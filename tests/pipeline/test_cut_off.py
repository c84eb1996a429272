"""An answer that ends early loses no entry: the next poll asks for all of it, and soon."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from fakes import Recorder, context, feed, in_thread, item, rss, topic
from servers import fetcher, http

from monitor.pipeline import poll
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.feeds.health import FeedRecord
    from monitor.pipeline.context import PipelineContext
    from monitor.pipeline.results import PollResult
    from monitor.store.database import Store

NAMES = ("One", "Two", "Three")
WHOLE = rss(*map(item, NAMES)).encode()
CUT = WHOLE[: WHOLE.index(b"Three")]
TAG = 'ETag: "1"'
ANSWERS = {
    "shorter than its length": http("200 OK", TAG, f"Content-Length: {len(WHOLE)}", body=CUT),
    "of the length that it says": http("200 OK", TAG, f"Content-Length: {len(CUT)}", body=CUT),
    "that its end of the connection ends": http("200 OK", TAG, body=CUT),
}


@dataclass
class Cutting:
    """A feed whose server gives `answers` in turn, then the whole document, or a 304 for its tag.

    `conditions` are the validators that it was asked with.
    """

    context: PipelineContext
    now: datetime
    answers: list[bytes]
    conditions: list[bool] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        self.conditions.append(b"If-None-Match" in asked)
        whole = http("200 OK", TAG, f"Content-Length: {len(WHOLE)}", body=WHOLE)
        same = http("304 Not Modified")
        answer = same if self.conditions[-1] else whole
        writer.write(self.answers.pop(0) if self.answers else answer)
        await writer.drain()
        writer.close()

    async def poll(self) -> PollResult:
        """Poll once the feed is due."""
        self.now = max(self.now, self.record().due_at + timedelta(seconds=1))
        [polled] = await poll.poll(self.context, self.now)
        return polled

    def record(self) -> FeedRecord:
        with Reader(self.context.store.path) as reader:
            [record] = reader.records()
        return record

    def shown(self) -> tuple[str, str]:
        """Return the feed's state and why, as `monitor feeds` shows them."""
        with Reader(self.context.store.path) as reader:
            [row] = reader.feeds(self.now)
        return row["state"], row["reason"]


@asynccontextmanager
async def cutting(store: Store, now: datetime, *answers: bytes) -> AsyncIterator[Cutting]:
    async with fetcher() as fetch:
        made = context(
            store, [], [topic()], {"desk": Recorder()}, fetch=fetch.fetch, scan_one=in_thread
        )
        desk = Cutting(made, now, list(answers))
        async with await asyncio.start_server(desk.serve, "127.0.0.1", 0) as server:
            ours = feed(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed")
            desk.context = replace(made, feeds={ours.url: ours})
            await store.write(lambda tx: tx.feeds.sync([ours], now))
            yield desk


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_what_is_missing_of_an_answer_comes_with_the_next_poll(
    store: Store, now: datetime, answer: bytes
) -> None:
    async with cutting(store, now, answer) as desk:
        first, second, third = await desk.poll(), await desk.poll(), await desk.poll()
    assert [each.outcome for each in (first, second, third)] == ["cut-off", "ok", "unchanged"]
    assert (first.articles, second.articles) == (2, 1)
    assert desk.conditions == [False, False, True]


async def test_the_rest_is_asked_for_soon_and_rarer_while_it_does_not_come(
    store: Store, now: datetime
) -> None:
    waits = []
    async with cutting(store, now, *ANSWERS.values(), *ANSWERS.values()) as desk:
        for _ in range(6):
            await desk.poll()
            waits.append((desk.record().due_at - desk.now) / timedelta(seconds=30))
    usual = 20  # ten minutes
    for wait, least in zip(waits, [1, 2, 4, 8, 16, usual], strict=True):
        assert least - 0.1 <= wait <= least * 1.06


async def test_the_feeds_state_says_that_its_answer_was_cut_off(
    store: Store, now: datetime
) -> None:
    async with cutting(store, now, *ANSWERS.values()) as desk:
        await desk.poll()
        assert desk.shown() == (
            "gapped", "cut-off: the answer ended early; the entries that came are stored"
        )  # fmt: skip


async def test_what_a_first_answer_lacked_is_no_news_either(store: Store, now: datetime) -> None:
    async with cutting(store, now, *ANSWERS.values()) as desk:
        await desk.poll()
        assert desk.record().first_polled_at is None
        await desk.poll()
        assert desk.record().first_polled_at == desk.now  # it is always cut off
