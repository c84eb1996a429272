"""A newsroom: the path with its feed server and a channel, at a moment that tests move on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fakes import (
    FeedServer,
    Recorder,
    context,
    feed,
    feed_server,
    in_thread,
    rss,
    topic,
)

from monitor.feeds.fetch import Fetcher
from monitor.pipeline import deliver, poll
from monitor.store.queries.hit_filter import HitFilter
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from monitor.channels import Channel
    from monitor.model import Feed, Topic
    from monitor.pipeline.context import PipelineContext
    from monitor.pipeline.results import PollResult
    from monitor.store.database import Store


@dataclass
class Newsroom:
    """A desk with its feed server and channel, at a moment that tests move on."""

    context: PipelineContext
    server: FeedServer
    now: datetime
    channel: Recorder
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = self.context.store

    def serve(self, name: str, *items: str) -> None:
        self.server.documents[name] = rss(*items)

    async def poll(self, **later: float) -> list[PollResult]:
        self.now += timedelta(**later)
        return await poll.poll(self.context, self.now)

    async def deliver(self, **later: float) -> list[str]:
        self.now += timedelta(**later)
        ended: list[str] = []
        while delivered := await deliver.deliver(self.context, self.now):
            ended += delivered
        return ended

    def hits(self) -> list[dict[str, Any]]:
        with Reader(self.store.path) as reader:
            return reader.hits(HitFilter())

    def alerts(self) -> dict[str, int]:
        with Reader(self.store.path) as reader:
            return {row["state"]: row["alerts"] for row in reader.alert_states()}

    def ledger(self) -> dict[str, int]:
        with Reader(self.store.path) as reader:
            rows = reader.coverage()
        names = ("entries", "hit", "near_miss", "no_match", "duplicate", "unread")
        return {name: sum(row[name] for row in rows) for name in names}


Open = Callable[..., Any]


@asynccontextmanager
async def opened(
    store: Store,
    now: datetime,
    *,
    feeds: tuple[str, ...] = ("a",),
    topics: tuple[Topic, ...] = (),
    channels: Mapping[str, Channel] | None = None,
    **settings: Any,
) -> AsyncIterator[Newsroom]:
    """A newsroom whose feeds `names` are served on loopback, due now; by default it wants ICBM."""
    limits = {"timeout": 5.0, "max_body": 1 << 20, "user_agent": "test", "at_once": 8}
    async with feed_server() as server, Fetcher(**limits) as fetcher:  # type: ignore[arg-type] # as named
        served: list[Feed] = [feed(f"{server.url}/{name}", **settings) for name in feeds]
        recorder = Recorder()
        opened_desk = context(
            store,
            served,
            list(topics or (topic(),)),
            channels or {"desk": recorder},
            fetch=fetcher.fetch,
            scan_one=in_thread,
        )
        await store.write(lambda tx: tx.feeds.sync(served, now))
        yield Newsroom(opened_desk, server, now, recorder)
