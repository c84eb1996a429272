"""A back-test on a cluster is the back-test on this machine, whatever becomes of the workers."""

from __future__ import annotations

import copyreg
import json
import os
import signal
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from commands import done, invoke
from fakes import topic

from monitor.backtest import spread
from monitor.backtest.archive import Batch, batches
from monitor.backtest.articles import archived
from monitor.backtest.spread import run_locally, run_on_dask
from monitor.backtest.trial import Outcomes, try_batch
from monitor.errors import InputError, WorkerError
from monitor.matching.compile import pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]
PROGRAMS = [pack([topic("t", "a1", "b1")]), pack([topic("t", "b1")])]
FAILURES = 2  # workers that a batch may lose
CONFIG = """\
feeds: [{url: https://one.example/feed}]
topics: [{id: t, title: T, any: [a1]}]
"""


@pytest.fixture(scope="module", autouse=True)
def distributed() -> Iterator[Any]:
    """Dask, which changes how this process pickles errors: that is undone."""
    before = dict(copyreg.dispatch_table)
    yield pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    copyreg.dispatch_table.clear()
    copyreg.dispatch_table.update(before)


@pytest.fixture(scope="module")
def cluster(distributed: Any) -> Iterator[Any]:
    """A scheduler and two worker processes with two threads each, on loopback."""
    config = {
        "distributed.scheduler.allowed-failures": FAILURES,
        "logging": {"distributed": "critical"},
    }
    with (
        pytest.importorskip("dask").config.set(config),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=2,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=None,
        ) as started,
    ):
        yield started


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Ten batches, in which every seventh article hits."""
    path = tmp_path / "articles.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(5_000):
            title = f"{'a1' if n % 7 == 0 else 'b1' if n % 11 == 0 else 'x'} {n}"
            file.write(json.dumps({"id": n, "title": title, "lang": "en"}) + "\n")
    return path


def outcomes(
    spread: spread.BatchRunner, path: Path, after: Callable[[int], None] | None = None
) -> list[Outcomes]:
    """What comes of an archive; `after` is told how many batches are done."""
    found = []
    for each in spread(partial(try_batch, archived), PROGRAMS, batches([path])):
        found.append(each)
        if after:
            after(len(found))
    return found


def test_a_cluster_finds_what_this_machine_finds_in_the_same_order(
    cluster: Any, archive: Path
) -> None:
    expected = outcomes(run_locally, archive)
    assert sum(len(each.kept) for each in expected) == 715 + 390
    assert outcomes(run_on_dask(cluster.scheduler_address), archive) == expected


def test_a_worker_that_is_killed_loses_nothing(cluster: Any, archive: Path) -> None:
    killed = []

    def kill(batch: int) -> None:
        if batch == 2:
            process = next(iter(cluster.workers.values())).process
            os.kill(process.pid, signal.SIGKILL)
            killed.append(process.pid)

    found = outcomes(run_on_dask(cluster.scheduler_address), archive, kill)
    assert found == outcomes(run_locally, archive)
    assert killed


def test_all_workers_killed_lose_nothing(cluster: Any, archive: Path) -> None:
    def kill(batch: int) -> None:
        if batch == 2:
            for worker in cluster.workers.values():
                os.kill(worker.process.pid, signal.SIGKILL)

    found = outcomes(run_on_dask(cluster.scheduler_address), archive, kill)
    assert found == outcomes(run_locally, archive)


def test_a_mistake_in_an_archive_is_told_with_its_place(cluster: Any, archive: Path) -> None:
    with archive.open("a", encoding="utf-8") as file:
        file.write("{")
    with pytest.raises(InputError, match=r"articles\.jsonl:5001: not JSON"):
        outcomes(run_on_dask(cluster.scheduler_address), archive)


def test_no_more_is_read_than_a_few_batches_for_each_thread(cluster: Any) -> None:
    taken = []

    def endless() -> Iterator[Batch]:
        for number in count():
            taken.append(number)
            yield Batch("a", 1, [b'{"id": 1, "title": "a1"}'], 1)

    work = partial(try_batch, archived)
    found = run_on_dask(cluster.scheduler_address)(work, PROGRAMS, endless())
    for number in range(1, 41):
        next(found)
        assert len(taken) <= number + 4 * spread._AHEAD
    found.close()  # type: ignore[attr-defined] # a generator


def test_a_batch_that_ends_each_worker_is_given_up(cluster: Any) -> None:
    def dying(_: object, __: object) -> None:  # local, so it travels itself: tests are no package
        os._exit(1)

    with pytest.raises(WorkerError, match=r"a batch ended 3 workers; is there enough memory\?"):
        list(run_on_dask(cluster.scheduler_address)(dying, b"", [1]))


def test_an_error_of_the_work_is_that_error(cluster: Any) -> None:
    def failing(_: object, __: object) -> None:
        raise RuntimeError("not ours")

    with pytest.raises(RuntimeError, match="not ours"):
        list(run_on_dask(cluster.scheduler_address)(failing, b"", [1]))


def test_a_cluster_without_workers_says_so(
    distributed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spread, "_CONNECTING", 1.0)
    options = {"host": "127.0.0.1", "dashboard": False}
    scheduler = {"cls": distributed.Scheduler, "options": options}
    with distributed.SpecCluster(workers={}, scheduler=scheduler) as empty:
        address = empty.scheduler_address
        with pytest.raises(WorkerError, match=f"the cluster at {address} has no worker"):
            list(run_on_dask(address)(max, 1, [2]))


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "_CONNECTING", 0.5)
    address = "tcp://127.0.0.1:9"
    with pytest.raises(WorkerError, match=f"no Dask scheduler answers at {address}: "):
        list(run_on_dask(address)(max, 1, [2]))


def test_backtest_runs_on_a_cluster(
    cluster: Any, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    options = ["backtest", "--input", str(archive)]
    expected = done(*options, "--output", "here.jsonl")
    assert (
        done(*options, "--output", "there.jsonl", "--cluster", cluster.scheduler_address)
        == expected
    )
    written = (tmp_path / "there.jsonl").read_bytes()
    assert written == (tmp_path / "here.jsonl").read_bytes()
    hit = json.loads(written.splitlines()[7])
    assert (hit["id"], hit["hits"], bool(hit["story"])) == ("7", ["t"], True)


def test_backtest_names_a_scheduler_that_does_not_answer(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spread, "_CONNECTING", 0.5)
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    result = invoke("backtest", "--input", str(archive), "--cluster", "tcp://127.0.0.1:9")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: no Dask scheduler answers at tcp://127.0.0.1:9: ")
