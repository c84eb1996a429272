"""Listening to readers: feedback from Slack, taken into the database as it comes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from monitor.channels.slack.socket_mode import SocketMode
from monitor.service.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from monitor.config.load import Config
    from monitor.model import Feedback, FeedbackResult
    from monitor.store.database import Store

_PATIENCE = 60.0  # seconds to wait for a busy database: Slack tells a click once


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
            record_feedback=partial(_record_feedback, store),
        )


async def _record_feedback(store: Store, feedback: Feedback) -> FeedbackResult:
    """Store what a reader said."""
    return await store.write(lambda tx: tx.feedback.record(feedback, utc_now()), patience=_PATIENCE)
