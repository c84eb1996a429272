"""Waiting for tasks of the event loop."""

from __future__ import annotations

import asyncio


async def wait_or_cancel(tasks: list[asyncio.Task[None]], limit: float) -> None:
    """Wait `limit` seconds for tasks, then cancel those that still run."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=limit)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
