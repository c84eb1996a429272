"""Speed of matching archives: on this machine, and on a Dask cluster that loses a worker.

    python benchmarks/cluster.py
    python benchmarks/cluster.py --articles archive.jsonl --repeat 5

`--articles` takes what `monitor backtest --input` takes; without it, articles are generated, some
of which hit. The cluster runs on this machine too: it shows the cost of a cluster, not the gain of
many machines. Each way reads and matches the same articles with the shipped topics, and equal
results are asserted, also when a worker is killed (SIGKILL) after half of the results.
Prints articles a second from the first result on, and the seconds until the first result (workers
start, and each of them unpacks the topics); last, the empty tasks a second of a cluster.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import tempfile
from contextlib import contextmanager
from functools import partial
from itertools import islice, repeat
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import dask
import distributed
from rich.console import Console
from rich.table import Table

from monitor.backtest.archive import batches, files
from monitor.backtest.articles import archived
from monitor.backtest.spread import run_locally, run_on_dask
from monitor.backtest.trial import TopicTrial, try_batch
from monitor.config.load import load
from monitor.matching.compile import pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from monitor.backtest.spread import BatchRunner
    from monitor.model import Match

MADE_UP = 100_000  # articles
HITS_ONE_IN = 200
TASKS = 3_000
FAILURES = 10  # workers that a batch may lose: here the batch is not the cause
OUT = Console()


class Run(NamedTuple):
    """Matches by article, number of articles, seconds to the first result, articles a second."""

    found: dict[int, tuple[str, ...]]
    articles: int
    start: float
    speed: float


def main() -> None:
    """Measure each way in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", help="a file, a folder or a pattern; else they are made up")
    parser.add_argument("--config", type=Path, default=Path(__file__).parents[1] / "config.yaml")
    parser.add_argument("--repeat", type=int, default=1, help="read the articles so many times")
    parser.add_argument("--rounds", type=int, default=3, help="the best of which counts")
    parser.add_argument("--count", type=int, default=MADE_UP, help="articles that are made up")
    options = parser.parse_args()
    settings = load(options.config)
    packed = pack(settings.topics, settings.sets)
    with tempfile.TemporaryDirectory() as folder:
        source = options.articles or made_up(Path(folder) / "articles.jsonl", options.count)
        paths = list(files([source])) * options.repeat
        measure(packed, paths, options.rounds)
    with cluster(2) as (address, _):
        OUT.print(f"{tasks_a_second(address):,.0f} empty tasks a second")


def measure(packed: bytes, paths: list[Path], rounds: int) -> None:
    """Print a table of all ways; each must find what the first one finds."""
    runs = [each for _ in range(rounds) for each in in_turn(packed, paths)]
    expected = runs[0][1]
    assert all(each.found == expected.found for _, each in runs)  # noqa: S101 - the point
    rows: dict[str, Run] = {}
    for name, each in runs:
        rows[name] = max(each, rows.get(name, each), key=lambda way: way.speed)
    table = Table("", "articles/s", "first result after", "found")
    for name, each in rows.items():
        table.add_row(name, f"{each.speed:,.0f}", f"{each.start:.1f} s", f"{len(each.found):,}")
    OUT.print(table)
    OUT.print(
        f"{expected.articles:,} articles, topics of {len(packed) / 1e6:.1f} MB; "
        "all ways found the same"
    )


def in_turn(packed: bytes, paths: list[Path]) -> Iterator[tuple[str, Run]]:
    """Yield the name and the run of each way."""
    yield "one process", run(one_by_one, packed, paths)
    yield f"{len(os.sched_getaffinity(0))} local processes", run(run_locally, packed, paths)
    for count in (1, 2):
        with cluster(count) as (address, _):
            yield f"cluster of {count}", run(run_on_dask(address), packed, paths)
    with cluster(2) as (address, kill):
        yield "of 2, one killed", run(run_on_dask(address), packed, paths, half_way=kill)


def run(
    spread: BatchRunner,
    packed: bytes,
    paths: list[Path],
    half_way: Callable[[], None] | None = None,
) -> Run:
    """Match all articles; `half_way` is called after about half of them."""
    trial = TopicTrial()
    half = sum(path.stat().st_size for path in paths) // 2
    done = first = 0
    begun = began = perf_counter()
    for outcomes in spread(partial(try_batch, archived), [packed], batches(paths)):
        trial.add(outcomes)
        if not first:
            began, first = perf_counter(), trial.articles
        done += outcomes.size
        if half_way and done > half:
            half_way()
            half_way = None
    speed = (trial.articles - first) / (perf_counter() - began)
    found = {number: _outcome(each.matches) for number, each in trial.kept.items() if each.matches}
    return Run(found, trial.articles, began - begun, speed)


def _outcome(matches: Iterable[Match]) -> tuple[str, ...]:
    return tuple(f"{match.topic} {match.reason}" for match in matches)


def tasks_a_second(address: str) -> float:
    """Run empty tasks on the cluster; return their number a second."""
    with distributed.Client(address, set_as_default=False) as client:
        began = perf_counter()
        client.gather(client.map(max, range(TASKS), range(TASKS), pure=False))
        return TASKS / (perf_counter() - began)


def one_by_one(
    work: Callable[[Any, Any], Any], common: object, batches: Iterable[Any]
) -> Iterator[Any]:
    """Run all batches in this process."""
    return map(work, repeat(common), batches)


@contextmanager
def cluster(count: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the address of a cluster of `count` processes, and a function that kills one."""
    config = {
        "distributed.scheduler.allowed-failures": FAILURES,
        "logging.distributed": "critical",
    }
    with (
        dask.config.set(config),
        distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as workers,
    ):

        def kill() -> None:
            os.kill(workers.workers[0].process.pid, signal.SIGKILL)

        yield workers.scheduler_address, kill


def made_up(path: Path, count: int) -> str:
    """Write articles of words with Zipf's frequencies; one in 200 hits the shipped topics."""
    chance = random.Random(1)  # noqa: S311 - the same articles in each run
    syllables = [f"{c}{v}" for c in "bdfgklmnprstvz" for v in "aeiou"]
    ranks = range(1, 30_001)
    words = ["".join(chance.choices(syllables, k=len(str(rank)))) for rank in ranks]
    weights = [1 / rank for rank in ranks]
    drawn = iter(chance.choices(words, weights, k=count * 55))
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            title, summary = (" ".join(islice(drawn, size)) for size in (11, 44))
            if number % HITS_ONE_IN == 0:
                title = f"North Korean soldiers in Kursk: {title}"
            row = {"id": number, "title": title, "summary": summary, "lang": "en"}
            file.write(json.dumps(row) + "\n")
    return str(path)


if __name__ == "__main__":
    main()
