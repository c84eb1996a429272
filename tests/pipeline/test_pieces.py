"""A document of many hits is taken in piece by piece, and a crash in between loses nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from fakes import feed, item
from newsroom import Newsroom, opened

from monitor.scan.scan import scan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from monitor.model import Article, MatchedArticle, Scan
    from monitor.scan.scan import Source
    from monitor.store.database import Store
    from monitor.store.transaction import Transaction

ENTRIES = 7


async def first_two(
    body: bytes,
    source: Source,
    known: frozenset[bytes],
    topics: bytes,
) -> Scan:
    """Scan, and match the first two articles only."""
    looked = [False, True]
    stop = partial(looked.pop, 0)
    return scan(body, source, known, topics, enough=stop)


class CrashError(BaseException):
    """The end of the process, as far as a test can make it."""


@pytest.fixture
async def room(store: Store, now: datetime) -> AsyncIterator[Newsroom]:
    async with opened(store, now) as newsroom:
        newsroom.context = replace(newsroom.context, scan_one=first_two)
        newsroom.serve("a", *[item(f"ICBM {number}", now) for number in range(ENTRIES)])
        yield newsroom


async def test_all_pieces_are_one_poll(room: Newsroom) -> None:
    [polled] = await room.poll()
    assert (polled.outcome, polled.entries, polled.articles) == ("ok", ENTRIES, ENTRIES)
    assert (len(polled.outcomes), len(polled.hits)) == (ENTRIES, ENTRIES)
    assert room.ledger()["hit"] == ENTRIES


async def test_after_a_crash_between_two_pieces_all_is_read_again(room: Newsroom) -> None:
    async def crashes(articles: tuple[Article, ...], topics: bytes) -> tuple[MatchedArticle, ...]:
        raise CrashError(len(articles), topics)

    whole = room.context
    room.context = replace(whole, match_some=crashes)
    with pytest.raises(CrashError):
        await room.poll()
    assert room.ledger()["hit"] == 2

    room.context, room.now = whole, room.now + timedelta(hours=1)
    await room.store.write(lambda tx: tx.feeds.release_leases(room.now))
    [polled] = await room.poll()
    assert (polled.outcome, polled.articles) == ("ok", ENTRIES - 2)
    assert room.ledger()["hit"] == room.ledger()["entries"] == ENTRIES


def _due_at(tx: Transaction) -> float:
    [due_at] = tx.feeds.db.execute("SELECT due_at FROM feeds").fetchone()
    return float(due_at)


async def test_each_piece_renews_the_lease(room: Newsroom) -> None:
    leases = []

    async def looks(articles: tuple[Article, ...], topics: bytes) -> tuple[MatchedArticle, ...]:
        leases.append(await room.store.write(_due_at))
        return (await room_context.match_some(articles, topics))[:1]

    room_context = room.context
    room.context = replace(room_context, match_some=looks)
    await room.poll()
    assert leases == sorted(set(leases))
    assert len(leases) == ENTRIES - 2


async def test_a_claim_that_is_lost_between_two_pieces_ends_the_poll(room: Newsroom) -> None:
    async def loses(articles: tuple[Article, ...], topics: bytes) -> tuple[MatchedArticle, ...]:
        paused = [feed(url, enabled=False) for url in room_context.feeds]
        await room.store.write(lambda tx: tx.feeds.release_leases(room.now))
        await room.store.write(lambda tx: tx.feeds.sync(paused, room.now))
        return (await room_context.match_some(articles, topics))[:1]

    room_context = room.context
    room.context = replace(room_context, match_some=loses)
    [polled] = await room.poll()
    assert polled.outcome == "lost"
    assert room.ledger()["entries"] == 2
