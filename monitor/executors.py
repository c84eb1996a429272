"""Where `scan` runs. One seam: `await scan_one(body, source, known, topics) -> Scan`.

Besides, `match_all` tries topics on many articles, on all cores.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from itertools import repeat
from typing import TYPE_CHECKING, Protocol, Self

from pebble import ProcessExpired, ProcessPool

from monitor.errors import ParseError
from monitor.matching.matcher import matcher_for
from monitor.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from monitor.model import Article, Match, Scan
    from monitor.scan import Source


_BATCH = 500  # articles that are matched at once
_FEW = 6  # batches for which processes are not worth starting
_QUEUEING = 60.0  # seconds that a scan may wait for a worker


def match_all(
    packed: bytes, articles: Sequence[Article], progress: Callable[[int, int], None]
) -> Iterator[tuple[Match, ...]]:
    """Yield what each article matches, in their order; `progress` is told (done, total)."""
    batches = [articles[at : at + _BATCH] for at in range(0, len(articles), _BATCH)]
    done = 0
    for matches in _matched(packed, batches):
        yield from matches
        done += len(matches)
        progress(done, len(articles))


def _matched(packed: bytes, batches: list[Sequence[Article]]) -> Iterator[list[tuple[Match, ...]]]:
    """Match batches here, or, where there are many, in as many processes as there are cores."""
    if len(batches) < _FEW:
        yield from (_match_batch(packed, batch) for batch in batches)
        return
    context = multiprocessing.get_context("forkserver")
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(min(cores, len(batches)), context) as pool:
        yield from pool.map(_match_batch, repeat(packed), batches)


def _match_batch(packed: bytes, articles: Sequence[Article]) -> list[tuple[Match, ...]]:
    return matcher_for(packed).match(articles)


class ScanOne(Protocol):
    """Scan one feed; raises ParseError, also when it takes too long."""

    async def __call__(
        self, body: bytes, source: Source, known: frozenset[bytes], topics: bytes
    ) -> Scan:
        """Return the feed's new articles with what they match."""
        ...


async def in_thread(body: bytes, source: Source, known: frozenset[bytes], topics: bytes) -> Scan:
    """Scan in the caller's own thread: for tests, and for bodies that one trusts."""
    return scan(body, source, known, topics)


class Workers:
    """Worker processes, each killed when a scan takes longer than `deadline` seconds.

    The server that forks them has imported `scan` once, so a new worker starts in milliseconds.
    `patience` is how many seconds a scan may take with its time in the queue.
    """

    def __init__(self, count: int, deadline: float, patience: float | None = None) -> None:
        self._count = count
        self._deadline = deadline
        self._patience = deadline + _QUEUEING if patience is None else patience
        self._ended = 0
        self._closing: list[asyncio.Task[None]] = []
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["monitor.scan"])
        self._pool = self._new_pool()
        self._running: set[asyncio.Future[Scan]] = set()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(max_workers=self._count, context=self._context)

    async def __aenter__(self) -> Self:
        """Workers start with the first scan."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Kill the workers; scans that still run are cancelled, and their feeds come due again."""
        for scan_ in self._running:
            scan_.cancel()
        await asyncio.gather(_close(self._pool), *self._closing)

    async def __call__(
        self, body: bytes, source: Source, known: frozenset[bytes], topics: bytes
    ) -> Scan:
        """Scan in a worker. Raises ParseError `parse-timeout` or `worker-died` besides scan's."""
        running = asyncio.wrap_future(self._submit(body, source, known, topics))
        self._running.add(running)
        ended = self._ended
        try:
            async with asyncio.timeout(self._patience):
                return await running
        except TimeoutError as error:  # the worker's, or ours
            if running.cancelled():
                raise self._unanswered(ended) from error
            detail = f"parsing took longer than {self._deadline:g} s"
            raise ParseError("parse-timeout", detail) from error
        except ProcessExpired as error:
            raise ParseError("worker-died", f"exit code {error.exitcode}") from error
        except BrokenExecutor as error:
            raise ParseError("worker-died", "the pool broke") from error
        except ParseError:
            raise
        except Exception as error:  # whatever a document made the parsers raise
            raise ParseError("unparsable", type(error).__name__) from error
        finally:
            self._running.discard(running)
            self._ended += running.done() and not running.cancelled()

    def _unanswered(self, ended_before: int) -> ParseError:
        """Give a scan up; if no other ended meanwhile, the pool is dead and is replaced."""
        if self._ended == ended_before:
            self._closing.append(asyncio.create_task(_close(self._pool)))
            self._pool = self._new_pool()
        return ParseError("worker-died", f"no worker answered in {self._patience:g} s")

    def _submit(
        self, body: bytes, source: Source, known: frozenset[bytes], topics: bytes
    ) -> Future[Scan]:
        """Hand a scan to the pool; one that broke, as when an idle worker died, is replaced."""
        try:
            return self._pool.submit(scan, self._deadline, body, source, known, topics)
        except RuntimeError:
            self._pool = self._new_pool()
            return self._pool.submit(scan, self._deadline, body, source, known, topics)


async def _close(pool: ProcessPool) -> None:
    """Kill a pool's workers, whatever they do."""
    pool.stop()  # type: ignore[no-untyped-call] # Pebble leaves it untyped
    await asyncio.to_thread(pool.join)
