"""Where the work of a back-test runs: in this process, on all cores, or on a Dask cluster.

Work is one function of (common, batch). The common part, packed topics, is sent once to each
process or worker; few batches are under way at a time, so that archives may exceed memory.
"""

from __future__ import annotations

import os
import re
from collections import deque
from concurrent.futures import BrokenExecutor, CancelledError, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from monitor.errors import WorkerError
from monitor.scan.processes import prepared_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


Common = TypeVar("Common")
Batch = TypeVar("Batch")
Result = TypeVar("Result")
_FEW = 6  # batches for which processes are not worth starting
_AHEAD = 4  # batches under way for each core: no core is idle, and little is in memory
_COUNT_CORES_EVERY = 50  # batches: a cluster may grow and shrink
_CONNECTING = 10.0  # seconds for a scheduler to answer, and to have a worker
_RETRIES = 2  # tries of a failed batch on other workers: a worker may lack something
_LARGE = "1 GiB"  # size of a graph from which on Dask warns; thousands of topics are smaller
_SAME = ("monitor", "dask", "distributed", "cloudpickle", "msgpack")  # versions that must be equal
_one_at_a_time = Lock()
_held: dict[str, Any] = {}  # `common` of this worker process


class BatchRunner(Protocol):
    """Runs work on batches. Raises WorkerError where the processes or the cluster fail."""

    def __call__(
        self, work: Callable[[Common, Batch], Result], common: Common, batches: Iterable[Batch]
    ) -> Iterator[Result]:
        """Yield `work(common, batch)` for each batch, in order; few batches are taken at a time."""
        ...


def run_locally(
    work: Callable[[Common, Batch], Result], common: Common, batches: Iterable[Batch]
) -> Iterator[Result]:
    """Run the work in this process; in as many processes as cores where there are many batches."""
    rest = iter(batches)
    few = list(islice(rest, _FEW))
    if len(few) < _FEW:
        yield from (work(common, batch) for batch in few)
        return
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores, prepared_context(), _hold, (common,)) as pool:
        try:
            yield from _in_order(
                lambda batch: pool.submit(_with_held, work, batch), chain(few, rest), lambda: cores
            )
        except BrokenExecutor as error:
            raise WorkerError("a worker process died; is there enough memory?") from error
        finally:
            pool.shutdown(cancel_futures=True)


def run_on_dask(address: str) -> BatchRunner:
    """Return the runner for the Dask cluster of a scheduler, such as `tcp://10.0.0.5:8786`."""
    if not re.fullmatch(r"(\w+://)?[^\s/]+:\d+", address):  # Dask's client hangs on other texts
        raise WorkerError(f"{address} is no address of a scheduler, such as tcp://10.0.0.5:8786")
    return partial(_run_on_dask, address)


def _run_on_dask(
    address: str,
    work: Callable[[Common, Batch], Result],
    common: Common,
    batches: Iterable[Batch],
) -> Iterator[Result]:
    """Run the work on a cluster; the loss of a worker loses nothing.

    A batch is an argument of its task, which runs again on another worker. The common part is the
    result of a task: it travels to each worker once and is computed again if lost. Scattered data
    would be lost with the last worker that has it.
    """
    with _connected(address) as client:
        shared = client.submit(_identity, common, pure=False, retries=_RETRIES)
        submit = partial(client.submit, _alone, work, shared, pure=False, retries=_RETRIES)
        yield from _in_order(submit, batches, lambda: sum(client.nthreads().values()))


def _in_order(
    submit: Callable[[Any], Any], batches: Iterable[Any], cores: Callable[[], int]
) -> Iterator[Any]:
    """Yield results in the order of their batches, with a few under way for each core."""
    running: deque[Any] = deque()
    most = _AHEAD
    for number, batch in enumerate(batches):
        if number % _COUNT_CORES_EVERY == 0:
            most = _AHEAD * max(cores(), 1)
        running.append(submit(batch))
        while len(running) >= most:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def _hold(common: object) -> None:
    """Keep the common part in this process: topics take longer to send than a batch."""
    _held["common"] = common


def _with_held(work: Callable[[Any, Batch], Result], batch: Batch) -> Result:
    return work(_held["common"], batch)


def _identity(common: Common) -> Common:
    return common


def _alone(work: Callable[[Common, Batch], Result], common: Common, batch: Batch) -> Result:
    """Run the work in one thread at a time; a Dask worker has a thread for each core."""
    with _one_at_a_time:
        return work(common, batch)


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Yield a client of a cluster with our versions. Raises WorkerError, also from the block."""
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
        raise WorkerError("a cluster needs Dask: pip install 'monitor-desk[cluster]'") from error
    return dask, distributed


def _check_workers(client: Any, address: str) -> None:
    """Raise WorkerError unless scheduler and workers have our versions: they unpickle our work."""
    try:
        client.wait_for_workers(1, timeout=_CONNECTING)
    except TimeoutError as error:
        raise WorkerError(f"the cluster at {address} has no worker") from error
    found = client.get_versions(packages=["monitor"])
    ours = _versions(found["client"])
    for where, info in (("the scheduler", found["scheduler"]), *found["workers"].items()):
        for name, version in _versions(info).items():
            if version != ours[name]:
                other = f"has {name} {version}" if version else f"has no {name}"
                raise WorkerError(f"{where} {other}, this machine has {ours[name]}")


def _versions(info: Any) -> dict[str, str | None]:
    packages = info["packages"]
    python = ".".join(packages["python"].split(".")[:2])
    return {"Python": python} | {name: packages[name] for name in _SAME}
