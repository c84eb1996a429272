"""A week in minutes, a claim among many feeds, and how far one machine reaches.

    python benchmarks/soak.py week --feeds 500 --days 7
    python benchmarks/soak.py claim --feeds 50000
    python benchmarks/soak.py reach --feeds 180000 --polls 10000

`week`: simulated time is passed in, not slept. Answers are made in the process (four of five say
“not modified”, the others bring one new entry); all else is real: workers, store, outbox, delivery
to a channel that forgets. Prints the memory of service and workers, and the database's growth.
`claim`: all feeds are due, of many hosts or of few.
`reach`: so many rows of feeds, all overdue, polled as fast as it goes from a local server of which
four of five answers are 304: against 180,000 feeds every 15 minutes, which are 200 a second.
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
from memory import rss_of
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

if TYPE_CHECKING:
    from monitor.channels import Channel
    from monitor.model import Message
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

WANTED = 180_000 / 900  # feeds a second
CHANGED = 5  # one answer in so many brings something
MEGA = 1_000_000


class Forgetful:
    """A channel that takes everything and keeps nothing."""

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
    """A feed's server in the process: its edition depends on the time alone."""

    def __init__(self, began: datetime, every: timedelta) -> None:
        self._began = began
        self._every = every * CHANGED

    async def fetch(self, feed: Feed, due: DueFeed) -> Fetched:
        """Answer as a server does that knows validators."""
        number = int(feed.url.rpartition("/")[2])
        edition = int((due.claimed_at - self._began) / self._every + number % CHANGED / CHANGED)
        tag = f"{number}-{edition}"
        if tag == due.etag:
            return Fetched(None, due.body_digest, tag)
        body = await asyncio.to_thread(documents, number, edition)
        digest = blake2b(body, digest_size=16).digest()
        return Fetched(body, digest, tag, final_url=feed.url, served_at=due.claimed_at)


async def week(options: argparse.Namespace, folder: Path) -> None:
    """Poll for simulated days, and print memory and growth at the end of each."""
    every, now = timedelta(minutes=options.every), utc_now()
    path = configuration(folder, "http://127.0.0.1:1", options.feeds, at_once=options.feeds)
    config = load(path)
    config = replace(
        config,
        feeds=tuple(
            replace(feed, interval=every.total_seconds(), adapts=False) for feed in config.feeds
        ),
    )
    channels: dict[str, Channel] = {"desk": Forgetful()}
    async with (
        open_store(config.database) as store,
        open_context(config, store, channels) as opened,
        Lag() as lag,
    ):
        context = replace(opened, fetch=Answers(now, every).fetch)
        await sync_configuration(config, store, now)
        print(f"{'day':>4}{'polls':>9}{'seconds':>9}{'service':>10}{'workers':>10}{'database':>10}")
        for day in range(1, options.days + 1):
            began, polls, until = time.perf_counter(), 0, now + timedelta(days=1)
            while now < until:
                polls += len(await poll(context, now))
                while await deliver(context, now):
                    pass
                now += every / 4
            await store.tidy()
            workers = [child.pid for child in multiprocessing.active_children() if child.pid]
            print(
                f"{day:>4}{polls:>9,}{time.perf_counter() - began:>9.0f}"
                f"{rss_of(_me()):>7.0f} MB{sum(map(rss_of, workers)):>7.0f} MB"
                f"{config.database.stat().st_size / MEGA:>7.1f} MB",
                flush=True,
            )
    print(f"largest lag of a timer of 10 ms: {lag.largest * 1e3:.0f} ms")


def _me() -> int:
    pid = multiprocessing.current_process().pid
    assert pid  # noqa: S101 - a running process has one
    return pid


# ── claim ─────────────────────────────────────────────────────────────────────────────────────


async def claim(options: argparse.Namespace, folder: Path) -> None:
    """Time claims while all feeds are due: of as many hosts, of a tenth, and of twenty."""
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
    """Store feeds that have been polled before, all of them due."""
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
        lambda tx: tx.db.execute(
            "UPDATE feeds SET known = randomblob(?), entry_fingerprints = randomblob(?)",
            (8 * ENTRIES, 40 * ENTRIES),
        )
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
    """Poll the first feeds of many that are due, and compare with what 180,000 would need."""
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
    """Make feeds look as if they had been polled: one in five will bring a new entry."""
    rows = []
    for number in range(polls):
        address = f"{server}/{number}"
        new = number < polls // CHANGED
        found = parse(documents(number, 0), Source(address)) if new else None
        rows.append(
            (
                f'"{number}-{0 if found else 1}"',
                b"".join(sorted(found.known)) if found else b"",
                found.entry_fingerprints if found else b"",
                number + 1,
            )
        )
    tx.db.conn.executemany(
        "UPDATE feeds SET etag = ?, known = ?, entry_fingerprints = ?, first_polled_at = 1,"
        " ok_at = 1 WHERE id = ?",
        rows,
    )


def main() -> None:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("week", "claim", "reach"))
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--every", type=float, default=60, help="minutes between two polls")
    parser.add_argument("--polls", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=64)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    work = {"week": week, "claim": claim, "reach": reach}[options.what]
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(work(options, Path(folder)))


if __name__ == "__main__":
    main()
