"""Where work runs. Two seams, one for the service and one for archives.

    await scan_one(body, source, known, topics, imprints) -> Scan   in_thread, Workers
    spread(work, common, batches) -> results in their order       here, on_cluster(address)

Polling stays on one machine: a cluster takes some hundred tasks a second, a machine polls more
feeds than that.
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
    """Scan one feed; raises ParseError, also when it takes too long."""

    async def __call__(
        self,
        body: bytes,
        source: Source,
        known: frozenset[bytes],
        topics: bytes,
        entry_fingerprints: bytes = b"",
    ) -> Scan:
        """Return the feed's new articles with what they match."""
        ...


async def in_thread(
    body: bytes,
    source: Source,
    known: frozenset[bytes],
    topics: bytes,
    entry_fingerprints: bytes = b"",
) -> Scan:
    """Scan in the caller's own thread: for tests, and for bodies that one trusts."""
    return scan(body, source, known, topics, entry_fingerprints)


class Workers:
    """Worker processes, each killed when a scan takes longer than `deadline` seconds.

    The server that forks them has loaded what scans need, so a new worker starts in milliseconds.
    `patience` is how many seconds a scan may take with its time in the queue. Packed `topics` are
    compiled when a worker starts: thousands of forms take seconds, which are no scan's. A scan for
    just these sends their digest only, one for others all of them.
    """

    def __init__(
        self, count: int, deadline: float, patience: float | None = None, topics: bytes = b""
    ) -> None:
        self._count = count
        self._topics = topics
        self._digest = digest_of(topics)
        self._deadline = deadline
        self._patience = deadline + _QUEUEING if patience is None else patience
        self._ended = 0
        self._begun = False
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
        """Workers start with the first scan."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Kill the workers; scans that still run are cancelled, and their feeds come due again."""
        for scan_ in self._running:
            scan_.cancel()
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

        Raises ParseError `parse-timeout`, `worker-died` or `no-worker` besides scan's.
        """
        named = self._digest if topics and topics is self._topics else topics
        submit = partial(self._submit, body, source, known, named, entry_fingerprints)
        # the first starts the processes, which takes seconds that the event loop does not have
        running = asyncio.wrap_future(submit() if self._begun else await asyncio.to_thread(submit))
        self._begun = True
        self._running.add(running)
        ended = self._ended
        try:
            async with asyncio.timeout(self._patience):
                return await running
        except TimeoutError as error:  # the worker's, or ours
            if running.cancelled():
                raise self._unanswered(ended) from error
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
        finally:
            self._running.discard(running)
            self._ended += running.done() and not running.cancelled()

    def _unanswered(self, ended_before: int) -> ParseError:
        """Give a scan up; if no other ended meanwhile, the pool is dead and is replaced."""
        if self._ended == ended_before:
            self._closing.append(asyncio.create_task(_close(self._pool)))
            self._pool = self._new_pool()
        return ParseError(PollReason.NO_WORKER, f"no worker answered in {self._patience:g} s")

    def _submit(self, *scanned: Any) -> Future[Scan]:
        """Hand a scan to the pool; one that broke, as when an idle worker died, is replaced."""
        try:
            return self._pool.submit(scan, self._deadline, *scanned)
        except RuntimeError:
            self._pool = self._new_pool()
            return self._pool.submit(scan, self._deadline, *scanned)


async def _close(pool: ProcessPool) -> None:
    """Kill a pool's workers, whatever they do."""
    pool.stop()  # type: ignore[no-untyped-call] # Pebble leaves it untyped
    await asyncio.to_thread(pool.join)


# ── archives ──────────────────────────────────────────────────────────────────────────────────
