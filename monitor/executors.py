"""Where work runs. Two seams, one for the service and one for archives.

    await scan_one(body, source, known, topics, imprints) -> Scan   in_thread, Workers
    spread(work, common, batches) -> results in their order       here, on_cluster(address)

Polling stays on one machine: a cluster takes some hundred tasks a second, a machine polls more
feeds than that.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
from collections import deque
from concurrent.futures import BrokenExecutor, CancelledError, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from monitor.errors import InternalError, ParseError, PollReason, WorkerError
from monitor.scan import digest_of, prepare, scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from multiprocessing.context import ForkServerContext

    from monitor.model import Scan
    from monitor.scan import Source


_QUEUEING = 60.0  # seconds that a scan may wait for a worker
Common = TypeVar("Common")
Batch = TypeVar("Batch")
Result = TypeVar("Result")


class ScanOne(Protocol):
    """Scan one feed; raises ParseError, also when it takes too long."""

    async def __call__(
        self,
        body: bytes,
        source: Source,
        known: frozenset[bytes],
        topics: bytes,
        imprints: bytes = b"",
    ) -> Scan:
        """Return the feed's new articles with what they match."""
        ...


async def in_thread(
    body: bytes, source: Source, known: frozenset[bytes], topics: bytes, imprints: bytes = b""
) -> Scan:
    """Scan in the caller's own thread: for tests, and for bodies that one trusts."""
    return scan(body, source, known, topics, imprints)


