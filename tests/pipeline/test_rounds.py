"""What a round tells of its polls."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING

from newsroom import opened

from monitor.pipeline import poll
from monitor.pipeline.rounds import Round

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from monitor.store.database import Store


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
