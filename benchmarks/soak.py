"""A week in minutes, a claim among many feeds, and the reach of one machine.

    python benchmarks/soak.py week --feeds 500 --days 7
    python benchmarks/soak.py week --feeds 500 --days 30 --keep 14 --folder build/month
    python benchmarks/soak.py claim --feeds 50000
    python benchmarks/soak.py reach --feeds 180000 --polls 10000

`week`: simulated time is passed in, not slept. Answers are generated in the process (four of five
are “not modified”, the others have one new entry); all else is real: workers, store, outbox, and
delivery to a channel that keeps nothing. Prints the memory of service and workers, and the size of
the database. With `--keep` each day ends with the deletion of older articles. With `--folder` the
configuration and the database stay there, for `benchmarks/queries.py`.
`claim`: time of a claim while all feeds are due, of many hosts and of few.
`reach`: feeds that are all overdue, polled as fast as possible from a local server (four of five
answers are 304), beside 180,000 feeds every 15 minutes, which are 200 a second.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import multiprocessing
import tempfile
import time
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import structlog
from memory import pss_of
from newsroom import ENTRIES, configuration, documents
from poll import Lag, Server, poll_all, warm

from monitor.config.load import load
from monitor.model import DueFeed, Feed, Fetched
from monitor.parse import parse
from monitor.pipeline.deliver import deliver
from monitor.pipeline.poll import poll
from monitor.scan.scan import Source
from monitor.service.assemble import open_context, open_store, sync_configuration
from monitor.service.clock import utc_now
from monitor.store.admin.pruning import prune_in_chunks

if TYPE_CHECKING:
    from monitor.channels import Channel
    from monitor.model import Message
    from monitor.pipeline.context import PipelineContext
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

WANTED = 180_000 / 900  # feeds a second
_HEAD = " day    polls  seconds   service   workers  database   pruned  seconds"
CHANGED = 5  # one answer in this many has a new entry
MEGA = 1_000_000


class Forgetful:
    """A channel that accepts all messages and keeps none."""

    spacing = 0.0
    can_edit = True

    async def send(self, message: Message) -> str:
        """Take a message."""
        return message.key

    async def find(self, message: Message, since: datetime) -> None:
        """Find nothing."""

    async def close(self) -> None:
        """Do nothing."""


# ── week ──────────────────────────────────────────────────────────────────────────────────────


class Answers:
    """A feed server inside the process; the edition depends on the time alone."""

    def __init__(self, began: datetime, every: timedelta) -> None:
        self._began = began
        self._every = every * CHANGED

    async def fetch(self, feed: Feed, due: DueFeed) -> Fetched:
        """Answer as a server with validators: the document, or “not modified”."""
        number = int(feed.url.rpartition("/")[2])
        edition = int((due.claimed_at - self._began) / self._every + number % CHANGED / CHANGED)
        tag = f"{number}-{edition}"
        if tag == due.etag:
            return Fetched(None, due.body_digest, tag)
        body = await asyncio.to_thread(documents, number, edition)
        digest = blake2b(body, digest_size=16).digest()
        return Fetched(body, digest, tag, final_url=feed.url, served_at=due.claimed_at)


async def week(options: argparse.Namespace, folder: Path) -> None:
    """Poll for simulated days, and print memory and size of the database after each."""
    every = timedelta(minutes=options.every)
    now = utc_now() - timedelta(days=options.days)  # the last day ends now
    path = configuration(folder, "http://127.0.0.1:1", options.feeds, at_once=options.feeds)
    config = load(path)
    interval = every.total_seconds()
    feeds = tuple(replace(feed, interval=interval, adapts=False) for feed in config.feeds)
    config = replace(config, feeds=feeds)
    channels: dict[str, Channel] = {"desk": Forgetful()}
    async with (
        open_store(config.database) as store,
        open_context(config, store, channels) as opened,
        Lag() as lag,
    ):
        context = replace(opened, fetch=Answers(now, every).fetch)
        await sync_configuration(config, store, now)
        print(_HEAD)
        for day in range(1, options.days + 1):
            began = time.perf_counter()
            polls, now = await _day(context, now, every)
            await store.tidy()
            seconds = time.perf_counter() - began
            pruned, waited = await _prune(store, now, options.keep)
            print(
                f"{day:>4}{polls:>9,}{seconds:>9.0f}{_sizes(config.database)}"
                f"{pruned:>9,}{waited:>9.1f}",
                flush=True,
            )
    print(f"largest lag of a timer of 10 ms: {lag.largest * 1e3:.0f} ms")


async def _prune(store: Store, now: datetime, days: float | None) -> tuple[int, float]:
    """Delete articles older than `days`; return how many, and the seconds that took."""
    if days is None:
        return 0, 0.0
    before, began = now - timedelta(days=days), time.perf_counter()
    return await prune_in_chunks(store, before, before), time.perf_counter() - began


async def _day(context: PipelineContext, now: datetime, every: timedelta) -> tuple[int, datetime]:
    """Poll and deliver for a simulated day, four times an interval.

    Returns the number of polls, and the time after the day.
    """
    polls, until = 0, now + timedelta(days=1)
    while now < until:
        polls += len(await poll(context, now))
        while await deliver(context, now):
            pass
        now += every / 4
    return polls, now


def _sizes(database: Path) -> str:
    """Cells of memory (service, workers) and database, in MB."""
    workers = [child.pid for child in multiprocessing.active_children() if child.pid]
    memory = f"{pss_of(_me()):>7.0f} MB{sum(map(pss_of, workers)):>7.0f} MB"
    return f"{memory}{database.stat().st_size / MEGA:>7.1f} MB"


def _me() -> int:
    pid = multiprocessing.current_process().pid
    assert pid  # noqa: S101 - a running process has one
    return pid


# ── claim ─────────────────────────────────────────────────────────────────────────────────────


async def claim(options: argparse.Namespace, folder: Path) -> None:
    """Time claims while all feeds are due: a host for each feed, for ten feeds, twenty hosts."""
    for hosts in (options.feeds, options.feeds // 10, 20):
        async with open_store(folder / f"{hosts}.db") as store:
            await fill(store, options.feeds, hosts)
            seconds = [
                await _claimed(store, utc_now() + timedelta(seconds=2 * n)) for n in range(12)
            ]
        print(
            f"{options.feeds:,} feeds due, {hosts:,} hosts: a claim takes"
            f" {median(seconds) * 1e3:.1f} ms, at most {max(seconds) * 1e3:.1f}"
        )


async def fill(store: Store, feeds: int, hosts: int) -> None:
    """Store feeds that have been polled before and are all due."""
    now = utc_now()
    rows = [
        Feed(
            url := f"https://host{number % hosts}.example/{number}",
            url,
            f"Feed {number}",
            "",
            "",
            "",
            "other",
            900.0,
        )
        for number in range(feeds)
    ]
    await store.write(lambda tx: tx.feeds.sync(rows, now))
    await store.write(
        lambda tx: tx.db.execute("UPDATE feeds SET known = randomblob(?)", (8 * ENTRIES,))
    )


async def _claimed(store: Store, now: datetime) -> float:
    def timed(tx: Transaction) -> float:
        began = time.perf_counter()
        claimed = tx.feeds.claim(
            now, now + timedelta(minutes=1), at_most=64, per_host=2, host_delay=1.0
        )
        seconds = time.perf_counter() - began
        for due in claimed:
            tx.feeds.record_poll(due, now, now + timedelta(hours=1))
        return seconds

    return await store.write(timed)


# ── reach ─────────────────────────────────────────────────────────────────────────────────────


async def reach(options: argparse.Namespace, folder: Path) -> None:
    """Poll the first of many due feeds, and compare the rate with what 180,000 feeds need."""
    with Server(options.polls // CHANGED) as server:
        path = configuration(folder, server.address, 1, at_once=options.at_once)
        config = load(path)
        [one] = config.feeds
        names = [f"{server.address}/{number}" for number in range(options.feeds)]
        feeds = tuple(replace(one, url=name, address=name) for name in names)
        config = replace(config, feeds=feeds)
        async with open_store(config.database) as store, open_context(config, store) as context:
            await sync_configuration(config, store, utc_now())
            await store.write(lambda tx: remember(tx, server.address, options.polls))
            await warm(context)
            server.turn(1)
            async with Lag() as lag:
                seconds = await poll_all(context, store, due=options.polls)
            entries = await store.write(lambda tx: tx.db["entries"].count)
            assert entries == options.polls // CHANGED, entries  # noqa: S101 - one new in each
    rate = options.polls / seconds
    print(
        f"{options.feeds:,} feeds in the database, {options.polls:,} polled in {seconds:.1f} s:"
        f" {rate:,.0f} a second, {rate / WANTED:.0%} of {WANTED:.0f}"
    )
    print(f"largest lag of a timer of 10 ms: {lag.largest * 1e3:.0f} ms")


def remember(tx: Transaction, server: str, polls: int) -> None:
    """Store feeds as polled before, so that one in five has a new entry in the next edition."""
    rows = []
    for number in range(polls):
        address = f"{server}/{number}"
        new = number < polls // CHANGED
        found = parse(documents(number, 0), Source(address)) if new else None
        rows.append(
            (
                f'"{number}-{0 if found else 1}"',
                b"".join(sorted(found.known)) if found else b"",
                number + 1,
            )
        )
    tx.db.conn.executemany(
        "UPDATE feeds SET etag = ?, known = ?, first_polled_at = 1, ok_at = 1 WHERE id = ?",
        rows,
    )


def main() -> None:
    """Run one of the three benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("week", "claim", "reach"))
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--keep", type=float, help="days for which articles are kept")
    parser.add_argument("--folder", type=Path, help="where the database of `week` stays")
    parser.add_argument("--every", type=float, default=60, help="minutes between two polls")
    parser.add_argument("--polls", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=128)
    options = parser.parse_args()
    if options.what == "reach" and options.feeds < options.polls:
        parser.error(f"reach needs --feeds of {options.polls} (--polls) at least, such as 180000")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    work = {"week": week, "claim": claim, "reach": reach}[options.what]
    with tempfile.TemporaryDirectory() as passing:
        folder = options.folder or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(work(options, folder))


if __name__ == "__main__":
    main()
