"""Pruning: old articles are deleted a few at a time, beside a service that writes."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from monitor.store.database import Store
    from monitor.store.transaction import Transaction


CHUNK = 500  # articles deleted in one transaction: some tens of milliseconds
_PAUSE = 0.15  # seconds; SQLite lets a writer that waits look again every 0.1
_PATIENCE = 60.0  # seconds that a chunk waits for another process that writes all the time


async def prune_in_chunks(
    store: Store,
    articles_before: datetime,
    hits_before: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Delete old articles a few at a time, so that a service that writes need not wait long.

    `progress` gets how many are deleted so far; returns how many in the end. Raises StoreError
    when another process holds the database for a minute.
    """
    pruned, after = 0, 0.0
    while True:
        chunk, after = await store.write(
            partial(_next, articles_before, hits_before, after), patience=_PATIENCE
        )
        pruned += chunk
        progress(pruned)
        if chunk < CHUNK:
            return pruned
        await asyncio.sleep(_PAUSE)


def _next(
    articles_before: datetime, hits_before: datetime, after: float, tx: Transaction
) -> tuple[int, float]:
    return tx.articles.prune_next(articles_before, hits_before, CHUNK, after)
