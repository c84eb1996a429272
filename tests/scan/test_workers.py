"""A scan in a worker is the scan in a thread, except that nothing in it can stop the program."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import operator
import os
import signal
import sys
import threading
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from fakes import in_thread, item, rss, topic
from installation import until

from monitor.backtest import spread
from monitor.backtest.spread import run_locally, run_on_dask
from monitor.config.topic_cache import packed_topics
from monitor.errors import ParseError, WorkerError
from monitor.matching.compile import pack
from monitor.scan import lane
from monitor.scan.scan import Source
from monitor.scan.workers import Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from concurrent.futures import Future
    from multiprocessing.process import BaseProcess

    from monitor.model import Scan
    from monitor.scan.workers import ScanOne

BODY = rss(item("An ICBM is tested"), item("Weather")).encode()
SOURCE = Source("https://news.example/feed", "application/xml", "en", "Example")
TOPICS = pack([topic("icbm")])
# feedparser looks for an e-mail address in it, for a time that grows with its square: 30 seconds.
# A document with an `svg` is left to feedparser.
FREEZING = rss(
    item("A").replace("</item>", f"<author>{'a' * 120_000}</author><svg/></item>")
).encode()
MINUTE, SHORT = 60.0, 0.2  # seconds; a scan takes milliseconds, on a busy machine more


async def scanned(scan_one: ScanOne, body: bytes = BODY) -> Scan:
    return await scan_one(body, SOURCE, frozenset(), TOPICS)


@asynccontextmanager
async def frozen(workers: Workers) -> AsyncIterator[asyncio.Task[Scan]]:
    """Let the only worker freeze over a scan."""
    scan = asyncio.create_task(scanned(workers, FREEZING))
    await until(lambda: _at_work(workers), MINUTE)
    yield scan
    scan.cancel()
    await asyncio.wait([scan])


def _at_work(workers: Workers) -> bool:
    """Whether a worker has begun a scan, as it tells its pool."""
    pools = [lane._pool._pool_manager for lane in (workers._pool, workers._alone)]
    tasks = [task for pool in pools for task in list(pool.task_manager.tasks.values())]
    return any(task.future.running() for task in tasks)


def the_worker() -> BaseProcess:
    """Return the process of the only worker."""
    [worker] = multiprocessing.active_children()
    return worker


async def test_a_scan_in_a_worker_is_the_scan_in_the_thread() -> None:
    async with Workers(1, MINUTE) as workers:
        in_worker = await scanned(workers)
    assert in_worker == await scanned(in_thread)
    assert [bool(each.matches) for each in in_worker.scanned] == [True, False]


async def test_topics_that_workers_were_started_with_need_not_travel() -> None:
    async with Workers(1, MINUTE, topics=TOPICS) as workers:
        known = await scanned(workers)
        others = await workers(BODY, SOURCE, frozenset(), pack([topic("rain", "Weather")]))
    assert known == await scanned(in_thread)
    assert [len(each.matches) for each in others.scanned] == [0, 1]


async def test_topics_in_a_file_do_not_travel_at_all() -> None:
    topics = packed_topics([topic("icbm")], {})
    async with Workers(1, MINUTE, topics=topics.source) as workers:
        found = await workers(BODY, SOURCE, frozenset(), topics.digest)
    assert isinstance(topics.source, Path)
    assert found == await scanned(in_thread)


async def test_a_worker_is_born_with_what_each_would_load_by_itself() -> None:
    async with Workers(1, MINUTE) as workers:
        frozen_objects = workers._pool._pool.submit(gc.get_freeze_count, MINUTE)
        assert await asyncio.wrap_future(frozen_objects) > 10_000


class Watched(Workers):
    """Workers that tell from which thread they were given each scan."""

    def __init__(self) -> None:
        super().__init__(1, MINUTE)
        self.threads: list[threading.Thread] = []
        submit = self._pool._submit

        def watched(*task: Any) -> Future[Any]:
            self.threads.append(threading.current_thread())
            return submit(*task)

        self._pool._submit = watched  # type: ignore[method-assign, assignment]


async def test_the_event_loop_does_not_wait_for_workers_to_start() -> None:
    async with Watched() as workers:
        await scanned(workers)
    assert threading.current_thread() not in workers.threads


async def test_what_the_last_poll_held_is_left_out_in_a_worker_too() -> None:
    first = await scanned(in_thread)
    async with Workers(1, MINUTE) as workers:
        again = await workers(BODY, SOURCE, first.known, TOPICS)
    assert (again.scanned, again.known) == ((), first.known)


async def test_many_scans_at_once_each_get_their_own_answer() -> None:
    titles = [f"Title {number}" for number in range(40)]
    async with Workers(2, MINUTE) as workers:
        scans = await asyncio.gather(
            *(scanned(workers, rss(item(title)).encode()) for title in titles)
        )
    assert [scan.scanned[0].article.title for scan in scans] == titles


@pytest.mark.parametrize("body", [b"", b"<html><p>Not here</p></html>", b"hello"])
async def test_a_parse_error_keeps_its_reason_and_detail_on_the_way_from_a_worker(
    body: bytes,
) -> None:
    with pytest.raises(ParseError) as expected:
        await scanned(in_thread, body)
    async with Workers(1, MINUTE) as workers:
        with pytest.raises(ParseError) as caught:
            await scanned(workers, body)
    assert (caught.value.reason, caught.value.detail) == (
        expected.value.reason,
        expected.value.detail,
    )


async def test_a_scan_over_its_deadline_is_a_parse_error_and_the_next_one_works() -> None:
    async with Workers(1, SHORT) as workers:
        with pytest.raises(ParseError, match=r"0\.2 s") as caught:
            await scanned(workers, FREEZING)
        assert caught.value.reason == "parse-timeout"
        assert await _eventually(workers)


async def test_a_worker_that_dies_is_a_parse_error_and_the_next_scan_works() -> None:
    async with Workers(1, MINUTE) as workers, frozen(workers) as scan:
        while not scan.done():  # in the pool, then in a worker of its own
            await until(lambda: scan.done() or _at_work(workers), MINUTE)
            for worker in multiprocessing.active_children():
                worker.kill()
                worker.join()
            await asyncio.sleep(0.05)
        with pytest.raises(ParseError) as caught:
            await scan
        assert caught.value.reason == "worker-died"
        assert (await scanned(workers)).scanned


@pytest.mark.slow
async def test_a_worker_that_dies_by_another_hand_is_no_fault_of_the_feed() -> None:
    slow = rss(
        item("A").replace("</item>", f"<author>{'a' * 30_000}</author><svg/></item>")
    ).encode()
    async with Workers(1, MINUTE) as workers:
        scan = asyncio.create_task(scanned(workers, slow))
        await until(lambda: _at_work(workers), MINUTE)
        the_worker().kill()
        assert (await scan).scanned


async def test_a_stopped_worker_is_replaced_and_its_scan_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lane, "_A_LOOK", 0.1)
    async with Workers(1, MINUTE) as workers:
        await scanned(workers)
        os.kill(the_worker().pid or 0, signal.SIGSTOP)
        assert (await scanned(workers)).scanned


@pytest.mark.slow
async def test_a_suspect_delays_others_by_a_first_try_only() -> None:
    async with Workers(1, MINUTE) as workers, frozen(workers) as scan:
        assert (await scanned(workers)).scanned
        assert not scan.done()


async def test_a_scan_over_its_memory_is_a_parse_error_and_the_next_one_works() -> None:
    # one text: C code that cannot have a little memory may crash, what cannot have much says so
    long = rss(item("word\n" * 800_000)).encode()
    async with Workers(1, MINUTE, memory=20 << 20) as workers:
        with pytest.raises(ParseError, match="parse-memory: parsing took more than 20 MB"):
            await scanned(workers, long)
        assert (await scanned(workers)).scanned


async def test_a_text_of_megabytes_takes_no_memory_to_speak_of() -> None:
    long = rss(item("ICBM", text="a " * 4_000_000)).encode()
    async with Workers(1, MINUTE, memory=128 << 20) as workers:
        [found] = (await scanned(workers, long)).scanned
    assert len(found.article.text) < 100_001


@pytest.mark.slow
@pytest.mark.unmeasured
async def test_the_articles_of_many_hits_come_in_pieces_and_none_is_lost() -> None:
    titles = [f"ICBM {number} over Kursk" for number in range(4_000)]
    async with Workers(1, MINUTE) as workers:
        scan = await scanned(workers, rss(*map(item, titles)).encode())
        found, left, pieces = list(scan.scanned), scan.left, 1
        while left:
            some = await workers.match_some(left, TOPICS)
            found, left, pieces = found + list(some), left[len(some) :], pieces + 1
    assert [each.article.title for each in found] == titles
    assert all(each.matches for each in found)
    assert pieces > 1


async def test_an_idle_worker_that_dies_costs_one_scan_at_most() -> None:
    async with Workers(1, MINUTE) as workers:
        await scanned(workers)
        worker = the_worker()
        worker.kill()
        worker.join()
        for _ in range(2):
            with suppress(ParseError):
                await scanned(workers)
        assert (await scanned(workers)).scanned


@pytest.mark.slow
async def test_a_pool_that_does_not_answer_is_replaced() -> None:
    async with Workers(1, MINUTE, patience=4.0) as workers:
        with pytest.raises(ParseError, match="no-worker: no worker answered in 4 s"):
            await scanned(workers, FREEZING)
        assert await _eventually(workers)


async def _eventually(workers: Workers) -> bool:
    """Whether the new pool's worker, which takes a moment to start, scans in the end."""
    for _ in range(20):
        with suppress(ParseError):
            return bool((await scanned(workers)).scanned)
    return False


