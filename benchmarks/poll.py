"""Feeds polled a second: cold, all unchanged, one new entry each; beside reader and newsboat.

    python benchmarks/poll.py --feeds 2000 --rounds 3
    python -m venv other && other/bin/pip install reader sgmllib3k
    python benchmarks/poll.py --reader-python other/bin/python --reader-feeds 300

A server in a process of its own answers with generated feeds of 30 entries, or 304 for unchanged
ones. The program matches with the topics of the shipped config.yaml in its worker processes, and
stores everything; the ledger is counted at the end. lemon24/reader stores, without matching.
newsboat is measured if it is installed. Also printed: the largest delay of a 10 ms timer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Self
from urllib.request import urlopen

import structlog
from newsroom import ENTRIES, configuration, documents

from monitor.config.load import load
from monitor.pipeline import poll
from monitor.scan.scan import Source
from monitor.service.assemble import open_context, open_store, sync_configuration
from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from monitor.pipeline.context import PipelineContext
    from monitor.store.database import Store

Took = tuple[float, float]  # seconds by the clock, seconds of a processor
Rate = tuple[float, float]  # feeds a second, processor's milliseconds a feed
PHASES = ("cold", "all 304", "one new entry")

READER = """
import json, sys, time
from reader import make_reader
address, feeds, database, workers = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
reader = make_reader(database)
for number in range(feeds):
    reader.add_feed(f"{address}/{number}")
for line in sys.stdin:
    began = time.perf_counter()
    for _ in reader.update_feeds_iter(workers=workers, scheduled=False):
        pass
    print(time.perf_counter() - began, reader.get_entry_counts().total, flush=True)
"""


class Lag:
    """Largest delay of a 10 ms timer, in seconds: the longest blocking of the event loop."""

    largest = 0.0

    async def __aenter__(self) -> Self:
        """Start the timer."""
        self._task = asyncio.create_task(self._tick())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Stop the timer."""
        self._task.cancel()

    async def _tick(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            self.largest = max(self.largest, time.perf_counter() - before - 0.01)


class Server:
    """The feed server, in a process of its own; `turn` publishes an edition of all feeds."""

    def __init__(self, feeds: int) -> None:
        self._feeds = feeds

    def __enter__(self) -> Self:
        """Start the process, and wait until all documents are generated."""
        command = [sys.executable, __file__, "--serve", str(self._feeds)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout  # noqa: S101 - a pipe was asked for
        self.address = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop the process."""
        self._process.terminate()
        self._process.wait()

    def turn(self, edition: int) -> None:
        """Publish an edition; each has one new entry a feed."""
        with urlopen(f"{self.address}/turn/{edition}") as answer:  # noqa: S310 - our own
            answer.read()


class _Connection(asyncio.Protocol):
    """The part of HTTP that feeds need, faster than a complete server."""

    edition = 0
    editions: tuple[list[bytes], ...] = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for answers."""
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        """Answer each complete request."""
        *requests, self._read = (self._read + data).split(b"\r\n\r\n")
        for request in requests:
            self._transport.write(self._answer(request))  # type: ignore[attr-defined] # it can

    def _answer(self, request: bytes) -> bytes:
        path = request.split(b" ", 2)[1].strip(b"/").decode()
        if path.startswith("turn/"):
            _Connection.edition = int(path.removeprefix("turn/"))
            return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        tag = f'"{path}-{self.edition}"'.encode()
        if tag in request:
            return b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\n\r\n" % tag
        body = self.editions[self.edition][int(path)]
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %b\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (tag, len(body), body)
        )


async def serve(feeds: int) -> None:
    """Serve two editions of generated feeds until killed."""
    _Connection.editions = tuple(map(partial(_edition, feeds), range(2)))
    server = await asyncio.get_running_loop().create_server(
        _Connection, "127.0.0.1", 0, backlog=512
    )
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def _edition(feeds: int, edition: int) -> list[bytes]:
    return [documents(number, edition) for number in range(feeds)]


async def poll_all(context: PipelineContext, store: Store, *, due: int | None = None) -> float:
    """Poll every feed once, as the service does: claim again when half of the slots are free.

    With `due` only the feeds with an ID up to that number, in mixed order. Returns the seconds.
    """
    now = utc_now()
    later = (now + timedelta(hours=1)).timestamp()
    await store.write(
        lambda tx: tx.db.execute(
            "UPDATE feeds SET due_at = iif(id <= :due, id * 7919 % :due * 1e-6, :later)",
            {"due": due or len(context.feeds), "later": later},
        )
    )
    running: set[asyncio.Task[object]] = set()
    began = time.perf_counter()
    while True:
        claimed = await poll.claim_feeds(context, utc_now())
        running |= {asyncio.create_task(poll.poll_one(context, due)) for due in claimed}
        if not running:
            return time.perf_counter() - began
        while len(running) > context.politeness.at_once // 2 or (running and not claimed):
            _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)


async def ours(server: Server, feeds: int, folder: Path) -> tuple[list[Took], float]:
    """Time of each phase, and the largest lag in seconds."""
    config = load(configuration(folder, server.address, feeds))
    seconds = []
    async with open_store(config.database) as store, open_context(config, store) as context:
        await sync_configuration(config, store, utc_now())
        await asyncio.gather(*(warm(context) for _ in range(config.polling.workers)))
        async with Lag() as lag:
            pids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
            for edition in (0, 0, 1):
                server.turn(edition)
                before = processor(pids)
                seconds.append((await poll_all(context, store), processor(pids) - before))
    check(config.database, feeds)
    return seconds, lag.largest


