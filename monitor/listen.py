"""Listening to readers: feedback from Slack, taken into the database as it comes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from monitor.channels.socket import SocketMode
from monitor.clock import utc_now
from monitor.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from monitor.config.load import Config
    from monitor.model import Feedback, Judged
    from monitor.store.database import Store

_AGAIN = 1.0  # seconds before a write is tried again that the database did not take
_TRIES = 60


@asynccontextmanager
async def listening(config: Config, store: Store) -> AsyncIterator[None]:
    """Listen inside the context on each Slack app whose token a channel has.

    Trouble with Slack ends nothing but the listening.
    """
    tasks = [asyncio.create_task(each.run()) for each in _listeners(config, store)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _listeners(config: Config, store: Store) -> Iterator[SocketMode]:
    """Yield one listener for each app: Slack gives an envelope to one connection only."""
    apps = {
        settings["app_token"]: settings
        for channel in config.channels.values()
        if channel.type == "slack" and (settings := channel.arguments())["app_token"]
    }
    for settings in apps.values():
        yield SocketMode(
            app_token=settings["app_token"],
            token=settings["token"],
            api_url=settings["api_url"],
            hear=partial(_hear, store),
        )


async def _hear(store: Store, feedback: Feedback) -> Judged:
    """Store what a reader said; while the database is busy, try again: Slack tells it once."""
    for _ in range(_TRIES):
        try:
            return await store.write(lambda tx: tx.hear(feedback, utc_now()))
        except StoreError as error:
            if not error.passing:
                raise
        await asyncio.sleep(_AGAIN)
    raise StoreError("the database did not take it for a minute", passing=True)
