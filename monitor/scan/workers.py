"""Worker processes for scans, each with limits of its own.

    await scan_one(body, source, known, topics) -> Scan

is the seam: `Workers` in the service, the caller's thread in tests. A parser can hang for minutes
with the GIL held, so that only killing its process ends it. Polling stays on one machine: a Dask
cluster takes some hundred tasks a second, one machine polls more feeds than that.

    scan ─▶ the pool ─▶ Scan
              └ over its first limits: a suspect ─▶ a worker of its own ─▶ Scan, or ParseError

A scan gets a few seconds in the pool, so that those behind it do not wait for long. What takes
longer, or ends its worker, is tried again apart from the pool, one after the other: only that
attempt counts against the feed, since the first one may have failed for another reason.
"""

from __future__ import annotations

import asyncio
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from monitor.errors import ParseError, PollReason
from monitor.matching.packed import digest_of
from monitor.scan import tasks
from monitor.scan.lane import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.model import Article, MatchedArticle, Scan, Source

T = TypeVar("T")

_FIRST_TRY = 3.0  # seconds of the processor that a scan gets in the pool
_MEMORY = 512 << 20  # bytes that a scan may take: 20,000 entries of 10 MB take 100 MB
_SUSPICIOUS = frozenset(
    {
        PollReason.PARSE_TIMEOUT,
        PollReason.PARSE_MEMORY,
        PollReason.WORKER_DIED,
        PollReason.NO_WORKER,
    }
)
_MOST_SENT = 500  # articles that are sent to a worker to be matched


class ScanOne(Protocol):
    """A function that scans one feed; raises ParseError, also when the scan takes too long."""

    async def __call__(
        self,
        body: bytes,
        source: Source,
        known: frozenset[bytes],
        topics: bytes,
    ) -> Scan:
        """Return the feed's new articles with their matches."""
        ...


class MatchSome(Protocol):
    """A function that matches the articles which a scan left; raises ParseError."""

    async def __call__(
        self, articles: tuple[Article, ...], topics: bytes
    ) -> tuple[MatchedArticle, ...]:
        """Return the first articles with their matches, one at least."""
        ...


class Workers:
    """`count` worker processes, and one more for suspects.

    The server that forks them has loaded what scans need: a new worker starts in milliseconds.
    A scan is killed after `deadline` seconds of the processor, or at `memory` bytes. `patience` is
    the time that an attempt may take including its time in the queue, in seconds by the clock; by
    default it follows from the deadline. A worker reads the packed
    `topics`, or their file, when it starts; a scan for these topics takes their digest.
    """

    def __init__(
        self,
        count: int,
        deadline: float,
        patience: float | None = None,
        topics: bytes | Path = b"",
        memory: int = _MEMORY,
    ) -> None:
        self._digest = b"" if isinstance(topics, Path) else digest_of(topics)
        prepared = (topics, memory)
        self._pool = Lane(count, min(deadline, _FIRST_TRY), patience, prepared)
        self._alone = Lane(1, deadline, patience, prepared, lasting=False)

    @property
    def longest(self) -> float:
        """Seconds by the clock that a scan may take, both attempts and both queues included."""
        return self._pool.patience + self._alone.patience

    async def __aenter__(self) -> Self:
        """Return the workers; their processes start with the first scan."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Kill the workers and cancel the running scans, whose feeds come due again."""
        await asyncio.gather(self._pool.close(), self._alone.close())

    async def __call__(
        self,
        body: bytes,
        source: Source,
        known: frozenset[bytes],
        topics: bytes,
    ) -> Scan:
        """Scan in a worker; of a document with many hits some articles are left.

        Raises the ParseErrors of `scan`, and those with the reasons `parse-timeout`,
        `parse-memory`, `worker-died` and `no-worker`.
        """
        sent = await self._run(tasks.scan_some, (body, source), known, self._sent(topics))
        scanned: Scan = pickle.loads(sent)  # noqa: S301 - it comes from a process of ours
        return scanned

    async def match_some(
        self, articles: tuple[Article, ...], topics: bytes
    ) -> tuple[MatchedArticle, ...]:
        """Match the first of the articles that a scan left, one at least. Raises ParseError."""
        return await self._run(tasks.match_more, articles[:_MOST_SENT], self._sent(topics))

    def _sent(self, topics: bytes) -> bytes:
        return self._digest if self._digest and digest_of(topics) == self._digest else topics

    async def _run(self, task: Callable[..., T], *arguments: Any) -> T:
        try:
            return await self._pool.run(task, *arguments)
        except ParseError as error:
            if error.reason not in _SUSPICIOUS:
                raise
        return await self._alone.run(task, *arguments)