async def warm(context: PipelineContext) -> None:
    """Let a worker compile the topics before the clock runs, as in a running service."""
    feed = next(iter(context.feeds.values()))
    source = Source(feed.url)
    await context.scan_one(documents(0, 0), source, frozenset(), context.packed)


def check(database: Path, feeds: int) -> None:
    """Assert that the ledger has each entry of each feed; print its counts."""
    with contextlib.closing(sqlite3.connect(database)) as db:
        entries = db.execute("SELECT count(*) FROM entries").fetchone()[0]
        texts = db.execute("SELECT count(*) FROM versions_fts").fetchone()[0]
        outcomes = dict(db.execute("SELECT outcome, count(*) FROM entries GROUP BY 1"))
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(outcomes.items()))
    print(f"  ledger: {entries:,} entries, {texts:,} texts; {counts}")
    assert entries == feeds * (ENTRIES + 1), "entries are missing"  # noqa: S101 - the point of it


def processor(pids: list[int | None]) -> float:
    """Processor seconds of processes: other programs on the machine hardly matter."""
    spent = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(each[11]) + int(each[12]) for each in spent) / os.sysconf("SC_CLK_TCK")


def reader(server: Server, feeds: int, python: str, folder: Path) -> list[Took]:
    """Time of each phase with lemon24/reader."""
    command = [python, "-c", READER, server.address, str(feeds), str(folder / "reader.db"), "10"]
    seconds = []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin  # noqa: S101 - pipes were asked for
        assert process.stdout  # noqa: S101
        for edition in (0, 0, 1):
            server.turn(edition)
            before = processor([process.pid])
            process.stdin.write("\n")
            process.stdin.flush()
            took = float(process.stdout.readline().split()[0])
            seconds.append((took, processor([process.pid]) - before))
    return seconds


def newsboat(server: Server, feeds: int, folder: Path) -> list[Took]:
    """Time of each phase with newsboat."""
    urls = folder / "urls"
    urls.write_text("".join(f"{server.address}/{number}\n" for number in range(feeds)))
    (folder / "config").write_text("reload-threads 4\n")
    files = ["-u", str(urls), "-C", str(folder / "config"), "-c", str(folder / "newsboat.db")]
    command = ["newsboat", *files, "-x", "reload"]
    seconds = []
    for edition in (0, 0, 1):
        server.turn(edition)
        began, before = time.perf_counter(), os.times()
        subprocess.run(command, check=True, capture_output=True)
        spent = sum(os.times()[2:4]) - sum(before[2:4])
        seconds.append((time.perf_counter() - began, spent))
    return seconds


def rated(rounds: int, feeds: int, run: Callable[[Path], list[Took]]) -> list[Rate]:
    """Medians over the rounds of each phase: feeds a second, processor's milliseconds a feed."""
    runs = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(run(Path(folder)))
    return [_rate(feeds, phase) for phase in zip(*runs, strict=True)]


def _rate(feeds: int, phase: Sequence[Took]) -> Rate:
    speed = median(feeds / seconds for seconds, _ in phase)
    cost = median(spent / feeds * 1e3 for _, spent in phase)
    return speed, cost


def main() -> None:
    """Measure all programs that are installed, and print a table."""
    options = _options()
    if options.serve:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(options.serve))
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with Server(options.feeds) as server:
        table, lags = _measured(server, options)
    report(table, lags)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reader-python", help="a Python that has lemon24/reader")
    parser.add_argument("--reader-feeds", type=int, default=300)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(
    server: Server, options: argparse.Namespace
) -> tuple[dict[str, list[Rate]], list[float]]:
    """Rates of each program by phase, and the largest lag of each round."""
    lags: list[float] = []
    few = options.reader_feeds

    def run_monitor(folder: Path) -> list[Took]:
        seconds, lag = asyncio.run(ours(server, options.feeds, folder))
        lags.append(lag)
        return seconds

    def run_reader(folder: Path) -> list[Took]:
        return reader(server, few, options.reader_python, folder)

    def run_newsboat(folder: Path) -> list[Took]:
        return newsboat(server, few, folder)

    table = {"monitor": rated(options.rounds, options.feeds, run_monitor)}
    if options.reader_python:
        table["reader"] = rated(1, few, run_reader)
    if shutil.which("newsboat"):
        table["newsboat"] = rated(1, few, run_newsboat)
    return table, lags


def report(table: dict[str, list[Rate]], lags: list[float]) -> None:
    """Print feeds a second, the ratios between programs, and the lag."""
    print(f"\n{'feeds a second':<16}" + "".join(f"{phase:>16}" for phase in PHASES))
    for name, rates in table.items():
        print(f"{name:<16}" + "".join(f"{rate:>16,.0f}" for rate, _ in rates))
    print("processor, ms a feed")
    for name, rates in table.items():
        print(f"{name:<16}" + "".join(f"{spent:>16,.2f}" for _, spent in rates))
    (cold, cold_cpu), _, (new, _) = table["monitor"]
    print(f"\none new entry to cold: {new / cold:.1f} times")
    for name, rates in table.items():
        if name != "monitor":
            less = rates[0][1] / cold_cpu
            more = cold / rates[0][0]
            print(f"cold to {name}: {more:.1f} times the feeds, {less:.1f} by processor")
    for name in sorted({"reader", "newsboat"} - table.keys()):
        print(f"{name}: not installed, not measured")
    print(f"largest lag of a timer of 10 ms: {median(lags) * 1e3:.0f} ms (median of the rounds)")


if __name__ == "__main__":
    main()