async def test_closing_ends_the_scans_that_still_run() -> None:
    workers = await Workers(1, MINUTE).__aenter__()
    async with frozen(workers) as scan:
        await workers.__aexit__()
        with pytest.raises(asyncio.CancelledError):
            await scan


async def test_a_scan_that_is_given_up_frees_its_worker() -> None:
    async with Workers(1, MINUTE) as workers:
        async with frozen(workers):
            worker = the_worker()
        assert (await scanned(workers)).scanned
        assert killed(worker)


async def test_closing_with_work_in_progress_kills_and_leaves_no_process() -> None:
    workers = await Workers(1, MINUTE).__aenter__()
    async with frozen(workers):
        worker = the_worker()
        await workers.__aexit__()
        assert killed(worker)
        assert not multiprocessing.active_children()


def killed(process: BaseProcess) -> bool:
    """Whether a process was ended, not left to end by itself."""
    return process.exitcode not in (None, 0)


async def test_workers_that_never_worked_can_be_closed() -> None:
    async with asyncio.timeout(MINUTE), Workers(2, MINUTE):
        pass
    assert not multiprocessing.active_children()


async def test_the_event_loop_goes_on_while_a_worker_is_frozen() -> None:
    async with Workers(1, MINUTE) as workers, frozen(workers) as scan:
        for _ in range(100):
            await asyncio.sleep(0.001)
        assert not scan.done()


