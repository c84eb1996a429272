"""Worker processes for scans, each killed at its deadline.

    await scan_one(body, source, known, topics, entry_fingerprints) -> Scan

is the seam: `Workers` in the service, the caller's thread in tests. A parser can hang for minutes
with the GIL held, so that only killing its process ends it. Polling stays on one machine: a Dask
cluster takes some hundred tasks a second, one machine polls more feeds than that.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import BrokenExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, Self

from pebble import ProcessExpired, ProcessPool

from monitor.errors import InternalError, ParseError, PollReason
from monitor.scan.processes import prepared_context
from monitor.scan.scan import digest_of, prepare, scan

if TYPE_CHECKING:
    from concurrent.futures import Future

    from monitor.model import Scan
    from monitor.scan.scan import Source

_QUEUEING = 60.0  # seconds that a scan may wait for a worker


class ScanOne(Protocol):
    """A function that scans one feed; raises ParseError, also when the scan takes too long."""

    async def __call__(
        self,
        body: bytes,
        source: Source,
        known: frozenset[bytes],
        topics: bytes,
        entry_fingerprints: bytes = b"",
    ) -> Scan:
        """Return the feed's new articles with their matches."""
        ...


class Workers:
    """`count` worker processes, each killed when a scan takes longer than `deadline` seconds.

    The server that forks them has loaded what scans need: a new worker starts in milliseconds.
    `patience` is the time that a scan may take including its time in the queue, in seconds.
    Packed `topics` are compiled when a worker starts: compiling takes seconds and must not count
    against a scan's deadline. A scan for these topics sends their digest only.
    """

    def __init__(
        self, count: int, deadline: float, patience: float | None = None, topics: bytes = b""
    ) -> None:
        self._count = count
        self._topics = topics
        self._digest = digest_of(topics)
        self._deadline = deadline
        self._patience = deadline + _QUEUEING if patience is None else patience
        self._ended = 0  # scans that ended so far
        self._begun = False  # whether the processes were started
        self._closing: list[asyncio.Task[None]] = []
        self._context = prepared_context()
        self._pool = self._new_pool()
        self._running: set[asyncio.Future[Scan]] = set()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._count,
            context=self._context,
            initializer=prepare,
            initargs=(self._topics,),
        )

    async def __aenter__(self) -> Self:
        """Return the workers; their processes start with the first scan."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Kill the workers and cancel the running scans, whose feeds come due again."""
        for running in self._running:
            running.cancel()
        await asyncio.gather(_close(self._pool), *self._closing)

    async def __call__(
        self,
        body: bytes,
        source: Source,
        known: frozenset[bytes],
        topics: bytes,
        entry_fingerprints: bytes = b"",
    ) -> Scan:
        """Scan in a worker.

        Raises the ParseErrors of `scan`, and those with the reasons `parse-timeout`,
        `worker-died` and `no-worker`.
        """
        sent_topics = self._digest if topics and topics is self._topics else topics
        submit = partial(self._submit, body, source, known, sent_topics, entry_fingerprints)
        # the first submit starts the processes, which takes seconds: not on the event loop
        future = submit() if self._begun else await asyncio.to_thread(submit)
        self._begun = True

        running = asyncio.wrap_future(future)
        self._running.add(running)
        try:
            return await self._result(running)
        finally:
            self._running.discard(running)
            self._ended += running.done() and not running.cancelled()

    async def _result(self, running: asyncio.Future[Scan]) -> Scan:
        """Wait for a scan; turn the errors of Pebble into those of this program."""
        ended_before = self._ended
        try:
            async with asyncio.timeout(self._patience):
                return await running
        except TimeoutError as error:  # the worker's deadline, or `patience`
            if running.cancelled():
                raise self._unanswered(ended_before) from error
            detail = f"parsing took longer than {self._deadline:g} s"
            raise ParseError(PollReason.PARSE_TIMEOUT, detail) from error
        except ProcessExpired as error:
            raise ParseError(PollReason.WORKER_DIED, f"exit code {error.exitcode}") from error
        except BrokenExecutor as error:
            raise ParseError(PollReason.NO_WORKER, "the pool broke") from error
        except ParseError:
            raise
        except Exception as error:
            raise InternalError("scanning", error) from error

    def _unanswered(self, ended_before: int) -> ParseError:
        """Return the error of a scan without an answer.

        If no other scan ended meanwhile, the pool is dead and is replaced.
        """
        if self._ended == ended_before:
            self._closing.append(asyncio.create_task(_close(self._pool)))
            self._pool = self._new_pool()
        return ParseError(PollReason.NO_WORKER, f"no worker answered in {self._patience:g} s")

    def _submit(self, *arguments: Any) -> Future[Scan]:
        """Give a scan to the pool; replace a broken pool, such as after an idle worker died."""
        try:
            return self._pool.submit(scan, self._deadline, *arguments)
        except RuntimeError:
            self._pool = self._new_pool()
            return self._pool.submit(scan, self._deadline, *arguments)


async def _close(pool: ProcessPool) -> None:
    """Kill the workers of a pool, including those in a scan."""
    pool.stop()  # type: ignore[no-untyped-call] # Pebble leaves it untyped
    await asyncio.to_thread(pool.join)
