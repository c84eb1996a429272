"""Feeds that are polled together are stored together."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from fakes import item, topic
from newsroom import opened

from monitor.matching.compile import pack
from monitor.model import Severity
from monitor.pipeline import poll
from monitor.pipeline.rounds import Round
from monitor.store.database import Store
from monitor.store.queries.reader import Reader

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from monitor.errors import StoreError


async def test_a_round_is_left_before_unchanged_feeds_are_stored(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, feeds=("a", "b")) as room:
        for name in ("a", "b"):
            room.serve(name)
        await room.poll()
        leased: list[int] = []
        together = Round(room.context, 5.0, lambda: leased.append(count_leased(store.path)))
        claimed = await poll.claim_feeds(room.context, now + timedelta(hours=1))
        together.expect(len(claimed))
        polls = (poll.poll_one(room.context, due, together) for due in claimed)
        polled = await asyncio.gather(*polls)
    assert [each.outcome for each in polled] == ["unchanged"] * 2
    assert leased[0] == len(leased) == 2


def count_leased(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM feeds WHERE leased").fetchone()
    connection.close()
    return int(count)


async def test_the_hits_of_a_round_are_stored_in_one_transaction(
    tmp_path: Path, now: datetime
) -> None:
    transactions: list[StoreError | None] = []
    async with (
        Store(tmp_path / "monitor.db", transactions.append) as store,
        opened(store, now, feeds=("a", "b", "c")) as room,
    ):
        for name in "abc":
            room.serve(name, item(f"ICBM {name}", now, name=name))
        transactions.clear()
        await room.poll()
        assert room.ledger()["hit"] == 3
        assert len(transactions) == 2  # the claim is one, too


async def test_an_article_of_several_feeds_of_a_round_is_one_article(
    store: Store, now: datetime
) -> None:
    async with opened(store, now, feeds=("a", "b", "c")) as room:
        for name in "abc":
            same = item("ICBM test", now, name=name, link="https://www.news.example/story/")
            room.serve(name, same, same)
        results = await room.poll()
        assert sorted(result.articles for result in results) == [0, 0, 1]
        assert (room.ledger()["hit"], room.ledger()["duplicate"]) == (1, 2)
        assert len(room.hits()) == 1


async def test_a_report_of_a_round_joins_the_message_that_an_earlier_one_begins(
    store: Store, now: datetime
) -> None:
    topics = (topic("icbm"), topic("warhead", "warhead", severity=Severity.CRITICAL))
    title, minute = "ICBM launched over Hokkaido early in the morning", timedelta(minutes=1)

    def report(number: int, text: str) -> str:
        return item(title, now + (20 + number) * minute, name=str(number), text=text)

    async with opened(store, now, feeds=("new", "old"), topics=topics) as room:
        room.serve("old")
        await room.poll()  # the new feed is not there yet
        room.serve("new", report(1, "It fell into the sea."), report(3, "It flew for an hour."))
        room.serve("old", report(2, "It had no warhead, officials said."))
        await room.poll(minutes=30)
        with Reader(store.path) as reader:
            in_digest = {row["digest"] for row in reader.alerts() if row["article"] == 1}
            at_once = {row["digest"] for row in reader.alerts() if row["article"] != 1}
    # the first waits for the digest, the critical one does not, and the last one goes with that
    assert (in_digest, at_once) == ({"catching-up"}, {""})


async def test_polls_from_before_and_after_a_reload_are_each_stored_as_they_were_configured(
    store: Store, now: datetime
) -> None:
    topics = (topic("icbm"), topic("warhead", "warhead"))
    async with opened(store, now, feeds=("new", "old"), topics=topics) as room:
        room.serve("old", item("ICBM test", now))
        room.serve("new", item("Warhead found in a field", now))
        before = replace(room.context, topics={"icbm": topics[0]}, packed=pack(topics[:1]))
        claimed = await poll.claim_feeds(room.context, now)
        contexts = {"new": room.context, "old": before}
        waiting: asyncio.Queue[None] = asyncio.Queue()
        rounds, polls = [], []
        for due in sorted(claimed, key=lambda each: each.url):
            context = contexts[due.url.rpartition("/")[2]]
            together = Round(context, 5.0, lambda: waiting.put_nowait(None))
            together.expect(1)
            polls.append(asyncio.create_task(poll.poll_one(context, due, together)))
            rounds.append(together)
        for _ in rounds:
            await waiting.get()
        for together in rounds:  # the old one goes on last
            together.close()
        await asyncio.gather(*polls)
        with Reader(store.path) as reader:
            assert sorted(row["topics"] for row in reader.alerts()) == [["icbm"], ["warhead"]]