# ── archives ──────────────────────────────────────────────────────────────────────────────────


def test_few_batches_are_worked_on_in_this_process() -> None:
    assert list(run_locally(lambda common, batch: (common, batch, os.getpid()), "c", [1, 2])) == [
        ("c", 1, os.getpid()),
        ("c", 2, os.getpid()),
    ]
    assert list(run_locally(operator.add, 1, [])) == []


@pytest.mark.slow
def test_many_batches_are_worked_on_by_processes_in_their_order() -> None:
    assert list(run_locally(operator.add, 1, iter(range(100)))) == list(range(1, 101))
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_batches_are_taken_as_they_are_needed() -> None:
    taken = []

    def endless() -> Iterator[int]:
        for number in count():
            taken.append(number)
            yield number

    found = run_locally(operator.add, 0, endless())
    for number in range(1, 51):
        next(found)
        assert len(taken) <= number + spread._AHEAD * len(os.sched_getaffinity(0))
    found.close()  # type: ignore[attr-defined] # a generator
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_a_process_that_dies_over_a_batch_is_an_error() -> None:
    with pytest.raises(WorkerError, match="a worker process died"):
        list(run_locally(_exit, 1, range(10)))


def _exit(code: int, batch: int) -> None:
    os._exit(code + batch)


@pytest.mark.parametrize("address", ["", "nonsense", "tcp://10.0.0.5", "http://a/b:1", "a b:1"])
def test_what_is_no_address_of_a_scheduler_is_said_at_once(address: str) -> None:
    with pytest.raises(WorkerError, match="is no address of a scheduler"):
        run_on_dask(address)


def test_without_dask_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkerError, match=r"pip install 'monitor-desk\[cluster\]'"):
        list(run_on_dask("tcp://127.0.0.1:9")(operator.add, 1, [2]))


def versions(**changed: str | None) -> dict[str, Any]:
    same = dict.fromkeys(spread._SAME, "1.0") | {"python": "3.11.7.final.0"}
    return {"packages": same | changed}


class Cluster(SimpleNamespace):
    """A client of a cluster as far as it is looked at before it works."""

    scheduler, worker = versions(), versions()

    def wait_for_workers(self, count: int, timeout: float) -> None:
        assert (count, timeout) == (1, spread._CONNECTING)

    def get_versions(self, packages: list[str]) -> dict[str, Any]:
        assert packages == ["monitor"]
        workers = {"tcp://10.0.0.6:1": versions(), "tcp://10.0.0.7:1": self.worker}
        return {"client": versions(), "scheduler": self.scheduler, "workers": workers}


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        (Cluster(scheduler=versions(dask="2.0")),
         "the scheduler has dask 2.0, this machine has 1.0"),
        (Cluster(worker=versions(monitor=None)),
         "tcp://10.0.0.7:1 has no monitor, this machine has 1.0"),
        (Cluster(worker=versions(python="3.12.1.final.0")),
         "tcp://10.0.0.7:1 has Python 3.12, this machine has 3.11"),
    ],
)  # fmt: skip
def test_a_cluster_of_other_versions_is_refused(cluster: Cluster, message: str) -> None:
    with pytest.raises(WorkerError) as caught:
        spread._check_workers(cluster, "tcp://10.0.0.5:8786")
    assert str(caught.value) == message


def test_a_cluster_of_our_versions_is_taken() -> None:
    patched = versions(python="3.11.9.final.0")
    spread._check_workers(Cluster(scheduler=patched, worker=patched), "tcp://10.0.0.5:8786")
