"""Where the work of a back-test runs: in this process, on all cores, or on a Dask cluster."""

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
_AHEAD = 4  # batches under way for each core: enough that none is idle, and no more in memory
_LOOK = 50  # batches after which the cluster is asked again how large it is
_CONNECTING = 10.0  # seconds in which a scheduler must answer, and have a worker
_AGAIN = 2  # times that a batch which failed is tried elsewhere: a worker may lack something
_LARGE = "1 GiB"  # of thousands of topics Dask would say that they are large, each time
_SAME = ("monitor", "dask", "distributed", "cloudpickle", "msgpack")  # versions that must be equal
_one_at_a_time = Lock()
_held: dict[str, Any] = {}


class BatchRunner(Protocol):
    """Do a work somewhere; raises WorkerError where that somewhere fails."""

    def __call__(
        self, work: Callable[[Common, Batch], Result], common: Common, batches: Iterable[Batch]
    ) -> Iterator[Result]:
        """Yield `work(common, batch)` for each batch, in their order, taking few at a time."""
        ...


def run_locally(
    work: Callable[[Common, Batch], Result], common: Common, batches: Iterable[Batch]
) -> Iterator[Result]:
    """Work in this process, or, where there are many batches, in as many as there are cores."""
    rest = iter(batches)
    few = list(islice(rest, _FEW))
    if len(few) < _FEW:
        yield from (work(common, batch) for batch in few)
        return
    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores, prepared_context(), _begin, (common,)) as pool:
        try:
            yield from _in_order(
                lambda batch: pool.submit(_go_on, work, batch), chain(few, rest), lambda: cores
            )
        except BrokenExecutor as error:
            raise WorkerError("a worker process died; is there enough memory?") from error
        finally:
            pool.shutdown(cancel_futures=True)


def run_on_dask(address: str) -> BatchRunner:
    """Return what works on the Dask cluster of this scheduler, such as `tcp://10.0.0.5:8786`."""
    if not re.fullmatch(r"(\w+://)?[^\s/]+:\d+", address):  # Dask's client would hang on it
        raise WorkerError(f"{address} is no address of a scheduler, such as tcp://10.0.0.5:8786")
    return partial(_run_on_dask, address)


def _run_on_dask(
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