def _forking() -> ForkServerContext:
    """Return what starts processes that are born with all that each would load by itself."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.preload"])
    return context


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
        self._context = _forking()
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
        imprints: bytes = b"",
    ) -> Scan:
        """Scan in a worker.

        Raises ParseError `parse-timeout`, `worker-died` or `no-worker` besides scan's.
        """
        named = self._digest if topics and topics is self._topics else topics
        submit = partial(self._submit, body, source, known, named, imprints)
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

_FEW = 6  # batches for which processes are not worth starting
_AHEAD = 4  # batches under way for each core: enough that none is idle, and no more in memory
_LOOK = 50  # batches after which the cluster is asked again how large it is
_CONNECTING = 10.0  # seconds in which a scheduler must answer, and have a worker
_AGAIN = 2  # times that a batch which failed is tried elsewhere: a worker may lack something
_LARGE = "1 GiB"  # of thousands of topics Dask would say that they are large, each time
_SAME = ("monitor", "dask", "distributed", "cloudpickle", "msgpack")  # versions that must be equal
_one_at_a_time = Lock()
_held: dict[str, Any] = {}


class Spread(Protocol):
    """Do a work somewhere; raises WorkerError where that somewhere fails."""

    def __call__(
        self, work: Callable[[Common, Batch], Result], common: Common, batches: Iterable[Batch]
    ) -> Iterator[Result]:
        """Yield `work(common, batch)` for each batch, in their order, taking few at a time."""
        ...


def here(
    work: Callable[[Common, Batch], Result], common: Common, batches: Iterable[Batch]
) -> Iterator[Result]:
    """Work in this process, or, where there are many batches, in as many as there are cores."""
    rest = iter(batches)
    few = list(islice(rest, _FEW))
    if len(few) < _FEW:
        yield from (work(common, batch) for batch in few)
        return
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores, _forking(), _begin, (common,)) as pool:
        try:
            yield from _in_order(
                lambda batch: pool.submit(_go_on, work, batch), chain(few, rest), lambda: cores
            )
        except BrokenExecutor as error:
            raise WorkerError("a worker process died; is there enough memory?") from error
        finally:
            pool.shutdown(cancel_futures=True)


def on_cluster(address: str) -> Spread:
    """Return what works on the Dask cluster of this scheduler, such as `tcp://10.0.0.5:8786`."""
    if not re.fullmatch(r"(\w+://)?[^\s/]+:\d+", address):  # Dask's client would hang on it
        raise WorkerError(f"{address} is no address of a scheduler, such as tcp://10.0.0.5:8786")
    return partial(_on_cluster, address)


def _on_cluster(
    address: str,
    work: Callable[[Common, Batch], Result],
    common: Common,
    batches: Iterable[Batch],
) -> Iterator[Result]:
    """A lost worker loses nothing: each batch is part of its task, which runs again elsewhere.

    So is what batches have in common: scattered, it would be lost with the last worker that has
    it; as the result of a task it travels to each worker once, and is made again if it is lost.
    """
    with _connected(address) as client:
        shared = client.submit(_itself, common, pure=False, retries=_AGAIN)
        submit = partial(client.submit, _alone, work, shared, pure=False, retries=_AGAIN)
        yield from _in_order(submit, batches, lambda: sum(client.nthreads().values()))


def _in_order(
    submit: Callable[[Any], Any], batches: Iterable[Any], cores: Callable[[], int]
) -> Iterator[Any]:
    """Yield results in the order of their batches, with a few under way for each core."""
    running: deque[Any] = deque()
    most = _AHEAD
    for number, batch in enumerate(batches):
        if number % _LOOK == 0:
            most = _AHEAD * max(cores(), 1)
        running.append(submit(batch))
        while len(running) >= most:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def _begin(common: object) -> None:
    """Keep in this process what batches have in common: topics take longer to send than a batch."""
    _held["common"] = common


def _go_on(work: Callable[[Any, Batch], Result], batch: Batch) -> Result:
    return work(_held["common"], batch)


def _itself(common: Common) -> Common:
    return common


def _alone(work: Callable[[Common, Batch], Result], common: Common, batch: Batch) -> Result:
    """Work in one thread at a time: a Dask worker has as many as its machine has cores."""
    with _one_at_a_time:
        return work(common, batch)


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Yield a client of a cluster that has our versions; what goes wrong there is WorkerError."""
    dask, distributed = _dask()
    threshold = {"distributed.admin.large-graph-warning-threshold": _LARGE}
    with dask.config.set(threshold), _client(distributed, address) as client:
        _check_workers(client, address)
        try:
            yield client
        except distributed.KilledWorker as error:
            count = error.allowed_failures + 1
            raise WorkerError(f"a batch ended {count} workers; is there enough memory?") from error
        except CancelledError as error:
            raise WorkerError(f"the cluster at {address} is gone: {error}") from error
        except ImportError as error:
            raise WorkerError(f"a worker lacks what it needs: {error}") from error


def _client(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=_CONNECTING, set_as_default=False)
    except OSError as error:
        raise WorkerError(f"no Dask scheduler answers at {address}: {error}") from error


def _dask() -> tuple[Any, Any]:
    try:
        import dask  # noqa: PLC0415 - an extra
        import distributed  # noqa: PLC0415
    except ImportError as error:
        raise WorkerError("a cluster needs Dask: pip install 'monitor[cluster]'") from error
    return dask, distributed


def _check_workers(client: Any, address: str) -> None:
    """Scheduler and workers unpack what we send, so they need what we have."""
    try:
        client.wait_for_workers(1, timeout=_CONNECTING)
    except TimeoutError as error:
        raise WorkerError(f"the cluster at {address} has no worker") from error
    found = client.get_versions(packages=["monitor"])
    ours = _versions(found["client"])
    for where, each in (("the scheduler", found["scheduler"]), *found["workers"].items()):
        for name, version in _versions(each).items():
            if version != ours[name]:
                told = f"has {name} {version}" if version else f"has no {name}"
                raise WorkerError(f"{where} {told}, this machine has {ours[name]}")


def _versions(info: Any) -> dict[str, str | None]:
    packages = info["packages"]
    python = ".".join(packages["python"].split(".")[:2])
    return {"Python": python} | {name: packages[name] for name in _SAME}
